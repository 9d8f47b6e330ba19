//! What can be done to a log. Those that are `consistent` hold the log's own keys, and are found
//! only against something older; every other one is found by the log alone.

use chrono::TimeDelta;
use gw_audit::Entry;
use rand::{Rng, RngExt, rngs::StdRng};
use serde_json::json;
use uuid::Uuid;

use super::{forger::Forger, log::Log};

pub(crate) struct Mutation {
    pub(crate) name: &'static str,
    pub(crate) consistent: bool,
    pub(crate) make: fn(&mut Log, &Forger, &mut StdRng),
}

const fn alone(name: &'static str, make: fn(&mut Log, &Forger, &mut StdRng)) -> Mutation {
    Mutation { name, consistent: false, make }
}

const fn signed(name: &'static str, make: fn(&mut Log, &Forger, &mut StdRng)) -> Mutation {
    Mutation { name, consistent: true, make }
}

pub(crate) const ALL: &[&Mutation] = &[
    &alone("a bit of a body flips", |log, _, random| {
        flip(one(&mut log.entries, random).body.as_mut().unwrap(), random);
    }),
    &alone("a body changes with its hash", |log, _, random| {
        let entry = one(&mut log.entries, random);
        flip(entry.body.as_mut().unwrap(), random);
        entry.hash = gw_crypto::merkle::leaf_hash(entry.body.as_deref().unwrap()).to_vec();
    }),
    &alone("a body changes with every hash above it", |log, _, random| {
        flip(one(&mut log.entries, random).body.as_mut().unwrap(), random);
        log.rebuild(None);
    }),
    &alone("a body is lost", |log, _, random| one(&mut log.entries, random).body = None),
    &alone("a bit of a hash flips", |log, _, random| {
        flip(&mut one(&mut log.entries, random).hash, random);
    }),
    &alone("a bit of a signature flips", |log, _, random| {
        if let Some(signature) = &mut one(&mut log.entries, random).signature {
            flip(signature, random);
        }
    }),
    &alone("a signature is lost", |log, _, random| {
        one(&mut log.entries, random).signature = None;
    }),
    &alone("a signature is added", |log, _, random| {
        one(&mut log.entries, random).signature.get_or_insert_with(|| vec![7; 64]);
    }),
    &alone("an id changes", |log, _, random| {
        let id = &mut one(&mut log.entries, random).id;
        let mut bytes = id.into_bytes();
        flip(&mut bytes, random);
        *id = Uuid::from_bytes(bytes);
    }),
    &alone("a kind changes", |log, _, random| {
        let kinds = ["gate.created.v1", "check.decided.v1", "capability.minted.v1", "other.v1"];
        one(&mut log.entries, random).kind = kinds[random.random_range(0..4)].to_owned();
    }),
    &alone("a gate changes", |log, _, random| {
        let entry = one(&mut log.entries, random);
        entry.gate_id = match entry.gate_id {
            Some(_) if random.random() => None,
            _ => Some(Uuid::from_bytes(random.random())),
        };
    }),
    &alone("moves_epoch changes", |log, _, random| {
        let moves = &mut one(&mut log.entries, random).moves_epoch;
        *moves = !*moves;
    }),
    &alone("a day changes", |log, _, random| {
        let day = &mut one(&mut log.entries, random).day;
        *day = if random.random() { day.succ_opt() } else { day.pred_opt() }.unwrap();
    }),
    &alone("a position changes", |log, _, random| {
        one(&mut log.entries, random).idx = random.random_range(-3..60);
    }),
    &alone("an entry is there twice", |log, _, random| {
        let mut again = one(&mut log.entries, random).clone();
        if random.random() {
            again.day = again.day.succ_opt().unwrap();
        }
        log.entries.push(again);
    }),
    &alone("two entries are swapped", |log, _, random| {
        let (a, b) = two(log.entries.len(), random);
        swap(&mut log.entries, a, b);
    }),
    &alone("two entries are swapped with every hash above them", |log, _, random| {
        let (a, b) = two(log.entries.len(), random);
        swap(&mut log.entries, a, b);
        log.rebuild(None);
    }),
    &alone("the oldest entries are deleted", |log, _, random| {
        log.entries.drain(..random.random_range(1..5));
    }),
    &alone("an entry is deleted", |log, _, random| {
        let at = random.random_range(0..log.entries.len());
        log.entries.remove(at);
    }),
    &alone("an entry is deleted and the rest moves up", |log, _, random| {
        // Without its last, signed, batch: past the newest checkpoint there is nothing to see.
        let at = random.random_range(0..log.entries.len() - 1);
        let mut groups = log.grouped();
        let gone = log.entries[at].id;
        groups.iter_mut().for_each(|(_, entries)| entries.retain(|entry| entry.id != gone));
        log.regroup(groups, None);
    }),
    &alone("the newest entries are deleted", |log, _, random| {
        log.entries.truncate(log.entries.len() - random.random_range(1..5));
    }),
    &alone("every entry is deleted", |log, _, _| log.entries.clear()),
    &alone("everything is deleted", |log, _, _| {
        (log.entries, log.batches, log.counters) = (Vec::new(), Vec::new(), Vec::new());
    }),
    &alone("a batch is deleted", |log, _, random| {
        let at = random.random_range(0..log.batches.len());
        log.batches.remove(at);
    }),
    &alone("a batch is there twice", |log, _, random| {
        let again = one(&mut log.batches, random).clone();
        log.batches.push(again);
    }),
    &alone("a batch begins or ends elsewhere", |log, _, random| {
        let batch = one(&mut log.batches, random);
        let edge = if random.random() { &mut batch.prev } else { &mut batch.size };
        *edge = random.random_range(-2..60);
    }),
    &alone("two batches become one", |log, _, random| {
        let at = random.random_range(1..log.batches.len());
        // Two of a kind say the same as one.
        if log.batches[at].checkpoint.is_some() && !decides(log, at - 1) {
            log.batches[at].prev = log.batches[at - 1].prev;
            log.batches.remove(at - 1);
        }
    }),
    &alone("a batch's epoch changes", |log, _, random| {
        one(&mut log.batches, random).epoch = random.random_range(0..60);
    }),
    &alone("a batch's time goes back", |log, _, random| {
        let at = random.random_range(1..log.batches.len());
        log.batches[at].at = log.batches[at - 1].at - TimeDelta::microseconds(1);
    }),
    &alone("a batch's time is another day's", |log, _, random| {
        one(&mut log.batches, random).at += TimeDelta::days(1);
    }),
    &alone("a bit of a frontier flips", |log, _, random| {
        flip(&mut one(&mut log.batches, random).frontier, random);
    }),
    &alone("a bit of a checkpoint flips", |log, _, random| {
        if let Some(note) = &mut one(&mut log.batches, random).checkpoint {
            let mut bytes = note.clone().into_bytes();
            flip(&mut bytes, random);
            if !bytes.contains(&0) {
                *note = String::from_utf8(bytes).unwrap_or_default();
            }
        }
    }),
    &alone("a checkpoint is lost", |log, _, random| {
        one(&mut log.batches, random).checkpoint = None;
    }),
    &alone("a checkpoint is another batch's", |log, _, random| {
        let note = one(&mut log.batches, random).checkpoint.clone();
        if note.is_some() {
            one(&mut log.batches, random).checkpoint = note;
        }
    }),
    &alone("a checkpoint of another root is signed by the log's key", |log, forger, random| {
        let batch = one(&mut log.batches, random);
        let size = u64::try_from(batch.size).unwrap();
        batch.checkpoint = Some(forger.sign(size, random.random()));
    }),
    &alone("a checkpoint is signed by a stranger", |log, forger, random| {
        let batch = one(&mut log.batches, random);
        let size = u64::try_from(batch.size).unwrap();
        let frontier = gw_crypto::merkle::Frontier::from_parts(size, &batch.frontier).unwrap();
        batch.checkpoint = Some(forger.sign_as_a_stranger(size, frontier.root()));
    }),
    &alone("a gate's co-signature is lost", |log, _, random| {
        if let Some(note) = &mut one(&mut log.batches, random).checkpoint
            && note.matches('\u{2014}').count() > 1
        {
            let last = note.rfind('\u{2014}').unwrap();
            note.truncate(last);
        }
    }),
    &alone("a tally counts another caller, decision or number", |log, _, random| {
        let batch = one(&mut log.batches, random);
        if let Some(line) = batch.tally.as_mut().and_then(|lines| lines.as_array_mut()?.first_mut())
        {
            let (member, said) = match random.random_range(0..3) {
                0 => ("caller", json!("agent")),
                1 => ("decision", json!("request_hold")),
                _ => ("count", json!(line["count"].as_i64().unwrap() + random.random_range(-1..3))),
            };
            line[member] = said;
        }
    }),
    &alone("a tally is another batch's", |log, _, random| {
        let (a, b) = two(log.batches.len(), random);
        let tally = log.batches[a].tally.clone();
        if tally.is_some() {
            log.batches[b].tally = tally;
        }
    }),
    &alone("a counter changes", |log, _, random| one(&mut log.counters, random).used -= 1),
    &alone("a counter is deleted", |log, _, random| {
        let at = random.random_range(0..log.counters.len());
        log.counters.remove(at);
    }),
    &alone("a stale decision is planted", |log, forger, random| {
        let mut planted = decision(log, random);
        forger.rewrite(&mut planted, fresh(random), |event| {
            event["data"]["basis"]["epoch"] = json!(random.random_range(0..4));
            event["data"]["inputs"]["taken"] = json!([]);
        });
        plant(log, planted, forger, random);
    }),
    &alone("two decisions are allowed under one key", |log, forger, random| {
        let allowed: Vec<usize> =
            (0..log.entries.len()).filter(|at| allows(&log.entries[*at])).collect();
        let first = allowed[random.random_range(0..allowed.len() / 2)];
        let gate = log.entries[first].gate_id;
        let same_gate = |at: &&usize| log.entries[**at].gate_id == gate;
        let last = *allowed.iter().rfind(same_gate).unwrap();
        for at in [first, last] {
            let entry = &mut log.entries[at];
            forger.rewrite(entry, entry.id, |event| {
                event["data"]["idempotency_key_sha256"] = "the same".into();
            });
        }
        log.rebuild(Some(forger));
    }),
    &alone("a decision is forged without the gate's key", |log, forger, random| {
        let mut planted = decision(log, random);
        let epoch = log.batches.last().unwrap().epoch;
        forger.rewrite(&mut planted, fresh(random), |event| {
            event["data"]["basis"]["epoch"] = json!(epoch);
            event["data"]["inputs"]["taken"] = json!([]);
        });
        planted.signature = Some(random.random::<[[u8; 32]; 2]>().concat());
        let mut groups = log.grouped();
        groups.last_mut().unwrap().1.push(planted);
        log.regroup(groups, Some(forger));
    }),
    &alone("a halted agent is allowed", |log, forger, random| {
        let mut planted = decision(log, random);
        let epoch = log.batches.last().unwrap().epoch;
        forger.rewrite(&mut planted, fresh(random), |event| {
            event["subject"] = json!("halted-agent");
            let data = &mut event["data"];
            data["agent_id"] = json!("halted-agent");
            (data["decision"], data["reason_code"]) = (json!("allow"), json!("ok"));
            data["basis"]["epoch"] = json!(epoch);
            data["inputs"]["taken"] = json!([]);
        });
        let mut groups = log.grouped();
        groups.last_mut().unwrap().1.push(planted);
        log.regroup(groups, Some(forger));
    }),
    &alone("a decision of an archived gate is planted", |log, forger, random| {
        let archived = log.entries.iter().find(|entry| entry.kind == "gate.archived.v1").unwrap();
        let of_it =
            |entry: &&Entry| entry.kind == "check.decided.v1" && entry.gate_id == archived.gate_id;
        let mut planted = log.entries.iter().find(of_it).unwrap().clone();
        let epoch = log.batches.last().unwrap().epoch;
        forger.rewrite(&mut planted, fresh(random), |event| {
            event["data"]["basis"]["epoch"] = json!(epoch);
        });
        let mut groups = log.grouped();
        groups.last_mut().unwrap().1.push(planted);
        log.regroup(groups, Some(forger));
    }),
    &alone("what enforcement would have blocked takes from a budget", |log, forger, random| {
        let took = |entry: &&mut Entry| takes(entry);
        let count = log.entries.iter_mut().filter(took).count();
        let nth = random.random_range(0..count);
        let entry = log.entries.iter_mut().filter(took).nth(nth).unwrap();
        forger.rewrite(entry, entry.id, |event| event["data"]["would"] = "block".into());
        log.rebuild(Some(forger));
    }),
    &alone("a decision is moved past a revocation", |log, forger, random| {
        let moved = decision(log, random);
        let mut groups = log.grouped();
        let epoch = |entry: &Entry| {
            let event: serde_json::Value =
                serde_json::from_slice(entry.body.as_deref().unwrap()).unwrap();
            event["data"]["basis"]["epoch"].as_i64().unwrap()
        };
        if epoch(&moved) < log.batches.last().unwrap().epoch - 1 {
            groups.iter_mut().for_each(|(_, entries)| entries.retain(|e| e.id != moved.id));
            groups.last_mut().unwrap().1.push(moved);
            log.regroup(groups, Some(forger));
        }
    }),
    &signed("the log is cut back to an earlier checkpoint", cut),
    &signed("a record is deleted and everything signed anew", |log, forger, random| {
        let gone = decision(log, random).id;
        let mut groups = log.grouped();
        groups.iter_mut().for_each(|(_, entries)| entries.retain(|entry| entry.id != gone));
        log.regroup(groups, Some(forger));
    }),
    &signed("a record is changed and everything signed anew", |log, forger, random| {
        let at = decision(log, random).idx;
        let entry = &mut log.entries[usize::try_from(at).unwrap()];
        forger.rewrite(entry, entry.id, |event| event["data"]["action"] = "another".into());
        log.rebuild(Some(forger));
    }),
    &signed("a record's twin is added and everything signed anew", |log, forger, random| {
        let mut planted = decision(log, random);
        let epoch = log.batches.last().unwrap().epoch;
        forger.rewrite(&mut planted, fresh(random), |event| {
            event["data"]["basis"]["epoch"] = json!(epoch);
            event["data"]["inputs"]["taken"] = json!([]);
        });
        let mut groups = log.grouped();
        let last = &mut groups.last_mut().unwrap().1;
        last.insert(0, planted);
        log.regroup(groups, Some(forger));
    }),
];

/// Cuts the log behind a batch that is signed, and sets the counters back to what it says.
pub(crate) fn cut(log: &mut Log, _: &Forger, random: &mut StdRng) {
    let signed: Vec<usize> =
        (0..log.batches.len() - 1).filter(|at| log.batches[*at].checkpoint.is_some()).collect();
    let last = signed[random.random_range(0..signed.len())];
    log.batches.truncate(last + 1);
    let size = log.batches[last].size;
    log.entries.retain(|entry| entry.idx < size);
    let mut used = std::collections::BTreeMap::new();
    for entry in &log.entries {
        let event: serde_json::Value =
            serde_json::from_slice(entry.body.as_deref().unwrap()).unwrap();
        for taken in event["data"]["inputs"]["taken"].as_array().into_iter().flatten() {
            let limit = taken["limit"].as_str().unwrap().to_owned();
            used.insert(limit, taken["after"].as_i64().unwrap());
        }
    }
    let counter = |(key, used)| gw_audit::Counter { key, used };
    log.counters = used.into_iter().map(counter).collect();
}

/// Puts a decision behind the last batch but one, or inside any batch of decisions.
fn plant(log: &mut Log, planted: Entry, forger: &Forger, random: &mut StdRng) {
    let mut groups = log.grouped();
    let later: Vec<usize> =
        (groups.len() / 2..groups.len()).filter(|at| groups[*at].0.checkpoint.is_some()).collect();
    let entries = &mut groups[later[random.random_range(0..later.len())]].1;
    entries.push(planted);
    log.regroup(groups, Some(forger));
}

fn decision(log: &Log, random: &mut StdRng) -> Entry {
    let decisions: Vec<_> = log.entries.iter().filter(|e| e.kind == "check.decided.v1").collect();
    decisions[random.random_range(0..decisions.len())].clone()
}

fn allows(entry: &Entry) -> bool {
    let event: serde_json::Value = serde_json::from_slice(entry.body.as_deref().unwrap()).unwrap();
    event["data"]["decision"] == "allow"
}

fn takes(entry: &Entry) -> bool {
    let event: serde_json::Value = serde_json::from_slice(entry.body.as_deref().unwrap()).unwrap();
    let taken = &event["data"]["inputs"]["taken"][0];
    taken["before"] != taken["after"]
}

fn decides(log: &Log, batch: usize) -> bool {
    let batch = &log.batches[batch];
    let inside = |entry: &&Entry| (batch.prev..batch.size).contains(&entry.idx);
    log.entries.iter().filter(inside).all(|entry| entry.kind == "check.decided.v1")
}

fn one<'a, T>(rows: &'a mut [T], random: &mut StdRng) -> &'a mut T {
    let at = random.random_range(0..rows.len());
    &mut rows[at]
}

fn two(count: usize, random: &mut StdRng) -> (usize, usize) {
    let a = random.random_range(1..count);
    (random.random_range(0..a), a)
}

/// Everything but their positions changes places.
fn swap(entries: &mut [Entry], a: usize, b: usize) {
    entries.swap(a, b);
    let position = entries[a].idx;
    entries[a].idx = entries[b].idx;
    entries[b].idx = position;
}

fn flip(bytes: &mut [u8], random: &mut StdRng) {
    let bit = random.random_range(0..bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}

fn fresh(random: &mut StdRng) -> Uuid {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    Uuid::from_bytes(bytes)
}
