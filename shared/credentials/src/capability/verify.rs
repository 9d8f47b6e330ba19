use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gw_crypto::{Hash, constant_time_eq, hmac_sha256, keys::PublicKey, sha256};
use gw_kernel::Epoch;

use super::{
    Capability, Caveat, CaveatKind, Claimed,
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
    /// Not valid before, in Unix seconds; zero means always.
    pub nbf: i64,
    /// One id per caveat, in order: base64url of the first 16 bytes of SHA-256 of the signature
    /// that includes it. Siblings differ from that caveat on.
    pub hops: Vec<String>,
    /// Every `max_calls`, `rate_limit` and `max_cost` of the chain, under its hop id.
    pub budgets: Vec<Budget>,
    /// The epoch of the mint, where the issuer's statement says it.
    pub minted_at: Option<Epoch>,
    /// When a person confirmed the mint, in Unix seconds, where the issuer's statement says so.
    pub step_up_at: Option<i64>,
    /// The caveats' JSON, byte for byte as it was received.
    pub caveats_raw: Vec<String>,
    pub(super) kinds: Vec<CaveatKind>,
}

/// Something that one caveat of a chain allows so much of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The caveat's hop id.
    pub hop: String,
    /// What is counted.
    pub kind: BudgetKind,
    /// How much of it, never negative.
    pub limit: i64,
}

/// What a budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetKind {
    /// Allowed calls.
    Calls,
    /// Allowed calls in one minute.
    CallsAMinute,
    /// Cents.
    Cents,
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
        self.verify_with_statement(root_key, None)
    }

    /// The same, and the statement with the key that belongs to the root key. A capability without
    /// a statement, and a statement without a key to check it, are good, and claim nothing.
    ///
    /// # Errors
    /// `credential.signature` also for a statement that is not of this very capability.
    pub fn verify_with_statement(
        &self,
        root_key: &[u8; 32],
        statement_key: Option<&PublicKey>,
    ) -> Result<Verified, CredentialError> {
        let start = hmac_sha256(root_key, &[self.claims.signed_text().as_bytes()]);
        let path = follow(start, &self.caveats, &self.signature);
        let path = path.ok_or(CredentialError::Signature)?;
        let hops = path.iter().map(|link| hop_id(&link.signature)).collect::<Vec<_>>();
        let texts: Vec<&str> = path.iter().map(|link| link.text.as_str()).collect();
        let claimed = match statement_key {
            Some(key) => self.check_statement(key, &texts)?,
            None => Claimed::default(),
        };
        let claims = &self.claims;
        Ok(Verified {
            jti: claims.jti.clone(),
            root_id: claims.root_jti.clone(),
            issuer: claims.iss.clone(),
            subject: claims.sub.clone(),
            nbf: claims.nbf,
            budgets: budgets(&self.caveats, &hops),
            minted_at: claimed.minted_at,
            step_up_at: claimed.step_up_at,
            hops,
            caveats_raw: self.caveats.iter().map(|caveat| caveat.raw.clone()).collect(),
            kinds: self.caveats.iter().map(|caveat| caveat.kind.clone()).collect(),
        })
    }
}

fn hop_id(signature: &Hash) -> String {
    URL_SAFE_NO_PAD.encode(&sha256(signature)[..16])
}

pub(super) fn budgets(caveats: &[Caveat], hops: &[String]) -> Vec<Budget> {
    let budget = |(caveat, hop): (&Caveat, &String)| {
        let (kind, limit) = match caveat.kind {
            CaveatKind::MaxCalls { max_calls } => (BudgetKind::Calls, max_calls),
            CaveatKind::RateLimit { rate_per_min } => (BudgetKind::CallsAMinute, rate_per_min),
            CaveatKind::MaxCost { max_cents } => (BudgetKind::Cents, max_cents),
            _ => return None,
        };
        Some(Budget { hop: hop.clone(), kind, limit })
    };
    caveats.iter().zip(hops).filter_map(budget).collect()
}

/// One link of a chain as it was signed.
struct Link {
    signature: Hash,
    text: String,
}

/// The signatures along the chain, if some spelling of each caveat leads to `wanted`.
///
/// Chains that change hands least are tried first: most have one writer, or two.
fn follow(start: Hash, caveats: &[Caveat], wanted: &Hash) -> Option<Vec<Link>> {
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
    path: Vec<Link>,
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
            self.path.push(Link { signature, text: candidate.text.to_string() });
            if self.follow(signature, writers, changes) {
                return true;
            }
            self.path.pop();
        }
        false
    }
}
