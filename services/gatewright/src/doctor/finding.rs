use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    /// As it should be.
    Ok,
    /// It works, and somebody should know.
    Warning,
    /// It does not work, or a promise does not hold.
    Error,
}

/// What was looked at, what was found, and what to do about it.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// What was looked at: `migrations`, `role gw_check`.
    pub(super) check: String,
    pub(super) severity: Severity,
    /// A sentence.
    pub(super) found: String,
    /// What to do; nothing where all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<String>,
}

/// All of them, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn ok(&mut self, check: &str, found: impl Into<String>) {
        self.add(check, Severity::Ok, found.into(), None);
    }

    pub(super) fn warning(&mut self, check: &str, found: impl Into<String>, advice: &str) {
        self.add(check, Severity::Warning, found.into(), Some(advice.to_owned()));
    }

    pub(super) fn error(&mut self, check: &str, found: impl Into<String>, advice: &str) {
        self.add(check, Severity::Error, found.into(), Some(advice.to_owned()));
    }

    fn add(&mut self, check: &str, severity: Severity, found: String, advice: Option<String>) {
        self.0.push(Finding { check: check.to_owned(), severity, found, advice });
    }

    pub(super) fn all(&self) -> &[Finding] {
        &self.0
    }

    /// How many are so bad.
    pub(super) fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|finding| finding.severity == severity).count()
    }
}
