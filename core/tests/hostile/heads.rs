//! What a verifier says of itself: old, foreign or expired words change nothing, and lost history stops all payments.

use crate::world::forge::{altered_part, root, signing, stranger, with_certificate, with_head, with_page, with_status};
use crate::world::{Person, SECOND, World, amount, available, memo, pay};
use farthing_core::error::{Error, WalletError};
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::payment::{Approval, Target};
use farthing_core::store::{ArtifactKind, PaymentState};
use farthing_core::wallet::Wallet;
use farthing_protocol::cose::Signed;
use farthing_protocol::fee_schedule::FeeSchedule;
use farthing_protocol::head::Head;
use farthing_protocol::http::VerifierStatus;
use farthing_protocol::id::{Counter, Epoch, FeeVersion, Nonce, Seq, VerifierId};
use farthing_protocol::key::Signer as _;
use farthing_protocol::time::{Span, Time};
use farthing_protocol::verifier_certificate::VerifierCertificate;
use std::time::Duration;

type Change = fn(&mut VerifierStatus);

fn lie(person: &Person, change: Change) {
    person.calls.lie("/v1/verifier", move |_, answer| with_status(answer, change));
}

fn refused(result: Result<impl core::fmt::Debug, Error>) -> WalletError {
    match result.unwrap_err() {
        Error::Wallet(error) => error,
        other => panic!("{other:?}"),
    }
}

fn head_of(status: &VerifierStatus) -> Head {
    Signed::<Head>::parse(status.head.as_slice()).unwrap().claims().clone()
}

const SERIAL: fn(&mut VerifierStatus, u64) =
    |status, serial| with_certificate(status, |c| c.serial = Counter::new(serial));

fn set_fee_version(status: &mut VerifierStatus, version: u64) {
    status.fee_schedule =
        altered_part(&status.fee_schedule, &signing(), |f: &mut FeeSchedule| f.fee_version = FeeVersion::new(version));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_does_not_hold_changes_nothing() {
    use WalletError::{VerifierMisbehaved, WrongRoot};
    let lies: [(&str, Change, WalletError); 13] = [
        ("another nonce", |s| with_head(s, |h| h.nonce = Nonce::new([7; 16])), VerifierMisbehaved),
        (
            "a head by nobody's key",
            |s| s.head = altered_part(&s.head, &stranger(), |_: &mut Head| ()),
            VerifierMisbehaved,
        ),
        (
            "a head of another checkpoint",
            |s| with_head(s, |h| h.checkpoint = farthing_protocol::id::Digest::new([7; 32])),
            VerifierMisbehaved,
        ),
        (
            "an expired certificate",
            |s| {
                let time = head_of(s).time;
                with_certificate(s, |c| c.not_after = time);
            },
            VerifierMisbehaved,
        ),
        (
            "a certificate of later",
            |s| {
                let time = head_of(s).time;
                with_certificate(s, |c| c.not_before = time.plus(Span::from_ms(1)));
            },
            VerifierMisbehaved,
        ),
        ("a certificate of another epoch", |s| with_certificate(s, |c| c.epoch = Epoch::new(2)), VerifierMisbehaved),
        (
            "a certificate that the root did not sign",
            |s| {
                let newest = s.certificates.first_mut().unwrap();
                *newest = altered_part(newest, &stranger(), |c: &mut VerifierCertificate| c.serial = Counter::new(9));
            },
            WrongRoot,
        ),
        (
            "another verifier's certificate",
            |s| {
                let newest = s.certificates.first_mut().unwrap();
                *newest =
                    altered_part(newest, &stranger(), |c: &mut VerifierCertificate| c.root = *stranger().public());
            },
            WrongRoot,
        ),
        (
            "a newer certificate, and the head by the older key",
            |s| {
                let newest = altered_part(s.certificates.first().unwrap(), &root(), |c: &mut VerifierCertificate| {
                    c.serial = Counter::new(9);
                    c.signing = *stranger().public();
                });
                s.certificates.insert(0, newest);
            },
            VerifierMisbehaved,
        ),
        (
            "fees by nobody's key",
            |s| s.fee_schedule = altered_part(&s.fee_schedule, &stranger(), |_: &mut FeeSchedule| ()),
            VerifierMisbehaved,
        ),
        (
            "fees of another verifier",
            |s| {
                s.fee_schedule = altered_part(&s.fee_schedule, &signing(), |f: &mut FeeSchedule| {
                    f.verifier = VerifierId::new([7; 32])
                });
            },
            VerifierMisbehaved,
        ),
        ("older fees", |s| set_fee_version(s, 0), VerifierMisbehaved),
        ("an older certificate", |s| SERIAL(s, 0), VerifierMisbehaved),
    ];
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let to = Target::Alias(truck.profile().alias);
    let known = |wallet: &Wallet| wallet.read(|engine| engine.trust().unwrap().to_record().unwrap());
    let before = known(&ann);
    for (name, change, error) in lies {
        lie(&person, change);
        assert_eq!(refused(ann.refresh().await), error, "{name}");
        assert_eq!(refused(ann.prepare(to.clone(), Some(amount("1 USD")), None).await), error, "{name}");
        assert_eq!(known(&ann), before, "{name}: what was known stays");
        assert!(!ann.status().unwrap().history_lost, "{name}");
    }
    person.calls.be_honest();
    pay(&ann, to, Some("1 USD"), "after all").await;
    assert_eq!(available(&ann), "19.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_superseded_is_not_taken_again() {
    let world = World::start().await;
    let (person, ann) = world.person("ann").await;
    lie(&person, |status| {
        SERIAL(status, 5);
        set_fee_version(status, 5);
    });
    ann.refresh().await.unwrap();
    let versions = |wallet: &Wallet| {
        wallet
            .read(|e| (e.trust().unwrap().certificates()[0].serial.get(), e.trust().unwrap().fees().fee_version.get()))
    };
    assert_eq!(versions(&ann), (5, 5));
    let older: [Change; 2] = [
        |status| {
            SERIAL(status, 4);
            set_fee_version(status, 5);
        },
        |status| {
            SERIAL(status, 5);
            set_fee_version(status, 4);
        },
    ];
    for change in older {
        lie(&person, change);
        assert_eq!(refused(ann.refresh().await), WalletError::VerifierMisbehaved);
        assert_eq!(versions(&ann), (5, 5));
    }
}

/// Nothing can be paid while the verifier lies, also after a restart; what is proved stays. Then it knows everything again.
async fn stopped(person: &Person, ann: Wallet, to: &Target, draft: Approval, paid: farthing_core::store::PaymentId) {
    let mut ann = ann;
    for _ in 0..2 {
        assert!(ann.status().unwrap().history_lost);
        assert_eq!(refused(ann.prepare(to.clone(), Some(amount("1 USD")), None).await), WalletError::HistoryLost);
        assert_eq!(refused(ann.confirm(draft).await), WalletError::HistoryLost);
        assert_eq!(ann.payment(&draft.payment()).unwrap().state, PaymentState::Draft);
        assert_eq!(ann.payment(&paid).unwrap().state, PaymentState::Settled);
        assert!(ann.artifact(&paid, ArtifactKind::Receipt).unwrap().is_some());
        assert_eq!(available(&ann), "19.00 USD");
        let events = ann.events(EventSeq(0), 100, Duration::ZERO).await.unwrap();
        assert_eq!(events.iter().filter(|e| e.kind == EventKind::HistoryLost).count(), 1);
        assert_eq!(ann.loss().unwrap(), None, "a fault is nothing to accept");
        assert_eq!(refused(ann.accept_loss().await), WalletError::HistoryLost);
        ann.close().await.unwrap();
        ann = Wallet::open(&person.place).await.unwrap();
    }
    person.calls.be_honest();
    ann.sync(Span::from_ms(0)).await.unwrap();
    assert!(!ann.status().unwrap().history_lost);
    ann.confirm(draft).await.unwrap();
    ann.outcome(&draft.payment(), 10 * SECOND).await.unwrap();
    assert_eq!(available(&ann), "17.00 USD");
    let events = ann.events(EventSeq(0), 100, Duration::ZERO).await.unwrap();
    assert_eq!(events.iter().filter(|e| e.kind == EventKind::HistoryBack).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_history_stops_all_payments_until_it_is_there_again() {
    let lies: [(&str, Change); 2] = [
        ("nothing is known any more", |s| with_head(s, |h| h.seq = Seq::new(0))),
        ("the last entry is gone", |s| with_head(s, |h| h.seq = Seq::new(h.seq.get() - 1))),
    ];
    for (name, change) in lies {
        let world = World::start().await;
        let (_, truck) = world.person("truck").await;
        let (person, ann) = world.person("ann").await;
        let to = Target::Alias(truck.profile().alias);
        let (paid, _) = pay(&ann, to.clone(), Some("1 USD"), "before").await;
        // The head that was heard last knows of it.
        ann.sync(Span::from_ms(0)).await.unwrap();
        let draft = Approval::of(&ann.prepare(to.clone(), Some(amount("2 USD")), memo("x")).await.unwrap());
        lie(&person, change);
        assert_eq!(refused(ann.refresh().await), WalletError::HistoryLost, "{name}");
        assert_eq!(refused(ann.sync(Span::from_ms(0)).await), WalletError::HistoryLost, "{name}");
        stopped(&person, ann, &to, draft, paid).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_head_of_the_entries_stops_payments_too() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let to = Target::Alias(truck.profile().alias);
    let (paid, _) = pay(&ann, to.clone(), Some("1 USD"), "before").await;
    ann.sync(Span::from_ms(0)).await.unwrap();
    let draft = Approval::of(&ann.prepare(to.clone(), Some(amount("2 USD")), memo("x")).await.unwrap());
    person.calls.lie("/v1/entries", |_, answer| {
        with_page(answer, |page| {
            page.head = altered_part(&page.head, &signing(), |h: &mut Head| h.seq = Seq::new(1));
        })
    });
    assert_eq!(refused(ann.sync(Span::from_ms(0)).await), WalletError::HistoryLost);
    // Nor does the status say more from now on.
    lie(&person, |s| with_head(s, |h| h.seq = Seq::new(1)));
    stopped(&person, ann, &to, draft, paid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_of_entries_must_be_for_this_call_and_by_a_certified_key() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    pay(&truck, Target::Alias(ann.profile().alias), Some("1 USD"), "x").await;
    let lies: [fn(&mut farthing_protocol::http::EntriesPage); 2] = [
        |page| page.head = altered_part(&page.head, &signing(), |h: &mut Head| h.nonce = Nonce::new([7; 16])),
        |page| page.head = altered_part(&page.head, &stranger(), |h: &mut Head| h.time = Time::MAX),
    ];
    for change in lies {
        person.calls.lie("/v1/entries", move |_, answer| with_page(answer, change));
        assert_eq!(refused(ann.sync(Span::from_ms(0)).await), WalletError::VerifierMisbehaved);
        assert_eq!(available(&ann), "20.00 USD", "nothing of the page counts");
    }
    person.calls.be_honest();
    ann.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!(available(&ann), "21.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_status_opens_no_wallet() {
    let world = World::start().await;
    let person = world.place("ann");
    lie(&person, |status| with_head(status, |head| head.nonce = Nonce::new([7; 16])));
    let enrolled = Wallet::enrol(&person.place, &world.invite, Default::default()).await;
    assert_eq!(refused(enrolled.map(drop)), WalletError::VerifierMisbehaved);
    assert!(!person.place.database().exists(), "nothing was made");
}
