use base64::{Engine as _, engine::general_purpose::STANDARD};
use gw_crypto::{canonical, hmac_sha256, strict};
use gw_decision::{GateRef, Idempotency, Presented, PresentedCaller, PresentedKey, Question};
use gw_kernel::{Epoch, TenantId};
use gw_web::IdempotencyKey;
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::{Agent, Call, RequestError, credential, idempotency, members};

/// The longest body of a check, in bytes.
pub(crate) const MAX_CHECK_BYTES: usize = 256 * 1024;
/// The deepest nesting of a body.
pub(super) const MAX_DEPTH: usize = 64;
/// The longest name of an action, in bytes.
pub(super) const MAX_ACTION_BYTES: usize = 256;
const MAX_TARGET_BYTES: usize = 8_192;

/// One check as it was asked, with the tenant that its caller claims.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The tenant that the caller's key or capability claims; the pipeline's first stage proves or
    /// refuses it.
    pub(crate) tenant: TenantId,
    /// What the pipeline decides, without the arguments.
    pub(crate) question: Question,
    /// What shows, to the tenant alone, that the arguments were these: base64.
    pub(crate) arguments_hmac: Option<String>,
    /// An epoch that the caller has seen.
    pub(crate) min_epoch: Option<Epoch>,
}

/// Who asks, which gate, and with which headers: what a check has besides its body.
pub(crate) struct Asker<'a> {
    /// The tenant that the caller's key claims.
    pub(crate) tenant: TenantId,
    /// The key.
    pub(crate) key: PresentedKey,
    /// The key of the HMAC of the tenant's arguments.
    pub(crate) arguments_key: &'a [u8; 32],
    /// The gate that is asked.
    pub(crate) gate: GateRef,
    /// The request's headers.
    pub(crate) headers: &'a HeaderMap,
}

impl Asked {
    /// Reads a check strictly: what two JSON readers could understand differently is refused.
    ///
    /// The arguments do not outlive this: no record has them, and checks that wait for the log
    /// must not keep them.
    ///
    /// # Errors
    /// Anything that is not one readable question; nothing is recorded for it.
    pub(crate) fn read(asker: &Asker<'_>, body: &[u8]) -> Result<Self, RequestError> {
        require_json(asker.headers)?;
        let Value::Object(body) = strict::parse(body, MAX_DEPTH)? else {
            return Err(RequestError::invalid("", "an object"));
        };
        Self::of_members(asker, body, None)
    }

    /// Reads what was parsed. Where the check has a key from elsewhere, it is `given`.
    pub(super) fn of_members(
        asker: &Asker<'_>,
        mut body: Map<String, Value>,
        given: Option<Idempotency>,
    ) -> Result<Self, RequestError> {
        members::refuse_case_variants(&body)?;
        members::refuse_unsupported(&body)?;
        let min_epoch = members::whole_number(&body, "min_epoch")?.map(Epoch);
        let idempotency = match given {
            None => idempotency::of_check(&body, asker.headers)?,
            given => given,
        };
        let mut question = Question { idempotency, ..question(asker, &mut body)? };
        let arguments = question.arguments.take();
        let hmac = arguments.map(|arguments| arguments_hmac(&arguments, asker.arguments_key));
        let arguments_hmac = hmac.transpose()?;
        Ok(Self { tenant: asker.tenant, question, arguments_hmac, min_epoch })
    }

    /// What an agent asks for itself: always its tenant's default gate, and without context, which
    /// only a gate can observe. The key is what the agent calls it by.
    ///
    /// # Errors
    /// When the arguments have no canonical form.
    pub(crate) fn by_agent(
        agent: Agent,
        call: Call,
        key: Option<&IdempotencyKey>,
        arguments_key: &[u8; 32],
    ) -> Result<Self, RequestError> {
        let idempotency = key.map(|key| idempotency::of_call(key, &agent.token, &call));
        let idempotency = idempotency.transpose()?;
        let hmac = call.arguments.map(|arguments| arguments_hmac(&arguments, arguments_key));
        let question = Question {
            gate: GateRef::Default,
            action: call.action,
            target: None,
            credential: Presented::Capability(agent.token),
            context: None,
            arguments: None,
            cost_cents: None,
            caller: PresentedCaller::Agent,
            idempotency,
            dry_run: false,
        };
        let arguments_hmac = hmac.transpose()?;
        Ok(Self { tenant: agent.tenant, question, arguments_hmac, min_epoch: None })
    }
}

fn arguments_hmac(arguments: &Value, key: &[u8; 32]) -> Result<String, RequestError> {
    let canonical =
        canonical::to_vec(arguments).map_err(|_| RequestError::NotCanonical("arguments"))?;
    Ok(STANDARD.encode(hmac_sha256(key, &[&canonical])))
}

fn question(asker: &Asker<'_>, body: &mut Map<String, Value>) -> Result<Question, RequestError> {
    let action = members::text(body, "action", MAX_ACTION_BYTES)?
        .ok_or(RequestError::Missing("action"))?
        .to_owned();
    if action.trim().is_empty() {
        return Err(RequestError::invalid("/action", "a string that is not blank"));
    }
    let target = members::text(body, "target", MAX_TARGET_BYTES)?.map(str::to_owned);
    let cost_cents = members::whole_number(body, "cost_cents")?;
    let credential = credential::read(body, asker.headers);
    Ok(Question {
        gate: asker.gate.clone(),
        action,
        target,
        credential,
        context: members::object(body, "context")?,
        arguments: members::object(body, "arguments")?,
        cost_cents,
        caller: PresentedCaller::Key(asker.key.clone()),
        idempotency: None,
        dry_run: members::flag(body, "dry_run")?,
    })
}

/// One content type, JSON, in UTF-8, and nothing encoded on top of it.
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), RequestError> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(content_type), None) = (types.next(), types.next()) else {
        return Err(RequestError::MediaType);
    };
    let text = content_type.to_str().map_err(|_| RequestError::MediaType)?.to_ascii_lowercase();
    let (essence, parameters) = text.split_once(';').unwrap_or((&text, ""));
    let essence = essence.trim();
    let json = essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"));
    let charset = parameters.split(';').filter_map(|one| one.trim().strip_prefix("charset="));
    let utf8 =
        charset.map(|name| name.trim_matches('"')).all(|name| name == "utf-8" || name == "utf8");
    let encoded = headers.get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity");
    if json && utf8 && !encoded { Ok(()) } else { Err(RequestError::MediaType) }
}
