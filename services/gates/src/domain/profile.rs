words! {
    /// How strong a credential must be at a gate.
    SecurityProfile {
        /// Signed credentials of issuers that the tenant knows.
        L1 => "L1",
        /// L1, and nothing self-issued.
        L2 => "L2",
        /// L2, and a proof that the caller holds the credential's key.
        L3 => "L3",
    }
    /// What a gate does with a decision to block.
    Mode {
        /// Blocks.
        Enforce => "enforce",
        /// Allows, and says what it would have done.
        Observe => "observe",
    }
    /// What a gate's own key signs.
    Signing {
        /// Every record on its own.
        Each => "each",
        /// The checkpoint of each batch.
        Batch => "batch",
    }
    /// Whether a gate answers.
    GateState {
        /// It does.
        Active => "active",
        /// It does not any more.
        Archived => "archived",
    }
}
