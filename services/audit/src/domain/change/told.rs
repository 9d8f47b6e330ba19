use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use gw_contracts::{CheckDecidedV1, CheckRefusedV1, Event as _};
use gw_kernel::Epoch;
use serde::Deserialize;

use super::{Change, ChangeActor, State, diff::diff, objects, state};
use crate::domain::Fact;

/// What an administrative entry tells, before it is compared with what its object was.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    fact: Fact,
    at: DateTime<Utc>,
    epoch: Epoch,
    /// What it is about.
    pub(crate) object: String,
    actor: Option<ChangeActor>,
    data: State,
}

/// Administrative entries, compared.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) changes: Vec<Change>,
    /// Each object that an entry has to do with, and the entry's position.
    pub(crate) mentions: BTreeSet<(String, i64)>,
    /// Every object that was told of, as it is after them.
    pub(crate) objects: BTreeMap<String, State>,
}

#[derive(Deserialize)]
struct Envelope {
    time: DateTime<Utc>,
    #[serde(default)]
    subject: String,
    data: State,
}

impl Told {
    /// Reads an entry; `None` for a decision, for a count of refusals, which is no administrative
    /// fact either, and for what is past its retention.
    pub(crate) fn read(fact: &Fact, epoch: Epoch) -> Option<Self> {
        if matches!(&*fact.kind, CheckDecidedV1::TYPE | CheckRefusedV1::TYPE) {
            return None;
        }
        let event: Envelope = serde_json::from_slice(fact.body.as_deref()?).ok()?;
        let actor = event.data.get("actor").and_then(|actor| ChangeActor::deserialize(actor).ok());
        Some(Self {
            at: event.time,
            epoch,
            object: objects::own(&fact.kind, &event.subject),
            actor,
            data: event.data,
            fact: Fact { body: None, ..fact.clone() },
        })
    }
}

impl Compared {
    /// Compares each with its object's state, which the one before it leaves behind.
    pub(crate) fn of(told: Vec<Told>, states: BTreeMap<String, State>) -> Self {
        let mut compared = Self { objects: states, ..Self::default() };
        told.into_iter().for_each(|told| compared.take(told));
        compared
    }

    fn take(&mut self, told: Told) {
        let Told { fact, at, epoch, object, actor, data } = told;
        let before = self.objects.entry(object.clone()).or_default();
        let after = state::after(&fact.kind, before, &data);
        let diff = diff(before, &after);
        *before = after;
        let mentioned = objects::all(&fact.kind, &object, &data);
        self.mentions.extend(mentioned.into_iter().map(|object| (object, fact.idx)));
        let Fact { idx, id, kind, gate_id, .. } = fact;
        self.changes.push(Change { idx, id, kind, object, gate_id, at, epoch, actor, diff });
    }
}
