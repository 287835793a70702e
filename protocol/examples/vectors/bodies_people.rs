//! Bodies of calls and answers about devices, people and messages.

use crate::bodies::{bytes_of, entry};
use crate::keys::ed25519;
use crate::people::*;
use crate::samples::*;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::http::*;
use farthing_protocol::id::*;
use farthing_protocol::key::Signer as _;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::time::Span;

/// Each body's name and bytes.
pub(crate) fn all() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let (signing, account, session) = (ed25519("signing"), ed25519("account"), ed25519("session"));
    let head = || bytes_of(head(), &signing);
    let standing = signed(standing_request(), &ed25519("alias payee"));
    let publish_body = PublishBody {
        publish: bytes_of(publish(), &session),
        content: Bytes::new(Pointer::to(URL, &standing).unwrap().seal(&standing).unwrap()).unwrap(),
    };
    let alias_body = AliasBody {
        register: bytes_of(alias_register(), &session),
        record: bytes_of(alias_record(), &ed25519("alias payee")),
    };
    let limited = || bytes_of(limited_device(), &account);
    let devices_body =
        DevicesBody { list: bytes_of(longer_list(), &account), certificates: vec![limited()], handles: None };
    let restored = DevicesBody { handles: Some(bytes_of(register(), &session)), ..devices_body.clone() };
    let mut certificates = [device(), limited_device()];
    certificates.sort_by_key(|certificate| certificate.device());
    let status = DevicesStatus {
        head: head(),
        account: *account.public(),
        list: bytes_of(longer_list(), &account),
        certificates: certificates.into_iter().map(|certificate| bytes_of(certificate, &account)).collect(),
        former: Vec::new(),
        counter: Counter::new(5),
    };
    let revoked = DevicesStatus {
        list: bytes_of(list(), &account),
        certificates: vec![bytes_of(device(), &account)],
        former: vec![limited()],
        ..status.clone()
    };
    let listed = Entry {
        receipt: bytes_of(list_receipt(), &signing),
        cause: Some(bytes_of(longer_list(), &account)),
        ..entry(43, EntryKind::Devices, receipt())
    };
    let message_body = MessageBody {
        message: bytes_of(message(), &session),
        content: Bytes::new(content().to_bytes().unwrap()).unwrap(),
    };
    let queued = QueuedMessage {
        number: MessageNumber::new(12),
        account: account_id(),
        device: device_id(),
        time: crate::keys::NOW.plus(Span::from_s(1)),
        content: message_body.content.clone(),
    };
    let later = QueuedMessage { number: MessageNumber::new(13), ..queued.clone() };
    let mailbox = |messages| MessagesPage { head: head(), messages, more: false };
    let claimed = |index| ClaimedPrekey { prekeys: bytes_of(prekeys(), &session), index };
    vec![
        ("publish-body", "a standing request", publish_body.encode()),
        ("alias-body", "a further alias", alias_body.encode()),
        ("devices-body", "one more", devices_body.encode()),
        ("devices-body", "with handles", restored.encode()),
        ("devices-status", "two devices", status.encode()),
        ("devices-status", "one, and one that was revoked", revoked.encode()),
        (
            "entries-page",
            "a new list of devices",
            EntriesPage { head: head(), entries: vec![listed], more: false }.encode(),
        ),
        ("message-body", "a message", message_body.encode()),
        ("messages-page", "none", mailbox(Vec::new()).encode()),
        ("messages-page", "two", mailbox(vec![queued, later]).encode()),
        ("claimed-prekey", "a one-time key", claimed(Some(1)).encode()),
        ("claimed-prekey", "the fallback key", claimed(None).encode()),
    ]
    .into_iter()
    .chain(crate::checkpoints::bodies())
    .chain(crate::tabs::bodies())
    .collect()
}
