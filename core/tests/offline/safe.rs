//! A vault that outlives a process, can be put back to what it was, and dies before or after a chosen write of an anchor.

use crate::disk::Death;
use farthing_core::keys::vault::*;
use std::sync::Mutex;

#[derive(Default)]
pub struct Safe {
    memory: MemoryVault,
    pub death: Mutex<Option<Death>>,
}

fn dead() -> VaultError {
    VaultError::Unavailable("killed".to_owned())
}

impl Vault for Safe {
    fn get(&self, name: SecretName) -> Result<Option<Secret>, VaultError> {
        self.memory.get(name)
    }

    fn put(&self, name: SecretName, secret: &Secret) -> Result<(), VaultError> {
        self.memory.put(name, secret)
    }

    fn remove(&self, name: SecretName) -> Result<(), VaultError> {
        self.memory.remove(name)
    }

    fn anchor(&self) -> Result<Option<Anchor>, VaultError> {
        self.memory.anchor()
    }

    fn set_anchor(&self, anchor: &Anchor) -> Result<(), VaultError> {
        self.memory.set_anchor(anchor)
    }

    fn spending(&self) -> Result<Option<Spending>, VaultError> {
        self.memory.spending()
    }

    fn set_spending(&self, spending: &Spending) -> Result<(), VaultError> {
        let mut death = self.death.lock().unwrap();
        match *death {
            Some(Death::Before(0)) => return Err(dead()),
            Some(Death::Before(n)) => *death = Some(Death::Before(n - 1)),
            Some(Death::After(0)) => {
                *death = Some(Death::Before(0));
                self.memory.set_spending(spending)?;
                return Err(dead());
            }
            Some(Death::After(n)) => *death = Some(Death::After(n - 1)),
            None => {}
        }
        self.memory.set_spending(spending)
    }
}
