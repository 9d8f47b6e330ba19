use serde_json::Value;

/// What somebody was told, to the byte.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// In order; without the date.
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// What two good answers to one question may differ in: what was made, and when.
const MADE: [&str; 17] = [
    "attestation",
    "attestation_id",
    "counted_to",
    "decision_id",
    "engaged_at",
    "epoch",
    "evaluated_at",
    "jti",
    "known_to",
    "latency_ms",
    "released_at",
    "revocation_id",
    "revoked_at",
    "size",
    "switch_id",
    "token",
    "updated_at",
];

impl Answer {
    pub(super) async fn of(answer: reqwest::Response) -> Self {
        let status = answer.status().as_u16();
        let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
        let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
        let mut headers: Vec<_> = headers.filter(|(name, _)| name != "date").collect();
        headers.sort();
        Self { status, headers, body: answer.text().await.unwrap() }
    }

    pub(super) const fn is_good(&self) -> bool {
        200 <= self.status && self.status < 300
    }

    /// Whether a thing stands in it.
    pub(super) fn shows(&self, thing: &str) -> bool {
        self.body.contains(thing) || self.headers.iter().any(|(_, value)| value.contains(thing))
    }

    /// The answer with every thing that was sent called by its kind.
    pub(super) fn without(mut self, sent: &[(String, String)]) -> Self {
        let mut sent: Vec<_> = sent.iter().collect();
        sent.sort_by_key(|(_, thing)| std::cmp::Reverse(thing.len()));
        for (kind, thing) in sent {
            self.body = self.body.replace(thing, &format!("<{kind}>"));
            for (_, value) in &mut self.headers {
                *value = value.replace(thing, &format!("<{kind}>"));
            }
        }
        self
    }

    /// Whether it can be told from another: by any byte of a refusal, by anything of a good answer
    /// that was not just made.
    pub(super) fn differs_from(&self, other: &Self) -> bool {
        if !self.is_good() || !other.is_good() {
            return (self.status, &self.headers, &self.body)
                != (other.status, &other.headers, &other.body);
        }
        let told = |answer: &Self| {
            let body =
                serde_json::from_str(&answer.body).unwrap_or_else(|_| answer.body.clone().into());
            (answer.status, unmade(body))
        };
        told(self) != told(other)
    }
}

fn unmade(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(name, _)| !MADE.contains(&name.as_str()));
            kept.map(|(name, value)| (name, unmade(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(unmade).collect(),
        other => other,
    }
}
