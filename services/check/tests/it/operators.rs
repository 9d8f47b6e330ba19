//! An operator's keys do what the operator's roles allow, from the change on, on every replica.

use gw_check::Check;
use gw_contracts::{OperatorResumedV1, OperatorSuspendedV1, OperatorUpdatedV1};
use gw_db::Role;
use gw_kernel::OperatorId;
use gw_testkit::App;
use serde_json::Value;

use crate::world::{World, search, world};

/// Makes the world's key the key of an operator, who has these roles.
async fn owned(world: &World, roles: &[&str]) -> OperatorId {
    let operator: OperatorId = world.db.new_id();
    let owner = world.db.owner().await;
    sqlx::query(
        "insert into tenants.operators (tenant_id, operator_id, name, mail, roles,
             created_by_kind, created_by_id, created_at, updated_at)
         values ($1, $2, 'Ada', 'ada@example.com', $3, 'machine', 'test', now(), now())",
    )
    .bind(world.tenant.id.uuid())
    .bind(operator.uuid())
    .bind(roles)
    .execute(&owner)
    .await
    .unwrap();
    sqlx::query(
        "update tenants.api_keys set kind = 'operator', operator_id = $2 where key_id = $1",
    )
    .bind(world.tenant.key.uuid())
    .bind(operator.uuid())
    .execute(&owner)
    .await
    .unwrap();
    operator
}

/// The operator becomes this, as its service does it.
async fn becomes(world: &World, operator: OperatorId, roles: &[&str], state: &str, kind: &str) {
    let mut tx = world.change(Role::Tenants).await;
    sqlx::query("update tenants.operators set roles = $2, state = $3 where operator_id = $1")
        .bind(operator.uuid())
        .bind(roles)
        .bind(state)
        .execute(tx.conn())
        .await
        .unwrap();
    let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
    let (state, reason) = (state.to_owned(), None);
    match kind {
        "updated" => {
            let (name, mail) = ("Ada".to_owned(), "ada@example.com".to_owned());
            tx.record(OperatorUpdatedV1 { operator_id: operator, name, mail, roles, state })
        }
        "suspended" => {
            tx.record(OperatorSuspendedV1 { operator_id: operator, roles, state, reason })
        }
        _ => tx.record(OperatorResumedV1 { operator_id: operator, roles, state, reason }),
    }
    .unwrap();
    tx.commit().await.unwrap();
}

/// What every replica says to the key.
async fn said(world: &World, replicas: &[&App]) -> Vec<(u16, Value)> {
    let mut answers = Vec::new();
    for app in replicas {
        let token = world.token(&[]);
        let key = &world.tenant.api_key;
        let (status, mut answer) = app.post(&world.path(), key, search(&token)).await;
        answers.push((status.as_u16(), answer["code"].take()));
    }
    answers
}

#[tokio::test]
async fn a_role_that_is_taken_away_takes_the_keys_rights_on_every_replica() {
    let world = world().await;
    let ada = owned(&world, &["admin", "viewer"]).await;
    let other = gw_testkit::app::<Check>(&world.db).await;
    let replicas = [&world.app, &other];
    let all = |status: u16, code: &str| vec![(status, Value::from(code)); 2];
    assert_eq!(said(&world, &replicas).await, all(200, "ok"));

    let entries = world.entries().await;
    becomes(&world, ada, &["viewer"], "active", "updated").await;
    assert_eq!(said(&world, &replicas).await, all(403, "caller.forbidden"));
    becomes(&world, ada, &["admin"], "active", "updated").await;
    assert_eq!(said(&world, &replicas).await, all(200, "ok"));

    becomes(&world, ada, &["admin"], "suspended", "suspended").await;
    assert_eq!(said(&world, &replicas).await, all(403, "operator.suspended"));
    becomes(&world, ada, &["admin"], "active", "resumed").await;
    assert_eq!(said(&world, &replicas).await, all(200, "ok"));
    assert_eq!(world.entries().await, entries + 4 + 4, "what is refused makes no entry");
}

#[tokio::test]
async fn a_replica_that_starts_later_knows_what_bounds_a_key() {
    let world = world().await;
    let ada = owned(&world, &["viewer"]).await;
    assert_eq!(said(&world, &[&world.app]).await, [(403, Value::from("caller.forbidden"))]);
    becomes(&world, ada, &["owner"], "suspended", "suspended").await;
    let later = gw_testkit::app::<Check>(&world.db).await;
    assert_eq!(said(&world, &[&later]).await, [(403, Value::from("operator.suspended"))]);
}
