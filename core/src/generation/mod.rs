//! Generations: which opening of the wallet's folder this is, and whether a copy of the folder is in use (wire decision 19).
//!
//! Each opening that can write raises a number and draws a fresh mark: first in the store, then in an anchor outside the
//! folder, and at the first contact the verifier is told. A folder that was copied carries the number of then; whoever
//! raised it meanwhile left a higher one, or the same with another mark, in the anchor or at the verifier.
//!
//! ```text
//!           anchor or verifier know of another
//!  Alone ────────────────────────────────────────▶ Found ── ledger read, stock dropped, told ──▶ Known
//!                                                    ▲                                            │
//!                                                    └──────────── and of yet another ────────────┘
//! ```
//!
//! | killed | afterwards |
//! |---|---|
//! | before the store has the new number | nothing happened |
//! | the store has it, the anchor not | the store is one ahead: healed by the next opening |
//! | the anchor has it, the verifier was not told | the next opening tells its own number |
//! | it was sent, no answer was read | `sent` says what the verifier may know, of each opening; not taken for another copy's |
//! | `Found`, anywhere before the verifier's answer | all of it again: nothing of it counts twice |
//!
//! Two copies both go on safely: an order's id and bytes are made once, in one of them, and its journal answers the same
//! bytes with the same word; whatever the other one paid or received comes by the ledger. What both would use, the stock
//! of one-time handles, is dropped and made anew by whoever finds the other.

mod contact;
mod opening;

pub use contact::Contact;
pub use opening::{first, raise};

use crate::error::Error;
use crate::keys::vault::Anchor;
use crate::store::{self, Change, Kept, PaymentId, Store, Table};
use farthing_protocol::cbor::V1;
use farthing_protocol::generation::{Generation, GenerationNumber, Mark};
use farthing_protocol::time::Time;
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;

/// What an opening finds in the store and in the anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Both tell the same, or there is nothing yet.
    Fine,
    /// The process was killed between store and anchor.
    Healed,
    /// The folder came here from elsewhere: nothing here says whether it is the newest; the verifier does.
    Moved,
    /// The folder is older than one that was opened here.
    OldCopy,
}

/// Judges the store's generation by the anchor's.
#[must_use]
pub fn on_opening(store: Option<Generation>, anchor: Option<Generation>) -> Found {
    let (Some(store), Some(anchor)) = (store, anchor) else {
        // An anchor without a generation: the copy is from before the first one was stored.
        return match (store, anchor) {
            (None, None) => Found::Fine,
            (None, Some(_)) => Found::OldCopy,
            (Some(_), _) => Found::Moved,
        };
    };
    if store == anchor {
        return Found::Fine;
    }
    match store.number.get().checked_sub(anchor.number.get()) {
        None | Some(0) => Found::OldCopy,
        Some(1) => Found::Healed,
        // Further ahead than one opening: the anchor is of an earlier time of this place.
        Some(_) => Found::Moved,
    }
}

/// True when what the verifier knows of this device comes from another copy.
///
/// `told` is what it has acknowledged to this copy, `sent` what it may have read from it since.
#[must_use]
pub fn is_anothers(told: Option<Generation>, sent: &[Generation], verifier: Option<Generation>) -> bool {
    let Some(known) = verifier else { return false };
    if Some(known) == told || sent.contains(&known) {
        return false;
    }
    // Less than it has acknowledged: the verifier was restored from a backup, and will be told again.
    told.is_none_or(|told| known.number >= told.number)
}

/// What is known of another copy of this folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Copies {
    /// Nothing.
    #[n(1)]
    Alone,
    /// There is one; what both could use is not yet made anew.
    #[n(2)]
    Found,
    /// There is or was one, and this copy goes on without harm.
    #[n(3)]
    Known,
}

/// Which opening this is, and who knows of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Opening {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Ours.
    #[n(1)]
    pub current: Generation,
    /// The last that the verifier has acknowledged.
    #[n(2)]
    pub told: Option<Generation>,
    /// Sent to the verifier, no answer read: what is late may arrive after what was sent later. Ascending.
    #[n(3)]
    pub sent: Vec<Generation>,
    /// Other copies.
    #[n(4)]
    pub copies: Copies,
    /// When another copy was found last.
    #[n(5)]
    pub found_at: Option<Time>,
    /// Orders that were open when it was found: the other copy may have them, too, so that they are not sent before they
    /// have expired. After that, posting them can only learn what became of them.
    #[n(6)]
    pub held: Vec<PaymentId>,
    /// What the verifier has answered since does not fit to this copy alone: it is asked again.
    #[n(7)]
    pub doubted: bool,
}

/// There is one record, and a key is not empty.
const KEY: &[u8] = &[1];

impl Kept for Opening {
    const TABLE: Table = Table::GENERATION;

    fn key(&self) -> Vec<u8> {
        KEY.to_vec()
    }
}

impl Opening {
    /// The first of a store.
    const fn first(current: Generation) -> Self {
        let copies = Copies::Alone;
        Self {
            version: V1,
            current,
            told: None,
            sent: Vec::new(),
            copies,
            found_at: None,
            held: Vec::new(),
            doubted: false,
        }
    }

    /// The stored one; `None` in a store that no vault vouches for, as in the simulation.
    ///
    /// # Errors
    /// What the store says.
    pub fn of(store: &dyn Store) -> Result<Option<Self>, Error> {
        Ok(store::kept(store, KEY)?)
    }

    /// True when the verifier was told of this opening.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.told == Some(self.current) && self.copies != Copies::Found && !self.doubted
    }

    /// True when an order must wait: it was open when another copy was found, and can still be applied.
    #[must_use]
    pub fn holds(&self, payment: &PaymentId, expires: Option<Time>, now: Option<Time>) -> bool {
        let expired = matches!((expires, now), (Some(expires), Some(now)) if expires <= now);
        self.held.contains(payment) && !expired
    }
}

/// The change by which the next operation asks again whether another copy is in use: a handle of ours is not in
/// stock, or the stock is full of others.
///
/// # Errors
/// What the store says.
pub(crate) fn doubt(store: &dyn Store) -> Result<Option<Change>, Error> {
    Ok(Opening::of(store)?.map(|opening| Change::put(&Opening { doubted: true, ..opening })))
}

/// A generation above all that are known, with a fresh mark.
fn above(known: &[Option<Generation>], rng: &mut (impl CryptoRng + ?Sized)) -> Generation {
    let highest = known.iter().flatten().map(|known| known.number.get()).max().unwrap_or(0);
    let mut mark = [0; 16];
    rng.fill_bytes(&mut mark);
    Generation { number: GenerationNumber::new(highest.saturating_add(1)), mark: Mark::new(mark) }
}

impl From<Anchor> for Generation {
    fn from(anchor: Anchor) -> Self {
        Self { number: GenerationNumber::new(anchor.number), mark: Mark::new(anchor.mark) }
    }
}

impl From<Generation> for Anchor {
    fn from(generation: Generation) -> Self {
        Self { number: generation.number.get(), mark: *generation.mark.as_bytes() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Option<Generation>> {
        let some = |number, mark| Generation { number: GenerationNumber::new(number), mark: Mark::new([mark; 16]) };
        let numbers = (1..=4).flat_map(|number| [1, 2].map(|mark| Some(some(number, mark))));
        core::iter::once(None).chain(numbers).collect()
    }

    /// A store that the anchor follows is never taken for a copy; one that the anchor is ahead of always is.
    #[test]
    fn openings_are_judged_by_number_and_mark() {
        for store in all() {
            for anchor in all() {
                let found = on_opening(store, anchor);
                let expected = match (store, anchor) {
                    (None, None) => Found::Fine,
                    (None, Some(_)) => Found::OldCopy,
                    (Some(_), None) => Found::Moved,
                    (Some(s), Some(a)) if s == a => Found::Fine,
                    (Some(s), Some(a)) if a.number >= s.number => Found::OldCopy,
                    (Some(s), Some(a)) if s.number.get() == a.number.get() + 1 => Found::Healed,
                    (Some(_), Some(_)) => Found::Moved,
                };
                assert_eq!(found, expected, "{store:?} {anchor:?}");
            }
        }
    }

    /// Two copies that take turns in every order: whoever comes second notices, however often either was opened alone.
    #[test]
    fn whatever_a_copy_does_the_verifier_tells_the_other() {
        for told in all() {
            for (first, second) in
                all().into_iter().flat_map(|first| all().into_iter().map(move |second| (first, second)))
            {
                for verifier in all() {
                    let sent: Vec<Generation> = [first, second].into_iter().flatten().collect();
                    let anothers = is_anothers(told, &sent, verifier);
                    let own = verifier.is_none() || [told, first, second].contains(&verifier);
                    let lost = matches!((told, verifier), (Some(t), Some(v)) if v.number < t.number);
                    assert_eq!(anothers, !own && !lost, "{told:?} {sent:?} {verifier:?}");
                }
            }
        }
    }

    #[test]
    fn a_raised_generation_is_above_all_and_differs() {
        let mut rng = crate::keys::SystemEntropy::new();
        for one in all() {
            for other in all() {
                let (a, b) = (above(&[one, other], &mut rng), above(&[one, other], &mut rng));
                assert!([one, other].iter().flatten().all(|known| a.number > known.number));
                assert!(a.number == b.number && a.mark != b.mark);
            }
        }
    }
}
