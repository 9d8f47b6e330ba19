use std::{fs, path::Path, sync::Arc};

use gw_kernel::Clock;
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::{TlsFiles, expiry};

/// A certificate with its key, ready for handshakes.
pub(super) struct Pair {
    pub(super) server: Arc<ServerConfig>,
    /// When the certificate expires, in seconds since 1970.
    pub(super) expires: i64,
    /// What stood in the files.
    pub(super) text: Text,
}

/// The files' contents. The key's is compared and never shown.
#[derive(PartialEq, Eq)]
pub(super) struct Text {
    certificate: Vec<u8>,
    private_key: zeroize::Zeroizing<Vec<u8>>,
}

impl Text {
    pub(super) fn read(files: &TlsFiles) -> Result<Self, String> {
        let read = |path: &Path| {
            fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
        };
        let certificate = read(&files.certificate)?;
        Ok(Self { certificate, private_key: read(&files.private_key)?.into() })
    }
}

impl Pair {
    pub(super) fn read(files: &TlsFiles) -> Result<Self, String> {
        Self::of(Text::read(files)?)
    }

    /// No error shows anything of the key.
    pub(super) fn of(text: Text) -> Result<Self, String> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text.certificate).collect();
        let chain = chain.map_err(|error| format!("the certificate is no PEM: {error}"))?;
        let first = chain.first().ok_or("the certificate's file holds none")?;
        let expires = expiry::of(first)?;
        let key = PrivateKeyDer::from_pem_slice(&text.private_key)
            .map_err(|_| "the private key is no PEM key")?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_no_client_auth()
            .with_single_cert(chain, key);
        let mut server = server.map_err(|error| format!("not a pair: {error}"))?;
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { server: Arc::new(server), expires, text })
    }

    pub(super) fn seconds_left(&self, clock: &dyn Clock) -> i64 {
        self.expires.saturating_sub(clock.now().timestamp())
    }
}
