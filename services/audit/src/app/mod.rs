//! Reading a log, page by page, within one snapshot.

mod entries;
mod replay;
mod verify;

pub use replay::replay;
pub use verify::{Progress, verify};
