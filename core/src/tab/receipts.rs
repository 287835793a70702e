//! What is kept beside a tab: which hold is which tab, every receipt, and the key of its vouchers.

use super::record::{PAGE, TabId};
use crate::store::{self, Cursor, Kept, Store, StoreError, Table};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::SignedBytes;
use farthing_protocol::key::{Ed25519Key, secret_eq};
use farthing_protocol::money::Amount;
use farthing_protocol::tab::HoldId;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use zeroize::Zeroizing;

/// Which tab a hold is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HoldOf {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The hold.
    #[n(1)]
    pub hold: HoldId,
    /// The tab.
    #[n(2)]
    pub tab: TabId,
    /// We earn by it; otherwise we pay from it.
    #[n(3)]
    pub earned: bool,
}

impl Kept for HoldOf {
    const TABLE: Table = Table::HOLDS;

    fn key(&self) -> Vec<u8> {
        self.hold.as_bytes().to_vec()
    }
}

/// A receipt of a tab, kept: what was counted by it, and the proof.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TabReceipt {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The tab.
    #[n(1)]
    pub tab: TabId,
    /// Its position in the ledger.
    #[n(2)]
    pub place: Cursor,
    /// The signed hold-receipt or claim-receipt.
    #[n(3)]
    pub receipt: SignedBytes,
    /// Of a hold-receipt what is set aside in all, of a claim-receipt the fee that moved; a payee knows neither.
    #[n(4)]
    pub of_payer: Option<Amount>,
}

impl TabReceipt {
    /// The key of the receipt at this place.
    #[must_use]
    pub fn key_of(tab: &TabId, place: &Cursor) -> Vec<u8> {
        [&tab.as_bytes()[..], &place.epoch.get().to_be_bytes(), &place.seq.get().to_be_bytes()].concat()
    }

    /// All of a tab, in the order of the ledger.
    ///
    /// # Errors
    /// What the store says.
    pub fn all(store: &dyn Store, tab: &TabId) -> Result<Vec<Self>, StoreError> {
        let mut found: Vec<Self> = Vec::new();
        let mut after = tab.as_bytes().to_vec();
        loop {
            let page: Vec<Self> = store::kept_after(store, &after, PAGE)?;
            let (read, before) = (page.len(), found.len());
            found.extend(page.into_iter().filter(|receipt| receipt.tab == *tab));
            match found.last() {
                Some(last) if read == PAGE && found.len() == before + read => after = last.key(),
                _ => return Ok(found),
            }
        }
    }
}

impl Kept for TabReceipt {
    const TABLE: Table = Table::TAB_RECEIPTS;

    fn key(&self) -> Vec<u8> {
        Self::key_of(&self.tab, &self.place)
    }
}

/// The key that signs a tab's vouchers: of this device and this hold alone, forgotten when the tab is over, in no backup.
#[derive(Clone)]
pub struct VoucherKey {
    tab: TabId,
    seed: Zeroizing<[u8; 32]>,
}

impl VoucherKey {
    pub(crate) fn new(tab: TabId, key: &Ed25519Key) -> Self {
        Self { tab, seed: key.seed() }
    }

    pub(crate) fn key(&self) -> Ed25519Key {
        Ed25519Key::from_seed(*self.seed)
    }
}

impl PartialEq for VoucherKey {
    fn eq(&self, other: &Self) -> bool {
        self.tab == other.tab && secret_eq(&self.seed[..], &other.seed[..])
    }
}

impl Eq for VoucherKey {}

impl core::fmt::Debug for VoucherKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "VoucherKey(of {}, secret redacted)", self.tab)
    }
}

impl Kept for VoucherKey {
    const TABLE: Table = Table::VOUCHER_KEYS;

    fn key(&self) -> Vec<u8> {
        self.tab.as_bytes().to_vec()
    }
}

impl<C> Encode<C> for VoucherKey {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?.bytes(self.tab.as_bytes())?.bytes(&self.seed[..])?.ok()
    }
}

impl<'b, C> Decode<'b, C> for VoucherKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        const DAMAGED: &str = "not a voucher key";
        if d.array()? != Some(2) {
            return Err(decode::Error::message(DAMAGED));
        }
        let tab = d.bytes()?.try_into().map_err(|_| decode::Error::message(DAMAGED))?;
        let mut seed = Zeroizing::new([0; 32]);
        let bytes = d.bytes()?;
        if bytes.len() != seed.len() {
            return Err(decode::Error::message(DAMAGED));
        }
        // Straight to where it is wiped.
        seed.copy_from_slice(bytes);
        Ok(Self { tab: TabId::from_bytes(tab), seed })
    }
}
