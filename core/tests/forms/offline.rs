//! What is stored of allowances, in each shape.

use super::stored::{Forms, payment_id, signed, usd};
use super::tabs::{act, order};
use farthing_core::events::EventKind;
use farthing_core::keys::spending::{Promised, SpentSoFar};
use farthing_core::offline::{
    AllowanceDraftRecord, AllowanceState, FoundProof, LossLimit, OfflineHandle, OwnAllowance, OwnOfflineRequest,
    OwnVoucher, RevokedList, Said, TakenOffline, TakenState, UnreadSettlement,
};
use farthing_core::store::Cursor;
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::details::{Details, Disclosure, Memo, Salt};
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::id::{DeviceId, Digest, Epoch, FeeVersion, Handle, Seq};
use farthing_protocol::key::{BareKey, Ed25519Key, Signer as _};
use farthing_protocol::offline::{AllowanceId, VoucherSeq};
use farthing_protocol::time::{Span, Time};

fn allowance() -> AllowanceId {
    AllowanceId::new([71; 16])
}

fn key() -> BareKey {
    BareKey::of(Ed25519Key::from_seed([72; 32]).public()).unwrap()
}

fn said(counts: bool) -> Said {
    Said { bytes: signed(73), place: Cursor { epoch: Epoch::new(1), seq: Seq::new(60) }, counts }
}

fn promised() -> Promised {
    Promised { payee: key(), total: usd(4_500_000).units() }
}

fn details() -> Disclosure {
    let details = Details { memo: Some(Memo::new("two tacos").unwrap()), ..Details::default() };
    Disclosure { version: V1, salt: Salt::new([7; 32]), details }
}

fn own(full: bool, state: AllowanceState, at: Time) -> OwnAllowance {
    let last = full.then(promised);
    let spent = SpentSoFar { allowance: allowance(), next: VoucherSeq::new(2), total: usd(4_500_000).units(), last };
    OwnAllowance {
        version: V1,
        id: allowance(),
        state,
        cap: usd(20_000_000),
        per_voucher: usd(5_000_000).units(),
        spend_until: at,
        claim_until: at,
        key: key(),
        reserved: usd(20_210_000),
        order: full.then(|| order(at)),
        allowance: full.then(|| said(true)),
        spent,
        burnt: full.then(promised).into_iter().collect(),
        frozen: full,
        revoke: full.then(|| act(at)),
        settlement: full.then(|| said(false)),
        fee: full.then(|| usd(85_000)),
        device: full.then(|| DeviceId::new([16; 16])),
        at,
        code: full.then_some(141),
        lost: full.then(|| Epoch::new(2)),
    }
}

fn taken(full: bool, state: TakenState, at: Time) -> TakenOffline {
    TakenOffline {
        version: V1,
        id: Digest::new([74; 32]),
        state,
        allowance: allowance(),
        shown: full.then(|| signed(75)),
        voucher: signed(76),
        request: signed(77),
        details: full.then(details),
        amount: usd(4_500_000),
        at,
        claim_until: full.then_some(at),
        claim: full.then(|| act(at)),
        receipt: full.then(|| said(true)),
        settlement: full.then(|| said(false)),
        code: full.then_some(140),
        device: full.then(|| DeviceId::new([16; 16])),
        payee: Bytes::new(vec![81; 3]).unwrap(),
    }
}

pub(super) fn add(forms: &mut Forms, at: Time) {
    for (state, full) in [
        (AllowanceState::Ordering, true),
        (AllowanceState::Open, false),
        (AllowanceState::Revoked, true),
        (AllowanceState::Settled, false),
        (AllowanceState::Refused, false),
        (AllowanceState::Lost, true),
    ] {
        forms.add(&format!("allowance, full {full}, {}", state.as_str()), &own(full, state, at));
    }
    for (state, full) in [
        (TakenState::Taken, true),
        (TakenState::Claimed, false),
        (TakenState::Settled, true),
        (TakenState::Refused, false),
    ] {
        forms.add(&format!("taken offline, full {full}, {}", state.as_str()), &taken(full, state, at));
    }
    for confirmed in [None, Some(allowance())] {
        let draft = AllowanceDraftRecord {
            version: V1,
            id: payment_id(9),
            cap: usd(20_000_000),
            per_voucher: usd(5_000_000).units(),
            lasts: Span::from_h(48),
            grace: Span::from_h(72),
            fee_version: FeeVersion::new(2),
            fees: Terms { asset: usd(0).asset(), flat: 10_000, bps: 100 },
            at,
            confirmed,
        };
        forms.add(&format!("allowance draft, confirmed {}", confirmed.is_some()), &draft);
    }
    for full in [false, true] {
        let voucher = OwnVoucher {
            version: V1,
            allowance: allowance(),
            seq: VoucherSeq::new(1),
            voucher: signed(76),
            request: signed(77),
            details: full.then(details),
            at,
            promised: promised(),
            amount: usd(4_500_000),
            asked: Digest::new([78; 32]),
        };
        forms.add(&format!("offline voucher, full {full}"), &voucher);
        let request = OwnOfflineRequest {
            version: V1,
            id: Digest::new([78; 32]),
            bytes: signed(77),
            details: full.then(details),
            amount: usd(4_500_000),
            expires: at,
            voucher: full.then(|| Digest::new([74; 32])),
            payee: Bytes::new(vec![81; 3]).unwrap(),
        };
        forms.add(&format!("offline request, full {full}"), &request);
    }
    let proof = Bytes::new(vec![79; 3]).unwrap();
    forms.add("found proof", &FoundProof { version: V1, allowance: allowance(), proof, told: true });
    forms.add("revoked list", &RevokedList { version: V1, bytes: signed(80), time: at });
    forms.add("loss limit", &LossLimit { version: V1, most: usd(25_000_000) });
    forms.add("offline handle", &OfflineHandle { version: V1, handle: Handle::new([1; 16]), since: at });
    let unread = UnreadSettlement { version: V1, allowance: allowance(), place: said(true).place };
    forms.add("unread settlement", &unread);
}

pub(super) fn events() -> Vec<EventKind> {
    let (id, taken) = (allowance(), Digest::new([74; 32]));
    vec![
        EventKind::AllowanceAuthorised(id),
        EventKind::AllowanceOpened(id),
        EventKind::AllowanceRefused(id, 142),
        EventKind::AllowanceRevoked(id),
        EventKind::AllowanceSettled(id),
        EventKind::AllowanceFrozen(id),
        EventKind::AllowanceLost(id),
        EventKind::AllowanceFound(id),
        EventKind::PaidOffline(id, 1),
        EventKind::TakenOffline(taken),
        EventKind::OfflineClaimed(taken),
        EventKind::OfflineRefused(taken, 140),
        EventKind::OfflineSettled(taken),
        EventKind::OfflineLost(taken),
        EventKind::PayerContradicts(id),
    ]
}
