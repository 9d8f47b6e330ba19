use futures::FutureExt;
use futures::future::BoxFuture;
use gw_db::{Role, sealed::SealedColumn};
use gw_web::ProblemInfo;
use serde_json::{Map, Value};

use crate::{Description, Env, Parts, RuntimeError, Service};

type Build = fn(Option<Value>, Env) -> BoxFuture<'static, Result<Parts, RuntimeError>>;

/// A service with its types forgotten, so that a host can hold a list.
#[derive(Clone, Copy)]
pub(crate) struct Registered {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    pub(crate) problems: &'static [ProblemInfo],
    pub(crate) sealed: &'static [SealedColumn],
    pub(crate) describe: fn() -> Description,
    pub(crate) config_schema: fn() -> schemars::Schema,
    pub(crate) check_config: fn(Option<Value>) -> Result<(), RuntimeError>,
    pub(crate) build: Build,
}

impl Registered {
    pub(crate) fn of<S: Service>() -> Self {
        Self {
            name: S::NAME,
            role: S::ROLE,
            problems: S::problems(),
            sealed: S::sealed(),
            describe: S::describe,
            config_schema: || schemars::schema_for!(S::Config),
            check_config: |table| read::<S>(table).map(drop),
            build: |table, env| build::<S>(table, env).boxed(),
        }
    }
}

async fn build<S: Service>(table: Option<Value>, env: Env) -> Result<Parts, RuntimeError> {
    let config = read::<S>(table)?;
    let built = S::build(config, env).await;
    built.map_err(|error| RuntimeError::Build { name: S::NAME, error })
}

/// Reads a service's table over its defaults.
fn read<S: Service>(table: Option<Value>) -> Result<S::Config, RuntimeError> {
    let defaults = serde_json::to_value(S::Config::default());
    let mut whole = defaults.unwrap_or_else(|_| Value::Object(Map::new()));
    match table {
        None => return Ok(S::Config::default()),
        Some(table) => overlay(&mut whole, table),
    }
    let read = serde_json::from_value(whole);
    read.map_err(|error| RuntimeError::Config(format!("{}: {error}", S::NAME)))
}

fn overlay(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                overlay(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}
