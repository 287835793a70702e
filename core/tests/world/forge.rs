//! The keys of the tests' verifier, to sign what it never would, and answers taken apart.

use super::Answered;
use farthing_protocol::cose::{Object, Signed};
use farthing_protocol::error::SignError;
use farthing_protocol::head::Head;
use farthing_protocol::http::{EntriesPage, Entry, SignedBytes, VerifierStatus};
use farthing_protocol::key::{Ed25519Key, PublicKey, Signature, Signer};
use farthing_protocol::verifier_certificate::VerifierCertificate;

/// The verifier's root key.
pub fn root() -> Ed25519Key {
    Ed25519Key::from_seed([1; 32])
}

/// The verifier's certified signing key.
pub fn signing() -> Ed25519Key {
    Ed25519Key::from_seed([2; 32])
}

/// A key that nobody certified.
pub fn stranger() -> Ed25519Key {
    Ed25519Key::from_seed([66; 32])
}

/// Somebody who names another's key, and signs with one of its own.
#[derive(Clone, Copy)]
pub struct Poser(pub PublicKey);

impl Signer for Poser {
    fn public(&self) -> &PublicKey {
        &self.0
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        stranger().sign(message)
    }
}

/// An object with other contents, signed by `key`.
pub fn altered<T: Object + Clone>(bytes: &[u8], key: &Ed25519Key, change: impl FnOnce(&mut T)) -> Vec<u8> {
    let mut claims = Signed::<T>::parse(bytes).unwrap().claims().clone();
    change(&mut claims);
    Signed::sign(claims, key).unwrap().bytes().to_vec()
}

/// The same, as a part of a body.
pub fn altered_part<T: Object + Clone>(
    bytes: &SignedBytes,
    key: &Ed25519Key,
    change: impl FnOnce(&mut T),
) -> SignedBytes {
    SignedBytes::new(altered(bytes.as_slice(), key, change)).unwrap()
}

/// An answer with another body.
pub fn with_body(answer: Answered, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Answered {
    answer.map(|mut reply| {
        if reply.status == 200 {
            reply.body = change(&reply.body);
        }
        reply
    })
}

/// A status with other contents.
pub fn with_status(answer: Answered, change: impl FnOnce(&mut VerifierStatus)) -> Answered {
    with_body(answer, |body| {
        let mut status = VerifierStatus::decode(body).unwrap();
        change(&mut status);
        status.encode()
    })
}

/// A page of entries with other contents.
pub fn with_page(answer: Answered, change: impl FnOnce(&mut EntriesPage)) -> Answered {
    with_body(answer, |body| {
        let mut page = EntriesPage::decode(body).unwrap();
        change(&mut page);
        page.encode()
    })
}

/// The entry with another receipt, by the certified key.
pub fn with_receipt(entry: &mut Entry, change: impl FnOnce(&mut farthing_protocol::receipt::Receipt)) {
    entry.receipt = altered_part(&entry.receipt, &signing(), change);
}

/// The entry once more, earlier in the ledger, with a receipt for that place.
pub fn moved_back(entry: &Entry, by: u64) -> Entry {
    let mut entry = entry.clone();
    let seq = farthing_protocol::id::Seq::new(entry.seq.get() - by);
    entry.seq = seq;
    with_receipt(&mut entry, |receipt| receipt.seq = seq);
    entry
}

/// A head of the status, by the certified key, with other contents.
pub fn with_head(status: &mut VerifierStatus, change: impl FnOnce(&mut Head)) {
    status.head = altered_part(&status.head, &signing(), change);
}

/// A certificate of the status, by the root, with other contents.
pub fn with_certificate(status: &mut VerifierStatus, change: impl FnOnce(&mut VerifierCertificate)) {
    let newest = status.certificates.first_mut().unwrap();
    *newest = altered_part(newest, &root(), change);
}
