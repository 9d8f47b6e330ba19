use axum::http::Method;
use gw_tenants::Tenants;
use gw_testkit::{App, Database, Repeatable, TestTenant, demand_repeatable};
use serde_json::{Value, json};

use crate::text;

const ADMIN: &str = "/v1/admin";

#[tokio::test]
async fn every_change_acts_once_under_one_key() {
    let db = gw_testkit::database().await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let staff = db.platform().await;
    let world = World { db: &db, app: &app, staff };
    demand_repeatable::<Tenants>(&db, &app, async |method, route| {
        world.example(&format!("{method} {route}")).await
    })
    .await;
}

struct World<'a> {
    db: &'a Database,
    app: &'a App,
    staff: TestTenant,
}

impl World<'_> {
    /// A request of the operation that succeeds and changes something of a new tenant's.
    async fn example(&self, operation: &str) -> Repeatable {
        let acme = self.db.tenant("acme").await;
        let staff = self.staff.api_key.as_str();
        let tenant = format!("{ADMIN}/tenants/{}", acme.id);
        let sent = |path: String, key: &str, body| Repeatable::post(path, key, body);
        let own = |path: String, body| Repeatable::post(path, &acme.api_key, body);
        match operation {
            "POST /v1/admin/tenants" => {
                sent(format!("{ADMIN}/tenants"), staff, json!({ "name": "New" }))
            }
            "PATCH /v1/admin/tenants/{tenant}" => sent(tenant, staff, json!({ "name": "Other" }))
                .by(Method::PATCH)
                .with("if-match", "*"),
            "PUT /v1/admin/tenants/{tenant}/limits" => {
                let body = json!({ "checks_per_second": 9, "gates": 9, "api_keys": 9,
                    "operators": 9, "retention_days": 9 });
                sent(format!("{tenant}/limits"), staff, body).by(Method::PUT).with("if-match", "*")
            }
            "POST /v1/admin/tenants/{tenant}/suspend" => {
                sent(format!("{tenant}/suspend"), staff, json!({ "reason": "x" }))
            }
            "POST /v1/admin/tenants/{tenant}/resume" => {
                self.app.post(&format!("{tenant}/suspend"), staff, json!({})).await;
                sent(format!("{tenant}/resume"), staff, json!({}))
            }
            "POST /v1/admin/tenants/{tenant}/log-key/rotate" => {
                sent(format!("{tenant}/log-key/rotate"), staff, json!({}))
            }
            "POST /v1/admin/tenants/{tenant}/log/acknowledge-regression" => {
                // Its log has to have begun.
                self.key(&acme).await;
                let path = format!("{tenant}/log/acknowledge-regression");
                sent(path, staff, json!({ "reason": "x" }))
            }
            "POST /v1/admin/operators" => {
                let body =
                    json!({ "name": "Ann", "mail": "ann@acme.example", "roles": ["viewer"] });
                own(format!("{ADMIN}/operators"), body)
            }
            "PATCH /v1/admin/operators/{operator}" => {
                own(self.operator(&acme).await, json!({ "name": "Bea" }))
                    .by(Method::PATCH)
                    .with("if-match", "*")
            }
            "POST /v1/admin/operators/{operator}/suspend" => {
                own(format!("{}/suspend", self.operator(&acme).await), json!({ "reason": "x" }))
            }
            "POST /v1/admin/operators/{operator}/resume" => {
                let path = self.operator(&acme).await;
                self.app.post(&format!("{path}/suspend"), &acme.api_key, json!({})).await;
                own(format!("{path}/resume"), json!({}))
            }
            "POST /v1/admin/api-keys" => own(format!("{ADMIN}/api-keys"), new_key()),
            "POST /v1/admin/api-keys/{key}/rotate" => {
                own(format!("{}/rotate", self.key(&acme).await), json!({}))
            }
            "POST /v1/admin/api-keys/{key}/revoke" => {
                own(format!("{}/revoke", self.key(&acme).await), json!({}))
            }
            "POST /v1/admin/api-keys/revoke" => {
                let path = self.key(&acme).await;
                let key = path.rsplit('/').next().unwrap();
                own(format!("{ADMIN}/api-keys/revoke"), json!({ "keys": [key] }))
            }
            "DELETE /v1/admin/api-keys/{key}" => {
                let path = self.key(&acme).await;
                Repeatable { body: None, ..own(path, Value::Null) }.by(Method::DELETE)
            }
            "POST /v1/admin/kill-switch" => {
                own(format!("{ADMIN}/kill-switch"), json!({ "scope": "tenant", "reason": "x" }))
            }
            "POST /v1/admin/kill-switch/release" => {
                let switch = json!({ "scope": "tenant", "reason": "x" });
                let engage = format!("{ADMIN}/kill-switch");
                self.app.post(&engage, &acme.api_key, switch).await;
                own(format!("{ADMIN}/kill-switch/release"), json!({ "scope": "tenant" }))
            }
            _ => panic!("no example of {operation}"),
        }
    }

    /// The path of a new operator.
    async fn operator(&self, tenant: &TestTenant) -> String {
        let path = format!("{ADMIN}/operators");
        let body = json!({ "name": "Ann", "mail": "ann@acme.example", "roles": ["viewer"] });
        let (_, made) = self.app.post(&path, &tenant.api_key, body).await;
        format!("{path}/{}", text(&made, "operator_id"))
    }

    /// The path of a new key.
    async fn key(&self, tenant: &TestTenant) -> String {
        let path = format!("{ADMIN}/api-keys");
        let (_, made) = self.app.post(&path, &tenant.api_key, new_key()).await;
        format!("{path}/{}", text(&made, "key_id"))
    }
}

fn new_key() -> Value {
    json!({ "name": "deploy", "scopes": ["gates:read"] })
}
