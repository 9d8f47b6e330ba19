use chrono::DateTime;
use futures::future::join_all;
use gw_credentials::capability::{Capability, Claims, NewCaveat, attenuate, mint};
use gw_kernel::RootKeyId;
use rand::{Rng, RngExt};
use serde_json::{Value, json};

use crate::server::Server;

/// A tenant in which everything happens that can.
pub(crate) struct World<'a> {
    server: &'a Server,
    pub(crate) tenant: String,
    owner: String,
    keys: Vec<(String, String)>,
    operators: Vec<String>,
    gates: Vec<String>,
    tokens: Vec<String>,
}

/// How many kinds of steps there are.
pub(crate) const STEPS: usize = 22;

impl<'a> World<'a> {
    pub(crate) async fn make(server: &'a Server, name: &str) -> Self {
        let platform = &server.ready.platform_key;
        let body = json!({ "name": name });
        let (_, made) = server.send("POST", "/v1/admin/tenants", platform, Some(body)).await;
        let [tenant, owner] =
            ["tenant_id", "api_key"].map(|m| made[m].as_str().unwrap().to_owned());
        let (keys, operators, gates, tokens) = Default::default();
        let mut world = Self { server, tenant, owner, keys, operators, gates, tokens };
        for members in [
            json!({ "security_profile": "L1" }),
            json!({ "security_profile": "L1", "mode": "observe", "gate_id": "gate_looks-on" }),
            json!({ "security_profile": "L1", "signing": "batch", "gate_id": "gate_batch" }),
            json!({ "security_profile": "L3" }),
        ] {
            world.gate(members).await;
        }
        world.mint(json!({})).await;
        world
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.server.send(method, path, &self.owner, Some(body)).await
    }

    async fn gate(&mut self, mut members: Value) {
        members["name"] = "a gate".into();
        let (status, gate) = self.send("POST", "/v1/gates", members).await;
        if status == 201 {
            self.gates.push(gate["id"].as_str().unwrap().to_owned());
            self.gates.push(gate["gate_id"].as_str().unwrap().to_owned());
        }
    }

    /// A capability of one of two agents.
    async fn mint(&mut self, mut members: Value) {
        members["subject"] = format!("agent-{}", self.tokens.len() % 2).into();
        let (status, minted) = self.send("POST", "/v1/admin/mint", members).await;
        assert_eq!(status, 200, "{minted}");
        self.tokens.push(minted["token"].as_str().unwrap().to_owned());
    }

    /// Does one of so many things.
    pub(crate) async fn step(&mut self, kind: usize, random: &mut impl Rng) {
        match kind {
            0 => {
                let members =
                    json!({ "tools": ["read_*", "agent:*"], "max_calls": 2, "step_up": true });
                self.mint(members).await;
            }
            1 => {
                self.mint(json!({ "max_cents": 10, "rate_per_min": 2, "ttl_seconds": 3600 })).await
            }
            2 => self.mint(json!({ "risk_max": 40, "callees": ["b"], "servers": ["agent"] })).await,
            3 => self.narrow(random),
            4 => self.refused_credentials(random).await,
            5 => self.revoke(random).await,
            6 => self.suspend_and_resume(random).await,
            7 => self.key(random).await,
            8 => self.turn_a_key(random).await,
            9 => self.rotate_root_key(random).await,
            10 => self.rotate_gate(random).await,
            11 => self.choose_default_gate(random).await,
            12 => self.ask_as_agent(random).await,
            13 => {
                let mode = ["enforce", "observe"][random.random_range(0..2)];
                self.gate(json!({ "security_profile": "L2", "mode": mode })).await;
            }
            14 => self.change_gate(random).await,
            15 => self.archive_gate(random).await,
            16 => {
                self.mint(json!({})).await;
                self.ask_together(random).await;
            }
            17 => self.operator(random).await,
            _ => self.ask(random).await,
        }
    }

    /// Several checks at once.
    async fn ask(&self, random: &mut impl Rng) {
        let checks = self.checks(random);
        let ask = |(gate, key, body): (String, String, Value)| async move {
            let path = format!("/v1/gates/{gate}/check");
            self.server.send("POST", &path, &key, Some(body)).await
        };
        join_all(checks.into_iter().map(ask)).await;
    }

    /// The same in one request, for one gate.
    async fn ask_together(&self, random: &mut impl Rng) {
        let checks: Vec<Value> = self.checks(random).into_iter().map(|check| check.2).collect();
        let path = format!("/v1/gates/{}/checks", pick(&self.gates, random));
        let body = json!({ "checks": checks });
        self.server.send("POST", &path, &self.asking(random), Some(body)).await;
    }

    /// Gates, keys and bodies.
    fn checks(&self, random: &mut impl Rng) -> Vec<(String, String, Value)> {
        (0..4)
            .map(|_| {
                let action = ["read_a", "pay", "agent:b", "drop"][random.random_range(0..4)];
                let context = json!({
                    "risk_score": random.random_range(0..80), "callee_zone": "eu", "n": 1.5e300,
                });
                let mut body = json!({ "action": action, "context": context });
                let value = pick(&self.tokens, random);
                body["credential"] = json!({ "kind": "capability", "value": value });
                if random.random() {
                    body["cost_cents"] = json!(random.random_range(0..7));
                    body["target"] = json!("https://é.example/<x>?\u{1f600}");
                    body["arguments"] = json!({ "secret": "argument" });
                }
                (pick(&self.gates, random), self.asking(random), body)
            })
            .collect()
    }

    fn asking(&self, random: &mut impl Rng) -> String {
        match self.keys.len() {
            0 => self.owner.clone(),
            _ if random.random() => self.owner.clone(),
            count => self.keys[random.random_range(0..count)].1.clone(),
        }
    }

    /// A token, narrowed by its holder.
    fn narrow(&mut self, random: &mut impl Rng) {
        let parent = pick(&self.tokens, random);
        let caveats = [
            vec![NewCaveat::MaxCalls(1)],
            vec![NewCaveat::ToolDeny(vec!["pay".to_owned()]), NewCaveat::StepUp(1)],
            vec![NewCaveat::Exp(1_700_000_000)],
            vec![NewCaveat::AgentLock("agent-1".to_owned()), NewCaveat::RateLimit(1)],
        ];
        let child = attenuate(&parent, &caveats[random.random_range(0..caveats.len())]);
        self.tokens.extend(child);
    }

    /// Everything that is no good credential, at a gate that binds and at one that looks on.
    async fn refused_credentials(&self, random: &mut impl Rng) {
        let value = |kind: &str, value: Value| json!({ "kind": kind, "value": value });
        let forged = |tenant: &str| {
            let text = || "forged".to_owned();
            let (jti, root_jti, iss, sub, zone) = (text(), text(), text(), text(), text());
            let tenant = tenant.to_owned();
            let claims = Claims { jti, root_jti, iss, tenant, zone, sub, iat: 1, nbf: 0 };
            let kid = RootKeyId::at(DateTime::UNIX_EPOCH, [1; 10]);
            value("capability", json!(mint(&[7; 32], &claims, &[], kid)))
        };
        let presented = [
            Value::Null,
            json!(5),
            value("capability", json!("!!")),
            value("capability", json!("A".repeat(17_000))),
            value("passport", json!("a passport")),
            forged(&self.tenant),
            forged("another"),
        ];
        let gate = pick(&self.gates, random);
        for gate in ["gate_looks-on".to_owned(), gate] {
            for credential in &presented {
                let body = json!({ "action": "pay", "credential": credential });
                let path = format!("/v1/gates/{gate}/check");
                self.server.send("POST", &path, &self.asking(random), Some(body)).await;
            }
        }
    }

    async fn revoke(&self, random: &mut impl Rng) {
        let token = Capability::decode(&pick(&self.tokens, random)).unwrap();
        let body = match random.random_range(0..4) {
            0 => json!({ "jti": token.claims.jti, "reason": "lost" }),
            1 => json!({ "root_jti": token.claims.root_jti, "jtis": ["a", "b"] }),
            2 => json!({ "subject": token.claims.sub }),
            _ => json!({ "hop_id": self.a_hop(random).await }),
        };
        let (status, revoked) = self.send("POST", "/v1/admin/revoke", body).await;
        assert_eq!(status, 200, "{revoked}");
    }

    /// A hop of a capability that was used, as its record says.
    async fn a_hop(&self, random: &mut impl Rng) -> String {
        let body = json!({
            "action": "pay",
            "credential": { "kind": "capability", "value": pick(&self.tokens, random) },
        });
        let path = format!("/v1/gates/{}/check", self.gates[0]);
        let (_, answer) = self.send("POST", &path, body).await;
        let record = answer["attestation"]["attestation_json"].as_str().unwrap_or("{}");
        let record: Value = serde_json::from_str(record).unwrap();
        let hops = record["data"]["principal"]["hops"].as_array().cloned().unwrap_or_default();
        hops.last().and_then(Value::as_str).unwrap_or("no hop").to_owned()
    }

    async fn suspend_and_resume(&mut self, random: &mut impl Rng) {
        let platform = &self.server.ready.platform_key;
        for state in ["suspend", "resume"] {
            let path = format!("/v1/admin/tenants/{}/{state}", self.tenant);
            let (status, _) = self.server.send("POST", &path, platform, Some(json!({}))).await;
            assert_eq!(status, 200);
            self.ask(random).await;
        }
    }

    /// A new operator with a key, or a change of one, as it comes.
    async fn operator(&mut self, random: &mut impl Rng) {
        let path = "/v1/admin/operators";
        if self.operators.is_empty() || random.random_range(0..4) == 0 {
            let mail = format!("operator-{}@example.com", self.operators.len());
            let body = json!({ "name": "O", "mail": mail, "roles": ["admin"] });
            let (status, made) = self.send("POST", path, body).await;
            assert_eq!(status, 201, "{made}");
            let id = made["operator_id"].as_str().unwrap().to_owned();
            let body = json!({ "name": "a key", "scopes": ["checks:write"], "operator_id": id });
            let (status, key) = self.send("POST", "/v1/admin/api-keys", body).await;
            assert_eq!(status, 201, "{key}");
            let [key, text] = ["key_id", "api_key"].map(|m| key[m].as_str().unwrap().to_owned());
            self.keys.push((key, text));
            self.operators.push(id);
        }
        let id = pick(&self.operators, random);
        for _ in 0..2 {
            if random.random() {
                let roles = [["viewer", "auditor"], ["admin", "viewer"]][random.random_range(0..2)];
                let url = format!("{}{path}/{id}", self.server.ready.base_url);
                let request = self.server.client.patch(url).bearer_auth(&self.owner);
                let request = request.header("If-Match", "*").json(&json!({ "roles": roles }));
                assert!(request.send().await.unwrap().status().is_success());
            } else {
                let verb = ["suspend", "resume"][random.random_range(0..2)];
                let (status, _) =
                    self.send("POST", &format!("{path}/{id}/{verb}"), json!({})).await;
                assert_eq!(status, 200);
            }
            self.ask(random).await;
        }
    }

    async fn key(&mut self, random: &mut impl Rng) {
        let gates = random.random::<bool>().then(|| [pick(&self.gates, random)]);
        let expires_at = random.random::<bool>().then_some("2099-01-01T00:00:00Z");
        let mut body = json!({ "name": "a key", "scopes": ["checks:write"] });
        if let Some(gates) = gates {
            body["gates"] = json!(gates);
        }
        if let Some(expires_at) = expires_at {
            body["expires_at"] = json!(expires_at);
        }
        let (status, key) = self.send("POST", "/v1/admin/api-keys", body).await;
        assert_eq!(status, 201, "{key}");
        let [id, text] = ["key_id", "api_key"].map(|name| key[name].as_str().unwrap().to_owned());
        self.keys.push((id, text));
        self.ask(random).await;
    }

    /// Rotates a key, or revokes it.
    async fn turn_a_key(&mut self, random: &mut impl Rng) {
        if self.keys.is_empty() {
            return self.key(random).await;
        }
        let (id, _) = self.keys[random.random_range(0..self.keys.len())].clone();
        let (verb, body) = match random.random_range(0..3) {
            0 => ("revoke", json!({ "reason": "lost" })),
            1 => ("rotate", json!({ "overlap_seconds": 3600 })),
            _ => ("rotate", json!({})),
        };
        let path = format!("/v1/admin/api-keys/{id}/{verb}");
        let (_, key) = self.send("POST", &path, body).await;
        if let Some(text) = key["api_key"].as_str() {
            self.keys.push((id, text.to_owned()));
        }
        self.ask(random).await;
    }

    async fn rotate_root_key(&mut self, random: &mut impl Rng) {
        let overlap = [0, 3600][random.random_range(0..2)];
        let body = json!({ "overlap_seconds": overlap, "reason": "due" });
        let path = "/v1/admin/root-keys";
        let (status, _) = self.send("POST", &format!("{path}/rotate"), body).await;
        assert!(status < 300);
        self.ask(random).await;
        let (_, listed) = self.server.send("GET", path, &self.owner, None).await;
        let listed = listed["items"].as_array().unwrap();
        if random.random() {
            let id = listed[random.random_range(0..listed.len())]["key_id"].as_str().unwrap();
            self.send("POST", &format!("{path}/{id}/retire"), json!({})).await;
        }
        self.mint(json!({ "max_calls": 3 })).await;
    }

    async fn rotate_gate(&mut self, random: &mut impl Rng) {
        let path = format!("/v1/gates/{}/keypairs/rotate", pick(&self.gates, random));
        let status = self.send("POST", &path, json!({})).await.0;
        assert!(status < 300 || status == 410, "{status}");
        let path = format!("/v1/admin/tenants/{}/log-key/rotate", self.tenant);
        let platform = &self.server.ready.platform_key;
        assert_eq!(self.server.send("POST", &path, platform, Some(json!({}))).await.0, 201);
    }

    /// Everything of a gate that decisions are made from.
    async fn change_gate(&self, random: &mut impl Rng) {
        let mut one_of = |words: [&'static str; 2]| words[random.random_range(0..2)];
        let change = json!({
            "mode": one_of(["enforce", "observe"]), "signing": one_of(["each", "batch"]),
            "profile": one_of(["L1", "L2"]), "description": one_of(["one", "another"]),
        });
        let path = format!("/gates/{}", pick(&self.gates, random));
        let (status, gate) = self.send("PATCH", &path, change).await;
        assert!(status == 200 || status == 410, "{gate}");
        self.ask(random).await;
    }

    /// Takes a gate out of service, for good or for a while.
    async fn archive_gate(&self, random: &mut impl Rng) {
        let path = format!("/v1/gates/{}", pick(&self.gates, random));
        let (status, gate) = self.send("DELETE", &path, json!({ "reason": "moved" })).await;
        if gate["code"] == "gate.is_default" {
            return;
        }
        assert_eq!(status, 200, "{gate}");
        self.ask(random).await;
        self.ask_as_agent(random).await;
        if random.random_bool(0.8) {
            let (status, gate) = self.send("POST", &format!("{path}/restore"), json!({})).await;
            assert_eq!(status, 200, "{gate}");
            self.ask(random).await;
        }
    }

    async fn choose_default_gate(&mut self, random: &mut impl Rng) {
        let gate = random.random::<bool>().then(|| pick(&self.gates, random));
        let path = format!("{}/v1/admin/tenants/{}", self.server.ready.base_url, self.tenant);
        let request = self.server.client.patch(path).bearer_auth(&self.owner);
        let request = request.header("If-Match", "*").json(&json!({ "default_gate_id": gate }));
        let answer = request.send().await.unwrap();
        let (chosen, told) = (answer.status().is_success(), answer.text().await.unwrap());
        assert!(chosen || told.contains("tenant.gate_archived"), "{told}");
        self.ask_as_agent(random).await;
    }

    async fn ask_as_agent(&self, random: &mut impl Rng) {
        for tool in ["read_a", "pay"] {
            let body = json!({ "tool": tool, "args": { "a": 1 } });
            let token = pick(&self.tokens, random);
            self.server.send("POST", "/v1/tool-call", &token, Some(body)).await;
        }
    }
}

fn pick(from: &[String], random: &mut impl Rng) -> String {
    from[random.random_range(0..from.len())].clone()
}
