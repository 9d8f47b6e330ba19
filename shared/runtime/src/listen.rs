use std::net::{Ipv4Addr, SocketAddr};

use figment::{
    Error, Metadata, Profile, Provider,
    value::{Dict, Map, Tag, Value},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

const KEY: &str = "listen";

/// The addresses that requests come to. An address alone is the public one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(transform = or_an_address)]
pub struct Listen {
    /// The address that requests come to.
    pub public: SocketAddr,
    /// An address of their own for `/v1/admin/...`, `/healthz`, `/readyz`, `/metrics` and
    /// `/openapi.json`: with it, nothing is at these paths on the public one. Everything is
    /// answered here.
    pub admin: Option<SocketAddr>,
}

impl Default for Listen {
    fn default() -> Self {
        Self { public: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), admin: None }
    }
}

fn or_an_address(schema: &mut schemars::Schema) {
    schema.insert("type".to_owned(), json!(["object", "string"]));
}

/// The key of what is called so, where an address alone is meant.
pub(crate) fn key(name: &str) -> &str {
    if name == KEY { "listen.public" } else { name }
}

/// A layer of the configuration in which `listen = "address"` is `listen.public`, so that another
/// layer can add `listen.admin`.
pub(crate) struct Spelled<P>(pub(crate) P);

impl<P: Provider> Provider for Spelled<P> {
    fn metadata(&self) -> Metadata {
        self.0.metadata()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let mut data = self.0.data()?;
        for table in data.values_mut() {
            if let Some(address @ Value::String(..)) = table.get(KEY).cloned() {
                let listen = Dict::from([("public".to_owned(), address)]);
                table.insert(KEY.to_owned(), Value::Dict(Tag::Default, listen));
            }
        }
        Ok(data)
    }
}
