//! An open wallet.

use crate::convert;
use crate::failure::Failure;
use crate::phrase::Words;
use crate::records::{
    Balance, Contact, Draft, Event, Money, Outcome, PairingOffer, Payment, Request, RequestState, Status, Synced, Terms,
};
use crate::runtime::finish;
use farthing_core as core;
use farthing_core::Error;
use farthing_core::contacts::ContactChange;
use farthing_core::error::WalletError;
use farthing_core::events::EventSeq;
use farthing_core::pairing::PairingId;
use farthing_core::payment::{Approval, RequestTerms, Target};
use farthing_core::scan::{Scanned, text};
use farthing_core::store::ArtifactKind;
use farthing_core::wallet::FolderLock;
use farthing_protocol::details::Name;
use farthing_protocol::id::Digest;
use farthing_protocol::money::Amount;
use farthing_protocol::time::Span;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{RwLock, watch};

/// Most entries of a page: what crosses is copied whole.
const PAGE_MAX: u32 = 500;

/// An open wallet. Its calls can be made at any time and from any thread; after `close` each fails with `closed`.
#[derive(uniffi::Object)]
pub struct Wallet {
    /// Read by each call for as long as it runs; `close` waits for them.
    open: Arc<RwLock<Option<Owned>>>,
    /// Ends calls that wait.
    closing: watch::Sender<bool>,
}

/// Its folder is nobody else's.
struct Owned {
    wallet: core::Wallet,
    _lock: FolderLock,
}

impl Wallet {
    pub(crate) fn of(wallet: core::Wallet, lock: FolderLock) -> Arc<Self> {
        let open = Owned { wallet, _lock: lock };
        Arc::new(Self { open: Arc::new(RwLock::new(Some(open))), closing: watch::Sender::new(false) })
    }
}

/// Awaits something with the open wallet, on our runtime, until the wallet is closed. What the core has begun goes on then as
/// far as it must.
macro_rules! with_wallet {
    ($self:ident, |$wallet:ident| $work:expr) => {{
        let (open, mut closing) = (Arc::clone(&$self.open), $self.closing.subscribe());
        finish(async move {
            let guard = open.read_owned().await;
            let Some(Owned { wallet: $wallet, .. }) = guard.as_ref() else { return Err(WalletError::Closed.into()) };
            let work = async { $work };
            tokio::select! {
                biased;
                _ = closing.wait_for(|closing| *closing) => Err(WalletError::Closed.into()),
                done = work => done.map_err(|error: Error| Failure::from(error)),
            }
        })
        .await
    }};
}

#[uniffi::export]
impl Wallet {
    /// How the wallet stands; asks nobody.
    pub async fn status(&self) -> Result<Status, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.status()?.into()))
    }

    /// What there is of each currency, by receipts alone.
    pub async fn balances(&self) -> Result<Vec<Balance>, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.balances()?.iter().map(Balance::from).collect()))
    }

    /// Reads an amount that was typed, in the verifier's currencies.
    pub async fn parse_money(&self, typed: String) -> Result<Money, Failure> {
        with_wallet!(self, |wallet| {
            if wallet.assets().is_empty() {
                wallet.refresh().await?;
            }
            Ok(convert::money(&Amount::parse(&typed, &wallet.assets())?))
        })
    }

    /// Reads and checks everything that a payment needs, and stores a draft. `payee` is a request's link or an alias; a
    /// contact is paid at its alias.
    pub async fn prepare(&self, payee: String, amount: Option<Money>, memo: Option<String>) -> Result<Draft, Failure> {
        with_wallet!(self, |wallet| {
            let amount = amount.as_ref().map(convert::amount).transpose()?;
            let target = target(&payee)?;
            let draft = wallet.prepare(target, amount, convert::text(memo.as_ref())?).await?;
            Ok(Draft::from(&draft))
        })
    }

    /// A draft that was prepared before.
    pub async fn draft(&self, id: String) -> Result<Draft, Failure> {
        with_wallet!(self, |wallet| Ok(Draft::from(&wallet.draft(&convert::payment_id(&id)?)?)))
    }

    /// Forgets a draft.
    pub async fn discard(&self, id: String) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.discard(&convert::payment_id(&id)?))
    }

    /// Signs and stores a draft as it was shown, and begins to send it. The same draft gives the same payment, however often it
    /// is confirmed.
    pub async fn confirm(&self, id: String, shown: String) -> Result<Payment, Failure> {
        with_wallet!(self, |wallet| {
            let shown = Digest::from_hex(&shown).ok_or(WalletError::NotWhatWasApproved)?;
            let id = wallet.confirm(Approval::from_parts(convert::payment_id(&id)?, shown)).await?;
            Ok(Payment::from(&wallet.payment(&id)?))
        })
    }

    /// Waits for the outcome of a payment, so many milliseconds at most. Stopping to wait changes nothing.
    pub async fn outcome(&self, id: String, wait_ms: u64) -> Result<Outcome, Failure> {
        with_wallet!(self, |wallet| {
            let outcome = wallet.outcome(&convert::payment_id(&id)?, Duration::from_millis(wait_ms)).await?;
            convert::outcome(wallet, outcome)
        })
    }

    /// A payment by its id.
    pub async fn payment(&self, id: String) -> Result<Payment, Failure> {
        with_wallet!(self, |wallet| Ok(Payment::from(&wallet.payment(&convert::payment_id(&id)?)?)))
    }

    /// Payments, newest first, after the last of the page before.
    pub async fn history(&self, before: Option<String>, limit: u32) -> Result<Vec<Payment>, Failure> {
        with_wallet!(self, |wallet| {
            let before = before.map(|id| convert::payment_id(&id)).transpose()?;
            let found = wallet.history(before.as_ref(), page(limit))?;
            Ok(found.iter().map(Payment::from).collect())
        })
    }

    /// The signed receipt of a payment: it proves it to anybody who knows the verifier's root.
    pub async fn receipt(&self, id: String) -> Result<Vec<u8>, Failure> {
        with_wallet!(self, |wallet| {
            let id = convert::payment_id(&id)?;
            wallet.payment(&id)?;
            Ok(wallet.artifact(&id, ArtifactKind::Receipt)?.ok_or(WalletError::NoReceipt)?)
        })
    }

    /// Makes a request; it can be paid when this returns.
    pub async fn request(&self, terms: Terms) -> Result<Request, Failure> {
        with_wallet!(self, |wallet| {
            let wanted = RequestTerms {
                amount: terms.amount.as_ref().map(convert::amount).transpose()?,
                memo: convert::text(terms.memo.as_ref())?,
                items: terms.items.iter().map(convert::item_back).collect::<Result<_, _>>()?,
                life: Span::from_s(terms.life_s),
            };
            let made =
                if terms.standing { wallet.standing_request(wanted).await? } else { wallet.request(wanted).await? };
            Ok(Request {
                id: made.id.to_hex(),
                state: RequestState::Open,
                link: made.link,
                expires_ms: made.expires.as_ms(),
                payment: None,
            })
        })
    }

    /// Our requests, newest first.
    pub async fn requests(&self, limit: u32) -> Result<Vec<Request>, Failure> {
        with_wallet!(self, |wallet| {
            wallet
                .requests(page(limit))?
                .iter()
                .map(|record| convert::request(wallet, record))
                .collect::<Result<Vec<_>, _>>()
        })
    }

    /// Cancels a request.
    pub async fn cancel(&self, id: String) -> Result<RequestState, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.cancel(convert::request_id(&id)?).await?.into()))
    }

    /// Events after a position, in order; waits for a first one, so many milliseconds at most. They are kept on the disk: none is
    /// missed by a process that was killed.
    pub async fn events(&self, after: u64, limit: u32, wait_ms: u64) -> Result<Vec<Event>, Failure> {
        with_wallet!(self, |wallet| {
            let events = wallet.events(EventSeq(after), page(limit), Duration::from_millis(wait_ms)).await?;
            Ok(events.iter().map(Event::from).collect())
        })
    }

    /// Resolves what is pending and fetches what is new.
    pub async fn sync(&self) -> Result<Synced, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.sync(Span::from_ms(0)).await?.into()))
    }

    /// The same, but no longer than so many milliseconds: for the moment that a platform gives in the background. `None` when
    /// it was not done; what was done by then stays.
    pub async fn catch_up(&self, timeout_ms: u64) -> Result<Option<Synced>, Failure> {
        with_wallet!(self, |wallet| {
            match tokio::time::timeout(Duration::from_millis(timeout_ms), wallet.sync(Span::from_ms(0))).await {
                Ok(done) => Ok(Some(done?.into())),
                Err(_) => Ok(None),
            }
        })
    }

    /// Hears what is new at once, until what comes back is let go of.
    pub async fn watch(&self) -> Result<Arc<Watch>, Failure> {
        with_wallet!(self, |wallet| Ok(Arc::new(Watch { _watching: wallet.watch()? })))
    }

    /// Lets go of files and locks until `resume`: a platform ends an app that keeps them in the background.
    pub async fn pause(&self) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.pause())
    }

    /// Takes files and locks again.
    pub async fn resume(&self) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.resume())
    }

    /// The recovery phrase, while it is kept here. Ask the person for authorisation first.
    pub async fn phrase(&self) -> Result<Arc<Words>, Failure> {
        with_wallet!(self, |wallet| Ok(Arc::new(Words::of(&wallet.phrase()?))))
    }

    /// Makes a pairing code, and waits for whoever scans it.
    pub async fn pair_show(&self) -> Result<PairingOffer, Failure> {
        with_wallet!(self, |wallet| {
            let offer = wallet.pair_show().await?;
            Ok(PairingOffer { id: offer.id.to_hex(), link: offer.link })
        })
    }

    /// Answers a pairing code that was scanned; what comes back is the pairing's id.
    pub async fn pair_scan(&self, link: String) -> Result<String, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.pair_scan(&link).await?.to_hex()))
    }

    /// Waits for the six digits that both people compare; `None` when there are none yet.
    pub async fn pair_code(&self, id: String, wait_ms: u64) -> Result<Option<String>, Failure> {
        with_wallet!(self, |wallet| {
            let code = wallet.pair_code(&pairing(&id)?, Duration::from_millis(wait_ms)).await?;
            Ok(code.map(|code| code.to_string()))
        })
    }

    /// The person's answer: whether both phones show the same digits.
    pub async fn pair_confirm(&self, id: String, same: bool) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.pair_confirm(&pairing(&id)?, same).await)
    }

    /// Waits for the contact that a confirmed pairing makes; `None` when it is not there yet.
    pub async fn pair_contact(&self, id: String, wait_ms: u64) -> Result<Option<Contact>, Failure> {
        with_wallet!(self, |wallet| {
            let contact = wallet.pair_contact(&pairing(&id)?, Duration::from_millis(wait_ms)).await?;
            Ok(contact.as_ref().map(Contact::from))
        })
    }

    /// People one knows, by name.
    pub async fn contacts(&self) -> Result<Vec<Contact>, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.contacts()?.iter().map(Contact::from).collect()))
    }

    /// Gives a contact another name.
    pub async fn rename_contact(&self, name: String, new: String) -> Result<Contact, Failure> {
        with_wallet!(self, |wallet| change(wallet, &name, ContactChange::Rename(Name::typed(&new)?)))
    }

    /// Neither pays a contact nor listens to it any more; or does again.
    pub async fn block_contact(&self, name: String, blocked: bool) -> Result<Contact, Failure> {
        let wanted = if blocked { ContactChange::Block } else { ContactChange::Unblock };
        with_wallet!(self, |wallet| change(wallet, &name, wanted))
    }

    /// Ends calls that wait, lets what must not be cut off come to its end, and frees the folder. A second call does nothing.
    pub async fn close(&self) -> Result<(), Failure> {
        self.closing.send_replace(true);
        let open = Arc::clone(&self.open);
        finish(async move {
            let owned = open.write_owned().await.take();
            match owned {
                // The folder is let go of after the wallet.
                Some(Owned { wallet, _lock }) => Ok(wallet.close().await?),
                None => Ok(()),
            }
        })
        .await
    }
}

/// Keeps a wallet current while it lives; what happens is in the event log.
#[derive(uniffi::Object)]
pub struct Watch {
    _watching: core::wallet::Watch,
}

fn page(limit: u32) -> usize {
    usize::try_from(limit.clamp(1, PAGE_MAX)).unwrap_or(1)
}

fn pairing(id: &str) -> Result<PairingId, Error> {
    PairingId::from_hex(id).ok_or_else(|| WalletError::PairingUnknown.into())
}

fn change(wallet: &core::Wallet, name: &str, change: ContactChange) -> Result<Contact, Error> {
    Ok(Contact::from(&wallet.change_contact(&Name::typed(name)?, change)?))
}

/// What can be paid. Our own names for contacts are none of it: a text that was scanned must not pay somebody whom we call so.
fn target(payee: &str) -> Result<Target, Error> {
    match text::recognise(payee)? {
        Scanned::Request(pointer) => Ok(Target::Request(pointer)),
        Scanned::Alias(alias) => Ok(Target::Alias(alias)),
        _ => Err(WalletError::NotAPayee.into()),
    }
}
