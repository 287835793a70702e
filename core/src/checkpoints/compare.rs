//! What the verifier's answer says about a checkpoint: pure, and the same for its own and for a contact's.

use crate::engine::Trust;
use farthing_protocol::checkpoint::{Checkpoint, Sealed};
use farthing_protocol::contradiction::{Contradiction, contradict};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::CheckpointStatus;
use farthing_protocol::id::{Seq, VerifierId};
use farthing_protocol::merkle;
use farthing_protocol::verifier_certificate::VerifierCertificate;

/// A periodic checkpoint that holds.
#[derive(Clone, Debug)]
pub(super) struct Genuine {
    pub(super) checkpoint: Verified<Checkpoint>,
    pub(super) sealed: Sealed,
}

impl core::ops::Deref for Genuine {
    type Target = Checkpoint;

    fn deref(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

/// What became of a checkpoint.
#[derive(Debug)]
pub(super) enum Judged {
    /// The newest log begins with it.
    Fits,
    /// It is of an end of an epoch that was lost, which the verifier has said: there is nothing to compare.
    Lost,
    /// The verifier was restored from before it was made, and has decided nothing since: what it seals next must begin with it.
    Unsealed,
    /// The verifier signed another history as well.
    Contradicted(Box<Contradiction>),
    /// The verifier does not show how it leads to its newest one.
    Unaccounted,
}

/// A checkpoint that this verifier signed with a key that was in force there and then.
fn signed(trust: &Trust, verifier: &VerifierId, bytes: &[u8]) -> Option<Verified<Checkpoint>> {
    let signed = Signed::<Checkpoint>::parse(bytes).ok()?;
    let claims = signed.claims();
    let may = |c: &&Verified<VerifierCertificate>| c.signing.kid() == signed.kid() && claims.is_within(c);
    let certificate = trust.certificates().iter().find(may)?;
    // A key that was replaced speaks of no position beyond its own, whoever has it now.
    let superseded = |newer: &Verified<VerifierCertificate>| {
        newer.serial > certificate.serial && newer.epoch == claims.epoch && newer.first_seq < claims.first_seq
    };
    if claims.verifier != *verifier || trust.certificates().iter().any(superseded) {
        return None;
    }
    let key = certificate.signing;
    signed.verify(&key).ok()
}

/// A periodic checkpoint, when it is one.
pub(super) fn genuine(trust: &Trust, verifier: &VerifierId, bytes: &[u8]) -> Option<Genuine> {
    let checkpoint = signed(trust, verifier, bytes)?;
    let sealed = checkpoint.sealed()?;
    Some(Genuine { checkpoint, sealed })
}

/// Judges a checkpoint by the answer to the question for its place. `newest` is the answer's own newest one.
pub(super) fn judge(
    trust: &Trust,
    verifier: &VerifierId,
    one: &Genuine,
    answer: &CheckpointStatus,
    newest: Option<&Genuine>,
) -> Judged {
    let (epoch, last) = trust.highest();
    let is_earlier = one.epoch < epoch;
    if is_earlier && !trust.lineage().has(one.epoch, Seq::new(one.sealed.size)) {
        return Judged::Lost;
    }
    let at = answer.at.as_ref().and_then(|bytes| signed(trust, verifier, bytes.as_slice()));
    let around = answer.around.as_ref().and_then(|around| {
        let part = |bytes: &[u8]| signed(trust, verifier, bytes);
        Some((part(around.before.as_slice())?, part(around.after.as_slice())?))
    });
    let others = [at.map(|other| (other, None)), around.map(|(before, after)| (after, Some(before)))];
    for (other, before) in others.into_iter().flatten() {
        if contradict(&one.checkpoint, &other, before.as_ref())
            && let Ok(proof) = Contradiction::new(trust.certificates(), &one.checkpoint, &other, before.as_ref())
            && proof.prove(verifier).is_ok()
        {
            return Judged::Contradicted(Box::new(proof));
        }
    }
    let follows = newest.is_some_and(|newest| {
        newest.epoch >= one.epoch
            && merkle::follows(
                &newest.sealed.log,
                newest.sealed.size,
                &one.sealed.log,
                one.sealed.size,
                &answer.consistency,
            )
    });
    match follows {
        true => Judged::Fits,
        // The first entry of an epoch is sealed with it.
        false if is_earlier && last.get() <= one.sealed.size => Judged::Unsealed,
        false => Judged::Unaccounted,
    }
}
