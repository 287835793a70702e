//! Watching: keeps the wallet current while somebody asks, and hands out the event log from a position on.

use super::{payments, tabs};
use crate::failure::Failure;
use farthing_core::events::{Event, EventKind, EventSeq};
use farthing_core::export::tabs::TabView;
use farthing_core::export::views::{EventView, PaymentView};
use farthing_core::wallet::{Contact, Line};
use farthing_core::{Error, Wallet};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Events that one answer lists.
const EVENTS_PAGE: usize = 100;

/// What happened, and how the wallet stands to its verifier.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WatchedView {
    pub(crate) events: Vec<WatchedEventView>,
    /// The position of the last of them, or from which on none came.
    pub(crate) last: u64,
    pub(crate) contact: ContactView,
}

/// An event with what it is about.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WatchedEventView {
    #[serde(flatten)]
    pub(crate) event: EventView,
    /// As it is now, which may be further than the event.
    pub(crate) payment: Option<PaymentView>,
    /// Likewise.
    #[serde(default)]
    pub(crate) tab: Option<TabView>,
}

/// How news come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContactView {
    pub(crate) line: LineView,
    /// What went wrong last.
    pub(crate) trouble: Option<String>,
}

/// By which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LineView {
    Connecting,
    Stream,
    Polling,
    Away,
}

impl From<&Contact> for ContactView {
    fn from(contact: &Contact) -> Self {
        let line = match contact.line {
            Line::Connecting => LineView::Connecting,
            Line::Stream => LineView::Stream,
            Line::Polling => LineView::Polling,
            Line::Away => LineView::Away,
        };
        Self { line, trouble: contact.trouble.as_ref().map(ToString::to_string) }
    }
}

/// Waits for an event, or for the contact to be another than `known`. Without a position it says which is the last.
pub(super) async fn watch(
    wallet: &Wallet,
    after: Option<u64>,
    known: Option<ContactView>,
    wait_ms: u64,
) -> Result<WatchedView, Failure> {
    let mut watch = wallet.watch()?;
    let contact = watch.contact();
    let (after, wait) = match after {
        Some(after) if known == Some((&contact).into()) => (after, Duration::from_millis(wait_ms)),
        Some(after) => (after, Duration::ZERO),
        None => (last(wallet)?, Duration::ZERO),
    };
    let events = tokio::select! {
        events = wallet.events(EventSeq(after), EVENTS_PAGE, wait) => events?,
        _ = watch.contact_other_than(&contact) => Vec::new(),
    };
    let last = events.last().map_or(after, |event| event.seq.0);
    let events = events.iter().map(|event| watched(wallet, event)).collect::<Result<_, _>>()?;
    Ok(WatchedView { events, last, contact: (&watch.contact()).into() })
}

/// The event log's end.
fn last(wallet: &Wallet) -> Result<u64, Failure> {
    let mut last = EventSeq(0);
    loop {
        let page = wallet.read(|engine| engine.store().events(last, EVENTS_PAGE * 10)).map_err(Error::from)?;
        match page.last() {
            Some(event) => last = event.seq,
            None => return Ok(last.0),
        }
    }
}

fn watched(wallet: &Wallet, happened: &Event) -> Result<WatchedEventView, Failure> {
    let payment = match &happened.kind {
        EventKind::PaymentAuthorised(id)
        | EventKind::PaymentSettled(id)
        | EventKind::PaymentRefused(id, _)
        | EventKind::PaymentExpired(id)
        | EventKind::Received(id)
        | EventKind::Issued(id)
        | EventKind::RequestPaid(_, id)
        | EventKind::PaidElsewhere(id) => Some(payments::view(wallet, &wallet.payment(id)?)?),
        _ => None,
    };
    let tab = match &happened.kind {
        EventKind::TabOpened(id)
        | EventKind::TabChanged(id)
        | EventKind::TabClosed(id)
        | EventKind::TabClaimed(id)
        | EventKind::TabEnded(id)
        | EventKind::TabRefused(id, _)
        | EventKind::TabAuthorised(id)
        | EventKind::VoucherReceived(id)
        | EventKind::TabCaughtUp(id)
        | EventKind::TabLost(id)
        | EventKind::TabFound(id) => Some(tabs::view(wallet, id)?),
        _ => None,
    };
    Ok(WatchedEventView { event: happened.into(), payment, tab })
}
