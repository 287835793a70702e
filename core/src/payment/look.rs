//! Looks at a request or an alias without preparing a payment: reads, checks, and changes nothing.

use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::payment::send::reply_of;
use crate::sync::{Heard, SignedRead};
use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::Request;
use farthing_protocol::tab::HoldOffer;
use farthing_protocol::time::Moment;

/// Whom to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A request, by its link.
    Request(Pointer),
    /// A reusable alias.
    Alias(Alias),
}

/// What lies behind a pointer or an alias. Genuine: unaltered, and signed by its own payee key.
#[derive(Clone, Debug)]
pub enum Looked {
    /// The very request that was pointed to.
    Request(Verified<Request>),
    /// The record of an alias.
    Alias {
        /// The record.
        record: Verified<AliasRecord>,
        /// True when we paid this alias before and its key is the same.
        known: bool,
    },
}

/// The operation.
#[derive(Debug)]
pub struct Look {
    target: Target,
    read: Option<SignedRead>,
}

impl Look {
    /// Looks at `target`.
    #[must_use]
    pub const fn new(target: Target) -> Self {
        Self { target, read: None }
    }

    fn judge(&self, engine: &Engine, body: &[u8]) -> Result<Looked, Error> {
        match &self.target {
            Target::Request(pointer) => Ok(Looked::Request(own_verifier(engine, genuine(pointer, body)?)?)),
            Target::Alias(alias) => {
                const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);
                let record = Signed::<AliasRecord>::parse(body).map_err(|_| MISBEHAVED)?;
                let key = record.claims().payee;
                let record = record.verify(&key).map_err(|_| MISBEHAVED)?;
                if record.alias != *alias || record.verifier != engine.profile().verifier {
                    return Err(MISBEHAVED);
                }
                let pin = engine.store().pin(alias)?;
                if pin.as_ref().is_some_and(|pin| pin.payee_key != key.payee_key_hash()) {
                    return Err(WalletError::PayeeKeyChanged.into());
                }
                Ok(Looked::Alias { record, known: pin.is_some_and(|pin| pin.known.is_some()) })
            }
        }
    }
}

impl Operation for Look {
    type Output = Looked;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Looked>, Error> {
        let Some(read) = &mut self.read else {
            let path = match &self.target {
                Target::Request(pointer) => format!("/v1/requests/{}", pointer.locator()),
                Target::Alias(alias) => format!("/v1/aliases/{alias}"),
            };
            let (read, call) = SignedRead::new(engine, path, "", now)?;
            self.read = Some(read);
            return Ok(Step::Call(call));
        };
        match read.hear(engine, reply_of(input)?, now) {
            Ok(Heard::Again(call)) => Ok(Step::Call(call)),
            Ok(Heard::Reply(reply)) => self.judge(engine, &reply.body).map(Step::Done),
            // Our verifier does not have it, and the link is to another one.
            Err(Error::Problem { code: ProblemCode::RequestUnknown, .. }) if self.is_foreign(engine) => {
                Err(WalletError::ForeignRequest.into())
            }
            Err(error) => Err(error),
        }
    }
}

impl Look {
    fn is_foreign(&self, engine: &Engine) -> bool {
        matches!(&self.target, Target::Request(pointer) if pointer.url() != engine.profile().url.as_str())
    }
}

/// Opens what lies at a pointer: the very request that was pointed to, signed by its own payee key.
fn genuine(pointer: &Pointer, content: &[u8]) -> Result<Verified<Request>, Error> {
    const ALTERED: Error = Error::Wallet(WalletError::RequestAltered);
    let bytes = pointer.reveal(content).map_err(|_| ALTERED)?;
    if Signed::<Request>::parse(&bytes).is_err() && Signed::<HoldOffer>::parse(&bytes).is_ok() {
        return Err(WalletError::OffersTab.into());
    }
    whole(&bytes)
}

/// A request that its own payee has signed.
///
/// # Errors
/// [`WalletError::RequestAltered`].
pub(super) fn whole(bytes: &[u8]) -> Result<Verified<Request>, Error> {
    const ALTERED: Error = Error::Wallet(WalletError::RequestAltered);
    let request = Signed::<Request>::parse(bytes).map_err(|_| ALTERED)?;
    let key = request.claims().payee;
    request.verify(&key).map_err(|_| ALTERED)
}

/// Refuses a request that only another verifier can pay.
pub(super) fn own_verifier(engine: &Engine, request: Verified<Request>) -> Result<Verified<Request>, Error> {
    if request.verifier == engine.profile().verifier { Ok(request) } else { Err(WalletError::ForeignRequest.into()) }
}
