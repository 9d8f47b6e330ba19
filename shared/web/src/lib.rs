//! What every HTTP surface of Gatewright has in common: who calls, how a request is read, how a
//! failure is told.
//!
//! Five promises are kept here so that no handler can break them.
//!
//! - **Who calls.** [`Caller<P>`] names the permission in a handler's signature and is the only
//!   way to an [`Identity`](gw_kernel::Identity): the tenant comes from a verified key, never
//!   from a path or a header. [`PlatformCaller<P>`] is the same for the people who run the
//!   service for all tenants.
//! - **What is read.** [`Json`] reads strictly: duplicate members, a byte order mark, NUL, a body
//!   too deep, text behind the value are all refused, and an error about a member carries its
//!   JSON pointer. An empty body is `{}`.
//! - **What is told.** A [`Problem`] (RFC 9457) is the one shape of a failure, made from any
//!   [`Fault`](gw_kernel::Fault). Its code is registered with advice ([`ProblemInfo`]); the text
//!   of an internal error stays in the log. [`finish`] puts the request id in, and the members
//!   that compatible clients look for.
//! - **What is taken.** A process works on so many requests at a time, and on each for so long
//!   ([`Limits`]): what is more is refused at once, and says when to come back.
//! - **What is done.** A request that changes something under an `Idempotency-Key` is done once, and
//!   answered alike for 24 hours: naming the caller in the signature is all that a handler does.
//!
//! There is no business here: nothing knows what a gate is. The one table that is read, the view
//! `tenants.published_keys`, is what "who calls" means.

pub mod api_key;
mod caller;
mod client_address;
mod extract;
mod faults;
mod fields;
mod finish;
mod idempotency_key;
mod if_match;
mod if_none_match;
mod json;
mod kept;
mod keys;
mod limits;
mod lists;
mod objects;
mod paging;
pub mod permissions;
mod platform;
mod problem;
mod problem_body;
mod registry;
mod repeat;
mod request_id;
mod surround;
mod written;

pub use caller::{AnyCaller, Caller};
pub use client_address::ClientAddress;
pub use extract::{Mount, Path, Query};
pub use faults::Faults;
pub use finish::finish;
pub use idempotency_key::{
    IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, IdempotencyKey, IdempotencyKeyError,
};
pub use if_match::{IfMatch, PreconditionFailed};
pub use if_none_match::{IfNoneMatch, NotModified};
pub use json::{Json, LenientJson, MAX_DEPTH, from_value, read_body, read_value};
pub use limits::{BodyTooSlow, InFlight, Limits};
pub use lists::Lists;
pub use paging::{CountQuery, Counted, List, PageQuery};
pub use permissions::Permission;
pub use platform::PlatformCaller;
pub use problem::{Answer, Problem};
pub use problem_body::{FieldProblem, ProblemBody, Problems};
pub use registry::{ProblemInfo, Registry, codes, problems};
pub use request_id::RequestId;
pub use surround::{Follow, Surround};
pub use written::{ETag, Tagged, Written};
