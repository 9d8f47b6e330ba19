//! The command line, as a stranger uses it.

use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, geteuid},
};
use serde_json::{Value, json};

use crate::server::Server;

const NOBODY: u32 = 65_534;

pub(crate) fn gatewright() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatewright-under-test"));
    command.env_remove("DATABASE_URL").env_remove("GATEWRIGHT__DATABASE__URL");
    command
}

fn output(arguments: &[&str]) -> Output {
    gatewright().args(arguments).output().unwrap()
}

/// `dev` with a Postgres of its own.
struct Dev {
    child: Child,
    ready: Value,
    ready_file: PathBuf,
}

impl Dev {
    fn start(mut command: Command, home: &Path, more: &[&str]) -> Self {
        let ready_file = home.join("ready.json");
        let child = command
            .args(["dev", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(home.join("data"))
            .arg("--ready-file")
            .arg(&ready_file)
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut dev = Self { child, ready: Value::Null, ready_file };
        dev.wait_until_ready();
        dev
    }

    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while !self.ready_file.exists() {
            assert!(Instant::now() < deadline, "dev was not ready within two minutes");
            assert_eq!(self.child.try_wait().unwrap(), None, "dev ended before it was ready");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(fs::metadata(&self.ready_file).unwrap().permissions().mode() & 0o777, 0o600);
        self.ready = serde_json::from_slice(&fs::read(&self.ready_file).unwrap()).unwrap();
    }

    fn text(&self, member: &str) -> String {
        self.ready[member].as_str().unwrap_or_else(|| panic!("no {member}")).to_owned()
    }

    /// Ctrl-C; demands that it ends well and that nothing it started is left.
    fn interrupt(mut self) {
        let port = self.text("database_url").rsplit_once(':').unwrap().1.to_owned();
        let port = port.split('/').next().unwrap().to_owned();
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(pid, Signal::SIGINT).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        assert!(
            std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_err(),
            "Postgres runs on"
        );
        assert!(!self.ready_file.exists(), "the ready file speaks of a process that ended");
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn dev_resumes_what_it_left_until_it_is_told_to_start_anew() {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let first = Dev::start(gatewright(), home.path(), &[]);
    let [tenant, key] = ["tenant_id", "api_key"].map(|member| first.text(member));
    let root_key = PathBuf::from(first.text("root_key_file"));
    assert_eq!(fs::metadata(root_key).unwrap().permissions().mode() & 0o777, 0o600);
    first.interrupt();

    let second = Dev::start(gatewright(), home.path(), &[]);
    assert_eq!([second.text("tenant_id"), second.text("api_key")], [tenant.clone(), key]);
    let disturbed = gatewright()
        .args(["dev", "--fresh", "--data-dir"])
        .arg(home.path().join("data"))
        .output()
        .unwrap();
    assert_eq!(disturbed.status.code(), Some(2), "another one runs there");
    second.interrupt();

    let fresh = Dev::start(gatewright(), home.path(), &["--fresh"]);
    assert_ne!(fresh.text("tenant_id"), tenant);
    fresh.interrupt();
}

#[test]
fn dev_works_for_an_ordinary_user() {
    let home = tempfile::tempdir().unwrap();
    let program = home.path().join("gatewright");
    fs::copy(env!("CARGO_BIN_EXE_gatewright-under-test"), &program).unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(program);
    command.env_remove("DATABASE_URL").env("HOME", home.path()).current_dir(home.path());
    if geteuid().is_root() {
        chown(home.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    Dev::start(command, home.path(), &[]).interrupt();
}

#[test]
fn a_database_of_ones_own_is_never_thrown_away() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let refused = gatewright()
        .args(["dev", "--fresh", "--data-dir"])
        .arg(&data)
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--fresh"));
    assert!(!data.exists());
}

#[test]
fn fresh_removes_only_what_dev_made() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("thesis.txt"), "years of work").unwrap();
    let refused =
        gatewright().args(["dev", "--fresh", "--data-dir"]).arg(home.path()).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(home.path().join("thesis.txt").exists());
}

#[test]
fn every_command_explains_itself() {
    for command in
        ["dev", "serve", "migrate", "schema", "platform-key", "verify-attestation", "doctor"]
    {
        let help = output(&[command, "--help"]);
        assert_eq!(help.status.code(), Some(0), "{command}");
        assert!(help.stdout.len() > 200, "{command}");
    }
    assert_eq!(output(&["audit", "verify", "--help"]).status.code(), Some(0));
    assert_eq!(output(&["serve", "--no-such-flag"]).status.code(), Some(2));
    assert_eq!(output(&["serve", "no-such-service"]).status.code(), Some(2));
    let roles = output(&["migrate", "--print-roles"]);
    assert!(String::from_utf8(roles.stdout).unwrap().contains("gw_journal"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_verified_offline_by_its_file_and_the_published_keys() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let token = server.mint(json!({})).await;
    let answer = server.check("read_it", &token).await.unwrap();
    let ready = &server.ready;
    let folder = tempfile::tempdir().unwrap();
    let keep = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let jwks =
        keep("jwks", server.get_text(&format!("/v1/gates/{}/jwks.json", ready.gate_id)).await);
    let vkey = server.get_text(&format!("/v1/log/{}/vkey", ready.tenant_id)).await;
    let vkey_file = keep("vkey", vkey.clone());
    let whole = keep("answer.json", answer.to_string());
    let bare = keep("attestation.json", answer["attestation"].to_string());
    let forged = keep("forged.json", answer.to_string().replace("read_it", "pay_it"));
    let jwks_url = format!("{}/v1/gates/{}/jwks.json", ready.base_url, ready.gate_id);

    let verify = |file: &str, jwks: &str, log_key: &str| {
        let run = output(&["verify-attestation", file, "--jwks", jwks, "--log-key", log_key]);
        (run.status.code(), String::from_utf8(run.stdout).unwrap())
    };
    assert_eq!(verify(&whole, &jwks, &vkey_file).0, Some(0));
    assert_eq!(verify(&bare, &jwks, vkey.trim()).0, Some(0));
    assert_eq!(verify(&whole, &jwks_url, &vkey_file).0, Some(0));
    let (code, why) = verify(&forged, &jwks, &vkey_file);
    assert_eq!((code, why.lines().count()), (Some(1), 1), "{why}");
    assert_eq!(verify("/no/such/file", &jwks, &vkey_file).0, Some(2));
}
