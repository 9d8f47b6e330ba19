//! What has to be done so that a tenant is what a file says: nothing where it is so already.

mod differences;
mod keys;
mod limits;

use std::{collections::BTreeSet, fmt};

use reqwest::Method;
use serde_json::{Map, Value, json};

use self::differences::{Differences, differences, told};
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
    /// The mail address of the operator whose it is to be, who may be made by a step before.
    pub(super) owner: Option<String>,
    /// Whether it takes the platform's key, and not the tenant's.
    pub(super) by_platform: bool,
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
    with_platform_key: bool,
    prune: bool,
    asks: impl Fn(&ApiKey) -> bool,
) -> Plan {
    let mut plan = Plan::default();
    plan.limits(file.limits.as_ref(), tenant.limits.as_ref(), with_platform_key);
    plan.gates(file.gates.as_deref(), &tenant.gates);
    plan.operators(file.operators.as_deref(), &tenant.operators);
    let named = file.operators.iter().flatten();
    let there = tenant.operators.iter().map(|(_, operator)| operator);
    let mails: BTreeSet<String> = named.chain(there).map(|it| it.mail.to_lowercase()).collect();
    let mut removals = plan.keys(file.api_keys.as_deref(), &tenant.api_keys, &mails, asks);
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
        self.steps.push(Step { sign, what, method, path, body, owner: None, by_platform: false });
    }

    fn gates(&mut self, wanted: Option<&[Gate]>, there: &[Gate]) {
        for gate in wanted.into_iter().flatten() {
            let what = format!("gate {}", gate.gate_id);
            let path = format!("/v1/gates/{}", gate.gate_id);
            let Some(now) = there.iter().find(|it| it.gate_id == gate.gate_id) else {
                if gate.has_no_name() {
                    let why = "is not there, and only the server gives ids: give it a name";
                    self.impossible.push(format!("{what} {why}"));
                } else if gate.state.is_active() {
                    self.step('+', what, Method::POST, "/v1/gates".to_owned(), said(gate));
                } else {
                    self.impossible.push(format!("{what}: a new gate is active"));
                }
                continue;
            };
            let changes = differences(&said(now), &said(gate));
            if !now.state.is_active() && !gate.state.is_active() && !changes.is_empty() {
                let why = "an archived gate does not change: restore it first";
                self.impossible.push(format!("{what}: {}: {why}", told(&changes)));
                continue;
            }
            let restore = (Method::POST, format!("{path}/restore"));
            let archive = (Method::DELETE, path.clone());
            let states = (now.state.to_string(), gate.state.to_string());
            self.become_so(what, path, changes, states, restore, archive);
        }
    }

    fn operators(&mut self, wanted: Option<&[Operator]>, there: &[(String, Operator)]) {
        for operator in wanted.into_iter().flatten() {
            let what = format!("operator {}", operator.mail);
            let same = |it: &&(String, Operator)| is(&it.1.mail, &operator.mail);
            let Some((id, now)) = there.iter().find(same) else {
                if operator.state.is_active() {
                    let path = "/v1/admin/operators".to_owned();
                    self.step('+', what, Method::POST, path, said_of(operator));
                } else {
                    self.impossible.push(format!("{what}: a new operator is active"));
                }
                continue;
            };
            let path = format!("/v1/admin/operators/{id}");
            let changes = differences(&said_of(now), &said_of(operator));
            let resume = (Method::POST, format!("{path}/resume"));
            let suspend = (Method::POST, format!("{path}/suspend"));
            let states = (now.state.to_string(), operator.state.to_string());
            self.become_so(what, path, changes, states, resume, suspend);
        }
    }

    /// Changes something while it is active, whatever it was and is to be.
    fn become_so(
        &mut self,
        what: String,
        path: String,
        changes: Differences,
        (now, wanted): (String, String),
        begin: (Method, String),
        end: (Method, String),
    ) {
        let turned = format!("{what}: state {now} -> {wanted}");
        if now != wanted && wanted == "active" {
            self.step('~', turned.clone(), begin.0, begin.1, json!({}));
        }
        if !changes.is_empty() {
            let what = format!("{what}: {}", told(&changes));
            let body: Map<String, Value> =
                changes.into_iter().map(|(member, (_, to))| (member, to)).collect();
            self.step('~', what, Method::PATCH, path, body.into());
        }
        if now != wanted && wanted != "active" {
            self.step('~', turned, end.0, end.1, json!({}));
        }
    }
}

const KEYS: &str = "/v1/admin/api-keys";

fn unnamed_gates(wanted: Option<&[Gate]>, there: &[Gate]) -> Vec<Step> {
    let Some(wanted) = wanted else { return Vec::new() };
    let unnamed = there.iter().filter(|it| it.state.is_active());
    let unnamed = unnamed.filter(|it| !wanted.iter().any(|gate| gate.gate_id == it.gate_id));
    unnamed
        .map(|gate| Step {
            sign: '-',
            what: format!("gate {}", gate.gate_id),
            method: Method::DELETE,
            path: format!("/v1/gates/{}", gate.gate_id),
            body: json!({ "reason": "not in the applied file" }),
            owner: None,
            by_platform: false,
        })
        .collect()
}

fn unnamed_operators(wanted: Option<&[Operator]>, there: &[(String, Operator)]) -> Vec<Step> {
    let Some(wanted) = wanted else { return Vec::new() };
    let unnamed = there.iter().filter(|(_, it)| it.state.is_active());
    let unnamed = unnamed.filter(|(_, it)| !wanted.iter().any(|other| is(&other.mail, &it.mail)));
    unnamed
        .map(|(id, operator)| Step {
            sign: '-',
            what: format!("operator {}", operator.mail),
            method: Method::POST,
            path: format!("/v1/admin/operators/{id}/suspend"),
            body: json!({ "reason": "not in the applied file" }),
            owner: None,
            by_platform: false,
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
