//! Without network: an honest phone is never provable, however often it is killed; whoever spends more than its cap is.

use crate::kinds::{file, hex};
use crate::vectors::{array, list};
use farthing_protocol::cbor::{V1, decode};
use farthing_protocol::cose::{Object, Signed, Verified};
use farthing_protocol::id::*;
use farthing_protocol::key::{BareKey, Ed25519Key, Signer as _};
use farthing_protocol::money::{Asset, Code, Units};
use farthing_protocol::offline::*;
use farthing_protocol::time::{Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::HashMap;

pub(crate) const BEGIN: Time = Time::from_ms(1_772_366_400_000);
pub(crate) const NAME: AllowanceId = AllowanceId::new([4; 16]);

pub(crate) fn units(value: u64) -> Units {
    Units::new(value).unwrap()
}

pub(crate) fn asset() -> Asset {
    Asset::new(Code::new("USD").unwrap(), 6).unwrap()
}

fn key(seed: u8) -> Ed25519Key {
    Ed25519Key::from_seed([seed; 32])
}

fn bare(seed: u8) -> BareKey {
    BareKey::of(key(seed).public()).unwrap()
}

fn by<T: Object>(payload: T, seed: u8) -> Verified<T> {
    Signed::sign(payload, &key(seed)).unwrap().verify(key(seed).public()).unwrap()
}

fn allowance(cap: u64) -> Allowance {
    Allowance {
        version: V1,
        epoch: Epoch::new(1),
        seq: Seq::new(7),
        time: BEGIN,
        allowance: NAME,
        key: bare(1),
        cap: units(cap).of(asset()),
        per_voucher: units(cap),
        spend_until: BEGIN.plus(Span::from_h(24)),
        grace: Span::from_h(72),
    }
}

/// The n-th request of all, by this payee.
fn request(n: usize, payee: u8, amount: u64) -> Verified<OfflineRequest> {
    let mut challenge = [0; 16];
    challenge[..8].copy_from_slice(&(n as u64).to_be_bytes());
    let request = OfflineRequest {
        version: V1,
        challenge: Challenge::new(challenge),
        verifier: VerifierPrefix::new([2; 16]),
        payee: bare(payee),
        amount: units(amount).of(asset()),
        expires: BEGIN.plus(Span::from_h(1)),
        details: None,
    };
    by(request, payee)
}

/// Where a phone is killed while it pays.
#[derive(Clone, Copy, Debug)]
enum Killed {
    No,
    /// Once the anchor is written.
    AfterAnchor,
    /// Once the database is written: the voucher is shown after the start.
    AfterDatabase,
    /// All was written and shown, and then the database was put back by one voucher.
    PutBack,
}

fn killed() -> impl Strategy<Value = Killed> + Clone {
    prop_oneof![
        4 => Just(Killed::No),
        1 => Just(Killed::AfterAnchor),
        1 => Just(Killed::AfterDatabase),
        1 => Just(Killed::PutBack),
    ]
}

/// What a wallet keeps: the anchor in the vault, and in the database the same and what each payee was promised.
#[derive(Clone)]
struct Phone {
    vault: Anchor,
    stored: Anchor,
    promised: HashMap<BareKey, Units>,
}

impl Phone {
    fn new() -> Self {
        Self { vault: Anchor::begin(NAME), stored: Anchor::begin(NAME), promised: HashMap::new() }
    }

    /// The voucher, when it came to be signed. Even of one that was never shown it must not be provable that it was.
    fn pay(
        &mut self,
        allowance: &Allowance,
        request: &Verified<OfflineRequest>,
        killed: Killed,
    ) -> Result<OfflineVoucher, OfflineFault> {
        let promised = self.promised.get(&request.payee).copied().unwrap_or_default();
        let (voucher, after) = self.stored.voucher(allowance, request, promised, BEGIN)?;
        self.vault = after;
        let before = (self.stored, self.promised.clone());
        self.stored = after;
        self.promised.insert(request.payee, voucher.payee_total);
        if let Killed::AfterAnchor | Killed::PutBack = killed {
            (self.stored, self.promised) = before;
        }
        if !matches!(killed, Killed::No) {
            self.start();
        }
        Ok(voucher)
    }

    fn start(&mut self) {
        match self.vault.resume(&self.stored) {
            Resume::GoOn => {}
            Resume::Burnt => {
                self.stored = self.vault;
                let last = self.vault.last.unwrap();
                self.promised.insert(last.payee, last.total);
            }
            Resume::Frozen => panic!("an honest phone froze"),
        }
    }
}

pub(crate) fn pairs<T>(all: &[T]) -> impl Iterator<Item = (&T, &T)> {
    all.iter().enumerate().flat_map(move |(n, one)| all[n + 1..].iter().map(move |other| (one, other)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is paid, wherever the phone is killed: no two of its vouchers contradict each other, also where all were shown, every
    /// payee takes them, and they come to no more than the cap.
    #[test]
    fn an_honest_payer_is_never_provable(steps in vec((10..14_u8, 1..400_u64, killed()), 1..20)) {
        let allowance = allowance(2_000);
        let mut phone = Phone::new();
        let mut signed: Vec<(OfflineVoucher, BareKey)> = Vec::new();
        for (n, (payee, amount, killed)) in steps.into_iter().enumerate() {
            let request = request(n, payee, amount);
            match phone.pay(&allowance, &request, killed) {
                Ok(voucher) => {
                    voucher.check().unwrap();
                    let shown = by(voucher.clone(), 1);
                    prop_assert_eq!(allowance.takes(&shown, &request, &signed, None, BEGIN), Ok(()));
                    signed.push((voucher, request.payee));
                }
                Err(fault) => prop_assert_eq!(fault, OfflineFault::AboveCap),
            }
        }
        for ((a, of_a), (b, of_b)) in pairs(&signed) {
            prop_assert_eq!(contradict(a, b), None);
            prop_assert!(of_a != of_b || contradict_at_payee(a, b).is_none());
        }
        prop_assert!(signed.iter().map(|(voucher, _)| voucher.amount.get()).sum::<u64>() <= 2_000);
    }

    /// Vouchers of which no two contradict each other come to at most the highest total, and so to at most the cap. Turned round: who
    /// spends more has signed two that do.
    #[test]
    fn who_spends_more_than_its_cap_contradicts_itself(given in vec((1..9_u64, 1..30_u64, 0..60_u64), 1..9)) {
        let vouchers: Vec<OfflineVoucher> = given
            .into_iter()
            .enumerate()
            .map(|(n, (seq, amount, before))| {
                let before = if seq == 1 { 0 } else { before };
                OfflineVoucher {
                    version: V1,
                    allowance: NAME,
                    seq: VoucherSeq::new(seq),
                    amount: units(amount),
                    total: units(before + amount),
                    payee_total: units(amount),
                    request: Digest::of(&n.to_be_bytes()),
                }
            })
            .collect();
        let spent: u64 = vouchers.iter().map(|voucher| voucher.amount.get()).sum();
        let highest = vouchers.iter().map(|voucher| voucher.total.get()).max().unwrap();
        let provable = pairs(&vouchers).any(|(a, b)| contradict(a, b).is_some());
        prop_assert!(spent <= highest || provable, "{vouchers:?}");
    }

    /// A cheater with several phones that know nothing of each other, each of them honest: within one all is well, and together they are
    /// provable as soon as each has paid somebody.
    #[test]
    fn two_copies_of_a_phone_are_provable(before in vec((10..13_u8, 1..50_u64), 0..4), one in vec((10..13_u8, 1..50_u64), 1..4), other in vec((10..13_u8, 1..50_u64), 1..4)) {
        let allowance = allowance(1_000);
        let mut n = 0;
        let mut pay = |phone: &mut Phone, steps: &[(u8, u64)]| -> Vec<OfflineVoucher> {
            steps.iter().map(|(payee, amount)| { n += 1; phone.pay(&allowance, &request(n, *payee, *amount), Killed::No).unwrap() }).collect()
        };
        let mut phone = Phone::new();
        let first = pay(&mut phone, &before);
        let mut copy = phone.clone();
        let (by_one, by_other) = (pay(&mut phone, &one), pay(&mut copy, &other));
        let all: Vec<OfflineVoucher> = first.into_iter().chain(by_one).chain(by_other).collect();
        prop_assert!(pairs(&all).any(|(a, b)| contradict(a, b).is_some()));
    }

    /// Contradicting is mutual, and nothing contradicts itself.
    #[test]
    fn contradictions_are_mutual(a in any_voucher(), b in any_voucher()) {
        prop_assert_eq!(contradict(&a, &b), contradict(&b, &a));
        prop_assert_eq!(contradict_at_payee(&a, &b), contradict_at_payee(&b, &a));
        prop_assert_eq!(contradict_at_payee(&a, &a), None);
        prop_assert!(contradict(&a, &b).is_none() || contradict_at_payee(&a, &b) == contradict(&a, &b));
        let elsewhere = OfflineVoucher { allowance: AllowanceId::new([5; 16]), ..a.clone() };
        prop_assert_eq!(contradict_at_payee(&elsewhere, &b), None);
    }
}

fn any_voucher() -> impl Strategy<Value = OfflineVoucher> + Clone {
    (1..5_u64, 1..6_u64, 0..6_u64, 0..6_u64, 0..2_u8).prop_map(|(seq, amount, more, before, request)| OfflineVoucher {
        version: V1,
        allowance: NAME,
        seq: VoucherSeq::new(seq),
        amount: units(amount),
        total: units(amount + more + before),
        payee_total: units(amount + more),
        request: Digest::new([request; 32]),
    })
}

/// A database or a vault that was put back further than by one voucher stops the phone.
#[test]
fn a_phone_that_was_put_back_freezes() {
    let allowance = allowance(1_000);
    let mut phone = Phone::new();
    let mut seen = vec![phone.vault];
    for n in 0..3 {
        phone.pay(&allowance, &request(n, 10, 5), Killed::No).unwrap();
        seen.push(phone.vault);
    }
    for (at, stored) in seen.iter().enumerate() {
        let expected = [Resume::Frozen, Resume::Frozen, Resume::Burnt, Resume::GoOn][at];
        assert_eq!(phone.vault.resume(stored), expected, "{at}");
        assert_eq!(stored.resume(&phone.vault) == Resume::GoOn, at == 3, "{at}");
    }
}

fn id(v: &serde_json::Value) -> AllowanceId {
    AllowanceId::new(array(v))
}

pub(crate) fn number(v: &serde_json::Value) -> u64 {
    v.as_u64().unwrap()
}

fn parsed<T: Object>(v: &serde_json::Value) -> Signed<T> {
    Signed::parse(&hex(v)).unwrap()
}

fn kind(v: &serde_json::Value) -> Option<&str> {
    v.as_str()
}

#[test]
fn names_and_contradictions_of_the_vectors() {
    let file = file("offline-rules");
    for v in list(&file, "names") {
        assert_eq!(AllowanceId::of(&parsed(&v["order"])), id(&v["allowance"]));
    }
    for v in list(&file, "contradictions") {
        let voucher = |v: &serde_json::Value| {
            let [seq, amount, total, payee_total] = [0, 1, 2, 3].map(|n| number(&v[n]));
            OfflineVoucher {
                version: V1,
                allowance: NAME,
                seq: VoucherSeq::new(seq),
                amount: units(amount),
                total: units(total),
                payee_total: units(payee_total),
                request: Digest::of(v.to_string().as_bytes()),
            }
        };
        let (one, other) = (voucher(&v["one"]), voucher(&v["other"]));
        assert_eq!(contradict(&one, &other).map(Contradiction::kind), kind(&v["found"]), "{}", v["name"]);
        let at_payee = contradict_at_payee(&one, &other).map(Contradiction::kind);
        assert_eq!(at_payee, kind(&v["found_at_payee"]), "{}", v["name"]);
    }
}

#[test]
fn what_payees_take_of_the_vectors() {
    for v in list(&file("offline-rules"), "takes") {
        let allowance = parsed::<Allowance>(&v["allowance"]).claims().clone();
        let voucher = parsed::<OfflineVoucher>(&v["voucher"]);
        let signer = ["allowance", "somebody else"]
            .map(|name| {
                *Ed25519Key::from_seed(*Digest::of(format!("farthing vector: {name}").as_bytes()).as_bytes()).public()
            })
            .into_iter()
            .find(|key| key.kid() == voucher.kid())
            .unwrap();
        let request = OfflineRequest::verify(parsed(&v["request"])).unwrap();
        let held: Vec<(OfflineVoucher, BareKey)> = list(v, "held")
            .iter()
            .map(|held| {
                (parsed::<OfflineVoucher>(&held["voucher"]).claims().clone(), BareKey::new(array(&held["payee"])))
            })
            .collect();
        let list = v["revoked"].as_str().map(|_| parsed::<RevokedAllowances>(&v["revoked"]).claims().clone());
        let now = Time::from_ms(number(&v["time"]));
        let fault = allowance.takes(&voucher.verify(&signer).unwrap(), &request, &held, list.as_ref(), now).err();
        assert_eq!(fault.map(|fault| fault.kind()), kind(&v["fault"]), "{}", v["name"]);
    }
}

fn anchor(v: &serde_json::Value) -> Anchor {
    let last = v["last"]
        .as_array()
        .map(|last| PaidLast { payee: BareKey::new(array(&last[0])), total: units(number(&last[1])) });
    let (next, total) = (VoucherSeq::new(number(&v["next"])), units(number(&v["total"])));
    Anchor { allowance: id(&v["allowance"]), next, total, last }
}

#[test]
fn anchors_of_the_vectors() {
    let file = file("offline-rules");
    for v in list(&file, "resumes") {
        let found = match anchor(&v["anchor"]).resume(&anchor(&v["stored"])) {
            Resume::GoOn => "go_on",
            Resume::Burnt => "burnt",
            Resume::Frozen => "frozen",
        };
        assert_eq!(v["resume"], found, "{}", v["name"]);
    }
    for v in list(&file, "vouchers") {
        let allowance = parsed::<Allowance>(&v["allowance"]).claims().clone();
        let request = OfflineRequest::verify(parsed(&v["request"])).unwrap();
        let now = Time::from_ms(number(&v["time"]));
        match anchor(&v["anchor"]).voucher(&allowance, &request, units(number(&v["promised"])), now) {
            Ok((voucher, after)) => {
                assert_eq!(voucher, decode(&hex(&v["outcome"]["voucher"])).unwrap(), "{}", v["name"]);
                assert_eq!(after, anchor(&v["outcome"]["anchor"]), "{}", v["name"]);
            }
            Err(fault) => assert_eq!(v["outcome"]["fault"], fault.kind(), "{}", v["name"]),
        }
    }
}
