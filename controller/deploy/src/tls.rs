//! TLS 1.3 around a connection, where it is asked for: both ends show a certificate, and each takes only those of one authority.
//!
//! Source: RSMP core 3.2.2, "Security": TLS 1.3 or later, with certificates to verify identities.

use crate::secret::is_private;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned, version};
use serde::Deserialize;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file that says which certificates are shown and taken.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFile {
    /// Certificate of the authority whose certificates are taken, PEM.
    ca: PathBuf,
    /// Own certificate and those between it and an authority, PEM.
    certificate: PathBuf,
    /// Its key, PEM, which only its owner can read.
    key: PathBuf,
    /// For a site: the name in the certificate of the supervisor.
    supervisor: Option<String>,
    /// The folder of this file.
    #[serde(skip)]
    folder: PathBuf,
}

/// How a site wraps the connections that it makes.
#[derive(Debug, Clone)]
pub struct TlsSite(Arc<ClientConfig>, ServerName<'static>);

/// How a supervisor wraps the connections that it takes.
#[derive(Debug, Clone)]
pub struct TlsDesk(Arc<ServerConfig>);

/// What is read of the files.
struct Own {
    roots: Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl TlsFile {
    /// Reads the file; the files that it names lie beside it.
    ///
    /// # Errors
    /// What is wrong with it, with the file and how to mend it.
    pub fn read(file: &Path) -> Result<Self, String> {
        let name = file.display();
        let text = std::fs::read_to_string(file).map_err(|e| format!("{name}: {e}"))?;
        let parsed: Self = toml::from_str(&text).map_err(|e| format!("{name}: {e}"))?;
        Ok(Self { folder: file.parent().unwrap_or(Path::new(".")).into(), ..parsed })
    }

    fn own(&self) -> Result<Own, String> {
        let certificates = |file: &Path| -> Result<Vec<CertificateDer<'static>>, String> {
            let file = self.folder.join(file);
            let fault = |e: &dyn ToString| format!("{}: {}\n  mend: a certificate as PEM", file.display(), e.to_string());
            let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&file).map_err(|e| fault(&e))?.collect();
            found.map_err(|e| fault(&e)).and_then(|f| if f.is_empty() { Err(fault(&"no certificate")) } else { Ok(f) })
        };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.ca)? {
            roots.add(certificate).map_err(|e| format!("{}: {e}", self.ca.display()))?;
        }
        let key_file = self.folder.join(&self.key);
        is_private(&key_file)?;
        let key = PrivateKeyDer::from_pem_file(&key_file);
        let key = key.map_err(|e| format!("{}: {e}\n  mend: a private key as PEM", key_file.display()))?;
        Ok(Own { roots: Arc::new(roots), chain: certificates(&self.certificate)?, key })
    }

    /// What a site needs.
    ///
    /// # Errors
    /// What is wrong with the files, and how to mend it.
    pub fn site(&self) -> Result<TlsSite, String> {
        let name =
            self.supervisor.clone().ok_or("no name of the supervisor\n  mend: supervisor = \"the name in its certificate\"")?;
        let name = ServerName::try_from(name.clone()).map_err(|e| format!("supervisor = \"{name}\": {e}"))?;
        let Own { roots, chain, key } = self.own()?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&version::TLS13]);
        let config = config.map_err(|e| e.to_string())?.with_root_certificates(roots).with_client_auth_cert(chain, key);
        Ok(TlsSite(Arc::new(config.map_err(|e| format!("{}: {e}", self.certificate.display()))?), name))
    }

    /// What a supervisor needs.
    ///
    /// # Errors
    /// What is wrong with the files, and how to mend it.
    pub fn desk(&self) -> Result<TlsDesk, String> {
        let Own { roots, chain, key } = self.own()?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider)).build();
        let verifier = verifier.map_err(|e| format!("{}: {e}", self.ca.display()))?;
        let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&version::TLS13]);
        let config = config.map_err(|e| e.to_string())?.with_client_cert_verifier(verifier).with_single_cert(chain, key);
        Ok(TlsDesk(Arc::new(config.map_err(|e| format!("{}: {e}", self.certificate.display()))?)))
    }
}

/// A connection, in the clear or wrapped.
#[derive(Debug)]
pub(crate) enum Stream {
    /// Open text.
    Plain(TcpStream),
    /// The end of a site.
    Site(Box<StreamOwned<ClientConnection, TcpStream>>),
    /// The end of a supervisor.
    Desk(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Stream {
    /// A connection that a site has made.
    pub(crate) fn dialled(tcp: TcpStream, tls: Option<&TlsSite>) -> io::Result<Self> {
        let Some(TlsSite(config, name)) = tls else { return Ok(Self::Plain(tcp)) };
        let connection = ClientConnection::new(Arc::clone(config), name.clone()).map_err(io::Error::other)?;
        Ok(Self::Site(Box::new(StreamOwned::new(connection, tcp))))
    }

    /// A connection that a supervisor has taken.
    pub(crate) fn taken(tcp: TcpStream, tls: Option<&TlsDesk>) -> io::Result<Self> {
        let Some(TlsDesk(config)) = tls else { return Ok(Self::Plain(tcp)) };
        let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        Ok(Self::Desk(Box::new(StreamOwned::new(connection, tcp))))
    }

    /// What is underneath.
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Site(stream) => &stream.sock,
            Self::Desk(stream) => &stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buffer),
            Self::Site(stream) => stream.read(buffer),
            Self::Desk(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Site(stream) => stream.write(bytes),
            Self::Desk(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Site(stream) => stream.flush(),
            Self::Desk(stream) => stream.flush(),
        }
    }
}
