use gw_audit::Entry;
use gw_db::Role;
use gw_kernel::TenantId;
use rand::{SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use super::{
    replay,
    world::{STEPS, World},
};
use crate::{
    server::Server,
    tamper::{
        forger::Forger,
        log::{Log, unguard},
        reader, root_key,
    },
};

fn event(entry: &Entry) -> Value {
    serde_json::from_slice(entry.body.as_deref().unwrap()).unwrap()
}

/// One lie: which decisions it can be told of, and what is changed.
struct Lie {
    name: &'static str,
    fits: fn(&Value) -> bool,
    tell: fn(&mut Value),
    member: &'static str,
}

const LIES: &[Lie] = &[
    Lie {
        name: "a block becomes an allow",
        fits: |data| data["decision"] == "block",
        tell: |data| data["decision"] = json!("allow"),
        member: "data.decision",
    },
    Lie {
        name: "a revoked capability was fine",
        fits: |data| data["reason_code"] == "credential.revoked" && data["mode"] == "enforce",
        tell: |data| {
            data["decision"] = json!("allow");
            data["reason_code"] = json!("ok");
        },
        member: "data.reason_code",
    },
    Lie {
        name: "an allow becomes a block",
        fits: |data| data["decision"] == "allow" && data["mode"] == "enforce",
        tell: |data| data["decision"] = json!("block"),
        member: "data.decision",
    },
    Lie {
        name: "another reason",
        fits: |data| data["reason_code"] == "scope.denied",
        tell: |data| data["reason_code"] = json!("credential.expired"),
        member: "data.reason_code",
    },
    Lie {
        name: "more was taken",
        fits: |data| data["inputs"]["taken"][0]["after"] != data["inputs"]["taken"][0]["before"],
        tell: |data| data["inputs"]["taken"][0]["after"] = json!(3),
        member: "data.inputs.taken",
    },
    Lie {
        name: "nothing was taken",
        fits: |data| data["inputs"]["taken"][0].is_object(),
        tell: |data| data["inputs"]["taken"] = json!([]),
        member: "data.inputs.taken",
    },
    Lie {
        name: "an older configuration",
        fits: |_| true,
        tell: |data| data["basis"]["epoch"] = json!(1),
        member: "data.basis.epoch",
    },
    Lie {
        name: "another key signed",
        fits: |_| true,
        tell: |data| data["basis"]["key_id"] = json!("key_00000000000000000000000000"),
        member: "data.basis.key_id",
    },
    Lie {
        name: "a stage said something else",
        fits: |_| true,
        tell: |data| data["checks"][1][1] = json!("pass"),
        member: "data.checks",
    },
    Lie {
        name: "an unknown stage",
        fits: |_| true,
        tell: |data| data["checks"][1] = json!(["weather", "pass"]),
        member: "data.checks",
    },
    Lie {
        name: "an unknown member",
        fits: |_| true,
        tell: |data| data["inputs"]["weather"] = json!("fine"),
        member: "data.inputs.weather",
    },
    Lie {
        name: "another mode",
        fits: |data| data["mode"] == "enforce",
        tell: |data| data["mode"] = json!("observe"),
        member: "data.mode",
    },
    Lie {
        name: "a better caller",
        fits: |data| data["caller"]["kind"] == "machine",
        tell: |data| data["caller"]["kind"] = json!("operator"),
        member: "data.caller.kind",
    },
    Lie {
        name: "a key that there is not",
        fits: |data| data["caller"]["key_id"].is_string() && data["decision"] == "block",
        tell: |data| data["caller"]["key_id"] = json!("ak_00000000000000000000000000"),
        member: "data.decision",
    },
    Lie {
        name: "a wider caveat",
        fits: |data| data["reason_code"] == "scope.denied",
        tell: |data| {
            for caveat in data["inputs"]["caveats"].as_array_mut().unwrap() {
                *caveat = json!(r#"{"t":"step_up","step_up_at":1}"#);
            }
        },
        member: "data.reason_code",
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_every_key_still_cannot_say_that_it_was_decided_so() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let (db, owner) = (reader(&database, &server, Role::Check).await, database.owner().await);
    let mut world = World::make(&server, "acme").await;
    let mut random = StdRng::seed_from_u64(3);
    for step in (0..4 * STEPS).map(|n| n % STEPS).filter(|step| ![9, 10].contains(step)) {
        world.step(step, &mut random).await;
    }
    let tenant: TenantId = world.tenant.parse().unwrap();
    unguard(&owner).await;
    let whole = Log::read(&owner, tenant).await;
    let forger = Forger::with_all_keys(&owner, tenant, &root_key(&server)).await;
    for lie in LIES {
        let mut log = whole.clone();
        let decisions = log.entries.iter_mut().filter(|entry| entry.kind == "check.decided.v1");
        let mut fitting = decisions.filter(|entry| (lie.fits)(&event(entry)["data"]));
        let entry = fitting.next().unwrap_or_else(|| panic!("{} fits nothing", lie.name));
        let (id, position) = (entry.id, entry.idx);
        forger.rewrite(entry, id, |event| (lie.tell)(&mut event["data"]));
        log.rebuild(Some(&forger));
        log.write(&owner, tenant).await;

        let (report, found) = replay(&db, tenant).await;
        assert!(!report.agrees(), "{}: {report:?}", lie.name);
        let members: Vec<_> = found
            .iter()
            .filter(|one| one.position == position)
            .flat_map(|one| one.differences.iter().map(|difference| difference.member.as_str()))
            .collect();
        assert!(members.contains(&lie.member), "{}: {found:#?}", lie.name);
        assert!(found.iter().all(|one| one.position == position), "{}: {found:#?}", lie.name);
    }

    // Another engine's decisions are not ours to make again; what they took is taken.
    let mut log = whole.clone();
    for entry in log.entries.iter_mut().filter(|entry| entry.kind == "check.decided.v1").take(30) {
        let id = entry.id;
        forger.rewrite(entry, id, |event| event["data"]["basis"]["engine"] = json!("other/9"));
    }
    log.rebuild(Some(&forger));
    log.write(&owner, tenant).await;
    let (report, found) = replay(&db, tenant).await;
    assert!(report.agrees() && report.other_engine == 30, "{report:?} {found:#?}");

    // Bodies that were dropped are told of, and the counters behind them are believed once.
    let mut log = whole.clone();
    for entry in log.entries.iter_mut().filter(|entry| entry.kind == "check.decided.v1").take(30) {
        entry.body = None;
    }
    log.write(&owner, tenant).await;
    let (report, found) = replay(&db, tenant).await;
    assert!(report.agrees() && report.no_body == 30, "{report:?} {found:#?}");
    assert!(report.on_trust.counters > 0, "{report:?}");
}
