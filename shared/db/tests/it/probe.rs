//! What the tests stand on besides the database: a fact, an identity, a walled table.

use gw_contracts::Event;
use gw_db::Role;
use gw_kernel::{Actor, ActorKind, Identity, TenantId};
use gw_testkit::Database;
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::{ConnectOptions, PgConnection};
use uuid::Uuid;

/// Something was noted; it moves the epoch.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Noted(pub(crate) u32);

impl Event for Noted {
    const TYPE: &'static str = "probe.noted.v1";
    const MOVES_EPOCH: bool = true;

    fn subject(&self) -> String {
        self.0.to_string()
    }
}

/// Something was mentioned; it leaves the epoch alone.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Mentioned(pub(crate) u32);

impl Event for Mentioned {
    const TYPE: &'static str = "probe.mentioned.v1";
    const MOVES_EPOCH: bool = false;

    fn subject(&self) -> String {
        self.0.to_string()
    }
}

pub(crate) fn tenant(n: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(0x7000_0000_0000_0000_8000_0000_0000_0000 + n))
}

pub(crate) fn actor() -> Actor {
    Actor { kind: ActorKind::Machine, id: "ak_probe".to_owned(), key_id: None }
}

pub(crate) fn identity(n: u128) -> Identity {
    Identity { tenant: tenant(n), actor: actor() }
}

/// A bare connection in this role, with no tenant bound.
pub(crate) async fn connect(db: &Database, role: Role) -> PgConnection {
    db.db(role).await.pg_options().connect().await.unwrap()
}

/// Binds this tenant for the session.
pub(crate) async fn bind(conn: &mut PgConnection, tenant: TenantId) {
    sqlx::query("select set_config('gw.tenant_id', $1, false)")
        .bind(tenant.uuid().to_string())
        .execute(conn)
        .await
        .unwrap();
}

/// A table behind the wall, which the gates' role may do everything with.
pub(crate) async fn things(db: &Database) {
    sqlx::raw_sql(
        "create schema probe;
         create table probe.things (
             tenant_id uuid not null,
             name text not null,
             primary key (tenant_id, name),
             constraint things_short check (length(name) < 20)
         );
         call gw.wall_off('probe.things');
         grant usage on schema probe to gw_gates;
         grant select, insert, update, delete on probe.things to gw_gates;",
    )
    .execute(&db.owner().await)
    .await
    .unwrap();
}

/// Postgres' error code.
pub(crate) fn sqlstate<T: std::fmt::Debug>(result: Result<T, sqlx::Error>) -> String {
    let error = result.unwrap_err();
    error.as_database_error().unwrap().code().unwrap().into_owned()
}
