//! As `properties`, for what people, devices and mailboxes say.

use crate::properties::*;
use farthing_protocol::act::Header;
use farthing_protocol::alias::AliasRegister;
use farthing_protocol::cbor::{Bytes, V1, Yes};
use farthing_protocol::envelope::{Body, Envelope, EnvelopeId, Told};
use farthing_protocol::generation::{GenerationAct, GenerationNumber, Mark};
use farthing_protocol::http::*;
use farthing_protocol::id::*;
use farthing_protocol::key::OlmKey;
use farthing_protocol::list_receipt::ListReceipt;
use farthing_protocol::message::{Acknowledge, Content, Message, OlmType};
use farthing_protocol::pairing::*;
use farthing_protocol::prekeys::{PrekeyClaim, Prekeys};
use farthing_protocol::publication::{RequestPublish, RequestWithdraw};
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

pub(crate) fn header() -> impl Strategy<Value = Header> + Clone {
    (verifier(), account(), device(), ids()).prop_map(|(verifier, account, device, (created, random))| Header {
        verifier,
        account,
        device,
        id: ActId::new(uuid(created, random)),
        created,
    })
}

fn number() -> impl Strategy<Value = u64> + Clone {
    0..=i64::MAX as u64
}

fn role() -> impl Strategy<Value = Role> + Clone {
    prop_oneof![Just(Role::Shower), Just(Role::Scanner)]
}

fn transcript() -> impl Strategy<Value = TranscriptHash> + Clone {
    any::<[u8; 32]>().prop_map(TranscriptHash::new)
}

fn body() -> impl Strategy<Value = Body> + Clone {
    let told = (digest(), disclosure())
        .prop_map(|(order, told)| Body::Told(Told { order, salt: told.salt, details: told.details }));
    prop_oneof![
        bytes(300).prop_map(Body::PairConfirm),
        told,
        bytes(2000).prop_map(Body::Request),
        text(200).prop_map(Body::Note),
        Just(Body::Fresh),
        bytes(2000).prop_map(Body::Checkpoint),
        bytes(2000).prop_map(Body::Offer),
        bytes(192).prop_map(Body::Voucher),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn acts(header in header(), hash in digest(), handle in handle(), life in 1..=366_u64 * 24 * 3_600_000, locator in locator(), of in account(), device in device(), number in number(), mark in any::<[u8; 16]>(), drop in any::<bool>()) {
        object(&AliasRegister::new(header, hash));
        object(&RequestPublish::new(header, handle, header.created.plus(Span::from_ms(life)), locator, hash));
        object(&RequestWithdraw::new(header, locator));
        object(&GenerationAct::new(header, GenerationNumber::new(number), Mark::new(mark), drop.then_some(Yes)));
        object(&PrekeyClaim::new(header, of, device));
        prop_assume!(device != header.device);
        object(&Message::new(header, of, device, hash));
        object(&Acknowledge::new(header, MessageNumber::new(number)));
    }

    #[test]
    fn all_prekeys(header in header(), keys in btree_set(any::<[u8; 32]>(), 1..=51)) {
        let mut keys: Vec<OlmKey> = keys.into_iter().map(OlmKey::new).collect();
        let fallback = keys.pop().unwrap();
        object(&Prekeys::new(header, keys, fallback));
    }

    #[test]
    fn list_receipts(epoch in epoch(), seq in 1..=i64::MAX as u64, checkpoint in digest(), time in time(), list in digest()) {
        object(&ListReceipt { version: V1, epoch, seq: Seq::new(seq), checkpoint, time, list });
    }

    #[test]
    fn cards(transcript in transcript(), role in role(), certificate in bytes(400), alias in bytes(300), name in option::of(text(16)), created in time(), shower in digest(), scanner in digest()) {
        object(&ContactCard { version: V1, transcript, role, certificate, alias, name, created });
        object(&PairConfirm { version: V1, transcript, role, shower, scanner });
    }

    #[test]
    fn device_offers(transcript in transcript(), act in key(), session in ed25519(), olm in option::of(olm()), created in time()) {
        object(&DeviceOffer { version: V1, transcript, act, session, olm, created });
    }

    /// Whatever is said before, both sides see one code, and each opens what the other sealed.
    #[test]
    fn pairings(random in vec(any::<u8>(), 144), verifier in verifier(), device in any::<bool>(), said in vec(any::<u8>(), 0..=1006)) {
        let mut random = rand_core::UnwrapErr(crate::vectors::Given(random));
        let purpose = if device { Purpose::Device } else { Purpose::Contact };
        let offering = Offering::new(purpose, verifier, None, &mut random);
        let url = Text::new("https://pay.example.org").unwrap();
        prop_assert_eq!(Offer::parse_link(&offering.offer().link(&url)).unwrap(), (url, offering.offer().clone()));
        let answering = Answering::new(offering.offer().clone(), &mut random).unwrap();
        prop_assert_eq!(answering.message().len(), 80);
        let (reveal, shower) = offering.accept(answering.message()).unwrap();
        prop_assert_eq!(reveal.len(), 48);
        let scanner = answering.learn(&reveal).unwrap();
        prop_assert!(shower.code() == scanner.code() && shower.code().to_string().len() == 6);
        let card = shower.seal(Role::Shower, &said).unwrap();
        prop_assert_eq!(card.len(), 1024);
        prop_assert_eq!(scanner.open(Role::Shower, &card).unwrap().to_vec(), said.clone());
        prop_assert!(scanner.open(Role::Scanner, &card).is_err());
        // Put away and taken out again, it is the same pairing.
        let kept: Paired = farthing_protocol::cbor::decode(&farthing_protocol::cbor::encode(&scanner)).unwrap();
        prop_assert!(kept.code() == scanner.code() && kept.transcript() == scanner.transcript());
        prop_assert_eq!(kept.open(Role::Shower, &card).unwrap().to_vec(), said);
    }

    #[test]
    fn envelopes(id in any::<[u8; 16]>(), time in time(), body in body()) {
        let envelope = Envelope { version: V1, id: EnvelopeId::new(id), time, body };
        let plaintext = envelope.to_plaintext().unwrap();
        prop_assert!(farthing_protocol::limits::ENVELOPE_PADDED.contains(&plaintext.len()));
        prop_assert_eq!(Envelope::from_plaintext(&plaintext).unwrap(), envelope);
    }

    /// Olm's framing at its longest leaves each padded envelope in the step of its content.
    #[test]
    fn contents(step in 0..3_usize, pre_key in any::<bool>(), fill in any::<u8>()) {
        let kind = if pre_key { OlmType::PreKey } else { OlmType::Normal };
        let encrypted = farthing_protocol::limits::ENVELOPE_PADDED[step] / 16 * 16 + 16;
        let content = Content { kind, olm: Bytes::new(vec![fill; encrypted + 189]).unwrap() };
        let sent = content.to_bytes().unwrap();
        prop_assert_eq!(sent.len(), farthing_protocol::limits::PADDED[step]);
        prop_assert_eq!(Content::from_bytes(&sent).unwrap(), content);
    }

    #[test]
    fn bodies(parts in vec(bytes(200), 5), content in bytes(1000), more in any::<bool>(), account_key in key(), counter in counter(), handles in option::of(bytes(50)), index in option::of(any::<u64>()), queued in btree_map(number(), (account(), device(), time(), bytes(50)), 0..5)) {
        let part = |n: usize| parts[n].clone();
        let publish = PublishBody { publish: part(0), content: content.clone() };
        prop_assert_eq!(PublishBody::decode(&publish.encode()).unwrap(), publish);
        let alias = AliasBody { register: part(0), record: part(1) };
        prop_assert_eq!(AliasBody::decode(&alias.encode()).unwrap(), alias);
        let devices = DevicesBody { list: part(0), certificates: parts.clone(), handles };
        prop_assert_eq!(DevicesBody::decode(&devices.encode()).unwrap(), devices);
        let status = DevicesStatus { head: part(0), account: account_key, list: part(1), certificates: parts.clone(), former: parts.clone(), counter };
        prop_assert_eq!(DevicesStatus::decode(&status.encode()).unwrap(), status);
        let message = MessageBody { message: part(0), content };
        prop_assert_eq!(MessageBody::decode(&message.encode()).unwrap(), message);
        let messages = queued.into_iter().map(|(number, (account, device, time, content))| QueuedMessage { number: MessageNumber::new(number), account, device, time, content });
        let page = MessagesPage { head: part(0), messages: messages.collect(), more };
        prop_assert_eq!(MessagesPage::decode(&page.encode()).unwrap(), page);
        let claimed = ClaimedPrekey { prekeys: part(0), index };
        prop_assert_eq!(ClaimedPrekey::decode(&claimed.encode()).unwrap(), claimed);
    }
}
