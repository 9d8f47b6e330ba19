use chrono::{DateTime, Utc};
use gw_db::{DbError, SnapshotTx};
use gw_kernel::{ApiKeyId, Epoch, GateId, KillSwitchId, OperatorId, RevocationId, RootKeyId};
use serde::Deserialize;

/// What an entry that moves the epoch says has changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// The tenant itself: its name, state or default gate.
    Tenant,
    /// An API key.
    ApiKey(ApiKeyId),
    /// What an operator's keys may do.
    Operator(OperatorId),
    /// A gate or its key pairs.
    Gate(GateId),
    /// A key that capabilities are made under.
    RootKey(RootKeyId),
    /// Capabilities that are refused, by the revocation that says so.
    Revocation(RevocationId),
    /// A kill switch.
    KillSwitch(KillSwitchId),
}

/// The envelope's members that say what an entry is about.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    subject: Option<String>,
}

/// The bound tenant's epoch, and the newest acknowledgement of lost entries, of the transaction's
/// moment.
pub(crate) async fn epoch(
    tx: &mut SnapshotTx<'_>,
) -> Result<(Epoch, Option<DateTime<Utc>>), DbError> {
    let row = sqlx::query!(
        r#"select journal.epoch() as "epoch!",
                  (select max(at) from journal.published_acknowledgements) as acknowledged"#
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((Epoch(row.epoch), row.acknowledged))
}

/// What changed at and after `label`, if it is at most `limit` things that are known how to be
/// read again; `None` says that everything has to be.
pub(crate) async fn since(
    tx: &mut SnapshotTx<'_>,
    label: Epoch,
    limit: u16,
) -> Result<Option<Vec<Change>>, DbError> {
    let bodies = sqlx::query_scalar!(
        "select body from journal.published_entries
         where moves_epoch and idx >= $1 order by idx limit $2",
        label.0,
        i64::from(limit) + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    if bodies.len() > usize::from(limit) {
        return Ok(None);
    }
    let changes: Option<Vec<Change>> =
        bodies.iter().map(|body| body.as_deref().and_then(Change::read)).collect();
    Ok(changes.map(|mut changes| {
        changes.sort_unstable();
        changes.dedup();
        changes
    }))
}

impl Change {
    /// Reads an entry; `None` for one whose type is not known here.
    fn read(body: &[u8]) -> Option<Self> {
        let Envelope { kind, subject } = serde_json::from_slice(body).ok()?;
        let subject = subject?;
        match kind.split_once('.')? {
            // Everything that is sealed opens under another key than the one that was loaded.
            ("tenant", "data_key_rotation_started.v1" | "data_key_rotated.v1") => None,
            ("tenant", _) => Some(Self::Tenant),
            ("api_key", _) => subject.parse().ok().map(Self::ApiKey),
            ("operator", _) => subject.parse().ok().map(Self::Operator),
            ("kill_switch", _) => subject.parse().ok().map(Self::KillSwitch),
            ("gate", _) => subject.parse().ok().map(Self::Gate),
            ("capability", "root_key_created.v1" | "root_key_retired.v1") => {
                subject.parse().ok().map(Self::RootKey)
            }
            ("capability", "revoked.v1") => subject.parse().ok().map(Self::Revocation),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use gw_kernel::RevocationId;

    use super::Change;

    #[test]
    fn an_unknown_type_is_not_guessed_at() {
        let read = |kind: &str, subject: &str| {
            Change::read(format!(r#"{{"type":"{kind}","subject":"{subject}"}}"#).as_bytes())
        };
        let id = RevocationId::at(chrono::DateTime::UNIX_EPOCH, [1; 10]);
        let revoked = Some(Change::Revocation(id));
        assert_eq!(read("capability.revoked.v1", &id.to_string()), revoked);
        assert_eq!(read("capability.revoked.v1", "j"), None);
        assert_eq!(read("tenant.suspended.v1", "ten_x"), Some(Change::Tenant));
        assert_eq!(read("kill_switch.released.v1", "agent-x"), None);
        assert_eq!(read("tenant.data_key_rotation_started.v1", "ten_x"), None);
        assert_eq!(read("tenant.data_key_rotated.v1", "ten_x"), None);
        assert_eq!(read("gate.created.v1", "not an id"), None);
        assert_eq!(read("policy.promoted.v1", "p"), None);
    }
}
