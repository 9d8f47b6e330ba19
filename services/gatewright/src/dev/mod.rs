//! `gatewright dev`: everything on a laptop, with real parts.

mod banner;
mod home;
mod provision;
mod start;

pub(crate) use home::write_private;
pub(crate) use start::{Arguments, run};
