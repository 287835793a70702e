//! The names of exported files.

use crate::store::{ArtifactKind, Cursor, PaymentId};
use crate::tab::TabId;
use farthing_protocol::id::{Epoch, Seq};
use farthing_protocol::request::RequestId;

/// A file of an export.
///
/// ```
/// use farthing_core::export::FileName;
/// let name = FileName::parse("verifier-certificate-2.cose");
/// assert_eq!(name, Some(FileName::Certificate(2)));
/// assert_eq!(name.map(|name| name.to_string()).as_deref(), Some("verifier-certificate-2.cose"));
/// assert_eq!(FileName::parse("../wallet.db"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileName {
    /// What is known, as JSON.
    Wallet,
    /// Signed bytes of a payment.
    Artifact(PaymentId, ArtifactKind),
    /// A request of ours.
    Request(RequestId),
    /// A receipt of a tab, by its place in the ledger.
    TabReceipt(TabId, Cursor),
    /// The newest voucher of a tab that we earn by.
    Voucher(TabId),
    /// An offer of ours.
    Offer(RequestId),
    /// A certificate of the verifier's signing keys, from 1 on, the newest first.
    Certificate(usize),
    /// The checkpoint of the verifier's status.
    Checkpoint,
    /// The newest checkpoint that the wallet believes.
    NewestCheckpoint,
    /// A proof that the verifier signed two histories, from 1 on.
    Contradiction(usize),
    /// The verifier's fees.
    FeeSchedule,
}

impl FileName {
    /// Reads a name as it is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = Self::read(text)?;
        (name.to_string() == text).then_some(name)
    }

    fn read(text: &str) -> Option<Self> {
        let numbered = |start: &str, end: &str| text.strip_prefix(start)?.strip_suffix(end)?.parse().ok();
        match text {
            "wallet.json" => return Some(Self::Wallet),
            "checkpoint.cose" => return Some(Self::Checkpoint),
            "newest-checkpoint.cose" => return Some(Self::NewestCheckpoint),
            "fee-schedule.cose" => return Some(Self::FeeSchedule),
            _ => {}
        }
        if let Some(number) = numbered("verifier-certificate-", ".cose") {
            return Some(Self::Certificate(number));
        }
        if let Some(number) = numbered("contradiction-", ".cbor") {
            return Some(Self::Contradiction(number));
        }
        if let Some(rest) = text.strip_prefix("tab-") {
            if let Some(tab) = rest.strip_suffix("-voucher.cose") {
                return TabId::parse(tab).map(Self::Voucher);
            }
            let (rest, seq) = rest.strip_suffix(".cose")?.rsplit_once('-')?;
            let (tab, epoch) = rest.rsplit_once('-')?;
            let place = Cursor { epoch: Epoch::new(epoch.parse().ok()?), seq: Seq::new(seq.parse().ok()?) };
            return Some(Self::TabReceipt(TabId::parse(tab)?, place));
        }
        let (id, rest) = text.split_once('.')?;
        // First: without its hyphens a payment's id would look like one.
        if let Some(request) = RequestId::from_hex(id) {
            return Some(if rest == "offer.cose" { Self::Offer(request) } else { Self::Request(request) });
        }
        let payment = PaymentId::parse(id)?;
        let (named, _) = rest.split_once('.')?;
        ArtifactKind::ALL.iter().find(|(_, name)| *name == named).map(|(kind, _)| Self::Artifact(payment, *kind))
    }
}

impl core::fmt::Display for FileName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Wallet => f.write_str("wallet.json"),
            Self::Artifact(payment, kind) => {
                let name = ArtifactKind::ALL.iter().find(|(known, _)| known == kind).map_or("", |(_, name)| name);
                // The sealed message is no signed object.
                let ending = if *kind == ArtifactKind::Bundle { "cbor" } else { "cose" };
                write!(f, "{payment}.{name}.{ending}")
            }
            Self::Request(id) => write!(f, "{}.request.cose", id.to_hex()),
            Self::TabReceipt(tab, Cursor { epoch, seq }) => write!(f, "tab-{tab}-{epoch}-{seq}.cose"),
            Self::Voucher(tab) => write!(f, "tab-{tab}-voucher.cose"),
            Self::Offer(id) => write!(f, "{}.offer.cose", id.to_hex()),
            Self::Certificate(number) => write!(f, "verifier-certificate-{number}.cose"),
            Self::Checkpoint => f.write_str("checkpoint.cose"),
            Self::NewestCheckpoint => f.write_str("newest-checkpoint.cose"),
            Self::Contradiction(number) => write!(f, "contradiction-{number}.cbor"),
            Self::FeeSchedule => f.write_str("fee-schedule.cose"),
        }
    }
}
