//! Who signs a log's checkpoints.

use gw_crypto::keys::SigningKey;

/// Signs a tenant's checkpoints, under the origin that the log was made with.
#[derive(Debug)]
pub struct LogSigner {
    /// The log's origin and the signer's name: `<issuer host>/log/<tenant>`.
    pub origin: String,
    /// The tenant's log key.
    pub key: SigningKey,
}

/// Signs checkpoints beside the log: a gate that co-signs a batch instead of each decision.
#[derive(Debug)]
pub struct NoteSigner {
    /// The signer's name: `<issuer host>/gates/<gate id>`.
    pub name: String,
    /// Its key.
    pub key: SigningKey,
}
