//! A tenant's default gate is never an archived one, whoever chooses and archives at once.

use futures::future::join;
use reqwest::Method;
use serde_json::{Value, json};

use crate::server::Server;

const ROUNDS: usize = 25;

#[tokio::test(flavor = "multi_thread")]
async fn of_choosing_a_gate_and_archiving_it_at_once_one_is_refused() {
    let server = Server::start(gw_testkit::database().await.url()).await;
    let tenant = format!("/v1/admin/tenants/{}", server.ready.tenant_id);
    let send = async |method: Method, path: &str, body: Value| {
        let request = server.client.request(method, format!("{}{path}", server.ready.base_url));
        let request = request.bearer_auth(&server.ready.api_key).header("If-Match", "*");
        let answer = request.json(&body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let (mut chosen, mut archived) = (0, 0);
    for round in 0..ROUNDS {
        let name = format!("gate_r{round}");
        let (status, _) =
            send(Method::POST, "/v1/gates", json!({ "name": "R", "gate_id": name })).await;
        assert_eq!(status, 201);
        let path = format!("/v1/gates/{name}");
        let wanted = json!({ "default_gate_id": name });
        let (choice, archival) =
            join(send(Method::PATCH, &tenant, wanted), send(Method::DELETE, &path, json!({})))
                .await;
        match ((choice.0, &choice.1["code"]), (archival.0, &archival.1["code"])) {
            ((200, _), (409, code)) => {
                assert_eq!(code, "gate.is_default");
                chosen += 1;
            }
            ((409, code), (200, _)) => {
                assert_eq!(code, "tenant.gate_archived");
                archived += 1;
            }
            _ => panic!("{choice:?} {archival:?}"),
        }
        let (status, _) = send(Method::PATCH, &tenant, json!({ "default_gate_id": null })).await;
        assert_eq!(status, 200);
    }
    assert_eq!(chosen + archived, ROUNDS);
}
