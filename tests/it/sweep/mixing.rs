use std::sync::Arc;

use futures::future::join_all;
use gw_credentials::capability::{Claims, NewCaveat, mint, new_jti};
use gw_crypto::seal::{DataKey, RootKey};
use gw_kernel::{Clock as _, RootKeyId, SystemClock, TenantId};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::server::Server;

const TENANTS: usize = 6;
/// How many callers each tenant has, and how often each asks.
const CALLERS: usize = 8;
const ROUNDS: usize = 5;
/// How many calls the capability of each tenant is good for.
const BUDGET: i64 = 10;

struct Tenant {
    id: TenantId,
    key: String,
    gate: String,
    /// Of the same id in every tenant, and made under each one's own root key.
    token: String,
}

async fn make(server: &Server, url: &str, name: &str, jti: &str) -> Tenant {
    let platform = &server.ready.platform_key;
    let wanted = Some(json!({ "name": name }));
    let made = server.send("POST", "/v1/admin/tenants", platform, wanted).await.1;
    let id: TenantId = made["tenant_id"].as_str().unwrap().parse().unwrap();
    let key = made["api_key"].as_str().unwrap().to_owned();
    let gate = json!({ "name": "front", "gate_id": format!("front-of-{name}") });
    let gate = server.send("POST", "/v1/gates", &key, Some(gate)).await.1;
    // The first mint makes the root key.
    server.send("POST", "/v1/admin/mint", &key, Some(json!({ "subject": "agent" }))).await;
    let (kid, root) = root_key(server, url, id).await;
    let claims = Claims {
        jti: jti.to_owned(),
        root_jti: jti.to_owned(),
        iss: "test".to_owned(),
        tenant: id.to_string(),
        zone: "default".to_owned(),
        sub: "agent".to_owned(),
        iat: SystemClock.now().timestamp(),
        nbf: 0,
    };
    let token = mint(&root, &claims, &[NewCaveat::MaxCalls(BUDGET)], kid);
    Tenant { id, key, gate: gate["id"].as_str().unwrap().to_owned(), token }
}

/// What the tenant's capabilities are made under, as whoever has the root key and the database
/// could read it.
async fn root_key(server: &Server, url: &str, tenant: TenantId) -> (RootKeyId, [u8; 32]) {
    let text = std::fs::read_to_string(&server.ready.root_key_file).unwrap();
    let mut connection = PgConnection::connect(url).await.unwrap();
    let sealed: (Vec<u8>, Uuid, Vec<u8>) = sqlx::query_as(
        "select d.sealed, r.id, r.sealed from tenants.data_keys d
         join capabilities.root_keys r using (tenant_id) where d.tenant_id = $1",
    )
    .bind(tenant.uuid())
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let root = RootKey::parse(text.trim()).unwrap();
    let data = root.open(&format!("tenant:{tenant}:data"), &sealed.0).unwrap();
    let (data, kid) =
        (DataKey::from_bytes((**data).try_into().unwrap()), RootKeyId::from_uuid(sealed.1));
    let key = data.open(&format!("tenant:{tenant}:capability-root:{kid}"), &sealed.2).unwrap();
    (kid, (**key).try_into().unwrap())
}

/// Asks as one tenant at a gate, and says whose it is: by all that a caller can write.
async fn ask(
    server: &Server,
    who: &Tenant,
    gate: &str,
    token: &str,
    said: &Tenant,
) -> (u16, Value) {
    let body = json!({
        "action": "read_it",
        "tenant": said.id,
        "tenant_id": said.id,
        "gate_id": said.gate,
        "context": { "tenant_hint": said.id, "tenant": said.id },
        "credential": { "kind": "capability", "value": token },
    });
    server.send("POST", &format!("/v1/gates/{gate}/check"), &who.key, Some(body)).await
}

/// One caller's calls; how many were allowed.
async fn call(server: &Server, tenants: &[Tenant], number: usize) -> i64 {
    let (who, other) = (&tenants[number % TENANTS], &tenants[(number + 1) % TENANTS]);
    let mut allowed = 0;
    for _ in 0..ROUNDS {
        let (status, own) = ask(server, who, &who.gate, &who.token, other).await;
        assert_eq!(status, 200, "{own}");
        assert!(own["code"] == "ok" || own["code"] == "budget.calls", "{own}");
        allowed += i64::from(own["allowed"] == true);
        let (status, foreign) = ask(server, who, &who.gate, &other.token, other).await;
        assert_eq!((status, &foreign["code"]), (200, &json!("credential.wrong_tenant")));
        for gate in [&other.gate, &format!("gate_front-of-{}", (number + 1) % TENANTS)] {
            let (status, unknown) = ask(server, who, gate, &who.token, other).await;
            assert_eq!((status, &unknown["code"]), (404, &json!("gate.not_found")));
        }
        let url = format!("{}/v1/gates/{}/check", server.ready.base_url, other.gate);
        let named = server.client.post(url).bearer_auth(&who.key);
        let named = named.header("gatewright-tenant", other.id.to_string());
        let named = named.json(&json!({ "action": "read_it" })).send().await.unwrap();
        assert_eq!(named.status().as_u16(), 403);
    }
    allowed
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_many_tenants_do_not_mix_them() {
    let database = gw_testkit::database().await;
    let server = Arc::new(Server::start(database.url()).await);
    let jti = new_jti(SystemClock.now(), rand::random());
    let names: Vec<_> = (0..TENANTS).map(|number| number.to_string()).collect();
    let made = names.iter().map(|name| make(&server, database.url(), name, &jti));
    let tenants = Arc::new(join_all(made).await);
    let callers = (0..TENANTS * CALLERS).map(|number| {
        let (server, tenants) = (Arc::clone(&server), Arc::clone(&tenants));
        tokio::spawn(async move { (number % TENANTS, call(&server, &tenants, number).await) })
    });
    let mut allowed = [0; TENANTS];
    for caller in callers.collect::<Vec<_>>() {
        let (tenant, count) = caller.await.unwrap();
        allowed[tenant] += count;
    }
    assert_eq!(allowed, [BUDGET; TENANTS], "one id, and a budget in each tenant");

    let owner = &mut PgConnection::connect(database.url()).await.unwrap();
    let shared: i64 = sqlx::query_scalar(
        "select count(*) from (select from journal.batches
         group by xmin::text having count(distinct tenant_id) > 1) shared",
    )
    .fetch_one(&mut *owner)
    .await
    .unwrap();
    assert!(shared > 0, "no commit had the records of two tenants: nothing could mix");
    for tenant in &*tenants {
        holds_its_own(owner, tenant).await;
    }

    // What one tenant refuses, the others do not.
    let first = &tenants[0];
    server.send("POST", "/v1/admin/revoke", &first.key, Some(json!({ "jti": jti }))).await;
    for tenant in &*tenants {
        let expected = if tenant.id == first.id { "credential.revoked" } else { "budget.calls" };
        let told = ask(&server, tenant, &tenant.gate, &tenant.token, first).await.1;
        assert_eq!(told["code"], expected);
    }
}

/// Every record of the tenant's log is of its own gate and key, and none is missing; what it has
/// taken is its own.
async fn holds_its_own(owner: &mut PgConnection, tenant: &Tenant) {
    let records: Vec<Vec<u8>> = sqlx::query_scalar(
        "select body from journal.entries where tenant_id = $1 and kind = 'check.decided.v1'",
    )
    .bind(tenant.id.uuid())
    .fetch_all(&mut *owner)
    .await
    .unwrap();
    assert_eq!(records.len(), CALLERS * ROUNDS * 2, "its own calls and no others");
    let key = format!("ak_{}", tenant.key.split('_').nth(2).unwrap());
    for record in &records {
        let data = serde_json::from_slice::<Value>(record).unwrap()["data"].take();
        let said = (&data["tenant_id"], &data["gate_id"], &data["caller"]["key_id"]);
        assert_eq!(said, (&json!(tenant.id), &json!(tenant.gate), &json!(key)));
    }
    let used: Vec<i64> =
        sqlx::query_scalar("select used from journal.counters where tenant_id = $1")
            .bind(tenant.id.uuid())
            .fetch_all(&mut *owner)
            .await
            .unwrap();
    assert_eq!(used, [BUDGET]);
}
