//! TLS towards a verifier: by the certificate that the invite pins, or by the roots of the system; never otherwise.

use crate::world::{available, memo, pay, usd};
use farthing_core::error::Error;
use farthing_core::keys::vault::{MemoryVault, SecretName};
use farthing_core::payment::{Outcome, Target};
use farthing_core::sync::{HttpNetwork, Network as _, NetworkError};
use farthing_core::wallet::{Place, Wallet};
use farthing_protocol::cose::Signed;
use farthing_protocol::http::Call;
use farthing_protocol::id::{Digest, TlsCertificateHash};
use farthing_protocol::invite::Invite;
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::time::Span;
use farthing_verifier::server::{Folder, ServerConfig, ServerHandle, now, start};
use farthing_verifier::{Keys, Setup, Verifier};
use std::io::Read as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

struct Certificate {
    pem: PathBuf,
    key: PathBuf,
    made: rcgen::CertifiedKey<rcgen::KeyPair>,
}

fn certificate(dir: &tempfile::TempDir) -> Certificate {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (pem, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    std::fs::write(&pem, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    Certificate { pem, key, made }
}

impl Certificate {
    fn hash(&self) -> TlsCertificateHash {
        TlsCertificateHash::new(*Digest::of(self.made.cert.der()).as_bytes())
    }

    fn server(&self) -> Arc<rustls::ServerConfig> {
        let key = rustls::pki_types::PrivateKeyDer::try_from(self.made.signing_key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.made.cert.der().clone()], key);
        Arc::new(config.unwrap())
    }
}

/// A verifier that is reached by TLS only.
async fn verifier(dir: &tempfile::TempDir, certificate: &Certificate) -> (ServerHandle, Signed<Invite>) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let data = dir.path().join("verifier");
    Folder::make(&data).unwrap();
    let keys = Keys::from_seeds([2; 32], [3; 32]);
    keys.save(&Folder::signing_key(&data)).unwrap();
    let url = format!("https://localhost:{port}");
    let setup = Setup { listen: format!("127.0.0.1:{port}"), ..Setup::open(&url, usd(), 20_000_000) };
    let db = Folder::connect(&data, None, true).unwrap();
    let verifier = Verifier::create(db, &setup, &Ed25519Key::from_seed([1; 32]), keys, now()).unwrap();
    let invite = verifier.public_invite(Some(certificate.hash())).unwrap();
    drop(verifier);
    let tls = Some((certificate.pem.clone(), certificate.key.clone()));
    (start(ServerConfig { tls, ..ServerConfig::new(&data) }).await.unwrap(), invite)
}

fn place(dir: &tempfile::TempDir, name: &str) -> Place {
    let dir = dir.path().join(name);
    std::fs::create_dir_all(&dir).unwrap();
    Place::new(&dir, Arc::new(MemoryVault::new()))
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_pinned_certificate_people_pay() {
    let dir = tempfile::tempdir().unwrap();
    let (server, invite) = verifier(&dir, &certificate(&dir)).await;
    let mut wallets = Vec::new();
    for name in ["truck", "ann"] {
        let (wallet, _) = Wallet::enrol(&place(&dir, name), &invite, Default::default()).await.unwrap();
        wallet.sync(Span::from_ms(0)).await.unwrap();
        wallets.push(wallet);
    }
    let (_, outcome) = pay(&wallets[1], Target::Alias(wallets[0].profile().alias), Some("4.50 USD"), "tacos").await;
    assert!(matches!(outcome, Outcome::Settled(_)), "{outcome:?}");
    wallets[0].sync(Span::from_ms(0)).await.unwrap();
    assert_eq!(available(&wallets[0]), "24.50 USD");
    assert_eq!(wallets[0].history(None, 1).unwrap()[0].details.as_ref().unwrap().memo, memo("tacos"));
    server.shutdown().await;
}

/// Takes one connection by TLS and says what the wallet sent inside it.
fn eavesdrop(certificate: &Certificate) -> (u16, std::thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = certificate.server();
    let thread = std::thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        tcp.set_read_timeout(Some(std::time::Duration::from_secs(2))).unwrap();
        let mut stream = rustls::StreamOwned::new(rustls::ServerConnection::new(config).unwrap(), tcp);
        let mut heard = vec![0; 4096];
        let read = stream.read(&mut heard).unwrap_or(0);
        heard.truncate(read);
        heard
    });
    (port, thread)
}

#[tokio::test(flavor = "multi_thread")]
async fn another_certificate_than_the_pinned_one_hears_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let certificate = certificate(&dir);
    // The thread can hear: with the right pin it does.
    for right in [true, false] {
        let (port, heard) = eavesdrop(&certificate);
        let tls = if right { certificate.hash() } else { TlsCertificateHash::new([7; 32]) };
        let root = Ed25519Key::from_seed([1; 32]);
        let invite = Invite {
            version: farthing_protocol::cbor::V1,
            verifier: farthing_protocol::key::Signer::public(&root).verifier_id(),
            url: farthing_protocol::text::Text::new(&format!("https://localhost:{port}")).unwrap(),
            code: None,
            tls: Some(tls),
            expires: None,
        };
        let invite = Signed::sign(invite, &Ed25519Key::from_seed([2; 32])).unwrap();
        let place = place(&dir, if right { "right" } else { "wrong" });
        let error = Wallet::enrol(&place, &invite, Default::default()).await.map(drop).unwrap_err();
        let heard = heard.join().unwrap();
        if right {
            assert!(heard.starts_with(b"GET /v1/verifier?nonce="), "{error}");
            continue;
        }
        assert!(matches!(error, Error::Network(NetworkError::Tls(_))), "{error:?}");
        assert_eq!((error.kind(), heard), ("tls", Vec::new()));
        assert_eq!(std::fs::read_dir(&place.dir).unwrap().count(), 0, "nothing was made");
        assert!(SecretName::ALL.iter().all(|name| place.vault.get(*name).unwrap().is_none()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_pin_an_unknown_authority_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (port, heard) = eavesdrop(&certificate(&dir));
    let network = HttpNetwork::new(&format!("https://localhost:{port}"), None);
    let refused = network.call(&Call::get("/v1/verifier", "")).await;
    if refused == Err(NetworkError::Tls("this system has no root certificates".to_owned())) {
        // It trusts nobody from the start.
        return;
    }
    assert!(matches!(refused, Err(NetworkError::Tls(_))), "{refused:?}");
    assert_eq!(heard.join().unwrap(), b"");
}

const ROOTS: &str = "FARTHING_TEST_ROOTS";

/// With our certificate as the only root of the system, which must be so from the start of a process.
#[test]
fn without_a_pin_the_name_must_match() {
    let dir = tempfile::tempdir().unwrap();
    let certificate = certificate(&dir);
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tls::names", "--ignored"])
        .env("SSL_CERT_FILE", &certificate.pem)
        .env_remove("SSL_CERT_DIR")
        .env(ROOTS, dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&status.stdout);
    assert!(status.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in a process of its own, by without_a_pin_the_name_must_match"]
async fn names() {
    let Some(files) = std::env::var_os(ROOTS).map(PathBuf::from) else { return };
    use rustls::pki_types::pem::PemObject as _;
    let chain = rustls::pki_types::CertificateDer::from_pem_file(files.join("cert.pem")).unwrap();
    for (host, known) in [("localhost", true), ("127.0.0.1", false)] {
        let key = rustls::pki_types::PrivateKeyDer::from_pem_file(files.join("key.pem")).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![chain.clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = std::thread::spawn(move || {
            let (tcp, _) = listener.accept().unwrap();
            let mut stream = rustls::StreamOwned::new(rustls::ServerConnection::new(Arc::new(config)).unwrap(), tcp);
            let mut heard = [0; 64];
            stream.read(&mut heard).unwrap_or(0)
        });
        let network = HttpNetwork::new(&format!("https://{host}:{port}"), None);
        let answer = network.call(&Call::get("/v1/verifier", "")).await;
        // It hangs up without an answer; whether it was asked at all is what counts.
        assert_eq!(heard.join().unwrap() > 0, known, "{host}: {answer:?}");
        assert_eq!(matches!(answer, Err(NetworkError::Tls(_))), !known, "{host}: {answer:?}");
    }
}
