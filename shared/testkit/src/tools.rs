//! Tools of other makers, installed once a machine and kept under `target/tools`.
//!
//! As root on Debian a missing one is installed; elsewhere the test that needs it fails with a
//! sentence that says what to install. It is never skipped.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use nix::fcntl::{Flock, FlockArg};

/// `go`, at least Debian 12's.
///
/// # Panics
/// When it is missing and cannot be installed.
#[must_use]
pub fn go() -> PathBuf {
    debian("go", "golang-go")
}

/// The Python of a virtual environment, which has pip.
///
/// # Panics
/// When Python is missing and cannot be installed.
#[must_use]
pub fn python() -> PathBuf {
    let _lock = lock();
    python_locked()
}

/// The same, with `intentgate` 0.3.0, its hash checked by pip.
///
/// # Panics
/// When Python is missing, or it or the package cannot be installed.
#[must_use]
pub fn python_with_intentgate() -> PathBuf {
    let _lock = lock();
    let python = python_locked();
    let ready = environment().join(".ready");
    if !ready.exists() {
        let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("requirements.txt");
        let installed = run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--require-hashes", "-r"])
            .arg(requirements));
        assert!(installed, "pip could not install the packages of shared/testkit/requirements.txt");
        File::create(&ready).expect("target/tools is writable");
    }
    python
}

/// The library that, preloaded, gives a process another time of day (`FAKETIME`).
///
/// # Panics
/// When it is missing and cannot be installed.
#[must_use]
pub fn faketime() -> PathBuf {
    let _lock = lock();
    let find = || {
        let folders = fs::read_dir("/usr/lib").ok()?.flatten();
        let mut libraries = folders.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
        libraries.find(|library| library.is_file())
    };
    find().unwrap_or_else(|| {
        install("libfaketime");
        find().expect("the tests need libfaketime.so.1: install libfaketime")
    })
}

/// Where Go keeps its modules and builds for the tests.
#[must_use]
pub fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    let folder = target.join("tools");
    fs::create_dir_all(&folder).expect("target is writable");
    folder.canonicalize().expect("it was just made")
}

fn debian(program: &str, package: &str) -> PathBuf {
    let _lock = lock();
    debian_locked(program, package)
}

fn environment() -> PathBuf {
    folder().join("python")
}

fn python_locked() -> PathBuf {
    let environment = environment();
    let made = environment.join(".made");
    if !made.exists() {
        let system = debian_locked("python3", "python3-venv");
        let make = || run(Command::new(&system).args(["-m", "venv", "--clear"]).arg(&environment));
        if !make() {
            install("python3-venv");
            assert!(make(), "install python3-venv: the tests need a virtual environment");
        }
        File::create(&made).expect("target/tools is writable");
    }
    environment.join("bin/python")
}

fn debian_locked(program: &str, package: &str) -> PathBuf {
    if let Some(found) = on_path(program) {
        return found;
    }
    install(package);
    on_path(program).unwrap_or_else(|| panic!("the tests need `{program}`: install {package}"))
}

fn install(package: &str) {
    assert!(
        nix::unistd::geteuid().is_root() && on_path("apt-get").is_some(),
        "the tests need the package {package}: install it, or run them as root on Debian",
    );
    run(Command::new("apt-get").args(["update", "-qq"]));
    let arguments = ["install", "-y", "-qq", "--no-install-recommends", package];
    run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"));
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn run(command: &mut Command) -> bool {
    command.stdout(std::process::Stdio::null()).status().is_ok_and(|status| status.success())
}

fn lock() -> Flock<File> {
    let file = File::create(folder().join(".lock")).expect("target/tools is writable");
    Flock::lock(file, FlockArg::LockExclusive).expect("the lock file can be locked")
}
