use std::collections::BTreeSet;

use gw_kernel::ApiKeyId;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    KEYS, Plan, Step,
    differences::{differences, told},
};
use crate::declared::document::ApiKey;

impl Plan {
    /// Plans what is missing, and answers what nobody names.
    pub(super) fn keys(
        &mut self,
        wanted: Option<&[ApiKey]>,
        there: &[ApiKey],
        operators: &BTreeSet<String>,
        asks: impl Fn(&ApiKey) -> bool,
    ) -> Vec<Step> {
        let Some(wanted) = wanted else { return Vec::new() };
        let mut named = Vec::new();
        for key in wanted {
            let what = format!("api key {:?}", key.name);
            let by_id = there.iter().find(|it| key.key_id.is_some() && it.key_id == key.key_id);
            let by_name: Vec<&ApiKey> = there.iter().filter(|it| it.name == key.name).collect();
            match by_id.into_iter().chain(by_name).collect::<Vec<_>>()[..] {
                [] => self.make_key(key, what, operators),
                [now] => self.keep_key(key, now, &what, &mut named),
                [now, ..] if by_id.is_some() => self.keep_key(key, now, &what, &mut named),
                _ => {
                    self.impossible.push(format!("{what}: several have this name: give its key_id"))
                }
            }
        }
        let unnamed = there.iter().filter(|key| !named.contains(&key.key_id) && !asks(key));
        unnamed
            .map(|key| Step {
                sign: '-',
                what: format!("api key {:?} ({})", key.name, key.prefix.as_deref().unwrap_or("")),
                method: Method::POST,
                path: key.key_id.map_or_else(String::new, |id| format!("{KEYS}/{id}/revoke")),
                body: json!({ "reason": "not in the applied file" }),
                owner: None,
                by_platform: false,
            })
            .collect()
    }

    fn make_key(&mut self, key: &ApiKey, what: String, operators: &BTreeSet<String>) {
        let ApiKey { name, scopes, gates, checks_per_minute, expires_at, .. } = key;
        let mut body = json!({ "name": name, "scopes": scopes });
        let mut add = |member: &str, value: Value| {
            if !value.is_null() {
                body[member] = value;
            }
        };
        add("gates", json!(gates));
        add("checks_per_minute", json!(checks_per_minute));
        add("expires_at", json!(expires_at));
        let owner = key.operator.as_ref().map(|mail| mail.to_lowercase());
        if let Some(mail) = owner.as_ref().filter(|mail| !operators.contains(*mail)) {
            self.impossible
                .push(format!("{what}: operator {mail} is neither there nor in the file"));
            return;
        }
        let (method, path) = (Method::POST, KEYS.to_owned());
        self.steps.push(Step { sign: '+', what, method, path, body, owner, by_platform: false });
    }

    fn keep_key(
        &mut self,
        key: &ApiKey,
        now: &ApiKey,
        what: &str,
        named: &mut Vec<Option<ApiKeyId>>,
    ) {
        named.push(now.key_id);
        let plain = |key: &ApiKey| ApiKey {
            key_id: None,
            prefix: None,
            operator: key.operator.as_ref().map(|mail| mail.to_lowercase()),
            ..key.clone()
        };
        let changes = differences(&json!(plain(now)), &json!(plain(key)));
        if !changes.is_empty() {
            let what = format!("{what}: {}", told(&changes));
            let why = "a key is what it was made as: give the new one another name";
            self.impossible.push(format!("{what}: {why}"));
        }
    }
}
