//! The log about itself.

use gw_kernel::{LogKeyId, TenantId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Event;

facts! {
    /// A key of a tenant's log, and the sizes of the log whose checkpoints it signs.
    LogKey {
        /// The key.
        key_id: LogKeyId,
        /// Its public half as a C2SP signed-note verifier key.
        vkey: String,
        /// The first size that it signs.
        signs_from: i64,
        /// The first size that it does not sign any more; absent while it signs.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        signs_until: Option<i64>,
    }
    /// A tenant's log has a new key: it signs every checkpoint that has this entry in it.
    LogKeyRotatedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// The log's origin (C2SP tlog-checkpoint); it stays.
        log_origin: String,
        /// What signs now.
        active: LogKey,
        /// What signed before, and does not any more.
        previous: LogKey,
    }
    /// A checkpoint of a log that was lost, as far as it is known.
    LostCheckpoint {
        /// The log's size.
        size: i64,
        /// Its root hash (RFC 6962), base64.
        root: String,
    }
    /// A log that lost entries in a fail-over goes on. From this entry on it has a new origin and a
    /// new key: no receipt of what was lost is one of this log.
    LogRegressionAcknowledgedV1 {
        /// The tenant.
        tenant_id: TenantId,
        /// The log's origin (C2SP tlog-checkpoint) from here on.
        log_origin: String,
        /// The origin that what was lost bears.
        previous_origin: String,
        /// How many entries are left; the rest, which nobody may know of, is lost.
        kept_size: i64,
        /// The last checkpoint that is known of what was lost.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        lost: Option<LostCheckpoint>,
        /// Why it may go on, in the operator's words.
        reason: String,
        /// What signs now.
        active: LogKey,
        /// What signed before, and does not any more.
        previous: LogKey,
    }
}

event!(LogKeyRotatedV1, "log.key_rotated.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
event!(LogRegressionAcknowledgedV1, "log.regression_acknowledged.v1", moves_epoch: true, subject: |e| e.tenant_id.to_string());
