//! Allowances as wallets set them aside, spend from them without network, claim and revoke.

use super::{Wallet, World, amount, bytes};
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::http::{
    Call, MEDIA_CBOR, MEDIA_COSE, MEDIA_ORDER, OrderBody, Problem, Reply, SettlementsPage, VerifierStatus,
};
use farthing_protocol::id::*;
use farthing_protocol::key::{BareKey, Ed25519Key, Signer as _};
use farthing_protocol::limits::PAYEE_ACCOUNT_MAX;
use farthing_protocol::money::Units;
use farthing_protocol::offline::*;
use farthing_protocol::time::Span;

/// How long a test's allowance is spent from, and how long its payees may claim afterwards.
pub const SPENT: Span = Span::from_h(24);
pub const CLAIMED: Span = Span::from_h(72);

/// A payer's phone with an allowance: what it has signed adds up, unless somebody makes it cheat.
pub struct Phone {
    pub id: AllowanceId,
    pub key: Ed25519Key,
    pub signed: Vec<u8>,
    pub seq: u64,
    pub total: u64,
    pub to: std::collections::BTreeMap<Vec<u8>, u64>,
}

pub fn units(value: u64) -> Units {
    Units::new(value).unwrap()
}

pub fn bare(key: &Ed25519Key) -> BareKey {
    BareKey::of(key.public()).unwrap()
}

impl Phone {
    /// An honest voucher for a request.
    pub fn pay(&mut self, request: &Signed<OfflineRequest>) -> Signed<OfflineVoucher> {
        let value = request.claims().amount.value();
        self.seq += 1;
        self.total += value;
        let of_payee = self.to.entry(farthing_protocol::cbor::encode(&request.claims().payee)).or_default();
        *of_payee += value;
        let (seq, total, payee_total) = (self.seq, self.total, *of_payee);
        self.voucher(request, seq, total, payee_total)
    }

    /// Whatever it is made to sign.
    pub fn voucher(
        &self,
        request: &Signed<OfflineRequest>,
        seq: u64,
        total: u64,
        payee_total: u64,
    ) -> Signed<OfflineVoucher> {
        let voucher = OfflineVoucher {
            version: V1,
            allowance: self.id,
            seq: VoucherSeq::new(seq),
            amount: request.claims().amount.units(),
            total: units(total),
            payee_total: units(payee_total),
            request: request.hash(),
        };
        Signed::sign(voucher, &self.key).unwrap()
    }

    /// The first number, for as much as is asked: shown to as many as like it.
    pub fn first(&self, request: &Signed<OfflineRequest>) -> Signed<OfflineVoucher> {
        let value = request.claims().amount.value();
        self.voucher(request, 1, value, value)
    }
}

/// The proof of two vouchers, under a certificate.
pub fn proof_of(
    certificate: SignedBytes,
    phone: &Phone,
    one: &Signed<OfflineVoucher>,
    other: &Signed<OfflineVoucher>,
) -> Proof {
    Proof {
        version: V1,
        certificate,
        allowance: Bytes::new(phone.signed.clone()).unwrap(),
        one: bytes(one.bytes()),
        other: bytes(other.bytes()),
        one_request: None,
        other_request: None,
    }
}

impl World {
    pub fn allowance_order(&mut self, payer: &Wallet, cap: u64) -> (AllowanceOrder, Ed25519Key) {
        let key = Ed25519Key::generate(&mut self.rng);
        let now = self.now.wall;
        let order = AllowanceOrder {
            version: V1,
            id: OrderId::generate(now, &mut self.rng),
            verifier: self.id,
            account: payer.account_id(),
            device: payer.device(),
            created: now,
            expires: now.plus(Span::from_s(120)),
            fee_version: self.verifier.fees().unwrap().claims().fee_version,
            cap: amount(cap),
            per_voucher: units(cap),
            spend_until: now.plus(SPENT),
            claim_until: now.plus(SPENT).plus(CLAIMED),
            key: bare(&key),
        };
        (order, key)
    }

    pub fn post_allowance(&mut self, payer: &Wallet, order: AllowanceOrder) -> Reply {
        let order = bytes(Signed::sign(order, &payer.act).unwrap().bytes());
        self.post("/v1/allowances", MEDIA_ORDER, OrderBody { order, bundle: None, code: None }.encode())
    }

    /// An allowance that is set aside.
    pub fn allow(&mut self, payer: &Wallet, cap: u64) -> Phone {
        let (order, key) = self.allowance_order(payer, cap);
        let reply = self.post_allowance(payer, order);
        let signed = super::tabs::told::<Allowance>(&reply);
        let id = signed.claims().allowance;
        Phone { id, key, signed: reply.body, seq: 0, total: 0, to: std::collections::BTreeMap::new() }
    }

    /// What a payee asks for by one of its keys.
    pub fn ask_by(&mut self, key: &Ed25519Key, value: u64) -> Signed<OfflineRequest> {
        let request = OfflineRequest {
            version: V1,
            challenge: Challenge::generate(&mut self.rng),
            verifier: VerifierPrefix::from(&self.id),
            payee: bare(key),
            amount: amount(value),
            expires: self.now.wall.plus(Span::from_h(1)),
            details: None,
        };
        Signed::sign(request, key).unwrap()
    }

    pub fn ask(&mut self, payee: &Wallet, value: u64) -> Signed<OfflineRequest> {
        self.ask_by(&payee.stock[0].1, value)
    }

    /// The word of a request's payee key for an account; of another key, when the account does not have that one.
    pub fn word(&self, payee: &Wallet, request: &Signed<OfflineRequest>) -> Bytes<PAYEE_ACCOUNT_MAX> {
        let wanted = request.claims().payee.public();
        let key = payee.stock.iter().find(|(_, key)| *key.public() == wanted).unwrap_or(&payee.stock[0]);
        let word = PayeeAccount { version: V1, verifier: self.id, account: payee.account_id() };
        bytes(Signed::sign(word, &key.1).unwrap().bytes())
    }

    pub fn offline_claim(
        &mut self,
        payee: &Wallet,
        voucher: &Signed<OfflineVoucher>,
        request: &Signed<OfflineRequest>,
    ) -> SignedBytes {
        let header = self.header(payee);
        let word = self.word(payee, request);
        let (voucher, request) = (bytes(voucher.bytes()), bytes(request.bytes()));
        payee.act(OfflineClaim::new(header, voucher, request, word))
    }

    pub fn post_offline_claim(&mut self, claim: &SignedBytes) -> Reply {
        self.post("/v1/allowances/claims", MEDIA_COSE, claim.as_slice().to_vec())
    }

    /// A claim made and posted.
    pub fn claim_offline(
        &mut self,
        payee: &Wallet,
        voucher: &Signed<OfflineVoucher>,
        request: &Signed<OfflineRequest>,
    ) -> Reply {
        let claim = self.offline_claim(payee, voucher, request);
        self.post_offline_claim(&claim)
    }

    pub fn revoke(&mut self, payer: &Wallet, allowance: AllowanceId) -> Reply {
        let revoke = AllowanceRevoke::new(self.header(payer), allowance);
        self.post("/v1/allowances/revocations", MEDIA_COSE, payer.act(revoke).into_vec())
    }

    pub fn post_proof(&mut self, proof: &Proof) -> Reply {
        self.post("/v1/allowances/proofs", MEDIA_CBOR, proof.encode())
    }

    /// The newest certificate of the verifier.
    pub fn certificate(&mut self) -> SignedBytes {
        let call = Call::get("/v1/verifier", "");
        let status = self.verifier.answer(&call, super::AUTHORITY, self.now);
        VerifierStatus::decode(&status.body).unwrap().certificates[0].clone()
    }

    /// The proof of two vouchers.
    pub fn proof(&mut self, phone: &Phone, one: &Signed<OfflineVoucher>, other: &Signed<OfflineVoucher>) -> Proof {
        proof_of(self.certificate(), phone, one, other)
    }

    pub fn revoked(&mut self) -> RevokedAllowances {
        let call = Call::get("/v1/allowances/revoked", "");
        let reply = self.verifier.answer(&call, super::AUTHORITY, self.now);
        super::tabs::told::<RevokedAllowances>(&reply).claims().clone()
    }

    /// The settlements of a position with one's own lines.
    pub fn settlements(&mut self, payee: &Wallet, seq: Seq) -> Vec<Settlement> {
        let (mut found, mut more) = (Vec::new(), true);
        while more {
            let reply =
                self.read(payee, "/v1/allowances/settlements", &format!("seq={}&after={}", seq.get(), found.len()));
            assert_eq!(reply.status, 200, "{:?}", Problem::from_json(&reply.body));
            let page = SettlementsPage::decode(&reply.body).unwrap();
            more = page.more;
            found.extend(page.settlements.iter().map(|bytes| {
                let signed = Signed::<Settlement>::parse(bytes.as_slice()).unwrap();
                signed.clone().verify(super::keys().signing().public()).unwrap();
                signed.claims().clone()
            }));
        }
        found
    }

    /// Until every claim is over, and settled.
    pub fn settle_all(&mut self) {
        self.pass(SPENT);
        self.pass(CLAIMED);
        self.sweep_all();
    }
}
