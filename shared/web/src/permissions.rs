//! What a handler's signature can demand: one marker for each scope.

use gw_kernel::Scope;

/// A permission, as a type: `Caller<CreateGates>` holds only if the key has its scope.
pub trait Permission: Send + Sync + 'static {
    /// The scope that the caller's key needs.
    const SCOPE: Scope;
}

macro_rules! permissions {
    ($($name:ident => $scope:ident;)*) => {$(
        #[doc = concat!("The caller holds the scope [`Scope::", stringify!($scope), "`].")]
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}

        impl Permission for $name {
            const SCOPE: Scope = Scope::$scope;
        }
    )*};
}

permissions! {
    WriteChecks => ChecksWrite;
    DryRunChecks => ChecksDryRun;
    ReadGates => GatesRead;
    CreateGates => GatesCreate;
    WriteGates => GatesUpdate;
    DeleteGates => GatesDelete;
    ReadKeypairs => KeypairsRead;
    WriteKeypairs => KeypairsWrite;
    ReadCapabilities => CapabilitiesRead;
    MintCapabilities => CapabilitiesMint;
    RevokeCapabilities => CapabilitiesRevoke;
    ReadApiKeys => ApiKeysRead;
    WriteApiKeys => ApiKeysWrite;
    ReadOperators => OperatorsRead;
    WriteOperators => OperatorsWrite;
    ReadDecisions => DecisionsRead;
    ReadLog => LogRead;
    ReadKillSwitch => KillSwitchRead;
    WriteKillSwitch => KillSwitchWrite;
    ReadTenants => TenantsRead;
    WriteTenants => TenantsWrite;
}
