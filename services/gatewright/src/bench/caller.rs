use std::sync::Arc;

use gw_credentials::capability::{NewCaveat, attenuate};

/// A tenant as its gate knows it: where to ask, as whom, and the agents' capabilities.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) tenant_id: String,
    pub(super) path: Arc<str>,
    pub(super) authorization: Arc<str>,
    pub(super) tokens: Arc<[String]>,
}

impl Caller {
    /// The body of the n-th check of a run: every check asks about something else.
    pub(super) fn body(&self, n: u64) -> String {
        let which = usize::try_from(n).unwrap_or(0) % self.tokens.len();
        let token = &self.tokens[which];
        format!(
            r#"{{"action":"bench:call","target":"urn:bench:{n}","arguments":{{"n":{n}}},"credential":{{"kind":"capability","value":"{token}"}}}}"#
        )
    }

    /// The same caller, whose agents hold so many capabilities that no check sees one twice.
    pub(super) fn with_fresh_tokens(&self, count: usize) -> anyhow::Result<Self> {
        let parent = &self.tokens[0];
        let far = 4_000_000_000;
        let tokens: Result<Vec<String>, _> = (0..count)
            .map(|n| attenuate(parent, &[NewCaveat::Exp(far + i64::try_from(n).unwrap_or(0))]))
            .collect();
        Ok(Self { tokens: tokens?.into(), ..self.clone() })
    }
}
