//! Laws of the end: the network is well, everyone has synced, and now all must know the same.

use super::{Broken, Law, hold};
use farthing_core::store::{Direction, HandleState, PaymentId, PaymentState, RequestState, Store};
use farthing_protocol::details::Memo;
use farthing_protocol::id::AccountId;
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::BTreeMap;

/// More than any run makes.
const ALL: usize = 100_000;

/// A wallet at the end.
pub(crate) struct Ending<'a> {
    /// Whose it is.
    pub(crate) name: String,
    pub(crate) store: &'a dyn Store,
    pub(crate) account: AccountId,
    /// What its person wrote to whom it paid, by draft.
    pub(crate) written: &'a BTreeMap<PaymentId, Option<Memo>>,
    pub(crate) others: Vec<&'a dyn Store>,
    /// The account is used in two places: what one does to a request, the other need not know.
    pub(crate) shared: bool,
}

/// Looks at one wallet, its verifier, and the wallet that it paid.
pub(crate) fn check(end: &Ending<'_>, db: &Connection) -> Result<(), Broken> {
    nothing_unfinished(end)?;
    balance(end, db)?;
    messages(end)?;
    if end.shared {
        return Ok(());
    }
    requests(end, db)?;
    stock(end, db)
}

fn nothing_unfinished(end: &Ending<'_>) -> Result<(), Broken> {
    let unfinished = end.store.unfinished(ALL)?;
    hold(Law::NoDeadEnd, unfinished.is_empty(), || {
        format!("unfinished: {:?}", unfinished.iter().map(|p| (p.id.to_string(), p.state, p.code)).collect::<Vec<_>>())
    })?;
    let acts = end.store.acts(ALL)?;
    hold(Law::NoDeadEnd, acts.is_empty(), || {
        format!("acts without an answer: {:?}", acts.iter().map(|a| a.kind).collect::<Vec<_>>())
    })?;
    let waiting = end
        .store
        .requests(ALL)?
        .into_iter()
        .find(|r| matches!(r.state, RequestState::Binding | RequestState::Cancelling));
    hold(Law::NoDeadEnd, waiting.is_none(), || format!("a request is still {:?}", waiting.map(|r| r.state)))
}

fn balance(end: &Ending<'_>, db: &Connection) -> Result<(), Broken> {
    let theirs: i64 = db
        .prepare_cached(
            "SELECT coalesce(sum(b.balance), 0) FROM balances b JOIN accounts a ON a.number = b.account WHERE a.id = ?1",
        )?
        .query_row([end.account.as_bytes()], |row| row.get(0))?;
    let ours: i64 = end.store.balances()?.iter().map(|(_, units)| units).sum();
    hold(Law::Agreement, ours == theirs, || format!("{}: the wallet has {ours}, the verifier says {theirs}", end.name))
}

/// Each settled payment is the other's credit, with the words that were written.
fn messages(end: &Ending<'_>) -> Result<(), Broken> {
    let mut written = end.written.clone();
    let paid = end.store.history(None, ALL)?;
    // A draft that replaces another, after a changed fee, says the same. Its id can be the lower one, since the verifier's
    // clock may have gone back: until nothing is new.
    let mut known = 0;
    while known < written.len() {
        known = written.len();
        for payment in &paid {
            if let (Some(by), Some(memo)) = (payment.replaced_by, written.get(&payment.id).cloned()) {
                written.insert(by, memo);
            }
        }
    }
    let ours =
        paid.iter().filter(|p| p.direction == Direction::Out && p.state == PaymentState::Settled && p.lost.is_none());
    for payment in ours {
        let id = payment.id;
        let order = payment.order.unwrap_or(farthing_protocol::id::Digest::of(&[]));
        let mut credit = None;
        for other in &end.others {
            credit = credit.or(other.payment_by_order(&order)?.filter(|p| p.direction == Direction::In));
        }
        let credit =
            credit.ok_or_else(|| Broken { law: Law::Agreement, detail: format!("nobody was credited for {id}") })?;
        hold(Law::Agreement, credit.amount == payment.amount && credit.lost.is_none(), || {
            format!("{id} is another amount there")
        })?;
        if end.shared && !written.contains_key(&id) {
            // Another device paid, and told the payee alone what for.
            continue;
        }
        let heard = credit.details.as_ref().map(|d| d.memo.clone());
        let said = written.get(&id).cloned();
        hold(Law::Agreement, heard.is_some() && heard == said, || {
            format!("payment {id} said {said:?}, and {heard:?} was heard")
        })?;
        let whole = credit.details == payment.details && credit.amount == payment.amount;
        hold(Law::Agreement, whole, || format!("payer and payee know payment {id} differently"))?;
    }
    Ok(())
}

/// A handle's state at the verifier.
fn handle(db: &Connection, handle: &farthing_protocol::id::Handle) -> Result<Option<i64>, rusqlite::Error> {
    db.prepare_cached("SELECT state FROM handles WHERE handle = ?1")?
        .query_row([handle.as_bytes()], |row| row.get(0))
        .optional()
}

fn requests(end: &Ending<'_>, db: &Connection) -> Result<(), Broken> {
    for request in end.store.requests(ALL)? {
        let state = handle(db, &request.handle)?;
        let agree = match request.state {
            RequestState::Open => state == Some(2),
            RequestState::Paid => state == Some(3),
            RequestState::Cancelled => state == Some(4),
            RequestState::Failed => state == Some(4) || state.is_none(),
            RequestState::Binding | RequestState::Cancelling => false,
        };
        hold(Law::Agreement, agree, || format!("a request is {:?} here and {state:?} there", request.state))?;
        let paid = request.payment.map(|id| end.store.payment(&id)).transpose()?.flatten();
        let agree = (request.state == RequestState::Paid) == paid.is_some_and(|p| p.state == PaymentState::Settled);
        hold(Law::Agreement, agree, || "a request is paid without a payment, or the other way round".to_owned())?;
    }
    Ok(())
}

fn stock(end: &Ending<'_>, db: &Connection) -> Result<(), Broken> {
    for record in end.store.handles(HandleState::Stocked, ALL)? {
        let state = handle(db, &record.handle)?;
        hold(Law::Agreement, state == Some(1), || format!("a handle is in stock here and {state:?} there"))?;
    }
    Ok(())
}
