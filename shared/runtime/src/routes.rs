use std::collections::{BTreeMap, BTreeSet};

use gw_web::Lists;
use serde::Serialize;
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{Operation, Parameter, ParameterIn, PathItem},
};

use crate::{Description, RuntimeError};

/// Where gate routes stand: our own prefix, and those of compatible clients.
pub const MOUNTS: [&str; 4] = ["/v1", "/api/v1", "/api", ""];

/// One route, and the service that owns it: one row of `routes.json`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RouteRow {
    /// The path behind the mount.
    pub path: String,
    /// The HTTP method, in capitals.
    pub method: String,
    /// What may stand in front of the path.
    pub mounts: Vec<&'static str>,
    /// The owner.
    pub service: &'static str,
}

/// Collects who owns what, and finds whoever claims it again.
#[derive(Default)]
pub(crate) struct Owners {
    rows: Vec<RouteRow>,
    claimed: BTreeMap<(String, String), &'static str>,
    spelled: BTreeMap<String, String>,
}

impl Owners {
    pub(crate) fn claim(
        &mut self,
        service: &'static str,
        description: &Description,
    ) -> Result<(), RuntimeError> {
        self.claim_all(service, &description.routes, &[""])?;
        self.claim_all(service, &description.gate_routes, &MOUNTS)
    }

    fn claim_all(
        &mut self,
        service: &'static str,
        document: &OpenApi,
        mounts: &[&'static str],
    ) -> Result<(), RuntimeError> {
        for (path, item) in &document.paths.paths {
            for (method, _) in operations(item) {
                for mount in mounts {
                    self.claim_one(service, method, &format!("{mount}{path}"))?;
                }
                let (path, method) = (path.clone(), method.to_owned());
                self.rows.push(RouteRow { path, method, mounts: mounts.to_vec(), service });
            }
        }
        Ok(())
    }

    fn claim_one(
        &mut self,
        service: &'static str,
        method: &str,
        path: &str,
    ) -> Result<(), RuntimeError> {
        let shape = shape(path);
        let spelled = self.spelled.entry(shape.clone()).or_insert_with(|| path.to_owned());
        if spelled != path {
            let text = format!("{path} and {spelled} are one path with two spellings");
            return Err(RuntimeError::Config(text));
        }
        match self.claimed.insert((method.to_owned(), shape), service) {
            None => Ok(()),
            Some(first) => Err(RuntimeError::DuplicateRoute {
                method: method.to_owned(),
                path: path.to_owned(),
                first: first.to_owned(),
                second: service.to_owned(),
            }),
        }
    }

    pub(crate) fn into_rows(mut self) -> Vec<RouteRow> {
        self.rows.sort();
        self.rows
    }
}

/// Adds what is described as a list, at each of its mounts: whatever takes a `cursor`.
pub(crate) fn add_lists(lists: &mut Lists, description: &Description) {
    let documents = [(&description.routes, &[""][..]), (&description.gate_routes, &MOUNTS)];
    for (document, mounts) in documents {
        for (path, item) in &document.paths.paths {
            let parameters = item.get.as_ref().map(query_parameters).unwrap_or_default();
            if parameters.contains("cursor") {
                for mount in mounts {
                    lists.add(format!("{mount}{path}"), parameters.clone());
                }
            }
        }
    }
}

fn query_parameters(operation: &Operation) -> BTreeSet<String> {
    let inline = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) => Some(parameter.clone()),
        RefOr::Ref(_) => None,
    };
    let parameters = operation.parameters.iter().flatten().filter_map(inline);
    let query = parameters.filter(|parameter| parameter.parameter_in == ParameterIn::Query);
    query.map(|parameter| parameter.name).collect()
}

/// The path with its parameters' names left out: two paths of one shape cannot be told apart.
fn shape(path: &str) -> String {
    let segment = |part: &str| {
        if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() }
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// The operations of one path, by method.
pub(crate) fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [
        ("GET", &item.get),
        ("PUT", &item.put),
        ("POST", &item.post),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
}
