//! What a payee delivers for, and what it does not: by whichever copy, device or clock, and whoever names its offers.

use crate::shop::{Shop, amount, balance, confirm, draft, earned, link, names, open, wallet_error};
use crate::town::{Fate, Phone};
use farthing_core::devices::KnownDevice;
use farthing_core::error::WalletError;
use farthing_core::keys::derivation::account_key;
use farthing_core::payment::MadeRequest;
use farthing_core::store::{self, Change, MemoryStore, ProfileState, RequestState};
use farthing_core::sync::Refresh;
use farthing_core::tab::{
    self, ClaimTabs, Claimable, EarnedTab, OfferRecord, PaidTab, TabDraft, TabState, TabTarget, TabTerms, TakenVoucher,
};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::device::{DeviceCertificate, Scope};
use farthing_protocol::id::{Counter, DeviceId};
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::request::Usage;
use farthing_protocol::time::{Moment, Span};

pub fn copy(phone: &Phone) -> MemoryStore {
    phone.disk.memory.lock().unwrap().clone()
}

/// The folder is another one, and a process begins with it.
pub fn put_back(phone: &mut Phone, copy: MemoryStore) {
    *phone.disk.memory.lock().unwrap() = copy;
    phone.restart();
}

fn gained(taken: &TakenVoucher) -> (String, String) {
    match taken {
        TakenVoucher::Taken { gained, total, .. } => (gained.number_text(), total.number_text()),
        TakenVoucher::Behind { .. } => panic!("{taken:?}"),
    }
}

fn numbers(gained: &str, total: &str) -> (String, String) {
    (gained.to_owned(), total.to_owned())
}

#[test]
fn what_was_claimed_is_not_delivered_for_again() {
    let (mut shop, id, _) = Shop::open();
    let before = copy(&shop.paper);
    let first = tab::pay(&mut shop.ann.engine, &id, &amount("1 USD"), shop.town.now).unwrap();
    let taken = tab::take(&mut shop.paper.engine, first.voucher.as_slice(), shop.town.now).unwrap();
    assert_eq!(gained(&taken), numbers("1.00", "1.00"));
    shop.claim();
    // A folder from before the voucher: of the claim the ledger tells, and of the voucher its payer.
    put_back(&mut shop.paper, before);
    shop.sync_paper();
    let again = tab::take(&mut shop.paper.engine, first.voucher.as_slice(), shop.town.now).unwrap();
    assert_eq!(gained(&again), numbers("0.00", "1.00"));
    assert_eq!(balance(&shop.paper), ["101.00", "0.00", "0.00"]);
    assert_eq!(gained(&shop.pay(&id, "0.50 USD").unwrap()), numbers("0.50", "1.50"));
    assert_eq!(balance(&shop.paper), ["101.00", "0.00", "0.50"]);
}

#[test]
fn of_a_voucher_above_what_was_claimed_elsewhere_only_the_rest_is_delivered_for() {
    let (mut shop, id, _) = Shop::open();
    let before = copy(&shop.paper);
    shop.pay(&id, "1 USD").unwrap();
    shop.claim();
    put_back(&mut shop.paper, before);
    shop.sync_paper();
    assert_eq!(gained(&shop.pay(&id, "0.50 USD").unwrap()), numbers("0.50", "1.50"));
}

#[test]
fn from_a_release_on_no_voucher_is_taken() {
    let (mut shop, id, tab) = Shop::open();
    shop.town.line = Box::new(|call| if call.path == "/v1/holds/releases" { Fate::Unanswered } else { Fate::Fine });
    shop.release(&tab).unwrap_err();
    shop.town.behave();
    assert_eq!(wallet_error(shop.pay(&id, "1 USD")), WalletError::TabNotOpen, "the rest went back");
    shop.sync_paper();
    assert_eq!(earned(&shop.paper)[0].state, TabState::Ended);
}

#[test]
fn a_release_is_made_anew_only_when_somebody_asks() {
    let (mut shop, id, tab) = Shop::open();
    let before = copy(&shop.paper);
    shop.town.line = Box::new(|call| if call.path == "/v1/holds/releases" { Fate::Lost } else { Fate::Fine });
    shop.release(&tab).unwrap_err();
    shop.town.behave();
    let asked = copy(&shop.paper);
    // Another copy of the wallet goes on from before that.
    put_back(&mut shop.paper, before);
    shop.sync_paper();
    shop.pay(&id, "1 USD").unwrap();
    shop.claim();
    put_back(&mut shop.paper, asked);
    shop.sync_paper();
    let known = earned(&shop.paper).remove(0);
    assert_eq!((known.state, known.release), (TabState::Open, None), "what was asked for is refused");
    assert_eq!(balance(&shop.paper)[0], "101.00");
    shop.sync_paper();
    assert_eq!(earned(&shop.paper)[0].state, TabState::Open);
    shop.release(&tab).unwrap();
    assert_eq!(earned(&shop.paper)[0].state, TabState::Ended);
}

#[test]
fn a_tab_of_another_device_is_left_to_it() {
    let (mut shop, id, tab) = Shop::open();
    let known = earned(&shop.paper).remove(0);
    assert_eq!(known.device, Some(shop.paper.device()));
    let other = DeviceId::new([7; 16]);
    shop.paper.engine.apply(vec![Change::put(&EarnedTab { device: Some(other), ..known })]).unwrap();
    let drop = tab::pay(&mut shop.ann.engine, &id, &amount("1 USD"), shop.town.now).unwrap();
    let (now, voucher) = (shop.town.now, drop.voucher.as_slice());
    assert_eq!(wallet_error(tab::take(&mut shop.paper.engine, voucher, now)), WalletError::TabElsewhere);
    assert_eq!(wallet_error(shop.release(&tab)), WalletError::TabElsewhere, "it may hold vouchers");
    // Once it is revoked, its tabs are the others'.
    let gone = KnownDevice {
        version: V1,
        device: other,
        certificate: SignedBytes::default(),
        revoked: Some(shop.town.now.wall),
    };
    shop.paper.engine.apply(vec![Change::put(&gone)]).unwrap();
    let taken = tab::take(&mut shop.paper.engine, voucher, now).unwrap();
    assert_eq!(gained(&taken), numbers("1.00", "1.00"));
    let scope = Scope { expires: Some(shop.town.now.wall.minus(Span::from_h(1))), ..Scope::full() };
    let own = certified(&shop.paper, *shop.paper.engine.keys().act().public(), scope);
    shop.paper.engine.apply(vec![Change::put(&own)]).unwrap();
    assert_eq!(wallet_error(shop.pay(&id, "1 USD")), WalletError::DeviceExpired, "it could not claim");
    let mut revoked = shop.paper.engine.profile().clone();
    revoked.state = ProfileState::Revoked;
    shop.paper.engine.apply(vec![Change::Profile(revoked)]).unwrap();
    assert_eq!(wallet_error(shop.pay(&id, "1 USD")), WalletError::Revoked);
}

/// A device of the account, as its list tells of it.
fn listed(of: &Phone, act: &Ed25519Key, scope: Scope) -> KnownDevice {
    certified(of, *act.public(), scope)
}

fn certified(of: &Phone, act: farthing_protocol::key::PublicKey, scope: Scope) -> KnownDevice {
    let (profile, account) = (of.engine.profile(), account_key(&of.phrase));
    let certificate = DeviceCertificate {
        version: V1,
        verifier: profile.verifier,
        account: *account.public(),
        act,
        session: *Ed25519Key::from_seed([200; 32]).public(),
        olm: None,
        scope,
        counter: Counter::new(1),
        created: farthing_protocol::time::Time::from_ms(1),
    };
    let certificate = Signed::sign(certificate, &account).unwrap();
    KnownDevice::active(&certificate.verify(account.public()).unwrap()).unwrap()
}

#[test]
fn of_an_alias_one_device_takes_vouchers() {
    let mut shop = Shop::new();
    let made = shop.offer(Usage::Standing);
    let id = open(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
    shop.sync_paper();
    assert_eq!(earned(&shop.paper)[0].device, None);
    let this = shop.paper.device();
    let keys = || (0..=255).map(|n| Ed25519Key::from_seed([n; 32]));
    let (lower, higher) = (
        keys().find(|key| key.public().device_id() < this).unwrap(),
        keys().find(|key| key.public().device_id() > this).unwrap(),
    );
    let own = certified(&shop.paper, *shop.paper.engine.keys().act().public(), Scope::full());
    let till = Scope { permissions: Scope::RECEIVE, ..Scope::default() };
    let others = [listed(&shop.paper, &higher, Scope::full()), listed(&shop.paper, &lower, till)];
    let mut changes: Vec<Change> = others.iter().map(Change::put).collect();
    changes.push(Change::put(&own));
    shop.paper.engine.apply(changes).unwrap();
    shop.pay(&id, "1 USD").unwrap();
    let first = listed(&shop.paper, &lower, Scope::full());
    shop.paper.engine.apply(vec![Change::put(&first)]).unwrap();
    assert_eq!(wallet_error(shop.pay(&id, "1 USD")), WalletError::TabElsewhere);
    // What it took itself it claims.
    assert_eq!(shop.claim().tabs.len(), 1);
    assert_eq!(balance(&shop.paper)[0], "101.00");
}

fn offer(shop: &Shop, made: &MadeRequest) -> OfferRecord {
    store::kept(shop.paper.engine.store(), made.id.as_bytes()).unwrap().unwrap()
}

/// A hold for the payee's alias that names this offer's reference, as no wallet of ours places one.
fn named(shop: &mut Shop, stranger: &mut Phone, offer: &OfferRecord) {
    let alias = TabTarget::Alias(shop.paper.engine.profile().alias.clone());
    let terms = TabTerms { cap: Some(amount("0.01 USD")), ..TabTerms::default() };
    let id = draft(&mut shop.town, stranger, alias, terms).unwrap().id;
    let mut tab: PaidTab = crate::shop::paid(stranger, &id);
    tab.payee.reference = Some(offer.published.reference);
    stranger.engine.apply(vec![Change::put(&tab)]).unwrap();
    let altered = TabDraft::of(&stranger.engine, &tab, shop.town.now).unwrap();
    confirm(&mut shop.town, stranger, &altered).unwrap();
}

#[test]
fn a_stranger_uses_up_no_offer() {
    for usage in [Usage::Standing, Usage::Single] {
        let mut shop = Shop::new();
        let mut eve = shop.town.phone("eve");
        let made = shop.offer(usage);
        for _ in 0..2 {
            let record = offer(&shop, &made);
            named(&mut shop, &mut eve, &record);
        }
        shop.sync_paper();
        assert_eq!((earned(&shop.paper).len(), offer(&shop, &made).tab), (2, None), "{usage:?}");
        assert_eq!(offer(&shop, &made).published.state, RequestState::Open, "{usage:?}");
        assert!(earned(&shop.paper).iter().all(|tab| tab.differs), "{usage:?}: of those nothing is taken");
        let id = open(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
        shop.sync_paper();
        shop.pay(&id, "0.02 USD").unwrap();
        assert_eq!(offer(&shop, &made).tab.is_some(), usage == Usage::Single, "{usage:?}");
        assert!(!names(&shop.paper).contains(&"entry_rejected"), "{usage:?}");
    }
}

#[test]
fn no_voucher_is_judged_by_this_machines_clock() {
    let (mut shop, id, _) = Shop::open();
    let drop = tab::pay(&mut shop.ann.engine, &id, &amount("1 USD"), shop.town.now).unwrap();
    let voucher = drop.voucher.as_slice();
    shop.paper.restart();
    shop.ann.restart();
    let wrong = Moment { wall: shop.town.now.wall.plus(Span::from_h(24 * 365)), ..shop.town.now };
    assert_eq!(wallet_error(tab::take(&mut shop.paper.engine, voucher, wrong)), WalletError::VoucherAhead);
    assert!(tab::pay(&mut shop.ann.engine, &id, &amount("1 USD"), wrong).is_ok(), "the payee judges");
    shop.sync_paper();
    let now = Moment { wall: wrong.wall, ..shop.town.now };
    assert_eq!(gained(&tab::take(&mut shop.paper.engine, voucher, now).unwrap()), numbers("1.00", "1.00"));
}

#[test]
fn who_does_not_look_at_a_tab_takes_nothing_from_it() {
    // 30 hours of grace.
    let (mut shop, id, _) = Shop::open();
    shop.town.pass(Span::from_h(14));
    shop.pay(&id, "1 USD").unwrap();
    shop.town.pass(Span::from_h(2));
    let drop = tab::pay(&mut shop.ann.engine, &id, &amount("1 USD"), shop.town.now).unwrap();
    let taken = |shop: &mut Shop| tab::take(&mut shop.paper.engine, drop.voucher.as_slice(), shop.town.now);
    assert_eq!(wallet_error(taken(&mut shop)), WalletError::VoucherAhead);
    // That the verifier was heard is not that the entries were read.
    shop.town.drive(&mut shop.paper, Refresh::new()).unwrap();
    assert_eq!(wallet_error(taken(&mut shop)), WalletError::VoucherAhead);
    shop.sync_paper();
    assert_eq!(gained(&taken(&mut shop).unwrap()), numbers("1.00", "2.00"));
}

#[test]
fn a_claim_that_does_not_hold_holds_up_no_other() {
    let mut shop = Shop::crowded();
    let mut lies = 1;
    shop.town.lie = Box::new(move |call, mut reply| {
        if call.path == "/v1/holds/claims" && lies > 0 {
            lies -= 1;
            crate::answers::claim(&mut reply, |receipt| receipt.time = receipt.time.plus(Span::from_h(1000)));
        }
        reply
    });
    let claimed = shop.town.drive(&mut shop.paper, ClaimTabs::new(Claimable::All));
    assert_eq!(wallet_error(claimed), WalletError::VerifierMisbehaved);
    assert_eq!(balance(&shop.paper), ["106.90", "0.00", "0.10"]);
    shop.sync_paper();
    assert_eq!(balance(&shop.paper), ["107.00", "0.00", "0.00"]);
}
