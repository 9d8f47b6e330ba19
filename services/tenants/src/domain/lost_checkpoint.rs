use base64::{Engine as _, engine::general_purpose::STANDARD};
use gw_contracts::LostCheckpoint;
use serde::Deserialize;

/// The last that is known of a log that was lost: a size, and the root hash at that size.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Text")]
pub(crate) struct KnownCheckpoint(LostCheckpoint);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    size: i64,
    root: String,
}

/// Why it is none.
#[derive(Debug, thiserror::Error)]
#[error("a checkpoint has a `size` over zero and a `root` of 32 bytes in base64")]
pub(crate) struct NoCheckpoint;

impl TryFrom<Text> for KnownCheckpoint {
    type Error = NoCheckpoint;

    fn try_from(Text { size, root }: Text) -> Result<Self, NoCheckpoint> {
        let hash = STANDARD.decode(&root).map_err(|_| NoCheckpoint)?;
        let good = size > 0 && hash.len() == 32;
        good.then_some(Self(LostCheckpoint { size, root })).ok_or(NoCheckpoint)
    }
}

impl From<KnownCheckpoint> for LostCheckpoint {
    fn from(known: KnownCheckpoint) -> Self {
        known.0
    }
}
