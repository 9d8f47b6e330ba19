//! Reading a log, page by page, within one snapshot; following it as it grows, and
//! forgetting what is past its retention.

mod entries;
pub(crate) mod follow;
pub(crate) mod forget;
mod read_history;
mod read_usage;
mod replay;
mod verify;

pub(crate) use read_history::{
    History, Part, history, history_of, history_of_any, history_of_gate, history_of_own,
    history_of_platform,
};
pub(crate) use read_usage::usage;
pub use replay::replay;
pub use verify::{Progress, verify};
