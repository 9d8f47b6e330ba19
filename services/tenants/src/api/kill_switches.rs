use axum::extract::State;
use gw_kernel::{Author, GateId, KillSwitchId, Page, TenantId, Text, rfc3339};
use gw_web::{
    Answer, AnyCaller, CountQuery, Counted, Json, List, Problem, Problems, Query, Written, codes,
    permissions::{ReadKillSwitch, WriteKillSwitch},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Context,
    app::{
        kill_switch_caller::Acting,
        kill_switches::{
            KillOrder, engage_kill_switch as engage, list_kill_switches as list,
            release_kill_switch as release,
        },
    },
    domain::{KillScope, KillState, KillSwitch, Target},
    error::TenantsError,
    store::kill_switches::KillSwitchFilter,
};

/// What to halt, or to let go on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KillSwitchRequest {
    /// How far it reaches: `global` (platform keys), `tenant`, `gate` or `agent`.
    scope: KillScope,
    /// The tenant, by id or name: one's own, unless a platform key asks. Not with `global`.
    tenant: Option<Text<0, 200>>,
    /// The gate, by id or name, or the agent, by its exact name, at most 512 bytes. With `tenant`
    /// it may name the tenant.
    value: Option<Text<0, 512>>,
    /// Why, for the log: at most 1,000 bytes.
    reason: Option<Text<0, 1000>>,
}

/// A kill switch, and that it is as was asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KillSwitchAnswer {
    /// Always true.
    ok: bool,
    /// The switch.
    entry: KillSwitchView,
}

/// One engaging of a kill switch, until it is released.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KillSwitch)]
pub(crate) struct KillSwitchView {
    /// The switch, which the log names too.
    switch_id: KillSwitchId,
    /// How far it reaches.
    scope: KillScope,
    /// The tenant; null where everything is halted.
    tenant: Option<TenantId>,
    /// The gate's id, the agent or the tenant's id; null where everything is halted.
    value: Option<String>,
    /// The gate, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    gate_id: Option<GateId>,
    /// The agent, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<String>,
    /// Whether it halts anything.
    state: KillState,
    /// Why it was engaged.
    reason: Option<String>,
    /// When it was engaged (RFC 3339).
    engaged_at: String,
    /// Who engaged it.
    engaged_by: Author,
    /// When it was released (RFC 3339).
    released_at: Option<String>,
    /// Who released it.
    released_by: Option<Author>,
    /// Why it was released.
    release_reason: Option<String>,
}

/// Which part of the list is wanted. A `limit` or `offset` that is no number counts as absent.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct KillSwitchesQuery {
    /// At most this many rows, 1 to 1,000; 100 when absent.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
    /// How many to leave out at the beginning. `cursor` is faster, and misses nothing.
    #[param(value_type = Option<u32>)]
    offset: Option<String>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// `engaged` (when absent), `released`, or `any`.
    state: Option<String>,
    /// Of this scope.
    scope: Option<KillScope>,
    /// Of this gate (its id) or agent.
    value: Option<String>,
    /// Of this tenant, by id or name: one's own, unless a platform key asks.
    tenant: Option<String>,
}

/// One part of the list of kill switches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KillSwitchPage {
    /// Newest first.
    kill_switch: Vec<KillSwitchView>,
    /// The limit that was applied.
    limit: u16,
    /// The offset that was applied.
    offset: u32,
    /// What to pass as `cursor` for the next part; null at the end.
    next_cursor: Option<String>,
    #[serde(flatten)]
    counted: Counted,
}

impl KillSwitchRequest {
    /// The tenant that is named, and what is asked for.
    fn accept(self) -> Result<(Option<String>, KillOrder), TenantsError> {
        let given = |text: String| Some(text).filter(|text| !text.trim().is_empty());
        let named = self.tenant.and_then(|text| given(text.into_string()));
        let value = self.value.and_then(|text| given(text.into_string()));
        let reason = self.reason.and_then(|text| given(text.into_string()));
        let scope = self.scope;
        let (named, value) = match (scope, named, value) {
            (KillScope::Global, _, Some(_)) => return Err(TenantsError::KillSwitchNoValue),
            (KillScope::Tenant, Some(named), Some(value)) if named != value => {
                return Err(TenantsError::KillSwitchNoValue);
            }
            (KillScope::Tenant, named, value) => (named.or(value), None),
            (_, named, value) => (named, value),
        };
        Ok((named, KillOrder { scope, value: value.unwrap_or_default(), reason }))
    }
}

impl KillSwitchView {
    fn new(switch: KillSwitch, tenant: TenantId) -> Self {
        let value = match &switch.target {
            Target::Global => None,
            Target::Tenant => Some(tenant.to_string()),
            Target::Gate(_) | Target::Agent(_) => Some(switch.target.value()),
        };
        let state = switch.state();
        let (released_at, released_by, release_reason) = match switch.released {
            Some(release) => (Some(rfc3339(release.at)), Some(release.by), release.reason),
            None => (None, None, None),
        };
        Self {
            switch_id: switch.id,
            scope: switch.target.scope(),
            tenant: Some(tenant).filter(|tenant| *tenant != TenantId::PLATFORM),
            value,
            gate_id: switch.target.gate(),
            agent_id: switch.target.agent(),
            state,
            reason: switch.reason,
            engaged_at: rfc3339(switch.engaged_at),
            engaged_by: switch.engaged_by,
            released_at,
            released_by,
            release_reason,
        }
    }
}

impl KillSwitchesQuery {
    fn limit(&self) -> u16 {
        let number = self.limit.as_deref().and_then(|text| text.parse::<i64>().ok());
        u16::try_from(number.unwrap_or(100).clamp(1, 1000)).unwrap_or(1000)
    }

    fn offset(&self) -> u32 {
        self.offset.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    fn filter(&self) -> Answer<KillSwitchFilter> {
        let state = match self.state.as_deref() {
            None | Some("engaged") => Some(KillState::Engaged),
            Some("released") => Some(KillState::Released),
            Some("any") => None,
            Some(_) => {
                let detail = "`state` is `engaged`, `released` or `any`";
                return Err(Problem::new(&codes::INVALID_QUERY, detail));
            }
        };
        let (scope, value) = (self.scope, self.value.clone());
        Ok(KillSwitchFilter { state, scope, value, gates: None })
    }
}

/// Who acts for a change of this scope.
async fn acting(
    ctx: &Context,
    caller: &AnyCaller<WriteKillSwitch>,
    scope: KillScope,
    named: Option<&str>,
) -> Result<Acting, TenantsError> {
    match scope {
        KillScope::Global => Acting::globally(caller, named),
        _ => Acting::on_tenant(&ctx.db, caller, named).await,
    }
}

/// Engage a kill switch
///
/// Every check that begins after the answer and that this meets is blocked with `kill_switch`, on
/// every replica, at gates that observe too. Again is fine, and answers the one that is engaged.
#[utoipa::path(post, path = "/v1/admin/kill-switch", tag = "kill switches",
    operation_id = "kill_switches.engage", request_body = KillSwitchRequest,
    responses((status = OK, body = KillSwitchAnswer,
        description = "The switch, and the `epoch` that it made"), Problems))]
pub(crate) async fn engage_kill_switch(
    State(ctx): State<Context>,
    caller: AnyCaller<WriteKillSwitch>,
    Json(request): Json<KillSwitchRequest>,
) -> Answer<Written<KillSwitchAnswer>> {
    let (named, order) = request.accept()?;
    let acting = acting(&ctx, &caller, order.scope, named.as_deref()).await?;
    let (switch, epoch) = engage(&ctx.db, &acting, order).await?;
    let entry = KillSwitchView::new(switch, acting.who.tenant);
    Ok(Written::changed(epoch, KillSwitchAnswer { ok: true, entry }))
}

/// Release a kill switch
///
/// What it met is decided again from the next check on. What is not engaged cannot be released.
#[utoipa::path(post, path = "/v1/admin/kill-switch/release", tag = "kill switches",
    operation_id = "kill_switches.release", request_body = KillSwitchRequest,
    responses((status = OK, body = KillSwitchAnswer,
        description = "The switch, and the `epoch` that it made"), Problems))]
pub(crate) async fn release_kill_switch(
    State(ctx): State<Context>,
    caller: AnyCaller<WriteKillSwitch>,
    Json(request): Json<KillSwitchRequest>,
) -> Answer<Written<KillSwitchAnswer>> {
    let (named, order) = request.accept()?;
    let acting = acting(&ctx, &caller, order.scope, named.as_deref()).await?;
    let (switch, epoch) = release(&ctx.db, &acting, order).await?;
    let entry = KillSwitchView::new(switch, acting.who.tenant);
    Ok(Written::changed(epoch, KillSwitchAnswer { ok: true, entry }))
}

/// List kill switches
///
/// Newest first, of the caller's tenant: those that are engaged, unless asked otherwise. A platform
/// key that names no tenant sees the global one.
#[utoipa::path(get, path = "/v1/admin/kill-switch", tag = "kill switches",
    operation_id = "kill_switches.list", params(KillSwitchesQuery, CountQuery),
    responses((status = OK, body = KillSwitchPage), Problems))]
pub(crate) async fn list_kill_switches(
    State(ctx): State<Context>,
    caller: AnyCaller<ReadKillSwitch>,
    part: List,
    count: CountQuery,
    Query(query): Query<KillSwitchesQuery>,
) -> Answer<Json<KillSwitchPage>> {
    let (limit, offset, filter) = (query.limit(), query.offset(), query.filter()?);
    let page = part.page(limit, query.cursor.as_deref())?;
    let acting = match (&caller, query.tenant.as_deref()) {
        (AnyCaller::Platform(_), None) => Acting::globally(&caller, None)?,
        (_, named) => Acting::on_tenant(&ctx.db, &caller, named).await?,
    };
    let (listed, count) =
        list(&ctx.db, &acting, page, offset.into(), filter, count.is_wanted()).await?;
    let Page { items: kill_switch, next_cursor } =
        listed.map(|switch| KillSwitchView::new(switch, acting.who.tenant));
    let counted = count.into();
    Ok(Json(KillSwitchPage { kill_switch, limit, offset, next_cursor, counted }))
}
