use axum::extract::State;
use gw_kernel::{Author, Cursor, Page, PageRequest, TenantId, rfc3339};
use gw_web::{
    Answer, Caller, Json, Problem, Problems, Query, codes, permissions::ReadCapabilities,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{Context, app, domain::Revocation};

/// Which part of the list is wanted. A `limit` or `offset` that is no number counts as absent.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RevocationsQuery {
    /// At most this many rows, 1 to 1,000; 100 when absent.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
    /// How many to leave out at the beginning. `cursor` is faster, and misses nothing.
    #[param(value_type = Option<u32>)]
    offset: Option<String>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

/// One part of the list of revocations.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevocationPage {
    /// Newest first.
    revocations: Vec<RevocationView>,
    /// The limit that was applied.
    limit: u16,
    /// The offset that was applied.
    offset: u32,
    /// What to pass as `cursor` for the next part; null at the end.
    next_cursor: Option<String>,
}

/// A token's id that is refused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevocationView {
    /// The token's id.
    jti: String,
    /// When it was first revoked (RFC 3339).
    revoked_at: String,
    /// Why it was first revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The tenant in which it is refused.
    tenant: TenantId,
    /// Who revoked it.
    revoked_by: Author,
}

impl RevocationView {
    fn new(revocation: Revocation, tenant: TenantId) -> Self {
        Self {
            jti: revocation.jti,
            revoked_at: rfc3339(revocation.revoked_at),
            reason: revocation.reason,
            tenant,
            revoked_by: revocation.revoked_by,
        }
    }
}

impl RevocationsQuery {
    fn limit(&self) -> u16 {
        let number = self.limit.as_deref().and_then(|text| text.parse::<i64>().ok());
        let clamped = number.unwrap_or(100).clamp(1, 1000);
        u16::try_from(clamped).unwrap_or(1000)
    }

    fn offset(&self) -> u32 {
        self.offset.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    fn after(&self) -> Answer<Option<Cursor>> {
        let read = self.cursor.as_deref().map(str::parse::<Cursor>).transpose();
        read.map_err(|error| Problem::new(&codes::INVALID_QUERY, error.to_string()))
    }
}

/// List revocations
///
/// Newest first, of the caller's tenant.
#[utoipa::path(get, path = "/v1/admin/revocations", tag = "capabilities",
    operation_id = "capabilities.list_revocations",
    params(RevocationsQuery), responses((status = OK, body = RevocationPage), Problems))]
pub(super) async fn list(
    State(ctx): State<Context>,
    caller: Caller<ReadCapabilities>,
    Query(query): Query<RevocationsQuery>,
) -> Answer<Json<RevocationPage>> {
    let (limit, offset) = (query.limit(), query.offset());
    let page = PageRequest { limit, after: query.after()? };
    let page = app::list_revocations(&ctx, &caller, page, offset.into()).await?;
    let Page { items: revocations, next_cursor } =
        page.map(|revocation| RevocationView::new(revocation, caller.tenant));
    Ok(Json(RevocationPage { revocations, limit, offset, next_cursor }))
}
