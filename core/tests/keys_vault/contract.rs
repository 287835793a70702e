//! What every vault does, whatever it keeps its secrets in.

use farthing_core::keys::vault::{Anchor, MemoryVault, SECRET_MAX, Secret, SecretName, Spending, Vault};
use farthing_protocol::offline::AllowanceId;
use zeroize::Zeroizing;

pub(super) fn secret(byte: u8, length: usize) -> Secret {
    Secret::new(Zeroizing::new(vec![byte; length])).unwrap()
}

pub(super) fn anchor(number: u64) -> Anchor {
    Anchor { number, mark: [0xa5; 16] }
}

/// For a new and empty vault. Afterwards it holds database key 1, an empty secret, the largest one, and the last anchor.
pub(super) fn contract(vault: &dyn Vault) {
    for name in SecretName::ALL {
        assert_eq!(vault.get(name), Ok(None));
        vault.remove(name).unwrap();
    }
    for (name, byte) in SecretName::ALL.into_iter().zip(1..) {
        vault.put(name, &secret(byte, 32)).unwrap();
    }
    vault.put(SecretName::Phrase, &secret(9, SECRET_MAX)).unwrap();
    vault.remove(SecretName::DeviceKeys).unwrap();
    assert_eq!(vault.get(SecretName::DatabaseKey), Ok(Some(secret(1, 32))));
    assert_eq!(vault.get(SecretName::DeviceKeys), Ok(None));
    assert_eq!(vault.get(SecretName::Phrase), Ok(Some(secret(9, SECRET_MAX))));
    vault.put(SecretName::DeviceKeys, &secret(0, 0)).unwrap();
    assert_eq!(vault.get(SecretName::DeviceKeys), Ok(Some(secret(0, 0))));
    assert_eq!(vault.anchor(), Ok(None));
    vault.set_anchor(&anchor(1)).unwrap();
    vault.set_anchor(&anchor(u64::MAX)).unwrap();
    assert_eq!(vault.anchor(), Ok(Some(anchor(u64::MAX))));
    assert_eq!(vault.spending(), Ok(None));
    vault.set_spending(&Spending::default()).unwrap();
    assert_eq!(vault.spending(), Ok(Some(Spending::default())));
    let spending = Spending::default().with(&farthing_protocol::offline::Anchor::begin(AllowanceId::new([7; 16])));
    vault.set_spending(&spending).unwrap();
    assert_eq!(vault.spending(), Ok(Some(spending)));
    vault.remove(SecretName::Phrase).unwrap();
    assert_eq!(vault.anchor(), Ok(Some(anchor(u64::MAX))));
    vault.put(SecretName::Phrase, &secret(9, SECRET_MAX)).unwrap();
}

#[test]
fn memory_keeps_the_contract() {
    contract(&MemoryVault::new());
    assert!(Secret::new(Zeroizing::new(vec![0; SECRET_MAX + 1])).is_err());
}
