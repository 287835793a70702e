//! The opening itself: first the store, then the anchor.

use super::{Copies, Found, Opening, above, on_opening};
use crate::crash;
use crate::error::Error;
use crate::events::EventKind;
use crate::keys::vault::Vault;
use crate::store::{Change, Store};
use crate::tab;
use farthing_protocol::generation::Generation;
use farthing_protocol::time::Time;
use rand_core::CryptoRng;

/// Open orders that one opening looks at: each lives minutes, so there are never more.
const HELD_MAX: usize = 1_000;

/// The record that a fresh store begins with. The anchor follows by [`raise`], with the first opening.
///
/// # Errors
/// What the vault says.
pub fn first(vault: &dyn Vault, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Change, Error> {
    // An enrolment that was given up may have left an anchor.
    let before = vault.anchor()?.map(Generation::from);
    let current = above(&[before], rng);
    Ok(Change::put(&Opening::first(current)))
}

/// Raises the generation of a store that was just opened, and says what was found.
///
/// # Errors
/// What vault and store say. When the anchor could not be written, the store is one ahead of it, which heals.
pub fn raise(
    store: &mut dyn Store,
    vault: &dyn Vault,
    at: Time,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Found, Error> {
    let before = Opening::of(store)?;
    let (known, anchor) = (before.as_ref().map(|opening| opening.current), vault.anchor()?.map(Generation::from));
    let found = on_opening(known, anchor);
    let current = above(&[known, anchor], rng);
    let mut opening = before.map_or_else(|| Opening::first(current), |before| Opening { current, ..before });
    let mut changes = Vec::new();
    if found == Found::OldCopy {
        changes = another(&mut opening, store, at)?;
    }
    changes.push(Change::put(&opening));
    store.apply(&changes)?;
    crash::point(crash::GENERATION_AFTER_STORE);
    vault.set_anchor(&current.into())?;
    crash::point(crash::GENERATION_AFTER_ANCHOR);
    Ok(found)
}

/// Notes that there is another copy, and holds what is open. The caller stores the record.
pub(super) fn another(opening: &mut Opening, store: &dyn Store, at: Time) -> Result<Vec<Change>, Error> {
    let news = opening.copies != Copies::Found;
    opening.copies = Copies::Found;
    opening.found_at = Some(at);
    opening.held = store.unfinished(HELD_MAX)?.into_iter().map(|payment| payment.id).collect();
    let mut changes = tab::held_back(store)?;
    changes.extend(news.then_some(Change::Event { at, kind: EventKind::OldCopy }));
    Ok(changes)
}
