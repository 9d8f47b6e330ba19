//! The check path's side of the log: a decision becomes an answer only when its record is durable.

mod deciding;
mod error;
mod journal;
mod options;
mod signer;

pub use deciding::{DecideError, Decided, Deciding, SettledEntry};
pub use error::{JournalError, SubmitError};
pub use journal::{AnswerOf, Journal, Recorded, SubmitResult};
pub use options::{Health, JournalOptions};
pub use signer::{LogSigner, NoteSigner};
