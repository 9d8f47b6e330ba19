//! TLS on a listener: what it shows, how it is renewed, and who waits for whom.

use std::{fs, path::PathBuf, time::Duration};

use gw_runtime::{Config, RuntimeError};
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::{
    raw::Raw,
    started::{Process, config, start},
};

/// A root, and files that it has signed.
struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    home: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { root, home: tempfile::tempdir().unwrap() }
    }

    /// Another certificate, good until this year.
    fn renew(&self, until: i32) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.root).unwrap();
        fs::write(self.key(), key.serialize_pem()).unwrap();
        fs::write(self.certificate(), certificate.pem()).unwrap();
    }

    fn certificate(&self) -> PathBuf {
        self.home.path().join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.home.path().join("key.pem")
    }

    fn config(&self, mut config: Config) -> Config {
        config.tls.certificate_file = Some(self.certificate());
        config.tls.private_key_file = Some(self.key());
        config
    }

    fn client(&self) -> reqwest::ClientBuilder {
        let root = reqwest::Certificate::from_pem(self.root.pem().as_bytes()).unwrap();
        reqwest::Client::builder().tls_certs_only([root])
    }
}

impl Process {
    fn https(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    /// What `/metrics` says about how long the certificate is good.
    async fn seconds_left(&self, authority: &Authority) -> f64 {
        let client = authority.client().build().unwrap();
        let text = client.get(self.https("/metrics")).send().await.unwrap().text().await.unwrap();
        let name = "gatewright_tls_certificate_expiry_seconds ";
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap().parse().unwrap()
    }
}

const YEAR: f64 = 365.0 * 86_400.0;

#[tokio::test]
async fn a_listener_with_a_certificate_speaks_http2_and_http1_and_nothing_in_the_open() {
    let (db, authority) = (gw_testkit::database().await, Authority::new());
    authority.renew(2100);
    let process = start(authority.config(config(&db))).await;
    let client = authority.client().build().unwrap();
    let answer = client.get(process.https("/healthz")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, http::Version::HTTP_2));
    let client = authority.client().http1_only().build().unwrap();
    let answer = client.get(process.https("/v1/slow")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, http::Version::HTTP_11));
    assert!(process.seconds_left(&authority).await > 70.0 * YEAR);

    assert!(reqwest::get(process.url("/healthz")).await.is_err(), "no answer without TLS");
    let stranger = reqwest::Client::new().get(process.https("/healthz")).send().await;
    assert!(stranger.is_err(), "nobody else's root signed it");
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_and_a_bad_one_is_not() {
    let (db, authority) = (gw_testkit::database().await, Authority::new());
    authority.renew(2100);
    let process = start(authority.config(config(&db))).await;
    assert!(process.seconds_left(&authority).await > 70.0 * YEAR);

    // A certificate without its key, one that has expired, and something that is none.
    let good = fs::read(authority.key()).unwrap();
    authority.renew(2090);
    fs::write(authority.key(), &good).unwrap();
    sleep(Duration::from_secs(6)).await;
    assert!(process.seconds_left(&authority).await > 70.0 * YEAR);
    authority.renew(2021);
    sleep(Duration::from_secs(6)).await;
    assert!(process.seconds_left(&authority).await > 70.0 * YEAR);
    fs::write(authority.certificate(), "hello").unwrap();
    nix::sys::signal::raise(nix::sys::signal::Signal::SIGHUP).unwrap();
    sleep(Duration::from_secs(1)).await;
    assert!(process.seconds_left(&authority).await > 70.0 * YEAR);

    authority.renew(2050);
    let began = Instant::now();
    nix::sys::signal::raise(nix::sys::signal::Signal::SIGHUP).unwrap();
    while process.seconds_left(&authority).await > 40.0 * YEAR {
        assert!(began.elapsed() < Duration::from_secs(3), "SIGHUP is heard at once");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn nobody_waits_for_a_handshake_that_does_not_end() {
    let (db, authority) = (gw_testkit::database().await, Authority::new());
    authority.renew(2100);
    let mut config = authority.config(config(&db));
    config.http.head_seconds = 2;
    let process = start(config).await;
    let mut silent = Raw::connect(process.address).await;
    silent.send([0x16, 3, 1]).await;
    let client = authority.client().build().unwrap();
    let began = Instant::now();
    assert_eq!(client.get(process.https("/healthz")).send().await.unwrap().status().as_u16(), 200);
    assert!(began.elapsed() < Duration::from_secs(1), "others are served meanwhile");
    let took = silent.read_to_end().await.1;
    assert!(took > Duration::from_secs(1) && took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_process_does_not_start_without_the_pair_that_is_configured() {
    let (db, authority) = (gw_testkit::database().await, Authority::new());
    let code = async |config: Config| -> RuntimeError {
        let host = gw_runtime::Host::new(config).service::<crate::echo::Echo>();
        host.run_until(&[], |_| {}, std::future::ready(())).await.unwrap_err()
    };
    assert_eq!(code(authority.config(config(&db))).await.code(), "tls.unusable");
    authority.renew(2100);
    fs::write(authority.key(), "hunter2").unwrap();
    let unusable = code(authority.config(config(&db))).await;
    assert_eq!(unusable.code(), "tls.unusable");
    assert!(!unusable.to_string().contains("hunter2"));
    let mut half = authority.config(config(&db));
    half.tls.private_key_file = None;
    assert_eq!(code(half).await.code(), "config.invalid");
}
