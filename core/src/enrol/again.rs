//! Enrolment once more, at a verifier that was restored from a backup of before the account.

use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::store::{self, Change, Kept, Store, Table};
use crate::sync::undone;
use farthing_protocol::cbor::V1;
use farthing_protocol::http::{Call, MEDIA_CBOR};
use farthing_protocol::time::{Moment, Time};
use minicbor::{Decode, Encode};

/// What opened the account, kept for a verifier that was restored from a backup of before it.
///
/// ```text
///  kept ──── the verifier does not know the account ────▶ sent again ──── 204 ────▶ kept
///                                                              │
///                                                              └── no, for good ──▶ forgotten: nothing is paid until a
///                                                                                   later sync finds the account again
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EnrolmentRecord {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The signed objects; none on a device that joined an account that was there.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// Since when it is known that the verifier has lost the account and will not open it again.
    #[n(2)]
    pub forgotten: Option<Time>,
}

/// There is one record, and a key is not empty.
const KEY: &[u8] = &[1];

impl Kept for EnrolmentRecord {
    const TABLE: Table = Table::ENROLMENT;

    fn key(&self) -> Vec<u8> {
        KEY.to_vec()
    }
}

impl EnrolmentRecord {
    fn of(store: &dyn Store) -> Result<Self, Error> {
        let none = || Self { version: V1, body: Vec::new(), forgotten: None };
        Ok(store::kept(store, KEY)?.unwrap_or_else(none))
    }
}

/// Whether the verifier has lost this account, and does not open it again.
///
/// # Errors
/// What the store says.
pub fn is_forgotten(store: &dyn Store) -> Result<bool, Error> {
    Ok(EnrolmentRecord::of(store)?.forgotten.is_some())
}

/// The change by which the account is known to be there, where it was not.
///
/// # Errors
/// What the store says.
pub(crate) fn known_again(store: &dyn Store) -> Result<Option<Change>, Error> {
    let record = EnrolmentRecord::of(store)?;
    Ok(record.forgotten.is_some().then(|| Change::put(&EnrolmentRecord { forgotten: None, ..record })))
}

/// The operation: opens the account once more at a verifier that lost it, by the very bytes that opened it the first time. The
/// verifier knows an enrolment by its account key, so that one that comes twice opens one account.
#[derive(Debug, Default)]
pub struct EnrolAgain {
    sent: bool,
}

impl EnrolAgain {
    /// Sends what was kept.
    #[must_use]
    pub const fn new() -> Self {
        Self { sent: false }
    }
}

impl Operation for EnrolAgain {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        let record = EnrolmentRecord::of(engine.store())?;
        let problem = match input {
            Input::Start if !self.sent && !record.body.is_empty() => {
                self.sent = true;
                return Ok(Step::Call(Call::post("/v1/enrolments", MEDIA_CBOR, record.body)));
            }
            // This device did not open the account, so it cannot do so again.
            Input::Start => None,
            Input::Reply(reply) => match undone(&reply?) {
                None => {
                    let at = engine.time_or_wall(now);
                    let mut changes = vec![Change::put(&EnrolmentRecord { forgotten: None, ..record })];
                    changes.push(Change::Event { at, kind: EventKind::Enrolled });
                    engine.apply(changes)?;
                    return Ok(Step::Done(()));
                }
                problem => problem,
            },
        };
        if let Some(problem) = problem.filter(|problem| problem.code.is_retryable()) {
            return Err(problem.into());
        }
        if record.forgotten.is_none() {
            let forgotten = Some(engine.time_or_wall(now));
            engine.apply(vec![Change::put(&EnrolmentRecord { forgotten, ..record })])?;
        }
        Err(WalletError::AccountForgotten.into())
    }
}
