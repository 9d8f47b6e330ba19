//! What was last seen of each log: a log only grows, and never another way.

use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use gw_crypto::merkle::Frontier;
use gw_kernel::{Epoch, TenantId};

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
    /// The acknowledgement of lost entries that it comes after, if there was one.
    pub(crate) acknowledged: Option<DateTime<Utc>>,
    /// The epoch after it.
    pub(crate) epoch: Epoch,
    /// A moment not after its own.
    pub(crate) at: DateTime<Utc>,
    /// Nobody else had appended between the batch that callers were told about before and this one,
    /// so that nobody may have since.
    pub(crate) undisturbed: bool,
}

impl Anchor {
    /// The head as this batch left it.
    fn head(&self, tenant: TenantId) -> Option<Head> {
        Some(Head {
            tenant,
            epoch: self.epoch,
            frontier: Frontier::from_parts(self.size, &self.frontier).ok()?,
            now: self.at,
            halted: false,
            anchor: Some((self.size, self.frontier.clone())),
            acknowledged: self.acknowledged,
        })
    }

    /// Whether the log that this head ends is the one that the anchor was in.
    fn is_in(&self, head: &Head) -> bool {
        self.acknowledged == head.acknowledged
            && head.frontier.size() >= self.size
            && head
                .anchor
                .as_ref()
                .is_some_and(|(size, frontier)| (*size, frontier) == (self.size, &self.frontier))
    }
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
        let age = |anchor: &Anchor| (anchor.acknowledged, anchor.size);
        if newest.get(&tenant).is_none_or(|known| age(known) < age(&anchor)) {
            newest.insert(tenant, anchor);
        }
    }

    /// The tenant's head as it was left, where nobody else seems to append: a guess, to be held
    /// against the head itself.
    pub(crate) fn left(&self, tenant: TenantId) -> Option<Head> {
        let newest = lock(&self.newest);
        let anchor = newest.get(&tenant).filter(|anchor| anchor.undisturbed)?;
        anchor.head(tenant)
    }

    /// The tenant's head was not as it was left.
    pub(crate) fn disturbed(&self, tenant: TenantId) {
        if let Some(anchor) = lock(&self.newest).get_mut(&tenant) {
            anchor.undisturbed = false;
        }
    }

    /// Whether this head continues the log that callers were told about: the anchor's own batch
    /// is still there, as it was, or an operator has said since that the log goes on without it.
    pub(crate) fn holds(&self, head: &Head) -> bool {
        let told = lock(&self.newest).get(&head.tenant).cloned();
        let lost =
            told.filter(|anchor| anchor.acknowledged >= head.acknowledged && !anchor.is_in(head));
        self.mark(head, lost.as_ref());
        lost.is_none()
    }

    /// How many logs have lost entries.
    pub(crate) fn regressed(&self) -> usize {
        lock(&self.lost).len()
    }

    fn mark(&self, head: &Head, missing: Option<&Anchor>) {
        let mut lost = lock(&self.lost);
        let Some(anchor) = missing else {
            lost.remove(&head.tenant);
            return;
        };
        if lost.insert(head.tenant) {
            let told = Frontier::from_parts(anchor.size, &anchor.frontier);
            let told = told.map(|told| STANDARD.encode(told.root())).unwrap_or_default();
            tracing::error!(
                tenant = %head.tenant, size = head.frontier.size(),
                root = %STANDARD.encode(head.frontier.root()),
                told_size = anchor.size, told_root = %told,
                "log.regressed: the log is shorter than, or differs from, what callers were told"
            );
        }
    }
}
