/// Why an attestation is not believed. One sentence each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The file is no JSON that could be an answer.
    #[error("the file is not an answer or an attestation: {0}")]
    Unreadable(String),
    /// A member is missing or has another type.
    #[error("`{0}` is missing or is not what an attestation has there")]
    Member(&'static str),
    /// The record is not in the one form that is signed and logged.
    #[error("`attestation_json` is not a decision's record in RFC 8785 form")]
    Record,
    /// Two places that must say the same do not.
    #[error("`{0}` does not agree with the record")]
    Disagrees(&'static str),
    /// The JWKS has no such key.
    #[error("the JWKS has no key `{0}`")]
    UnknownKey(String),
    /// The key in the attestation is not the published one.
    #[error("`attester_public_key` is not the key that the JWKS publishes under this id")]
    ForeignKey,
    /// The key was replaced before this position, or made after it.
    #[error("the gate's key may not sign position {0} of the log")]
    Position(u64),
    /// The gate did not sign these bytes.
    #[error("the gate's signature does not verify")]
    Signature,
    /// Neither a signature nor a co-signed checkpoint.
    #[error("there is no signature of the gate, neither over the record nor on the checkpoint")]
    Unsigned,
    /// The receipt does not prove that the record is in the log.
    #[error("the receipt does not hold: {0}")]
    Receipt(String),
    /// The log's key was replaced before this size, or made after it.
    #[error("the log's key may not sign a checkpoint of size {0}")]
    Size(u64),
    /// The receipt is of another tenant's log.
    #[error("the receipt is of another log than the record's tenant has")]
    ForeignLog,
    /// The JWKS cannot be used.
    #[error("the JWKS is not a set of Ed25519 keys: {0}")]
    Jwks(String),
    /// The log's key cannot be used.
    #[error("the log key is neither a C2SP verifier key nor a JWKS with one: {0}")]
    LogKey(String),
}
