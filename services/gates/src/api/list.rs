use axum::extract::State;
use gw_kernel::{Page, Text};
use gw_web::{Answer, Caller, Json, Mount, PageQuery, Problems, Query, permissions::ReadGates};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::GateView;
use crate::{
    Context, app,
    domain::{GateFilter, GateState, SecurityProfile},
};

/// Which gates are wanted, and in which shape.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only gates in this state.
    status: Option<GateState>,
    /// Only gates of this profile.
    profile: Option<SecurityProfile>,
    /// Only gates with this text in their name or `gate_id`, in any case.
    name_contains: Option<Text<0, 200>>,
    /// How many to leave out at the beginning. `cursor` is faster, and misses nothing.
    offset: Option<u32>,
    /// `object` asks for the list as an object on mounts that answer a bare array.
    page: Option<PageShape>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PageShape {
    /// `{"items": [...], "next_cursor": ...}`.
    Object,
}

/// One part of the list of gates.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GatePage {
    /// Newest first.
    items: Vec<GateView>,
    /// What to pass as `cursor` for the next part; null at the end.
    next_cursor: Option<String>,
}

/// A list of gates, in the shape that the mount's clients expect.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum GateList {
    /// One part of the list, and where it goes on: under `/v1`, and with `page=object`.
    Page(GatePage),
    /// The gates alone: elsewhere.
    Bare(Vec<GateView>),
}

/// List gates
///
/// Newest first. A bare array outside `/v1`, unless `page=object` is said.
#[utoipa::path(get, path = "/gates", tag = "gates",
    operation_id = "gates.list_gates", params(PageQuery, ListQuery),
    responses((status = OK, body = GateList), Problems))]
pub(super) async fn list(
    State(ctx): State<Context>,
    caller: Caller<ReadGates>,
    mount: Mount,
    page: PageQuery,
    Query(query): Query<ListQuery>,
) -> Answer<Json<GateList>> {
    let bare = mount == Mount::Modei && query.page != Some(PageShape::Object);
    let filter = GateFilter {
        state: query.status,
        profile: query.profile,
        name_contains: query.name_contains.map(Text::into_string).filter(|text| !text.is_empty()),
        among: None,
        offset: query.offset.unwrap_or(0),
    };
    let gates = app::list_gates(&ctx, &caller, filter, page.request()).await?;
    let Page { items, next_cursor } = gates.map(|gate| GateView::new(gate, &ctx.base_url));
    let shaped =
        if bare { GateList::Bare(items) } else { GateList::Page(GatePage { items, next_cursor }) };
    Ok(Json(shaped))
}
