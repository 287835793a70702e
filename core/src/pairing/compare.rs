//! Between the codes and the yes: both people look.

use super::agreed::Agreed;
use super::in_time;
use crate::crash;
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use crate::pairing::PairingId;
use crate::store::Change;
use farthing_protocol::pairing::{CheckCode, Paired, Purpose, Role};
use farthing_protocol::time::{Moment, Span};

/// How far a step has come.
#[derive(Debug)]
pub enum Progress<T> {
    /// The network was in the way: drive the same step again in a little while.
    Later(T),
    /// Both codes can be compared.
    Ready(Compare),
}

/// Both sides know the code. In memory only: a restart burns it.
#[derive(Debug)]
pub struct Compare {
    paired: Paired,
    role: Role,
    purpose: Purpose,
    since: Span,
}

impl Compare {
    pub(super) const fn new(paired: Paired, role: Role, purpose: Purpose, since: Span) -> Self {
        Self { paired, role, purpose, since }
    }

    /// The pairing.
    #[must_use]
    pub const fn id(&self) -> &PairingId {
        self.paired.rendezvous()
    }

    /// What both people must see alike.
    #[must_use]
    pub const fn code(&self) -> CheckCode {
        self.paired.code()
    }

    /// The person's answer, about a device that is to be added. After a yes: what both phones share.
    ///
    /// # Errors
    /// As [`Self::confirm`].
    pub(crate) fn confirm_device(self, same: bool, now: Moment) -> Result<Paired, Error> {
        self.agreed(Purpose::Device, same, now)?;
        Ok(self.paired)
    }

    fn agreed(&self, purpose: Purpose, same: bool, now: Moment) -> Result<(), Error> {
        if !same {
            return Err(WalletError::CodesDiffer.into());
        }
        if self.purpose != purpose {
            return Err(WalletError::OtherPurpose.into());
        }
        in_time(self.since, now)
    }

    /// The person's answer. After a yes the card is stored, to be sent by [`super::Exchange`]; after a no everything that was
    /// agreed on is forgotten.
    ///
    /// # Errors
    /// [`WalletError::CodesDiffer`] after a no, [`WalletError::PairingExpired`] after 120 s; the offer is burnt then.
    pub fn confirm(self, engine: &mut Engine, same: bool, now: Moment) -> Result<PairingId, Error> {
        self.agreed(Purpose::Contact, same, now)?;
        let agreed = Agreed::new(engine, &self.paired, self.role, now)?;
        let id = *self.paired.rendezvous();
        crash::point(crash::PAIRING_BEFORE_STORE);
        engine.apply(vec![Change::put(&agreed)])?;
        crash::point(crash::PAIRING_AFTER_STORE);
        Ok(id)
    }
}
