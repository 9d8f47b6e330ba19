use reqwest::Method;
use serde_json::json;

use super::{
    Plan, Step,
    differences::{differences, told},
};
use crate::declared::{fetch::PlanLimits, limits::Limits};

impl Plan {
    /// Limits come first: there may be no room before for what comes after. A tenant does not set
    /// its own, so that they are changed with a platform key or not at all.
    pub(super) fn limits(
        &mut self,
        wanted: Option<&Limits>,
        there: Option<&PlanLimits>,
        with_platform_key: bool,
    ) {
        let (Some(wanted), Some(there)) = (wanted, there) else { return };
        let wanted = wanted.or(&there.limits);
        let changes = differences(&there.limits, &wanted);
        if changes.is_empty() {
            return;
        }
        let what = format!("limits: {}", told(&changes));
        if !with_platform_key {
            let why = "only the platform changes limits: give its key with --platform-key";
            self.impossible.push(format!("{what}: {why}"));
            return;
        }
        self.steps.push(Step {
            sign: '~',
            what,
            method: Method::PUT,
            path: format!("/v1/admin/tenants/{}/limits", there.tenant),
            body: json!(wanted),
            owner: None,
            by_platform: true,
        });
    }
}
