//! After the yes: cards are exchanged, and nothing is lost by a kill.

use super::card::{self, Cards};
use super::{Slot, check_open, heard, read, reply_of, write};
use crate::contacts::{self, Contact};
use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::messaging::{self, Body};
use crate::pairing::PairingId;
use crate::store::{self, Change, Kept, Table};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::limits::{CARD_PADDED, LONG_POLL_MAX, RENDEZVOUS_KEPT};
use farthing_protocol::pairing::{Paired, Role};
use farthing_protocol::time::{Moment, Span, Time};
use minicbor::{Decode, Encode};

/// A pairing whose codes were the same, until the other's card is here.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub(super) struct Agreed {
    #[n(0)]
    version: V1,
    #[n(1)]
    id: PairingId,
    #[n(2)]
    role: Role,
    /// What opens the other's card; its code means nothing any more.
    #[n(3)]
    paired: Paired,
    /// This side's signed card.
    #[n(4)]
    own: SignedBytes,
    /// The same, sealed: made once, since its key seals one message.
    #[cbor(n(5), with = "minicbor::bytes")]
    sealed: Vec<u8>,
    /// The rendezvous is gone at this time, by the verifier's.
    #[n(6)]
    until: Time,
}

impl Kept for Agreed {
    const TABLE: Table = Table::PAIRINGS;

    fn key(&self) -> Vec<u8> {
        self.id.as_bytes().to_vec()
    }
}

impl Agreed {
    pub(super) fn new(engine: &Engine, paired: &Paired, role: Role, now: Moment) -> Result<Self, Error> {
        check_open(engine)?;
        let time = engine.time_or_wall(now);
        let own = card::own(engine, paired.transcript(), role, time)?;
        let sealed = paired.seal(role, own.bytes())?;
        Ok(Self {
            version: V1,
            id: *paired.rendezvous(),
            role,
            paired: paired.clone(),
            own: SignedBytes::new(own.bytes().to_vec())?,
            sealed,
            until: time.plus(RENDEZVOUS_KEPT),
        })
    }

    /// The contact that the other's card shows, and what is to be stored and sent with it.
    fn met(&self, engine: &mut Engine, sealed: &[u8], now: Moment) -> Result<(Contact, Vec<Change>), Error> {
        const BURNT: Error = Error::Wallet(WalletError::PairingBurnt);
        if sealed.len() != CARD_PADDED {
            return Err(BURNT);
        }
        let other = self.paired.open(self.role.other(), sealed).map_err(|_| BURNT)?;
        let cards =
            Cards { transcript: self.paired.transcript(), role: self.role, own: self.own.as_slice(), other: &other };
        let at = engine.time_or_wall(now);
        let contact = card::read(engine, &cards, at)?;
        let (contact, mut changes) = contacts::from_card(engine.store(), contact)?;
        let confirmation = Signed::sign(cards.confirmation(self.role), engine.keys().session())?;
        let body = Body::PairConfirm(SignedBytes::new(confirmation.bytes().to_vec())?);
        changes.extend(messaging::queue(engine, contact.account, body, now)?);
        changes.push(Change::forget::<Self>(self.id.as_bytes()));
        changes.push(Change::Event { at, kind: EventKind::ContactMet(contact.account) });
        Ok((contact, changes))
    }
}

/// Pairings whose cards are still being exchanged: a message from somebody unknown may be a confirmation that came first.
///
/// # Errors
/// What the store says.
pub fn under_way(store: &dyn store::Store) -> Result<Vec<PairingId>, Error> {
    Ok(store::all_kept::<Agreed>(store)?.iter().map(|agreed| agreed.id).collect())
}

/// How far the exchange has come.
#[derive(Debug)]
pub enum Exchanged {
    /// The network was in the way, or the other person has not said yes yet: once more in a little while.
    Later,
    /// The contact is stored.
    Met(Box<Contact>),
}

/// The operation: sends this side's card, and reads the other's.
#[derive(Debug)]
pub struct Exchange {
    id: PairingId,
    wait: Span,
    written: bool,
}

impl Exchange {
    /// Goes on with a pairing that was agreed on, waiting for the other's card.
    #[must_use]
    pub const fn new(id: PairingId) -> Self {
        Self { id, wait: LONG_POLL_MAX, written: false }
    }

    /// The same without waiting.
    #[must_use]
    pub const fn once(id: PairingId) -> Self {
        Self { id, wait: Span::from_ms(0), written: false }
    }

    fn go_on(
        &mut self,
        engine: &mut Engine,
        agreed: &Agreed,
        input: Input,
        now: Moment,
    ) -> Result<Step<Exchanged>, Error> {
        if matches!(input, Input::Start) {
            return Ok(Step::Call(write(&self.id, agreed.role.slot(), agreed.sealed.clone())));
        }
        match heard(reply_of(input)?)? {
            Slot::Done(_) if !self.written => {
                self.written = true;
                Ok(Step::Call(read(&self.id, agreed.role.other().slot(), self.wait)))
            }
            Slot::Done(card) => {
                let (contact, changes) = agreed.met(engine, &card, now)?;
                crash::point(crash::CARD_BEFORE_STORE);
                engine.apply(changes)?;
                crash::point(crash::CARD_AFTER_STORE);
                Ok(Step::Done(Exchanged::Met(Box::new(contact))))
            }
            Slot::Empty | Slot::Later => Ok(Step::Done(Exchanged::Later)),
        }
    }
}

impl Operation for Exchange {
    type Output = Exchanged;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Exchanged>, Error> {
        let agreed: Agreed = store::kept(engine.store(), self.id.as_bytes())?.ok_or(WalletError::PairingUnknown)?;
        if engine.time(now).is_some_and(|time| time >= agreed.until) {
            engine.apply(vec![Change::forget::<Agreed>(self.id.as_bytes())])?;
            return Err(WalletError::PairingExpired.into());
        }
        let step = self.go_on(engine, &agreed, input, now);
        if let Err(Error::Wallet(
            WalletError::PairingBurnt
            | WalletError::OwnPairing
            | WalletError::AliasOfAnother
            | WalletError::ContactsFull,
        )) = &step
        {
            engine.apply(vec![Change::forget::<Agreed>(self.id.as_bytes())])?;
        }
        step
    }
}
