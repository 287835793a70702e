//! Bodies of calls and answers, made of the first valid object of each type.

use crate::keys::{Key, ed25519};
use crate::samples::*;
use farthing_protocol::cbor::{Bytes, encode};
use farthing_protocol::cose::Object;
use farthing_protocol::http::*;
use farthing_protocol::id::*;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::receipt::Receipt;

pub(crate) fn bytes_of<T: Object, const N: usize>(payload: T, key: &Key) -> Bytes<N> {
    Bytes::new(signed(payload, key).bytes().to_vec()).unwrap()
}

/// An entry without what only some kinds have.
pub(crate) fn entry(seq: u64, kind: EntryKind, receipt: Receipt) -> Entry {
    Entry {
        epoch: Epoch::new(1),
        seq: Seq::new(seq),
        kind,
        receipt: bytes_of(receipt, &ed25519("signing")),
        cause: None,
        bundle: None,
        order: None,
        fee: None,
        handle: None,
        device: None,
    }
}

/// Each body's name and bytes.
pub(crate) fn all() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let (signing, account, session) = (ed25519("signing"), ed25519("account"), ed25519("session"));
    let order_bytes: SignedBytes = bytes_of(order(), &ed25519("act"));
    let bundle_bytes = Bytes::new(encode(&bundle())).unwrap();
    let pointer = Pointer::to(URL, &signed_request()).unwrap();
    let status = VerifierStatus {
        certificates: vec![bytes_of(certificate(), &ed25519("root"))],
        checkpoint: bytes_of(checkpoint(), &signing),
        fee_schedule: bytes_of(fee_schedule(), &signing),
        head: bytes_of(head(), &signing),
    };
    let enrol = EnrolmentBody {
        enrolment: bytes_of(enrolment(), &account),
        certificate: bytes_of(device(), &account),
        list: bytes_of(list(), &account),
        handles: bytes_of(register(), &session),
        alias: bytes_of(alias_record(), &ed25519("alias payee")),
    };
    let bind_body = BindBody {
        bind: bytes_of(bind(), &session),
        content: Bytes::new(pointer.seal(&signed_request()).unwrap()).unwrap(),
    };
    let plain = OrderBody { order: order_bytes.clone(), bundle: None, code: None };
    let full = OrderBody { order: order_bytes.clone(), bundle: Some(bundle_bytes.clone()), code: Some(text("123456")) };
    let issued = Entry { cause: Some(bytes_of(issue(), &signing)), ..entry(1, EntryKind::Issue, issue_receipt()) };
    let debit = Entry { cause: Some(order_bytes), fee: Some(usd(23_500)), ..entry(42, EntryKind::Debit, receipt()) };
    let credit = Entry {
        bundle: Some(bundle_bytes),
        order: Some(binding().order),
        handle: Some(bind().handle),
        device: Some(device_id()),
        ..entry(42, EntryKind::Credit, receipt())
    };
    let page = |entries| EntriesPage { head: bytes_of(head(), &signing), entries, more: false };
    let status_of_account = AccountStatus {
        head: bytes_of(head(), &signing),
        balances: vec![AssetBalance { asset: usd(0).asset(), balance: 20_476_500 }],
        stock: 19,
        list: bytes_of(list(), &account),
        generation: None,
        prekeys: 0,
        aliases: vec![bytes_of(alias_record(), &ed25519("alias payee"))],
    };
    let told = AccountStatus {
        generation: Some(crate::people::generation().generation()),
        prekeys: 97,
        aliases: Vec::new(),
        ..status_of_account.clone()
    };
    vec![
        ("verifier-status", "one certificate", status.encode()),
        ("enrolment-body", "enrols", enrol.encode()),
        ("bind-body", "binds", bind_body.encode()),
        ("order-body", "an order alone", plain.encode()),
        ("order-body", "with bundle and code", full.encode()),
        ("entries-page", "none", page(Vec::new()).encode()),
        ("entries-page", "the payer's: an issue and a debit", page(vec![issued, debit]).encode()),
        ("entries-page", "the payee's: a credit", page(vec![credit]).encode()),
        ("account-status", "one asset", status_of_account.encode()),
        ("account-status", "with a generation", told.encode()),
    ]
}
