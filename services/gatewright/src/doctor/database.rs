//! The server, what was migrated, what it was installed with, and the log.

use gw_db::{
    Role,
    survey::{self, ServerState},
};
use gw_kernel::{Clock as _, SystemClock};
use gw_runtime::Config;
use secrecy::SecretString;
use serde_json::Value;

use super::finding::Findings;

/// The oldest Postgres that the tests run on.
const OLDEST: i32 = 150_000;
/// Processes refuse to be ready beyond this, in milliseconds.
const MAX_SKEW_MS: i64 = 500;
/// Days of the log's partitions that processes keep made, and fewer than which an error is.
const DAYS_KEPT: i32 = 7;
const AWAY: &str =
    "check that Postgres runs, that the URL is right, and that this machine may connect";

/// Everything that the server says of itself; nothing where it does not answer.
pub(super) async fn server(
    config: &Config,
    url: &SecretString,
    findings: &mut Findings,
) -> Option<ServerState> {
    let before = SystemClock.now();
    let server = match survey::server(url).await {
        Ok(server) => server,
        Err(error) => {
            findings.error("database", error.to_string(), AWAY);
            return None;
        }
    };
    // The server's clock was read between ours: only what lies outside is a difference.
    let skew = (before - server.now).max(server.now - SystemClock.now()).num_milliseconds().max(0);
    version(&server, findings);
    clock(skew, findings);
    connections(config, &server, findings);
    Some(server)
}

fn version(server: &ServerState, findings: &mut Findings) {
    let (check, version) = ("database", &server.version);
    if server.in_recovery {
        let advice = "connect to the primary: a standby takes no writes";
        findings.error(check, format!("Postgres {version} answers, and is a standby"), advice);
    } else if server.version_number < OLDEST {
        findings.error(check, format!("Postgres {version} is too old"), "upgrade to 15 or newer");
    } else {
        let mib = server.bytes / (1024 * 1024);
        let size = format!("the database has {mib} MiB (what is free is not visible from here)");
        findings.ok(check, format!("Postgres {version} answers; {size}"));
    }
}

fn clock(skew: i64, findings: &mut Findings) {
    if skew > MAX_SKEW_MS {
        let advice = "run NTP on both machines: processes are not ready beyond 500 ms";
        findings.error("clock", format!("Postgres' and ours are {skew} ms apart"), advice);
    } else {
        findings.ok("clock", format!("Postgres' and ours agree to {skew} ms"));
    }
}

/// What one process with every service may open, against what the server takes.
fn connections(config: &Config, server: &ServerState, findings: &mut Findings) {
    let check_service = config.services.get("check");
    let of = |key: &str| check_service.and_then(|table| table.get(key)).and_then(Value::as_u64);
    let defaults = gw_check::CheckConfig::default();
    let count = |key: &str, default: usize| {
        of(key).unwrap_or_else(|| default.try_into().unwrap_or(u64::MAX))
    };
    let journal = count("lanes", defaults.lanes)
        .saturating_add(count("sides", defaults.sides))
        .saturating_add(count("loaders", defaults.loaders));
    // Every service has a pool, and one connection more that asks whether the database is there.
    let services = u64::try_from(crate::host(config.clone()).names().len()).unwrap_or(u64::MAX);
    let pools = services.saturating_mul(u64::from(config.database.max_connections) + 1);
    let process = pools.saturating_add(journal);
    let takes = u64::try_from(server.connections).unwrap_or_default();
    let said = format!("a process opens up to {process} connections, and Postgres takes {takes}");
    if process > takes {
        let advice = "raise max_connections in postgresql.conf, or lower database.max_connections";
        findings.error("connections", said, advice);
    } else {
        let processes = takes / process.max(1);
        findings.ok("connections", format!("{said}: enough for {processes} processes"));
    }
}

/// Whether the database is this release's.
pub(super) async fn migrations(url: &SecretString, findings: &mut Findings) -> bool {
    const CHECK: &str = "migrations";
    let found = match survey::migrations(url).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let advice = "set database.url to the login that migrates, and ask again";
            findings.warning(CHECK, "this login may not read which were applied", advice);
            return true;
        }
        Err(error) => {
            findings.error(CHECK, error.to_string(), AWAY);
            return false;
        }
    };
    if !found.foreign.is_empty() {
        let found = format!("{:?} are not this release's, or did not end well", found.foreign);
        let advice = "run the release that applied them, or a newer one";
        findings.error(CHECK, found, advice);
    } else if found.pending.is_empty() {
        findings.ok(CHECK, format!("all {} are applied", found.known));
    } else {
        let pending = found.pending.join(", ");
        findings.error(CHECK, format!("not applied: {pending}"), "run `gatewright migrate`");
    }
    found.foreign.is_empty() && found.pending.is_empty()
}

/// The root key and the issuer host that the database was installed with.
pub(super) async fn installation(config: &Config, findings: &mut Findings) {
    const CHECK: &str = "root key";
    let keys = match config.keys.load() {
        Ok(keys) => keys,
        Err(error) => {
            let advice = "set keys.root_key_file to the file that holds the root key";
            return findings.error(CHECK, error.to_string(), advice);
        }
    };
    let installed = match survey::installed(&config.database, Role::Tenants).await {
        Ok(Some(installed)) => installed,
        Ok(None) => {
            return findings.ok(CHECK, "it can be read; the first start will write it down");
        }
        Err(error) => return findings.error("installation", error.to_string(), AWAY),
    };
    let theirs = installed.root_key_fingerprint.as_slice();
    let current = theirs == keys.fingerprint();
    match keys.previous_fingerprint() {
        None if current => findings.ok(CHECK, "the database was installed with it"),
        Some(_) if current => {
            let advice = "take keys.previous_root_key_file away and restart every process in turn";
            findings.warning(
                CHECK,
                "it is the database's; a previous one is still configured",
                advice,
            );
        }
        Some(previous) if theirs == previous => {
            let advice = "when every process runs with both, run `gatewright keys rotate root`";
            findings.warning(
                CHECK,
                "a rotation is under way: the database has the previous",
                advice,
            );
        }
        _ => {
            let advice = "configure the key that this database was installed with: without it \
                          nothing that is sealed can be opened";
            findings.error(CHECK, "the database was installed with another root key", advice);
        }
    }
    let (host, ours) = (&installed.issuer_host, &config.issuer_host);
    if host == ours {
        findings.ok("issuer", format!("logs begin with {host}"));
    } else {
        let found = format!("logs begin with {host}, and {ours} is configured");
        findings.error("issuer", found, &format!("set issuer_host = \"{host}\": it cannot change"));
    }
}

/// The partitions for the days to come, and logs that once lost entries.
pub(super) async fn log(config: &Config, url: &SecretString, findings: &mut Findings) {
    match survey::missing_days(url, DAYS_KEPT).await {
        Err(error) => findings.error("log days", error.to_string(), AWAY),
        Ok(missing) if missing.is_empty() => {
            findings.ok(
                "log days",
                format!("there are partitions for today and {DAYS_KEPT} days more"),
            );
        }
        Ok(missing) => {
            let found = format!("there are no partitions for {}", missing.join(", "));
            let advice =
                "start a process that checks, or run `gatewright migrate`: either makes them";
            // Processes make them every hour, so the last ones may be missing for a while.
            if missing.len() > 2 {
                findings.error("log days", found, advice);
            } else {
                findings.warning("log days", found, advice);
            }
        }
    }
    match survey::acknowledged(&config.database).await {
        Err(error) => findings.error("log losses", error.to_string(), AWAY),
        Ok(losses) => match losses.first() {
            None => findings.ok(
                "log losses",
                "no loss was ever acknowledged (one that was not shows in gatewright_journal_tenants_regressed)",
            ),
            Some(last) => {
                let tenant = gw_kernel::TenantId::from_uuid(last.tenant_id);
                let count = losses.len();
                let found = format!("{count} were acknowledged, the last for {tenant} at {}", last.at);
                let advice = "nothing now; find out why the standby was not synchronous then";
                findings.warning("log losses", found, advice);
            }
        },
    }
}
