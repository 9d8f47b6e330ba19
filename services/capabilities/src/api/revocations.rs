use axum::extract::State;
use chrono::{DateTime, Utc};
use gw_kernel::{Author, Page, RevocationId, TenantId, rfc3339};
use gw_web::{
    Answer, Caller, CountQuery, Counted, Json, List, Problem, Problems, Query, codes,
    permissions::ReadCapabilities,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Context, app,
    domain::{Kind, Revocation, RevocationFilter, Selected},
};

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
    /// Of this token's id.
    jti: Option<String>,
    /// Of this root of a chain.
    root_jti: Option<String>,
    /// Of this agent.
    subject: Option<String>,
    /// Of this hop.
    hop_id: Option<String>,
    /// Revoked at this moment or later: RFC 3339.
    since: Option<String>,
    /// Revoked before this moment: RFC 3339.
    until: Option<String>,
    /// Revoked by this operator or key.
    revoked_by: Option<String>,
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
    #[serde(flatten)]
    counted: Counted,
}

/// One thing that is refused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevocationView {
    /// The revocation; what was revoked together has the same.
    revocation_id: RevocationId,
    /// How: `jti`, `root`, `subject` or `hop`.
    kind: &'static str,
    /// The token's id; of a root its id too; empty of an agent or a hop.
    jti: String,
    /// The id of the root of the chains, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    root_jti: Option<String>,
    /// The agent, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The hop id, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    hop_id: Option<String>,
    /// When it was first revoked (RFC 3339).
    revoked_at: String,
    /// Why it was first revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The tenant in which it is refused.
    tenant: TenantId,
    /// Who revoked it.
    revoked_by: Author,
    /// When what is refused ends by itself (RFC 3339), where that is known. The revocation is
    /// forgotten an hour later.
    expires_at: Option<String>,
}

impl RevocationView {
    fn new(revocation: Revocation, tenant: TenantId) -> Self {
        let Selected { kind, id } = revocation.selected;
        let named = |wanted| (kind == wanted).then(|| id.clone());
        Self {
            revocation_id: revocation.revocation_id,
            kind: kind.as_str(),
            jti: named(Kind::Jti).or_else(|| named(Kind::Root)).unwrap_or_default(),
            root_jti: named(Kind::Root),
            subject: named(Kind::Subject),
            hop_id: named(Kind::Hop),
            revoked_at: rfc3339(revocation.revoked_at),
            reason: revocation.reason,
            tenant,
            revoked_by: revocation.revoked_by,
            expires_at: revocation.expires_at.map(rfc3339),
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

    /// What is wanted; an entry is one thing, so that only one can be named.
    fn filter(&self) -> Answer<RevocationFilter> {
        let named = [
            (Kind::Jti, &self.jti),
            (Kind::Root, &self.root_jti),
            (Kind::Subject, &self.subject),
            (Kind::Hop, &self.hop_id),
        ];
        let mut named = named.into_iter().filter_map(|(kind, id)| {
            let id = id.clone()?;
            Some(Selected { kind, id })
        });
        let selected = named.next();
        if named.next().is_some() {
            return Err(invalid("`jti`, `root_jti`, `subject` and `hop_id` are one or another"));
        }
        Ok(RevocationFilter {
            selected,
            since: self.since.as_deref().map(moment).transpose()?,
            until: self.until.as_deref().map(moment).transpose()?,
            revoked_by: self.revoked_by.clone(),
        })
    }
}

fn moment(text: &str) -> Answer<DateTime<Utc>> {
    let moment = DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc());
    moment.map_err(|_| invalid("`since` and `until` are RFC 3339: `2026-01-31T12:00:00Z`"))
}

fn invalid(detail: &str) -> Problem {
    Problem::new(&codes::INVALID_QUERY, detail)
}

/// List revocations
///
/// Newest first, of the caller's tenant.
#[utoipa::path(get, path = "/v1/admin/revocations", tag = "capabilities",
    operation_id = "capabilities.list_revocations",
    params(RevocationsQuery, CountQuery), responses((status = OK, body = RevocationPage), Problems))]
pub(super) async fn list(
    State(ctx): State<Context>,
    caller: Caller<ReadCapabilities>,
    list: List,
    count: CountQuery,
    Query(query): Query<RevocationsQuery>,
) -> Answer<Json<RevocationPage>> {
    let (limit, offset) = (query.limit(), query.offset());
    let (page, filter) = (list.page(limit, query.cursor.as_deref())?, query.filter()?);
    let counted = count.is_wanted();
    let (page, count) =
        app::list_revocations(&ctx, &caller, page, offset.into(), &filter, counted).await?;
    let counted = count.into();
    let Page { items: revocations, next_cursor } =
        page.map(|revocation| RevocationView::new(revocation, caller.tenant));
    Ok(Json(RevocationPage { revocations, limit, offset, next_cursor, counted }))
}
