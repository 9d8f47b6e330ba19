use gw_kernel::{ApiKeyId, GateId};
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, kinds};

#[tokio::test]
async fn another_tenants_history_is_as_unknown_as_nobodys() {
    let world = World::new().await;
    let other = world.db.tenant("other").await;
    let (gate, key) = (world.gate("gate_front").await, world.key_created(None).await);
    world.history("/v1/admin/history").await;
    let (no_gate, no_key): (GateId, ApiKeyId) = (world.db.new_id(), world.db.new_id());
    let unrelated = |mut problem: Value| {
        problem.as_object_mut().unwrap().remove("request_id");
        if let Some(error) = problem["error"].as_object_mut() {
            error.remove("request_id");
        }
        problem
    };
    for (theirs, nobodys) in [
        (format!("/v1/gates/{gate}/history"), format!("/v1/gates/{no_gate}/history")),
        ("/v1/gates/gate_front/history".to_owned(), "/v1/gates/gate_none/history".to_owned()),
        (
            format!("/v1/admin/api-keys/{key}/history"),
            format!("/v1/admin/api-keys/{no_key}/history"),
        ),
    ] {
        let (status, problem) = world.app.get(&theirs, &other.api_key).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
        let (_, expected) = world.app.get(&nobodys, &other.api_key).await;
        assert_eq!(unrelated(problem), unrelated(expected));
    }
    let (_, history) =
        world.app.get(&format!("/v1/admin/history?object={gate}"), &other.api_key).await;
    assert_eq!(history, json!({ "items": [], "next_cursor": null, "known_to": 0, "size": 0 }));
    assert_eq!(kinds(&world.history(&format!("/v1/admin/history?object={gate}")).await).len(), 1);
}
