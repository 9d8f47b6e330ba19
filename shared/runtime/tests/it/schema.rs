use gw_runtime::{Config, Host, MOUNTS, RuntimeError};

use crate::echo::{Echo, Rival};

fn host() -> Host {
    Host::new(Config::default())
}

#[test]
fn the_document_says_who_we_are_and_names_every_operation_once() {
    let schema = host().service::<Echo>().schema().unwrap();
    let document = serde_json::to_value(&schema.openapi).unwrap();
    assert_eq!(document["info"]["title"], "Gatewright");
    assert_eq!(document["info"]["license"]["name"], "Apache-2.0");
    assert_eq!(document["paths"]["/v1/echo/{gate}"]["get"]["operationId"], "echo.gate");
    assert_eq!(document["paths"]["/v1/slow"]["get"]["operationId"], "echo.slow");
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    let problem = &document["paths"]["/v1/slow"]["get"]["responses"]["default"]["content"];
    let reference = &problem["application/problem+json"]["schema"]["$ref"];
    assert_eq!(reference, "#/components/schemas/Problem");
    for component in ["Problem", "FieldProblem", "ErrorMember", "Scope"] {
        assert!(document["components"]["schemas"][component].is_object(), "{component}");
    }
}

#[test]
fn a_route_says_where_it_stands_and_whose_it_is() {
    let rows = host().service::<Echo>().schema().unwrap().routes;
    let paths: Vec<_> = rows.iter().map(|row| (row.path.as_str(), row.mounts.clone())).collect();
    assert_eq!(paths[0], ("/echo/{gate}", MOUNTS.to_vec()));
    assert!(paths.contains(&("/v1/slow", vec![""])));
    assert!(rows.iter().all(|row| row.service == "echo"));
}

#[test]
fn two_services_cannot_own_one_route() {
    let refused = host().service::<Echo>().service::<Rival>().schema();
    assert!(matches!(refused.err(), Some(RuntimeError::DuplicateRoute { .. })));
}

#[test]
fn the_configurations_schema_has_a_table_for_each_service() {
    let schema = host().service::<Echo>().schema().unwrap().config;
    let value = schema.to_value();
    assert_eq!(value["additionalProperties"], false);
    assert!(value["properties"]["echo"]["properties"]["greeting"].is_object());
    assert!(value["properties"]["database"].is_object());
    assert!(value["$defs"]["Nested"].is_object());
}
