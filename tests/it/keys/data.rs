use std::sync::atomic::{AtomicBool, Ordering};

use gatewright::verify::{GateKeys, LogKeys, verify_with};
use gw_db::Role;
use gw_kernel::TenantId;
use serde_json::{Value, json};

use super::{
    Secret, data_keys, keys, open_data_key,
    replica::{Replica, customer, killed_midway, live},
    root_key, secrets,
};
use crate::{server::Server, tamper::reader};

fn of(secrets: &[Secret], tenant: TenantId) -> Vec<Secret> {
    secrets.iter().filter(|secret| secret.tenant == tenant).cloned().collect()
}

async fn check_with_arguments(server: &Server, token: &str) -> Value {
    let credential = json!({ "kind": "capability", "value": token });
    let arguments = json!({ "invoice": 4711 });
    let body = json!({ "action": "read_it", "credential": credential, "arguments": arguments });
    let path = format!("/v1/gates/{}/check", server.ready.gate_id);
    let (status, answer) = server.send("POST", &path, &server.ready.api_key, Some(body)).await;
    assert_eq!((status, &answer["decision"]), (200, &json!("allow")), "{answer}");
    answer
}

/// What the record says of the arguments.
fn arguments_hmac(answer: &Value) -> String {
    let record = answer["attestation"]["attestation_json"].as_str().unwrap();
    let (_, rest) =
        record.split_once("\"arguments_hmac\":\"").unwrap_or_else(|| panic!("{record}"));
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_key_is_replaced_while_everybody_goes_on() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let (platform, root_file) = (&server.ready.platform_key, &server.ready.root_key_file);
    let post = async |path: &str, key: &str, body| server.send("POST", path, key, Some(body)).await;
    let [ours, foreign] = [customer(platform, post).await, customer(platform, post).await];
    let replica = Replica::start(&database, root_file, None).await;
    for customer in [&ours, &foreign] {
        live(&replica, customer, &AtomicBool::new(true)).await;
    }
    let [tenant, stranger]: [TenantId; 2] =
        [&ours, &foreign].map(|customer| customer.tenant.parse().unwrap());
    let root = root_key(root_file);
    let keys_before = data_keys(&database).await;
    let strangers = of(&secrets(&database).await, stranger);
    assert!(strangers.len() >= 4, "{strangers:?}");

    let stop = AtomicBool::new(false);
    let rotation = async {
        let command = || {
            let mut command = keys(&database, root_file);
            command.args(["data", "--tenant", &ours.tenant]);
            command
        };
        killed_midway(command, 6).await;
        stop.store(true, Ordering::Relaxed);
    };
    let ((), a, b, c) = tokio::join!(
        rotation,
        live(&replica, &ours, &stop),
        live(&replica, &ours, &stop),
        live(&replica, &foreign, &stop),
    );
    assert!(a > 0 && b > 0 && c > 0);

    let keys_after = data_keys(&database).await;
    let key = |keys: &[(TenantId, Vec<u8>)]| {
        let (_, sealed) = keys.iter().find(|(id, _)| *id == tenant).unwrap();
        open_data_key(&root, tenant, sealed).unwrap()
    };
    let (old, new) = (key(&keys_before), key(&keys_after));
    let all = secrets(&database).await;
    let mine = of(&all, tenant);
    assert!(mine.len() > 5, "{mine:?}");
    for Secret { place, sealed, .. } in &mine {
        assert!(new.open(place, sealed).is_ok(), "{place} is not under the new key");
        assert!(old.open(place, sealed).is_err(), "{place} opens under the old key");
    }
    let left: i64 = sqlx::query_scalar(
        "select count(*) from tenants.data_keys where previous_sealed is not null",
    )
    .fetch_one(&database.owner().await)
    .await
    .unwrap();
    assert_eq!(left, 0);
    let unchanged = of(&all, stranger);
    assert!(strangers.iter().all(|secret| unchanged.contains(secret)));

    let db = reader(&database, &server, Role::Check).await;
    for tenant in [tenant, stranger, TenantId::PLATFORM] {
        let verdict = gw_audit::verify(&db, tenant, None, Vec::new(), &mut |_| {}).await;
        verdict.unwrap_or_else(|finding| panic!("{tenant}: {finding}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_minted_and_recorded_before_still_means_the_same() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let token = server.mint(json!({ "tools": ["read_*"] })).await;
    let before = check_with_arguments(&server, &token).await;
    let ready = &server.ready;
    let gate_jwks = server.get_text(&format!("/v1/gates/{}/jwks.json", ready.gate_id)).await;
    let log_jwks = server.get_text(&format!("/v1/tenants/{}/jwks.json", ready.tenant_id)).await;
    let sealed = data_keys(&database).await;
    for _ in 0..2 {
        let run = keys(&database, &ready.root_key_file).args(["data", "--all"]).output().unwrap();
        assert_eq!(run.status.code(), Some(0), "{run:?}");
        let now = data_keys(&database).await;
        assert!(now.iter().zip(&sealed).all(|(now, before)| now.0 == before.0 && now != before));

        let after = check_with_arguments(&server, &token).await;
        assert_eq!(arguments_hmac(&after), arguments_hmac(&before));
        let gate = GateKeys::parse(gate_jwks.as_bytes()).unwrap();
        let log = LogKeys::parse(&log_jwks).unwrap();
        for answer in [&before, &after] {
            verify_with(answer.to_string().as_bytes(), &gate, &log).unwrap();
        }
    }
    let said: Vec<String> = sqlx::query_scalar(
        "select kind from journal.entries where kind like 'tenant.data_key_%' and tenant_id = $1
         order by idx",
    )
    .bind(ready.tenant_id.parse::<TenantId>().unwrap().uuid())
    .fetch_all(&database.owner().await)
    .await
    .unwrap();
    let once = ["tenant.data_key_rotation_started.v1", "tenant.data_key_rotated.v1"];
    assert_eq!(said, [once, once].concat());
}
