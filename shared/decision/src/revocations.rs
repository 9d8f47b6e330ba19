use gw_credentials::capability::Verified;
use gw_kernel::Epoch;

/// What is refused of a tenant's capabilities. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct Revocations {
    /// By id (`jti`), which a child shares with its root.
    pub jtis: imbl::HashSet<String>,
    /// By the id of the root of the chain.
    pub roots: imbl::HashSet<String>,
    /// By hop id: every chain that passes through it.
    pub hops: imbl::HashSet<String>,
    /// By agent: what was minted for it at this epoch or before.
    pub subjects: imbl::HashMap<String, Epoch>,
}

impl Revocations {
    /// Whether a capability is refused. One whose issuer did not state when it was minted counts
    /// as older than any revocation of its agent.
    #[must_use]
    pub fn refuse(&self, capability: &Verified) -> bool {
        let subject = self.subjects.get(&capability.subject);
        self.jtis.contains(&capability.jti)
            || self.jtis.contains(&capability.root_id)
            || self.roots.contains(&capability.root_id)
            || capability.hops.iter().any(|hop| self.hops.contains(hop))
            || subject.is_some_and(|until| capability.minted_at.unwrap_or_default() <= *until)
    }
}
