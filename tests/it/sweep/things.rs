use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gw_kernel::{Cursor, DecisionId, EventId, GateId, ListTag};
use rand::RngExt as _;
use serde_json::{Value, json};

use crate::server::Server;

/// What a tenant has, by kind, each in every spelling that the product takes.
#[derive(Debug, Clone, Default)]
pub(super) struct Things(BTreeMap<&'static str, Vec<String>>);

impl Things {
    fn add(&mut self, kind: &'static str, spellings: &[&Value]) {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no {kind}")).to_owned();
        self.0.insert(kind, spellings.iter().map(|value| text(value)).collect());
    }

    /// One spelling of a thing.
    pub(super) fn get(&self, kind: &str, spelling: usize) -> &str {
        let spellings = self.0.get(kind).unwrap_or_else(|| panic!("things.rs makes no <{kind}>"));
        &spellings[spelling]
    }

    pub(super) fn spellings(&self, kind: &str) -> usize {
        self.0.get(kind).map_or(1, Vec::len)
    }

    /// Every thing, in every spelling.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.0.values().flatten().map(String::as_str)
    }

    /// Things of the same shape that nobody has.
    pub(super) fn unknown(&self) -> Self {
        let like = |spellings: &Vec<String>| spellings.iter().map(|one| unlike(one)).collect();
        let mut unknown = Self(self.0.iter().map(|(kind, all)| (*kind, like(all))).collect());
        unknown.0.insert("tenant_body", vec![body(unknown.get("tenant", 0))]);
        let token = renamed(self.get("token", 0), self, &unknown, &["tenant", "jti", "subject"]);
        unknown.0.insert("token", vec![token]);
        unknown.with_cursors()
    }

    /// Adds a stranger's capability that claims to be of this tenant.
    pub(super) fn with_forged(mut self, stranger: &Self) -> Self {
        let forged = renamed(stranger.get("token", 0), stranger, &self, &["tenant", "active_key"]);
        self.0.insert("forged", vec![forged]);
        self
    }

    /// Makes a tenant that has something of every kind; also answers its first key.
    pub(super) async fn make(server: &Server, name: &str) -> (Self, String) {
        let send = async |key: &str, path: &str, body: Value| {
            let (status, answer) = server.send("POST", path, key, Some(body)).await;
            assert!((200..300).contains(&status), "{path}: {answer}");
            answer
        };
        let alias = format!("{name}-under-an-alias");
        let wanted = json!({ "name": name, "tenant_id": alias });
        let tenant = send(&server.ready.platform_key, "/v1/admin/tenants", wanted).await;
        let key = tenant["api_key"].as_str().unwrap().to_owned();
        let post = async |path: &str, body: Value| send(&key, path, body).await;

        let mut things = Self::default();
        things.add("tenant", &[&tenant["tenant_id"], &tenant["alias"]]);
        things.0.insert("tenant_body", vec![body(things.get("tenant", 0))]);
        let gate =
            json!({ "name": format!("{name} front"), "gate_id": format!("{name}-at-the-front") });
        let gate = post("/v1/gates", gate).await;
        things.add("gate", &[&gate["id"], &gate["gate_id"]]);
        let gate = format!("/v1/gates/{}", things.get("gate", 0));
        let pair = server.send("GET", &format!("{gate}/keypairs"), &key, None).await.1;
        things.add("keypair", &[&pair["items"][0]["key_id"]]);
        post(&format!("{gate}/keypairs/rotate"), json!({})).await;
        post("/v1/gates", json!({ "name": format!("{name} back") })).await;
        let page = server.send("GET", "/v1/gates?limit=1", &key, None).await.1;
        things.add("gates_cursor", &[&page["next_cursor"]]);

        let operator = json!({ "name": format!("{name} person"), "mail": format!("{name}-somebody@example.org"), "roles": ["admin"] });
        let operator = post("/v1/admin/operators", operator).await;
        things.add("operator", &[&operator["operator_id"]]);
        things.add("mail", &[&operator["mail"]]);
        let api_key = json!({ "name": format!("{name} machine"), "scopes": ["gates:read"] });
        things.add("api_key", &[&post("/v1/admin/api-keys", api_key).await["key_id"]]);
        let keys = server.send("GET", "/v1/admin/api-keys", &key, None).await.1;
        things.add("first_key", &[&keys["items"].as_array().unwrap().last().unwrap()["key_id"]]);

        let subject = format!("agent-of-the-{name}");
        let revoked = post("/v1/admin/mint", json!({ "subject": subject })).await;
        things.add("revoked", &[&revoked["jti"]]);
        post("/v1/admin/revoke", json!({ "jti": revoked["jti"] })).await;
        let root_keys = server.send("GET", "/v1/admin/root-keys", &key, None).await.1;
        things.add("root_key", &[&root_keys["items"][0]["key_id"]]);
        let active = post("/v1/admin/root-keys/rotate", json!({})).await;
        things.add("active_key", &[&active["key_id"]]);
        let minted =
            post("/v1/admin/mint", json!({ "subject": subject, "tools": ["read_it"] })).await;
        things.add("subject", &[&minted["subject"]]);
        things.add("jti", &[&minted["jti"]]);
        things.add("token", &[&minted["token"]]);

        let credential = json!({ "kind": "capability", "value": minted["token"] });
        let ask = json!({ "action": "read_it", "credential": credential });
        let decided = post(&format!("{gate}/check"), ask).await;
        assert_eq!(decided["decision"], "allow", "{decided}");
        things.add("decision", &[&decided["decision_id"], &decided["attestation_id"]]);
        let hops = decided["principal"]["hops"].as_array().unwrap();
        things.add("hop", &[hops.last().unwrap()]);
        // Last: it also has everything digested that was done here.
        let history = server.send("GET", "/v1/admin/history", &key, None).await.1;
        assert_eq!(history["known_to"], history["size"], "{history}");
        things.add("event", &[&history["items"][0]["event_id"]]);
        (things.with_cursors(), key)
    }

    /// Cursors of every list, of its own: some lists are a gate's.
    fn with_cursors(mut self) -> Self {
        let named = |kind| self.get(kind, 0).to_owned();
        let (gate, tenant) = (named("gate"), named("tenant"));
        let pairs = format!("/gates/{gate}/keypairs");
        let decisions = format!("/gates/{gate}/attestations");
        let of_gate = format!("/gates/{gate}/history");
        let of_key = format!("/admin/api-keys/{}/history", named("api_key"));
        let of_operator = format!("/admin/operators/{}/history", named("operator"));
        let of_tenant = format!("/admin/tenants/{tenant}/history");
        let event = named("event").parse::<EventId>().unwrap().uuid();
        let decision = named("decision").parse::<DecisionId>().unwrap().uuid();
        let gate = gate.parse::<GateId>().unwrap().uuid();
        for (kind, list, at) in [
            ("tenants_cursor", "/admin/tenants", gate),
            ("operators_cursor", "/admin/operators", gate),
            ("api_keys_cursor", "/admin/api-keys", gate),
            ("keypairs_cursor", &pairs, gate),
            ("decision_cursor", &decisions, decision),
            ("root_keys_cursor", "/admin/root-keys", gate),
            ("revocations_cursor", "/admin/revocations", gate),
            ("kill_switch_cursor", "/admin/kill-switch", gate),
            ("history_cursor", "/admin/history", event),
            ("gate_history_cursor", &of_gate, event),
            ("api_key_history_cursor", &of_key, event),
            ("operator_history_cursor", &of_operator, event),
            ("tenant_history_cursor", &of_tenant, event),
        ] {
            self.0.insert(kind, vec![Cursor(at).write(ListTag::of(list))]);
        }
        self
    }
}

/// An id without its prefix.
fn body(id: &str) -> String {
    id.rsplit('_').next().unwrap().to_owned()
}

/// The same text but for ten characters near its end: an id of the same moment and shape.
fn unlike(text: &str) -> String {
    let mut rng = rand::rng();
    let end = text.len() - 1;
    let chance: String = (0..10)
        .map(|_| char::from(b"0123456789abcdefghjkmnpqrstvwxyz"[rng.random_range(0..32)]))
        .collect();
    format!("{}{chance}{}", &text[..end - 10], &text[end..])
}

/// A capability whose claims name other things; its signature is what it was.
fn renamed(token: &str, from: &Things, to: &Things, kinds: &[&str]) -> String {
    let mut json = String::from_utf8(URL_SAFE_NO_PAD.decode(token).unwrap()).unwrap();
    for kind in kinds {
        json = json.replace(from.get(kind, 0), to.get(kind, 0));
    }
    URL_SAFE_NO_PAD.encode(json)
}
