//! Who a supposed check is about, from what the log knows.

use gw_contracts::{CapabilityMintedV1, DecisionRecord};
use gw_credentials::capability::{Recorded, Verified};
use gw_db::TenantTx;
use gw_decision::{CapabilityToken, Supposed};
use gw_web::{Caller, permissions::ReadDecisions};
use serde::Deserialize;

use super::ExplainError;
use crate::{domain::Who, store};

/// How a principal is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Its token was presented.
    Presented,
    /// As a check's record has it.
    Recorded,
    /// As it was minted: no check's record has it.
    Minted,
    /// As whoever asks supposes it.
    Supposed,
}

/// The entry of a mint.
#[derive(Deserialize)]
struct Mint {
    data: CapabilityMintedV1,
}

/// Finds who is meant. A key that is limited to gates is told what was shown there, and of no mint,
/// which is of no gate.
pub(super) async fn principal(
    tx: &mut TenantTx,
    caller: &Caller<ReadDecisions>,
    who: &Who,
) -> Result<(Supposed, Option<Known>), ExplainError> {
    Ok(match who {
        Who::Nobody => (Supposed::Nobody, None),
        Who::Holder(token) => {
            let token = CapabilityToken::new(token.clone());
            (Supposed::Holder(token), Some(Known::Presented))
        }
        Who::Minted { subject, caveats } => (supposed(subject, caveats)?, Some(Known::Supposed)),
        Who::Agent(subject) => {
            let found = recorded(tx, caller, "agent_id", subject).await?;
            (found.ok_or(ExplainError::UnknownPrincipal)?, Some(Known::Recorded))
        }
        Who::Credential(jti) => match recorded(tx, caller, "credential_id", jti).await? {
            Some(found) => (found, Some(Known::Recorded)),
            None if caller.gates().is_some() => return Err(ExplainError::UnknownPrincipal),
            None => {
                let minted = minted(tx, jti).await?;
                (minted.ok_or(ExplainError::UnknownPrincipal)?, Some(Known::Minted))
            }
        },
    })
}

/// What the newest decision's record says of an agent's or a credential's capability.
async fn recorded(
    tx: &mut TenantTx,
    caller: &Caller<ReadDecisions>,
    member: &str,
    value: &str,
) -> Result<Option<Supposed>, ExplainError> {
    for body in store::newest_with(tx, member, value).await? {
        let Ok(record) = serde_json::from_slice::<DecisionRecord>(&body) else { continue };
        let Some(shown) = record.data.principal else { continue };
        let meant = if member == "agent_id" { &shown.subject } else { &shown.credential_id };
        if meant != value || !caller.reaches(record.data.gate_id) {
            continue;
        }
        let contents = Verified::on_record(Recorded {
            root_id: shown.root_id.unwrap_or_else(|| shown.credential_id.clone()).into_owned(),
            jti: shown.credential_id.into_owned(),
            issuer: shown.issuer.into_owned(),
            subject: shown.subject.into_owned(),
            nbf: shown.nbf.unwrap_or(0),
            hops: shown.hops.into_owned(),
            minted_at: shown.minted_at,
            step_up_at: shown.step_up_at,
            caveats: record.data.inputs.caveats.into_owned(),
        });
        let contents = Box::new(contents.map_err(ExplainError::Unreadable)?);
        return Ok(Some(Supposed::Known { contents, root_key: Some(shown.kid) }));
    }
    Ok(None)
}

/// What was minted under this id. Nothing was counted under its hops: no check's record has them.
async fn minted(tx: &mut TenantTx, jti: &str) -> Result<Option<Supposed>, ExplainError> {
    for body in store::minted_with(tx, jti).await? {
        let Ok(Mint { data }) = serde_json::from_slice::<Mint>(&body) else { continue };
        if data.jti != jti {
            continue;
        }
        let contents = Verified::on_record(Recorded {
            root_id: data.jti.clone(),
            hops: untouched(&data.caveats),
            jti: data.jti,
            issuer: data.issuer,
            subject: data.subject,
            nbf: 0,
            minted_at: Some(data.minted_at),
            step_up_at: data.step_up_at,
            caveats: data.caveats,
        });
        let contents = Box::new(contents.map_err(ExplainError::Unreadable)?);
        return Ok(Some(Supposed::Known { contents, root_key: Some(data.kid) }));
    }
    Ok(None)
}

/// A capability that nobody has.
fn supposed(subject: &str, caveats: &[String]) -> Result<Supposed, ExplainError> {
    let text = || "supposed".to_owned();
    let contents = Verified::on_record(Recorded {
        jti: text(),
        root_id: text(),
        issuer: text(),
        subject: subject.to_owned(),
        nbf: 0,
        hops: untouched(caveats),
        // Minted now: no revocation of its agent is about it.
        minted_at: Some(gw_kernel::Epoch(i64::MAX)),
        step_up_at: None,
        caveats: caveats.to_vec(),
    });
    let contents = Box::new(contents.map_err(ExplainError::Caveats)?);
    Ok(Supposed::Known { contents, root_key: None })
}

/// Hop ids that nothing is counted under: none that a signature gives has a colon.
fn untouched(caveats: &[String]) -> Vec<String> {
    (0..caveats.len()).map(|place| format!("supposed:{place}")).collect()
}
