use axum::http::StatusCode;
use gw_gates::Gates;
use gw_kernel::GateId;
use serde_json::{Value, json};

#[tokio::test]
async fn a_name_is_taken_once_in_each_tenant() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Gates>(&db).await;
    let edge = || json!({ "name": "Edge", "gate_id": "edge" });
    let (status, first) = app.post("/v1/gates", &acme.api_key, edge()).await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, second) = app.post("/v1/gates", &other.api_key, edge()).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_ne!(first["id"], second["id"]);
    let (status, problem) = app.post("/v1/gates", &acme.api_key, edge()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("gate.name_taken")));
    for (tenant, made) in [(&acme, &first), (&other, &second)] {
        let (_, read) = app.get("/v1/gates/gate_edge", &tenant.api_key).await;
        assert_eq!(read["id"], made["id"]);
    }
}

#[tokio::test]
async fn another_tenants_gate_is_as_unknown_as_none() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Gates>(&db).await;
    let edge = json!({ "name": "Edge", "gate_id": "edge" });
    let (_, made) = app.post("/v1/gates", &acme.api_key, edge).await;
    let theirs = made["id"].as_str().unwrap().to_owned();
    let nobodys: GateId = db.new_id();
    let unrelated = |mut problem: Value| {
        problem.as_object_mut().unwrap().remove("request_id");
        problem["error"].as_object_mut().unwrap().remove("request_id");
        problem
    };
    for route in ["", "/keypairs", "/public-key"] {
        let (status, expected) =
            app.get(&format!("/v1/gates/{nobodys}{route}"), &other.api_key).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        for gate in [theirs.as_str(), "gate_edge", "edge", "gate_"] {
            let (status, problem) =
                app.get(&format!("/v1/gates/{gate}{route}"), &other.api_key).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{gate}{route}");
            assert_eq!(unrelated(problem), unrelated(expected.clone()), "{gate}{route}");
        }
    }
    let (_, list) = app.get("/v1/gates", &other.api_key).await;
    assert_eq!(list["items"], json!([]));
}
