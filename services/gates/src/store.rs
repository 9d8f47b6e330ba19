//! The only SQL. No statement names the tenant: the column default writes it and the policy reads it.

pub(crate) mod directory;
pub(crate) mod gates;
pub(crate) mod keypairs;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod tenants;

mod gate_row;
