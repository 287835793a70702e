//! Further phones of an account, lists of them, and session acts.

use super::{Rng, Wallet, World, bytes, keys};
use farthing_protocol::act::{Act, Header};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes, Verified};
use farthing_protocol::device::{DeviceCertificate, DeviceList, ListedDevice, Scope};
use farthing_protocol::handle::{HandleRegister, StockedHandle};
use farthing_protocol::http::{DevicesBody, DevicesStatus, MEDIA_CBOR, MEDIA_COSE, MessageBody, Problem, Reply};
use farthing_protocol::id::*;
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::list_receipt::ListReceipt;
use farthing_protocol::message::Message;
use farthing_protocol::time::Time;

/// A list as it is posted.
pub struct NewList<'a> {
    pub counter: u64,
    pub listed: Vec<&'a Wallet>,
    pub new: Vec<&'a Wallet>,
    pub handles: Option<&'a Wallet>,
}

impl<'a> NewList<'a> {
    pub fn of(counter: u64, listed: &[&'a Wallet], new: &[&'a Wallet]) -> Self {
        Self { counter, listed: listed.to_vec(), new: new.to_vec(), handles: None }
    }
}

impl Wallet {
    /// Another phone of the same account: its certificate lies where the enrolment has one.
    pub fn phone(&self, verifier: VerifierId, scope: Scope, counter: u64, now: Time, rng: &mut Rng) -> Self {
        let copy = |key: &Ed25519Key| Ed25519Key::from_seed(*key.seed());
        let (act, session) = (Ed25519Key::generate(rng), Ed25519Key::generate(rng));
        let certificate = DeviceCertificate {
            version: V1,
            verifier,
            account: *self.account.public(),
            act: *act.public(),
            session: *session.public(),
            olm: None,
            scope,
            counter: Counter::new(counter),
            created: now,
        };
        let certificate = Signed::sign(certificate, &self.account).unwrap();
        let mut enrolment = self.enrolment.clone();
        enrolment.certificate = bytes(certificate.bytes());
        let stock = (0..20).map(|_| (Handle::generate(rng), Ed25519Key::generate(rng))).collect();
        Self {
            account: copy(&self.account),
            act,
            session,
            alias: self.alias.clone(),
            alias_key: copy(&self.alias_key),
            stock,
            enrolment,
        }
    }

    /// The list of these phones, signed by the account.
    pub fn list(&self, verifier: VerifierId, counter: u64, listed: &[&Self], now: Time) -> SignedBytes {
        let row = |phone: &&Self| ListedDevice {
            device: phone.device(),
            certificate: Digest::of(phone.enrolment.certificate.as_slice()),
        };
        let mut devices: Vec<_> = listed.iter().map(row).collect();
        devices.sort_by_key(|row| row.device);
        let (account, counter) = (self.account_id(), Counter::new(counter));
        let list = DeviceList { version: V1, verifier, account, counter, devices, created: now };
        bytes(Signed::sign(list, &self.account).unwrap().bytes())
    }

    pub fn header(&self, verifier: VerifierId, now: Time, rng: &mut Rng) -> Header {
        let (account, device, id) = (self.account_id(), self.device(), ActId::generate(now, rng));
        Header { verifier, account, device, id, created: now }
    }

    pub fn act<T: Act>(&self, act: T) -> SignedBytes {
        bytes(Signed::sign(act, &self.session).unwrap().bytes())
    }

    pub fn register(&self, header: Header) -> SignedBytes {
        let stocked = self.stock.iter().map(|(h, k)| StockedHandle { handle: *h, payee: *k.public() }).collect();
        self.act(HandleRegister::new(header, stocked))
    }

    pub fn message(&self, header: Header, to: &Self, content: &[u8]) -> Vec<u8> {
        let message = Message::new(header, to.account_id(), to.device(), Digest::of(content));
        MessageBody { message: self.act(message), content: bytes(content) }.encode()
    }
}

impl World {
    pub fn phone(&mut self, of: &Wallet, scope: Scope, counter: u64) -> Wallet {
        of.phone(self.id, scope, counter, self.now.wall, &mut self.rng)
    }

    pub fn header(&mut self, of: &Wallet) -> Header {
        of.header(self.id, self.now.wall, &mut self.rng)
    }

    pub fn devices_body(&mut self, of: &Wallet, new: &NewList<'_>) -> DevicesBody {
        let mut phones = new.new.clone();
        phones.sort_by_key(|phone| phone.device());
        let handles = new.handles.map(|phone| phone.register(self.header(phone)));
        DevicesBody {
            list: of.list(self.id, new.counter, &new.listed, self.now.wall),
            certificates: phones.iter().map(|phone| phone.enrolment.certificate.clone()).collect(),
            handles,
        }
    }

    pub fn post_devices(&mut self, body: &DevicesBody) -> Reply {
        self.post("/v1/devices", MEDIA_CBOR, body.encode())
    }

    pub fn relist(&mut self, of: &Wallet, new: &NewList<'_>) -> Reply {
        let body = self.devices_body(of, new);
        self.post_devices(&body)
    }

    /// Posts a session act that has no body of its own.
    pub fn act<T: Act>(&mut self, of: &Wallet, path: &str, make: impl FnOnce(Header) -> T) -> Reply {
        let header = self.header(of);
        self.post(path, MEDIA_COSE, of.act(make(header)).into_vec())
    }

    pub fn send_message(&mut self, from: &Wallet, to: &Wallet, content: &[u8]) -> Reply {
        let header = self.header(from);
        self.post("/v1/messages", MEDIA_CBOR, from.message(header, to, content))
    }

    pub fn devices(&mut self, of: &Wallet) -> DevicesStatus {
        let reply = self.read(of, "/v1/devices", "");
        assert_eq!(reply.status, 200, "{:?}", Problem::from_json(&reply.body));
        DevicesStatus::decode(&reply.body).unwrap()
    }
}

pub fn list_receipt(reply: &Reply) -> Verified<ListReceipt> {
    assert_eq!((reply.status, reply.media_type.as_str()), (200, MEDIA_COSE), "{:?}", Problem::from_json(&reply.body));
    Signed::<ListReceipt>::parse(&reply.body).unwrap().verify(keys().signing().public()).unwrap()
}

pub fn done(reply: &Reply) {
    assert_eq!(reply.status, 204, "{:?}", Problem::from_json(&reply.body));
}
