//! The only SQL. No statement names the tenant: the column default writes it and the policy reads it.

pub(crate) mod endings;
pub(crate) mod revocations;
pub(crate) mod root_keys;
pub(crate) mod tenants;
