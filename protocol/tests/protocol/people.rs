//! The vectors of pairing and messages, in both directions.

use crate::kinds::{file, hex};
use crate::vectors::{Given, array, list};
use farthing_protocol::Malformed;
use farthing_protocol::alias::Alias;
use farthing_protocol::cbor::{Bytes, encode};
use farthing_protocol::envelope::Envelope;
use farthing_protocol::id::{TlsCertificateHash, VerifierId};
use farthing_protocol::message::{Content, OlmType};
use farthing_protocol::pairing::*;
use farthing_protocol::text::Text;
use rand_core::UnwrapErr;
use serde_json::Value;

fn given(parts: &[&Value]) -> UnwrapErr<Given> {
    UnwrapErr(Given(parts.iter().flat_map(|part| hex(part)).collect()))
}

/// The shower of a vector, with the randomness of the vector.
fn offering(v: &Value) -> Offering {
    let purpose = if v["purpose"] == 1 { Purpose::Contact } else { Purpose::Device };
    let tls = v["tls"].as_str().map(|tls| TlsCertificateHash::from_hex(tls).unwrap());
    let mut random = given(&[&v["rendezvous"], &v["hpke_seed"], &v["n_show"]]);
    Offering::new(purpose, VerifierId::new(array(&v["verifier"])), tls, &mut random)
}

fn answering(v: &Value) -> Answering {
    Answering::new(offering(v).offer().clone(), &mut given(&[&v["n_scan"], &v["ikm_e"]])).unwrap()
}

/// Both sides after the reveal.
fn paired(v: &Value) -> [Paired; 2] {
    let (_, shower) = offering(v).accept(&hex(&v["message_1"])).unwrap();
    [shower, answering(v).learn(&hex(&v["message_2"])).unwrap()]
}

#[test]
fn pairings_are_made_again_step_by_step() {
    for v in list(&file("pairing"), "valid") {
        let offer = offering(v).offer().clone();
        assert_eq!(encode(&offer), hex(&v["offer"]));
        assert_eq!(v["offer_hash"], offer.hash().to_hex());
        assert_eq!(v["link"], offer.link(&Text::new(v["url"].as_str().unwrap()).unwrap()));
        assert_eq!(answering(v).message(), hex(&v["message_1"]));
        let (message_2, _) = offering(v).accept(&hex(&v["message_1"])).unwrap();
        assert_eq!(message_2, hex(&v["message_2"]));
        let [shower, scanner] = paired(v);
        for side in [&shower, &scanner] {
            assert_eq!(v["code"], side.code().to_string());
            assert_eq!(v["transcript"], side.transcript().to_hex());
        }
        for (role, mine, other, slot) in
            [(Role::Shower, &shower, &scanner, "slot_3"), (Role::Scanner, &scanner, &shower, "slot_4")]
        {
            let plaintext = hex(&v[&format!("{slot}_plaintext")]);
            assert_eq!(mine.seal(role, &plaintext).unwrap(), hex(&v[slot]));
            assert_eq!(other.open(role, &hex(&v[slot])).unwrap()[..], plaintext[..]);
        }
    }
}

#[test]
fn a_pairing_that_was_meddled_with_ends_at_the_stated_step() {
    let file = file("pairing");
    let right = &file["valid"][0];
    for v in list(&file, "invalid") {
        let found = match v["step"].as_str().unwrap() {
            "accept" => offering(right).accept(&hex(&v["message_1"])).err().map(Malformed::from),
            "learn" => answering(right).learn(&hex(&v["message_2"])).err().map(Malformed::from),
            _ => paired(right)[1].open(Role::Shower, &hex(&v["card"])).err(),
        };
        assert_eq!(found.map(|e| e.kind()), v["error"].as_str(), "{}", v["name"]);
    }
}

/// A relay that answers the shower itself, and offers the scanner a key of its own, shows two different codes.
#[test]
fn a_relay_in_between_shows_in_the_codes() {
    let mut alike = 0;
    for n in 0..200_u8 {
        let mut random = UnwrapErr(Counting(n, 0));
        let shower = Offering::new(Purpose::Contact, VerifierId::new([1; 32]), None, &mut random);
        let relay_shows = Offering::new(Purpose::Contact, VerifierId::new([1; 32]), None, &mut random);
        let relay_scans = Answering::new(shower.offer().clone(), &mut random).unwrap();
        let scanner = Answering::new(relay_shows.offer().clone(), &mut random).unwrap();
        let (_, shower) = shower.accept(relay_scans.message()).unwrap();
        let (reveal, _) = relay_shows.accept(scanner.message()).unwrap();
        let scanner = scanner.learn(&reveal).unwrap();
        assert_ne!(shower.transcript(), scanner.transcript());
        alike += u32::from(shower.code() == scanner.code());
    }
    assert_eq!(alike, 0, "one in a million, and the same choices each time");
}

/// The reveal of another answer does not open, so that a relay cannot swap answers after the shower has spoken.
#[test]
fn a_reveal_is_for_one_answer() {
    let mut random = UnwrapErr(Counting(1, 0));
    let offering = Offering::new(Purpose::Contact, VerifierId::new([1; 32]), None, &mut random);
    let first = Answering::new(offering.offer().clone(), &mut random).unwrap();
    let second = Answering::new(offering.offer().clone(), &mut random).unwrap();
    let (reveal, _) = offering.accept(first.message()).unwrap();
    assert!(second.learn(&reveal).is_err());
    assert!(first.learn(&reveal).is_ok());
}

/// Bytes that differ from call to call, the same each time.
struct Counting(u8, u64);
impl rand_core::TryRng for Counting {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!()
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        unreachable!()
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        self.1 += 1;
        let seed = [&[self.0][..], &self.1.to_be_bytes()].concat();
        let bytes = farthing_protocol::id::Digest::of(&seed);
        dst.iter_mut().zip(bytes.as_bytes()).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}
impl rand_core::TryCryptoRng for Counting {}

#[test]
fn pairing_links() {
    let file = file("pairing-link");
    for v in list(&file, "valid") {
        let (url, offer) = Offer::parse_link(v["link"].as_str().unwrap()).unwrap();
        assert_eq!(encode(&offer), hex(&v["offer"]));
        assert_eq!(v["hash"], offer.hash().to_hex());
        assert_eq!(v["url"], url.as_str());
        assert_eq!(v["link"], offer.link(&url));
    }
    for link in list(&file, "also_read") {
        let (url, offer) = Offer::parse_link(link.as_str().unwrap()).unwrap();
        assert_eq!(file["valid"][0]["link"], offer.link(&url));
    }
    for v in list(&file, "invalid") {
        let found = Offer::parse_link(v["link"].as_str().unwrap()).err().map(|e| e.kind());
        assert_eq!(found, v["error"].as_str(), "{}", v["name"]);
    }
}

#[test]
fn device_grants() {
    let file = file("device-grant");
    for v in list(&file, "valid") {
        let bytes = hex(&v["bytes"]);
        assert_eq!(DeviceGrant::decode(&bytes).unwrap().encode()[..], bytes);
    }
    for v in list(&file, "invalid") {
        let found = DeviceGrant::decode(&hex(&v["bytes"])).err().map(|e| e.kind());
        assert_eq!(found, v["error"].as_str(), "{}", v["name"]);
    }
}

#[test]
fn envelopes() {
    let file = file("envelope");
    for v in list(&file, "valid") {
        let plaintext = hex(&v["plaintext"]);
        let read = Envelope::from_plaintext(&plaintext).unwrap();
        assert_eq!(encode(&read), hex(&v["envelope"]));
        assert_eq!(read.to_plaintext().unwrap()[..], plaintext);
    }
    for v in list(&file, "invalid") {
        let found = Envelope::from_plaintext(&hex(&v["plaintext"])).err().map(|e| e.kind());
        assert_eq!(found, v["error"].as_str(), "{}", v["name"]);
    }
}

#[test]
fn message_contents() {
    let file = file("message-content");
    for v in list(&file, "valid") {
        let kind = if v["type"] == 0 { OlmType::PreKey } else { OlmType::Normal };
        let content = Content { kind, olm: Bytes::new(hex(&v["olm"])).unwrap() };
        assert_eq!(content.to_bytes().unwrap(), hex(&v["bytes"]));
        assert_eq!(Content::from_bytes(&hex(&v["bytes"])).unwrap(), content);
    }
    for v in list(&file, "invalid") {
        let found = Content::from_bytes(&hex(&v["bytes"])).err().map(|e| e.kind());
        assert_eq!(found, v["error"].as_str(), "{}", v["name"]);
    }
}

#[test]
fn an_alias_is_shown_as_it_was_written() {
    for written in ["bob", "the-taco-truck-of-3rd-street"] {
        let alias = Alias::new(written).unwrap();
        assert_eq!((alias.as_str(), alias.to_string().as_str()), (written, written));
    }
}
