use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use gw_crypto::seal::DataKey;
use gw_kernel::TenantId;
use gw_tenants::Tenants;
use serde_json::{Value, json};

use crate::{kinds, log, tenant_id, text};

const TENANTS: &str = "/v1/admin/tenants";

#[tokio::test]
async fn a_tenant_comes_with_keys_a_log_and_a_way_in() {
    let db = gw_testkit::database().await;
    let platform = db.platform().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let wanted = json!({ "name": "Acme Corp", "tenant_id": "acme" });
    let (status, made) = app.post(TENANTS, &platform.api_key, wanted).await;
    assert_eq!(status, StatusCode::CREATED);
    let id = tenant_id(&made);
    assert_eq!((&made["alias"], &made["state"]), (&json!("acme"), &json!("active")));
    assert_eq!(made["created_by"], json!({ "kind": "platform", "id": platform.key.to_string() }));
    assert_eq!(made["epoch"], json!(2));

    let key = text(&made, "api_key");
    assert!(key.starts_with(&format!("gw_{}_", id.body())), "{key}");
    let (status, list) = app.get("/v1/admin/api-keys", &key).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(list["items"][0]["scopes"], json!(["*"]));
    assert_eq!(list["items"][0]["name"], json!("owner"));

    assert_eq!(kinds(&db, id).await, ["tenant.created.v1", "api_key.created.v1"]);
    assert_eq!(kinds(&db, TenantId::PLATFORM).await, ["tenant.created.v1"]);
    let (_, created) = &log(&db, id).await[0];
    assert_eq!(created["log_origin"], json!(format!("gatewright.localhost/log/{id}")));
    assert!(!format!("{:?}", log(&db, id).await).contains(&key));
}

#[tokio::test]
async fn a_tenants_keys_open_under_the_keys_above_them() {
    let db = gw_testkit::database().await;
    let platform = db.platform().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (_, made) = app.post(TENANTS, &platform.api_key, json!({ "name": "Acme" })).await;
    let id = tenant_id(&made);
    let (data_key, log_key_id, public, log_key, origin): (
        Vec<u8>,
        uuid::Uuid,
        Vec<u8>,
        Vec<u8>,
        String,
    ) = sqlx::query_as(
        "select d.sealed, l.key_id, l.public_key, l.sealed, l.origin
             from tenants.data_keys d join tenants.log_keys l using (tenant_id)
             where tenant_id = $1",
    )
    .bind(id.uuid())
    .fetch_one(&db.owner().await)
    .await
    .unwrap();
    let data_key = db.root_key.open(&format!("tenant:{id}:data"), &data_key).unwrap();
    let data_key = DataKey::from_bytes(data_key.as_slice().try_into().unwrap());
    let log_key_id = gw_kernel::LogKeyId::from_uuid(log_key_id);
    let seed = data_key.open(&format!("tenant:{id}:log:{log_key_id}"), &log_key).unwrap();
    let signing = gw_crypto::keys::SigningKey::from_seed(seed.as_slice().try_into().unwrap());
    assert_eq!(signing.public().as_bytes().as_slice(), public);
    assert_eq!(origin, format!("gatewright.localhost/log/{id}"));

    let service = db.db(gw_db::Role::Tenants).await;
    for (kind, uuid) in [("tenant", id.uuid()), ("log", log_key_id.uuid())] {
        assert_eq!(service.directory(kind, uuid).await.unwrap(), Some(id));
    }
}

#[tokio::test]
async fn one_of_two_at_once_gets_the_name() {
    let db = gw_testkit::database().await;
    let platform = db.platform().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let create = || app.post(TENANTS, &platform.api_key, json!({ "name": "A", "tenant_id": "a" }));
    let (one, two, three) = tokio::join!(create(), create(), create());
    let mut statuses = [one.0, two.0, three.0];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::CREATED, StatusCode::CONFLICT, StatusCode::CONFLICT]);
    let refused = [one, two, three].into_iter().find(|answer| answer.0 == StatusCode::CONFLICT);
    assert_eq!(refused.unwrap().1["code"], json!("tenant.name_taken"));
    assert_eq!(kinds(&db, TenantId::PLATFORM).await, ["tenant.created.v1"]);
}

#[tokio::test]
async fn what_cannot_name_a_tenant_is_refused() {
    let db = gw_testkit::database().await;
    let platform = db.platform().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let id: TenantId = db.new_id();
    let bad = [
        (json!({}), "request.missing_member", "/name"),
        (json!({ "name": "" }), "request.invalid_value", "/name"),
        (json!({ "name": "x".repeat(201) }), "request.too_long", "/name"),
        (json!({ "name": 7 }), "request.wrong_type", "/name"),
        (json!({ "name": "A", "tenant_id": "Acme" }), "request.invalid_value", "/tenant_id"),
        (json!({ "name": "A", "tenant_id": "a_b" }), "request.invalid_value", "/tenant_id"),
        (json!({ "name": "A", "tenant_id": "" }), "request.invalid_value", "/tenant_id"),
        (
            json!({ "name": "A", "tenant_id": "x".repeat(41) }),
            "request.invalid_value",
            "/tenant_id",
        ),
        (
            json!({ "name": "A", "tenant_id": id.to_string() }),
            "request.invalid_value",
            "/tenant_id",
        ),
        (json!({ "name": "A", "tenant_id": id.body() }), "request.invalid_value", "/tenant_id"),
        (json!({ "name": "A", "state": "active" }), "request.unknown_member", "/state"),
    ];
    for (body, code, pointer) in bad {
        let (status, problem) = app.post(TENANTS, &platform.api_key, body.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(problem["code"], json!(code), "{body}");
        assert_eq!(problem["errors"][0]["pointer"], json!(pointer), "{body}");
    }
    assert!(kinds(&db, TenantId::PLATFORM).await.is_empty());
}

#[tokio::test]
async fn only_the_platform_makes_and_suspends_tenants() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let own = format!("{TENANTS}/{}/suspend", acme.id);
    for (path, body) in [(TENANTS, json!({ "name": "B" })), (own.as_str(), json!({}))] {
        let (status, problem) = app.post(path, &acme.api_key, body.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(problem["required_scope"], json!("tenants:write"));
        assert_eq!(app.post(path, "", body).await.0, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn the_platform_pages_through_all_tenants_newest_first() {
    let db = gw_testkit::database().await;
    let platform = db.platform().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    for name in ["one", "two", "three"] {
        db.clock.advance(chrono::TimeDelta::seconds(1));
        app.post(TENANTS, &platform.api_key, json!({ "name": name, "tenant_id": name })).await;
    }
    let names = |list: &Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|row| text(row, "name")).collect()
    };
    let (status, first) = app.get(&format!("{TENANTS}?limit=2"), &platform.api_key).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(names(&first), ["three", "two"]);
    assert_eq!(first["tenants"][0]["id"], first["items"][0]["tenant_id"]);
    assert_eq!(first["tenants"][0]["has_admin"], json!(true));
    let cursor = text(&first, "next_cursor");
    let (_, rest) = app.get(&format!("{TENANTS}?limit=2&cursor={cursor}"), &platform.api_key).await;
    assert_eq!(names(&rest), ["one"]);
    assert_eq!(rest["next_cursor"], Value::Null);

    let (_, some) = app.get(&format!("{TENANTS}?name_contains=T"), &platform.api_key).await;
    assert_eq!(names(&some), ["three", "two"]);
    let (_, none) = app.get(&format!("{TENANTS}?name_contains=%25"), &platform.api_key).await;
    assert_eq!(none["items"], json!([]));
    let (_, none) = app.get(&format!("{TENANTS}?state=suspended"), &platform.api_key).await;
    assert_eq!(none["items"], json!([]));
    for bad in ["state=gone", "limit=0", "cursor=!", "name_contains=%00"] {
        let (status, _) = app.get(&format!("{TENANTS}?{bad}"), &platform.api_key).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let seen = log(&db, TenantId::PLATFORM).await;
    assert_eq!(seen[3], ("platform.tenants_listed.v1".to_owned(), seen[3].1.clone()));
    assert_eq!(seen[3].1["count"], json!(2));
}

#[tokio::test]
async fn a_look_at_one_tenant_stands_in_its_log_and_the_platforms() {
    let db = gw_testkit::database().await;
    let platform = db.platform().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let wanted = json!({ "name": "Acme", "tenant_id": "acme" });
    let (_, made) = app.post(TENANTS, &platform.api_key, wanted).await;
    let (status, read) = app.get(&format!("{TENANTS}/acme"), &platform.api_key).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(read["tenant_id"], made["tenant_id"]);
    let last = "platform.tenant_read.v1";
    assert_eq!(kinds(&db, tenant_id(&made)).await.last().unwrap(), last);
    assert_eq!(kinds(&db, TenantId::PLATFORM).await.last().unwrap(), last);
    let unused: TenantId = db.new_id();
    for nobody in ["acm", "ten_", &unused.to_string()] {
        let (status, problem) = app.get(&format!("{TENANTS}/{nobody}"), &platform.api_key).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{nobody}");
        assert_eq!(problem["code"], json!("tenant.not_found"), "{nobody}");
    }
}

#[tokio::test]
async fn a_suspended_tenant_is_refused_at_once_until_it_is_resumed() {
    let db = gw_testkit::database().await;
    let (platform, acme) = (db.platform().await, db.tenant("acme").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let path = |verb: &str| format!("{TENANTS}/{}/{verb}", acme.id);
    let why = json!({ "reason": "unpaid" });
    let (status, suspended) = app.post(&path("suspend"), &platform.api_key, why).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(suspended["state_reason"], json!("unpaid"));
    assert_eq!(suspended["epoch"], json!(1));
    let (status, problem) = app.get("/v1/admin/api-keys", &acme.api_key).await;
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("tenant.suspended")));

    let again = json!({ "reason": "still" });
    let (status, twice) = app.post(&path("suspend"), &platform.api_key, again).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(twice, suspended);
    let (_, list) = app.get(&format!("{TENANTS}?state=suspended"), &platform.api_key).await;
    assert_eq!(list["items"][0]["tenant_id"], json!(acme.id));

    let (status, resumed) = app.post(&path("resume"), &platform.api_key, json!({})).await;
    assert_eq!((status, &resumed["state"]), (StatusCode::OK, &json!("active")));
    assert_eq!(app.get("/v1/admin/api-keys", &acme.api_key).await.0, StatusCode::OK);
    let expected = ["tenant.suspended.v1", "platform.tenant_read.v1", "tenant.resumed.v1"];
    assert_eq!(kinds(&db, acme.id).await, expected);
}

#[tokio::test]
async fn the_platform_itself_is_never_suspended() {
    let db = gw_testkit::database().await;
    let platform = db.platform().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    for verb in ["suspend", "resume"] {
        let path = format!("{TENANTS}/{}/{verb}", TenantId::PLATFORM);
        let (status, problem) = app.post(&path, &platform.api_key, json!({})).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("tenant.is_platform"))
        );
    }
}

#[tokio::test]
async fn a_suspension_needs_no_body() {
    let db = gw_testkit::database().await;
    let (platform, acme) = (db.platform().await, db.tenant("acme").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let request = Request::post(format!("{TENANTS}/{}/suspend", acme.id))
        .header(header::AUTHORIZATION, format!("Bearer {}", platform.api_key))
        .body(Body::empty())
        .unwrap();
    assert_eq!(app.send(request).await.status(), StatusCode::OK);
}
