//! The only SQL of this service; one file per table. The tenant is in no statement: the column's
//! default fills it in and the policy filters by it.

pub(crate) mod api_keys;
pub(crate) mod data_keys;
pub(crate) mod gates;
pub(crate) mod kill_switches;
pub(crate) mod limits;
pub(crate) mod log_keys;
pub(crate) mod operators;
pub(crate) mod secrets;
pub(crate) mod tenants;

use sea_query::Iden;

/// Where this service's tables are.
#[derive(Iden)]
pub(crate) enum Schema {
    #[iden = "tenants"]
    Tenants,
}

/// A part of a name, as a pattern for `ilike` that means just that.
pub(crate) fn containing(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
