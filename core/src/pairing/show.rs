//! The side that shows the QR code.

use super::{Compare, Progress, Slot, check_open, heard, in_time, read, reply_of, write};
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::pairing::PairingId;
use farthing_protocol::limits::LONG_POLL_MAX;
use farthing_protocol::pairing::{ANSWER_SLOT, Offering, Paired, Purpose, REVEAL_SLOT, Role};
use farthing_protocol::time::{Moment, Span};

/// An offer that stands.
#[derive(Debug)]
pub struct Show {
    id: PairingId,
    link: String,
    purpose: Purpose,
    since: Span,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Waits for an answer.
    Offered(Offering),
    /// One was accepted, and no other will be. The reveal is being written.
    Revealing { message: Vec<u8>, paired: Paired },
    /// Over.
    Gone,
}

impl Show {
    /// Makes an offer.
    ///
    /// # Errors
    /// [`WalletError::NotEnrolled`].
    pub fn new(engine: &mut Engine, purpose: Purpose, now: Moment) -> Result<Self, Error> {
        check_open(engine)?;
        let profile = engine.profile().clone();
        let offering = Offering::new(purpose, profile.verifier, profile.tls, engine.rng());
        let link = offering.offer().link(&profile.url);
        let id = offering.offer().rendezvous;
        Ok(Self { id, link, purpose, since: now.monotonic, state: State::Offered(offering) })
    }

    /// The pairing.
    #[must_use]
    pub const fn id(&self) -> &PairingId {
        &self.id
    }

    /// What the QR code holds.
    #[must_use]
    pub fn link(&self) -> &str {
        &self.link
    }

    fn later(&mut self) -> Step<Progress<Self>> {
        let state = core::mem::replace(&mut self.state, State::Gone);
        let link = core::mem::take(&mut self.link);
        Step::Done(Progress::Later(Self { id: self.id, link, purpose: self.purpose, since: self.since, state }))
    }
}

impl Operation for Show {
    type Output = Progress<Self>;

    fn advance(&mut self, _: &mut Engine, input: Input, now: Moment) -> Result<Step<Progress<Self>>, Error> {
        in_time(self.since, now)?;
        let state = core::mem::replace(&mut self.state, State::Gone);
        let begins = matches!(input, Input::Start);
        match state {
            State::Offered(offering) if begins => {
                self.state = State::Offered(offering);
                Ok(Step::Call(read(&self.id, ANSWER_SLOT, LONG_POLL_MAX)))
            }
            State::Offered(offering) => match heard(reply_of(input)?)? {
                Slot::Done(answer) => {
                    // Whatever it is: there is no second answer to this offer.
                    let (message, paired) = offering.accept(&answer).map_err(|_| WalletError::PairingBurnt)?;
                    self.state = State::Revealing { message: message.clone(), paired };
                    Ok(Step::Call(write(&self.id, REVEAL_SLOT, message)))
                }
                Slot::Empty => {
                    self.state = State::Offered(offering);
                    Ok(Step::Call(read(&self.id, ANSWER_SLOT, LONG_POLL_MAX)))
                }
                Slot::Later => {
                    self.state = State::Offered(offering);
                    Ok(self.later())
                }
            },
            State::Revealing { message, paired } if begins => {
                let call = write(&self.id, REVEAL_SLOT, message.clone());
                self.state = State::Revealing { message, paired };
                Ok(Step::Call(call))
            }
            State::Revealing { message, paired } => match heard(reply_of(input)?)? {
                Slot::Done(_) => {
                    Ok(Step::Done(Progress::Ready(Compare::new(paired, Role::Shower, self.purpose, self.since))))
                }
                Slot::Empty | Slot::Later => {
                    self.state = State::Revealing { message, paired };
                    Ok(self.later())
                }
            },
            State::Gone => Err(WalletError::PairingUnknown.into()),
        }
    }
}
