//! TLS below tokio-postgres: rustls with aws-lc-rs, by the same rules as sqlx's connections.
//!
//! `prefer` and `require` encrypt and check nobody; `verify-ca` checks who signed the server's
//! certificate, `verify-full` also whose it is. Without `sslrootcert` the web's roots count.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use sqlx::postgres::PgSslMode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{
    Socket,
    config::SslMode,
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::{JournalError, tls_verify};

/// How tokio-postgres is told.
pub(crate) const fn ssl_mode(mode: PgSslMode) -> SslMode {
    match mode {
        PgSslMode::Disable => SslMode::Disable,
        PgSslMode::Allow | PgSslMode::Prefer => SslMode::Prefer,
        PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => SslMode::Require,
    }
}

/// Makes TLS connections to one server.
#[derive(Clone)]
pub(crate) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// `roots` is a file's path, or certificates in PEM.
    pub(crate) fn new(mode: PgSslMode, roots: Option<&str>) -> Result<Self, JournalError> {
        let failed = |error: &dyn std::fmt::Display| JournalError::Options(error.to_string());
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?;
        let config = match mode {
            PgSslMode::VerifyFull => {
                config.with_root_certificates(root_store(roots)?).with_no_client_auth()
            }
            PgSslMode::VerifyCa => {
                let verifier = tls_verify::any_name(root_store(roots)?, provider)
                    .map_err(|error| failed(&error))?;
                config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
            }
            _ => config
                .dangerous()
                .with_custom_certificate_verifier(tls_verify::anybody(provider))
                .with_no_client_auth(),
        };
        Ok(Self(Arc::new(config)))
    }
}

fn root_store(roots: Option<&str>) -> Result<RootCertStore, JournalError> {
    let mut store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let Some(roots) = roots else { return Ok(store) };
    let failed = |error: &dyn std::fmt::Display| JournalError::Options(error.to_string());
    let pem = if roots.trim_start().starts_with("-----BEGIN") {
        roots.as_bytes().to_vec()
    } else {
        std::fs::read(roots).map_err(|error| failed(&error))?
    };
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| failed(&error))?;
        store.add(certificate).map_err(|error| failed(&error))?;
    }
    Ok(store)
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Encrypted;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, domain: &str) -> io::Result<Handshake> {
        Ok(Handshake { config: Arc::clone(&self.0), domain: domain.to_owned() })
    }
}

/// One connection's handshake.
pub(crate) struct Handshake {
    config: Arc<ClientConfig>,
    domain: String,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Encrypted;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let name = ServerName::try_from(self.domain).map_err(io::Error::other)?;
            let stream = TlsConnector::from(self.config).connect(name, socket).await?;
            Ok(Encrypted(stream))
        })
    }
}

/// An encrypted connection.
pub(crate) struct Encrypted(tokio_rustls::client::TlsStream<Socket>);

impl TlsStream for Encrypted {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
