use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use nix::unistd::geteuid;
use rand::Rng as _;

use crate::account::Account;
use crate::error::While as _;
use crate::{Binaries, EmbeddedError, Options};

/// The superuser, and the database that is made for it.
pub(crate) const NAME: &str = "gatewright";

/// A folder with a database in it:
/// `cluster/` belongs to whoever runs Postgres, all else to us.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    home: PathBuf,
}

impl Cluster {
    /// Opens the folder, or makes it. Where another user is to run Postgres, that user may pass
    /// through it, and not look around.
    pub(crate) fn at(home: &Path) -> Result<Self, EmbeddedError> {
        let root = geteuid().is_root();
        let what = || format!("make {}", home.display());
        make_folder(home, if root { 0o711 } else { 0o700 }).while_(what)?;
        let home = fs::canonicalize(home).while_(what)?;
        if root {
            let mode = home.metadata().while_(what)?.mode() | 0o011;
            fs::set_permissions(&home, Permissions::from_mode(mode)).while_(what)?;
        }
        Ok(Self { home })
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.home.join("cluster")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// Held while a server is started here. Let go when dropped.
    pub(crate) fn lock(&self) -> Result<File, EmbeddedError> {
        let file = File::create(self.file("lock")).while_(|| "make a lock file".to_owned())?;
        file.lock().while_(|| "lock the folder".to_owned())?;
        Ok(file)
    }

    /// The superuser's password: 128 random bits, made once, in a file that only we may read.
    pub(crate) fn password(&self) -> Result<String, EmbeddedError> {
        let path = self.file("password");
        if let Ok(password) = fs::read_to_string(&path) {
            return Ok(password);
        }
        let mut random = [0; 16];
        rand::rng().fill_bytes(&mut random);
        let password: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        write_private(&path, &password)?;
        Ok(password)
    }

    /// Makes the database, unless it is there: `initdb`, then one statement in single-user mode.
    /// Both under another name, so that what has the final one is complete.
    pub(crate) fn initialise(
        &self,
        binaries: &Binaries,
        account: &Account,
        options: &Options,
    ) -> Result<(), EmbeddedError> {
        let (folder, unfinished) = (self.folder(), self.file("cluster.part"));
        if folder.join("PG_VERSION").exists() {
            return Ok(());
        }
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).while_(|| "remove what was left".to_owned())?;
        }
        fs::create_dir(&unfinished).while_(|| format!("make {}", unfinished.display()))?;
        account.own(&unfinished)?;
        let password_file = self.file("password.initdb");
        write_private(&password_file, &self.password()?)?;
        account.own(&password_file)?;

        let mut initdb = account.command(&binaries.program("initdb"));
        initdb.args(["-U", NAME, "-A", "scram-sha-256", "--no-locale", "-E", "UTF8"]);
        initdb.arg("-D").arg(&unfinished).arg("--pwfile").arg(&password_file);
        if !options.fsync {
            initdb.arg("--no-sync");
        }
        let made = self.check(initdb.output());
        fs::remove_file(&password_file).while_(|| "remove the password's copy".to_owned())?;
        made?;
        self.create_database(binaries, account, options, &unfinished)?;
        fs::rename(&unfinished, &folder).while_(|| format!("make {}", folder.display()))
    }

    fn create_database(
        &self,
        binaries: &Binaries,
        account: &Account,
        options: &Options,
        folder: &Path,
    ) -> Result<(), EmbeddedError> {
        let mut single = account.command(&binaries.program("postgres"));
        single.args(["--single", "-j", "-D"]).arg(folder);
        single.args(["-c", if options.fsync { "fsync=on" } else { "fsync=off" }]);
        single.args(["-c", "exit_on_error=on", "postgres"]);
        let statement = format!("create database {NAME};\n\n");
        self.check(with_input(&mut single, &statement))
    }

    fn check(&self, output: io::Result<Output>) -> Result<(), EmbeddedError> {
        let said = match output {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        Err(EmbeddedError::Initialise { folder: self.folder(), said })
    }
}

/// Makes a folder and those above it, with this mode whatever the umask; leaves alone what is
/// there.
pub(crate) fn make_folder(path: &Path, mode: u32) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folder(parent, mode)?;
    }
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.and_then(|()| fs::set_permissions(path, Permissions::from_mode(mode))),
    }
}

fn with_input(command: &mut Command, input: &str) -> io::Result<Output> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    child.wait_with_output()
}

fn write_private(path: &Path, text: &str) -> Result<(), EmbeddedError> {
    let what = || format!("write {}", path.display());
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).while_(what)
}
