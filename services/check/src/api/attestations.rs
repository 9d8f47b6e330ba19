use axum::extract::State;
use chrono::{DateTime, Utc};
use gw_decision::GateRef;
use gw_journal::read::DecisionFilter;
use gw_web::{
    Answer, Caller, Json, Mount, PageQuery, Path, Problem, Problems, Query, codes,
    permissions::ReadDecisions,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::rows::{AttestationList, AttestationRow};
use crate::{
    Context,
    app::{self, Decisions},
};

/// Which decisions of a gate are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Made for this agent.
    agent_id: Option<String>,
    /// `allow`, `block` or `request_hold`; `PERMIT`, `BLOCK`, `deny` and `SUSPEND` are understood.
    decision: Option<String>,
    /// Made by a gate that observes, where enforcement would have said this; in the same words.
    would: Option<String>,
    /// About this action, exactly.
    action: Option<String>,
    /// The same under another name.
    permission: Option<String>,
    /// Made for this credential.
    passport_id: Option<String>,
    /// Decided at this moment or later: RFC 3339.
    since: Option<String>,
    /// Decided before this moment: RFC 3339.
    until: Option<String>,
}

/// List a gate's decisions
///
/// Newest first, each with the attestation that its caller got. What is past the tenant's retention
/// is left out: `expired` says how many in this part of the list. An object at `/v1`; on the other
/// mounts a bare array, whose rows repeat what existing clients read at the top.
#[utoipa::path(get, path = "/gates/{gate}/attestations", tag = "decisions",
    operation_id = "decisions.list",
    params(("gate" = String, Path, description = "The gate's id or name"), Filter, PageQuery),
    responses((status = OK, body = AttestationList), Problems))]
pub(super) async fn list(
    State(ctx): State<Context>,
    caller: Caller<ReadDecisions>,
    mount: Mount,
    Path(gate): Path<String>,
    Query(filter): Query<Filter>,
    page: PageQuery,
) -> Answer<Json<AttestationList>> {
    let (gate, filter) = (GateRef::parse(&gate), DecisionFilter::try_from(filter)?);
    let Decisions { page, expired } =
        app::attestations_of_gate(&ctx, &caller, &gate, &filter, page.request()).await?;
    Ok(Json(match mount {
        Mount::V1 => AttestationList::page(page.map(AttestationRow::new), expired),
        Mount::Modei => AttestationList::rows(page.items),
    }))
}

impl TryFrom<Filter> for DecisionFilter {
    type Error = Problem;

    fn try_from(filter: Filter) -> Result<Self, Problem> {
        let action = match (filter.action, filter.permission) {
            (Some(action), Some(permission)) if action != permission => {
                return Err(invalid("`action` and `permission` are the same, and differ"));
            }
            (action, permission) => action.or(permission),
        };
        Ok(Self {
            agent_id: filter.agent_id,
            decision: filter
                .decision
                .as_deref()
                .map(|text| verdict("decision", text))
                .transpose()?,
            would: filter.would.as_deref().map(|text| verdict("would", text)).transpose()?,
            action,
            credential_id: filter.passport_id,
            since: filter.since.as_deref().map(moment).transpose()?,
            until: filter.until.as_deref().map(moment).transpose()?,
        })
    }
}

/// Both vocabularies for the answer to a check.
fn verdict(name: &str, text: &str) -> Result<String, Problem> {
    let known = match text.to_ascii_lowercase().as_str() {
        "allow" | "permit" => "allow",
        "block" | "deny" => "block",
        "request_hold" | "suspend" => "request_hold",
        _ => return Err(invalid(&format!("`{name}` is `allow`, `block` or `request_hold`"))),
    };
    Ok(known.to_owned())
}

fn moment(text: &str) -> Result<DateTime<Utc>, Problem> {
    let moment = DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc());
    moment.map_err(|_| invalid("`since` and `until` are RFC 3339: `2026-01-31T12:00:00Z`"))
}

fn invalid(detail: &str) -> Problem {
    Problem::new(&codes::INVALID_QUERY, detail)
}
