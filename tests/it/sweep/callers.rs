use std::collections::BTreeSet;

use gw_kernel::Scope;
use serde_json::{Value, json};

use super::{examples::For, things::Things};
use crate::server::Server;

/// Somebody who calls, by the headers that are sent; `<kind>` stands for a thing, as in examples.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) name: String,
    pub(super) headers: Vec<(&'static str, String)>,
    /// Whose operations they may ask for any tenant: the platform's staff may, and those of both
    /// where they name none.
    pub(super) of_any_tenant: &'static [For],
}

const TENANT: &str = "gatewright-tenant";

impl Caller {
    fn new(name: &str, headers: &[(&'static str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { name: name.to_owned(), headers, of_any_tenant: &[] }
    }

    /// Somebody with this key.
    pub(super) fn with_key(name: &str, key: &str) -> Self {
        Self::new(name, &[("authorization", &format!("Bearer {key}"))])
    }

    /// The platform's staff, naming no tenant.
    pub(super) fn platform(server: &Server) -> Self {
        let caller = Self::with_key("the platform", &server.ready.platform_key);
        Self { of_any_tenant: &[For::Platform, For::Both], ..caller }
    }

    /// The agent of the things that stand in the request.
    pub(super) fn agent() -> Self {
        Self::with_key("an agent", "<token>")
    }

    /// Whether what is asked here is another's, and not for the platform's staff to ask.
    pub(super) fn is_stranger_to(&self, whose: For) -> bool {
        !self.of_any_tenant.contains(&whose)
    }

    /// Whoever shows an agent's capability and nothing else is that agent.
    pub(super) fn would_be(&self, whose: For, others: &BTreeSet<String>) -> bool {
        whose == For::Agent && self.headers.is_empty() && others.contains("token")
    }

    /// Nobody at all.
    pub(super) fn nobody() -> Self {
        Self::new("nobody", &[])
    }
}

/// Those who can be somebody in another tenant without anything having to be made for them: its
/// owner, its agent, the platform acting for it, nobody, and those who claim to be the first's.
pub(super) fn strangers(server: &Server, own: &Things, key: &str) -> Vec<Caller> {
    let (secret, platform) = (key.rsplit('_').next().unwrap(), &server.ready.platform_key);
    let id = own.get("first_key", 0).trim_start_matches("ak_");
    let own_tenant = own.get("tenant", 0);
    let bearer = |key: &str| format!("Bearer {key}");
    let staff = bearer(platform);
    let acting = [("authorization", staff.as_str()), (TENANT, own_tenant)];
    let acting = Caller::new("the platform for it", &acting);
    vec![
        Caller::with_key("the first key", key),
        Caller::with_key("the agent", own.get("token", 0)),
        Caller::nobody(),
        Caller::platform(server),
        Caller { of_any_tenant: &[For::Platform], ..acting },
        Caller::new(
            "the first key, naming the other tenant",
            &[("authorization", &bearer(key)), (TENANT, "<tenant>")],
        ),
        Caller::with_key(
            "the first key, said to be the other's",
            &format!("gw_<tenant_body>_{id}_{secret}"),
        ),
        Caller::with_key("the agent, said to be the other's", "<forged>"),
    ]
}

/// A key of everybody who can be somebody in a tenant: of each role, for one gate alone, and for
/// each scope alone.
pub(super) async fn roles(
    server: &Server,
    own: &Things,
    key: &str,
    document: &Value,
) -> Vec<Caller> {
    let make = async |name: &str, mut wanted: Value| {
        wanted["name"] = name.into();
        let path = "/v1/admin/api-keys";
        let (_, made) = server.send("POST", path, key, Some(wanted)).await;
        made["api_key"].as_str().map(|key| Caller::with_key(name, key))
    };
    let mut callers = Vec::new();
    for role in document["components"]["schemas"]["Role"]["enum"].as_array().unwrap() {
        let role = role.as_str().unwrap();
        let wanted =
            json!({ "name": role, "mail": format!("{role}@example.org"), "roles": [role] });
        let operator = server.send("POST", "/v1/admin/operators", key, Some(wanted)).await.1;
        let with =
            |scopes: &[Scope]| json!({ "scopes": scopes, "operator_id": operator["operator_id"] });
        // What the role is for is the most that a key of its operators may have.
        let mut scopes = Vec::new();
        for scope in Scope::ALL {
            if make(role, with(&[*scope])).await.is_some() {
                scopes.push(*scope);
            }
        }
        callers.extend(make(role, with(&scopes)).await);
        assert_eq!(callers.last().map(|caller| &*caller.name), Some(role), "it may do nothing");
    }
    callers.extend(
        make("a gate's key", json!({ "scopes": ["*"], "gates": [own.get("gate", 0)] })).await,
    );
    for scope in Scope::ALL {
        let made = make(scope.as_str(), json!({ "scopes": [scope] })).await;
        let of_platform = matches!(scope, Scope::TenantsRead | Scope::TenantsWrite);
        assert!(made.is_some() != of_platform, "{scope}");
        callers.extend(made);
    }
    callers
}
