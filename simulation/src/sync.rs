//! The operations of the wallet's sync, in the order and with the patience of `core/src/wallet/inner.rs`.

use farthing_core::checkpoints::CheckCheckpoints;
use farthing_core::devices::{OwnDevices, PostDevices, ReadDevices};
use farthing_core::engine::{Engine, Input, Operation, Step};
use farthing_core::enrol::Enrol;
use farthing_core::error::{Error, WalletError};
use farthing_core::generation::Contact;
use farthing_core::messaging::{KeepPrekeys, ReadMessages, SendMessages};
use farthing_core::offline::{self, ClaimOffline, ReadRevoked, ReadShares, SendAllowance};
use farthing_core::pairing::{self, Exchange};
use farthing_core::payment::{SendOrder, saga};
use farthing_core::store::{PaymentState, ProfileState, all_kept};
use farthing_core::sync::{FlushActs, PullEntries, Refresh};
use farthing_core::tab::{self, ClaimTabs, Claimable, EarnedTab, ReleaseTab, SendTab};
use farthing_protocol::http::Call;
use farthing_protocol::time::Moment;
use std::collections::VecDeque;

/// Unfinished payments that one sync looks at, as in the wallet's own sync.
const SYNC_MAX: usize = 1_000;

/// Where a sync is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Begin,
    Opening,
    Refresh,
    Contact,
    Payments,
    Tabs,
    Allowances,
    Devices,
    Prekeys,
    Acts,
    Meetings,
    Outbox,
    Entries,
    Claims,
    Ended,
    Offline,
    Shares,
    Revoked,
    List,
    Inbox,
    Replies,
    Checkpoints,
}

/// An operation whose result matters to nobody but its failure.
trait Part {
    /// The call to make, or `None` when it is over.
    fn go_on(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Option<Call>, Error>;
}

impl<O: Operation> Part for O {
    fn go_on(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Option<Call>, Error> {
        Ok(match self.advance(engine, input, now)? {
            Step::Call(call) => Some(call),
            Step::Done(_) => None,
        })
    }
}

/// A sync on its way.
pub(crate) struct Sync {
    at: At,
    part: Option<Box<dyn Part>>,
    /// Parts of the same kind that come next.
    next: VecDeque<Box<dyn Part>>,
    /// Why no status was had: what was sent goes on all the same.
    unheard: Option<Error>,
    /// The first trouble that does not hold up the rest.
    trouble: Option<Error>,
}

impl Sync {
    pub(crate) const fn new() -> Self {
        Self { at: At::Begin, part: None, next: VecDeque::new(), unheard: None, trouble: None }
    }

    pub(crate) fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        let mut input = Some(input);
        loop {
            if let Some(part) = &mut self.part {
                match part.go_on(engine, input.take().unwrap_or(Input::Start), now) {
                    Ok(Some(call)) => return Ok(Step::Call(call)),
                    Ok(None) => {}
                    Err(error) => self.fails(error)?,
                }
            }
            input = None;
            self.part = self.next.pop_front();
            while self.part.is_none() {
                if self.at == At::Checkpoints {
                    return self.trouble.take().map_or(Ok(Step::Done(())), Err);
                }
                self.turn(engine, now)?;
                self.part = self.next.pop_front();
            }
        }
    }

    /// What an error stops.
    fn fails(&mut self, error: Error) -> Result<(), Error> {
        match self.at {
            At::Refresh | At::Contact if !matches!(error, Error::Network(_)) => self.unheard = Some(error),
            At::Meetings => {}
            At::Claims if matches!(error, Error::Refused { .. }) => {}
            At::Payments
            | At::Tabs
            | At::Allowances
            | At::Claims
            | At::Offline
            | At::Shares
            | At::Revoked
            | At::Devices
            | At::Outbox
            | At::Inbox
            | At::Replies
            | At::Checkpoints
                if !matches!(error, Error::Store(_)) =>
            {
                self.trouble.get_or_insert(error);
                if self.at == At::Inbox {
                    // Nothing was brought about that had to be sent.
                    self.at = At::Replies;
                }
            }
            _ => return Err(error),
        }
        Ok(())
    }

    fn then(&mut self, part: impl Operation + 'static) {
        self.next.push_back(Box::new(part));
    }

    /// Goes on to the next kind of parts.
    fn turn(&mut self, engine: &mut Engine, now: Moment) -> Result<(), Error> {
        self.at = match self.at {
            At::Begin => {
                match engine.profile().state {
                    ProfileState::Enrolling(_) => self.then(Enrol::new()),
                    ProfileState::Restoring => self.then(PostDevices::new()),
                    ProfileState::Ready | ProfileState::Reading { .. } | ProfileState::Revoked => {}
                }
                At::Opening
            }
            At::Opening => {
                self.then(Refresh::new());
                At::Refresh
            }
            At::Refresh => {
                if self.unheard.is_none() {
                    self.then(Contact::new());
                }
                At::Contact
            }
            At::Contact => {
                let mut unfinished = engine.store().unfinished(SYNC_MAX)?;
                unfinished.retain(|p| self.unheard.is_none() || p.state == PaymentState::Sent);
                unfinished.into_iter().for_each(|payment| self.then(SendOrder::new(payment.id)));
                At::Payments
            }
            At::Payments => {
                if self.unheard.is_none() {
                    tab::unsent(engine)?.into_iter().for_each(|tab| self.then(SendTab::new(tab)));
                }
                At::Tabs
            }
            At::Tabs => {
                if self.unheard.is_none() {
                    offline::unsent(engine)?.into_iter().for_each(|own| self.then(SendAllowance::new(own)));
                }
                At::Allowances
            }
            At::Allowances => {
                if let Some(unheard) = self.unheard.take() {
                    return Err(unheard);
                }
                if engine.profile().state == ProfileState::Revoked {
                    return Err(WalletError::Revoked.into());
                }
                self.then(PostDevices::new());
                At::Devices
            }
            At::Devices => {
                saga::forget_old_drafts(engine, now)?;
                self.then(KeepPrekeys::new());
                At::Prekeys
            }
            At::Prekeys => {
                self.then(FlushActs::new());
                At::Acts
            }
            At::Acts => {
                let under_way = pairing::under_way(engine.store())?;
                under_way.into_iter().for_each(|id| self.then(Exchange::once(id)));
                At::Meetings
            }
            At::Meetings => {
                self.then(SendMessages::new());
                At::Outbox
            }
            At::Outbox => {
                self.then(PullEntries::new());
                At::Entries
            }
            At::Entries => {
                let tabs: Vec<EarnedTab> = all_kept(engine.store())?;
                let mut live = tabs.iter().filter(|tab| !tab.state.is_over()).peekable();
                if live.peek().is_some() {
                    self.then(ClaimTabs::new(Claimable::Due));
                }
                live.filter(|tab| tab.release.is_some()).for_each(|tab| self.then(ReleaseTab::again(tab.id)));
                At::Claims
            }
            At::Claims => {
                let tabs: Vec<EarnedTab> = all_kept(engine.store())?;
                if !tabs.is_empty() {
                    self.then(PullEntries::new());
                }
                At::Ended
            }
            At::Ended => {
                self.then(ClaimOffline::new());
                At::Offline
            }
            At::Offline => {
                self.then(ReadShares::new());
                At::Shares
            }
            At::Shares => {
                if offline::is_used(engine)? {
                    self.then(ReadRevoked::new());
                }
                At::Revoked
            }
            At::Revoked => {
                if OwnDevices::of(engine.store())?.is_none_or(|known| known.incomplete) {
                    self.then(ReadDevices::new());
                }
                At::List
            }
            At::List => {
                self.then(ReadMessages::new());
                At::Inbox
            }
            At::Inbox => {
                self.then(SendMessages::new());
                At::Replies
            }
            At::Replies => {
                self.then(CheckCheckpoints::new());
                At::Checkpoints
            }
            At::Checkpoints => At::Checkpoints,
        };
        Ok(())
    }
}
