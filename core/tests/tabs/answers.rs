//! Answers about tabs that do not hold, and vouchers that are not good: nothing is decided by them.

use crate::entries::{altered, signing};
use crate::shop::{Shop, amount, balance, confirm, draft, earned, link, paid, wallet_error};
use farthing_core::error::{Error, WalletError};
use farthing_core::tab::{self, CloseTab, SendTab, TabOutcome, TabState, TabTerms};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::http::{ClaimOutcome, ClaimOutcomes, MEDIA_COSE, Reply};
use farthing_protocol::id::{Digest, Epoch, PayeeKeyHash};
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::money::Amount;
use farthing_protocol::refusal::Refusal;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::{ClaimReceipt, HoldId, HoldReceipt, HoldVersion, Voucher};
use farthing_protocol::text::Text;
use farthing_protocol::time::{Span, Time};

type Lie = fn(&mut Reply);

fn usd(units: u64) -> Amount {
    Amount::new(units, crate::town::usd()).unwrap()
}

fn hold(reply: &mut Reply, change: impl FnOnce(&mut HoldReceipt)) {
    reply.body = altered(&reply.body, &signing(), change).as_slice().to_vec();
}

fn refusal_of(order: Digest) -> Vec<u8> {
    let (version, epoch, time) = (V1, Epoch::new(1), Time::from_ms(1));
    let message = Text::new("No.").unwrap();
    let refusal = Refusal { version, epoch, time, order, code: 101, retryable: true, message, attachment: None };
    Signed::sign(refusal, &signing()).unwrap().bytes().to_vec()
}

impl Shop {
    fn lie(&mut self, path: &'static str, lie: Lie) {
        self.town.lie = Box::new(move |call, mut reply| {
            if call.path == path {
                lie(&mut reply);
            }
            reply
        });
    }
}

fn page(reply: &mut Reply) {
    *reply = Reply { status: 200, media_type: "text/html".to_owned(), retry_after_s: None, body: b"<html>".to_vec() };
}

#[test]
fn no_hold_is_placed_by_an_answer_that_is_not_the_orders() {
    let lies: [(&str, Lie); 9] = [
        ("another cap", |reply| hold(reply, |receipt| receipt.cap = usd(4_000_000))),
        ("another payee", |reply| hold(reply, |receipt| receipt.payee_key = PayeeKeyHash::new([1; 32]))),
        ("another voucher key", |reply| {
            hold(reply, |receipt| receipt.voucher_key = *Ed25519Key::from_seed([9; 32]).public());
        }),
        ("another hold", |reply| {
            hold(reply, |r| (r.hold, r.cause) = (HoldId::new([5; 32]), Digest::new([5; 32])));
        }),
        ("a shorter time", |reply| {
            hold(reply, |receipt| receipt.claim_until = Time::from_ms(receipt.claim_until.as_ms() - 1));
        }),
        ("nobody's key", |reply| {
            let stranger = Ed25519Key::from_seed([66; 32]);
            reply.body = altered::<HoldReceipt>(&reply.body, &stranger, |_| {}).as_slice().to_vec();
        }),
        ("a no to another order", |reply| {
            (reply.status, reply.body) = (409, refusal_of(Digest::new([7; 32])));
            reply.media_type = MEDIA_COSE.to_owned();
        }),
        ("a page", page),
        ("nothing", |reply| reply.body.clear()),
    ];
    for (name, lie) in lies {
        let mut shop = Shop::new();
        let made = shop.offer(Usage::Single);
        let draft = draft(&mut shop.town, &mut shop.ann, link(&made), TabTerms::default()).unwrap();
        shop.lie("/v1/holds", lie);
        let outcome = confirm(&mut shop.town, &mut shop.ann, &draft).unwrap();
        assert!(matches!(outcome, TabOutcome::Unknown { .. }), "{name}: {outcome:?}");
        assert_eq!(paid(&shop.ann, &draft.id).state, TabState::Opening, "{name}");
        assert_eq!(balance(&shop.ann), ["94.94", "5.06", "0.00"], "{name}: it may be set aside");
        let early = tab::pay(&mut shop.ann.engine, &draft.id, &amount("0.02 USD"), shop.town.now);
        assert_eq!(wallet_error(early), WalletError::TabNotOpen, "{name}");
        shop.town.behave();
        shop.sync_ann();
        assert_eq!(paid(&shop.ann, &draft.id).state, TabState::Open, "{name}");
        assert_eq!(balance(&shop.ann), ["94.94", "5.06", "0.00"], "{name}");
    }
}

#[test]
fn no_closing_is_believed_that_is_none() {
    let lies: [(&str, Lie); 3] = [
        ("not closed", |reply| {
            hold(reply, |r| (r.closed, r.hold_version) = (None, r.hold_version.next()));
        }),
        ("a shorter grace", |reply| {
            hold(reply, |r| r.claim_until = Time::from_ms(r.claim_until.as_ms() - 1));
        }),
        ("another cap", |reply| hold(reply, |receipt| receipt.cap = usd(1_000_000))),
    ];
    for (name, lie) in lies {
        let (mut shop, id, _) = Shop::open();
        shop.lie("/v1/holds/closes", lie);
        shop.town.drive(&mut shop.ann, CloseTab::new(id)).unwrap();
        let outcome = shop.town.drive(&mut shop.ann, SendTab::new(id)).unwrap();
        assert!(matches!(outcome, TabOutcome::Unknown { .. }), "{name}: {outcome:?}");
        assert_eq!(paid(&shop.ann, &id).state, TabState::Open, "{name}");
        let late = tab::pay(&mut shop.ann.engine, &id, &amount("0.02 USD"), shop.town.now);
        assert_eq!(wallet_error(late), WalletError::TabNotOpen, "{name}: no voucher after a closing");
        shop.town.behave();
        shop.sync_ann();
        assert_eq!(paid(&shop.ann, &id).state, TabState::Closed, "{name}");
    }
}

fn outcomes(reply: &mut Reply, change: impl FnOnce(&mut Vec<ClaimOutcome>)) {
    let mut answer = ClaimOutcomes::decode(&reply.body).unwrap();
    change(&mut answer.outcomes);
    reply.body = answer.encode();
}

fn claim(reply: &mut Reply, change: impl FnOnce(&mut ClaimReceipt)) {
    outcomes(reply, |all| {
        let ClaimOutcome::Receipt(bytes) = &all[0] else { panic!("{all:?}") };
        all[0] = ClaimOutcome::Receipt(altered(bytes.as_slice(), &signing(), change));
    });
}

#[test]
fn nothing_is_earned_by_an_answer_that_is_not_the_claims() {
    let lies: [(&str, Lie); 8] = [
        ("more", |reply| claim(reply, |r| (r.total, r.amount) = (usd(2_000_000), usd(2_000_000)))),
        ("less", |reply| claim(reply, |r| (r.total, r.amount) = (usd(500_000), usd(500_000)))),
        ("another's hold", |reply| claim(reply, |receipt| receipt.hold = HoldId::new([5; 32]))),
        ("another's key", |reply| claim(reply, |receipt| receipt.payee_key = PayeeKeyHash::new([1; 32]))),
        ("a no to another claim", |reply| {
            outcomes(reply, |all| {
                all[0] = ClaimOutcome::Refusal(SignedBytes::new(refusal_of(Digest::new([7; 32]))).unwrap());
            });
        }),
        ("two outcomes for one", |reply| outcomes(reply, |all| all.push(all[0].clone()))),
        ("nothing decided", |reply| outcomes(reply, |all| all[0] = ClaimOutcome::Problem(210))),
        ("a page", page),
    ];
    for (name, lie) in lies {
        let (mut shop, id, _) = Shop::open();
        shop.pay(&id, "1 USD").unwrap();
        shop.lie("/v1/holds/claims", lie);
        let claims = tab::ClaimTabs::new(tab::Claimable::All);
        let claimed = shop.town.drive(&mut shop.paper, claims);
        assert!(claimed.is_err() || claimed.as_ref().unwrap().waiting == 1, "{name}: {claimed:?}");
        assert_eq!(balance(&shop.paper), ["100.00", "0.00", "1.00"], "{name}");
        shop.town.behave();
        shop.sync_paper();
        assert_eq!(balance(&shop.paper), ["101.00", "0.00", "0.00"], "{name}");
    }
}

#[test]
fn a_release_that_is_none_ends_nothing() {
    let lies: [(&str, Lie); 3] = [
        ("not final", |reply| {
            reply.body = altered::<ClaimReceipt>(&reply.body, &signing(), |receipt| {
                (receipt.total, receipt.amount) = (usd(1), usd(1));
                (receipt.ended, receipt.voucher) = (None, Some(Digest::new([1; 32])));
            })
            .as_slice()
            .to_vec();
        }),
        ("another's", |reply| {
            reply.body =
                altered::<ClaimReceipt>(&reply.body, &signing(), |r| r.hold = HoldId::new([5; 32])).as_slice().to_vec();
        }),
        ("a page", page),
    ];
    for (name, lie) in lies {
        let (mut shop, _, tab) = Shop::open();
        shop.lie("/v1/holds/releases", lie);
        assert!(shop.release(&tab).is_err(), "{name}");
        assert_eq!(earned(&shop.paper)[0].state, TabState::Open, "{name}");
        shop.town.behave();
        shop.sync_paper();
        assert_eq!(earned(&shop.paper)[0].state, TabState::Ended, "{name}");
    }
}

#[test]
fn no_voucher_is_taken_that_is_not_good() {
    let (mut shop, id, _) = Shop::open();
    let good = tab::pay(&mut shop.ann.engine, &id, &amount("1 USD"), shop.town.now).unwrap().voucher;
    let key = shop.voucher_key(&id);
    let with = |change: fn(&mut Voucher)| altered::<Voucher>(good.as_slice(), &key, change);
    let euro = farthing_protocol::money::Asset::new(farthing_protocol::money::Code::new("EUR").unwrap(), 6).unwrap();
    let other_asset = altered::<Voucher>(good.as_slice(), &key, |v| v.total = Amount::new(1, euro).unwrap());
    let cases = [
        ("another hold", with(|v| v.hold = HoldId::new([5; 32])), WalletError::TabUnknown),
        ("a later version", with(|v| v.hold_version = HoldVersion::new(2)), WalletError::VoucherAhead),
        ("above the cap", with(|v| v.total = usd(5_000_001)), WalletError::VoucherAhead),
        ("another currency", other_asset, WalletError::VoucherNotGood),
        (
            "another key",
            altered::<Voucher>(good.as_slice(), &Ed25519Key::from_seed([9; 32]), |_| {}),
            WalletError::VoucherNotGood,
        ),
        ("no voucher", SignedBytes::new(b"nothing".to_vec()).unwrap(), WalletError::VoucherNotGood),
    ];
    let before = earned(&shop.paper);
    for (name, voucher, expected) in cases {
        let taken = tab::take(&mut shop.paper.engine, voucher.as_slice(), shop.town.now);
        assert_eq!(wallet_error(taken), expected, "{name}");
        assert_eq!(earned(&shop.paper), before, "{name}");
        let own = tab::catch_up(&mut shop.ann.engine, voucher.as_slice(), shop.town.now);
        assert!(matches!(own, Ok(false) | Err(Error::Wallet(_))), "{name}: a payee tells its payer nothing by it");
    }
    assert_eq!(paid(&shop.ann, &id).total.value(), 0, "what was signed since the ceiling is in memory alone");
    let next = tab::pay(&mut shop.ann.engine, &id, &amount("0.02 USD"), shop.town.now).unwrap();
    assert_eq!(next.total, amount("1.02 USD"));
    shop.town.pass(Span::from_ms(1));
}

impl Shop {
    /// The key that signs a tab's vouchers, from the disk of its payer.
    fn voucher_key(&self, id: &tab::TabId) -> Ed25519Key {
        let table = farthing_core::store::Table::VOUCHER_KEYS;
        let record = self.ann.engine.store().small(table, id.as_bytes()).unwrap().unwrap();
        let bytes = record.as_slice();
        Ed25519Key::from_seed(bytes[bytes.len() - 32..].try_into().unwrap())
    }
}
