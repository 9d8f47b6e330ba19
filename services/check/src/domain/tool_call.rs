use gw_crypto::strict;
use gw_kernel::Fault as _;
use serde_json::Value;

use super::{
    Agent, Call, RequestError,
    asked::{MAX_ACTION_BYTES, MAX_DEPTH},
    members,
};

const MEMBERS: &[&str] = &["tool", "args", "agent_id", "session_id", "intent_token"];
const MAX_AGENT_BYTES: usize = 512;
const MAX_SESSION_BYTES: usize = 256;
const MAX_TOKEN_BYTES: usize = 16_384;

/// One call of a tool, as the plain surface has it.
#[derive(Debug)]
pub(crate) struct ToolCall {
    /// What is asked for.
    pub(crate) call: Call,
    /// A capability, for callers that send no header.
    pub(crate) token: Option<String>,
    agent_id: Option<String>,
}

/// Why it cannot be asked for; each has a word of its own on this surface.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolCallError {
    /// It cannot be read, or not in one way.
    #[error(transparent)]
    Unreadable(#[from] RequestError),
    /// It names no tool.
    #[error("`tool` is missing")]
    NoTool,
    /// It names another agent than the capability does.
    #[error("`agent_id` is not the agent that the capability names")]
    WrongAgent,
}

impl ToolCallError {
    /// The word that says what is wrong.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "invalid_json",
            Self::NoTool => "missing_tool",
            Self::WrongAgent => "wrong_agent",
        }
    }

    /// The reason that is counted where a request is refused for it.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Unreadable(error) => error.code(),
            Self::NoTool => "request.missing_member",
            Self::WrongAgent => "request.wrong_agent",
        }
    }
}

impl ToolCall {
    /// Reads the body strictly. `session_id` is accepted, and nothing depends on it.
    ///
    /// # Errors
    /// When it does not name one tool in one way.
    pub(crate) fn read(body: &[u8]) -> Result<Self, ToolCallError> {
        let parsed = strict::parse(body, MAX_DEPTH).map_err(RequestError::from)?;
        let Value::Object(mut body) = parsed else {
            return Err(RequestError::invalid("", "an object").into());
        };
        members::refuse_variants_of(MEMBERS, body.keys(), "")?;
        let tool = members::text(&body, "tool", MAX_ACTION_BYTES)?.map(str::to_owned);
        let action = tool.filter(|tool| !tool.trim().is_empty()).ok_or(ToolCallError::NoTool)?;
        let agent_id = members::text(&body, "agent_id", MAX_AGENT_BYTES)?.map(str::to_owned);
        members::text(&body, "session_id", MAX_SESSION_BYTES)?;
        let token = members::text(&body, "intent_token", MAX_TOKEN_BYTES)?.map(str::to_owned);
        let arguments = members::object(&mut body, "args")?;
        Ok(Self { call: Call { action, arguments }, token, agent_id })
    }

    /// Compares the agent that the caller names with the one that its capability names.
    ///
    /// # Errors
    /// When they differ.
    pub(crate) fn agrees_with(&self, agent: &Agent) -> Result<(), ToolCallError> {
        let named = self.agent_id.as_deref().filter(|named| !named.is_empty());
        match named {
            Some(named) if named != agent.subject => Err(ToolCallError::WrongAgent),
            _ => Ok(()),
        }
    }
}
