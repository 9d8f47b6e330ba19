//! Whether what is answered survives.

use gw_db::survey::ServerState;
use gw_runtime::Config;

use super::finding::Findings;

pub(super) fn look(config: &Config, server: &ServerState, findings: &mut Findings) {
    disk(server, findings);
    standby(config, server, findings);
}

fn disk(server: &ServerState, findings: &mut Findings) {
    const CHECK: &str = "durability";
    if !server.writes_are_safe {
        let advice = "set fsync = on and full_page_writes = on in postgresql.conf, and reload";
        findings.error(CHECK, "Postgres does not write to the disk what it says it does", advice);
    } else if server.commits_are_flushed {
        findings.ok(CHECK, "commits wait for the disk");
    } else {
        let advice =
            "set synchronous_commit = on; services turn it on for themselves, others do not";
        findings.warning(CHECK, "synchronous_commit is off for this database or login", advice);
    }
}

fn standby(config: &Config, server: &ServerState, findings: &mut Findings) {
    const CHECK: &str = "standby";
    let names = &server.standby_names;
    match (names.is_empty(), config.journal.single_copy) {
        (false, false) => findings.ok(CHECK, format!("a commit waits for a standby: {names}")),
        (false, true) => {
            let advice =
                "set journal.single_copy = false, so that nobody can take the standby away";
            findings.warning(CHECK, format!("a commit waits for {names}, and need not"), advice);
        }
        (true, true) => {
            findings.ok(CHECK, "the log has one copy, and journal.single_copy says that you know");
        }
        (true, false) => {
            let advice = "configure synchronous_standby_names, or set journal.single_copy = true";
            findings.error(CHECK, "the log has one copy: processes will not be ready", advice);
        }
    }
}
