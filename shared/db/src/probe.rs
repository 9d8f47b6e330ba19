use chrono::{DateTime, Utc};
use sqlx::{PgConnection, postgres::PgConnectOptions};
use tokio::sync::Mutex;

use crate::{DbError, Role, connect};

/// What Postgres says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pong {
    /// Its clock.
    pub now: DateTime<Utc>,
    /// Whether a commit waits for another machine to have it too.
    pub waits_for_standby: bool,
}

/// A connection that asks nothing else: requests that have taken the whole pool do not make a
/// database unreachable.
#[derive(Default)]
pub(crate) struct Probe(Mutex<Option<PgConnection>>);

impl Probe {
    /// Asks on the connection that is kept, or else on a new one. Where nobody waits for the
    /// answer any more, the connection is not kept: it may be that which does not answer.
    pub(crate) async fn ping(
        &self,
        options: &PgConnectOptions,
        role: Role,
    ) -> Result<Pong, DbError> {
        let mut kept = self.0.lock().await;
        if let Some(mut conn) = kept.take()
            && let Ok(pong) = ask(&mut conn).await
        {
            *kept = Some(conn);
            return Ok(pong);
        }
        let mut conn = connect::in_role(options, role).await?;
        let pong = ask(&mut conn).await?;
        *kept = Some(conn);
        Ok(pong)
    }
}

async fn ask(conn: &mut PgConnection) -> Result<Pong, DbError> {
    let pong = sqlx::query_as!(
        Pong,
        r#"select clock_timestamp() as "now!",
               current_setting('synchronous_standby_names') <> ''
                   and current_setting('synchronous_commit') not in ('off', 'local')
                   as "waits_for_standby!""#
    );
    Ok(pong.fetch_one(conn).await?)
}
