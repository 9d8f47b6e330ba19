use gw_journal::DecideError;

use super::Refused;
use crate::{Context, store};

/// Whether everything is halted. Nothing is recorded, so no batch will read it.
pub(super) async fn halted(ctx: &Context) -> Result<bool, DecideError<Refused>> {
    store::halted(&ctx.db).await.map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "the halt could not be read");
        DecideError::Stale
    })
}
