//! An authority of our own, and TLS before a server that has none.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::NamedTempFile;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The bundles of root certificates that systems have, Amazon Linux' first.
const BUNDLES: [&str; 2] = [
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/certs/ca-certificates.crt",
];

/// Who vouches for `localhost`, and a bundle that trusts it.
#[derive(Debug)]
pub struct Authority {
    bundle: NamedTempFile,
    server: Arc<ServerConfig>,
    /// How many roots the bundle holds.
    pub roots: usize,
}

impl Authority {
    /// Makes an authority. Its bundle also holds the system's own roots: reading them is part of starting on Lambda.
    ///
    /// # Panics
    /// When a certificate cannot be made.
    pub fn new() -> Self {
        Self::made().unwrap_or_else(|error| panic!("{error}"))
    }

    fn made() -> Result<Self, Box<dyn std::error::Error>> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let leaf =
            CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &issuer)?;
        let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], secret)?;
        let system = BUNDLES
            .iter()
            .find_map(|path| std::fs::read_to_string(path).ok());
        let text = format!("{}\n{}", system.unwrap_or_default(), issuer.pem());
        let bundle = NamedTempFile::new()?;
        std::fs::write(bundle.path(), &text)?;
        Ok(Self {
            bundle,
            server: Arc::new(server),
            roots: text.matches("BEGIN CERTIFICATE").count(),
        })
    }

    /// The file to put into `SSL_CERT_FILE`.
    pub fn bundle(&self) -> &Path {
        self.bundle.path()
    }

    /// Serves TLS on a listener and passes everything on to a plain server.
    pub(super) fn front(
        &self,
        listener: TcpListener,
        server: SocketAddr,
    ) -> impl Future<Output = ()> + use<> {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.server));
        async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A caller that went away is no fault of the table.
                    let _ = pass(&acceptor, stream, server).await;
                });
            }
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

async fn pass(
    acceptor: &TlsAcceptor,
    stream: TcpStream,
    server: SocketAddr,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut outside = acceptor.accept(stream).await?;
    let mut inside = TcpStream::connect(server).await?;
    inside.set_nodelay(true)?;
    copy_bidirectional(&mut outside, &mut inside)
        .await
        .map(|_| ())
}
