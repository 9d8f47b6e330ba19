//! What has to be done so that a tenant is what a file says: nothing where it is so already.

use std::{collections::BTreeMap, fmt};

use reqwest::Method;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    document::{ApiKey, Document, Gate, Operator},
    fetch::Tenant,
};

/// One step, and the request that makes it.
pub(super) struct Step {
    sign: char,
    what: String,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Value,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.sign, self.what)
    }
}

/// What is to be done, in order, and what cannot be.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// What the file asks for and nobody can do.
    pub(super) impossible: Vec<String>,
    /// What there is and the file does not name.
    pub(super) left_alone: Vec<String>,
}

/// Compares. What the file does not name is removed with `prune`; the key that asks never is.
pub(super) fn plan(
    file: &Document,
    tenant: &Tenant,
    prune: bool,
    asks: impl Fn(&ApiKey) -> bool,
) -> Plan {
    let mut plan = Plan::default();
    plan.gates(file.gates.as_deref(), &tenant.gates);
    plan.operators(file.operators.as_deref(), &tenant.operators);
    let ids: BTreeMap<String, &str> =
        tenant.operators.iter().map(|(id, it)| (it.mail.to_lowercase(), id.as_str())).collect();
    let mut removals = plan.keys(file.api_keys.as_deref(), &tenant.api_keys, &ids, asks);
    removals.extend(unnamed_gates(file.gates.as_deref(), &tenant.gates));
    removals.extend(unnamed_operators(file.operators.as_deref(), &tenant.operators));
    if prune {
        plan.steps.extend(removals);
    } else {
        plan.left_alone = removals.into_iter().map(|step| step.what).collect();
    }
    plan
}

impl Plan {
    /// Whether a step makes a key, whose secret somebody has to keep.
    pub(super) fn makes_keys(&self) -> bool {
        self.steps.iter().any(|step| step.path == KEYS && step.method == Method::POST)
    }

    fn step(&mut self, sign: char, what: String, method: Method, path: String, body: Value) {
        self.steps.push(Step { sign, what, method, path, body });
    }

    fn gates(&mut self, wanted: Option<&[Gate]>, there: &[Gate]) {
        for gate in wanted.into_iter().flatten() {
            let what = format!("gate {}", gate.gate_id);
            let path = format!("/v1/gates/{}", gate.gate_id);
            let Some(now) = there.iter().find(|it| it.gate_id == gate.gate_id) else {
                if gate.has_no_name() {
                    let why = "is not there, and only the server gives ids: give it a name";
                    self.impossible.push(format!("{what} {why}"));
                } else if gate.state == "active" {
                    self.step('+', what, Method::POST, "/v1/gates".to_owned(), said(gate));
                } else {
                    self.impossible.push(format!("{what}: a new gate is active"));
                }
                continue;
            };
            if now.state != gate.state {
                let (method, path) = match gate.state.as_str() {
                    "active" => (Method::POST, format!("{path}/restore")),
                    _ => (Method::DELETE, path.clone()),
                };
                let what = format!("{what}: state {} -> {}", now.state, gate.state);
                self.step('~', what, method, path, json!({}));
            }
            self.change(what, path, &said(now), &said(gate));
        }
    }

    fn operators(&mut self, wanted: Option<&[Operator]>, there: &[(String, Operator)]) {
        for operator in wanted.into_iter().flatten() {
            let what = format!("operator {}", operator.mail);
            let same = |it: &&(String, Operator)| is(&it.1.mail, &operator.mail);
            let Some((id, now)) = there.iter().find(same) else {
                if operator.state == "active" {
                    let path = "/v1/admin/operators".to_owned();
                    self.step('+', what, Method::POST, path, said_of(operator));
                } else {
                    self.impossible.push(format!("{what}: a new operator is active"));
                }
                continue;
            };
            let path = format!("/v1/admin/operators/{id}");
            if now.state != operator.state {
                let verb = if operator.state == "active" { "resume" } else { "suspend" };
                let what = format!("{what}: state {} -> {}", now.state, operator.state);
                self.step('~', what, Method::POST, format!("{path}/{verb}"), json!({}));
            }
            self.change(what, path, &said_of(now), &said_of(operator));
        }
    }

    /// Plans what is missing, and answers what nobody names.
    fn keys(
        &mut self,
        wanted: Option<&[ApiKey]>,
        there: &[ApiKey],
        operators: &BTreeMap<String, &str>,
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
            })
            .collect()
    }

    fn make_key(&mut self, key: &ApiKey, what: String, operators: &BTreeMap<String, &str>) {
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
        if let Some(mail) = &key.operator {
            let Some(id) = operators.get(&mail.to_lowercase()) else {
                let why =
                    format!("{what}: operator {mail} is not there yet: apply again after it is");
                self.impossible.push(why);
                return;
            };
            add("operator_id", json!(id));
        }
        self.step('+', what, Method::POST, KEYS.to_owned(), body);
    }

    fn keep_key(
        &mut self,
        key: &ApiKey,
        now: &ApiKey,
        what: &str,
        named: &mut Vec<Option<gw_kernel::ApiKeyId>>,
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

    fn change(&mut self, what: String, path: String, now: &Value, wanted: &Value) {
        let changes = differences(now, wanted);
        if changes.is_empty() {
            return;
        }
        let body: Map<String, Value> =
            changes.iter().map(|(member, (_, to))| (member.clone(), to.clone())).collect();
        let what = format!("{what}: {}", told(&changes));
        self.step('~', what, Method::PATCH, path, body.into());
    }
}

const KEYS: &str = "/v1/admin/api-keys";

fn unnamed_gates(wanted: Option<&[Gate]>, there: &[Gate]) -> Vec<Step> {
    let Some(wanted) = wanted else { return Vec::new() };
    let unnamed = there.iter().filter(|it| it.state == "active");
    let unnamed = unnamed.filter(|it| !wanted.iter().any(|gate| gate.gate_id == it.gate_id));
    unnamed
        .map(|gate| Step {
            sign: '-',
            what: format!("gate {}", gate.gate_id),
            method: Method::DELETE,
            path: format!("/v1/gates/{}", gate.gate_id),
            body: json!({ "reason": "not in the applied file" }),
        })
        .collect()
}

fn unnamed_operators(wanted: Option<&[Operator]>, there: &[(String, Operator)]) -> Vec<Step> {
    let Some(wanted) = wanted else { return Vec::new() };
    let unnamed = there.iter().filter(|(_, it)| it.state == "active");
    let unnamed = unnamed.filter(|(_, it)| !wanted.iter().any(|other| is(&other.mail, &it.mail)));
    unnamed
        .map(|(id, operator)| Step {
            sign: '-',
            what: format!("operator {}", operator.mail),
            method: Method::POST,
            path: format!("/v1/admin/operators/{id}/suspend"),
            body: json!({ "reason": "not in the applied file" }),
        })
        .collect()
}

/// A gate as a request says it.
fn said(gate: &Gate) -> Value {
    let Gate { gate_id, name, description, profile, mode, signing, is_discoverable, .. } = gate;
    json!({ "gate_id": gate_id, "name": name, "description": description, "profile": profile,
        "mode": mode, "signing": signing, "is_discoverable": is_discoverable })
}

fn said_of(operator: &Operator) -> Value {
    let Operator { mail, name, roles, .. } = operator;
    json!({ "mail": mail, "name": name, "roles": roles })
}

fn is(mail: &str, other: &str) -> bool {
    mail.to_lowercase() == other.to_lowercase()
}

type Differences = BTreeMap<String, (Value, Value)>;

/// Every member that is another.
fn differences(now: &impl Serialize, wanted: &impl Serialize) -> Differences {
    let (now, wanted) = (json!(now), json!(wanted));
    let names = [&now, &wanted].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
    let pair = |name: &String| (name.clone(), (now[name].clone(), wanted[name].clone()));
    names.map(pair).filter(|(_, (now, wanted))| now != wanted).collect()
}

fn told(differences: &Differences) -> String {
    let one = |(member, (now, to)): (&String, &(Value, Value))| format!("{member} {now} -> {to}");
    differences.iter().map(one).collect::<Vec<_>>().join(", ")
}
