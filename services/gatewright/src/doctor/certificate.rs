//! The certificate that listeners show, where one is configured.

use gw_kernel::{Clock as _, SystemClock};
use gw_runtime::Config;

use super::finding::Findings;

/// Who renews certificates does it earlier than so many days before they expire.
const SOON: i64 = 14;

pub(super) fn look(config: &Config, findings: &mut Findings) {
    const CHECK: &str = "certificate";
    let looked = config.tls.files().map(|files| files.map(|files| files.look()));
    let expires = match looked {
        Ok(None) => return,
        Ok(Some(Ok(expires))) => expires,
        Ok(Some(Err(error))) | Err(error) => {
            let advice = "put the certificate, with those between it and its root, and its own key there as PEM";
            return findings.error(CHECK, error.to_string(), advice);
        }
    };
    let days = expires.saturating_sub(SystemClock.now().timestamp()).div_euclid(86_400);
    if days < 0 {
        let advice = "replace it: a running process takes the new files by itself";
        findings.error(CHECK, format!("it expired {} days ago", -days), advice);
    } else if days < SOON {
        let advice = "see why it was not renewed; a running process takes new files by itself";
        findings.warning(CHECK, format!("it expires in {days} days"), advice);
    } else {
        findings.ok(CHECK, format!("it fits its key, and expires in {days} days"));
    }
}
