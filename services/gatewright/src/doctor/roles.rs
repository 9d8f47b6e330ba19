//! Who services connect as, and what their roles may do.

use gw_db::{
    Role,
    survey::{self, Rights},
};
use gw_runtime::Config;
use secrecy::SecretString;

use super::finding::Findings;

/// So many rights are named; more are counted.
const NAMED: usize = 5;

/// `current`: the database's migrations are this release's, so that its rights have to be, too.
pub(super) async fn look(
    config: &Config,
    url: &SecretString,
    current: bool,
    findings: &mut Findings,
) {
    for role in Role::ALL {
        login(config, role, findings).await;
    }
    match survey::rights(url).await {
        Ok(rights) => {
            roles(&rights, findings);
            if current {
                grants(&rights, findings);
            }
        }
        Err(error) => {
            findings.error("roles", error.to_string(), "let this login read Postgres' catalogs");
        }
    }
}

async fn login(config: &Config, role: Role, findings: &mut Findings) {
    let check = format!("connection {role}");
    let found = match survey::login(&config.database, role).await {
        Ok(found) => found,
        Err(error) => {
            let advice = "check the login's URL, that it may log in, and that it was granted the \
                          role; `gatewright migrate --print-roles` prints what makes the roles";
            return findings.error(&check, error.to_string(), advice);
        }
    };
    let login = &found.login;
    if !found.in_role {
        let advice = "let no pooler or server drop the startup option `role`";
        findings.error(&check, format!("{login} connects, and is not in role {role}"), advice);
    } else if found.sees_past_the_wall {
        let found =
            format!("{login} is a superuser or has bypassrls, though its connections do not");
        let advice = "give services a login that is neither: whoever learns it reads every tenant";
        findings.warning(&check, found, advice);
    } else {
        findings.ok(&check, format!("{login} connects, in role {role}"));
    }
}

fn roles(rights: &Rights, findings: &mut Findings) {
    let mut bad = false;
    for role in &rights.roles {
        let check = format!("role {}", role.name);
        if !role.exists || !role.in_its_group {
            let advice = "run `gatewright migrate`, or as an administrator what `gatewright migrate \
                          --print-roles` prints";
            let what = if role.exists { "is not in group gw_app" } else { "does not exist" };
            findings.error(&check, format!("it {what}"), advice);
            bad = true;
        } else if role.sees_past_the_wall {
            let advice = format!("alter role {} nosuperuser nobypassrls", role.name);
            findings.error(&check, "tenants' walls do not hold for it", &advice);
            bad = true;
        }
    }
    if !bad {
        let count = rights.roles.len();
        findings.ok("roles", format!("all {count} are there, and the wall holds for each"));
    }
}

fn grants(rights: &Rights, findings: &mut Findings) {
    if rights.missing.is_empty() && rights.in_excess.is_empty() {
        findings.ok("grants", "every role may do what this release gives it, and nothing else");
    }
    if !rights.missing.is_empty() {
        let advice = "grant them again: each line is a role, a right and what it is on";
        findings.error("grants", format!("missing: {}", named(&rights.missing)), advice);
    }
    if !rights.in_excess.is_empty() {
        let advice = "revoke them: each line is a role, a right and what it is on";
        let found = format!("more than this release gives: {}", named(&rights.in_excess));
        findings.warning("grants", found, advice);
    }
}

fn named(rights: &[String]) -> String {
    let named = rights.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    match rights.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named}; and {more} more"),
    }
}
