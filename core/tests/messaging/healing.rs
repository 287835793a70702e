//! A session that one side lost heals by itself.

use crate::town::{Fate, two};
use farthing_core::messaging::{self, OlmAccount, Peer};
use farthing_core::store::{self, Change};
use farthing_protocol::time::Span;

#[test]
fn a_lost_session_heals_without_anybody_doing_anything() {
    let (mut town, mut ann, mut bob) = two();
    town.write(&mut ann, bob.account(), "before").unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    town.write(&mut bob, ann.account(), "answer").unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    // Bob's wallet comes from an old copy: sessions and prekeys are given up.
    let changes = messaging::start_over(bob.engine.store()).unwrap();
    bob.engine.apply(changes).unwrap();
    for text in ["lost", "lost, too"] {
        town.write(&mut ann, bob.account(), text).unwrap();
    }
    town.settle(&mut [&mut ann, &mut bob]);
    assert_eq!(bob.heard(&ann), ["before", "lost", "lost, too"], "sent again under the same ids");
    assert!(bob.mailbox().unreadable > 0);
    // And both ways go on.
    town.write(&mut bob, ann.account(), "after").unwrap();
    town.write(&mut ann, bob.account(), "after, too").unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    assert_eq!(ann.heard(&bob), ["answer", "after"]);
    assert_eq!(bob.heard(&ann).len(), 4);
}

#[test]
fn a_prekey_whose_secret_is_gone_heals_too() {
    let (mut town, mut ann, mut bob) = two();
    let mut account: OlmAccount = store::kept(bob.engine.store(), OlmAccount::KEY).unwrap().unwrap();
    account.forget_prekeys();
    bob.engine.apply(vec![Change::put(&account)]).unwrap();
    // The verifier still hands out prekeys from before.
    town.write(&mut ann, bob.account(), "hello").unwrap();
    town.sync(&mut ann).unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    assert_eq!(bob.heard(&ann), ["hello"]);
}

#[test]
fn a_restored_verifier_loses_no_message_of_the_last_day() {
    let (mut town, mut ann, mut bob) = two();
    town.write(&mut ann, bob.account(), "one").unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    let dir = tempfile::tempdir().unwrap();
    let backup = dir.path().join("backup");
    town = town.backed_up(&backup);
    for text in ["two", "three"] {
        town.write(&mut ann, bob.account(), text).unwrap();
    }
    town.sync(&mut ann).unwrap();
    // Bob has read one more message than the restored verifier knows of.
    town.sync(&mut bob).unwrap();
    town.write(&mut ann, bob.account(), "four").unwrap();
    town.sync(&mut ann).unwrap();
    town = town.restored(&backup);
    town.settle(&mut [&mut ann, &mut bob]);
    town.write(&mut bob, ann.account(), "five").unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    let mut heard = bob.heard(&ann);
    heard.sort_unstable();
    assert_eq!(heard, ["four", "one", "three", "two"]);
    assert_eq!(ann.heard(&bob), ["five"]);
}

#[test]
fn both_begin_at_once_and_understand_each_other() {
    let (mut town, mut ann, mut bob) = two();
    for n in 0..3 {
        town.write(&mut ann, bob.account(), &format!("a{n}")).unwrap();
        town.write(&mut bob, ann.account(), &format!("b{n}")).unwrap();
        // Both send before either reads.
        let cut = |call: &farthing_protocol::http::Call| {
            let mailbox = call.path == "/v1/messages" && call.body.is_empty();
            if mailbox { Fate::Lost } else { Fate::Fine }
        };
        town.line = Box::new(cut);
        town.sync(&mut ann).unwrap_err();
        town.sync(&mut bob).unwrap_err();
        town.behave();
        town.settle(&mut [&mut ann, &mut bob]);
    }
    assert_eq!(ann.heard(&bob), ["b0", "b1", "b2"]);
    assert_eq!(bob.heard(&ann), ["a0", "a1", "a2"]);
    assert_eq!((ann.mailbox().unreadable, bob.mailbox().unreadable), (0, 0));
    let peer: Peer = store::kept(ann.engine.store(), bob.device().as_bytes()).unwrap().unwrap();
    assert!(peer.sessions.len() <= messaging::SESSIONS_MAX);
}

#[test]
fn two_that_never_understand_each_other_begin_anew_once_an_hour() {
    let (mut town, mut ann, mut bob) = two();
    town.write(&mut ann, bob.account(), "one").unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    let before = town.calls.iter().filter(|path| *path == "/v1/claims").count();
    for _ in 0..10 {
        let changes = messaging::start_over(bob.engine.store()).unwrap();
        bob.engine.apply(changes).unwrap();
        town.write(&mut ann, bob.account(), "again").unwrap();
        town.sync(&mut ann).unwrap();
        // Bob forgets his sessions before he can read; what he begins anew himself is cut off.
        town.sync(&mut bob).unwrap();
        town.pass(Span::from_min(5));
    }
    let claims = town.calls.iter().filter(|path| *path == "/v1/claims").count() - before;
    assert!(claims <= 4, "{claims} claims within an hour");
}
