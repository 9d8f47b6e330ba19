//! What secrets are sealed under.

use gw_kernel::TenantId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Event;

facts! {
    /// A tenant's secrets are sealed under a new data key from now on; those that are there are
    /// sealed anew, one after the other.
    TenantDataKeyRotationStartedV1 {
        /// The tenant.
        tenant_id: TenantId,
    }
    /// All of a tenant's secrets are sealed under the new data key, and the old one is gone.
    TenantDataKeyRotatedV1 {
        /// The tenant.
        tenant_id: TenantId,
    }
    /// Every tenant's data key is sealed under a new root key.
    RootKeyRotatedV1 {
        /// What tells the new key apart: 16 hexadecimal digits that say nothing else of it.
        fingerprint: String,
        /// What told the old one apart.
        previous_fingerprint: String,
        /// How many data keys there are.
        data_keys: u64,
    }
}

event!(TenantDataKeyRotationStartedV1, "tenant.data_key_rotation_started.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(TenantDataKeyRotatedV1, "tenant.data_key_rotated.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(RootKeyRotatedV1, "platform.root_key_rotated.v1", moves_epoch: false, subject: |_| "root_key".to_owned());
