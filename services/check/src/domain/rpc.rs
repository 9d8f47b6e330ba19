//! JSON-RPC 2.0 as agents speak it (MCP), read strictly: what two readers could understand
//! differently is not a request.

use std::collections::BTreeMap;

use gw_crypto::strict;
use serde_json::{Value, value::RawValue};

use super::{
    Call, RequestError,
    asked::{MAX_ACTION_BYTES, MAX_DEPTH},
    members,
};

/// The codes of errors that are about the request, as JSON-RPC 2.0 numbers them.
pub(crate) mod rpc_codes {
    /// Not JSON, or JSON that could be read in two ways.
    pub(crate) const PARSE_ERROR: i32 = -32700;
    /// JSON, and not a request.
    pub(crate) const INVALID_REQUEST: i32 = -32600;
    /// There is no such method.
    pub(crate) const METHOD_NOT_FOUND: i32 = -32601;
    /// The method's parameters are not what it takes.
    pub(crate) const INVALID_PARAMS: i32 = -32602;
    /// Something went wrong on our side.
    pub(crate) const INTERNAL_ERROR: i32 = -32603;
}

const ENVELOPE: &[&str] = &["jsonrpc", "id", "method", "params"];
const PARAMS: &[&str] = &["name", "arguments"];
const BAD_PARAMS: &str = "invalid tools/call params";

/// One request or notification.
pub(crate) struct Envelope<'a> {
    /// Text or a number, as it was spelled; `null`; or absent, in a notification.
    pub(crate) id: Option<&'a RawValue>,
    /// What is asked for.
    pub(crate) method: String,
    params: Option<&'a RawValue>,
}

/// An error as JSON-RPC has it.
#[derive(Debug)]
pub(crate) struct RpcFault {
    /// The number.
    pub(crate) code: i32,
    /// What kind of error it is, in a few words that stay the same.
    pub(crate) message: String,
    /// What is the matter this time.
    pub(crate) data: Option<String>,
}

/// Bytes that are no request, and the id that stands in them, if one can be read.
pub(crate) struct Unreadable<'a> {
    pub(crate) id: Option<&'a RawValue>,
    pub(crate) fault: RpcFault,
}

impl<'a> Envelope<'a> {
    /// Reads a request. Batches are not supported, as in MCP since 2025-06-18.
    ///
    /// # Errors
    /// `-32700` for what has not one meaning, `-32600` for what is not a request.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Unreadable<'a>> {
        let members = read_members(bytes).map_err(|fault| Unreadable { id: None, fault })?;
        let id = members.get("id").copied();
        if id.is_some_and(|id| id.get().starts_with(['{', '[', 't', 'f'])) {
            let fault = invalid_request("`id` must be a string, a number or null");
            return Err(Unreadable { id: None, fault });
        }
        let refuse = |why| Unreadable { id, fault: invalid_request(why) };
        if text(&members, "jsonrpc").as_deref() != Some("2.0") {
            return Err(refuse("`jsonrpc` must be \"2.0\""));
        }
        let method = text(&members, "method").filter(|method| !method.is_empty());
        let method = method.ok_or_else(|| refuse("`method` is missing"))?;
        Ok(Self { id, method, params: members.get("params").copied() })
    }

    /// The parameters of `tools/call`. Members that are not known are ignored.
    ///
    /// # Errors
    /// `-32602`.
    pub(crate) fn call(&self) -> Result<Call, RpcFault> {
        let bad = |why: String| RpcFault::invalid_params(BAD_PARAMS, Some(why));
        let params = self.params.ok_or_else(|| bad("`params` is missing".to_owned()))?;
        let parsed = strict::parse(params.get().as_bytes(), MAX_DEPTH);
        let Value::Object(mut params) = parsed.map_err(|error| bad(error.to_string()))? else {
            return Err(bad("`params` must be an object".to_owned()));
        };
        let read = |error: RequestError| bad(error.to_string());
        members::refuse_variants_of(PARAMS, params.keys(), "/params").map_err(read)?;
        let name = members::text(&params, "name", MAX_ACTION_BYTES).map_err(read)?;
        let name = name.filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| RpcFault::invalid_params("params.name is required", None))?;
        let action = name.to_owned();
        let arguments = members::object(&mut params, "arguments").map_err(read)?;
        Ok(Call { action, arguments })
    }
}

impl RpcFault {
    /// `-32602`.
    pub(crate) fn invalid_params(message: &str, data: Option<String>) -> Self {
        Self { code: rpc_codes::INVALID_PARAMS, message: message.to_owned(), data }
    }

    /// `-32700`.
    pub(crate) fn unparsed(message: &str, data: String) -> Self {
        let (code, message) = (rpc_codes::PARSE_ERROR, message.to_owned());
        Self { code, message, data: Some(data) }
    }

    /// The reason that is counted where a request is refused for it.
    pub(crate) const fn reason(&self) -> &'static str {
        match self.code {
            rpc_codes::PARSE_ERROR => "rpc.parse_error",
            rpc_codes::INVALID_REQUEST => "rpc.invalid_request",
            rpc_codes::METHOD_NOT_FOUND => "rpc.method_not_found",
            _ => "rpc.invalid_params",
        }
    }

    /// `-32601`.
    pub(crate) fn no_such_method(method: &str) -> Self {
        let message = format!("there is no method {method}");
        Self { code: rpc_codes::METHOD_NOT_FOUND, message, data: None }
    }
}

fn read_members(bytes: &[u8]) -> Result<BTreeMap<String, &RawValue>, RpcFault> {
    let members = strict::parse_object_raw(bytes, MAX_DEPTH)
        .map_err(|error| RpcFault::unparsed("invalid JSON", error.to_string()))?;
    members::refuse_variants_of(ENVELOPE, members.keys(), "")
        .map_err(|error| RpcFault::unparsed("invalid JSON", error.to_string()))?;
    Ok(members)
}

fn text(members: &BTreeMap<String, &RawValue>, name: &str) -> Option<String> {
    serde_json::from_str(members.get(name)?.get()).ok()
}

fn invalid_request(why: &str) -> RpcFault {
    RpcFault {
        code: rpc_codes::INVALID_REQUEST,
        message: "invalid request".to_owned(),
        data: Some(why.to_owned()),
    }
}
