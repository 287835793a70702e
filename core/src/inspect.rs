//! Says what any signed object is, what it claims, and whether its signature leads to a trusted root. Without network.
//!
//! An object does not name its type; the type is bound into the signature (wire decision 1). So every type is tried, and
//! of those whose shape fits, the one whose signature holds is taken.
//!
//! | signed by | types | valid when |
//! |---|---|---|
//! | the root | verifier-certificate | the root is the trusted one |
//! | a certified signing key | receipt, refusal, head, checkpoint, fee-schedule, invite, issue | its certificate leads to the trusted root |
//! | a key that the object itself holds | request, hold-offer, alias-record, enrolment, device-certificate | it is unaltered; who made it is not known by that |
//! | a key of this wallet | order, device-list, handle acts | it is this wallet's |
//!
//! ```
//! use farthing_core::inspect::{Anchors, Verdict, inspect};
//! use farthing_protocol::{cbor::V1, cose::Signed, head::Head, id::*, key::Ed25519Key, time::Time};
//! let head = Head {
//!     version: V1, epoch: Epoch::new(1), seq: Seq::new(42), time: Time::from_ms(1_800_000_000_000),
//!     checkpoint: Digest::new([0; 32]), nonce: Nonce::new([9; 16]),
//! };
//! let head = Signed::sign(head, &Ed25519Key::from_seed([7; 32]))?;
//! let found = inspect(head.bytes(), &Anchors::default()).ok_or("not an object")?;
//! assert_eq!((found.kind, found.verdict), ("head", Verdict::SignerUnknown));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod describe;

use describe::Described;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::id::VerifierId;
use farthing_protocol::key::{Kid, PublicKey};
use farthing_protocol::money::Amount;
use farthing_protocol::tab::{
    Claim, ClaimReceipt, HoldChange, HoldClose, HoldOffer, HoldOrder, HoldReceipt, HoldRelease, Voucher,
};
use farthing_protocol::time::Time;
use farthing_protocol::verifier_certificate::{VerifierCertificate, verify_chain};
use farthing_protocol::{
    alias::AliasRecord, checkpoint::Checkpoint, device::DeviceCertificate, device::DeviceList, enrolment::Enrolment,
    fee_schedule::FeeSchedule, handle::HandleBind, handle::HandleCancel, handle::HandleRegister, head::Head,
    invite::Invite, issue::Issue, order::Order, receipt::Receipt, refusal::Refusal, request::Request,
};

/// What is trusted, and the keys that are known.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    /// The verifier to trust: pinned by a wallet, or named by a person.
    pub root: Option<VerifierId>,
    /// Certificates of its signing keys, not yet checked.
    pub certificates: Vec<Signed<VerifierCertificate>>,
    /// This wallet's own public keys: account, act, session.
    pub own: Vec<PublicKey>,
}

/// Who signed, as far as the kid is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The trusted root key.
    Root,
    /// A signing key that the trusted root has certified.
    Verifier,
    /// A key that the object itself holds: unaltered, and no more.
    Itself,
    /// This wallet.
    Own,
    /// Nobody who is known here.
    Unknown,
}

impl Signer {
    /// A stable name, as scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Verifier => "verifier",
            Self::Itself => "itself",
            Self::Own => "this_wallet",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether an object holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The signature is the signer's, over these very bytes.
    Valid,
    /// The signature cannot be checked: nobody vouches for its key.
    SignerUnknown,
    /// The signature does not match, or the object contradicts who signed it.
    Altered,
}

/// A value of an object's member.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// Text, hex of bytes, or a name.
    Text(String),
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// A point in time.
    Time(Time),
    /// An amount.
    Amount(Amount),
    /// Several values.
    List(Vec<Field>),
    /// Members with names.
    Members(Vec<(&'static str, Field)>),
    /// A member that may be absent, and is.
    Absent,
}

/// What an object turned out to be.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// Its type's name, as in `farthing/1/<type>`.
    pub kind: &'static str,
    /// The key that it names.
    pub kid: Kid,
    /// Whose key that is.
    pub signer: Signer,
    /// Whether it holds.
    pub verdict: Verdict,
    /// What it claims.
    pub fields: Vec<(&'static str, Field)>,
}

/// What `bytes` are; `None` when they are no signed object of this protocol version.
#[must_use]
pub fn inspect(bytes: &[u8], anchors: &Anchors) -> Option<Inspected> {
    let known = Known::of(anchors);
    let mut shaped: Vec<Inspected> = TYPES.iter().filter_map(|attempt| attempt(bytes, &known)).collect();
    let best = shaped.iter().position(|found| found.verdict == Verdict::Valid).unwrap_or(0);
    (best < shaped.len()).then(|| shaped.swap_remove(best))
}

/// True when `bytes` begin as every signed object does: an untagged COSE_Sign1 whose protected header has an algorithm of the
/// profile and an 8-byte kid. When [`inspect`] then finds nothing, the object was cut or altered, or is of a newer version.
#[must_use]
pub fn begins_like_an_object(bytes: &[u8]) -> bool {
    // [ bstr .size 13 = { 1: -19 or -9, 4: bstr .size 8 }
    [[0x84, 0x4d, 0xa2, 0x01, 0x32, 0x04, 0x48], [0x84, 0x4d, 0xa2, 0x01, 0x28, 0x04, 0x48]]
        .iter()
        .any(|start| bytes.starts_with(start))
}

type Attempt = fn(&[u8], &Known<'_>) -> Option<Inspected>;

/// Every type that is signed.
const TYPES: [Attempt; 26] = [
    attempt::<Receipt>,
    attempt::<Refusal>,
    attempt::<Order>,
    attempt::<Request>,
    attempt::<Invite>,
    attempt::<Issue>,
    attempt::<Head>,
    attempt::<Checkpoint>,
    attempt::<FeeSchedule>,
    attempt::<VerifierCertificate>,
    attempt::<DeviceCertificate>,
    attempt::<DeviceList>,
    attempt::<Enrolment>,
    attempt::<AliasRecord>,
    attempt::<HandleRegister>,
    attempt::<HandleBind>,
    attempt::<HandleCancel>,
    attempt::<HoldOffer>,
    attempt::<HoldOrder>,
    attempt::<HoldChange>,
    attempt::<HoldReceipt>,
    attempt::<Voucher>,
    attempt::<Claim>,
    attempt::<HoldRelease>,
    attempt::<HoldClose>,
    attempt::<ClaimReceipt>,
];

/// Anchors whose certificates were checked.
struct Known<'a> {
    root: Option<VerifierId>,
    certificates: Vec<Verified<VerifierCertificate>>,
    own: &'a [PublicKey],
}

impl<'a> Known<'a> {
    fn of(anchors: &'a Anchors) -> Self {
        let certified = |certificate: &Signed<VerifierCertificate>| {
            anchors.root.and_then(|root| verify_chain(certificate.clone(), &root).ok())
        };
        let certificates = anchors.certificates.iter().filter_map(certified).collect();
        Self { root: anchors.root, certificates, own: &anchors.own }
    }

    /// The key with this kid, among those that may sign such an object.
    fn key<T: Described>(&self, object: &Signed<T>) -> Option<(PublicKey, Signer)> {
        let claims = object.claims();
        let kid = object.kid();
        let of_kid = |key: &PublicKey| key.kid() == kid;
        match claims.signed_by() {
            SignedBy::Root(root) => {
                let trusted = self.root == Some(root.verifier_id());
                (trusted && of_kid(&root)).then_some((root, Signer::Root))
            }
            SignedBy::Verifier => {
                let may = |c: &&Verified<VerifierCertificate>| of_kid(&c.signing) && claims.is_within(c);
                self.certificates.iter().find(may).map(|c| (c.signing, Signer::Verifier))
            }
            SignedBy::Itself(key) => {
                // Another kid than that of its own key is an altered object, not an unknown signer.
                let own = self.own.contains(&key);
                Some((key, if own { Signer::Own } else { Signer::Itself }))
            }
            SignedBy::Device => self.own.iter().copied().find(of_kid).map(|key| (key, Signer::Own)),
        }
    }
}

/// Which key signs a type.
enum SignedBy {
    /// The verifier's root, which the object holds.
    Root(PublicKey),
    /// A signing key of the verifier.
    Verifier,
    /// A key that the object holds.
    Itself(PublicKey),
    /// A key of a device or account that the object only names.
    Device,
}

fn attempt<T: Described>(bytes: &[u8], known: &Known<'_>) -> Option<Inspected> {
    let object = Signed::<T>::parse(bytes).ok()?;
    let (kid, fields) = (object.kid(), object.claims().fields());
    let foreign = match (object.claims().verifier(), known.root) {
        (Some(named), Some(root)) => named != root,
        _ => false,
    };
    let (signer, verdict) = match known.key(&object) {
        None => (Signer::Unknown, Verdict::SignerUnknown),
        Some((key, signer)) => match object.verify(&key) {
            // A verifier that signs for another one contradicts itself.
            Ok(_) if signer == Signer::Verifier && foreign => (signer, Verdict::Altered),
            Ok(_) => (signer, Verdict::Valid),
            Err(_) => (signer, Verdict::Altered),
        },
    };
    Some(Inspected { kind: T::TYPE, kid, signer, verdict, fields })
}
