use axum::{Json as Body, extract::State};
use gw_kernel::{OperatorId, Text};
use gw_web::{
    Answer, Caller, Json, PageQuery, Path, Problems, Query, Tagged, Written,
    permissions::{ReadOperators, WriteOperators},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Context,
    api::{Listed, listed, view::OperatorView},
    app::{create_operator as create, read_operators as read},
    domain::NewOperator,
    store::operators::OperatorFilter,
};

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
        create::create_operator(&ctx.db, &caller, caller.scopes(), body).await?;
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
}

/// List operators
#[utoipa::path(get, path = "/v1/admin/operators", tag = "operators",
    params(OperatorQuery, PageQuery),
    responses((status = OK, body = Listed<OperatorView>,
        description = "A part of the list, newest first"), Problems))]
pub(crate) async fn list_operators(
    State(ctx): State<Context>,
    caller: Caller<ReadOperators>,
    Query(query): Query<OperatorQuery>,
    page: PageQuery,
) -> Answer<Body<Listed<OperatorView>>> {
    let filter = OperatorFilter {
        name_contains: query.name_contains.map(Text::into_string),
        mail: query.mail.map(Text::into_string),
    };
    Ok(listed(read::list_operators(&ctx.db, &caller, filter, page.request()).await?))
}

/// Read an operator
#[utoipa::path(get, path = "/v1/admin/operators/{operator}", tag = "operators",
    params(("operator" = OperatorId, Path, description = "The operator's id")),
    responses((status = OK, body = OperatorView,
        description = "The operator"), Problems))]
pub(crate) async fn read_operator(
    State(ctx): State<Context>,
    caller: Caller<ReadOperators>,
    Path(operator): Path<OperatorId>,
) -> Answer<Tagged<OperatorView>> {
    Ok(Tagged(read::read_operator(&ctx.db, &caller, operator).await?.into()))
}
