//! A tenant's configuration as a file: `gatewright export` writes it, `gatewright apply` makes a
//! tenant what it says, both through the API and with no more rights than their key has.
//!
//! What a file says of something is compared with what there is, and only the difference is sent, so
//! that what was exported changes nothing and what was applied changes nothing twice. Gates are told
//! apart by their name (`gate_id`), operators by their mail address, API keys by their name among
//! those that are not revoked. What only the server can make (`key_id`, `public_key`, `prefix`) stands
//! in an export to be read, and is not compared. What a tenant's plan allows stands there too; only the
//! platform changes that, so that `apply` does with a platform key besides.

mod apply;
mod client;
mod document;
mod export;
mod fetch;
mod limits;
mod plan;

pub(crate) use apply::{Arguments as ApplyArguments, run as apply};
pub(crate) use export::{Arguments as ExportArguments, run as export};
