//! The system's own judgement of a server's certificate, where no certificate is pinned.
//!
//! | system | what is asked |
//! |---|---|
//! | Linux and others | the folder or file of roots that OpenSSL would read; `SSL_CERT_FILE`, `SSL_CERT_DIR` |
//! | Android | the folders of roots that every app may read; what a person has switched off in the settings is not seen |
//! | Apple's | their own evaluation (`SecTrust`), which has the roots and needs no files |

use crate::sync::NetworkError;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use std::sync::Arc;

/// Whether a server's certificate holds is asked of this.
///
/// # Errors
/// [`NetworkError::Tls`] when the system has no root certificates.
#[cfg(target_vendor = "apple")]
pub(super) fn judge(provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, NetworkError> {
    let verifier = rustls_platform_verifier::Verifier::new(provider);
    Ok(Arc::new(verifier.map_err(|error| NetworkError::Tls(error.to_string()))?))
}

/// Whether a server's certificate holds is asked of this.
///
/// # Errors
/// [`NetworkError::Tls`] when the system has no root certificates.
#[cfg(not(target_vendor = "apple"))]
pub(super) fn judge(provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, NetworkError> {
    #[cfg(target_os = "android")]
    let found = files::read(files::FOLDERS);
    #[cfg(not(target_os = "android"))]
    let found = rustls_native_certs::load_native_certs().certs;
    files::judge_by(found, provider)
}

#[cfg(not(target_vendor = "apple"))]
mod files {
    use super::{Arc, CryptoProvider, NetworkError, ServerCertVerifier};
    use rustls::RootCertStore;
    use rustls::client::WebPkiServerVerifier;
    use rustls::pki_types::CertificateDer;

    pub(super) fn judge_by(
        roots: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, NetworkError> {
        let mut store = RootCertStore::empty();
        let (added, _) = store.add_parsable_certificates(roots);
        if added == 0 {
            return Err(NetworkError::Tls("this system has no root certificates".to_owned()));
        }
        let judge = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider).build();
        Ok(judge.map_err(|error| NetworkError::Tls(error.to_string()))?)
    }

    /// Roots that come with Android's updates, since version 14, and those of its image.
    #[cfg(target_os = "android")]
    pub(super) const FOLDERS: [&str; 2] = ["/apex/com.android.conscrypt/cacerts", "/system/etc/security/cacerts"];

    /// The certificates of the first of these folders that has any.
    #[cfg(any(target_os = "android", test))]
    pub(super) fn read<P: AsRef<std::path::Path>>(
        folders: impl IntoIterator<Item = P>,
    ) -> Vec<CertificateDer<'static>> {
        let read = |folder: P| rustls_native_certs::load_certs_from_paths(None, Some(folder.as_ref())).certs;
        folders.into_iter().map(read).find(|found| !found.is_empty()).unwrap_or_default()
    }
}

#[cfg(all(test, not(target_vendor = "apple")))]
mod tests {
    use super::*;
    use rustls::pki_types::{ServerName, UnixTime};

    /// A folder as Android has it: names by OpenSSL's hash, and each certificate's text behind its PEM.
    #[test]
    fn roots_are_read_from_a_phones_folder() {
        let authority = |name: &str| {
            let key = rcgen::KeyPair::generate().unwrap();
            let mut of = rcgen::CertificateParams::new(Vec::new()).unwrap();
            of.distinguished_name.push(rcgen::DnType::CommonName, name);
            of.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            let pem = of.self_signed(&key).unwrap().pem();
            (rcgen::Issuer::new(of, key), pem)
        };
        let (trusted, pem) = authority("trusted");
        let (other, _) = authority("other");
        let dir = tempfile::tempdir().unwrap();
        let (none, phone) = (dir.path().join("none"), dir.path().join("cacerts"));
        std::fs::create_dir(&phone).unwrap();
        std::fs::write(phone.join("5ed36f99.0"), format!("{pem}Certificate:\n    Data:\n        Version: 3 (0x2)\n"))
            .unwrap();
        std::fs::write(phone.join("87753b0d.0"), "not a certificate").unwrap();

        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let judge = files::judge_by(files::read([&none, &phone]), Arc::clone(&provider)).unwrap();
        let server = |issuer: &rcgen::Issuer<'_, rcgen::KeyPair>| {
            let key = rcgen::KeyPair::generate().unwrap();
            let of = rcgen::CertificateParams::new(vec!["verifier.example".to_owned()]).unwrap();
            of.signed_by(&key, issuer).unwrap().der().clone()
        };
        let holds = |certificate, name: &str| {
            let name = ServerName::try_from(name.to_owned()).unwrap();
            judge.verify_server_cert(&certificate, &[], &name, &[], UnixTime::now()).is_ok()
        };
        assert!(holds(server(&trusted), "verifier.example"));
        assert!(!holds(server(&trusted), "other.example"));
        assert!(!holds(server(&other), "verifier.example"));
        assert!(matches!(files::judge_by(files::read([&none]), provider), Err(NetworkError::Tls(_))));
    }
}
