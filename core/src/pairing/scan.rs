//! The side that scans the QR code.

use super::{Compare, Progress, Slot, check_open, heard, in_time, read, reply_of, write};
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::pairing::PairingId;
use farthing_protocol::limits::LONG_POLL_MAX;
use farthing_protocol::pairing::{ANSWER_SLOT, Answering, Offer, Purpose, REVEAL_SLOT, Role};
use farthing_protocol::time::{Moment, Span};

/// An offer that is being answered.
#[derive(Debug)]
pub struct Scan {
    id: PairingId,
    since: Span,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The answer is being written.
    Answering(Answering),
    /// It is written; waits for the reveal.
    Answered(Answering),
    /// Over.
    Gone,
}

impl Scan {
    /// Answers the offer that a QR code holds.
    ///
    /// # Errors
    /// [`WalletError::ForeignPairing`], [`WalletError::OtherPurpose`], and what is wrong with the link.
    pub fn new(engine: &mut Engine, link: &str, now: Moment) -> Result<Self, Error> {
        check_open(engine)?;
        let (_, offer) = Offer::parse_link(link)?;
        if offer.verifier != engine.profile().verifier {
            return Err(WalletError::ForeignPairing.into());
        }
        if offer.purpose != Purpose::Contact {
            return Err(WalletError::OtherPurpose.into());
        }
        let id = offer.rendezvous;
        let answering = Answering::new(offer, engine.rng())?;
        Ok(Self { id, since: now.monotonic, state: State::Answering(answering) })
    }

    /// The pairing.
    #[must_use]
    pub const fn id(&self) -> &PairingId {
        &self.id
    }

    fn later(&mut self) -> Step<Progress<Self>> {
        let state = core::mem::replace(&mut self.state, State::Gone);
        Step::Done(Progress::Later(Self { id: self.id, since: self.since, state }))
    }
}

impl Operation for Scan {
    type Output = Progress<Self>;

    fn advance(&mut self, _: &mut Engine, input: Input, now: Moment) -> Result<Step<Progress<Self>>, Error> {
        in_time(self.since, now)?;
        let state = core::mem::replace(&mut self.state, State::Gone);
        let begins = matches!(input, Input::Start);
        match state {
            State::Answering(answering) if begins => {
                let call = write(&self.id, ANSWER_SLOT, answering.message().to_vec());
                self.state = State::Answering(answering);
                Ok(Step::Call(call))
            }
            State::Answering(answering) => match heard(reply_of(input)?)? {
                Slot::Done(_) => {
                    self.state = State::Answered(answering);
                    Ok(Step::Call(read(&self.id, REVEAL_SLOT, LONG_POLL_MAX)))
                }
                Slot::Empty | Slot::Later => {
                    self.state = State::Answering(answering);
                    Ok(self.later())
                }
            },
            State::Answered(answering) if begins => {
                self.state = State::Answered(answering);
                Ok(Step::Call(read(&self.id, REVEAL_SLOT, LONG_POLL_MAX)))
            }
            State::Answered(answering) => match heard(reply_of(input)?)? {
                Slot::Done(reveal) => {
                    // What does not reveal what the offer committed to comes from somebody in between.
                    let paired = answering.learn(&reveal).map_err(|_| WalletError::PairingBurnt)?;
                    Ok(Step::Done(Progress::Ready(Compare::new(paired, Role::Scanner, Purpose::Contact, self.since))))
                }
                Slot::Empty => {
                    self.state = State::Answered(answering);
                    Ok(Step::Call(read(&self.id, REVEAL_SLOT, LONG_POLL_MAX)))
                }
                Slot::Later => {
                    self.state = State::Answered(answering);
                    Ok(self.later())
                }
            },
            State::Gone => Err(WalletError::PairingUnknown.into()),
        }
    }
}
