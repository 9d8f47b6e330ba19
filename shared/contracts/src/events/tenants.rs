//! Tenants, and the people who administer them.

use gw_kernel::{GateId, OperatorId, TenantId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Event;

/// How much of everything a tenant may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanLimits {
    /// Checks a second at each replica.
    pub checks_per_second: u32,
    /// Gates that are not archived.
    pub gates: u32,
    /// API keys that are neither revoked nor expired.
    pub api_keys: u32,
    /// Operators that are not suspended.
    pub operators: u32,
    /// For how many days decisions keep their records; the hashes of these stay.
    pub retention_days: u32,
}

facts! {
    /// A tenant exists, and its log begins.
    TenantCreatedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// What people call it.
        name: String,
        /// The name that is accepted in place of its id, if it was given one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        alias: Option<String>,
        /// `active`.
        state: String,
        /// The log's origin (C2SP tlog-checkpoint).
        log_origin: String,
        /// The log's public key as a C2SP signed-note verifier key.
        log_vkey: String,
        /// What it may have.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        limits: Option<PlanLimits>,
    }
    /// A tenant may have more or less than before.
    TenantLimitsChangedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// What it may have.
        limits: PlanLimits,
    }
    /// A tenant's name or default gate changed.
    TenantUpdatedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// What people call it.
        name: String,
        /// The gate of paths that name none.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        default_gate_id: Option<GateId>,
        /// `active` or `suspended`.
        state: String,
    }
    /// A tenant's calls are refused from now on.
    TenantSuspendedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// `suspended`.
        state: String,
        /// Why, in the operator's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
    /// A tenant's calls are decided again.
    TenantResumedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// `active`.
        state: String,
        /// Why, in the operator's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
    /// Somebody with a platform key looked at the list of tenants.
    TenantsListedV1 {
        /// How many were shown.
        count: u64,
    }
    /// Somebody with a platform key looked at one tenant.
    TenantReadV1 {
        /// The tenant.
        tenant_id: TenantId,
    }
    /// A person may administer the tenant.
    OperatorCreatedV1 {
        /// The operator.
        operator_id: OperatorId,
        /// Their name.
        name: String,
        /// Their mail address.
        mail: String,
        /// Their roles.
        roles: Vec<String>,
    }
    /// An operator's name, mail address or roles changed. From here on the operator's keys may do
    /// what these roles allow, and no more than they were given.
    OperatorUpdatedV1 {
        /// The operator.
        operator_id: OperatorId,
        /// Their name.
        name: String,
        /// Their mail address.
        mail: String,
        /// Their roles.
        roles: Vec<String>,
        /// `active` or `suspended`.
        state: String,
    }
    /// An operator's keys are refused from now on.
    OperatorSuspendedV1 {
        /// The operator.
        operator_id: OperatorId,
        /// Their roles.
        roles: Vec<String>,
        /// `suspended`.
        state: String,
        /// Why, in the words of whoever did it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
    /// An operator's keys are accepted again.
    OperatorResumedV1 {
        /// The operator.
        operator_id: OperatorId,
        /// Their roles.
        roles: Vec<String>,
        /// `active`.
        state: String,
        /// Why, in the words of whoever did it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    }
}

event!(TenantCreatedV1, "tenant.created.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(TenantLimitsChangedV1, "tenant.limits_changed.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(TenantUpdatedV1, "tenant.updated.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(TenantSuspendedV1, "tenant.suspended.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(TenantResumedV1, "tenant.resumed.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(TenantsListedV1, "platform.tenants_listed.v1", moves_epoch: false, subject: |_| "tenants".to_owned());
event!(TenantReadV1, "platform.tenant_read.v1", moves_epoch: false, subject: |e| e.tenant_id.to_string());
event!(OperatorCreatedV1, "operator.created.v1", moves_epoch: false, subject: |e| e.operator_id.to_string());
event!(OperatorUpdatedV1, "operator.updated.v1", moves_epoch: true, subject: |e| e.operator_id.to_string());
event!(OperatorSuspendedV1, "operator.suspended.v1", moves_epoch: true, subject: |e| e.operator_id.to_string());
event!(OperatorResumedV1, "operator.resumed.v1", moves_epoch: true, subject: |e| e.operator_id.to_string());
