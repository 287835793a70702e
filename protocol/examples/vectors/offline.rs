//! The samples of money without network: the account of the other samples goes away with 50 USD, and pays a friend and somebody else.

use crate::bodies::bytes_of;
use crate::keys::{Key, NOW, act_id, bytes, bytes_16, ed25519, order_id};
use crate::samples::*;
use farthing_protocol::act::Header;
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::id::*;
use farthing_protocol::key::{BareKey, Signer as _};
use farthing_protocol::limits::{ALLOWANCE_GRACE_MAX, ALLOWANCE_VOUCHERS_MAX, AMOUNT_MAX};
use farthing_protocol::money::{Amount, Asset, Code, Units};
use farthing_protocol::offline::*;
use farthing_protocol::time::{Span, Time};

/// The two who are paid.
pub(crate) const FRIEND: &str = "friend payee";
pub(crate) const SECOND: &str = "second payee";

pub(crate) fn units(value: u64) -> Units {
    Units::new(value).unwrap()
}

pub(crate) fn bare(name: &str) -> BareKey {
    BareKey::of(ed25519(name).public()).unwrap()
}

pub(crate) fn later(hours: u64) -> Time {
    NOW.plus(Span::from_h(hours))
}

pub(crate) fn allowance_order() -> AllowanceOrder {
    AllowanceOrder {
        version: V1,
        id: order_id("allowance", NOW),
        verifier: verifier(),
        account: account_id(),
        device: device_id(),
        created: NOW,
        expires: NOW.plus(Span::from_s(120)),
        fee_version: FeeVersion::new(1),
        cap: usd(50_000_000),
        per_voucher: units(20_000_000),
        spend_until: later(7 * 24),
        claim_until: later(7 * 24 + 72),
        key: bare("allowance"),
    }
}

pub(crate) fn signed_allowance_order() -> Signed<AllowanceOrder> {
    signed(allowance_order(), &ed25519("act"))
}

pub(crate) fn allowance() -> Allowance {
    let order = allowance_order();
    Allowance {
        version: V1,
        epoch: Epoch::new(1),
        seq: Seq::new(60),
        time: NOW.plus(Span::from_ms(350)),
        allowance: AllowanceId::of(&signed_allowance_order()),
        key: order.key,
        cap: order.cap,
        per_voucher: order.per_voucher,
        spend_until: order.spend_until,
        grace: order.claim_until.since(order.spend_until),
    }
}

fn largest_amount() -> Amount {
    Amount::new(AMOUNT_MAX, Asset::new(Code::new("ABCDEFGH").unwrap(), 12).unwrap()).unwrap()
}

/// As long as an allowance can be.
pub(crate) fn largest_allowance() -> Allowance {
    Allowance {
        epoch: Epoch::new(Epoch::MAX),
        seq: Seq::new(Seq::MAX),
        cap: largest_amount(),
        per_voucher: units(AMOUNT_MAX),
        grace: ALLOWANCE_GRACE_MAX,
        ..allowance()
    }
}

pub(crate) fn request_of(name: &str, payee: &str, value: u64) -> OfflineRequest {
    OfflineRequest {
        version: V1,
        challenge: Challenge::new(bytes_16(name)),
        verifier: VerifierPrefix::from(&verifier()),
        payee: bare(payee),
        amount: usd(value),
        expires: later(25),
        details: None,
    }
}

pub(crate) fn offline_request() -> OfflineRequest {
    request_of("challenge", FRIEND, 4_500_000)
}

pub(crate) fn detailed_request() -> OfflineRequest {
    OfflineRequest { details: Some(disclosure().hash()), ..offline_request() }
}

/// As long as a request without details can be.
pub(crate) fn largest_request() -> OfflineRequest {
    OfflineRequest { amount: largest_amount(), ..offline_request() }
}

/// As long as a request can be.
pub(crate) fn largest_detailed_request() -> OfflineRequest {
    OfflineRequest { details: Some(disclosure().hash()), ..largest_request() }
}

/// A request with the key that signs it.
pub(crate) type Asked = (OfflineRequest, &'static str);

pub(crate) fn verified_request((request, payee): &Asked) -> Verified<OfflineRequest> {
    OfflineRequest::verify(signed(request.clone(), &ed25519(payee))).unwrap()
}

/// The voucher of this number for a request, with its totals.
pub(crate) fn voucher_for(seq: u64, total: u64, payee_total: u64, asked: &Asked) -> OfflineVoucher {
    OfflineVoucher {
        version: V1,
        allowance: allowance().allowance,
        seq: VoucherSeq::new(seq),
        amount: asked.0.amount.units(),
        total: units(total),
        payee_total: units(payee_total),
        request: verified_request(asked).hash(),
    }
}

pub(crate) fn offline_voucher() -> OfflineVoucher {
    voucher_for(1, 4_500_000, 4_500_000, &(offline_request(), FRIEND))
}

/// The same payee asks again, for less.
pub(crate) fn second_request() -> Asked {
    (request_of("second challenge", FRIEND, 3_000_000), FRIEND)
}

pub(crate) fn second_voucher() -> OfflineVoucher {
    voucher_for(2, 7_500_000, 7_500_000, &second_request())
}

/// Somebody else asks.
pub(crate) fn other_request() -> Asked {
    (request_of("other challenge", SECOND, 3_000_000), SECOND)
}

/// The second number once more.
pub(crate) fn cheating_voucher() -> OfflineVoucher {
    voucher_for(2, 7_500_000, 3_000_000, &other_request())
}

/// As long as a voucher can be.
pub(crate) fn largest_voucher() -> OfflineVoucher {
    OfflineVoucher {
        seq: VoucherSeq::new(ALLOWANCE_VOUCHERS_MAX),
        amount: units(AMOUNT_MAX),
        total: units(AMOUNT_MAX),
        payee_total: units(AMOUNT_MAX),
        ..offline_voucher()
    }
}

fn header(name: &str, of_payee: bool, hours: u64) -> Header {
    let (account, device) = if of_payee {
        (ed25519("friend account").public().account_id(), ed25519("friend act").public().device_id())
    } else {
        (account_id(), device_id())
    };
    Header { verifier: verifier(), account, device, id: act_id(name, later(hours)), created: later(hours) }
}

pub(crate) fn offline_claim() -> OfflineClaim {
    OfflineClaim::new(
        header("offline claim", true, 48),
        bytes_of(offline_voucher(), &ed25519("allowance")),
        bytes_of(offline_request(), &ed25519(FRIEND)),
        bytes_of(payee_account(), &ed25519(FRIEND)),
    )
}

/// The friend's key is the friend's.
pub(crate) fn payee_account() -> PayeeAccount {
    PayeeAccount { version: V1, verifier: verifier(), account: ed25519("friend account").public().account_id() }
}

/// Of 4.50 USD the fund has paid one.
pub(crate) fn offline_receipt() -> OfflineReceipt {
    let claim = signed(offline_claim(), &ed25519("friend session"));
    OfflineReceipt {
        version: V1,
        epoch: Epoch::new(1),
        seq: Seq::new(71),
        checkpoint: checkpoint_hash(),
        time: claim.claims().created.plus(Span::from_ms(350)),
        allowance: allowance().allowance,
        voucher: signed(offline_voucher(), &ed25519("allowance")).hash(),
        payee_key: ed25519(FRIEND).public().payee_key_hash(),
        amount: offline_request().amount,
        guaranteed: units(1_000_000),
        claim: claim.hash(),
    }
}

pub(crate) fn allowance_revoke() -> AllowanceRevoke {
    AllowanceRevoke::new(header("allowance revoke", false, 50), allowance().allowance)
}

pub(crate) fn revoked() -> RevokedAllowances {
    let other = |name: &str| AllowancePrefix::from(&AllowanceId::new(bytes_16(name)));
    let mut allowances =
        vec![other("a revoked allowance"), AllowancePrefix::from(&allowance().allowance), other("a proven allowance")];
    allowances.sort_unstable();
    RevokedAllowances { version: V1, verifier: verifier(), epoch: Epoch::new(1), time: later(51), allowances }
}

/// The claims of a payer that has shown its second number to two, each for 20 USD, and what the fund paid for the last at once.
pub(crate) fn overspent() -> Vec<Claimed> {
    let asked = |name: &'static str, payee| (request_of(name, payee, 20_000_000), payee);
    let (first, second, again) = (asked("claim 1", FRIEND), asked("claim 2", SECOND), asked("claim 3", FRIEND));
    [(1, 20, 20, first, 0), (2, 40, 20, second, 0), (2, 40, 40, again, 19)]
        .map(|(seq, total, payee_total, asked, guaranteed)| {
            let voucher = voucher_for(seq, total * 1_000_000, payee_total * 1_000_000, &asked);
            Claimed {
                voucher: signed(voucher.clone(), &ed25519("allowance")).hash(),
                request: voucher.request,
                seq: voucher.seq,
                payee_key: ed25519(asked.1).public().payee_key_hash(),
                amount: voucher.amount,
                guaranteed: units(guaranteed * 1_000_000),
            }
        })
        .to_vec()
}

/// As its payer is told, of claims of which the last two contradict each other.
pub(crate) fn settlement() -> Settlement {
    let claims = overspent();
    let settled = settle(allowance().cap.units(), units(4_000_000), &claims);
    let mut conflict = [claims[1].voucher, claims[2].voucher];
    conflict.sort_unstable();
    Settlement {
        version: V1,
        epoch: Epoch::new(1),
        seq: Seq::new(90),
        checkpoint: checkpoint_hash(),
        time: allowance().claim_until(),
        allowance: allowance().allowance,
        cap: allowance().cap,
        totals: settled.totals,
        lines: settled.root(),
        line: None,
        conflict: Some(Conflict { one: conflict[0], other: conflict[1] }),
    }
}

/// As the payee of each claim is told.
pub(crate) fn settlement_of(place: usize) -> Settlement {
    let settled = settle(allowance().cap.units(), units(4_000_000), &overspent());
    Settlement { line: Some(settled.shares[place].line()), ..settlement() }
}

/// As the payee of an honest payer's only voucher is told.
pub(crate) fn honest_settlement() -> Settlement {
    let voucher = offline_voucher();
    let claim = Claimed {
        voucher: signed(voucher.clone(), &ed25519("allowance")).hash(),
        request: voucher.request,
        seq: voucher.seq,
        payee_key: ed25519(FRIEND).public().payee_key_hash(),
        amount: voucher.amount,
        guaranteed: units(0),
    };
    let settled = settle(allowance().cap.units(), units(0), &[claim]);
    Settlement {
        totals: settled.totals,
        lines: settled.root(),
        line: Some(settled.shares[0].line()),
        conflict: None,
        ..settlement()
    }
}

/// Nobody claimed.
pub(crate) fn empty_settlement() -> Settlement {
    let settled = settle(allowance().cap.units(), units(0), &[]);
    Settlement { totals: settled.totals, lines: settled.root(), line: None, conflict: None, ..settlement() }
}

pub(crate) fn proof_of(one: (OfflineVoucher, &Key), other: (OfflineVoucher, &Key)) -> Proof {
    Proof {
        version: V1,
        certificate: bytes_of(certificate(), &ed25519("root")),
        allowance: bytes_of(allowance(), &ed25519("signing")),
        one: bytes_of(one.0, one.1),
        other: bytes_of(other.0, other.1),
        one_request: None,
        other_request: None,
    }
}

/// 16 bytes that are no name of anything.
pub(crate) fn another_allowance() -> AllowanceId {
    AllowanceId::new(bytes("another allowance")[..16].try_into().unwrap())
}
