//! Pairing: two phones side by side learn each other's keys, through a rendezvous at the verifier (wire decision 16).
//!
//! ```text
//!  shower                                   slot                                  scanner
//!  Offering::new ── offer, as QR ────────────────────────────────────────────────▶ Answering::new
//!                                            1 ◀── enc ‖ HPKE(n_scan) ──────────── message()
//!  accept() ─────── AEAD(n_show) ──────────▶ 2 ──────────────────────────────────▶ learn(): n_show is the committed one
//!  Paired: code ══════════════ the two people compare six digits ═════════════════ Paired: code
//!  seal(Shower) ─── card or grant ─────────▶ 3 ──────────────────────────────────▶ open(Shower)
//!  open(Scanner) ◀──────────────────────────── 4 ◀── card or offered keys ──────── seal(Scanner)
//! ```
//!
//! The shower commits to `n_show` in the offer and reveals it only after it accepted one answer, so that nobody in between can
//! try codes. Each step that must not be repeated takes `self`; on failure its secrets are gone, and with them the offer.
//!
//! ```
//! use farthing_protocol::{id::VerifierId, pairing::{Answering, Offering, Purpose, Role}};
//! # struct Counting(u8); // Not random: only for this example.
//! # impl rand_core::TryRng for Counting {
//! #     type Error = core::convert::Infallible;
//! #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(7) }
//! #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(7) }
//! #     fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> { self.0 += 1; to.fill(self.0); Ok(()) }
//! # }
//! # impl rand_core::TryCryptoRng for Counting {}
//! # let mut rng = rand_core::UnwrapErr(Counting(0));
//! let shower = Offering::new(Purpose::Contact, VerifierId::new([1; 32]), None, &mut rng);
//! let scanner = Answering::new(shower.offer().clone(), &mut rng)?;
//! let (reveal, shower) = shower.accept(scanner.message())?;
//! let scanner = scanner.learn(&reveal)?;
//! assert_eq!(shower.code(), scanner.code());
//! let card = shower.seal(Role::Shower, b"a card")?;
//! assert_eq!(scanner.open(Role::Shower, &card)?[..], b"a card"[..]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cards;
mod device;
mod exchange;
mod offer;
mod stored;

pub use cards::{ContactCard, PairConfirm};
pub use device::{DeviceGrant, DeviceOffer, DeviceReceiveSeed};
pub use exchange::{Answering, CheckCode, Offering, Paired};
pub use offer::{Offer, Purpose};

use crate::cbor::byte_newtype;
use crate::id::random;
use minicbor::{Decode, Encode};

byte_newtype!(
    /// Where two phones meet: 16 random bytes.
    RendezvousId, 16
);
random!(RendezvousId);
byte_newtype!(
    /// SHA-256 over all that was said until the codes were compared.
    TranscriptHash, 32
);

/// The slot of the scanner's answer.
pub const ANSWER_SLOT: u8 = 1;
/// The slot of the shower's reveal.
pub const REVEAL_SLOT: u8 = 2;

/// The path of a slot.
#[must_use]
pub fn slot_path(rendezvous: &RendezvousId, slot: u8) -> String {
    format!("/v1/rendezvous/{rendezvous}/{slot}")
}

/// Which side of a pairing somebody is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Showed the offer.
    #[n(1)]
    Shower,
    /// Scanned it.
    #[n(2)]
    Scanner,
}

impl Role {
    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Shower => Self::Scanner,
            Self::Scanner => Self::Shower,
        }
    }

    /// The slot that this side writes once its person has confirmed the code.
    #[must_use]
    pub const fn slot(self) -> u8 {
        match self {
            Self::Shower => 3,
            Self::Scanner => 4,
        }
    }
}
