use serde_json::Value;

/// Something that the product can be asked for, as it says itself.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    /// As it is documented: `/v1/gates/{gate}`.
    pub(super) path: String,
    /// The names of its query parameters.
    pub(super) query: Vec<String>,
    /// What stands before the rest of the path: `/v1`, and on some routes others too.
    pub(super) mounts: Vec<String>,
}

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// Every operation of the document, in its order.
pub(super) fn operations(document: &Value) -> Vec<Operation> {
    let routes = gatewright::schema::documents().unwrap().remove("routes.json").unwrap();
    let routes: Value = serde_json::from_str(&routes).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, described) in item.as_object().unwrap() {
            if METHODS.contains(&method.as_str()) {
                operations.push(Operation::read(path, method, described, &routes));
            }
        }
    }
    operations
}

impl Operation {
    fn read(path: &str, method: &str, described: &Value, routes: &Value) -> Self {
        let method = method.to_ascii_uppercase();
        let parameters = described["parameters"].as_array().cloned().unwrap_or_default();
        let query = parameters.iter().filter(|one| one["in"] == "query");
        let id = described["operationId"].as_str();
        Self {
            id: id.unwrap_or_else(|| panic!("{method} {path} has no operation id")).to_owned(),
            query: query.map(|one| one["name"].as_str().unwrap().to_owned()).collect(),
            mounts: mounts(routes, &method, path),
            path: path.to_owned(),
            method,
        }
    }

    /// Whether an example's request goes to this path.
    pub(super) fn is_at(&self, request: &str) -> bool {
        let path = request.split(['?', ' ']).next().unwrap_or_default();
        let (mut here, mut there) = (self.path.split('/'), path.split('/'));
        loop {
            match (here.next(), there.next()) {
                (None, None) => return true,
                (Some(here), Some(there)) if here == there => {}
                (Some(here), Some(there)) if here.starts_with('{') && there.starts_with('<') => {}
                _ => return false,
            }
        }
    }
}

fn mounts(routes: &Value, method: &str, path: &str) -> Vec<String> {
    let rest = path.strip_prefix("/v1");
    let is_it = |route: &&Value| {
        let said = route["path"].as_str();
        route["method"] == method && (said == Some(path) || (said.is_some() && said == rest))
    };
    let route = routes.as_array().unwrap().iter().find(is_it);
    let route = route.unwrap_or_else(|| panic!("routes.json lacks {method} {path}"));
    let mounts = route["mounts"].as_array().cloned().unwrap_or_default();
    mounts.iter().map(|mount| mount.as_str().unwrap().to_owned()).collect()
}
