use chrono::{DateTime, Utc};
use gw_kernel::Text;
use gw_web::{Problem, codes};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::ChangeFilter;

/// Which entries of a history are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// At this moment or later: RFC 3339.
    since: Option<String>,
    /// Before this moment: RFC 3339.
    until: Option<String>,
    /// By this operator, or with this API key.
    #[param(value_type = Option<String>)]
    actor: Option<Text<1, 200>>,
    /// Of this type, as `gate.created.v1`.
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Of which object a history is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ObjectQuery {
    /// An id as the API answers it (a gate's, a key's, an operator's, a root key's, a revocation's, a
    /// kill switch's, the tenant's); `capability:` and a `jti`; `hop:` and a hop's id; `agent:` and a
    /// name. Everything when absent.
    #[param(value_type = Option<String>)]
    object: Option<Text<1, 600>>,
}

impl ObjectQuery {
    pub(super) fn into_object(self) -> Option<String> {
        self.object.map(Text::into_string)
    }
}

impl TryFrom<HistoryQuery> for ChangeFilter {
    type Error = Problem;

    fn try_from(query: HistoryQuery) -> Result<Self, Problem> {
        if query.kind.as_deref().is_some_and(|kind| !Self::is_kind(kind)) {
            return Err(invalid("`type` is an event's, as `gate.created.v1`"));
        }
        Ok(Self {
            since: query.since.as_deref().map(moment).transpose()?,
            until: query.until.as_deref().map(moment).transpose()?,
            actor: query.actor.map(Text::into_string),
            kind: query.kind,
            ..Self::default()
        })
    }
}

fn moment(text: &str) -> Result<DateTime<Utc>, Problem> {
    let moment = DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc());
    moment.map_err(|_| invalid("`since` and `until` are RFC 3339: `2026-01-31T12:00:00Z`"))
}

fn invalid(detail: &str) -> Problem {
    Problem::new(&codes::INVALID_QUERY, detail)
}
