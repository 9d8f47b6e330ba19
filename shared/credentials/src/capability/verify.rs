use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gw_crypto::{Hash, constant_time_eq, hmac_sha256, sha256};

use super::{
    Capability, Caveat, CaveatKind,
    spelling::{ALL_WRITERS, Candidate, candidates},
};
use crate::CredentialError;

/// A capability whose chain leads from the tenant's root key to its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The token's id.
    pub jti: String,
    /// The id of the root of its chain (`root_jti`).
    pub root_id: String,
    /// Who minted it, as a name.
    pub issuer: String,
    /// The agent.
    pub subject: String,
    /// The tenant it was minted in: the id's text.
    pub tenant: String,
    /// The zone it was minted in.
    pub zone: String,
    /// Not valid before, in Unix seconds; zero means always.
    pub nbf: i64,
    /// One id per caveat, in order: base64url of the first 16 bytes of SHA-256 of the signature
    /// that includes it. Siblings differ from that caveat on.
    pub hops: Vec<String>,
    /// Every `max_calls` of the chain, under its hop id.
    pub budgets: Vec<CallBudget>,
    /// The caveats' JSON, byte for byte as it was received.
    pub caveats_raw: Vec<String>,
    pub(super) kinds: Vec<CaveatKind>,
}

/// A number of calls that one caveat of a chain allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallBudget {
    /// The caveat's hop id.
    pub hop: String,
    /// How many calls, never negative.
    pub max_calls: i64,
}

/// How many HMACs are tried for one token: enough for every mixture of writers that occurs, and
/// an end to the work that a made-up token can cause.
const MAX_TRIALS: usize = 4_096;

impl Capability {
    /// Follows the chain from the root key, in every spelling in use, and compares its end with the
    /// signature in constant time.
    ///
    /// # Errors
    /// `credential.signature` when no spelling leads there.
    pub fn verify(&self, root_key: &[u8; 32]) -> Result<Verified, CredentialError> {
        let start = hmac_sha256(root_key, &[self.claims.signed_text().as_bytes()]);
        let path = follow(start, &self.caveats, &self.signature);
        let hops = path.ok_or(CredentialError::Signature)?.iter().map(hop_id).collect::<Vec<_>>();
        let claims = &self.claims;
        Ok(Verified {
            jti: claims.jti.clone(),
            root_id: claims.root_jti.clone(),
            issuer: claims.iss.clone(),
            subject: claims.sub.clone(),
            tenant: claims.tenant.clone(),
            zone: claims.zone.clone(),
            nbf: claims.nbf,
            budgets: budgets(&self.caveats, &hops),
            hops,
            caveats_raw: self.caveats.iter().map(|caveat| caveat.raw.clone()).collect(),
            kinds: self.caveats.iter().map(|caveat| caveat.kind.clone()).collect(),
        })
    }
}

fn hop_id(signature: &Hash) -> String {
    URL_SAFE_NO_PAD.encode(&sha256(signature)[..16])
}

fn budgets(caveats: &[Caveat], hops: &[String]) -> Vec<CallBudget> {
    let budget = |(caveat, hop): (&Caveat, &String)| match caveat.kind {
        CaveatKind::MaxCalls { max_calls } => Some(CallBudget { hop: hop.clone(), max_calls }),
        _ => None,
    };
    caveats.iter().zip(hops).filter_map(budget).collect()
}

/// The signatures along the chain, if some spelling of each caveat leads to `wanted`.
///
/// Chains that change hands least are tried first: most have one writer, or two.
fn follow(start: Hash, caveats: &[Caveat], wanted: &Hash) -> Option<Vec<Hash>> {
    let candidates: Vec<_> = caveats.iter().map(|caveat| candidates(&caveat.raw)).collect();
    let mut search = Search {
        candidates: &candidates,
        wanted,
        trials: MAX_TRIALS,
        cut: true,
        path: Vec::with_capacity(caveats.len()),
    };
    let mut changes = 0;
    while search.cut && search.trials > 0 {
        search.cut = false;
        if search.follow(start, ALL_WRITERS, changes) {
            return Some(search.path);
        }
        changes += 1;
    }
    None
}

struct Search<'a> {
    candidates: &'a [Vec<Candidate<'a>>],
    wanted: &'a Hash,
    trials: usize,
    /// Some path was not tried because it changes writers more often.
    cut: bool,
    path: Vec<Hash>,
}

impl Search<'_> {
    /// Goes on from a signature that one of `writers` made, with so many changes of writer left.
    fn follow(&mut self, from: Hash, writers: u8, changes: usize) -> bool {
        let candidates = self.candidates;
        let Some(next) = candidates.get(self.path.len()) else {
            return constant_time_eq(&from, self.wanted);
        };
        for candidate in next {
            let same = writers & candidate.writers;
            let (writers, changes) = match changes.checked_sub(1) {
                _ if same != 0 => (same, changes),
                Some(left) => (candidate.writers, left),
                None => {
                    self.cut = true;
                    continue;
                }
            };
            let Some(trials) = self.trials.checked_sub(1) else {
                return false;
            };
            self.trials = trials;
            let signature = hmac_sha256(&from, &[candidate.text.as_bytes()]);
            self.path.push(signature);
            if self.follow(signature, writers, changes) {
                return true;
            }
            self.path.pop();
        }
        false
    }
}
