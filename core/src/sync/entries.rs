//! Reads the account's ledger from the cursor on: the payee's credits, the payer's debits, the operator's issues.
//!
//! One page is one commit: what is counted, the message, the cursor and the events become durable together, so a kill
//! between pages repeats a page and never an entry. A credit counts once per order hash.

use crate::crash;
use crate::devices::ReadDevices;
use crate::engine::{Asked, Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::history::{self, Judged};
use crate::messaging;
use crate::payment::entry::{self, Taken};
use crate::store::{Change, Cursor, PaymentRecord, Profile, ProfileState};
use crate::sync::{Heard, SignedRead};
use farthing_protocol::head::Head;
use farthing_protocol::http::{EntriesPage, Entry};
use farthing_protocol::id::{Epoch, Seq};
use farthing_protocol::limits::ENTRIES_PAGE_MAX;
use farthing_protocol::time::{Moment, Span, Time};

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Credits and issues that were new.
    pub received: u64,
    /// Payments of ours that the ledger settled.
    pub settled: u64,
    /// Entries that cannot be ours; they were not counted.
    pub rejected: u64,
}

/// The account's devices, which judge what others of them paid: read once, when an entry is of one that is not known.
#[derive(Debug)]
enum Devices {
    NotRead,
    Missing,
    Reading(Box<ReadDevices>),
    Read,
}

/// The operation.
#[derive(Debug)]
pub struct PullEntries {
    wait: Span,
    read: Option<SignedRead>,
    devices: Devices,
    /// Where the call that is under way began.
    from: Cursor,
    pulled: Pulled,
}

impl PullEntries {
    /// Reads what is there.
    #[must_use]
    pub const fn new() -> Self {
        Self::waiting(Span::from_ms(0))
    }

    /// Waits up to `wait` for a first entry, when there is none.
    #[must_use]
    pub const fn waiting(wait: Span) -> Self {
        let from = Cursor { epoch: Epoch::new(0), seq: Seq::new(0) };
        let devices = Devices::NotRead;
        Self { wait, read: None, devices, from, pulled: Pulled { received: 0, settled: 0, rejected: 0 } }
    }

    fn ask(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<Pulled>, Error> {
        self.from = engine.store().cursor()?;
        let Cursor { epoch, seq } = self.from;
        let wait = self.wait.as_ms();
        let query = format!("epoch={epoch}&seq={seq}&max={ENTRIES_PAGE_MAX}&wait={wait}");
        let (read, call) = SignedRead::new(engine, "/v1/entries", query, now)?;
        self.read = Some(read);
        Ok(Step::Call(call))
    }

    /// Takes a page; true when there are further ones, or it must be asked for again.
    fn take(&mut self, engine: &mut Engine, body: &[u8], asked: &Asked, now: Moment) -> Result<bool, Error> {
        let page = EntriesPage::decode(body).map_err(|_| WalletError::VerifierMisbehaved)?;
        let head = engine.trust().ok_or(WalletError::Internal)?.verify::<Head>(page.head.as_slice())?;
        engine.take_head(&head, asked, now)?;
        let start = engine.store().cursor()?;
        if start < self.from {
            // An epoch was entered meanwhile that goes on from before: this page would leave out what lies between.
            return Ok(true);
        }
        if matches!(self.devices, Devices::NotRead) && has_unknown_device(engine, &page.entries, start)? {
            self.devices = Devices::Missing;
            return Ok(true);
        }
        let mut cursor = Cursor::default();
        let mut judged = Judged::default();
        for entry in &page.entries {
            let position = Cursor { epoch: entry.epoch, seq: entry.seq };
            // That places rise is a rule of the page itself; where they end, only its head says.
            if position > (Cursor { epoch: head.epoch, seq: head.seq }) {
                return Err(WalletError::VerifierMisbehaved.into());
            }
            cursor = position;
            if position <= start {
                // Read meanwhile.
                continue;
            }
            match entry::take(engine, entry, &judged.changes).and_then(|taken| once(&judged.changes, taken)) {
                Ok(taken) => {
                    self.pulled.received += u64::from(taken.received);
                    self.pulled.settled += u64::from(taken.settled);
                    self.pulled.rejected += u64::from(taken.rejected);
                    judged.lost |= taken.lost;
                    judged.changes.extend(messaging::tell_others(engine, entry, &taken.changes, now)?);
                    judged.changes.extend(taken.changes);
                }
                Err(Error::Wallet(WalletError::VerifierMisbehaved)) => {
                    self.pulled.rejected += 1;
                    let kind = EventKind::EntryRejected(entry.seq.get());
                    judged.changes.push(Change::Event { at: head.time, kind });
                }
                Err(other) => return Err(other),
            }
        }
        let read_to = if page.more { cursor } else { Cursor { epoch: head.epoch, seq: head.seq } };
        let revoked = judged.changes.iter().any(|change| matches!(change, Change::Profile(_)));
        let finished = if revoked { Vec::new() } else { finished(engine, read_to, head.time) };
        // Also when nothing else changes: our own payments are known already, and a page of them must not come again.
        if cursor > start {
            judged.changes.push(Change::Cursor(cursor));
            judged.changes.extend(finished);
            crash::point(crash::ENTRIES_BEFORE_STORE);
            history::apply(engine, judged, head.time)?;
            crash::point(crash::ENTRIES_AFTER_STORE);
        } else if !finished.is_empty() {
            engine.apply(finished)?;
        }
        // Further ones are told of only behind new ones; otherwise we would ask for the same for ever.
        if page.more && cursor <= self.from {
            return Err(WalletError::VerifierMisbehaved.into());
        }
        if !page.more {
            engine.looked_at(head.time);
        }
        Ok(page.more)
    }
}

/// Whether a page has news of a device that is not known.
fn has_unknown_device(engine: &Engine, entries: &[Entry], start: Cursor) -> Result<bool, Error> {
    for entry in entries.iter().filter(|entry| Cursor { epoch: entry.epoch, seq: entry.seq } > start) {
        if entry::is_of_unknown_device(engine, entry)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The changes by which a restored account, read up to here, can pay again.
fn finished(engine: &Engine, read_to: Cursor, at: Time) -> Vec<Change> {
    let profile = engine.profile();
    match profile.state {
        ProfileState::Reading { epoch, seq } if read_to >= (Cursor { epoch, seq }) => {
            let ready = Profile { state: ProfileState::Ready, ..profile.clone() };
            vec![Change::Profile(ready), Change::Event { at, kind: EventKind::Restored }]
        }
        _ => Vec::new(),
    }
}

/// Refuses what an earlier entry of the same page counts already: the store does not know of that one yet.
fn once(pending: &[Change], taken: Taken) -> Result<Taken, Error> {
    let counts = |changes: &[Change], same: &dyn Fn(&PaymentRecord) -> bool| {
        changes.iter().any(|change| matches!(change, Change::Payment(payment) if same(payment)))
    };
    let again = counts(&taken.changes, &|new| {
        counts(pending, &|old| old.order == new.order || (new.request.is_some() && old.request == new.request))
    });
    if again { Err(WalletError::VerifierMisbehaved.into()) } else { Ok(taken) }
}

impl Default for PullEntries {
    fn default() -> Self {
        Self::new()
    }
}

impl Operation for PullEntries {
    type Output = Pulled;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Pulled>, Error> {
        if let Devices::Reading(read) = &mut self.devices {
            return match read.advance(engine, input, now)? {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(()) => {
                    self.devices = Devices::Read;
                    self.ask(engine, now)
                }
            };
        }
        let Input::Reply(reply) = input else { return self.ask(engine, now) };
        let mut read = self.read.take().ok_or(WalletError::Internal)?;
        let body = match read.hear(engine, reply, now)? {
            Heard::Again(call) => {
                self.read = Some(read);
                return Ok(Step::Call(call));
            }
            Heard::Reply(reply) => reply.body,
        };
        self.wait = Span::from_ms(0);
        let more = self.take(engine, &body, read.asked(), now)?;
        if matches!(self.devices, Devices::Missing) {
            let mut devices = ReadDevices::new();
            let step = devices.advance(engine, Input::Start, now)?;
            self.devices = Devices::Reading(Box::new(devices));
            return match step {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(()) => Err(WalletError::Internal.into()),
            };
        }
        if more { self.ask(engine, now) } else { Ok(Step::Done(self.pulled)) }
    }
}
