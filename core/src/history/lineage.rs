//! Which parts of earlier epochs the present one goes on from.
//!
//! ```text
//! epoch 1   1 ─────────────── 40 ── 50            restored from a backup that ends at 40:
//!                              └─ epoch 2   41 ── 60            1…40 and 41…60 of epoch 2
//! restored once more, from an older backup of epoch 1 that ends at 29:
//!                   └─ epoch 3   30 ──                          1…29 and 30… of epoch 3
//! ```
//!
//! A checkpoint names the one before it, so it is known which epoch's entries a ledger begins with: after the second restore
//! above, a receipt of epoch 2 is lost whatever its seq is.

use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::Verified;
use farthing_protocol::id::{Epoch, Seq};
use farthing_protocol::verifier_certificate::VerifierCertificate;

/// The epochs that the ledger consists of, newest first, each with its first seq.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage(Vec<(Epoch, Seq)>);

impl Lineage {
    /// Follows the checkpoints back from the newest. An epoch that this wallet did not see is known by its certificates alone: it
    /// is taken to follow the one before it, which is where a restore goes on unless it is told otherwise.
    pub(crate) fn of(
        newest: &Verified<Checkpoint>,
        earlier: &[Verified<Checkpoint>],
        certificates: &[Verified<VerifierCertificate>],
    ) -> Self {
        let seen = |epoch: Epoch| core::iter::once(newest).chain(earlier).find(|c| c.epoch == epoch);
        let mut links = vec![(newest.epoch, newest.first_seq)];
        let mut next = parent(newest, earlier, certificates, &seen);
        while let Some(epoch) = next {
            let first = match seen(epoch) {
                Some(checkpoint) => Some(checkpoint.first_seq),
                None => certificates.iter().filter(|c| c.epoch == epoch).map(|c| c.first_seq).min(),
            };
            let Some(first) = first else { break };
            links.push((epoch, first));
            next = match seen(epoch) {
                Some(checkpoint) => parent(checkpoint, earlier, certificates, &seen),
                None => certificates.iter().map(|c| c.epoch).filter(|other| *other < epoch).max(),
            };
        }
        Self(links)
    }

    /// Whether the ledger has this position of this epoch, or will have it.
    #[must_use]
    pub fn has(&self, epoch: Epoch, seq: Seq) -> bool {
        let mut end = None;
        for (known, first) in &self.0 {
            if *known == epoch {
                return *first <= seq && end.is_none_or(|end| seq < end);
            }
            end = Some(end.map_or(*first, |end: Seq| end.min(*first)));
        }
        false
    }

    /// The epoch that a position belongs to in this ledger.
    #[must_use]
    pub fn epoch_of(&self, seq: Seq) -> Option<Epoch> {
        self.0.iter().map(|(epoch, _)| *epoch).find(|epoch| self.has(*epoch, seq))
    }

    /// The epoch that the present one goes on from.
    #[must_use]
    pub fn parent(&self) -> Option<Epoch> {
        self.0.get(1).map(|(epoch, _)| *epoch)
    }
}

/// The epoch whose checkpoint this one names; the newest that was not seen, when it names none that was.
fn parent<'a>(
    checkpoint: &Checkpoint,
    earlier: &[Verified<Checkpoint>],
    certificates: &[Verified<VerifierCertificate>],
    seen: &impl Fn(Epoch) -> Option<&'a Verified<Checkpoint>>,
) -> Option<Epoch> {
    let previous = checkpoint.previous?;
    let before = |epoch: &Epoch| *epoch < checkpoint.epoch;
    let named = earlier.iter().find(|c| c.hash() == previous).map(|c| c.epoch).filter(before);
    let unseen = || certificates.iter().map(|c| c.epoch).filter(|epoch| before(epoch) && seen(*epoch).is_none()).max();
    named.or_else(unseen)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use farthing_protocol::cbor::V1;
    use farthing_protocol::cose::Signed;
    use farthing_protocol::id::{Counter, Digest, VerifierId};
    use farthing_protocol::key::{Ed25519Key, Signer as _};
    use farthing_protocol::sealed::HpkeKey;
    use farthing_protocol::time::Time;

    fn checkpoint(epoch: u64, first: u64, previous: Option<Digest>) -> Verified<Checkpoint> {
        let key = Ed25519Key::from_seed([2; 32]);
        let claims = Checkpoint {
            version: V1,
            verifier: VerifierId::new([1; 32]),
            epoch: Epoch::new(epoch),
            first_seq: Seq::new(first),
            previous,
            roots: Vec::new(),
            time: Time::from_ms(epoch),
        };
        Signed::sign(claims, &key).unwrap().verify(key.public()).unwrap()
    }

    fn certificate(epoch: u64, first: u64) -> Verified<VerifierCertificate> {
        let root = Ed25519Key::from_seed([1; 32]);
        let claims = VerifierCertificate {
            version: V1,
            root: *root.public(),
            serial: Counter::new(epoch),
            signing: *root.public(),
            hpke: *HpkeKey::from_seed(&[3; 32]).public(),
            epoch: Epoch::new(epoch),
            first_seq: Seq::new(first),
            not_before: Time::from_ms(0),
            not_after: Time::MAX,
        };
        Signed::sign(claims, &root).unwrap().verify(root.public()).unwrap()
    }

    /// All (epoch, seq) of these epochs up to 60 that the ledger has, as ranges.
    fn ranges(lineage: &Lineage, epochs: u64) -> Vec<(u64, u64, u64)> {
        let of = |epoch: u64| {
            let has = |seq: &u64| lineage.has(Epoch::new(epoch), Seq::new(*seq));
            let found: Vec<u64> = (1..=60).filter(has).collect();
            assert!(found.windows(2).all(|pair| pair.first().unwrap() + 1 == *pair.last().unwrap()));
            Some((epoch, *found.first()?, *found.last()?))
        };
        (1..=epochs).filter_map(of).collect()
    }

    #[test]
    fn a_restore_cuts_off_what_came_after_the_backup() {
        let first = checkpoint(1, 1, None);
        let second = checkpoint(2, 41, Some(first.hash()));
        let lineage = Lineage::of(&second, &[first], &[]);
        assert_eq!(ranges(&lineage, 2), [(1, 1, 40), (2, 41, 60)]);
        assert_eq!(lineage.epoch_of(Seq::new(40)), Some(Epoch::new(1)));
        assert_eq!(lineage.epoch_of(Seq::new(41)), Some(Epoch::new(2)));
    }

    #[test]
    fn a_second_restore_can_go_back_further_or_less_far() {
        let first = checkpoint(1, 1, None);
        let second = checkpoint(2, 41, Some(first.hash()));
        let chain = checkpoint(3, 46, Some(second.hash()));
        let older = checkpoint(3, 30, Some(first.hash()));
        let later = checkpoint(3, 46, Some(first.hash()));
        let of = |newest| ranges(&Lineage::of(newest, &[second.clone(), first.clone()], &[]), 3);
        assert_eq!(of(&chain), [(1, 1, 40), (2, 41, 45), (3, 46, 60)]);
        assert_eq!(of(&older), [(1, 1, 29), (3, 30, 60)]);
        assert_eq!(of(&later), [(1, 1, 45), (3, 46, 60)], "what epoch 2 had lost is there again");
    }

    #[test]
    fn an_epoch_that_was_missed_is_known_by_its_certificate() {
        let first = checkpoint(1, 1, None);
        let missed = checkpoint(2, 41, Some(first.hash()));
        let third = checkpoint(3, 46, Some(missed.hash()));
        let certificates = [certificate(3, 46), certificate(2, 41), certificate(1, 1)];
        assert_eq!(ranges(&Lineage::of(&third, &[first], &certificates), 3), [(1, 1, 40), (2, 41, 45), (3, 46, 60)]);
    }

    #[test]
    fn an_epoch_from_before_this_wallet_counts_for_nothing_of_it() {
        let first = checkpoint(1, 1, None);
        let second = checkpoint(2, 41, Some(first.hash()));
        let third = checkpoint(3, 46, Some(first.hash()));
        let certificates = [certificate(3, 46), certificate(2, 41), certificate(1, 1)];
        assert_eq!(ranges(&Lineage::of(&third, &[second], &certificates), 3), [(1, 1, 45), (3, 46, 60)]);
    }
}
