use gw_crypto::strict;
use gw_kernel::Epoch;

use super::{Caveat, CaveatKind, MAX_DEPTH, Verified, decode::not_json, verify::budgets};
use crate::CredentialError::{self, Malformed};

/// A capability that was verified once, as somebody wrote down who can be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The token's id.
    pub jti: String,
    /// The id of the root of its chain.
    pub root_id: String,
    /// Who minted it, as a name.
    pub issuer: String,
    /// The agent.
    pub subject: String,
    /// Not valid before, in Unix seconds; zero means always.
    pub nbf: i64,
    /// One id per caveat, in order.
    pub hops: Vec<String>,
    /// The epoch of the mint, where the issuer stated it.
    pub minted_at: Option<Epoch>,
    /// When a person confirmed the mint, in Unix seconds, where the issuer stated it.
    pub step_up_at: Option<i64>,
    /// The caveats' JSON, byte for byte.
    pub caveats: Vec<String>,
}

impl Verified {
    /// What was verified, without verifying it: the caveats are read as they are of a token.
    ///
    /// # Errors
    /// `credential.malformed` for what no capability that was verified can have been.
    pub fn on_record(recorded: Recorded) -> Result<Self, CredentialError> {
        let caveats =
            recorded.caveats.iter().map(|raw| read(raw)).collect::<Result<Vec<_>, _>>()?;
        if caveats.len() != recorded.hops.len() {
            return Err(Malformed("it has not one hop id for each caveat"));
        }
        Ok(Self {
            budgets: budgets(&caveats, &recorded.hops),
            kinds: caveats.into_iter().map(|caveat| caveat.kind).collect(),
            jti: recorded.jti,
            root_id: recorded.root_id,
            issuer: recorded.issuer,
            subject: recorded.subject,
            nbf: recorded.nbf,
            hops: recorded.hops,
            minted_at: recorded.minted_at,
            step_up_at: recorded.step_up_at,
            caveats_raw: recorded.caveats,
        })
    }
}

fn read(raw: &str) -> Result<Caveat, CredentialError> {
    let value = strict::parse(raw.as_bytes(), MAX_DEPTH).map_err(not_json)?;
    Ok(Caveat { kind: CaveatKind::read(&value)?, raw: raw.to_owned() })
}
