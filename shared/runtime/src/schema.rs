use std::collections::BTreeSet;

use gw_web::{FieldProblem, ProblemBody, Registry};
use schemars::Schema as JsonSchema;
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, Info, InfoBuilder, LicenseBuilder, Object, ObjectBuilder, OpenApi,
        OpenApiBuilder, Ref, RefOr, Required, ResponseBuilder,
        path::{Operation, ParameterBuilder, ParameterIn, PathItem},
        schema::Type,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{Description, RouteRow, RuntimeError, registered::Registered, routes::Owners};

/// Everything that is known of the API without a database: what `web-api-schema/` is made of.
pub struct Schema {
    /// All services' operations in one document.
    pub openapi: OpenApi,
    /// The same, service by service.
    pub services: Vec<(&'static str, OpenApi)>,
    /// Who owns which route.
    pub routes: Vec<RouteRow>,
    /// Every code, with what to do.
    pub problems: Registry,
    /// What a configuration file may say.
    pub config: JsonSchema,
}

/// Documents these services, and refuses two that claim one route or one operation's name.
pub(crate) fn of(services: &[Registered]) -> Result<Schema, RuntimeError> {
    let mut owners = Owners::default();
    let mut documents = Vec::new();
    for service in services {
        let description = (service.describe)();
        owners.claim(service.name, &description)?;
        documents.push((service.name, document(service.name, description)));
    }
    let merge = |whole: OpenApi, (_, part): &(_, OpenApi)| whole.merge_from(part.clone());
    let openapi = documents.iter().fold(empty(), merge);
    unique_operations(&openapi)?;
    let problems: Vec<_> = services.iter().map(|service| service.problems).collect();
    Ok(Schema {
        openapi,
        services: documents,
        routes: owners.into_rows(),
        problems: Registry::new(&problems),
        config: config(services),
    })
}

/// One service's document: its gate routes under `/v1`, its operations named after it.
pub(crate) fn document(service: &str, description: Description) -> OpenApi {
    let whole = empty().merge_from(description.routes);
    let mut whole = whole.nest("/v1", description.gate_routes);
    for item in whole.paths.paths.values_mut() {
        for operation in changing_mut(item) {
            may_be_repeated(operation);
        }
        for operation in operations_mut(item) {
            let name = operation.operation_id.take().unwrap_or_default();
            let named = if name.contains('.') { name } else { format!("{service}.{name}") };
            operation.operation_id = Some(named);
            operation.tags.get_or_insert_with(|| vec![service.to_owned()]);
        }
    }
    whole
}

/// A document without operations: what every document of ours begins with.
pub(crate) fn empty() -> OpenApi {
    let mut components = Components::new();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key: `gw_<tenant>_<key>_<secret>`"))
        .build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.schemas.insert(ProblemBody::name().into_owned(), ProblemBody::schema());
    components.schemas.insert(FieldProblem::name().into_owned(), FieldProblem::schema());
    let mut referenced = Vec::new();
    <ProblemBody as ToSchema>::schemas(&mut referenced);
    components.schemas.extend(referenced);
    OpenApiBuilder::new()
        .info(info())
        .components(Some(components))
        .security(Some([SecurityRequirement::new("bearer", [""; 0])]))
        .build()
}

fn info() -> Info {
    InfoBuilder::new()
        .title("Gatewright")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Decides what software agents may do, and can prove what it decided."))
        .license(Some(
            LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build(),
        ))
        .build()
}

fn unique_operations(document: &OpenApi) -> Result<(), RuntimeError> {
    let mut seen = BTreeSet::new();
    for item in document.paths.paths.values() {
        for (_, operation) in crate::routes::operations(item) {
            let name = operation.operation_id.clone().unwrap_or_default();
            if !seen.insert(name.clone()) {
                return Err(RuntimeError::DuplicateOperation(name));
            }
        }
    }
    Ok(())
}

fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete]
        .into_iter()
        .flatten()
}

fn changing_mut(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.put, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten()
}

/// Every operation that changes something takes a key, and says so here rather than by itself.
fn may_be_repeated(operation: &mut Operation) {
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "1 to 256 bytes that name this request: sent again within 24 hours, it does nothing \
             twice and gets the first answer (kept sealed, with what it shows once), with \
             `Idempotency-Replayed: true`",
        ))
        .schema(Some(text_of(1, 256)))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(key));
    let problem = Content::new(Some(Ref::from_schema_name(ProblemBody::name())));
    let conflict = ResponseBuilder::new()
        .description(
            "A problem; among others, that the idempotency key was used for another request, or \
             that the request is still being worked on",
        )
        .content("application/problem+json", problem)
        .build();
    operation.responses.responses.entry("409".to_owned()).or_insert(RefOr::T(conflict));
}

fn text_of(shortest: usize, longest: usize) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(shortest))
        .max_length(Some(longest))
        .build()
}

/// The process's own keys, and one table for each service.
fn config(services: &[Registered]) -> JsonSchema {
    let mut whole = schemars::schema_for!(crate::Config).to_value();
    for service in services {
        let mut table = (service.config_schema)().to_value();
        if let Some(table) = table.as_object_mut() {
            table.remove("$schema");
            if let Some(Value::Object(shared)) = table.remove("$defs") {
                for (name, schema) in shared {
                    whole["$defs"][name] = schema;
                }
            }
        }
        whole["properties"][service.name] = table;
    }
    whole["additionalProperties"] = false.into();
    whole.try_into().unwrap_or_default()
}
