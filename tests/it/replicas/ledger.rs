//! What the log says, read past the product.

use std::collections::HashMap;

use gw_kernel::TenantId;
use sqlx::{Connection, PgConnection};

use super::{Customer, door::Said};

/// The decisions of one tenant's log.
pub(super) struct Ledger {
    /// Position, id and whether it allows, by action.
    decisions: HashMap<String, Vec<Decision>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) index: i64,
    pub(super) id: String,
    pub(super) allows: bool,
}

impl Ledger {
    /// Reads it, and demands that positions have neither gap nor repeat.
    pub(super) async fn read(url: &str, who: &Customer) -> Self {
        let tenant: TenantId = who.tenant.parse().unwrap();
        let mut connection = PgConnection::connect(url).await.unwrap();
        let rows: Vec<(i64, String, Vec<u8>)> = sqlx::query_as(
            "select idx, kind, body from journal.entries where tenant_id = $1 order by idx, day",
        )
        .bind(tenant.uuid())
        .fetch_all(&mut connection)
        .await
        .unwrap();
        let mut decisions: HashMap<String, Vec<Decision>> = HashMap::new();
        for (position, (index, kind, body)) in (0..).zip(rows) {
            assert_eq!(index, position, "a position is missing or there twice");
            if kind != "check.decided.v1" {
                continue;
            }
            let record: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let allows = record["data"]["decision"] == "allow";
            let id = record["id"].as_str().unwrap().to_owned();
            let action = record["data"]["action"].as_str().unwrap().to_owned();
            decisions.entry(action).or_default().push(Decision { index, id, allows });
        }
        Self { decisions }
    }

    /// Every decision about this action.
    pub(super) fn of(&self, action: &str) -> &[Decision] {
        self.decisions.get(action).map_or(&[], Vec::as_slice)
    }

    /// How many decisions allow.
    pub(super) fn allowed(&self) -> usize {
        self.decisions.values().flatten().filter(|decision| decision.allows).count()
    }

    /// Whether this answer's record is in the log, where its receipt says.
    pub(super) fn holds(&self, action: &str, said: &Said) -> bool {
        let told = Decision {
            index: index(said),
            id: said.body["decision_id"].as_str().unwrap().to_owned(),
            allows: said.allows(),
        };
        self.of(action).contains(&told)
    }
}

/// The position that an answer's receipt names.
pub(super) fn index(said: &Said) -> i64 {
    let receipt = said.body["attestation"]["receipt"].as_str().unwrap();
    receipt.lines().nth(1).unwrap()["index ".len()..].parse().unwrap()
}
