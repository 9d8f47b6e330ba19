use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::{User, geteuid};

use crate::EmbeddedError;
use crate::error::While as _;

/// Who runs Postgres: never root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    /// We are not root: ourselves.
    Own,
    /// We are, and this user can reach all there is.
    User { uid: u32, gid: u32 },
    /// We are, and nobody else can reach a private folder: root, that a user namespace shows as
    /// somebody else. Often forbidden in containers, so only where nothing else works.
    Namespace,
}

impl Account {
    /// Chooses who runs it, given where it has to get to.
    pub(crate) fn choose(places: &[&Path]) -> Result<Self, EmbeddedError> {
        if !geteuid().is_root() {
            return Ok(Self::Own);
        }
        let lookup = |name| User::from_name(name).ok().flatten();
        let Some(user) = lookup("postgres").or_else(|| lookup("nobody")) else {
            return Ok(Self::Namespace);
        };
        let (uid, gid) = (user.uid.as_raw(), user.gid.as_raw());
        match places.iter().find_map(|place| closed(place, uid, gid)) {
            None => Ok(Self::User { uid, gid }),
            Some(_) if namespaces_work() => Ok(Self::Namespace),
            Some(path) => Err(EmbeddedError::Unreachable { user: user.name, path }),
        }
    }

    /// A command that runs as this account, with nothing of our environment.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = match self {
            Self::Namespace => {
                let mut unshare = Command::new("/usr/bin/unshare");
                unshare.args(["--user", "--map-user=65534", "--map-group=65534", "--"]);
                unshare.arg(program);
                unshare
            }
            Self::Own | Self::User { .. } => Command::new(program),
        };
        if let Self::User { uid, gid } = self {
            command.uid(*uid).gid(*gid);
        }
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
        command.current_dir("/").stdin(Stdio::null());
        command
    }

    /// The same, for a process that is interrupted when we end. A namespace's new credentials
    /// undo the death signal, so there it is set again, inside.
    pub(crate) fn mortal_command(&self, program: &Path) -> Command {
        match self {
            Self::Namespace => {
                let mut command = self.command(Path::new("/usr/bin/setpriv"));
                command.args(["--pdeathsig", "INT", "--"]).arg(program);
                command
            }
            Self::Own | Self::User { .. } => self.command(program),
        }
    }

    /// Gives a file or folder to the account.
    pub(crate) fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        match self {
            Self::User { uid, gid } => chown(path, Some(*uid), Some(*gid))
                .while_(|| format!("give {} to user {uid}", path.display())),
            Self::Own | Self::Namespace => Ok(()),
        }
    }
}

/// The folder on the way to a place that this user cannot pass through, if there is one.
fn closed(place: &Path, uid: u32, gid: u32) -> Option<PathBuf> {
    place.ancestors().find(|folder| !passes(folder, uid, gid)).map(Path::to_owned)
}

fn passes(folder: &Path, uid: u32, gid: u32) -> bool {
    let Ok(about) = fs::metadata(folder) else { return false };
    let bit = match (about.uid() == uid, about.gid() == gid) {
        (true, _) => 0o100,
        (false, true) => 0o010,
        (false, false) => 0o001,
    };
    about.mode() & bit != 0
}

fn namespaces_work() -> bool {
    Account::Namespace.command(Path::new("/bin/true")).output().is_ok_and(|o| o.status.success())
}
