//! What is stored of tabs, in each shape.

use super::stored::{Forms, payee, signed, usd};
use farthing_core::events::EventKind;
use farthing_core::messaging::PendingAct;
use farthing_core::store::{Cursor, RequestRecord, RequestState};
use farthing_core::tab::{
    EarnedTab, HoldOf, OfferRecord, PaidTab, PendingOrder, ReceivedOffer, Standing, TabId, TabReceipt, TabState,
    TabWish, VoucherKey,
};
use farthing_protocol::cbor::{self, Bytes, V1};
use farthing_protocol::details::{Details, Memo, Salt};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::id::{
    AccountId, ActId, DeviceId, Digest, Epoch, FeeVersion, Handle, OrderId, PayeeKeyHash, RequestRef, Seq,
};
use farthing_protocol::request::RequestId;
use farthing_protocol::tab::HoldId;
use farthing_protocol::time::{Span, Time};

pub(super) fn add(forms: &mut Forms, at: Time) {
    for (state, full) in [
        (TabState::Draft, false),
        (TabState::Opening, true),
        (TabState::Open, true),
        (TabState::Closed, false),
        (TabState::Ended, false),
        (TabState::Refused, false),
        (TabState::Lost, true),
    ] {
        forms.add(&format!("paid tab, full {full}, {}", state.as_str()), &paid(full, state, at));
        forms.add(&format!("earned tab, full {full}, {}", state.as_str()), &earned(full, state, at));
    }
    forms.add("hold of", &HoldOf { version: V1, hold: hold(), tab: tab(), earned: true });
    for (name, of_payer) in [("payer's", Some(usd(5_060_000))), ("payee's", None)] {
        let receipt = TabReceipt { version: V1, tab: tab(), place: cursor(), receipt: signed(50), of_payer };
        forms.add(&format!("tab receipt, {name}"), &receipt);
    }
    let key: Vec<u8> = [&[0x82, 0x50][..], &[41; 16], &[0x58, 0x20], &[42; 32]].concat();
    forms.add("voucher key", &cbor::decode::<VoucherKey>(&key).unwrap());
    let published = RequestRecord {
        version: V1,
        id: RequestId::new([6; 16]),
        state: RequestState::Open,
        handle: Handle::new([1; 16]),
        payee_key: PayeeKeyHash::new([2; 32]),
        reference: RequestRef::new([4; 32]),
        bytes: signed(51),
        created: at,
        expires: at,
        code: None,
        payment: None,
    };
    for accepted in [None, Some(tab())] {
        let offer = OfferRecord { version: V1, published: published.clone(), tab: accepted };
        forms.add(&format!("offer, accepted {}", accepted.is_some()), &offer);
    }
    let (from, id, offer) = (AccountId::new([21; 16]), RequestId::new([6; 16]), signed(51));
    forms.add("received offer", &ReceivedOffer { version: V1, from, at, id, offer });
}

fn tab() -> TabId {
    TabId::from_bytes([41; 16])
}

fn hold() -> HoldId {
    HoldId::new([43; 32])
}

fn cursor() -> Cursor {
    Cursor { epoch: Epoch::new(1), seq: Seq::new(42) }
}

pub(super) fn act(at: Time) -> PendingAct {
    PendingAct { id: ActId::new([17; 16]), created: at, signed: signed(52) }
}

fn standing(full: bool, at: Time) -> Standing {
    Standing {
        receipt: signed(50),
        place: cursor(),
        reserved: usd(5_060_000),
        claimed: usd(1_000_000),
        fees: usd(20_000),
        claim_place: cursor(),
        ended: full.then_some(at),
    }
}

pub(super) fn order(at: Time) -> PendingOrder {
    PendingOrder {
        id: OrderId::new([8; 16]),
        hash: Digest::new([9; 32]),
        signed: signed(53),
        bundle: Some(Bytes::new(vec![54; 3]).unwrap()),
        created: at,
        expires: at,
        cap: usd(5_000_000),
        takes: usd(5_060_000),
        held: true,
    }
}

fn paid(full: bool, state: TabState, at: Time) -> PaidTab {
    let day = Span::from_h(24);
    let wish = if full {
        TabWish::Change { cap: usd(6_000_000), spend_until: at, claim_until: at }
    } else {
        TabWish::Open { cap: usd(5_000_000), lasts: day, grace: day }
    };
    let details = Details { memo: Some(Memo::new("the paper").unwrap()), items: None, payer: None };
    PaidTab {
        version: V1,
        id: tab(),
        state,
        payee: payee(full),
        wish: Some(wish),
        offer: full.then(|| signed(51)),
        details: full.then_some(details),
        salt: full.then(|| Salt::new([7; 32])),
        fee_version: FeeVersion::new(2),
        fees: full.then(|| Terms { asset: usd(0).asset(), flat: 10_000, bps: 100 }),
        hold: full.then(hold),
        order: full.then(|| order(at)),
        close: full.then(|| act(at)),
        standing: full.then(|| standing(false, at)),
        total: usd(1_000_000),
        ceiling: usd(2_000_000),
        at,
        code: full.then_some(133),
        contact: full.then(|| AccountId::new([21; 16])),
        device: full.then(|| DeviceId::new([16; 16])),
        lost: full.then(|| Epoch::new(2)),
    }
}

fn earned(full: bool, state: TabState, at: Time) -> EarnedTab {
    EarnedTab {
        version: V1,
        id: tab(),
        state,
        hold: hold(),
        handle: Handle::new([1; 16]),
        device: full.then(|| DeviceId::new([16; 16])),
        offer: full.then(|| RequestId::new([6; 16])),
        differs: full,
        details: full.then(Details::default),
        standing: standing(full, at),
        voucher: full.then(|| signed(55)),
        total: usd(2_000_000),
        claim: full.then(|| act(at)),
        release: full.then(|| act(at)),
        payer: full.then(|| AccountId::new([21; 16])),
        code: full.then_some(139),
        lost: full.then(|| Epoch::new(2)),
        due: full.then(|| usd(1_500_000)),
    }
}

pub(super) fn events() -> Vec<EventKind> {
    let (tab, offer) = (tab(), RequestId::new([6; 16]));
    vec![
        EventKind::TabOpened(tab),
        EventKind::TabChanged(tab),
        EventKind::TabClosed(tab),
        EventKind::TabClaimed(tab),
        EventKind::TabEnded(tab),
        EventKind::TabRefused(tab, 133),
        EventKind::TabAuthorised(tab),
        EventKind::VoucherReceived(tab),
        EventKind::TabCaughtUp(tab),
        EventKind::TabLost(tab),
        EventKind::TabFound(tab),
        EventKind::OfferOpen(offer),
        EventKind::OfferCancelled(offer),
        EventKind::OfferFailed(offer, 225),
        EventKind::OfferReceived(AccountId::new([21; 16]), offer),
    ]
}
