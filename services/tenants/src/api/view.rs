//! What objects look like on the wire.

use gw_kernel::{ApiKeyId, Author, GateId, OperatorId, Role, ScopeSet, TenantId, rfc3339};
use gw_web::Counted;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::read_tenants::TenantsListed,
    domain::{
        ApiKey, ChecksPerMinute, KeyKind, KeyState, ListedTenant, Operator, OperatorState, Tenant,
        TenantState,
    },
};

/// A tenant.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Tenant)]
pub(crate) struct TenantView {
    /// The tenant's id.
    tenant_id: TenantId,
    /// The name that is accepted in place of the id, if it was given one.
    alias: Option<String>,
    /// What people call it.
    name: String,
    /// Whether its calls are decided.
    state: TenantState,
    /// Why it was last suspended or resumed.
    state_reason: Option<String>,
    /// The gate of paths that name none; the tenant's first gate when null.
    default_gate_id: Option<GateId>,
    /// Who made it.
    created_by: Author,
    /// When.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<&Tenant> for TenantView {
    fn from(tenant: &Tenant) -> Self {
        Self {
            tenant_id: tenant.id,
            alias: tenant.alias.clone(),
            name: tenant.name.clone(),
            state: tenant.state,
            state_reason: tenant.state_reason.clone(),
            default_gate_id: tenant.default_gate,
            created_by: tenant.created_by.clone(),
            created_at: rfc3339(tenant.created_at),
            updated_at: rfc3339(tenant.updated_at),
        }
    }
}

/// A row of the list of tenants, as compatible clients read it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenantRow {
    /// The tenant's id.
    id: TenantId,
    /// Whether somebody holds a usable key for everything.
    has_admin: bool,
    #[serde(flatten)]
    tenant: TenantView,
}

/// A part of the list of tenants: the same rows twice, for two kinds of clients.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenantList {
    /// The tenants, newest first.
    items: Vec<TenantView>,
    /// The same, each with `id` and `has_admin`.
    tenants: Vec<TenantRow>,
    /// What to pass as `cursor` for the next part; null at the end.
    next_cursor: Option<String>,
    #[serde(flatten)]
    counted: Counted,
}

impl From<TenantsListed> for TenantList {
    fn from((page, count): TenantsListed) -> Self {
        let row = |listed: &ListedTenant| TenantRow {
            id: listed.tenant.id,
            has_admin: listed.has_admin,
            tenant: TenantView::from(&listed.tenant),
        };
        Self {
            items: page.items.iter().map(|listed| TenantView::from(&listed.tenant)).collect(),
            tenants: page.items.iter().map(row).collect(),
            next_cursor: page.next_cursor,
            counted: count.into(),
        }
    }
}

/// A person who administers the tenant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operator)]
pub(crate) struct OperatorView {
    /// The operator's id.
    operator_id: OperatorId,
    /// Their name.
    name: String,
    /// Their mail address.
    mail: String,
    /// What they are for; the most that their keys may do.
    roles: Vec<Role>,
    /// Whether their keys are accepted.
    state: OperatorState,
    /// Why they were last suspended or resumed.
    state_reason: Option<String>,
    /// Who made it.
    created_by: Author,
    /// When.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<Operator> for OperatorView {
    fn from(operator: Operator) -> Self {
        Self {
            operator_id: operator.id,
            name: operator.name,
            mail: operator.mail,
            roles: operator.roles,
            state: operator.state,
            state_reason: operator.state_reason,
            created_by: operator.created_by,
            created_at: rfc3339(operator.created_at),
            updated_at: rfc3339(operator.updated_at),
        }
    }
}

/// A way into the API, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ApiKeyView {
    /// The key's id.
    key_id: ApiKeyId,
    /// What it is for.
    name: String,
    /// Whether a person, a machine or the platform acts with it.
    kind: KeyKind,
    /// Whose it is, if a person's.
    operator_id: Option<OperatorId>,
    /// What it may do.
    scopes: ScopeSet,
    /// The gates that it is limited to; every gate when null.
    gates: Option<Vec<GateId>>,
    /// How many checks it may ask for in a minute, at each replica; the installation's default when
    /// null.
    checks_per_minute: Option<ChecksPerMinute>,
    /// The key's text without its secret: what it is recognised by.
    prefix: String,
    /// Whether it is accepted.
    state: KeyState,
    /// When it ends by itself.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// When it was first revoked.
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
    /// Why, in the words of whoever revoked it first.
    revoked_reason: Option<String>,
    /// When its secret was last replaced.
    #[schema(format = DateTime)]
    rotated_at: Option<String>,
    /// Until when the secret that was replaced is accepted; null when it is not.
    #[schema(format = DateTime)]
    previous_until: Option<String>,
    /// Who made it.
    created_by: Author,
    /// When.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl ApiKeyView {
    /// The key as it is at this moment.
    pub(crate) fn at(now: chrono::DateTime<chrono::Utc>, key: ApiKey) -> Self {
        Self {
            key_id: key.id,
            state: key.state(now),
            kind: key.owner.kind(),
            operator_id: key.owner.operator(),
            name: key.name,
            scopes: key.scopes,
            gates: key.gates.map(|gates| gates.into_iter().collect()),
            checks_per_minute: key.checks_per_minute,
            prefix: key.prefix,
            expires_at: key.expires_at.map(rfc3339),
            revoked_at: key.revoked_at.map(rfc3339),
            revoked_reason: key.revoked_reason,
            rotated_at: key.rotated_at.map(rfc3339),
            previous_until: key.previous_until.filter(|until| now < *until).map(rfc3339),
            created_by: key.created_by,
            created_at: rfc3339(key.created_at),
            updated_at: rfc3339(key.updated_at),
        }
    }
}
