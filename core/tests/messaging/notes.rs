//! Notes arrive once and in order, whatever the line does and whenever a process dies.

use crate::disk::Death;
use crate::town::{Fate, Town, two};
use farthing_core::events::EventKind;
use farthing_core::messaging::{Note, NoteState, OutgoingState};
use farthing_core::store;
use farthing_protocol::time::Span;
use std::sync::{Arc, Mutex};

const THREE: [&str; 3] = ["one", "two", "three"];

#[test]
fn notes_go_both_ways_in_order() {
    let (mut town, mut ann, mut bob) = two();
    for text in THREE {
        town.write(&mut ann, bob.account(), text).unwrap();
    }
    assert_eq!(town.sync(&mut ann).unwrap().1.sent, 3);
    assert_eq!(town.sync(&mut bob).unwrap().0.messages, 3);
    assert_eq!(bob.heard(&ann), THREE);
    town.write(&mut bob, ann.account(), "four").unwrap();
    town.sync(&mut bob).unwrap();
    town.sync(&mut ann).unwrap();
    assert_eq!(ann.heard(&bob), ["four"]);
    assert_eq!(bob.events(|kind| matches!(kind, EventKind::MessageReceived(..))), 3);
    assert_eq!(ann.events(|kind| matches!(kind, EventKind::MessageSent(..))), 3);
    let own: Vec<Note> = store::all_kept(ann.engine.store()).unwrap();
    assert_eq!(own.iter().filter(|note| note.state == NoteState::Sent).count(), 3);
    // What was acknowledged is gone at the verifier, and nothing is read again.
    assert_eq!(town.sync(&mut bob).unwrap().0.messages, 0);
    let claims = town.calls.iter().filter(|path| *path == "/v1/claims").count();
    assert_eq!(claims, 1, "one prekey begins a session for both");
}

/// Does something bad to the n-th call of a whole exchange, and says how many calls there were.
fn exchange(fate: Fate, nth: usize) -> (usize, Town) {
    let (mut town, mut ann, mut bob) = two();
    for text in THREE {
        town.write(&mut ann, bob.account(), text).unwrap();
    }
    let count = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&count);
    town.line = Box::new(move |_| {
        let mut count = counted.lock().unwrap();
        *count += 1;
        if *count == nth { fate } else { Fate::Fine }
    });
    for _ in 0..3 {
        let _ = town.sync(&mut ann);
        let _ = town.sync(&mut bob);
    }
    assert_eq!(bob.heard(&ann), THREE, "{fate:?} at call {nth}");
    assert_eq!(ann.outbox().iter().filter(|o| !matches!(o.state, OutgoingState::Sent(_))).count(), 0);
    assert_eq!(bob.mailbox().unreadable, 0, "{fate:?} at call {nth}");
    let calls = *count.lock().unwrap();
    (calls, town)
}

#[test]
fn a_call_that_is_lost_unanswered_or_doubled_changes_nothing() {
    let (calls, _) = exchange(Fate::Fine, 0);
    for fate in [Fate::Lost, Fate::Unanswered, Fate::Twice] {
        // The last round is there to repair what went wrong before.
        for nth in 1..=calls * 2 / 3 {
            exchange(fate, nth);
        }
    }
}

#[test]
fn a_process_that_dies_at_any_commit_loses_and_doubles_nothing() {
    for sender_dies in [true, false] {
        for nth in 0..40 {
            for death in [Death::Before(nth), Death::After(nth)] {
                let (mut town, mut ann, mut bob) = two();
                for text in THREE {
                    town.write(&mut ann, bob.account(), text).unwrap();
                }
                (if sender_dies { &ann } else { &bob }).dies(death);
                let mut died = false;
                for _ in 0..3 {
                    died |= town.sync(&mut ann).is_err();
                    died |= town.sync(&mut bob).is_err();
                    ann.restart();
                    bob.restart();
                }
                assert_eq!(bob.heard(&ann), THREE, "{death:?} of the sender: {sender_dies}");
                assert_eq!(bob.mailbox().unreadable, 0, "{death:?} of the sender: {sender_dies}");
                if !died {
                    assert!(nth > 5, "the exchange has more commits than {nth}");
                    break;
                }
            }
        }
    }
}

#[test]
fn a_claim_that_was_not_answered_uses_up_one_prekey() {
    let (mut town, mut ann, mut bob) = two();
    town.write(&mut ann, bob.account(), "one").unwrap();
    town.line = Box::new(|call| if call.path == "/v1/claims" { Fate::Unanswered } else { Fate::Fine });
    for _ in 0..3 {
        town.sync(&mut ann).unwrap_err();
        ann.restart();
    }
    town.behave();
    town.settle(&mut [&mut ann, &mut bob]);
    assert_eq!(bob.heard(&ann), ["one"]);
    assert_eq!(town.prekeys_left(&mut bob), 49, "the same claim is answered with the same prekey");
}

#[test]
fn an_act_that_grew_old_is_made_anew_over_the_same_ciphertext() {
    let (mut town, mut ann, mut bob) = two();
    town.write(&mut ann, bob.account(), "one").unwrap();
    town.line = Box::new(|call| if call.path == "/v1/messages" { Fate::Unanswered } else { Fate::Fine });
    town.sync(&mut ann).unwrap_err();
    town.behave();
    // The verifier forgets acts after two days.
    town.pass(Span::from_h(72));
    town.settle(&mut [&mut ann, &mut bob]);
    assert_eq!(bob.heard(&ann), ["one"], "it arrived twice, and counts once");
    assert_eq!((bob.mailbox().unreadable, ann.mailbox().unreadable), (0, 0));
}
