//! Reads the mailbox: one message is one commit, with what it changes, the session's ratchet, and how far was read. It is
//! acknowledged afterwards, so a kill repeats a message and never its effect.

use super::OlmError;
use super::effects::{Effect, effect};
use super::olm::{OlmAccount, OlmSession, OlmText};
use super::prekeys::mailbox;
use super::queue::peer;
use super::records::{Mailbox, Peer};
use super::renew;
use super::seen::{Mark, Seen};
use crate::contacts::{self, ReadList, listed};
use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::store::{self, Change, ProfileState, Table};
use crate::sync::{Heard, SignedRead, header, undone};
use farthing_protocol::cose::Signed;
use farthing_protocol::device::DeviceCertificate;
use farthing_protocol::envelope::{Body, Envelope};
use farthing_protocol::head::Head;
use farthing_protocol::http::{Call, MEDIA_COSE, MessagesPage, QueuedMessage, Reply};
use farthing_protocol::id::{AccountId, Epoch, MessageNumber};
use farthing_protocol::key::OlmKey;
use farthing_protocol::limits::{MAILBOX_MAX, MESSAGES_PAGE_MAX};
use farthing_protocol::message::{Acknowledge, Content};
use farthing_protocol::time::{Moment, Span};
use std::collections::{BTreeSet, VecDeque};
use zeroize::Zeroizing;

/// Messages that wait for something at once: a whole mailbox, so that strangers push nobody's out. Of more, which no honest
/// verifier shows, the oldest are given up.
pub const HELD_MAX: usize = MAILBOX_MAX as usize;
/// How long a message waits: for an entry of the ledger that is already there, or for a pairing, which lives ten minutes.
const HELD: Span = Span::from_min(15);
/// How long a message waits for a list of its sender's devices that holds.
const DOUBTED: Span = Span::from_h(24);
/// Pages that one reading takes at most: a whole mailbox, and as much that came meanwhile.
const PAGES_MAX: u64 = 2 * MAILBOX_MAX / MESSAGES_PAGE_MAX;

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Messages that were new and are understood.
    pub messages: u64,
    /// Messages of people whom we do not know, or have blocked.
    pub strangers: u64,
    /// Messages that could not be read.
    pub unreadable: u64,
}

/// The call that is under way.
#[derive(Debug)]
enum Stage {
    Idle,
    Page(SignedRead),
    List(ReadList),
    Acknowledging(MessageNumber),
}

/// The operation.
#[derive(Debug)]
pub struct ReadMessages {
    stage: Stage,
    seen: Option<Seen>,
    page: VecDeque<QueuedMessage>,
    /// Where the next page begins.
    after: MessageNumber,
    more: bool,
    pages: u64,
    /// Accounts whose list was read: a device that is not on it is a stranger's.
    read: BTreeSet<AccountId>,
    /// Of these the list that the verifier showed does not hold: what their new devices wrote waits.
    doubtful: BTreeSet<AccountId>,
    received: Received,
    trouble: Option<Error>,
}

impl Default for ReadMessages {
    fn default() -> Self {
        Self::new()
    }
}

/// What became of a message.
enum Taken {
    Done,
    /// First the list of its sender's devices is needed.
    Unlisted,
}

impl ReadMessages {
    /// Reads what is there.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            stage: Stage::Idle,
            seen: None,
            page: VecDeque::new(),
            after: MessageNumber::new(0),
            more: false,
            pages: 0,
            read: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            received: Received { messages: 0, strangers: 0, unreadable: 0 },
            trouble: None,
        }
    }

    fn begin(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<Received>, Error> {
        if engine.profile().state != ProfileState::Ready {
            return Ok(Step::Done(self.received));
        }
        self.seen = Some(Seen::load(engine.store())?);
        self.after = mailbox(engine)?.done();
        self.ask(engine, now)
    }

    fn ask(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<Received>, Error> {
        self.pages += 1;
        let query = format!("after={}&max={MESSAGES_PAGE_MAX}&wait=0", self.after);
        let (read, call) = SignedRead::new(engine, "/v1/messages", query, now)?;
        self.stage = Stage::Page(read);
        Ok(Step::Call(call))
    }

    fn take_page(&mut self, engine: &mut Engine, read: &SignedRead, reply: &Reply, now: Moment) -> Result<(), Error> {
        let page = MessagesPage::decode(&reply.body).map_err(|_| WalletError::VerifierMisbehaved)?;
        let head = engine.trust().ok_or(WalletError::Internal)?.verify::<Head>(page.head.as_slice())?;
        engine.take_head(&head, read.asked(), now)?;
        let known = mailbox(engine)?;
        if head.epoch > known.epoch {
            // A restored verifier numbers messages from where its backup was: what was read before is known by its marks. And it
            // may have lost what was sent since.
            let restored = known.epoch > Epoch::new(0);
            let mut changes =
                if restored { renew::sent_again(engine.store(), head.time, |_| true)? } else { Vec::new() };
            let (epoch, strangers, unreadable) = (head.epoch, known.strangers, known.unreadable);
            changes.push(Change::put(&Mailbox { epoch, strangers, unreadable, ..Mailbox::new() }));
            engine.apply(changes)?;
            if restored {
                (self.after, self.more) = (MessageNumber::new(0), true);
                return Ok(());
            }
        }
        if page.messages.first().is_some_and(|first| first.number <= self.after) {
            return Err(WalletError::VerifierMisbehaved.into());
        }
        self.after = page.messages.last().map_or(self.after, |last| last.number);
        self.more = page.more && !page.messages.is_empty();
        self.page = page.messages.into();
        Ok(())
    }

    /// Takes the messages of the page, then acknowledges, then asks for the next page.
    fn go_on(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<Received>, Error> {
        while let Some(message) = self.page.pop_front() {
            if let Taken::Unlisted = self.take(engine, &message, now)? {
                self.read.insert(message.account);
                let (list, call) = ReadList::new(engine, message.account, now)?;
                self.page.push_front(message);
                self.stage = Stage::List(list);
                return Ok(Step::Call(call));
            }
        }
        let mailbox = mailbox(engine)?;
        if mailbox.done() > mailbox.acknowledged {
            return self.acknowledge(engine, mailbox.done(), now).map(Step::Call);
        }
        self.next_page(engine, now)
    }

    fn next_page(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<Received>, Error> {
        if self.more && self.pages < PAGES_MAX {
            return self.ask(engine, now);
        }
        self.trouble.take().map_or(Ok(Step::Done(self.received)), Err)
    }

    /// Not stored: another one with the same number does no harm.
    fn acknowledge(&mut self, engine: &mut Engine, upto: MessageNumber, now: Moment) -> Result<Call, Error> {
        let header = header(engine, now)?;
        let act = Signed::sign(Acknowledge::new(header, upto), engine.keys().session())?;
        self.stage = Stage::Acknowledging(upto);
        Ok(Call::post("/v1/acknowledgements", MEDIA_COSE, act.bytes().to_vec()))
    }

    fn take(&mut self, engine: &mut Engine, message: &QueuedMessage, now: Moment) -> Result<Taken, Error> {
        let mailbox = mailbox(engine)?;
        if message.number <= mailbox.read && !mailbox.held.contains(&message.number) {
            return Ok(Taken::Done);
        }
        let contact = contacts::by_account(engine.store(), &message.account)?;
        let own = message.account == engine.profile().account;
        let blocked = !own && contact.as_ref().is_some_and(|contact| contact.blocked);
        let mail = Mail { message, mailbox, now, blocked };
        if !own && contact.is_none() {
            return self.stranger(engine, mail).map(|()| Taken::Done);
        }
        let devices = listed(engine, &message.account)?;
        let from = devices.iter().find(|known| known.device() == message.device);
        let Some((from, identity)) = from.and_then(|from| Some((from, from.olm?))) else {
            if self.doubtful.contains(&message.account) && mail.is_younger(engine, DOUBTED) {
                return mail.hold(engine).map(|()| Taken::Done);
            }
            if self.read.contains(&message.account) {
                return self.stranger(engine, mail).map(|()| Taken::Done);
            }
            return Ok(Taken::Unlisted);
        };
        self.open(engine, mail, from, &identity).map(|()| Taken::Done)
    }

    /// Throws away what a stranger wrote; while a pairing is under way it may be the confirmation that came first.
    fn stranger(&mut self, engine: &mut Engine, mail: Mail<'_>) -> Result<(), Error> {
        if mail.is_younger(engine, HELD) && !engine.store().smalls(Table::PAIRINGS, &[], 1)?.is_empty() {
            return mail.hold(engine);
        }
        self.thrown_away(engine, mail)
    }

    fn thrown_away(&mut self, engine: &mut Engine, mut mail: Mail<'_>) -> Result<(), Error> {
        self.received.strangers += 1;
        mail.mailbox.strangers += 1;
        engine.apply(vec![mail.done()])
    }

    /// Decrypts a message, and makes durable what it changes.
    fn open(
        &mut self,
        engine: &mut Engine,
        mut mail: Mail<'_>,
        from: &DeviceCertificate,
        identity: &OlmKey,
    ) -> Result<(), Error> {
        let (message, now) = (mail.message, mail.now);
        let seen = self.seen.as_mut().ok_or(WalletError::Internal)?;
        seen.refresh(engine.store())?;
        let content = Mark::content(&message.device, message.content.as_slice());
        if seen.contains(content) {
            return engine.apply(vec![mail.done()]);
        }
        let mut peer = peer(engine.store(), message.account, message.device)?;
        let (plaintext, account) = match decrypted(engine, &mut peer, identity, message)? {
            Ok(opened) => opened,
            // Nothing is sent to somebody who is blocked, so no session is begun anew.
            Err(_) if mail.blocked => return self.thrown_away(engine, mail),
            Err(_) => {
                self.received.unreadable += 1;
                mail.mailbox.unreadable += 1;
                let mut changes = seen.add(&[content]);
                changes.extend(renew::unreadable(engine, peer, now)?);
                let kind = EventKind::MessageUnreadable(message.account);
                changes.push(Change::Event { at: message.time, kind });
                changes.push(mail.done());
                return engine.apply(changes);
            }
        };
        let mut changes: Vec<Change> = account.iter().map(Change::put).collect();
        let mut marks = vec![content];
        // An envelope of a later version is thrown away; its session is as good as before.
        let envelope = Envelope::from_plaintext(&plaintext).ok();
        // Of somebody who is blocked only the last word of a pairing counts, so that it is not lost for when the block ends.
        if mail.blocked && !envelope.as_ref().is_some_and(|said| matches!(said.body, Body::PairConfirm(_))) {
            return self.thrown_away(engine, mail);
        }
        if let Some(envelope) = envelope {
            let mark = Mark::envelope(&message.account, &envelope.id);
            if !seen.contains(mark) {
                match effect(engine, from, &mut peer, &envelope, message.time, now)? {
                    Effect::Changes(effects) => changes.extend(effects),
                    Effect::Wait if mail.is_younger(engine, HELD) => return mail.hold(engine),
                    Effect::Wait => {}
                }
                self.received.messages += 1;
                marks.push(mark);
            }
        }
        changes.extend(seen.add(&marks));
        changes.push(Change::put(&peer));
        changes.push(mail.done());
        crash::point(crash::INBOX_BEFORE_STORE);
        engine.apply(changes)?;
        crash::point(crash::INBOX_AFTER_STORE);
        Ok(())
    }
}

/// A message that is being taken.
struct Mail<'a> {
    message: &'a QueuedMessage,
    mailbox: Mailbox,
    now: Moment,
    /// The person has blocked whoever sent it.
    blocked: bool,
}

impl Mail<'_> {
    /// True while it may wait for so long.
    fn is_younger(&self, engine: &Engine, than: Span) -> bool {
        engine.time_or_wall(self.now).since(self.message.time) < than
    }

    /// The change by which it is done with.
    fn done(mut self) -> Change {
        let number = self.message.number;
        self.mailbox.held.retain(|held| *held != number);
        self.mailbox.read = self.mailbox.read.max(number);
        Change::put(&self.mailbox)
    }

    /// It is read again next time.
    fn hold(mut self, engine: &mut Engine) -> Result<(), Error> {
        let number = self.message.number;
        if self.mailbox.held.contains(&number) {
            return Ok(());
        }
        self.mailbox.read = self.mailbox.read.max(number);
        self.mailbox.held.push(number);
        self.mailbox.held.sort_unstable();
        let surplus = self.mailbox.held.len().saturating_sub(HELD_MAX);
        self.mailbox.held.drain(..surplus);
        engine.apply(vec![Change::put(&self.mailbox)])
    }
}

/// The plaintext, and the account where a prekey was used up. Sessions are tried on copies, so what does not fit changes
/// nothing; the one that fits is first from now on.
type Opened = (Zeroizing<Vec<u8>>, Option<OlmAccount>);

fn decrypted(
    engine: &Engine,
    peer: &mut Peer,
    identity: &OlmKey,
    message: &QueuedMessage,
) -> Result<Result<Opened, OlmError>, Error> {
    let text = match Content::from_bytes(message.content.as_slice()).map(|content| OlmText::of(&content)) {
        Ok(Ok(text)) => text,
        _ => return Ok(Err(OlmError::Forged)),
    };
    for (index, pickle) in peer.sessions.clone().iter().enumerate() {
        let Ok(mut session) = OlmSession::from_pickle(pickle) else { continue };
        if let Ok(plaintext) = session.decrypt(&text) {
            peer.put_first(&session, Some(index))?;
            return Ok(Ok((plaintext, None)));
        }
    }
    let Some(mut account) = store::kept::<OlmAccount>(engine.store(), OlmAccount::KEY)? else {
        return Ok(Err(OlmError::NoSession));
    };
    match account.inbound(identity, &text) {
        Ok((session, plaintext)) => {
            peer.put_first(&session, None)?;
            // The other side has begun anew itself.
            peer.renew = false;
            Ok(Ok((plaintext, Some(account))))
        }
        Err(error) => Ok(Err(error)),
    }
}

impl Operation for ReadMessages {
    type Output = Received;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Received>, Error> {
        match (core::mem::replace(&mut self.stage, Stage::Idle), input) {
            (Stage::Idle, _) => return self.begin(engine, now),
            (Stage::Page(mut read), Input::Reply(reply)) => match read.hear(engine, reply, now)? {
                Heard::Again(call) => {
                    self.stage = Stage::Page(read);
                    return Ok(Step::Call(call));
                }
                Heard::Reply(reply) => self.take_page(engine, &read, &reply, now)?,
            },
            (Stage::List(mut list), input) => match list.hear(engine, input, now) {
                Ok(Some(call)) => {
                    self.stage = Stage::List(list);
                    return Ok(Step::Call(call));
                }
                // An account that is gone has no devices: its message is a stranger's.
                Err(Error::Problem { code, .. }) if !code.is_retryable() => {}
                Err(Error::Wallet(WalletError::ContactUnknown)) => {}
                // The others' messages are read all the same.
                Err(error @ Error::Wallet(WalletError::VerifierMisbehaved)) => {
                    self.doubtful.insert(list.account());
                    self.trouble = Some(error);
                }
                listed => drop(listed?),
            },
            (Stage::Acknowledging(upto), Input::Reply(reply)) => {
                // An acknowledgement that did not arrive is made again with the next message.
                if undone(&reply?).is_none() {
                    let mailbox = mailbox(engine)?;
                    let acknowledged = mailbox.acknowledged.max(upto);
                    engine.apply(vec![Change::put(&Mailbox { acknowledged, ..mailbox })])?;
                }
                return self.next_page(engine, now);
            }
            _ => return Err(WalletError::Internal.into()),
        }
        self.go_on(engine, now)
    }
}
