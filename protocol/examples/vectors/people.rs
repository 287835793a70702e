//! The samples of people who meet, devices and mailboxes: the account of the other samples, and a friend.

use crate::keys::{Key, NOW, act_id, bytes, bytes_16, ed25519, es256, given, hpke};
use crate::samples::*;
use farthing_protocol::act::Header;
use farthing_protocol::alias::{Alias, AliasRecord, AliasRegister};
use farthing_protocol::cbor::{Bytes, V1, Yes};
use farthing_protocol::cose::{Object, SignedBytes};
use farthing_protocol::device::{DeviceCertificate, DeviceList, ListedDevice};
use farthing_protocol::generation::{GenerationAct, GenerationNumber, Mark};
use farthing_protocol::id::*;
use farthing_protocol::key::{HpkePublicKey, OlmKey, Signer as _};
use farthing_protocol::list_receipt::ListReceipt;
use farthing_protocol::message::{Acknowledge, Content, Message, OlmType};
use farthing_protocol::pairing::*;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::prekeys::{PrekeyClaim, Prekeys};
use farthing_protocol::publication::{RequestPublish, RequestWithdraw};
use farthing_protocol::request::{Request, Usage};
use farthing_protocol::time::Span;

/// The header of an act of this name.
fn header(name: &str) -> Header {
    Header { verifier: verifier(), account: account_id(), device: device_id(), id: act_id(name, NOW), created: NOW }
}

fn olm(name: &str) -> OlmKey {
    OlmKey::new(*hpke(name).public().as_bytes())
}

pub(crate) fn signed_bytes<T: Object>(payload: T, key: &Key) -> SignedBytes {
    Bytes::new(signed(payload, key).bytes().to_vec()).unwrap()
}

fn friend_account() -> AccountId {
    ed25519("friend account").public().account_id()
}

fn friend_device() -> DeviceId {
    ed25519("friend act").public().device_id()
}

pub(crate) fn alias_register() -> AliasRegister {
    AliasRegister::new(header("alias register"), signed(alias_record(), &ed25519("alias payee")).bytes_hash())
}

/// A request that can be paid for a year.
pub(crate) fn standing_request() -> Request {
    Request {
        handle: alias_record().alias.handle(),
        payee: alias_record().payee,
        hpke: alias_record().hpke,
        amount: None,
        items: None,
        memo: Some(text("Tips")),
        expires: NOW.plus(Span::from_h(24 * 365)),
        usage: Usage::Standing,
        ..request()
    }
}

pub(crate) fn publish() -> RequestPublish {
    let request = signed(standing_request(), &ed25519("alias payee"));
    let pointer = Pointer::to(URL, &request).unwrap();
    RequestPublish::new(
        header("publish"),
        request.claims().handle,
        request.claims().expires,
        pointer.locator(),
        Digest::of(&pointer.seal(&request).unwrap()),
    )
}

pub(crate) fn withdraw() -> RequestWithdraw {
    RequestWithdraw::new(header("withdraw"), publish().locator)
}

/// The list after a second device was added.
pub(crate) fn longer_list() -> DeviceList {
    let account = ed25519("account");
    let listed = |certificate: DeviceCertificate| ListedDevice {
        device: certificate.device(),
        certificate: signed(certificate, &account).bytes_hash(),
    };
    let mut devices = vec![listed(device()), listed(limited_device())];
    devices.sort_by_key(|row| row.device);
    DeviceList { counter: Counter::new(5), devices, ..list() }
}

pub(crate) fn list_receipt() -> ListReceipt {
    ListReceipt {
        version: V1,
        epoch: Epoch::new(1),
        seq: Seq::new(43),
        checkpoint: checkpoint_hash(),
        time: NOW.plus(Span::from_s(60)),
        list: signed(longer_list(), &ed25519("account")).bytes_hash(),
    }
}

pub(crate) fn generation() -> GenerationAct {
    GenerationAct::new(header("generation"), GenerationNumber::new(7), Mark::new(bytes_16("mark")), None)
}

pub(crate) fn generation_of_an_old_copy() -> GenerationAct {
    GenerationAct { drop_stock: Some(Yes), number: GenerationNumber::new(8), ..generation() }
}

pub(crate) fn prekeys() -> Prekeys {
    Prekeys::new(header("prekeys"), vec![olm("one-time 1"), olm("one-time 2"), olm("one-time 3")], olm("fallback"))
}

pub(crate) fn claim() -> PrekeyClaim {
    PrekeyClaim::new(header("claim"), friend_account(), friend_device())
}

/// A message's content; what Olm made is not of this specification.
pub(crate) fn content() -> Content {
    Content { kind: OlmType::PreKey, olm: Bytes::new([&bytes("olm 1")[..], &bytes("olm 2")].concat()).unwrap() }
}

pub(crate) fn message() -> Message {
    let content = Digest::of(&content().to_bytes().unwrap());
    Message::new(header("message"), friend_account(), friend_device(), content)
}

pub(crate) fn acknowledge() -> Acknowledge {
    Acknowledge::new(header("acknowledge"), MessageNumber::new(12))
}

/// A pairing from the offer to the code, with all that went in.
pub(crate) struct Met {
    pub(crate) offer: Offer,
    pub(crate) message_1: Vec<u8>,
    pub(crate) message_2: Vec<u8>,
    pub(crate) shower: Paired,
    pub(crate) scanner: Paired,
}

pub(crate) fn offering(purpose: Purpose) -> Offering {
    let random = [&bytes_16("rendezvous")[..], &bytes("pairing hpke"), &bytes("n_show")];
    let tls = (purpose == Purpose::Device).then(|| TlsCertificateHash::new(bytes("tls")));
    Offering::new(purpose, verifier(), tls, &mut given(&random))
}

pub(crate) fn answering(offer: &Offer) -> Answering {
    Answering::new(offer.clone(), &mut given(&[&bytes("n_scan"), &bytes("ephemeral")])).unwrap()
}

pub(crate) fn met(purpose: Purpose) -> Met {
    let offering = offering(purpose);
    let offer = offering.offer().clone();
    let answering = answering(&offer);
    let message_1 = answering.message().to_vec();
    let (message_2, shower) = offering.accept(&message_1).unwrap();
    let scanner = answering.learn(&message_2).unwrap();
    assert!(shower.code() == scanner.code() && shower.transcript() == scanner.transcript());
    Met { offer, message_1, message_2, shower, scanner }
}

/// The card of the account that all samples are of.
pub(crate) fn shower_card() -> ContactCard {
    let certificate = DeviceCertificate { olm: Some(olm("olm")), ..device() };
    ContactCard {
        version: V1,
        transcript: *met(Purpose::Contact).shower.transcript(),
        role: Role::Shower,
        certificate: signed_bytes(certificate, &ed25519("account")),
        alias: signed_bytes(alias_record(), &ed25519("alias payee")),
        name: Some(text("Truck 7")),
        created: NOW,
    }
}

/// The friend's card.
pub(crate) fn scanner_card() -> ContactCard {
    let certificate = DeviceCertificate {
        account: *ed25519("friend account").public(),
        act: *ed25519("friend act").public(),
        session: *ed25519("friend session").public(),
        olm: Some(olm("friend olm")),
        ..device()
    };
    let alias = AliasRecord {
        alias: Alias::new("mina").unwrap(),
        payee: *ed25519("friend payee").public(),
        hpke: HpkePublicKey::new(*hpke("friend hpke").public().as_bytes()),
        ..alias_record()
    };
    ContactCard {
        role: Role::Scanner,
        certificate: signed_bytes(certificate, &ed25519("friend account")),
        alias: signed_bytes(alias, &ed25519("friend payee")),
        name: None,
        ..shower_card()
    }
}

pub(crate) fn confirm() -> PairConfirm {
    PairConfirm {
        version: V1,
        transcript: shower_card().transcript,
        role: Role::Shower,
        shower: signed(shower_card(), &ed25519("session")).bytes_hash(),
        scanner: signed(scanner_card(), &ed25519("friend session")).bytes_hash(),
    }
}

/// The keys of the cashier's phone, whose certificate `limited_device` is.
pub(crate) fn device_offer() -> DeviceOffer {
    DeviceOffer {
        version: V1,
        transcript: *met(Purpose::Device).shower.transcript(),
        act: *es256("act es256").public(),
        session: limited_device().session,
        olm: limited_device().olm,
        created: NOW,
    }
}

pub(crate) fn grant() -> DeviceGrant {
    DeviceGrant {
        version: V1,
        transcript: device_offer().transcript,
        certificate: signed_bytes(limited_device(), &ed25519("account")),
        account: *ed25519("account").public(),
        url: text(URL),
        tls: Some(TlsCertificateHash::new(bytes("tls"))),
        seed: DeviceReceiveSeed::new(zeroize::Zeroizing::new(bytes("device receive seed"))),
        alias: Some(Alias::new("truck-7").unwrap()),
        counter: Counter::new(5),
    }
}
