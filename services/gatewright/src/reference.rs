//! The configuration's schema as a page for people.

use std::fmt::Write as _;

use serde_json::Value;

const HEAD: &str = "# Configuration

Written by the code: `UPDATE_SCHEMAS=1 cargo test -p gw-tests schemas` rewrites it. The same for machines:
`web-api-schema/config.schema.json`.

Compiled-in defaults lie under a file (`--config FILE`, TOML; `deploy/gatewright.toml` is one with comments) and under the
environment: `GATEWRIGHT__DATABASE__MAX_CONNECTIONS=16` is `database.max_connections`. Beside every key of text `x` there
is `x_file`, the name of a file that holds it: for secrets. A key that nothing knows is an error; `gatewright doctor` looks at it all.
";

/// Every key of this schema, section by section.
pub(crate) fn of(schema: &Value) -> String {
    let mut page = Page { whole: schema, text: HEAD.to_owned() };
    page.table("", schema);
    page.text
}

struct Page<'a> {
    whole: &'a Value,
    text: String,
}

impl<'a> Page<'a> {
    /// The keys of a table, and then the tables within it.
    fn table(&mut self, name: &str, table: &'a Value) {
        let Some(members) = table["properties"].as_object() else { return };
        let at = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
        let members: Vec<_> =
            members.iter().map(|(key, value)| (at(key), value, self.resolve(value))).collect();
        let (tables, keys): (Vec<_>, Vec<_>) =
            members.into_iter().partition(|(_, _, value)| is_table(value));
        let title = if name.is_empty() { "The process".to_owned() } else { format!("`{name}`") };
        _ = writeln!(self.text, "\n## {title}\n\n{}", sentence(table));
        if !keys.is_empty() {
            _ = writeln!(self.text, "\n| key | default | meaning |\n|---|---|---|");
        }
        for (key, value, resolved) in keys {
            let meaning = [sentence(value), choices(resolved)].concat();
            _ = writeln!(self.text, "| `{key}` | {} | {meaning} |", default(value));
        }
        for (key, _, value) in tables {
            match value.get("additionalProperties").filter(|more| more.is_object()) {
                Some(each) => self.table(&format!("{key}.<name>"), self.resolve(each)),
                None => self.table(&key, value),
            }
        }
    }

    fn resolve(&self, value: &'a Value) -> &'a Value {
        let name = value["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"));
        name.map_or(value, |name| &self.whole["$defs"][name])
    }
}

/// Some tables may be written as one value, too.
fn is_table(value: &Value) -> bool {
    value["type"] == "object" || value["properties"].is_object()
}

fn sentence(value: &Value) -> String {
    let text = value["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The values that there are, where there are few.
fn choices(value: &Value) -> String {
    let choices = value["oneOf"].as_array().into_iter().flatten();
    let named = choices.map(|choice| format!(" {}: {}", choice["const"], sentence(choice)));
    named.collect()
}

fn default(value: &Value) -> String {
    match value.get("default") {
        None | Some(Value::Null) => String::new(),
        Some(default) => format!("`{default}`"),
    }
}
