//! What is bounded, and what becomes of what comes after the bound.

use crate::town::two;
use farthing_core::error::{Error, WalletError};
use farthing_core::messaging::{self, NOTES_MAX, OUTBOX_MAX, OlmAccount, OutgoingState, SeenBucket};
use farthing_core::store::{self, Change, Kept};
use farthing_protocol::act::Header;
use farthing_protocol::cose::Signed;
use farthing_protocol::http::{Call, MEDIA_COSE};
use farthing_protocol::id::ActId;
use farthing_protocol::limits::{ENVELOPE_IDS_KEPT, MAILBOX_STRANGER_MAX, PREKEYS_PER_UPLOAD};
use farthing_protocol::prekeys::PrekeyClaim;
use farthing_protocol::time::Span;

#[test]
fn prekeys_that_are_used_up_are_made_again_and_the_fallback_serves_meanwhile() {
    let (mut town, mut ann, mut bob) = two();
    let eve = town.phone("eve");
    for _ in 0..PREKEYS_PER_UPLOAD {
        let created = town.now.wall;
        let profile = eve.engine.profile().clone();
        let id = ActId::generate(created, &mut farthing_core::keys::SystemEntropy::new());
        let (verifier, account, device) = (profile.verifier, profile.account, profile.device);
        let header = Header { verifier, account, device, id, created };
        let claim = PrekeyClaim::new(header, bob.account(), bob.device());
        let body = Signed::sign(claim, eve.engine.keys().session()).unwrap().bytes().to_vec();
        let call = Call::post("/v1/claims", MEDIA_COSE, body);
        assert_eq!(town.verifier.answer(&call, "127.0.0.1:7878", town.now).status, 200);
    }
    assert_eq!(town.prekeys_left(&mut bob), 0);
    town.write(&mut ann, bob.account(), "by the fallback key").unwrap();
    town.sync(&mut ann).unwrap();
    // He asks once an hour how many are left.
    town.pass(Span::from_h(1));
    town.sync(&mut bob).unwrap();
    assert_eq!(bob.heard(&ann), ["by the fallback key"]);
    assert_eq!(town.prekeys_left(&mut bob), 50);
    // Claimed and never used: their secrets are kept, but not for ever.
    let account: OlmAccount = store::kept(bob.engine.store(), OlmAccount::KEY).unwrap().unwrap();
    assert_eq!(account.one_time_left(), 100);
}

#[test]
fn a_full_mailbox_holds_up_and_loses_nothing() {
    let (mut town, mut ann, mut bob) = two();
    let count = usize::try_from(MAILBOX_STRANGER_MAX).unwrap() + 4;
    let texts: Vec<String> = (0..count).map(|n| format!("note {n:02}")).collect();
    for text in &texts {
        town.write(&mut ann, bob.account(), text).unwrap();
    }
    // Bob has never written to Ann: the verifier queues a few.
    let sent = town.sync(&mut ann).unwrap().1;
    assert_eq!((sent.sent, sent.given_up), (MAILBOX_STRANGER_MAX, 0));
    let encrypted = |o: &&messaging::Outgoing| matches!(o.state, OutgoingState::Encrypted { .. });
    assert_eq!(ann.outbox().iter().filter(encrypted).count(), 1, "no keys of messages that were never sent");
    town.sync(&mut bob).unwrap();
    town.pass(Span::from_min(10));
    town.settle(&mut [&mut ann, &mut bob]);
    assert_eq!(bob.heard(&ann), texts);
}

#[test]
fn a_full_outbox_says_so() {
    let (mut town, mut ann, bob) = two();
    for n in 0..OUTBOX_MAX {
        town.write(&mut ann, bob.account(), &format!("{n}")).unwrap();
    }
    let full = town.write(&mut ann, bob.account(), "one more").unwrap_err();
    assert_eq!(full, Error::Wallet(WalletError::OutboxFull));
    assert_eq!(ann.outbox().len(), OUTBOX_MAX);
    let notes: Vec<messaging::Note> = store::all_kept(ann.engine.store()).unwrap();
    assert_eq!(notes.len(), NOTES_MAX, "the oldest notes make room");
}

#[test]
fn a_recipient_that_is_gone_is_given_up() {
    let (mut town, mut ann, bob) = two();
    town.write(&mut ann, bob.account(), "are you there?").unwrap();
    // Nobody empties the mailbox or answers for a month.
    town.line =
        Box::new(|call| if call.path == "/v1/claims" { crate::town::Fate::Lost } else { crate::town::Fate::Fine });
    town.sync(&mut ann).unwrap_err();
    town.behave();
    town.pass(Span::from_h(24 * 31));
    assert_eq!(town.sync(&mut ann).unwrap().1.given_up, 1);
    assert!(ann.outbox().is_empty());
    let undelivered = |kind: &farthing_core::events::EventKind| kind.name() == "message_undelivered";
    assert_eq!(ann.events(undelivered), 1);
}

#[test]
fn marks_of_what_was_read_are_bounded() {
    let (mut town, mut ann, mut bob) = two();
    // As after a long life: as many buckets as are kept, all of them full.
    let bucket = |number: u64| SeenBucket {
        version: farthing_protocol::cbor::V1,
        number,
        marks: (0..500_u64)
            .map(|n| {
                minicbor::bytes::ByteArray::from(
                    ((number << 32) + n).to_be_bytes().repeat(2).try_into().unwrap_or([0; 16]),
                )
            })
            .collect(),
    };
    let kept = 2 * ENVELOPE_IDS_KEPT as u64 / 500;
    let full: Vec<Change> = (0..kept).map(|number| Change::put(&bucket(number))).collect();
    bob.engine.apply(full).unwrap();
    town.write(&mut ann, bob.account(), "one").unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    assert_eq!(bob.heard(&ann), ["one"]);
    let all: Vec<SeenBucket> = store::all_kept(bob.engine.store()).unwrap();
    assert_eq!((all.len() as u64, all[0].number), (kept, 1), "the oldest bucket is gone");
    assert_eq!(all[0].key(), 1_u64.to_be_bytes());
}
