use std::collections::BTreeMap;

use serde::Serialize;

/// What a code means and what to do about it: one row of `problems.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ProblemInfo {
    /// The stable, dotted code.
    pub code: &'static str,
    /// The HTTP status that it comes with.
    pub status: u16,
    /// The kind of problem in a few words, the same for every occurrence.
    pub title: &'static str,
    /// What the reader can do.
    pub advice: &'static str,
}

macro_rules! problems {
    ($($name:ident = $code:literal, $status:literal, $title:literal, $advice:literal;)*) => {
        /// The problems that any route can answer with.
        pub mod codes {
            use super::ProblemInfo;

            $(
                #[doc = concat!("`", $code, "`: ", $title)]
                pub const $name: ProblemInfo =
                    ProblemInfo { code: $code, status: $status, title: $title, advice: $advice };
            )*
        }

        const PROBLEMS: &[ProblemInfo] = &[$(codes::$name),*];
    };
}

problems! {
    MALFORMED = "request.malformed", 400, "The request cannot be read",
        "Send one JSON value in UTF-8, without a byte order mark and with nothing behind it.";
    DUPLICATE_MEMBER = "request.duplicate_member", 400, "A member stands twice",
        "Send every member of an object once.";
    TOO_DEEP = "request.too_deep", 400, "The JSON is nested too deeply",
        "Nest objects and arrays at most 64 levels deep.";
    NUL = "request.nul", 400, "A text contains U+0000",
        "Leave NUL out of every text and member name.";
    UNKNOWN_MEMBER = "request.unknown_member", 400, "A member is not known",
        "Look for a spelling mistake; administrative routes refuse what they do not know.";
    MISSING_MEMBER = "request.missing_member", 400, "A member is missing",
        "Add the member that `errors` points to.";
    WRONG_TYPE = "request.wrong_type", 400, "A member has the wrong type",
        "Compare the member that `errors` points to with the API's description.";
    INVALID_VALUE = "request.invalid_value", 400, "A member's value is not acceptable",
        "Correct the member that `errors` points to.";
    TOO_LONG = "request.too_long", 400, "A text is too long",
        "Shorten the member that `errors` points to; limits are in bytes.";
    NOT_SUPPORTED = "request.not_supported", 400, "The request asks for something that is not built yet",
        "Leave out what the detail names: it is refused rather than ignored.";
    IDEMPOTENCY_AMBIGUOUS = "idempotency.ambiguous", 400, "The request names two idempotency keys",
        "Send one key, in the header or in the body, or the same one in both.";
    INVALID_QUERY = "request.invalid_query", 400, "The query string cannot be read",
        "Compare the parameters with the API's description.";
    UNKNOWN_PARAMETER = "request.unknown_parameter", 400, "The list has no such parameter",
        "Look for a spelling mistake; `detail` names the parameters that the list takes.";
    TENANT_REQUIRED = "request.tenant_required", 400, "The tenant is not named",
        "Name the tenant that a platform key acts on in the header `Gatewright-Tenant`.";
    CALLER_UNKNOWN = "caller.unknown", 401, "The caller is not known",
        "Send `Authorization: Bearer` with an API key that is neither expired nor revoked.";
    CALLER_FORBIDDEN = "caller.forbidden", 403, "The caller may not do this",
        "Use a key with the scope that `required_scope` names.";
    TENANT_SUSPENDED = "tenant.suspended", 403, "The tenant is suspended",
        "Ask the people who run the service to resume the tenant.";
    OPERATOR_SUSPENDED = "operator.suspended", 403, "The operator is suspended",
        "Ask an owner of the tenant to resume the operator, or use another key.";
    NO_SUCH_ROUTE = "request.no_such_route", 404, "Nothing is at this path",
        "Compare the path with the API's description; a trailing slash makes another path.";
    UNKNOWN_ID = "request.unknown_id", 404, "Nothing has this id",
        "Compare the id in the path with one that the API answered.";
    UNKNOWN_TENANT = "tenant.not_found", 404, "There is no such tenant",
        "Compare the tenant's id with the list of tenants.";
    METHOD_NOT_ALLOWED = "request.method_not_allowed", 405, "The path has no such method",
        "Use one of the methods in the header `Allow`.";
    TIMEOUT = "request.timeout", 408, "The request's body came too slowly",
        "Send the body without pauses: it may rest for 10 seconds, and take 60 in all.";
    IDEMPOTENCY_CONFLICT = "check.idempotency_conflict", 409, "The key was used for another request",
        "Send a new idempotency key with a new request; an answer is kept for 24 hours.";
    IDEMPOTENCY_PENDING = "idempotency.pending", 409, "The request is still being worked on",
        "Send the same request again, with the same key, in a moment.";
    PRECONDITION_FAILED = "request.precondition_failed", 412, "It was changed in the meantime",
        "Read it again, and send the change with the new `ETag` in `If-Match`.";
    TOO_LARGE = "request.too_large", 413, "The request's body is too large",
        "Send fewer bytes; administrative routes take 64 KiB.";
    URI_TOO_LONG = "request.uri_too_long", 414, "The path and query are too long",
        "Send fewer or shorter parameters; larger things belong into a body.";
    UNSUPPORTED_MEDIA_TYPE = "request.unsupported_media_type", 415, "The body is not JSON",
        "Send `Content-Type: application/json`.";
    PRECONDITION_REQUIRED = "request.precondition_required", 428, "The version is not named",
        "Send the `ETag` of what is changed in `If-Match`.";
    HEADERS_TOO_LARGE = "request.headers_too_large", 431, "The request has too many headers",
        "Send fewer headers: the server takes 100, in 64 KiB, unless it is configured otherwise.";
    INTERNAL = "internal.panic", 500, "Something went wrong on our side",
        "Try again; if it stays, report the request id.";
    INTERNAL_DB = "internal.db", 500, "The database refused a statement",
        "Try again; if it stays, report the request id.";
    DATABASE_CONFIG = "config.database", 500, "The database is not configured",
        "Set `database.url`, with `database.shared_login = true` or a URL for each role.";
    ISSUER_CHANGED = "config.issuer_changed", 500, "The issuer host is another",
        "Set `issuer_host` to what the database was installed with; a log's origin cannot change.";
    ROLES_MISSING = "database.roles_missing", 500, "Database roles are missing",
        "Let an administrator run what `gatewright migrate --print-roles` prints.";
    WRONG_ROLE = "database.wrong_role", 500, "A database connection is not in its role",
        "Look at the login's grants: it must be a member of the service's role, and not more.";
    MIGRATION_FAILED = "database.migration_failed", 500, "A migration failed",
        "Read the error in the log; a database that a newer release migrated needs that release.";
    MIGRATION_LOCKED = "database.migration_locked", 503, "A migration did not get its locks",
        "End the transactions that hold them (a report, a dump) and run `gatewright migrate` again.";
    NOT_MIGRATED = "database.not_migrated", 500, "The database has not been migrated",
        "Run `gatewright migrate` before the services start.";
    OVERLOADED = "server.overloaded", 503, "The server has too much to do",
        "Try again after the seconds in `Retry-After`: nothing of the request was done.";
    DEADLINE = "server.deadline", 503, "The answer took too long",
        "Look at what was to be changed before you ask again, or ask with an `Idempotency-Key`.";
    ROOT_MISMATCH = "keys.root_mismatch", 503, "The root key is another",
        "Start with the root key that the database was installed with, or was rotated to.";
    DATA_KEY_UNREADABLE = "keys.data_key_unreadable", 503, "The tenant's key does not open",
        "If the root key is being rotated, start this process with both keys.";
    TENANT_BUSY = "tenant.busy", 503, "The tenant has too many requests under way",
        "Wait for answers before sending more, and try again after the seconds in `Retry-After`.";
    DATABASE_UNAVAILABLE = "database.unavailable", 503, "The database cannot be reached",
        "Try again in a moment; if it stays, look at `/readyz`.";
}

/// The problems that any route can answer with; services add their own.
#[must_use]
pub const fn problems() -> &'static [ProblemInfo] {
    PROBLEMS
}

/// Every problem that one process can answer with, by code.
#[derive(Debug, Clone, Default)]
pub struct Registry(BTreeMap<&'static str, ProblemInfo>);

impl Registry {
    /// The common problems and these. A code that stands twice keeps its first row.
    #[must_use]
    pub fn new(more: &[&'static [ProblemInfo]]) -> Self {
        let mut rows = BTreeMap::new();
        for info in PROBLEMS.iter().chain(more.iter().copied().flatten()) {
            rows.entry(info.code).or_insert(*info);
        }
        Self(rows)
    }

    /// What is known of a code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&ProblemInfo> {
        self.0.get(code)
    }

    /// Every row, ordered by code.
    pub fn rows(&self) -> impl Iterator<Item = &ProblemInfo> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gw_db::{DbError, Role};
    use gw_kernel::Fault;

    use super::*;

    #[test]
    fn a_code_stands_once_and_says_what_to_do() {
        let codes: BTreeSet<_> = problems().iter().map(|info| info.code).collect();
        assert_eq!(codes.len(), problems().len());
        for info in problems() {
            assert!((400..600).contains(&info.status), "{}", info.code);
            assert!(info.advice.ends_with('.') && !info.title.ends_with('.'), "{}", info.code);
        }
    }

    #[test]
    fn what_the_database_can_say_is_registered() {
        let registry = Registry::new(&[]);
        for error in [
            DbError::Sqlx(sqlx::Error::PoolTimedOut),
            DbError::Sqlx(sqlx::Error::RowNotFound),
            DbError::BadUrl,
            DbError::NoLogin(Role::Gates),
            DbError::RolesMissing(String::new()),
            DbError::WrongRole(Role::Gates),
            DbError::RootMismatch,
            DbError::IssuerChanged { installed: String::new(), configured: String::new() },
        ] {
            let info = registry.get(error.code()).unwrap();
            assert_eq!(info.status, error.kind().status(), "{}", error.code());
        }
    }
}
