//! `gatewright schema`: what `web-api-schema/` holds, written by the code itself.

use std::{collections::BTreeMap, fs, path::PathBuf, process::ExitCode};

use anyhow::Context;
use gw_kernel::{Role, Scope};
use gw_runtime::Config;
use serde::Serialize;
use serde_json::json;

use crate::{host, print};

/// Writes the API's description: OpenAPI (merged, and by service), routes, events, problems,
/// permissions and the configuration's schema.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder to write to; without it, the merged OpenAPI document is printed.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let documents = documents()?;
    let Some(folder) = &arguments.out else {
        print::line(documents.get("openapi.json").map_or("", |text| text.trim_end()));
        return Ok(ExitCode::SUCCESS);
    };
    for (name, text) in &documents {
        let path = folder.join(name);
        let parent = path.parent().context("a document has a folder")?;
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    print::line(&format!("{} documents written to {}", documents.len(), folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// Every document, by its path in the folder.
///
/// # Errors
/// When two services claim one route.
pub fn documents() -> anyhow::Result<BTreeMap<String, String>> {
    let schema = host(Config::default()).schema()?;
    let mut documents = BTreeMap::new();
    let mut add = |name: String, value: serde_json::Value| -> anyhow::Result<()> {
        documents.insert(name, serde_json::to_string_pretty(&value)? + "\n");
        Ok(())
    };
    add("openapi.json".to_owned(), json_of(&schema.openapi)?)?;
    for (service, document) in &schema.services {
        add(format!("services/{service}.json"), json_of(document)?)?;
    }
    add("routes.json".to_owned(), json_of(&schema.routes)?)?;
    add("problems.json".to_owned(), json_of(&schema.problems.rows().collect::<Vec<_>>())?)?;
    add("config.schema.json".to_owned(), json_of(&schema.config)?)?;
    add("permissions.json".to_owned(), permissions())?;
    for event in gw_contracts::all_events() {
        let mut value = json_of(&event.schema)?;
        value["x-moves-epoch"] = json!(event.moves_epoch);
        add(format!("events/{}.json", event.kind), value)?;
    }
    Ok(documents)
}

/// `deploy/configuration.md`: every key, what it means, and its default.
///
/// # Errors
/// When two services claim one route.
pub fn configuration() -> anyhow::Result<String> {
    let schema = json_of(&host(Config::default()).schema()?.config)?;
    Ok(crate::reference::of(&schema))
}

fn permissions() -> serde_json::Value {
    let scopes: Vec<_> = Scope::ALL
        .iter()
        .map(|scope| json!({ "scope": scope.as_str(), "description": scope.description().trim() }))
        .collect();
    let roles: Vec<_> = Role::ALL
        .iter()
        .map(|role| json!({ "role": role.as_str(), "scopes": role.scopes() }))
        .collect();
    json!({ "scopes": scopes, "roles": roles })
}

fn json_of<T: Serialize>(value: &T) -> anyhow::Result<serde_json::Value> {
    Ok(serde_json::to_value(value)?)
}
