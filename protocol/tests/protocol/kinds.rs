//! Every decoder under one roof, by the name that vectors use.

use farthing_protocol::cbor::{self, encode};
use farthing_protocol::cose::{Object, Signed};
use farthing_protocol::key::{PublicKey, Signer};
use farthing_protocol::*;

/// The types of signed objects.
pub(crate) const OBJECTS: [&str; 47] = [
    "verifier-certificate",
    "checkpoint",
    "head",
    "fee-schedule",
    "invite",
    "device-certificate",
    "device-list",
    "enrolment",
    "handle-register",
    "handle-bind",
    "handle-cancel",
    "alias-record",
    "request",
    "order",
    "receipt",
    "refusal",
    "issue",
    "list-receipt",
    "alias-register",
    "request-publish",
    "request-withdraw",
    "generation",
    "prekeys",
    "prekey-claim",
    "message",
    "acknowledge",
    "contact-card",
    "pair-confirm",
    "device-offer",
    "hold-offer",
    "hold-order",
    "hold-change",
    "hold-receipt",
    "voucher",
    "claim",
    "hold-release",
    "hold-close",
    "claim-receipt",
    "allowance-order",
    "allowance",
    "offline-request",
    "offline-voucher",
    "offline-claim",
    "offline-receipt",
    "allowance-revoke",
    "revoked-allowances",
    "settlement",
];

type Verify = Box<dyn FnOnce(&PublicKey) -> Result<(), Unverified>>;

/// What can be asked of a signed object without its type.
pub(crate) struct Parsed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    pub(crate) to_be_signed: Vec<u8>,
    pub(crate) signature: String,
    pub(crate) kid: String,
    pub(crate) hash: String,
    pub(crate) bytes_hash: String,
    verify: Verify,
}

impl Parsed {
    pub(crate) fn verify(self, key: &PublicKey) -> Result<(), Unverified> {
        (self.verify)(key)
    }
}

macro_rules! by_name {
    ($kind:expr, $f:ident($($arg:expr),*)) => {
        match $kind {
            "verifier-certificate" => $f::<verifier_certificate::VerifierCertificate>($($arg),*),
            "checkpoint" => $f::<checkpoint::Checkpoint>($($arg),*),
            "head" => $f::<head::Head>($($arg),*),
            "fee-schedule" => $f::<fee_schedule::FeeSchedule>($($arg),*),
            "invite" => $f::<invite::Invite>($($arg),*),
            "device-certificate" => $f::<device::DeviceCertificate>($($arg),*),
            "device-list" => $f::<device::DeviceList>($($arg),*),
            "enrolment" => $f::<enrolment::Enrolment>($($arg),*),
            "handle-register" => $f::<handle::HandleRegister>($($arg),*),
            "handle-bind" => $f::<handle::HandleBind>($($arg),*),
            "handle-cancel" => $f::<handle::HandleCancel>($($arg),*),
            "alias-record" => $f::<alias::AliasRecord>($($arg),*),
            "request" => $f::<request::Request>($($arg),*),
            "order" => $f::<order::Order>($($arg),*),
            "receipt" => $f::<receipt::Receipt>($($arg),*),
            "refusal" => $f::<refusal::Refusal>($($arg),*),
            "issue" => $f::<issue::Issue>($($arg),*),
            "list-receipt" => $f::<list_receipt::ListReceipt>($($arg),*),
            "alias-register" => $f::<alias::AliasRegister>($($arg),*),
            "request-publish" => $f::<publication::RequestPublish>($($arg),*),
            "request-withdraw" => $f::<publication::RequestWithdraw>($($arg),*),
            "generation" => $f::<generation::GenerationAct>($($arg),*),
            "prekeys" => $f::<prekeys::Prekeys>($($arg),*),
            "prekey-claim" => $f::<prekeys::PrekeyClaim>($($arg),*),
            "message" => $f::<message::Message>($($arg),*),
            "acknowledge" => $f::<message::Acknowledge>($($arg),*),
            "contact-card" => $f::<pairing::ContactCard>($($arg),*),
            "pair-confirm" => $f::<pairing::PairConfirm>($($arg),*),
            "device-offer" => $f::<pairing::DeviceOffer>($($arg),*),
            "hold-offer" => $f::<tab::HoldOffer>($($arg),*),
            "hold-order" => $f::<tab::HoldOrder>($($arg),*),
            "hold-change" => $f::<tab::HoldChange>($($arg),*),
            "hold-receipt" => $f::<tab::HoldReceipt>($($arg),*),
            "voucher" => $f::<tab::Voucher>($($arg),*),
            "claim" => $f::<tab::Claim>($($arg),*),
            "hold-release" => $f::<tab::HoldRelease>($($arg),*),
            "hold-close" => $f::<tab::HoldClose>($($arg),*),
            "claim-receipt" => $f::<tab::ClaimReceipt>($($arg),*),
            "allowance-order" => $f::<offline::AllowanceOrder>($($arg),*),
            "allowance" => $f::<offline::Allowance>($($arg),*),
            "offline-request" => $f::<offline::OfflineRequest>($($arg),*),
            "offline-voucher" => $f::<offline::OfflineVoucher>($($arg),*),
            "payee-account" => $f::<offline::PayeeAccount>($($arg),*),
            "offline-claim" => $f::<offline::OfflineClaim>($($arg),*),
            "offline-receipt" => $f::<offline::OfflineReceipt>($($arg),*),
            "allowance-revoke" => $f::<offline::AllowanceRevoke>($($arg),*),
            "revoked-allowances" => $f::<offline::RevokedAllowances>($($arg),*),
            "settlement" => $f::<offline::Settlement>($($arg),*),
            other => panic!("no object type {other}"),
        }
    };
}

/// Parses a signed object of this type.
pub(crate) fn parse(kind: &str, bytes: &[u8]) -> Result<Parsed, Malformed> {
    by_name!(kind, parse_as(bytes))
}

fn parse_as<T: Object + Clone + 'static>(bytes: &[u8]) -> Result<Parsed, Malformed> {
    let object = Signed::<T>::parse(bytes)?;
    Ok(Parsed {
        bytes: object.bytes().to_vec(),
        payload: encode(object.claims()),
        to_be_signed: object.to_be_signed().to_vec(),
        signature: object.signature().to_hex(),
        kid: object.kid().to_hex(),
        hash: object.hash().to_hex(),
        bytes_hash: object.bytes_hash().to_hex(),
        verify: Box::new(move |key| object.verify(key).map(|_| ())),
    })
}

/// Reads a payload of this type and signs it.
pub(crate) fn sign(kind: &str, payload: &[u8], signer: &dyn Signer) -> Vec<u8> {
    by_name!(kind, sign_as(payload, signer))
}

fn sign_as<T: Object>(payload: &[u8], signer: &dyn Signer) -> Vec<u8> {
    let payload: T = cbor::decode(payload).unwrap();
    Signed::sign(payload, signer).unwrap().bytes().to_vec()
}

/// Parses a signed object of this type; what is accepted must be the one encoding of its contents.
pub(crate) fn accepts_exactly(kind: &str, bytes: &[u8]) -> bool {
    by_name!(kind, accepts_exactly_as(bytes))
}

fn accepts_exactly_as<T: Object>(bytes: &[u8]) -> bool {
    let Ok(object) = Signed::<T>::parse(bytes) else { return false };
    let mut d = minicbor::Decoder::new(object.to_be_signed());
    d.array().unwrap();
    assert_eq!(d.str().unwrap(), "Signature1");
    let protected = d.bytes().unwrap();
    let mut e = minicbor::Encoder::new(Vec::new());
    e.array(4).unwrap().bytes(protected).unwrap().map(0).unwrap();
    e.bytes(&encode(object.claims())).unwrap().bytes(object.signature().as_bytes()).unwrap();
    assert_eq!(e.into_writer(), bytes, "{}", T::TYPE);
    true
}

/// Reads a body and encodes it again.
pub(crate) fn body_again(body: &str, bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    match body {
        "verifier-status" => http::VerifierStatus::decode(bytes).map(|b| b.encode()),
        "enrolment-body" => http::EnrolmentBody::decode(bytes).map(|b| b.encode()),
        "bind-body" => http::BindBody::decode(bytes).map(|b| b.encode()),
        "order-body" => http::OrderBody::decode(bytes).map(|b| b.encode()),
        "entries-page" => http::EntriesPage::decode(bytes).map(|b| b.encode()),
        "account-status" => http::AccountStatus::decode(bytes).map(|b| b.encode()),
        "publish-body" => http::PublishBody::decode(bytes).map(|b| b.encode()),
        "alias-body" => http::AliasBody::decode(bytes).map(|b| b.encode()),
        "devices-body" => http::DevicesBody::decode(bytes).map(|b| b.encode()),
        "devices-status" => http::DevicesStatus::decode(bytes).map(|b| b.encode()),
        "message-body" => http::MessageBody::decode(bytes).map(|b| b.encode()),
        "messages-page" => http::MessagesPage::decode(bytes).map(|b| b.encode()),
        "claimed-prekey" => http::ClaimedPrekey::decode(bytes).map(|b| b.encode()),
        "checkpoint-status" => http::CheckpointStatus::decode(bytes).map(|b| b.encode()),
        "entry-proof" => http::EntryProof::decode(bytes).map(|b| b.encode()),
        "account-proof" => http::AccountProof::decode(bytes).map(|b| b.encode()),
        "claims-body" => http::ClaimsBody::decode(bytes).map(|b| b.encode()),
        "claim-outcomes" => http::ClaimOutcomes::decode(bytes).map(|b| b.encode()),
        "settlements-page" => http::SettlementsPage::decode(bytes).map(|b| b.encode()),
        other => panic!("no body {other}"),
    }
}

/// The vector file of this name.
pub(crate) fn file(name: &str) -> serde_json::Value {
    let path = format!("{}/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The bytes of a hex member.
pub(crate) fn hex(value: &serde_json::Value) -> Vec<u8> {
    data_encoding::HEXLOWER_PERMISSIVE.decode(value.as_str().unwrap().as_bytes()).unwrap()
}
