//! Capabilities: chained-HMAC bearer tokens that their holder can narrow offline.
//!
//! A token is base64url (no padding) of a JSON object: eight or nine claims, a list of caveats, and
//! a signature. `s0 = HMAC(root key, claims)`, `s(i+1) = HMAC(s(i), caveat i)`, and the token
//! carries the last one. So whoever holds a token can append a caveat, and nobody can remove one.
//!
//! What is signed is *text*, and the programs that append caveats spell the same JSON differently:
//! some write `é` and `<` as they are, one writes `\u003c`, one writes `\u00e9`; and each of them
//! rewrites the whole token in its own spelling when it appends. So [`Capability::verify`] tries,
//! caveat by caveat, the bytes as they were received and the spellings that are in use, up to a
//! fixed amount of work. A spelling never changes what a caveat says.
//!
//! What is appended can only narrow. What *widens*, such as that a person confirmed the mint, and
//! what an outsider may rely on, such as the epoch of the mint, stands in a [`Statement`]: an
//! Ed25519 JWS over the root section, in the outer member `st`. Its holder can drop it, and then
//! has less; nobody but the issuer can make one.

mod caveat;
mod decode;
mod evaluate;
mod mint;
mod new_caveat;
mod recorded;
mod spelling;
mod statement;
mod verify;

pub use caveat::{Caveat, CaveatKind};
pub use decode::{Capability, Claims};
pub use evaluate::{Asked, Callee, CaveatDenied};
pub use mint::{Issuer, attenuate, mint, mint_with_statement, new_jti};
pub use new_caveat::NewCaveat;
pub use recorded::Recorded;
pub use statement::{Claimed, Statement};
pub use verify::{Budget, BudgetKind, Verified};

/// Longer tokens are refused before they are decoded, in bytes.
pub const MAX_TOKEN_BYTES: usize = 16_384;
/// Longer chains are refused before any cryptography.
pub const MAX_CAVEATS: usize = 64;
/// Longer tool lists are refused before any cryptography.
pub const MAX_TOOLS: usize = 256;
/// The only version of the format that is accepted.
const VERSION: i64 = 4;
/// A token's JSON never nests deeper than this: object, caveats, caveat, tools, and room for
/// caveats that are only known by name.
const MAX_DEPTH: usize = 16;
