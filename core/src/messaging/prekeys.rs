//! Keeps the verifier supplied with prekeys, so that others can begin a session while this device is away.

use super::olm::OlmAccount;
use super::records::Mailbox;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::store::{self, ActKind, ActRecord, Change, ProfileState};
use crate::sync::{Heard, SignedRead, header};
use farthing_protocol::cose::Signed;
use farthing_protocol::head::Head;
use farthing_protocol::http::AccountStatus;
use farthing_protocol::limits::{MESSAGE_KEPT, PREKEYS_LOW, PREKEYS_PER_UPLOAD};
use farthing_protocol::prekeys::Prekeys;
use farthing_protocol::time::{Moment, Span};

/// How often the verifier is asked how many are left.
const ASKED: Span = Span::from_h(1);
/// A fallback key serves many sessions, so it is replaced; a message under it may lie in the mailbox for a month, and the key
/// before is kept, too: half a month each.
const FALLBACK_LIFE: Span = Span::from_ms(MESSAGE_KEPT.as_ms() / 2);
/// Acts that are looked through for one that was made before.
const ACTS_MAX: usize = 1_000;

/// The operation: makes and stores an act with new prekeys when few are left, and when none were ever made. `FlushActs`
/// sends it.
#[derive(Debug, Default)]
pub struct KeepPrekeys {
    read: Option<SignedRead>,
}

impl KeepPrekeys {
    /// Looks whether there are enough.
    #[must_use]
    pub const fn new() -> Self {
        Self { read: None }
    }

    fn begin(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<()>, Error> {
        let Some(time) = engine.time(now).filter(|_| engine.profile().state == ProfileState::Ready) else {
            return Ok(Step::Done(()));
        };
        let Some(account) = store::kept::<OlmAccount>(engine.store(), OlmAccount::KEY)? else {
            return Ok(Step::Done(()));
        };
        if engine.store().acts(ACTS_MAX)?.iter().any(|act| act.kind == ActKind::Prekeys) {
            return Ok(Step::Done(()));
        }
        let fallback_is_good = account.fallback_made().is_some_and(|made| time.since(made) < FALLBACK_LIFE);
        // The verifier has no more than those whose secrets are here.
        if !fallback_is_good || (account.one_time_left() as u64) < PREKEYS_LOW {
            return make(engine, account, now).map(Step::Done);
        }
        let mailbox = mailbox(engine)?;
        if mailbox.prekeys_asked.is_some_and(|asked| time.since(asked) < ASKED) {
            return Ok(Step::Done(()));
        }
        let (read, call) = SignedRead::new(engine, "/v1/account", "", now)?;
        self.read = Some(read);
        Ok(Step::Call(call))
    }

    fn judge(engine: &mut Engine, read: &SignedRead, body: &[u8], now: Moment) -> Result<(), Error> {
        let status = AccountStatus::decode(body).map_err(|_| WalletError::VerifierMisbehaved)?;
        let head = engine.trust().ok_or(WalletError::Internal)?.verify::<Head>(status.head.as_slice())?;
        engine.take_head(&head, read.asked(), now)?;
        let mailbox = Mailbox { prekeys_asked: Some(head.time), ..mailbox(engine)? };
        engine.apply(vec![Change::put(&mailbox)])?;
        match store::kept::<OlmAccount>(engine.store(), OlmAccount::KEY)? {
            Some(account) if status.prekeys < PREKEYS_LOW => make(engine, account, now),
            _ => Ok(()),
        }
    }
}

impl Operation for KeepPrekeys {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        let (Some(mut read), Input::Reply(reply)) = (self.read.take(), input) else { return self.begin(engine, now) };
        match read.hear(engine, reply, now)? {
            Heard::Again(call) => {
                self.read = Some(read);
                Ok(Step::Call(call))
            }
            Heard::Reply(reply) => Self::judge(engine, &read, &reply.body, now).map(Step::Done),
        }
    }
}

/// Secrets and the act that tells of them become durable together, before it is sent.
fn make(engine: &mut Engine, mut account: OlmAccount, now: Moment) -> Result<(), Error> {
    let header = header(engine, now)?;
    let one_time = account.make_one_time(PREKEYS_PER_UPLOAD, header.created, engine.rng());
    let fallback = account.make_fallback(FALLBACK_LIFE, header.created, engine.rng());
    let act = Signed::sign(Prekeys::new(header, one_time, fallback), engine.keys().session())?;
    let record = ActRecord { id: header.id, kind: ActKind::Prekeys, body: act.bytes().to_vec(), handles: Vec::new() };
    engine.apply(vec![Change::put(&account), Change::Act(record)])
}

pub(super) fn mailbox(engine: &Engine) -> Result<Mailbox, Error> {
    Ok(store::kept::<Mailbox>(engine.store(), Mailbox::KEY)?.unwrap_or_default())
}
