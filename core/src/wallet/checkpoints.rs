//! Whether the verifier tells this wallet what it tells others.

use super::Wallet;
use crate::checkpoints::{self, CheckCheckpoints, Standing};
use crate::error::{Error, WalletError};
use farthing_protocol::contradiction::Contradiction;
use farthing_protocol::cose::SignedBytes;

impl Wallet {
    /// How this wallet stands to its verifier's checkpoints.
    ///
    /// # Errors
    /// What the store says.
    pub fn standing(&self) -> Result<Standing, Error> {
        checkpoints::standing(self.inner.engine().store())
    }

    /// The newest checkpoint that this wallet believes: to be given to others, by any way that is not the verifier's.
    ///
    /// # Errors
    /// What the store says.
    pub fn checkpoint(&self) -> Result<Option<SignedBytes>, Error> {
        checkpoints::newest(self.inner.engine().store())
    }

    /// Proofs that the verifier signed two histories, accepted or not.
    ///
    /// # Errors
    /// What the store says.
    pub fn contradictions(&self) -> Result<Vec<Contradiction>, Error> {
        checkpoints::contradictions(self.inner.engine().store())
    }

    /// Holds a checkpoint that somebody gave us against what the verifier tells us.
    ///
    /// # Errors
    /// [`WalletError::NotACheckpoint`] for what this verifier did not sign, and why the verifier could not be asked; then it is
    /// asked with the next sync.
    pub async fn compare_checkpoint(&self, bytes: &[u8]) -> Result<Standing, Error> {
        {
            let mut engine = self.inner.engine();
            if !checkpoints::is_genuine(&engine, bytes) {
                return Err(WalletError::NotACheckpoint.into());
            }
            let own = engine.profile().account;
            let changes = checkpoints::heard(&engine, &own, bytes)?;
            engine.apply(changes)?;
        }
        self.run(CheckCheckpoints::new()).await?;
        self.standing()
    }
}
