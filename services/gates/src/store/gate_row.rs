use chrono::{DateTime, Utc};
use gw_kernel::{Author, GateId, KeypairId};
use uuid::Uuid;

use super::keypairs::public_key;
use crate::{
    domain::{Gate, Keypair},
    error::GateError,
};

/// A gate and its active key pair, as Postgres has them.
#[derive(sqlx::FromRow)]
pub(super) struct GateRow {
    pub(super) id: Uuid,
    pub(super) slug: Option<String>,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) profile: String,
    pub(super) mode: String,
    pub(super) signing: String,
    pub(super) is_discoverable: bool,
    pub(super) state: String,
    pub(super) archived_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) created_by_kind: String,
    pub(super) created_by_id: String,
    pub(super) key_id: Uuid,
    pub(super) key_state: String,
    pub(super) public_key: Vec<u8>,
    pub(super) signs_from: i64,
    pub(super) signs_until: Option<i64>,
    pub(super) key_created_at: DateTime<Utc>,
}

impl TryFrom<GateRow> for Gate {
    type Error = GateError;

    fn try_from(row: GateRow) -> Result<Self, GateError> {
        let id = GateId::from_uuid(row.id);
        read(row, id).ok_or(GateError::Unreadable(id))
    }
}

fn read(row: GateRow, id: GateId) -> Option<Gate> {
    let keypair = Keypair {
        id: KeypairId::from_uuid(row.key_id),
        gate: id,
        state: row.key_state.parse().ok()?,
        public_key: public_key(&row.public_key)?,
        signs_from: row.signs_from,
        signs_until: row.signs_until,
        retires_at: None,
        created_at: row.key_created_at,
    };
    Some(Gate {
        id,
        slug: row.slug.map(|slug| slug.parse()).transpose().ok()?,
        name: row.name,
        description: row.description,
        profile: row.profile.parse().ok()?,
        mode: row.mode.parse().ok()?,
        signing: row.signing.parse().ok()?,
        is_discoverable: row.is_discoverable,
        state: row.state.parse().ok()?,
        archived_at: row.archived_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
        created_by: Author { kind: row.created_by_kind, id: row.created_by_id },
        keypair,
    })
}
