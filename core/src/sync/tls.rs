//! TLS towards a verifier: rustls with ring, and either the system's roots or the one certificate that the invite pins
//! (wire decision 3). Which of them is decided by the invite, never by what the server shows.

use crate::sync::{NetworkError, roots};
use farthing_protocol::id::{Digest, TlsCertificateHash};
use farthing_protocol::key::secret_eq;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::Arc;

/// The TLS configuration for a verifier.
///
/// # Errors
/// [`NetworkError::Tls`] when the system has no root certificates and none is pinned.
pub(super) fn config(pinned: Option<TlsCertificateHash>) -> Result<ClientConfig, NetworkError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| NetworkError::Tls(e.to_string()))?;
    if let Some(pinned) = pinned {
        let verifier = Arc::new(PinnedCertificate { pinned, provider });
        return Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth());
    }
    let judge = roots::judge(provider)?;
    Ok(builder.dangerous().with_custom_certificate_verifier(judge).with_no_client_auth())
}

/// A TLS configuration that trusts nobody: for who speaks plain HTTP alone.
///
/// # Errors
/// [`NetworkError::Tls`], which does not happen.
pub(super) fn nobody() -> Result<ClientConfig, NetworkError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| NetworkError::Tls(e.to_string()))?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// Accepts one certificate, by its hash, and checks that the server holds its key.
#[derive(Debug)]
struct PinnedCertificate {
    pinned: TlsCertificateHash,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedCertificate {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if secret_eq(Digest::of(end_entity).as_bytes(), self.pinned.as_bytes()) {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
