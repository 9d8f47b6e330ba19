use std::collections::BTreeSet;

use axum::{Router, routing::get};
use gw_kernel::{Cursor, ListTag};
use gw_web::{CountQuery, Lists, PageQuery};
use uuid::Uuid;

use crate::client::Client;

async fn list(page: PageQuery, count: CountQuery) -> String {
    format!("{:?} {}", page.request().after, count.is_wanted())
}

fn client() -> Client {
    let mut lists = Lists::default();
    let parameters = BTreeSet::from(["limit", "cursor", "count"].map(str::to_owned));
    for route in ["/v1/things", "/api/things", "/v1/things/{thing}/parts"] {
        lists.add(route, parameters.clone());
    }
    let things = Router::new().route("/things", get(list));
    let parts = Router::new().route("/v1/things/{thing}/parts", get(list));
    let open = Router::new().route("/v1/open", get(async || "open"));
    let mounted = Router::new().nest("/v1", things.clone()).nest("/api", things);
    Client::with(mounted.merge(parts).merge(open), lists)
}

#[tokio::test]
async fn a_list_is_asked_for_what_it_knows_and_nothing_else() {
    let client = client();
    for good in ["", "?limit=5", "?limit=5&count=true", "?count=false"] {
        for mount in ["/v1", "/api"] {
            assert_eq!(client.get(&format!("{mount}/things{good}"), &[]).await.status, 200);
        }
    }
    for bad in ["?colour=red", "?limit=5&Limit=5", "?limit%00=1x&x", "?=1", "?count"] {
        let told = client.get(&format!("/v1/things{bad}"), &[]).await;
        assert_eq!(told.status, 400, "{bad}");
    }
    let told = client.get("/api/things?colour=red", &[]).await;
    assert_eq!(told.code(), "request.unknown_parameter");
    let detail = told.body["detail"].as_str().unwrap();
    assert!(detail.contains("`colour`") && detail.contains("`cursor`"), "{detail}");
    assert_eq!(client.get("/v1/open?colour=red", &[]).await.status, 200, "it is no list");
}

#[tokio::test]
async fn a_cursor_goes_on_in_its_own_list_alone() {
    let client = client();
    let cursor = |path: &str| Cursor(Uuid::from_u128(7)).write(ListTag::of(path));
    let things = cursor("/things");
    for mount in ["/v1", "/api"] {
        let path = format!("{mount}/things?cursor={things}");
        assert_eq!(client.get(&path, &[]).await.status, 200, "{path}");
    }
    let parts = cursor("/things/a/parts");
    assert_eq!(client.get(&format!("/v1/things/a/parts?cursor={parts}"), &[]).await.status, 200);
    for path in [
        format!("/v1/things/a/parts?cursor={things}"),
        format!("/v1/things/b/parts?cursor={parts}"),
        format!("/v1/things?cursor={parts}"),
        "/v1/things?cursor=".to_owned(),
    ] {
        let told = client.get(&path, &[]).await;
        assert_eq!((told.status.as_u16(), told.code()), (400, "request.invalid_query"), "{path}");
    }
}
