use std::collections::{BTreeSet, HashMap};

use axum::extract::Query;
use http::{Method, Uri};

use crate::{Problem, codes};

/// The lists of a process, and what each may be asked for in its query string.
///
/// A list takes the parameters that its description names, and no others: a filter that is not
/// there, or has a slip in its name, must not be answered with everything.
#[derive(Debug, Clone, Default)]
pub struct Lists(HashMap<String, BTreeSet<String>>);

impl Lists {
    /// Adds a list: its route as it is matched, and the names of its parameters.
    pub fn add(&mut self, route: impl Into<String>, parameters: BTreeSet<String>) {
        self.0.insert(route.into(), parameters);
    }

    /// The problem of a request to a list that names something else.
    pub(crate) fn refuse(&self, method: &Method, route: &str, uri: &Uri) -> Option<Problem> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        let known = self.0.get(route)?;
        // What cannot be read is refused by whoever reads it.
        let Query(sent) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
        let (unknown, _) = sent.into_iter().find(|(name, _)| !known.contains(name))?;
        let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
        let unknown: String = unknown.chars().take(64).collect();
        let detail = format!("`{unknown}` is no parameter of this list: {}", known.join(", "));
        Some(Problem::new(&codes::UNKNOWN_PARAMETER, detail))
    }
}
