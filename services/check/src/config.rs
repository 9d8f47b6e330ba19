use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the check service can be told. Every default works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CheckConfig {
    /// Connections that carry batches of decisions of many tenants: one per spare core. Half the
    /// cores, 1 to 8, when absent.
    #[schemars(transform = without_default)]
    pub lanes: usize,
    /// Connections that wait for one tenant's head at a time.
    pub sides: usize,
    /// Checks that may wait for a lane; beyond it they are turned away at once.
    pub queue: usize,
    /// After this many milliseconds without an answer, a lane's connection counts as lost.
    pub commit_timeout_ms: u64,
    /// Connections that load tenants' configuration: at least two, of which one is not for those
    /// that nothing was loaded of yet.
    pub loaders: usize,
    /// How long a tenant's configuration may take to load while its head is held, in milliseconds.
    pub side_load_ms: u64,
    /// A tenant that was not asked for this long leaves the memory.
    pub idle_tenant_seconds: u64,
    /// Tenants that are kept in memory at most.
    pub max_tenants: u64,
    /// How many checks a second a caller may ask of one replica, where its API key has no limit of
    /// its own: a key, or all agents whose capabilities have one root. 0 is no limit. So many at
    /// once, and as many a second from then on; limits that hold across replicas are those of
    /// capabilities.
    pub caller_checks_per_second: u32,
    /// Verified capabilities are remembered until they take about so many MiB.
    pub verified_capabilities_mib: u64,
}

/// What a machine decides is in no schema: that is the same wherever it is written.
fn without_default(schema: &mut schemars::Schema) {
    schema.remove("default");
}

impl Default for CheckConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            lanes: (cores / 2).clamp(1, 8),
            sides: 2,
            queue: 4096,
            commit_timeout_ms: 2_000,
            loaders: 2,
            side_load_ms: 250,
            idle_tenant_seconds: 3_600,
            max_tenants: 10_000,
            caller_checks_per_second: 0,
            verified_capabilities_mib: 64,
        }
    }
}
