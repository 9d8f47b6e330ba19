//! The question that a record answers, from what the record pins.

use std::{borrow::Cow, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gw_contracts::{AskedGate, CheckDecidedV1, CredentialRef, PresentedKind};
use gw_credentials::capability::{Claims, MAX_TOKEN_BYTES, Recorded, Verified, mint};
use gw_decision::{
    CapabilityToken, GateRef, Idempotency, Presented, PresentedCaller, PresentedKey, Question,
    Snapshot, VerifiedCapability,
};
use gw_kernel::{RootKeyId, TenantId};

use super::{History, OnTrust};

/// Tokens that stand for those which no log holds. Their keys are nobody's.
pub(super) struct Tokens {
    /// Of the tenant, and of no root key that it has.
    strange: String,
    /// Of another tenant.
    foreign: String,
}

impl Tokens {
    pub(super) fn of(tenant: TenantId) -> Self {
        let token = |tenant: String| {
            let text = || "on record".to_owned();
            let (jti, root_jti, iss, sub, zone) = (text(), text(), text(), text(), text());
            let claims = Claims { jti, root_jti, iss, tenant, zone, sub, iat: 1, nbf: 0 };
            let kid = RootKeyId::from_uuid(uuid::Uuid::nil());
            mint(&[0; 32], &claims, &[], kid)
        };
        Self { strange: token(tenant.to_string()), foreign: token("another".to_owned()) }
    }

    /// A token that is refused with this code.
    fn refused(&self, code: &str) -> String {
        match code {
            "credential.malformed" => String::new(),
            "credential.too_large" => "A".repeat(MAX_TOKEN_BYTES + 1),
            "credential.wrong_tenant" => self.foreign.clone(),
            _ => self.strange.clone(),
        }
    }
}

/// Rebuilds the question, and counts what the record is believed for it.
pub(super) fn rebuild(
    record: &CheckDecidedV1<'_>,
    snapshot: &Snapshot,
    tokens: &Tokens,
    trust: &mut OnTrust,
) -> Result<Question, &'static str> {
    if record.v != CheckDecidedV1::VERSION {
        return Err("the record is of a format that this build does not know");
    }
    Ok(Question {
        gate: match &record.inputs.gate {
            None => GateRef::Id(record.gate_id),
            Some(AskedGate::Default) => GateRef::Default,
            Some(AskedGate::Name(name)) => GateRef::Name(name.clone().into_owned()),
        },
        action: record.action.clone().into_owned(),
        target: record.target.clone().map(Cow::into_owned),
        credential: match &record.principal {
            Some(principal) => verified(record, principal, snapshot, tokens, trust)?,
            None => unverified(record, tokens, trust)?,
        },
        context: record.inputs.context.clone().map(Cow::into_owned),
        arguments: None,
        cost_cents: record.cost_cents,
        caller: caller(record, trust)?,
        idempotency: record.idempotency_key_sha256.as_deref().map(idempotency).transpose()?,
        dry_run: false,
    })
}

/// The key that the caller gave. What else was asked under it makes no difference to a decision that
/// was recorded.
fn idempotency(key_sha256: &str) -> Result<Idempotency, &'static str> {
    let key = STANDARD.decode(key_sha256).ok().and_then(|key| key.try_into().ok());
    let key_sha256 = key.ok_or("the record's idempotency key is no hash")?;
    Ok(Idempotency { key_sha256, fingerprint: [0; 32] })
}

/// That its secret was right is the record's word; everything else about it is decided again.
fn caller(
    record: &CheckDecidedV1<'_>,
    trust: &mut OnTrust,
) -> Result<PresentedCaller, &'static str> {
    if record.caller.kind == "agent" {
        return Ok(PresentedCaller::Agent);
    }
    let id = record.caller.key_id.as_deref().and_then(|id| id.parse().ok());
    let id = id.ok_or("the record does not name its caller's key")?;
    trust.caller_secrets += 1;
    Ok(PresentedCaller::Key(PresentedKey { id, secret_sha256: History::secret_of(id) }))
}

/// A capability whose signature was good, by the record's word. It counts only while its root key
/// does: else what is left is a token of no key that the tenant has.
fn verified(
    record: &CheckDecidedV1<'_>,
    principal: &CredentialRef<'_>,
    snapshot: &Snapshot,
    tokens: &Tokens,
    trust: &mut OnTrust,
) -> Result<Presented, &'static str> {
    let recorded = Recorded {
        jti: principal.credential_id.clone().into_owned(),
        root_id: principal
            .root_id
            .clone()
            .ok_or("the record's capability has no root")?
            .into_owned(),
        issuer: principal.issuer.clone().into_owned(),
        subject: principal.subject.clone().into_owned(),
        nbf: principal.nbf.unwrap_or(0),
        hops: principal.hops.clone().into_owned(),
        minted_at: principal.minted_at,
        step_up_at: principal.step_up_at,
        caveats: record.inputs.caveats.clone().into_owned(),
    };
    let contents = Verified::on_record(recorded);
    let contents = contents.map_err(|_| "the record's capability cannot have been verified")?;
    trust.capability_signatures += 1;
    let token = CapabilityToken::new(tokens.strange.clone());
    let known = snapshot.root_keys.get(&principal.kid).map(|key| {
        #[expect(clippy::disallowed_methods, reason = "a recorded decision is made again")]
        let known = VerifiedCapability::on_record(&token, Arc::clone(key), contents);
        Arc::new(known)
    });
    Ok(Presented::Capability(token.verified_before(known)))
}

fn unverified(
    record: &CheckDecidedV1<'_>,
    tokens: &Tokens,
    trust: &mut OnTrust,
) -> Result<Presented, &'static str> {
    match record.inputs.presented {
        Some(PresentedKind::None) => Ok(Presented::None),
        Some(PresentedKind::Unreadable) => Ok(Presented::Unreadable("by the record")),
        Some(PresentedKind::Unsupported) => Ok(Presented::Unsupported("on record".to_owned())),
        Some(PresentedKind::Capability) => {
            trust.refused_capabilities += 1;
            let token = tokens.refused(&record.reason_code);
            Ok(Presented::Capability(CapabilityToken::new(token)))
        }
        None => Err("the record does not say what was presented"),
    }
}
