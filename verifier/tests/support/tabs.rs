//! Tabs: holds as wallets place, change, claim from and end them.

use super::{Bound, Wallet, World, amount, bytes, keys};
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::cose::{Object, Signed, SignedBytes};
use farthing_protocol::http::{
    ClaimOutcome, ClaimOutcomes, ClaimsBody, MEDIA_CBOR, MEDIA_COSE, MEDIA_ORDER, OrderBody, Problem, Reply,
};
use farthing_protocol::id::*;
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::tab::{
    Bounds, Claim, ClaimReceipt, HoldChange, HoldClose, HoldId, HoldOrder, HoldReceipt, HoldRelease, HoldVersion,
    Voucher,
};
use farthing_protocol::time::Span;

/// How long a test's hold is spent from, and how long its payee may claim afterwards.
pub const SPEND: Span = Span::from_h(2);
pub const GRACE: Span = Span::from_h(24);

/// A hold as its payer knows it.
pub struct Tab {
    pub id: HoldId,
    pub key: Ed25519Key,
    pub bounds: Bounds,
}

impl Tab {
    pub fn voucher(&self, total: u64) -> SignedBytes {
        self.voucher_of(self.bounds.version, total, &self.key)
    }

    pub fn voucher_of(&self, hold_version: HoldVersion, total: u64, key: &Ed25519Key) -> SignedBytes {
        let voucher = Voucher { version: V1, hold: self.id, hold_version, total: amount(total) };
        bytes(Signed::sign(voucher, key).unwrap().bytes())
    }
}

impl World {
    pub fn hold_order(&mut self, payer: &Wallet, bound: &Bound, cap: u64) -> (HoldOrder, Ed25519Key) {
        let key = Ed25519Key::generate(&mut self.rng);
        let now = self.now.wall;
        let order = HoldOrder {
            version: V1,
            id: OrderId::generate(now, &mut self.rng),
            verifier: self.id,
            account: payer.account_id(),
            device: payer.device(),
            created: now,
            expires: now.plus(Span::from_s(120)),
            fee_version: self.verifier.fees().unwrap().claims().fee_version,
            payee: bound.handle,
            payee_key: bound.payee_key,
            cap: amount(cap),
            spend_until: now.plus(SPEND),
            claim_until: now.plus(SPEND).plus(GRACE),
            voucher_key: *key.public(),
            reference: bound.reference,
            details: DetailsHash::new([4; 32]),
            bundle: None,
        };
        (order, key)
    }

    pub fn post_hold(&mut self, payer: &Wallet, order: HoldOrder) -> Reply {
        let order = bytes(Signed::sign(order, &payer.act).unwrap().bytes());
        self.post("/v1/holds", MEDIA_ORDER, OrderBody { order, bundle: None, code: None }.encode())
    }

    /// A hold that is placed.
    pub fn hold(&mut self, payer: &Wallet, bound: &Bound, cap: u64) -> Tab {
        let (order, key) = self.hold_order(payer, bound, cap);
        let bounds = order.bounds();
        let reply = self.post_hold(payer, order);
        Tab { id: told::<HoldReceipt>(&reply).claims().hold, key, bounds }
    }

    pub fn change(&mut self, payer: &Wallet, tab: &Tab, bounds: Bounds) -> HoldChange {
        let now = self.now.wall;
        HoldChange {
            version: V1,
            id: OrderId::generate(now, &mut self.rng),
            verifier: self.id,
            account: payer.account_id(),
            device: payer.device(),
            created: now,
            expires: now.plus(Span::from_s(120)),
            hold: tab.id,
            hold_version: bounds.version,
            cap: bounds.cap,
            spend_until: bounds.spend_until,
            claim_until: bounds.claim_until,
        }
    }

    pub fn post_change(&mut self, payer: &Wallet, change: HoldChange) -> Reply {
        let change = Signed::sign(change, &payer.act).unwrap();
        self.post("/v1/holds/changes", MEDIA_COSE, change.bytes().to_vec())
    }

    pub fn close(&mut self, payer: &Wallet, hold: HoldId) -> Reply {
        let close = HoldClose::new(self.header(payer), hold);
        self.post("/v1/holds/closes", MEDIA_COSE, payer.act(close).into_vec())
    }

    pub fn release(&mut self, payee: &Wallet, hold: HoldId, total: u64) -> Reply {
        let release = HoldRelease::new(self.header(payee), hold, amount(total));
        self.post("/v1/holds/releases", MEDIA_COSE, payee.act(release).into_vec())
    }

    pub fn claim_of(&mut self, payee: &Wallet, voucher: &SignedBytes, total: u64) -> SignedBytes {
        let voucher = Bytes::new(voucher.as_slice().to_vec()).unwrap();
        payee.act(Claim::new(self.header(payee), voucher, amount(total)))
    }

    pub fn post_claims(&mut self, claims: Vec<SignedBytes>) -> Vec<ClaimOutcome> {
        let reply = self.post("/v1/holds/claims", MEDIA_CBOR, ClaimsBody { claims }.encode());
        assert_eq!(
            (reply.status, reply.media_type.as_str()),
            (200, MEDIA_CBOR),
            "{:?}",
            Problem::from_json(&reply.body)
        );
        ClaimOutcomes::decode(&reply.body).unwrap().outcomes
    }

    /// Claims all of a voucher.
    pub fn claim(&mut self, payee: &Wallet, tab: &Tab, total: u64) -> ClaimOutcome {
        let claim = self.claim_of(payee, &tab.voucher(total), total);
        self.post_claims(vec![claim]).remove(0)
    }

    pub fn sweep_all(&mut self) {
        while self.verifier.sweep(self.now).unwrap() {}
    }
}

/// A signed answer of the verifier's.
pub fn told<T: Object + Clone>(reply: &Reply) -> Signed<T> {
    assert_eq!((reply.status, reply.media_type.as_str()), (200, MEDIA_COSE), "{:?}", Problem::from_json(&reply.body));
    signed(&reply.body)
}

fn signed<T: Object + Clone>(body: &[u8]) -> Signed<T> {
    let object = Signed::<T>::parse(body).unwrap();
    object.clone().verify(keys().signing().public()).unwrap();
    object
}

pub fn claimed(outcome: &ClaimOutcome) -> ClaimReceipt {
    let ClaimOutcome::Receipt(receipt) = outcome else { panic!("{outcome:?}") };
    signed::<ClaimReceipt>(receipt.as_slice()).claims().clone()
}

/// The code of a refused claim.
pub fn refused(outcome: &ClaimOutcome) -> u16 {
    let ClaimOutcome::Refusal(refusal) = outcome else { panic!("{outcome:?}") };
    signed::<farthing_protocol::refusal::Refusal>(refusal.as_slice()).claims().code
}
