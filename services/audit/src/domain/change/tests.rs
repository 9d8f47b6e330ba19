//! Every type of event that is published, and what it changes.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gw_contracts::{EventSchema, all_events};
use gw_kernel::Epoch;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Compared, State, Told};
use crate::domain::Fact;

const KEY: &str = "ak_00000000000000000000000001";
const GATE: &str = "gate_00000000000000000000000001";
const OLD: &str = "key_00000000000000000000000001";
const NEW: &str = "key_00000000000000000000000002";
const LOG_OLD: &str = "lk_00000000000000000000000001";
const LOG_NEW: &str = "lk_00000000000000000000000002";
const OPERATOR: &str = "op_00000000000000000000000001";
const REVOCATION: &str = "rev_00000000000000000000000001";
const ROOT: &str = "rk_00000000000000000000000001";
const SWITCH: &str = "ks_00000000000000000000000001";
const TENANT: &str = "ten_00000000000000000000000001";
const AT: &str = "2026-01-31T12:00:00.000000Z";

/// In no history: what callers did.
const NO_HISTORY: [&str; 2] = ["check.decided.v1", "check.refused.v1"];

/// An event of a type: its object as it was, its data, its object's name, what else it has to do
/// with, and the steps that it changes its object by.
struct Example {
    kind: &'static str,
    before: Value,
    data: Value,
    object: &'static str,
    mentions: &'static [&'static str],
    diff: Value,
}

fn example(
    kind: &'static str,
    before: Value,
    data: Value,
    (object, mentions): (&'static str, &'static [&'static str]),
    diff: Value,
) -> Example {
    Example { kind, before, data, object, mentions, diff }
}

fn add(path: &str, value: impl Into<Value>) -> Value {
    json!({ "op": "add", "path": path, "value": value.into() })
}

fn replace(path: &str, before: impl Into<Value>, value: impl Into<Value>) -> Value {
    json!({ "op": "replace", "path": path, "before": before.into(), "value": value.into() })
}

fn remove(path: &str, before: impl Into<Value>) -> Value {
    json!({ "op": "remove", "path": path, "before": before.into() })
}

fn tenants() -> Vec<Example> {
    let tenant = (TENANT, &[][..]);
    let active = || json!({ "tenant_id": TENANT, "name": "a", "state": "active" });
    vec![
        example(
            "tenant.created.v1",
            json!({}),
            json!({ "tenant_id": TENANT, "name": "a", "state": "active", "log_origin": "o", "log_vkey": "v" }),
            tenant,
            json!([
                add("/log_origin", "o"),
                add("/log_vkey", "v"),
                add("/name", "a"),
                add("/state", "active"),
                add("/tenant_id", TENANT),
            ]),
        ),
        example(
            "tenant.updated.v1",
            json!({ "tenant_id": TENANT, "name": "a", "state": "active", "log_origin": "o", "default_gate_id": GATE }),
            json!({ "tenant_id": TENANT, "name": "b", "state": "active" }),
            tenant,
            json!([replace("/name", "a", "b"), remove("/default_gate_id", GATE)]),
        ),
        example(
            "tenant.suspended.v1",
            active(),
            json!({ "tenant_id": TENANT, "state": "suspended", "reason": "unpaid" }),
            tenant,
            json!([add("/reason", "unpaid"), replace("/state", "active", "suspended")]),
        ),
        example(
            "tenant.resumed.v1",
            json!({ "tenant_id": TENANT, "name": "a", "state": "suspended", "reason": "unpaid" }),
            json!({ "tenant_id": TENANT, "state": "active" }),
            tenant,
            json!([replace("/state", "suspended", "active"), remove("/reason", "unpaid")]),
        ),
        example(
            "tenant.data_key_rotation_started.v1",
            active(),
            json!({ "tenant_id": TENANT }),
            tenant,
            json!([]),
        ),
        example(
            "tenant.data_key_rotated.v1",
            active(),
            json!({ "tenant_id": TENANT }),
            tenant,
            json!([]),
        ),
        example(
            "platform.tenant_read.v1",
            active(),
            json!({ "tenant_id": TENANT }),
            tenant,
            json!([]),
        ),
        example(
            "platform.tenants_listed.v1",
            json!({ "count": 1 }),
            json!({ "count": 2 }),
            ("tenants", &[]),
            json!([replace("/count", 1, 2)]),
        ),
        example(
            "platform.root_key_rotated.v1",
            json!({}),
            json!({ "fingerprint": "b", "previous_fingerprint": "a", "data_keys": 1 }),
            ("root_key", &[]),
            json!([
                add("/data_keys", 1),
                add("/fingerprint", "b"),
                add("/previous_fingerprint", "a")
            ]),
        ),
        example(
            "operator.created.v1",
            json!({}),
            json!({ "operator_id": OPERATOR, "name": "a", "mail": "a@example.org", "roles": ["viewer"] }),
            (OPERATOR, &[]),
            json!([
                add("/mail", "a@example.org"),
                add("/name", "a"),
                add("/operator_id", OPERATOR),
                add("/roles", json!(["viewer"])),
            ]),
        ),
        example(
            "operator.updated.v1",
            json!({ "operator_id": OPERATOR, "name": "a", "mail": "a@example.org", "roles": ["viewer"] }),
            json!({ "operator_id": OPERATOR, "name": "a", "mail": "a@example.org", "roles": ["admin"], "state": "active" }),
            (OPERATOR, &[]),
            json!([
                replace("/roles", json!(["viewer"]), json!(["admin"])),
                add("/state", "active"),
            ]),
        ),
        example(
            "operator.suspended.v1",
            json!({ "operator_id": OPERATOR, "name": "a", "roles": ["viewer"] }),
            json!({ "operator_id": OPERATOR, "roles": ["viewer"], "state": "suspended", "reason": "left" }),
            (OPERATOR, &[]),
            json!([add("/reason", "left"), add("/state", "suspended")]),
        ),
        example(
            "operator.resumed.v1",
            json!({ "operator_id": OPERATOR, "name": "a", "roles": ["viewer"], "state": "suspended", "reason": "left" }),
            json!({ "operator_id": OPERATOR, "roles": ["viewer"], "state": "active" }),
            (OPERATOR, &[]),
            json!([replace("/state", "suspended", "active"), remove("/reason", "left")]),
        ),
        example(
            "tenant.limits_changed.v1",
            json!({ "tenant_id": TENANT, "limits": { "gates": 5, "operators": 1 } }),
            json!({ "tenant_id": TENANT, "limits": { "checks_per_second": 9, "gates": 6, "api_keys": 2, "operators": 1, "retention_days": 30 } }),
            tenant,
            json!([
                add("/limits/api_keys", 2),
                add("/limits/checks_per_second", 9),
                replace("/limits/gates", 5, 6),
                add("/limits/retention_days", 30),
            ]),
        ),
    ]
}

fn keys() -> Vec<Example> {
    let known = || json!({ "key_id": KEY, "name": "a", "scopes": ["gates:read"], "expires_at": AT, "state": "active" });
    vec![
        example(
            "api_key.created.v1",
            json!({}),
            json!({ "key_id": KEY, "name": "a", "scopes": ["*"], "operator_id": OPERATOR, "state": "active" }),
            (KEY, &[OPERATOR]),
            json!([
                add("/key_id", KEY),
                add("/name", "a"),
                add("/operator_id", OPERATOR),
                add("/scopes", json!(["*"])),
                add("/state", "active"),
            ]),
        ),
        example(
            "api_key.rotated.v1",
            known(),
            json!({ "key_id": KEY, "rotated_at": AT, "scopes": ["log:read"], "state": "active" }),
            (KEY, &[]),
            json!([
                add("/rotated_at", AT),
                replace("/scopes", json!(["gates:read"]), json!(["log:read"])),
                remove("/expires_at", AT),
            ]),
        ),
        example(
            "api_key.revoked.v1",
            known(),
            json!({ "key_id": KEY, "state": "revoked", "revoked_at": AT, "reason": "lost" }),
            (KEY, &[]),
            json!([
                add("/reason", "lost"),
                add("/revoked_at", AT),
                replace("/state", "active", "revoked"),
            ]),
        ),
        example(
            "log.key_rotated.v1",
            json!({ "log_origin": "o", "log_vkey": "old" }),
            json!({
                "tenant_id": TENANT, "log_origin": "o",
                "active": { "key_id": LOG_NEW, "vkey": "new", "signs_from": 3 },
                "previous": { "key_id": LOG_OLD, "vkey": "old", "signs_from": 0, "signs_until": 3 },
            }),
            (TENANT, &[]),
            json!([
                add(
                    "/log_keys",
                    json!({
                        LOG_OLD: { "vkey": "old", "signs_from": 0, "signs_until": 3 },
                        LOG_NEW: { "vkey": "new", "signs_from": 3 },
                    })
                ),
                replace("/log_vkey", "old", "new"),
                add("/tenant_id", TENANT),
            ]),
        ),
        example(
            "log.regression_acknowledged.v1",
            json!({ "tenant_id": TENANT, "log_origin": "o", "log_vkey": "old", "log_keys": { LOG_OLD: { "vkey": "old", "signs_from": 0 } } }),
            json!({
                "tenant_id": TENANT, "log_origin": "p", "previous_origin": "o", "kept_size": 9, "reason": "r",
                "active": { "key_id": LOG_NEW, "vkey": "new", "signs_from": 10 },
                "previous": { "key_id": LOG_OLD, "vkey": "old", "signs_from": 0, "signs_until": 10 },
            }),
            (TENANT, &[]),
            json!([
                add("/kept_size", 9),
                add(&format!("/log_keys/{LOG_OLD}/signs_until"), 10),
                add(&format!("/log_keys/{LOG_NEW}"), json!({ "vkey": "new", "signs_from": 10 })),
                replace("/log_origin", "o", "p"),
                replace("/log_vkey", "old", "new"),
                add("/previous_origin", "o"),
                add("/reason", "r"),
            ]),
        ),
    ]
}

fn gates() -> Vec<Example> {
    let pair = |state: &str| json!({ "state": state, "public_key": "p" });
    vec![
        example(
            "gate.created.v1",
            json!({}),
            json!({
                "gate_id": GATE, "name": "a", "security_profile": "L1", "mode": "enforce", "signing": "each",
                "is_discoverable": false, "state": "active",
                "keypairs": [{ "key_id": OLD, "state": "active", "public_key": "p" }],
            }),
            (GATE, &[]),
            json!([
                add("/gate_id", GATE),
                add("/is_discoverable", false),
                add("/keypairs", json!({ OLD: pair("active") })),
                add("/mode", "enforce"),
                add("/name", "a"),
                add("/security_profile", "L1"),
                add("/signing", "each"),
                add("/state", "active"),
            ]),
        ),
        example(
            "gate.updated.v1",
            json!({
                "gate_id": GATE, "slug": "gate_a", "name": "a", "description": "d", "security_profile": "L1",
                "mode": "observe", "signing": "each", "is_discoverable": false, "state": "active", "keypairs": {},
            }),
            json!({
                "gate_id": GATE, "slug": "gate_a", "name": "a", "security_profile": "L1", "mode": "enforce",
                "signing": "each", "is_discoverable": true, "state": "active",
            }),
            (GATE, &[]),
            json!([
                replace("/is_discoverable", false, true),
                replace("/mode", "observe", "enforce"),
                remove("/description", "d"),
            ]),
        ),
        example(
            "gate.archived.v1",
            json!({
                "gate_id": GATE, "name": "a", "security_profile": "L1", "mode": "enforce", "signing": "each",
                "is_discoverable": false, "state": "active",
            }),
            json!({
                "gate_id": GATE, "name": "a", "security_profile": "L1", "mode": "enforce", "signing": "each",
                "is_discoverable": false, "state": "archived", "archived_at": AT, "reason": "r",
            }),
            (GATE, &[]),
            json!([
                add("/archived_at", AT),
                add("/reason", "r"),
                replace("/state", "active", "archived"),
            ]),
        ),
        example(
            "gate.restored.v1",
            json!({
                "gate_id": GATE, "name": "a", "security_profile": "L1", "mode": "enforce", "signing": "each",
                "is_discoverable": false, "state": "archived", "archived_at": AT, "reason": "r",
            }),
            json!({
                "gate_id": GATE, "name": "a", "security_profile": "L1", "mode": "enforce", "signing": "each",
                "is_discoverable": false, "state": "active", "restored_at": AT,
            }),
            (GATE, &[]),
            json!([
                add("/restored_at", AT),
                replace("/state", "archived", "active"),
                remove("/reason", "r"),
            ]),
        ),
        example(
            "gate.keypair_rotated.v1",
            json!({ "gate_id": GATE, "name": "a", "keypairs": { OLD: pair("active") } }),
            json!({
                "gate_id": GATE,
                "active": { "key_id": NEW, "state": "active", "public_key": "q", "signs_from": 5 },
                "previous": { "key_id": OLD, "state": "retiring", "public_key": "p", "signs_from": 0, "signs_until": 5 },
            }),
            (GATE, &[]),
            json!([
                add(&format!("/keypairs/{OLD}/signs_from"), 0),
                add(&format!("/keypairs/{OLD}/signs_until"), 5),
                replace(&format!("/keypairs/{OLD}/state"), "active", "retiring"),
                add(
                    &format!("/keypairs/{NEW}"),
                    json!({ "state": "active", "public_key": "q", "signs_from": 5 })
                ),
            ]),
        ),
        example(
            "gate.keypair_retired.v1",
            json!({ "gate_id": GATE, "keypairs": { OLD: pair("retiring"), NEW: pair("active") } }),
            json!({ "gate_id": GATE, "keypair": { "key_id": OLD, "state": "retired", "public_key": "p", "signs_from": 0 } }),
            (GATE, &[]),
            json!([
                add(&format!("/keypairs/{OLD}/signs_from"), 0),
                replace(&format!("/keypairs/{OLD}/state"), "retiring", "retired"),
            ]),
        ),
        example(
            "kill_switch.engaged.v1",
            json!({}),
            json!({
                "switch_id": SWITCH, "tenant_id": TENANT, "scope": "gate", "gate_id": GATE,
                "state": "engaged", "engaged_at": AT,
            }),
            (SWITCH, &[GATE]),
            json!([
                add("/engaged_at", AT),
                add("/gate_id", GATE),
                add("/scope", "gate"),
                add("/state", "engaged"),
                add("/switch_id", SWITCH),
                add("/tenant_id", TENANT),
            ]),
        ),
        example(
            "kill_switch.released.v1",
            json!({ "switch_id": SWITCH, "tenant_id": TENANT, "scope": "tenant", "state": "engaged", "engaged_at": AT, "reason": "a" }),
            json!({ "switch_id": SWITCH, "tenant_id": TENANT, "scope": "tenant", "state": "released", "released_at": AT }),
            (SWITCH, &[TENANT]),
            json!([
                add("/released_at", AT),
                replace("/state", "engaged", "released"),
                remove("/reason", "a"),
            ]),
        ),
    ]
}

fn capabilities() -> Vec<Example> {
    vec![
        example(
            "capability.minted.v1",
            json!({}),
            json!({
                "jti": GATE, "subject": KEY, "issuer": "i", "zone": "default", "kid": ROOT, "minted_at": 4,
                "caveats": [],
            }),
            (
                "capability:gate_00000000000000000000000001",
                &["agent:ak_00000000000000000000000001"],
            ),
            json!([
                add("/caveats", json!([])),
                add("/issuer", "i"),
                add("/jti", GATE),
                add("/kid", ROOT),
                add("/minted_at", 4),
                add("/subject", KEY),
                add("/zone", "default"),
            ]),
        ),
        example(
            "capability.revoked.v1",
            json!({}),
            json!({
                "revocation_id": REVOCATION, "jtis": ["j"], "root_jtis": ["r"], "hop_ids": ["h"],
                "subjects": ["s"], "until_epoch": 7, "revoked_at": AT,
            }),
            (REVOCATION, &["agent:s", "capability:j", "capability:r", "hop:h"]),
            json!([
                add("/hop_ids", json!(["h"])),
                add("/jtis", json!(["j"])),
                add("/revocation_id", REVOCATION),
                add("/revoked_at", AT),
                add("/root_jtis", json!(["r"])),
                add("/subjects", json!(["s"])),
                add("/until_epoch", 7),
            ]),
        ),
        example(
            "capability.root_key_created.v1",
            json!({}),
            json!({ "kid": ROOT, "state": "active", "statement_key": "p" }),
            (ROOT, &[]),
            json!([add("/kid", ROOT), add("/state", "active"), add("/statement_key", "p")]),
        ),
        example(
            "capability.root_key_retired.v1",
            json!({ "kid": ROOT, "state": "active", "statement_key": "p" }),
            json!({ "kid": ROOT, "state": "retiring", "accepted_until": AT }),
            (ROOT, &[]),
            json!([add("/accepted_until", AT), replace("/state", "active", "retiring")]),
        ),
    ]
}

fn examples() -> Vec<Example> {
    [tenants(), keys(), gates(), capabilities()].into_iter().flatten().collect()
}

fn state(value: &Value) -> State {
    value.as_object().unwrap().clone()
}

/// The entry of an example, as the log has it.
fn fact(example: &Example, event: &EventSchema) -> Fact {
    let stated = (event.read)(&example.data).unwrap();
    let mut data = example.data.clone();
    data["actor"] = json!({ "kind": "machine", "id": KEY, "key_id": KEY });
    if event.moves_epoch {
        data["moves_epoch"] = true.into();
    }
    let body = json!({ "type": event.kind, "time": AT, "subject": stated.subject, "data": data });
    Fact {
        idx: 41,
        day: NaiveDate::default(),
        id: Uuid::nil(),
        kind: event.kind.to_owned(),
        gate_id: stated.gate.map(|gate| gate.uuid()),
        moves_epoch: event.moves_epoch,
        body: Some(body.to_string().into_bytes()),
    }
}

#[test]
fn every_event_has_a_history_and_says_what_it_changed() {
    let examples = examples();
    for event in all_events() {
        let mut of_it = examples.iter().filter(|example| example.kind == event.kind).peekable();
        let in_no_history = NO_HISTORY.contains(&event.kind);
        assert!(
            of_it.peek().is_some() != in_no_history,
            "`{}` has no example of what it changes: add one to {}",
            event.kind,
            file!(),
        );
        for example in of_it {
            let told = Told::read(&fact(example, &event), Epoch(42)).unwrap();
            assert_eq!(told.object, example.object, "{}", event.kind);
            let known = BTreeMap::from([(told.object.clone(), state(&example.before))]);
            let Compared { changes, mentions, objects } = Compared::of(vec![told], known);
            let change = &changes[0];
            let diff = serde_json::to_value(&change.diff).unwrap();
            assert_eq!(diff, example.diff, "{}: {diff:#}", event.kind);
            assert_eq!((change.idx, change.epoch), (41, Epoch(42)));
            assert_eq!(change.actor.as_ref().unwrap().id, KEY);
            let mut expected = [example.mentions, &[example.object]].concat();
            expected.sort_unstable();
            let mentioned: Vec<_> = mentions.iter().map(|(object, _)| object.as_str()).collect();
            assert_eq!(mentioned, expected, "{}", event.kind);

            // Who reads the steps as the standard has them gets the same object.
            let mut patched = example.before.clone();
            let patch: json_patch::Patch = serde_json::from_value(diff).unwrap();
            json_patch::patch(&mut patched, &patch).unwrap();
            assert_eq!(state(&patched), objects[example.object], "{}", event.kind);
        }
    }
}

/// Whatever an event is told to say, it must not be able to say a secret.
#[test]
fn no_event_has_a_member_for_a_secret() {
    const SECRET: [&str; 6] = ["api_key", "secret", "sealed", "seed", "token", "private_key"];
    for event in all_events() {
        let schema = serde_json::to_string(&event.schema).unwrap();
        for name in SECRET {
            assert!(!schema.contains(&format!("\"{name}\":")), "{}: {name}", event.kind);
        }
    }
}
