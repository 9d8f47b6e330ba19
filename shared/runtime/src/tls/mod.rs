//! TLS on the listeners: certificates that are replaced while the process runs.
//!
//! The files are read again every few seconds, and at SIGHUP. Another pair that is complete, fits
//! together and has not expired takes the old one's place for the connections that come from then
//! on; anything else leaves the old pair where it is, and says why in the log. When the pair in use
//! expires stands in `gatewright_tls_certificate_expiry_seconds`.

mod expiry;
mod pair;
mod reload;

use std::{path::PathBuf, sync::Arc};

use arc_swap::ArcSwap;
use gw_kernel::Clock;
use metrics::gauge;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_rustls::TlsAcceptor;

use crate::{RuntimeError, Worker, metrics::Gauges};
use pair::Pair;

/// The certificate that listeners show. Without one they speak without TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// A PEM file with the certificate and those between it and its root. It is read again when it
    /// changes.
    pub certificate_file: Option<PathBuf>,
    /// A PEM file with the certificate's private key. It is read again when it changes.
    pub private_key_file: Option<PathBuf>,
}

impl TlsConfig {
    /// Both files; none where neither is configured.
    ///
    /// # Errors
    /// When one stands alone.
    pub fn files(&self) -> Result<Option<TlsFiles>, RuntimeError> {
        match (&self.certificate_file, &self.private_key_file) {
            (Some(certificate), Some(private_key)) => {
                let (certificate, private_key) = (certificate.clone(), private_key.clone());
                Ok(Some(TlsFiles { certificate, private_key }))
            }
            (None, None) => Ok(None),
            _ => {
                let advice = "set both or neither";
                let text = format!("tls.certificate_file and tls.private_key_file: {advice}");
                Err(RuntimeError::Config(text))
            }
        }
    }
}

/// A certificate's file and its key's.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    certificate: PathBuf,
    private_key: PathBuf,
}

impl TlsFiles {
    /// Whether they are a pair, and when it expires, in seconds since 1970.
    ///
    /// # Errors
    /// What is the matter with them.
    pub fn look(&self) -> Result<i64, RuntimeError> {
        Ok(Pair::read(self).map_err(RuntimeError::Tls)?.expires)
    }
}

/// The pair that is in use, and where it came from.
#[derive(Clone)]
pub(crate) struct Tls {
    files: Arc<TlsFiles>,
    current: Arc<ArcSwap<Pair>>,
    clock: Arc<dyn Clock>,
}

impl Tls {
    /// Reads the pair.
    pub(crate) fn load(files: TlsFiles, clock: Arc<dyn Clock>) -> Result<Self, RuntimeError> {
        let pair = Pair::read(&files).map_err(RuntimeError::Tls)?;
        if pair.seconds_left(&*clock) <= 0 {
            tracing::warn!("the certificate has expired: clients will not accept it");
        }
        let current = Arc::new(ArcSwap::from_pointee(pair));
        Ok(Self { files: Arc::new(files), current, clock })
    }

    /// For one handshake: with the pair that is in use now.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.load().server))
    }

    /// Reads the files again from time to time.
    pub(crate) fn worker(&self) -> Worker {
        let tls = self.clone();
        Worker::new("certificate", move |shutdown| reload::keep(tls.clone(), shutdown))
    }
}

impl Gauges for Tls {
    fn set(&self) {
        let left = self.current.load().seconds_left(&*self.clock);
        #[expect(clippy::cast_precision_loss, reason = "seconds of a few years are exact")]
        gauge!("gatewright_tls_certificate_expiry_seconds").set(left as f64);
    }
}
