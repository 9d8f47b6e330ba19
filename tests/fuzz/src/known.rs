//! What the seeds are about.

/// The log's public key.
pub const LOG_KEY: &str = include_str!("../known/log.vkey");

/// The gates' public keys.
pub const JWKS: &str = include_str!("../known/jwks.json");

/// The records that were signed.
pub const RECORDS: [&str; 4] = [
    include_str!("../known/records/batch-allow"),
    include_str!("../known/records/each-allow"),
    include_str!("../known/records/each-block"),
    include_str!("../known/records/later"),
];

/// Receipts of these records, in their order.
pub const RECEIPTS: [&str; 4] = [
    include_str!("../seeds/receipt/batch-allow"),
    include_str!("../seeds/receipt/each-allow"),
    include_str!("../seeds/receipt/each-block"),
    include_str!("../seeds/receipt/later"),
];

/// A checkpoint that was signed beside those of the receipts.
pub const NEWEST: &str = include_str!("../seeds/checkpoint/newest");

/// The signed notes: of the receipts, and the newest.
pub fn notes() -> impl Iterator<Item = &'static str> {
    let of_receipt = |receipt: &'static str| receipt.split_once("\n\n").map(|(_, note)| note);
    RECEIPTS.into_iter().filter_map(of_receipt).chain([NEWEST])
}
