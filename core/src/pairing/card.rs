//! Contact cards: making one's own, and believing the other's.

use crate::contacts::{Contact, ContactState};
use crate::devices::KnownDevice;
use crate::engine::Engine;
use crate::error::{Error, WalletError};
use farthing_protocol::alias::AliasRecord;
use farthing_protocol::cbor::{self, V1};
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::details::Name;
use farthing_protocol::device::DeviceCertificate;
use farthing_protocol::id::Digest;
use farthing_protocol::key::Signer as _;
use farthing_protocol::pairing::{ContactCard, PairConfirm, Role, TranscriptHash};
use farthing_protocol::time::Time;

/// Both cards of a pairing, from one side.
#[derive(Debug)]
pub(super) struct Cards<'a> {
    pub(super) transcript: &'a TranscriptHash,
    /// This side.
    pub(super) role: Role,
    /// This side's card.
    pub(super) own: &'a [u8],
    /// The other's.
    pub(super) other: &'a [u8],
}

impl Cards<'_> {
    /// What the side with this role signs once it has both cards.
    pub(super) fn confirmation(&self, role: Role) -> PairConfirm {
        let (own, other) = (Digest::of(self.own), Digest::of(self.other));
        let (shower, scanner) = if self.role == Role::Shower { (own, other) } else { (other, own) };
        PairConfirm { version: V1, transcript: *self.transcript, role, shower, scanner }
    }
}

/// Signs this wallet's card.
pub(super) fn own(
    engine: &Engine,
    transcript: &TranscriptHash,
    role: Role,
    created: Time,
) -> Result<Signed<ContactCard>, Error> {
    let (profile, keys) = (engine.profile(), engine.keys());
    let device = KnownDevice::of(engine.store(), &profile.device)?.ok_or(WalletError::NotEnrolled)?;
    let handle = profile.alias.handle();
    let payee = keys.alias_key(&handle).ok_or(WalletError::NotForThisDevice)?;
    let hpke = keys.alias_hpke(&handle).ok_or(WalletError::NotForThisDevice)?;
    // The same alias and key as the verifier's record, made anew: its key is what counts.
    let record = AliasRecord {
        version: V1,
        verifier: profile.verifier,
        alias: profile.alias.clone(),
        payee: *payee.public(),
        hpke: *hpke.public(),
        created,
    };
    let alias = SignedBytes::new(Signed::sign(record, &payee)?.bytes().to_vec())?;
    let card = ContactCard {
        version: V1,
        transcript: *transcript,
        role,
        certificate: device.certificate,
        alias,
        name: profile.name.clone(),
        created,
    };
    Ok(Signed::sign(card, engine.keys().session())?)
}

/// Whom the other side's card shows, when it holds in every part: this pairing, the other role, keys that certify each other,
/// our verifier, and not ourselves.
///
/// # Errors
/// [`WalletError::PairingBurnt`], [`WalletError::OwnPairing`].
pub(super) fn read(engine: &Engine, cards: &Cards<'_>, at: Time) -> Result<Contact, Error> {
    const BURNT: Error = Error::Wallet(WalletError::PairingBurnt);
    let burnt = |_| BURNT;
    let card = Signed::<ContactCard>::parse(cards.other).map_err(burnt)?;
    let certificate = Signed::<DeviceCertificate>::parse(card.claims().certificate.as_slice()).map_err(burnt)?;
    let account_key = certificate.claims().account;
    let certificate = certificate.verify(&account_key).map_err(|_| BURNT)?;
    let card = card.verify(&certificate.session).map_err(|_| BURNT)?;
    let alias = Signed::<AliasRecord>::parse(card.alias.as_slice()).map_err(burnt)?;
    let payee = alias.claims().payee;
    let alias = alias.verify(&payee).map_err(|_| BURNT)?;
    let pinned = engine.profile().verifier;
    let fits = card.transcript == *cards.transcript
        && card.role == cards.role.other()
        && certificate.verifier == pinned
        && alias.verifier == pinned;
    if !fits {
        return Err(BURNT);
    }
    let account = account_key.account_id();
    if account == engine.profile().account {
        return Err(WalletError::OwnPairing.into());
    }
    let calls_itself = card.name.clone();
    let name = calls_itself.clone().map_or_else(|| Name::new(alias.alias.as_str()), Ok)?;
    Ok(Contact {
        version: V1,
        account,
        account_key,
        alias: alias.alias.clone(),
        name,
        calls_itself,
        state: ContactState::Met,
        blocked: false,
        expected: Digest::of(&cbor::encode(&cards.confirmation(cards.role.other()))),
        met: at,
        verified: None,
        alias_record: SignedBytes::new(alias.bytes().to_vec())?,
    })
}
