//! What a check is, before anybody knows a tenant: bytes and headers in, a question out.

mod asked;
mod credential;
mod members;
mod request_error;

pub(crate) use asked::Asked;
pub(crate) use request_error::RequestError;
