//! What would be decided, and why: said as it is, by whoever may read decisions, and leaving nothing.

use gw_credentials::capability::{NewCaveat, attenuate};
use gw_db::Role;
use gw_kernel::{Epoch, Scope};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    kill_switches::{engage, set_halt},
    world::{World, in_mode, search, world},
};

async fn explain(world: &World, query: &str) -> (StatusCode, Value) {
    let path = format!("/v1/gates/{}/explain?{query}", world.gate);
    world.app.get(&path, &world.tenant.api_key).await
}

async fn simulate(world: &World, principal: Value, checks: Value) -> (StatusCode, Value) {
    let body = json!({ "gate": world.gate, "principal": principal, "checks": checks });
    world.app.post("/v1/admin/simulate", &world.tenant.api_key, body).await
}

/// What simulating one check says, where it can be said.
async fn would(world: &World, principal: Value, check: Value) -> Value {
    let (status, mut answer) = simulate(world, principal, json!([check])).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    answer["answers"][0].take()
}

/// How many rows say what was recorded or taken.
async fn rows(world: &World) -> Vec<i64> {
    let sql = "select count(*) from journal.entries
         union all select coalesce(sum(used), 0)::bigint from journal.counters
         union all select count(*) from journal.uses";
    sqlx::query_scalar(sql).fetch_all(&world.db.owner().await).await.unwrap()
}

fn shown(token: &str) -> Value {
    json!({ "credential": { "kind": "capability", "value": token } })
}

fn caveats(list: Value) -> Value {
    json!({ "subject": "agent-1", "caveats": list })
}

#[tokio::test]
async fn a_capability_that_was_shown_is_explained_from_its_record_and_nothing_is_taken() {
    let world = world().await;
    let tools = NewCaveat::ToolAllow(vec!["api:*".to_owned(), "mail:send".to_owned()]);
    let deny = NewCaveat::ToolDeny(vec!["api:delete".to_owned()]);
    let (token, jti) = world.mint(&[tools, deny, NewCaveat::MaxCalls(3), NewCaveat::RateLimit(9)]);
    assert_eq!(world.ask_with(&token).await.1["decision"], "allow");
    let before = rows(&world).await;
    for query in [format!("credential_id={jti}"), "subject=agent-1".to_owned()] {
        let (status, said) = explain(&world, &format!("{query}&action=api:search")).await;
        assert_eq!(status, StatusCode::OK, "{said:#}");
        let who = &said["principal"];
        assert_eq!((&who["source"], &who["agent_id"]), (&json!("recorded"), &json!("agent-1")));
        assert_eq!(who["credential_id"], jti);
        assert_eq!(who["allow"], json!([["api:*", "mail:send"]]));
        assert_eq!((&who["deny"], &who["servers"]), (&json!(["api:delete"]), &json!([])));
        assert_eq!(who["caveats"].as_array().unwrap().len(), 4);
        assert_eq!(said["obstacles"], json!([]));
        assert_eq!(said["standing"]["would"], "allow");
        let left = |at: usize| {
            let budget = &said["budgets"][at];
            [&budget["total"], &budget["remaining"]].map(|number| number.as_i64().unwrap())
        };
        assert_eq!((left(0), left(1)), ([3, 2], [9, 8]), "{said:#}");
        assert!(said["budgets"][0]["resets_at"].is_null());
        assert!(said["budgets"][1]["resets_at"].is_string());
        let answer = &said["answer"];
        assert_eq!((&answer["would"], &answer["code"]), (&json!("allow"), &json!("ok")));
        assert!(answer["decided_by"].is_null());
        assert_eq!(answer["limits"][0]["remaining"], 1);
        assert_eq!(said["basis"]["engine"], "gw-decision/1");
    }
    for (action, code, stage) in
        [("api:delete", "scope.denied", "scope"), ("pay", "scope.denied", "scope")]
    {
        let (_, said) = explain(&world, &format!("credential_id={jti}&action={action}")).await;
        let answer = &said["answer"];
        assert_eq!((&answer["would"], &answer["code"]), (&json!("block"), &json!(code)));
        assert_eq!(answer["decided_by"], stage, "{answer:#}");
        let stages = answer["stages"].as_array().unwrap();
        let at = stages.iter().position(|one| one["stage"] == stage).unwrap();
        assert_eq!(stages[at]["outcome"], "block");
        assert!(!stages[at]["detail"].as_str().unwrap().is_empty());
        assert!(stages[at + 1..].iter().all(|one| one["outcome"] == "skipped"));
    }
    assert_eq!(rows(&world).await, before, "nothing is recorded or taken");
}

/// Whatever a check says next, simulating it said before: for all ways to name who it is.
#[tokio::test]
async fn what_a_simulation_says_is_what_the_next_check_says() {
    for mode in ["enforce", "observe"] {
        let world = in_mode(mode).await;
        let root = world.token(&[
            NewCaveat::ToolAllow(vec!["api:*".to_owned()]),
            NewCaveat::MaxCalls(4),
            NewCaveat::MaxCost(100),
        ]);
        let child = attenuate(&root, &[NewCaveat::MaxCalls(2), NewCaveat::RiskMax(50)]).unwrap();
        let check = |action: &str, cents: i64, risk: i64| json!({ "action": action, "cost_cents": cents, "context": {"risk_score": risk} });
        for (action, cents, risk) in [
            ("api:a", 10, 10),
            ("api:a", 10, 90),
            ("pay", 10, 10),
            ("api:a", 95, 10),
            ("api:b", 90, 10),
            ("api:b", 0, 10),
        ] {
            let mut by = vec![shown(&child)];
            let record = world.newest().await;
            if record["type"] == "check.decided.v1" {
                let jti = record["data"]["principal"]["credential_id"].clone();
                by.push(json!({ "credential_id": jti }));
                by.push(json!({ "subject": "agent-1" }));
            }
            let mut said = Vec::new();
            for principal in by {
                said.push(would(&world, principal, check(action, cents, risk)).await);
            }
            let mut body = search(&child);
            for (name, value) in check(action, cents, risk).as_object().unwrap() {
                body[name] = value.clone();
            }
            let (_, answer) = world.ask(body).await;
            for said in said {
                let enforced = answer.get("would").unwrap_or(&answer["decision"]);
                assert_eq!(said["would"], *enforced, "{said:#} {answer:#}");
                for name in ["decision", "code", "reason", "limits"] {
                    assert_eq!(said[name], answer[name], "{name}");
                }
                let stages = said["stages"].as_array().unwrap().iter();
                let stages = stages.map(|one| (&one["stage"], &one["outcome"], &one["detail"]));
                let checks = answer["checks"].as_array().unwrap().iter();
                let checks = checks.map(|one| (&one["check"], &one["outcome"], &one["detail"]));
                assert!(stages.eq(checks), "{said:#} {answer:#}");
            }
        }
    }
}

#[tokio::test]
async fn all_that_blocks_an_agent_is_named_and_the_widest_decides() {
    let world = world().await;
    let (token, jti) = world.mint(&[NewCaveat::Exp(1_000_000_000)]);
    world.ask_with(&token).await;
    let codes = |said: &Value| -> Vec<String> {
        let obstacles = said["obstacles"].as_array().unwrap().iter();
        obstacles.map(|one| one["detail"].as_str().unwrap().to_owned()).collect()
    };
    let query = format!("credential_id={jti}&action=api:search");
    let (_, said) = explain(&world, &query).await;
    assert_eq!(said["answer"]["code"], "credential.expired", "{said:#}");
    assert_eq!(said["answer"]["decided_by"], "credential");
    assert_eq!(codes(&said).len(), 1);
    world.revoke(&jti).await;
    engage(&world, world.db.new_id(), "agent", "agent-1").await;
    engage(&world, world.db.new_id(), "gate", &world.gate.to_string()).await;
    set_halt(&world, true).await;
    let (_, said) = explain(&world, &query).await;
    let found = codes(&said);
    assert_eq!(
        found[..3],
        ["global", "gate", "agent"].map(|scope| format!("halted by kill switch ({scope})"))
    );
    assert_eq!(found.len(), 5, "{found:?}");
    assert_eq!(said["answer"]["reason"], "halted by kill switch (global)");
    assert_eq!(
        (&said["standing"]["would"], &said["answer"]["decided_by"]),
        (&json!("block"), &json!("kill_switch"))
    );
    set_halt(&world, false).await;
    let (_, said) = explain(&world, &query).await;
    assert_eq!(said["answer"]["reason"], "halted by kill switch (gate)");
}

#[tokio::test]
async fn what_was_revoked_a_moment_ago_is_seen_and_a_lost_root_key_too() {
    let world = world().await;
    let (token, jti) = world.mint(&[]);
    assert_eq!(would(&world, shown(&token), json!({"action": "a"})).await["would"], "allow");
    world.ask_with(&token).await;
    let (_, said) = explain(&world, &format!("credential_id={jti}&action=a")).await;
    assert_eq!(said["answer"]["would"], "allow");
    world.revoke(&jti).await;
    for principal in [shown(&token), json!({ "credential_id": jti })] {
        let said = would(&world, principal, json!({"action": "a"})).await;
        assert_eq!(said["code"], "credential.revoked", "{said:#}");
    }
    let forged = gw_testkit::forged(&token);
    let (_, said) = simulate(&world, shown(&forged), json!([{"action": "a"}])).await;
    assert!(said["principal"].is_null(), "nothing of it can be believed: {said:#}");
    assert_ne!(said["answers"][0]["would"], "allow");
    let owner = world.db.owner().await;
    sqlx::query("delete from capabilities.root_keys").execute(&owner).await.unwrap();
    let mut tx = world.change(Role::Capabilities).await;
    let (kid, state) = (world.kid, "retired".to_owned());
    let created = gw_contracts::CapabilityRootKeyCreatedV1 { kid, state, statement_key: None };
    tx.record(created).unwrap();
    tx.commit().await.unwrap();
    let said = would(&world, json!({ "credential_id": jti }), json!({"action": "a"})).await;
    assert_eq!(said["code"], "credential.signature", "{said:#}");
}

#[tokio::test]
async fn a_capability_is_supposed_as_it_would_be_minted() {
    let world = world().await;
    let list = json!([
        {"t": "tool_allow", "tools": ["read_*"]},
        {"t": "max_calls", "max_calls": 1},
        {"t": "risk_max", "risk_max": 10}
    ]);
    let checks = json!([
        {"action": "read_it", "context": {"risk_score": 3}},
        {"action": "read_it", "context": {"risk_score": 3}},
        {"action": "read_it"},
        {"action": "pay", "context": {"risk_score": 3}}
    ]);
    let before = rows(&world).await;
    let (status, said) = simulate(&world, caveats(list), checks).await;
    assert_eq!(status, StatusCode::OK, "{said:#}");
    assert_eq!(said["principal"]["source"], "supposed");
    assert!(said["principal"]["credential_id"].is_null());
    let would = |at: usize| said["answers"][at]["would"].as_str().unwrap();
    // Each as if it were the only one.
    assert_eq!([would(0), would(1), would(2), would(3)], ["allow", "allow", "block", "block"]);
    assert_eq!(said["answers"][0]["limits"][0]["remaining"], 0);
    let (_, none) = simulate(&world, Value::Null, json!([{"action": "a"}])).await;
    assert_eq!(none["answers"][0]["code"], "credential.missing", "{none:#}");
    assert!(none["principal"].is_null());
    let strange = caveats(json!([{"t": "moon_phase", "full": true}]));
    let (_, said) = simulate(&world, strange, json!([{"action": "a"}])).await;
    assert_eq!(said["answers"][0]["code"], "caveat.unsupported", "{said:#}");
    assert_eq!(rows(&world).await, before);
}

#[tokio::test]
async fn the_caller_s_rights_can_be_supposed_too() {
    let world = world().await;
    let scopes = [Scope::GatesRead].into_iter().collect();
    let (reader, _) = world.db.api_key(world.tenant.id, &scopes, "machine").await;
    let ask = async |key: Option<String>| {
        let mut body = json!({ "principal": caveats(json!([])), "checks": [{"action": "a"}] });
        if let Some(key) = key {
            body["api_key_id"] = key.into();
        }
        let (status, said) =
            world.app.post("/v1/admin/simulate", &world.tenant.api_key, body).await;
        assert_eq!(status, StatusCode::OK, "{said:#}");
        let one = &said["answers"][0];
        [&one["would"], &one["code"]].map(|text| text.as_str().unwrap().to_owned())
    };
    assert_eq!(ask(None).await, ["allow", "ok"], "the tenant's default gate");
    assert_eq!(ask(Some(world.tenant.key.to_string())).await, ["allow", "ok"]);
    assert_eq!(ask(Some(reader.to_string())).await, ["refused", "caller.forbidden"]);
    let nobody: gw_kernel::ApiKeyId = world.db.new_id();
    assert_eq!(ask(Some(nobody.to_string())).await, ["refused", "caller.unknown"]);
}

#[tokio::test]
async fn what_cannot_be_supposed_is_refused_with_a_code() {
    let world = world().await;
    let one = json!([{"action": "a"}]);
    for (principal, checks, status, code) in [
        (json!({}), one.clone(), 400, "request.invalid_value"),
        (json!({"subject": "a", "credential_id": "b"}), one.clone(), 400, "request.invalid_value"),
        (json!({"credential_id": "b", "caveats": []}), one.clone(), 400, "request.invalid_value"),
        (json!({"who": "a"}), one.clone(), 400, "request.unknown_member"),
        (caveats(json!([{"no": "type"}])), one.clone(), 400, "request.invalid_value"),
        (caveats(json!([7])), one.clone(), 400, "request.wrong_type"),
        (
            caveats(json!(vec![json!({"t": "exp", "exp": 1}); 65])),
            one.clone(),
            400,
            "request.invalid_value",
        ),
        (json!({"credential_id": "nobody's"}), one.clone(), 404, "principal.unknown"),
        (json!({"subject": "nobody"}), one.clone(), 404, "principal.unknown"),
        (Value::Null, json!([]), 400, "checks.empty"),
        (Value::Null, json!(vec![json!({"action": "a"}); 101]), 400, "checks.too_many"),
        (Value::Null, json!([{}]), 400, "request.missing_member"),
        (Value::Null, json!([{"action": "a".repeat(257)}]), 400, "request.too_long"),
        (Value::Null, json!([{"action": "a", "cost_cents": -1}]), 400, "request.invalid_value"),
    ] {
        let (got, problem) = simulate(&world, principal.clone(), checks).await;
        assert_eq!(
            (got.as_u16(), &problem["code"]),
            (status, &json!(code)),
            "{principal} {problem:#}"
        );
    }
    for (query, status, code) in [
        ("", 400, "request.invalid_query"),
        ("subject=a&credential_id=b", 400, "request.invalid_query"),
        ("subject=a&target=b", 400, "request.invalid_query"),
        ("subject=a&action=b&cost_cents=x", 400, "request.invalid_query"),
        ("subject=nobody", 404, "principal.unknown"),
    ] {
        let (got, problem) = explain(&world, query).await;
        assert_eq!((got.as_u16(), &problem["code"]), (status, &json!(code)), "{query} {problem:#}");
    }
    let key = &world.tenant.api_key;
    let (got, problem) = world.app.get("/v1/gates/gate_no/explain?subject=a", key).await;
    assert_eq!((got.as_u16(), &problem["code"]), (404, &json!("gate.not_found")));
    let scopes = [Scope::ChecksWrite, Scope::ChecksDryRun].into_iter().collect();
    let (_, asker) = world.db.api_key(world.tenant.id, &scopes, "machine").await;
    let path = format!("/v1/gates/{}/explain?subject=a", world.gate);
    let (got, problem) = world.app.get(&path, &asker).await;
    assert_eq!((got.as_u16(), &problem["required_scope"]), (403, &json!("decisions:read")));
}

#[tokio::test]
async fn a_key_that_is_limited_to_a_gate_is_told_of_what_was_shown_there() {
    let world = world().await;
    let (token, jti) = world.mint(&[]);
    world.ask_with(&token).await;
    let side = world.add_gate(Some("gate_side"), "L1", "each").await;
    let scopes = [Scope::DecisionsRead].into_iter().collect();
    let (id, key) = world.db.api_key(world.tenant.id, &scopes, "machine").await;
    let limit = "update tenants.api_keys set gates = array[$1] where key_id = $2";
    let owner = world.db.owner().await;
    sqlx::query(limit).bind(side.uuid()).bind(id.uuid()).execute(&owner).await.unwrap();
    let ask = async |gate: &str| {
        let path = format!("/v1/gates/{gate}/explain?credential_id={jti}");
        let (status, said) = world.app.get(&path, &key).await;
        (status.as_u16(), said["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(ask("gate_front").await, (404, "gate.not_found".to_owned()));
    assert_eq!(ask("gate_side").await, (404, "principal.unknown".to_owned()));
    let path = "/v1/gates/gate_side/check";
    world.app.post(path, &world.tenant.api_key, search(&token)).await;
    assert_eq!(ask("gate_side").await, (200, String::new()));
}

/// A caller may write what it likes into its context; that is nobody's principal.
#[tokio::test]
async fn a_context_that_speaks_of_an_agent_makes_nobody_known() {
    let world = world().await;
    let mut body = search(&world.token(&[]));
    body["context"] = json!({"agent_id": "agent-2", "credential_id": "made-up"});
    assert_eq!(world.ask(body).await.0, StatusCode::OK);
    for query in ["subject=agent-2", "credential_id=made-up"] {
        assert_eq!(explain(&world, query).await.0, StatusCode::NOT_FOUND, "{query}");
    }
}

#[tokio::test]
async fn a_mint_that_no_check_has_shown_is_explained_from_its_entry() {
    let world = world().await;
    let (_, jti) = world.mint(&[]);
    let mut tx = world.change(Role::Capabilities).await;
    let minted = gw_contracts::CapabilityMintedV1 {
        jti: jti.clone(),
        subject: "agent-9".to_owned(),
        issuer: "gatewright".to_owned(),
        zone: "default".to_owned(),
        kid: world.kid,
        expires_at: None,
        minted_at: Epoch(1),
        step_up_at: None,
        caveats: vec![r#"{"t":"max_calls","max_calls":5}"#.to_owned()],
    };
    tx.record(minted).unwrap();
    tx.commit().await.unwrap();
    let (status, said) = explain(&world, &format!("credential_id={jti}&action=a")).await;
    assert_eq!(status, StatusCode::OK, "{said:#}");
    assert_eq!(
        (&said["principal"]["source"], &said["principal"]["agent_id"]),
        (&json!("minted"), &json!("agent-9"))
    );
    assert_eq!(
        (&said["budgets"][0]["remaining"], &said["answer"]["would"]),
        (&json!(5), &json!("allow"))
    );
    world.revoke(&jti).await;
    let (_, said) = explain(&world, &format!("credential_id={jti}&action=a")).await;
    assert_eq!(said["answer"]["code"], "credential.revoked");
}
