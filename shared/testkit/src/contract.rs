use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

/// The API's own description, against which every answer is held.
pub struct Contract {
    document: Value,
    validators: Mutex<HashMap<String, Arc<jsonschema::Validator>>>,
}

impl Contract {
    /// Takes an OpenAPI 3.1 document.
    #[must_use]
    pub fn new(document: Value) -> Self {
        Self { document, validators: Mutex::new(HashMap::new()) }
    }

    /// Demands that the answer is one that the document describes for this method and path.
    ///
    /// # Panics
    /// When the operation or the status is not described, or the body does not fit.
    pub fn check(&self, method: &str, path: &str, status: u16, content_type: &str, body: &[u8]) {
        let Some((template, operation)) = self.operation(method, path) else {
            assert!(
                matches!(status, 404 | 405),
                "{method} {path} is not described, and answered {status}"
            );
            return;
        };
        let responses = &operation["responses"];
        let response = responses.get(status.to_string()).unwrap_or(&responses["default"]);
        assert!(response.is_object(), "{method} {template} does not describe {status}");
        let media = content_type.split(';').next().unwrap_or_default().trim();
        let Some(described) = response["content"].get(media) else {
            assert!(
                response["content"].is_null() && body.is_empty(),
                "{method} {template} {status} does not describe {media:?}",
            );
            return;
        };
        if media.ends_with("json") {
            let value: Value = serde_json::from_slice(body).expect("a JSON answer is JSON");
            let name = format!("{method} {template} {status}");
            let validator = self.validator(&name, &described["schema"]);
            let errors: Vec<_> = validator
                .iter_errors(&value)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{name} does not fit its schema: {errors:#?}\n{value:#}");
        }
    }

    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let path = path.split('?').next().unwrap_or_default();
        let documented = documented_spelling(path);
        let paths = self.document["paths"].as_object()?;
        let exact = paths.get_key_value(documented.as_str());
        let template = exact.or_else(|| paths.iter().find(|(t, _)| matches(t, &documented)))?;
        let operation = template.1.get(method.to_ascii_lowercase())?;
        Some((template.0, operation))
    }

    fn validator(&self, name: &str, schema: &Value) -> Arc<jsonschema::Validator> {
        let mut validators = self.validators.lock().expect("no test panicked in here");
        let made = validators.entry(name.to_owned()).or_insert_with(|| {
            let whole = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "components": self.document["components"],
                "allOf": [schema],
            });
            Arc::new(jsonschema::validator_for(&whole).expect("the document's schemas compile"))
        });
        made.clone()
    }
}

/// Gate routes are described under `/v1` and also mounted at `/api/v1`, `/api` and the root.
fn documented_spelling(path: &str) -> String {
    let rest = path.strip_prefix("/api/v1").or_else(|| path.strip_prefix("/api"));
    let rest = rest.unwrap_or(path);
    if rest == "/gates" || rest.starts_with("/gates/") {
        format!("/v1{rest}")
    } else {
        path.to_owned()
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (mut left, mut right) = (template.split('/'), path.split('/'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(l), Some(r)) if l == r || (l.starts_with('{') && !r.is_empty()) => {}
            _ => return false,
        }
    }
}
