//! An allowance from its order to its settlement.

use crate::market::{Market, amount, asks, balance, names, shown, sync, taken, wallet_error, wish};
use crate::town::{Fate, usd};
use farthing_core::error::{Error, WalletError};
use farthing_core::offline::*;
use farthing_protocol::code::RefusalCode;
use farthing_protocol::money::Amount;
use farthing_protocol::offline::Frame;
use farthing_protocol::time::Span;

#[test]
fn an_allowance_is_spent_claimed_and_settled() {
    let (mut market, id) = Market::open("20 USD");
    // 20.00 and 0.21 of fees are set aside.
    assert_eq!(balance(&market.ann), ["79.79", "20.21"]);
    let calls = market.town.calls.len();
    let taken_now = market.sells("4.50 USD").unwrap();
    market.town.pass(Span::from_min(1));
    market.sells("3 USD").unwrap();
    assert_eq!(market.town.calls.len(), calls, "nobody was called");
    assert_eq!(taken_now.amount, amount("4.50 USD"));
    assert_eq!(balance(&market.stall), ["100.00", "0.00"], "nothing has arrived");
    let none = Amount::zero(usd());
    assert_eq!(unsettled(&market.stall.engine, usd()).unwrap(), (amount("7.50 USD"), none));
    market.sync_all();
    assert!(taken(&market.stall).iter().all(|taken| taken.state == TakenState::Claimed));
    assert_eq!(balance(&market.stall), ["100.00", "0.00"], "the fund guarantees nothing");
    assert_eq!(balance(&market.ann), ["79.79", "20.21"]);
    market.settle();
    // What was not spent is back; 0.01 and a hundredth of 7.50 are the fee.
    assert_eq!(balance(&market.ann), ["92.415", "0.00"]);
    assert_eq!(balance(&market.stall), ["107.50", "0.00"]);
    assert_eq!(unsettled(&market.stall.engine, usd()).unwrap().0, none);
    let own = market.own(&id);
    assert_eq!(own.state, AllowanceState::Settled);
    assert_eq!(own.settled().unwrap().unwrap().totals.balance, 0, "nothing was taken from the balance");
    assert!(taken(&market.stall).iter().all(|taken| taken.state == TakenState::Settled));
    let told = ["allowance_authorised", "allowance_opened", "paid_offline", "paid_offline", "allowance_settled"];
    assert_eq!(names(&market.ann), told);
    let told =
        ["taken_offline", "taken_offline", "offline_claimed", "offline_claimed", "offline_settled", "offline_settled"];
    assert_eq!(names(&market.stall), told);
    market.settle();
    assert_eq!(balance(&market.stall), ["107.50", "0.00"], "and once");
}

#[test]
fn a_draft_says_what_is_at_stake_and_is_confirmed_once() {
    let mut market = Market::new();
    let draft = market.town.drive(&mut market.ann, PrepareAllowance::new(wish("20 USD"))).unwrap();
    let draft = crate::market::draft_of(&market.ann, &draft).unwrap();
    let said = [draft.cap, draft.per_voucher, draft.fee, draft.total, draft.at_stake];
    assert_eq!(said, ["20 USD", "20 USD", "0.21 USD", "20.21 USD", "40.21 USD"].map(amount));
    let other = AllowanceApproval::from_parts(draft.id, farthing_protocol::id::Digest::of(b"another"));
    let confirm = |market: &mut Market, approval| {
        let vault = market.safe.clone();
        market.town.drive(&mut market.ann, AuthoriseAllowance::new(approval, vault))
    };
    assert_eq!(wallet_error(confirm(&mut market, other)), WalletError::NotWhatWasApproved);
    let id = confirm(&mut market, AllowanceApproval::of(&draft)).unwrap();
    assert_eq!(confirm(&mut market, AllowanceApproval::of(&draft)).unwrap(), id, "the same order");
    assert_eq!(wallet_error(discard(&mut market.ann.engine, &draft.id)), WalletError::NotADraft);
    assert_eq!(balance(&market.ann), ["79.79", "20.21"], "held while it is on its way");
    // Lost on the way there and back, and sent again.
    for fate in [Fate::Lost, Fate::Unanswered] {
        market.town.line = Box::new(move |_| fate);
        let outcome = market.town.drive(&mut market.ann, SendAllowance::new(id)).unwrap();
        assert!(matches!(outcome, AllowanceOutcome::Unknown { .. }), "{outcome:?}");
    }
    market.town.behave();
    sync(&mut market.town, &mut market.ann).unwrap();
    assert_eq!(market.own(&id).state, AllowanceState::Open);
    assert_eq!(balance(&market.ann), ["79.79", "20.21"]);
}

#[test]
fn terms_that_cannot_be_are_refused_before_anything_is_signed() {
    let mut market = Market::new();
    let bad = [
        AllowanceWish { per_voucher: Some(amount("21 USD")), ..wish("20 USD") },
        AllowanceWish { lasts: Some(Span::from_min(10)), ..wish("20 USD") },
        AllowanceWish { lasts: Some(Span::from_h(24 * 32)), ..wish("20 USD") },
        AllowanceWish { grace: Some(Span::from_h(71)), ..wish("20 USD") },
    ];
    for wish in bad {
        assert_eq!(wallet_error(market.order(wish)), WalletError::AllowanceTerms);
    }
    assert_eq!(wallet_error(market.order(wish("100 USD"))), WalletError::InsufficientBalance, "with its fee");
}

#[test]
fn the_verifiers_no_is_final() {
    let mut market = Market::new();
    let draft = market.town.drive(&mut market.ann, PrepareAllowance::new(wish("20 USD"))).unwrap();
    let draft = crate::market::draft_of(&market.ann, &draft).unwrap();
    let vault = market.safe.clone();
    let approval = AllowanceApproval::of(&draft);
    let id = market.town.drive(&mut market.ann, AuthoriseAllowance::new(approval, vault)).unwrap();
    market.town.pass(Span::from_h(1));
    let outcome = market.town.drive(&mut market.ann, SendAllowance::new(id)).unwrap();
    let expired = RefusalCode::ExpiredNeverApplied.number();
    assert!(matches!(outcome, AllowanceOutcome::Refused { error: Error::Refused { code, .. }, .. } if code == expired));
    assert_eq!(market.own(&id).state, AllowanceState::Refused);
    assert_eq!(balance(&market.ann), ["100.00", "0.00"]);
    let request = market.asks("1 USD");
    assert_eq!(wallet_error(market.pays(&request)), WalletError::AllowanceUnknown);
}

#[test]
fn nothing_is_signed_after_a_revocation_and_what_was_signed_is_good() {
    let (mut market, id) = Market::open("20 USD");
    market.sells("4 USD").unwrap();
    let request = market.asks("1 USD");
    let before = market.pays(&request).unwrap();
    let revoked = market.town.drive(&mut market.ann, RevokeAllowance::new(id)).unwrap();
    let next = market.asks("1 USD");
    assert_eq!(wallet_error(market.pays(&next)), WalletError::AllowanceNotOpen, "from the storing on");
    market.town.drive(&mut market.ann, SendAllowance::new(revoked)).unwrap();
    assert_eq!(market.own(&id).state, AllowanceState::Revoked);
    // The stall has not heard of it, and takes what was signed before.
    market.takes(&before).unwrap();
    let third = market.stall_hears_of_it(&id);
    assert_eq!(wallet_error(third), WalletError::PayerRevoked);
    market.settle();
    assert_eq!(balance(&market.stall), ["105.00", "0.00"]);
}

impl Market {
    /// The stall reads the list; a copy of the payer's phone that has not goes on signing.
    fn stall_hears_of_it(&mut self, id: &farthing_protocol::offline::AllowanceId) -> Result<TakenOffline, Error> {
        sync(&mut self.town, &mut self.stall).unwrap();
        let own = OwnAllowance { state: AllowanceState::Open, revoke: None, ..self.own(id) };
        self.ann.engine.apply(vec![farthing_core::store::Change::put(&own)]).unwrap();
        let request = self.asks("1 USD");
        let payment = self.pays(&request)?;
        self.takes(&payment)
    }
}

#[test]
fn the_same_request_is_answered_by_the_same_bytes() {
    let (mut market, id) = Market::open("20 USD");
    let request = market.asks("4.50 USD");
    let first = market.pays(&request).unwrap();
    market.restart();
    assert_eq!(market.pays(&request).unwrap(), first);
    assert_eq!(market.own(&id).spent.total, amount("4.50 USD").units());
    let one = market.takes(&first).unwrap();
    assert_eq!(market.takes(&first).unwrap(), one, "and taken once");
    assert_eq!(unsettled(&market.stall.engine, usd()).unwrap().0, amount("4.50 USD"));
}

#[test]
fn a_person_is_told_that_the_same_stall_was_paid_just_now() {
    let (mut market, _) = Market::open("20 USD");
    market.sells("1 USD").unwrap();
    for (after, told) in [(Span::from_min(9), true), (Span::from_min(2), false)] {
        market.town.pass(after);
        let request = market.asks("1 USD");
        let LookedOffline::New(prompt) = look(&market.ann.engine, &request, None, market.town.now).unwrap() else {
            panic!("it is another request");
        };
        assert_eq!((prompt.paid_lately.is_some(), prompt.left), (told, amount("18 USD")));
    }
}

#[test]
fn details_are_those_that_the_request_names() {
    let (mut market, _) = Market::open("20 USD");
    let memo = farthing_protocol::details::Memo::typed("two tacos").unwrap();
    let wish = OfflineWish { memo: Some(memo.clone()), ..asks("4.50 USD") };
    let asked = ask(&mut market.stall.engine, &wish, market.town.now).unwrap();
    let LookedOffline::New(prompt) = look(&market.ann.engine, &shown(&asked), None, market.town.now).unwrap() else {
        panic!("nobody has answered it");
    };
    assert_eq!(prompt.details.unwrap().memo, Some(memo));
    let Frame::Detailed(request, _) = asked.frame else { panic!("it has details") };
    let bare = ShownRequest::parse(&Frame::Request(request).text().unwrap()).unwrap();
    assert_eq!(wallet_error(look(&market.ann.engine, &bare, None, market.town.now)), WalletError::RequestAltered);
}
