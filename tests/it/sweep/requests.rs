use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};

use super::{
    answer::Answer, callers::Caller, examples::Example, operations::Operation, things::Things,
};
use crate::server::Server;

static FRESH: AtomicU32 = AtomicU32::new(0);

/// What stands in a request in place of its `<kind>`s: some of them a stranger's or nobody's, the
/// others the caller's own.
pub(super) struct Choice<'a> {
    pub(super) own: &'a Things,
    pub(super) other: &'a Things,
    /// The kinds that are the other's.
    pub(super) others: BTreeSet<String>,
    /// Which spelling of the other's.
    pub(super) spelling: usize,
}

impl Choice<'_> {
    fn thing(&self, kind: &str) -> String {
        if kind == "fresh" {
            return format!("fresh{}", FRESH.fetch_add(1, Ordering::Relaxed));
        }
        if self.others.contains(kind) {
            return self.other.get(kind, self.spelling % self.other.spellings(kind)).to_owned();
        }
        self.own.get(kind, 0).to_owned()
    }
}

/// The kinds that a text has places for.
pub(super) fn kinds(text: &str) -> BTreeSet<String> {
    let starts = text.split('<').skip(1);
    starts.filter_map(|rest| Some(rest.split_once('>')?.0.to_owned())).collect()
}

/// Every kind that the example or its caller has a place for, but for what is made up each time.
pub(super) fn kinds_of(example: &Example, caller: &Caller) -> BTreeSet<String> {
    let mut all = kinds(example.request);
    all.extend(kinds(example.body));
    all.extend(caller.headers.iter().flat_map(|(_, value)| kinds(value)));
    all.remove("fresh");
    all
}

/// Asks, and answers with every other's thing called by its kind.
pub(super) async fn ask(
    server: &Server,
    operation: &Operation,
    (example, mount): (&Example, Option<&str>),
    caller: &Caller,
    choice: &Choice<'_>,
) -> Answer {
    let mut sent = Vec::new();
    let mut fill = |text: &str| {
        let mut filled = text.to_owned();
        for kind in kinds(text) {
            let thing = choice.thing(&kind);
            filled = filled.replace(&format!("<{kind}>"), &thing);
            if kind == "fresh" || choice.others.contains(&kind) {
                sent.push((kind, thing));
            }
        }
        filled
    };
    let mut parts = example.request.split(' ');
    let mut path = fill(parts.next().unwrap_or_default());
    if let Some(mount) = mount {
        path = path.replacen("/v1", mount, 1);
    }
    let url = format!("{}{path}", server.ready.base_url);
    let mut request = server.client.request(operation.method.parse().unwrap(), url);
    request = request.header("x-request-id", "sweep");
    for (name, value) in parts.filter_map(|header| header.split_once(':')) {
        request = request.header(name, fill(value));
    }
    for (name, value) in &caller.headers {
        request = request.header(*name, fill(value));
    }
    if !example.body.is_empty() {
        let body = fill(example.body);
        request = request.header("content-type", "application/json").body(body);
    }
    Answer::of(request.send().await.unwrap()).await.without(&sent)
}
