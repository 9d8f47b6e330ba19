use chrono::TimeDelta;
use gw_contracts::{
    ApiKeyRevokedV1, ApiKeyRotatedV1, CapabilityMintedV1, CapabilityRevokedV1,
    GateKeypairRotatedV1, KillSwitchEngagedV1, OperatorCreatedV1, SigningKeypair, TenantResumedV1,
    TenantSuspendedV1,
};
use gw_db::Role;
use gw_kernel::{Clock as _, Epoch, GateId, OperatorId, Scope, ScopeSet, TenantId, rfc3339};
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, kinds};

#[tokio::test]
async fn a_key_that_was_rotated_and_revoked_has_its_history() {
    let world = World::new().await;
    let operator: OperatorId = world.db.new_id();
    let created = OperatorCreatedV1 {
        operator_id: operator,
        name: "a".to_owned(),
        mail: "a@example.org".to_owned(),
        roles: vec!["viewer".to_owned()],
    };
    world.record(Role::Tenants, created).await;
    let key_id = world.key_created(Some(operator)).await;
    let now = world.db.clock.now();
    let rotated = ApiKeyRotatedV1 {
        key_id,
        rotated_at: now,
        previous_until: None,
        scopes: ScopeSet::from_iter([Scope::GatesRead, Scope::LogRead]),
        gates: None,
        checks_per_minute: None,
        expires_at: None,
        state: "active".to_owned(),
        reason: None,
    };
    world.record(Role::Tenants, rotated).await;
    let (state, reason) = ("revoked".to_owned(), Some("lost".to_owned()));
    let revoked = ApiKeyRevokedV1 { key_id, state, revoked_at: now, reason };
    let epoch = world.record(Role::Tenants, revoked).await;

    let history = world.history(&format!("/v1/admin/api-keys/{key_id}/history")).await;
    assert_eq!(kinds(&history), ["api_key.revoked.v1", "api_key.rotated.v1", "api_key.created.v1"]);
    let newest = &history["items"][0];
    assert_eq!(newest["index"], 3);
    assert_eq!((&newest["epoch"], &newest["at"]), (&json!(epoch), &json!(rfc3339(now))));
    let own = world.tenant.key;
    assert_eq!(newest["actor"], json!({ "kind": "machine", "id": own, "key_id": own }));
    assert_eq!(
        newest["diff"],
        json!([
            { "op": "add", "path": "/reason", "value": "lost" },
            { "op": "add", "path": "/revoked_at", "value": now },
            { "op": "replace", "path": "/state", "before": "active", "value": "revoked" },
        ])
    );
    let (gates, both) = (json!(["gates:read"]), json!(["gates:read", "log:read"]));
    assert_eq!(
        history["items"][1]["diff"][1],
        json!({ "op": "replace", "path": "/scopes", "before": gates, "value": both })
    );

    let of_operator = world.history(&format!("/v1/admin/operators/{operator}/history")).await;
    assert_eq!(kinds(&of_operator), ["api_key.created.v1", "operator.created.v1"]);
}

#[tokio::test]
async fn an_archived_gate_has_its_history_by_id_and_name() {
    let world = World::new().await;
    let gate = world.gate("gate_front").await;
    let pair = |state: &str| SigningKeypair {
        key_id: world.db.new_id(),
        state: state.to_owned(),
        public_key: "p".to_owned(),
        signs_from: 0,
        signs_until: None,
        retires_at: None,
    };
    let (active, previous) = (pair("active"), pair("retiring"));
    world.record(Role::Gates, GateKeypairRotatedV1 { gate_id: gate, active, previous }).await;
    let engaged = KillSwitchEngagedV1 {
        switch_id: world.db.new_id(),
        tenant_id: world.tenant.id,
        scope: "gate".to_owned(),
        gate_id: Some(gate),
        agent_id: None,
        state: "engaged".to_owned(),
        engaged_at: world.db.clock.now(),
        reason: None,
    };
    world.record(Role::Tenants, engaged.clone()).await;
    world.gate("gate_back").await;
    sqlx::query("update gates.gates set state = 'archived'")
        .execute(&world.db.owner().await)
        .await
        .unwrap();
    let expected = ["kill_switch.engaged.v1", "gate.keypair_rotated.v1", "gate.created.v1"];
    for named in [gate.to_string().as_str(), "gate_front"] {
        let history = world.history(&format!("/v1/gates/{named}/history")).await;
        assert_eq!(kinds(&history), expected);
        assert_eq!(history["items"][0]["object"], json!(engaged.switch_id));
        assert_eq!(history["items"][1]["object"], json!(gate));
    }
    let of_switch = format!("/v1/admin/history?object={}", engaged.switch_id);
    assert_eq!(kinds(&world.history(&of_switch).await), ["kill_switch.engaged.v1"]);
    let (status, problem) = world.get("/v1/gates/gate_none/history").await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("request.unknown_id")));
}

#[tokio::test]
async fn a_tenants_history_is_the_tenants_and_the_platforms_to_read() {
    let world = World::new().await;
    let platform = world.db.platform().await;
    let tenant_id = world.tenant.id;
    world.key_created(None).await;
    let (state, reason) = ("suspended".to_owned(), Some("unpaid".to_owned()));
    world.record(Role::Tenants, TenantSuspendedV1 { tenant_id, state, reason }).await;
    let state = "active".to_owned();
    world.record(Role::Tenants, TenantResumedV1 { tenant_id, state, reason: None }).await;

    let path = format!("/v1/admin/tenants/{tenant_id}/history");
    let own = world.history(&path).await;
    assert_eq!(kinds(&own), ["tenant.resumed.v1", "tenant.suspended.v1"]);
    assert_eq!(
        own["items"][0]["diff"],
        json!([
            { "op": "replace", "path": "/state", "before": "suspended", "value": "active" },
            { "op": "remove", "path": "/reason", "before": "unpaid" },
        ])
    );
    let (status, told) = world.app.get(&path, &platform.api_key).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(kinds(&told), ["tenant.resumed.v1", "tenant.suspended.v1"]);

    // That they looked is an entry of both logs.
    let seen = world.history(&path).await;
    assert_eq!(kinds(&seen)[0], "platform.tenant_read.v1");
    assert_eq!(seen["items"][0]["actor"]["kind"], "platform");
    let (_, theirs) = world.app.get("/v1/admin/history", &platform.api_key).await;
    assert_eq!(kinds(&theirs), ["platform.tenant_read.v1"]);
    assert_eq!(theirs["items"][0]["object"], json!(tenant_id));

    let unknown: TenantId = world.db.new_id();
    for nobodys in [unknown.to_string(), "x".to_owned()] {
        let path = format!("/v1/admin/tenants/{nobodys}/history");
        for key in [&platform.api_key, &world.tenant.api_key] {
            let (status, problem) = world.app.get(&path, key).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
            assert_eq!(problem["code"], "tenant.not_found");
        }
    }
}

#[tokio::test]
async fn a_capability_is_found_by_what_people_know_of_it() {
    let world = World::new().await;
    let gate = world.gate("gate_front").await;
    // An agent may be called what it likes: its name is nothing else's.
    let (jti, subject) = ("01j".to_owned(), gate.to_string());
    let minted = CapabilityMintedV1 {
        jti: jti.clone(),
        subject: subject.clone(),
        issuer: "gatewright".to_owned(),
        zone: "default".to_owned(),
        kid: world.db.new_id(),
        expires_at: None,
        minted_at: Epoch(1),
        step_up_at: None,
        caveats: Vec::new(),
    };
    world.record(Role::Capabilities, minted).await;
    let revoked = CapabilityRevokedV1 {
        revocation_id: world.db.new_id(),
        jtis: vec![jti],
        root_jtis: Vec::new(),
        hop_ids: Vec::new(),
        subjects: Vec::new(),
        until_epoch: None,
        revoked_at: world.db.clock.now(),
        reason: None,
    };
    world.record(Role::Capabilities, revoked).await;
    for (object, expected) in [
        ("capability:01j", &["capability.revoked.v1", "capability.minted.v1"][..]),
        (&format!("agent:{subject}"), &["capability.minted.v1"]),
        (&subject, &["gate.created.v1"]),
        ("capability:02j", &[]),
    ] {
        let history = world.history(&format!("/v1/admin/history?object={object}")).await;
        assert_eq!(kinds(&history), expected, "{object}");
    }
}

#[tokio::test]
async fn filters_narrow_a_history_and_pages_go_on_behind_one_another() {
    let world = World::new().await;
    let start = world.db.clock.now();
    let first = world.gate("gate_1").await;
    for n in 2..=5 {
        world.db.clock.advance(TimeDelta::minutes(1));
        world.gate(&format!("gate_{n}")).await;
    }
    world.key_created(None).await;
    let own = world.tenant.key;
    let minute = |n| rfc3339(start + TimeDelta::minutes(n));
    for (filter, count) in [
        ("limit=10".to_owned(), 6),
        ("type=gate.created.v1".to_owned(), 5),
        ("type=gate.keypair_retired.v1".to_owned(), 0),
        (format!("actor={own}"), 6),
        ("actor=op_00000000000000000000000000".to_owned(), 0),
        (format!("since={}", minute(2)), 4),
        (format!("until={}", minute(2)), 2),
        (format!("since={}&until={}&type=gate.created.v1", minute(1), minute(3)), 2),
        (format!("object={first}"), 1),
        (format!("object={first}&since={}", minute(1)), 0),
    ] {
        let history = world.history(&format!("/v1/admin/history?{filter}")).await;
        assert_eq!(kinds(&history).len(), count, "{filter}: {history}");
    }

    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world.history(&format!("/v1/admin/history?limit=4{cursor}")).await;
        seen.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let indices: Vec<_> = seen.iter().map(|item| item["index"].as_i64().unwrap()).collect();
    assert_eq!(indices, [5, 4, 3, 2, 1, 0]);
}

#[tokio::test]
async fn bad_input_is_refused_by_its_code() {
    let world = World::new().await;
    world.gate("gate_front").await;
    for query in [
        "since=yesterday",
        "until=2026-01-31",
        "type=gate.exploded.v1",
        "type=",
        "actor=",
        "object=",
        "object=%00",
        "limit=0",
        "cursor=x",
        "cursor=00000000000000000000000001",
    ] {
        let (status, problem) = world.get(&format!("/v1/admin/history?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}: {problem}");
        assert_eq!(problem["code"], "request.invalid_query", "{query}");
    }
    for path in ["api-keys/ak_x", "operators/x", "api-keys/op_00000000000000000000000001"] {
        let (status, problem) = world.get(&format!("/v1/admin/{path}/history")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(problem["code"], "request.unknown_id", "{path}");
    }
}

#[tokio::test]
async fn a_key_that_is_limited_to_gates_sees_what_happened_to_them() {
    let world = World::new().await;
    let (front, back) = (world.gate("gate_front").await, world.gate("gate_back").await);
    let key = world.key_created(None).await;
    let limited = limited_key(&world, front).await;
    let get = async |path: String| world.app.get(&path, &limited).await;
    let (_, all) = get("/v1/admin/history".to_owned()).await;
    assert_eq!(kinds(&all), ["gate.created.v1"]);
    assert_eq!(all["items"][0]["gate_id"], json!(front));
    assert_eq!(get(format!("/v1/gates/{front}/history")).await.0, StatusCode::OK);
    let (status, problem) = get(format!("/v1/gates/{back}/history")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("request.unknown_id")));
    let tenant = world.tenant.id;
    for path in [format!("api-keys/{key}"), format!("tenants/{tenant}")] {
        let (status, problem) = get(format!("/v1/admin/{path}/history")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
        assert_eq!(problem["code"], "caller.forbidden");
    }
}

/// A key that may do everything, at one gate alone.
pub(crate) async fn limited_key(world: &World, gate: GateId) -> String {
    let scopes = ScopeSet::from_iter([Scope::All]);
    let (id, key) = world.db.api_key(world.tenant.id, &scopes, "machine").await;
    sqlx::query("update tenants.api_keys set gates = array[$1] where key_id = $2")
        .bind(gate.uuid())
        .bind(id.uuid())
        .execute(&world.db.owner().await)
        .await
        .unwrap();
    key
}

#[tokio::test]
async fn a_key_without_the_scope_reads_no_history() {
    let world = World::new().await;
    let scopes = ScopeSet::from_iter([Scope::GatesRead, Scope::ApiKeysRead]);
    let (_, key) = world.db.api_key(world.tenant.id, &scopes, "machine").await;
    let gate = world.gate("gate_front").await;
    for path in ["/v1/admin/history".to_owned(), format!("/v1/gates/{gate}/history")] {
        let (status, problem) = world.app.get(&path, &key).await;
        assert_eq!(
            (status, &problem["required_scope"]),
            (StatusCode::FORBIDDEN, &json!("log:read"))
        );
    }
    let (status, _) = world.app.get("/v1/admin/history", "").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_the_log_told_is_told_after_the_log_forgot_its_bodies() {
    let world = World::new().await;
    let gate = world.gate("gate_front").await;
    let path = format!("/v1/gates/{gate}/history");
    let before: Value = world.history(&path).await;
    sqlx::query("update journal.entries set body = null")
        .execute(&world.db.owner().await)
        .await
        .unwrap();
    assert_eq!(world.history(&path).await, before);
}

#[tokio::test]
async fn every_history_is_counted() {
    let world = World::new().await;
    let gate = world.gate("gate_front").await;
    let pair = SigningKeypair {
        key_id: world.db.new_id(),
        state: "active".to_owned(),
        public_key: "p".to_owned(),
        signs_from: 0,
        signs_until: None,
        retires_at: None,
    };
    let (active, previous) = (pair.clone(), SigningKeypair { key_id: world.db.new_id(), ..pair });
    let rotated = GateKeypairRotatedV1 { gate_id: gate, active, previous };
    world.record(Role::Gates, rotated).await;
    let key = world.key_created(None).await;
    world.history("/v1/admin/history").await;
    let by_key = format!("actor={}", world.tenant.key);
    let of_gate = format!("object={gate}");
    let expected = [
        ("", 3),
        ("type=gate.created.v1", 1),
        (by_key.as_str(), 3),
        ("actor=nobody", 0),
        ("until=2000-01-01T00:00:00Z", 0),
        (of_gate.as_str(), 2),
    ];
    let own = &world.tenant.api_key;
    world.app.demand_counted("/v1/admin/history", own, &expected).await;
    let expected = [("", 2), ("type=gate.created.v1", 1)];
    let path = "/v1/gates/gate_front/history";
    world.app.demand_counted(path, own, &expected).await;
    let one = world.history(&format!("/v1/admin/api-keys/{key}/history?count=true")).await;
    assert_eq!((&one["count"], &one["count_capped"]), (&json!(1), &json!(false)));

    for many in [
        "insert into audit.changes (tenant_id, idx, id, kind, object, at, epoch, diff)
         select $1, 1000 + n, gen_random_uuid(), 'gate.updated.v1', $2, now(), 1, '[]'
         from generate_series(1, 9999) n",
        "insert into audit.mentions (tenant_id, object, idx)
         select $1, $2, 1000 + n from generate_series(1, 9999) n",
    ] {
        let many = sqlx::query(many).bind(world.tenant.id.uuid()).bind(gate.to_string());
        many.execute(&world.db.owner().await).await.unwrap();
    }
    world.app.demand_capped("/v1/admin/history", own).await;
    world.app.demand_capped(path, own).await;
}
