//! What was last seen of each log: a log only grows, and never another way.

use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

use gw_kernel::TenantId;

use crate::{head::Head, mutex::lock};

/// The newest batch of a tenant that callers have been told about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// The log's size before that batch: the batch's key.
    pub(crate) prev: u64,
    /// The log's size after it.
    pub(crate) size: u64,
    /// The compact range after it, which fixes the root.
    pub(crate) frontier: Vec<u8>,
}

/// The anchors of all tenants, and which of their logs were found to have lost entries.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    newest: Mutex<HashMap<TenantId, Anchor>>,
    lost: Mutex<HashSet<TenantId>>,
}

impl Anchors {
    /// The key of the tenant's anchor; -1, which is no batch's key, where there is none yet.
    pub(crate) fn key(&self, tenant: TenantId) -> i64 {
        let newest = lock(&self.newest);
        newest.get(&tenant).and_then(|anchor| i64::try_from(anchor.prev).ok()).unwrap_or(-1)
    }

    /// Remembers what callers are about to be told.
    pub(crate) fn remember(&self, tenant: TenantId, anchor: Anchor) {
        let mut newest = lock(&self.newest);
        if newest.get(&tenant).is_none_or(|known| known.size < anchor.size) {
            newest.insert(tenant, anchor);
        }
    }

    /// Whether this head continues the log that callers were told about: the anchor's own batch
    /// is still there, as it was.
    pub(crate) fn holds(&self, head: &Head) -> bool {
        let intact = match lock(&self.newest).get(&head.tenant) {
            None => true,
            Some(anchor) => {
                head.frontier.size() >= anchor.size
                    && head.anchor.as_ref().is_some_and(|(size, frontier)| {
                        *size == anchor.size && *frontier == anchor.frontier
                    })
            }
        };
        self.mark(head, intact);
        intact
    }

    /// How many logs have lost entries.
    pub(crate) fn regressed(&self) -> usize {
        lock(&self.lost).len()
    }

    fn mark(&self, head: &Head, intact: bool) {
        let mut lost = lock(&self.lost);
        if intact {
            lost.remove(&head.tenant);
        } else if lost.insert(head.tenant) {
            tracing::error!(
                tenant = %head.tenant, size = head.frontier.size(), root = %Hex(head.frontier.root()),
                "log.regressed: the log is shorter than, or differs from, what callers were told"
            );
        }
    }
}

struct Hex([u8; 32]);

impl std::fmt::Display for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
