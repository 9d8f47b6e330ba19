use axum::{Json as Body, extract::State};
use gw_kernel::{OperatorId, Role, Text};
use gw_web::{
    Answer, Caller, CountQuery, ETag, IfMatch, IfNoneMatch, Json, NotModified, PageQuery, Path,
    Problems, Query, Tagged, Written,
    permissions::{ReadOperators, WriteOperators},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Context,
    api::{Listed, listed, view::OperatorView},
    app::{
        create_operator as create, read_operators as read,
        update_operator::{self as update, OperatorChanges, Rights},
    },
    domain::{Mail, Name, NewOperator, Operator, OperatorState},
    store::operators::OperatorFilter,
};

/// What the caller may give and change.
pub(super) fn rights<P>(caller: &Caller<P>) -> Rights<'_> {
    Rights { scopes: caller.scopes(), gates: caller.gates() }
}

/// Create an operator
///
/// The roles are the most that the operator's keys may do, and no more than the caller may.
#[utoipa::path(post, path = "/v1/admin/operators", tag = "operators", request_body = NewOperator,
    responses((status = CREATED, body = OperatorView,
        description = "The operator, and the `epoch` that it made"), Problems))]
pub(crate) async fn create_operator(
    State(ctx): State<Context>,
    caller: Caller<WriteOperators>,
    Json(body): Json<NewOperator>,
) -> Answer<Written<OperatorView>> {
    let (operator, epoch) =
        create::create_operator(&ctx.db, &caller, rights(&caller), body).await?;
    let location = format!("/v1/admin/operators/{}", operator.id);
    Ok(Written::created(epoch, location, operator.into()))
}

/// Which operators are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OperatorQuery {
    /// Only those whose name contains this text, in any case.
    #[param(value_type = Option<String>)]
    name_contains: Option<Text<1, 200>>,
    /// Only the one with this mail address, in any case.
    #[param(value_type = Option<String>)]
    mail: Option<Text<1, 254>>,
    /// Only those who have this role.
    role: Option<Role>,
    /// Only those in this state.
    state: Option<OperatorState>,
}

/// List operators
#[utoipa::path(get, path = "/v1/admin/operators", tag = "operators",
    params(OperatorQuery, PageQuery, CountQuery),
    responses((status = OK, body = Listed<OperatorView>,
        description = "A part of the list, newest first"), Problems))]
pub(crate) async fn list_operators(
    State(ctx): State<Context>,
    caller: Caller<ReadOperators>,
    Query(query): Query<OperatorQuery>,
    page: PageQuery,
    count: CountQuery,
) -> Answer<Body<Listed<OperatorView>>> {
    let filter = OperatorFilter {
        name_contains: query.name_contains.map(Text::into_string),
        mail: query.mail.map(Text::into_string),
        role: query.role,
        state: query.state,
    };
    let (page, counted) = (page.request(), count.is_wanted());
    let operators = read::list_operators(&ctx.db, &caller, &filter, page, counted).await?;
    Ok(listed(operators, OperatorView::from))
}

/// Read an operator
#[utoipa::path(get, path = "/v1/admin/operators/{operator}", tag = "operators",
    params(("operator" = OperatorId, Path, description = "The operator's id"), IfNoneMatch),
    responses((status = OK, body = OperatorView,
        description = "The operator"), NotModified, Problems))]
pub(crate) async fn read_operator(
    State(ctx): State<Context>,
    caller: Caller<ReadOperators>,
    Path(operator): Path<OperatorId>,
    known: IfNoneMatch,
) -> Answer<Tagged<OperatorView>> {
    Ok(known.tagged(read::read_operator(&ctx.db, &caller, operator).await?.into()))
}

/// What is to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorPatch {
    /// Their name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    name: Option<Name>,
    /// Their mail address; nobody else in the tenant has it.
    mail: Option<Mail>,
    /// All of their roles from now on: at least one.
    roles: Option<Vec<Role>>,
}

/// Change an operator
///
/// Their name, mail address or roles; what their keys may do follows the roles from the next call
/// on. Nobody gives a role, or changes an operator, that reaches further than they do, and the last
/// active owner stays one. `If-Match` says which version is changed.
#[utoipa::path(patch, path = "/v1/admin/operators/{operator}", tag = "operators",
    params(("operator" = OperatorId, Path, description = "The operator's id"),
        ("If-Match" = String, Header, description = "The `ETag` of the operator as it was read")),
    request_body = OperatorPatch, responses((status = OK, body = OperatorView,
        description = "The operator, and the `epoch` that it made"), Problems))]
pub(crate) async fn update_operator(
    State(ctx): State<Context>,
    caller: Caller<WriteOperators>,
    Path(operator): Path<OperatorId>,
    if_match: IfMatch,
    Json(patch): Json<OperatorPatch>,
) -> Answer<Written<OperatorView>> {
    let changes = OperatorChanges { name: patch.name, mail: patch.mail, roles: patch.roles };
    let is_current =
        |now: &Operator| if_match.check(&ETag::of(&OperatorView::from(now.clone()))).is_ok();
    let (operator, epoch) =
        update::update_operator(&ctx.db, &caller, rights(&caller), operator, changes, is_current)
            .await?;
    Ok(Written::changed(epoch, operator.into()))
}
