//! What a check is, before anybody knows a tenant: bytes and headers in, a question out. One file
//! for each way to ask.

mod agent;
mod asked;
mod credential;
mod idempotency;
mod inquiry;
mod members;
mod request_error;
mod rpc;
mod supposition;
mod tool_call;
mod unit;

pub(crate) use agent::{Agent, Call};
pub(crate) use asked::{Asked, Asker, MAX_CHECK_BYTES};
pub(crate) use inquiry::Inquiry;
pub(crate) use request_error::RequestError;
pub(crate) use rpc::{Envelope, RpcFault, Unreadable, rpc_codes};
pub(crate) use supposition::{SupposedCheck, Supposition, Who};
pub(crate) use tool_call::{ToolCall, ToolCallError};
pub(crate) use unit::read_unit;
