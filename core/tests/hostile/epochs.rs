//! Epochs that were never opened: only the root's word and the chain of checkpoints make one.

use crate::world::forge::{altered_part, root, signing, stranger, with_certificate, with_head, with_status};
use crate::world::{World, amount, available, pay};
use farthing_core::error::{Error, WalletError};
use farthing_core::payment::Target;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::Signed;
use farthing_protocol::http::VerifierStatus;
use farthing_protocol::id::{Counter, Digest, Epoch, Seq};
use farthing_protocol::key::Signer as _;
use farthing_protocol::time::{Span, Time};
use farthing_protocol::verifier_certificate::VerifierCertificate;

/// What a status says of a second epoch.
#[derive(Clone, Copy)]
struct Opening {
    serial: u64,
    certified: u64,
    first: u64,
    previous: Option<Digest>,
    earlier: bool,
    by_root: bool,
}

/// The status as a restore to this position would have it, each part well signed.
fn reopened(status: &mut VerifierStatus, opening: Opening) {
    let epoch = Epoch::new(2);
    let signer = if opening.by_root { root() } else { stranger() };
    let newest = altered_part(status.certificates.first().unwrap(), &signer, |c: &mut VerifierCertificate| {
        (c.epoch, c.serial, c.first_seq) = (epoch, Counter::new(opening.serial), Seq::new(opening.certified));
        c.signing = *signing().public();
    });
    status.certificates.insert(0, newest);
    status.checkpoint = altered_part(&status.checkpoint, &signing(), |c: &mut Checkpoint| {
        (c.epoch, c.first_seq, c.previous) = (epoch, Seq::new(opening.first), opening.previous);
        c.time = if opening.earlier { Time::from_ms(c.time.as_ms() - 1) } else { c.time.plus(Span::from_ms(1)) };
    });
    let checkpoint = Signed::<Checkpoint>::parse(status.checkpoint.as_slice()).unwrap().hash();
    with_head(status, |h| (h.epoch, h.seq, h.checkpoint) = (epoch, Seq::new(opening.certified), checkpoint));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_that_does_not_follow_is_not_entered() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let to = Target::Alias(truck.profile().alias);
    pay(&ann, to.clone(), Some("1 USD"), "x").await;
    ann.sync(Span::from_ms(0)).await.unwrap();
    let (last, first) = ann.read(|e| (e.trust().unwrap().highest().1.get(), e.trust().unwrap().checkpoint_hash()));
    let good =
        Opening { serial: 9, certified: last, first: last, previous: Some(first), earlier: false, by_root: true };
    let forged = [
        ("a serial that was used", Opening { serial: 1, ..good }),
        ("another history", Opening { previous: Some(Digest::new([7; 32])), ..good }),
        ("no history", Opening { previous: None, ..good }),
        ("a lower position than the root said", Opening { first: 1, ..good }),
        ("a higher position than the root said", Opening { first: last + 1, ..good }),
        ("before the epoch that it follows", Opening { earlier: true, ..good }),
        ("without the root", Opening { by_root: false, ..good }),
    ];
    let known = || ann.read(|engine| engine.trust().unwrap().to_record().unwrap());
    let before = known();
    for (name, opening) in forged {
        person.calls.lie("/v1/verifier", move |_, answer| with_status(answer, |status| reopened(status, opening)));
        let expected = if opening.by_root { WalletError::VerifierMisbehaved } else { WalletError::WrongRoot };
        assert_eq!(ann.refresh().await.unwrap_err(), Error::Wallet(expected), "{name}");
        assert_eq!((known(), ann.loss().unwrap()), (before.clone(), None), "{name}");
    }
    // The same with nothing wrong is an epoch, and the payment at its first position is lost.
    person.calls.lie("/v1/verifier", move |_, answer| with_status(answer, |status| reopened(status, good)));
    ann.refresh().await.unwrap();
    assert_eq!(ann.loss().unwrap().unwrap().payments.len(), 1);
    assert_eq!(available(&ann), "19.00 USD");
    // Back in the old epoch: history is lost, and there is nothing to accept while it is.
    person.calls.be_honest();
    assert_eq!(ann.refresh().await.unwrap_err(), Error::Wallet(WalletError::HistoryLost));
    assert_eq!(ann.accept_loss().await.unwrap_err(), Error::Wallet(WalletError::HistoryLost));
    assert!(ann.prepare(to, Some(amount("1 USD")), None).await.is_err());
    person.calls.lie("/v1/verifier", move |_, answer| with_status(answer, |status| reopened(status, good)));
    ann.refresh().await.unwrap();
    assert!(!ann.read(|e| e.trust().unwrap().is_behind()), "it has caught up");
    // One epoch has one history, whatever else the same root signs.
    let fork = Opening { previous: Some(Digest::new([8; 32])), ..good };
    person.calls.lie("/v1/verifier", move |_, answer| with_status(answer, |status| reopened(status, fork)));
    assert_eq!(ann.refresh().await.unwrap_err(), Error::Wallet(WalletError::VerifierMisbehaved));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_in_the_same_epoch_loses_nothing() {
    let world = World::start().await;
    let (person, ann) = world.person("ann").await;
    person.calls.lie("/v1/verifier", |_, answer| {
        with_status(answer, |status| {
            let opening = status.certificates.first().unwrap().clone();
            with_certificate(status, |c| (c.serial, c.first_seq) = (Counter::new(2), Seq::new(2)));
            status.certificates.push(opening);
        })
    });
    ann.refresh().await.unwrap();
    assert_eq!((ann.loss().unwrap(), ann.status().unwrap().history_lost), (None, false));
}
