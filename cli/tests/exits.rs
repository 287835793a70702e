//! What scripts rely on: exit codes, and nothing on stdout that is not the answer.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_verifier::commands::Command as Order;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Stdio};
use support::{World, ended, names};

#[test]
fn wrong_usage_ends_with_2() {
    let world = World::new();
    for args in [&["pay"][..], &["nonsense"], &["history", "--limit", "x"], &["pair"]] {
        assert_eq!(world.error("none", args, 2)["kind"], "usage");
    }
    let human = world.run("none", &["pay"]);
    assert!(human.code == 2 && human.out.is_empty() && human.err.contains("Usage"), "{human:?}");
    assert_eq!(world.error("none", &["balance"], 2)["kind"], "not_enrolled");
    assert_eq!(world.error("none", &["init", "--invite", &world.invite()], 2)["kind"], "usage");
    assert_eq!(world.error("none", &["--vault", "keyring", "balance"], 2)["kind"], "not_enrolled");
    assert!(names(&world.path("none")).is_empty());
    let long = world.error("none", &["request", "1", "--expires", "31d"], 2);
    assert!(long["kind"] == "usage" && long["message"].to_string().contains("30 days"), "{long}");
    // What cannot be looked into is not "no wallet".
    std::fs::write(world.path("file"), "x").unwrap();
    let file = world.error("file", &["balance"], 2);
    assert_eq!(file["kind"], "unreadable_file");
    let help = world.run("none", &["pay", "--help"]);
    assert!(help.code == 0 && help.out.contains("Example:"), "{help:?}");
    assert!(world.run("none", &["completions", "bash"]).out.contains("farthing"));
}

#[test]
fn init_leaves_nothing_after_a_no_and_never_overwrites() {
    let mut world = World::new();
    let invite = world.counted_invite(&"07".repeat(16), 1);
    let init = |name: &str, invite: &str, phrase: &str| -> Vec<String> {
        ["init", "--invite", invite, "--name", name, "--phrase-out", phrase].map(str::to_owned).to_vec()
    };
    let strs = |args: &[String]| args.iter().map(|a| a.clone().leak() as &str).collect::<Vec<&str>>();
    world.json("first", &strs(&init("first", &invite, "p1")));
    let used = world.error("second", &strs(&init("second", &invite, "p2")), 3);
    assert_eq!(used["kind"], "invite_used");
    assert!(!world.path("second").exists() && !world.path("p2").exists(), "{:?}", names(&world.path("second")));
    assert_eq!(world.error("second", &strs(&init("second", &world.invite(), "p1")), 2)["kind"], "exists_already");
    assert_eq!(world.error("first", &strs(&init("first", &world.invite(), "p3")), 3)["kind"], "already_enrolled");
    let altered = invite.replacen("/I#", "/I#A", 1);
    world.error("second", &strs(&init("second", &altered, "p2")), 2);
    let invite = world.invite();
    world.stop_server();
    let down = world.error("second", &strs(&init("second", &invite, "p2")), 1);
    assert!(down["retryable"].as_bool().unwrap() && !world.path("second").exists(), "{down}");
    world.start_server();
    world.json("second", &strs(&init("second", &invite, "p2")));
}

#[test]
fn refusals_and_bad_input() {
    let world = World::new();
    world.wallet("truck");
    world.wallet("customer");
    let request = world.request("truck", "r", "4.50 USD");
    let pay = |args: &[&str], code: i32| world.error("customer", &[&["pay", "--yes"][..], args].concat(), code);
    assert_eq!(world.error("customer", &["pay", "r.png"], 5)["kind"], "not_authorised");
    assert_eq!(pay(&["r.png", "4.00"], 2)["kind"], "amount_fixed");
    for (amount, kind) in [
        ("-1", "negative_amount"),
        ("0", "zero_amount"),
        ("1.0000001", "too_many_decimals"),
        ("1 EUR", "unknown_currency"),
    ] {
        assert_eq!(world.error("customer", &["request", amount], 2)["kind"], kind);
    }
    let paid = world.json("customer", &["pay", "r.png", "--yes"]);
    let used = pay(&["r.png"], 3);
    assert_eq!(used["kind"], "request_used");
    assert!(used["message"].as_str().unwrap().contains(paid["id"].as_str().unwrap()), "{used}");
    // A refused payment has no receipt, and no sync brings one.
    let receipt = world.run("customer", &["receipt", used["id"].as_str().unwrap()]);
    assert!(receipt.code == 3 && receipt.err.contains("was refused; there is no receipt"), "{receipt:?}");
    assert!(!receipt.err.contains("sync"), "{receipt:?}");
    world.request("truck", "big", "1000 USD");
    assert_eq!(pay(&["big.png"], 3)["kind"], "insufficient_balance");
    let open = world.request("truck", "gone", "1 USD");
    let id = open["id"].as_str().unwrap();
    assert_eq!(world.json("truck", &["cancel", id])["state"], "cancelled");
    assert_eq!(pay(&["gone.png"], 3)["kind"], "request_cancelled");
    assert_eq!(world.error("truck", &["cancel", request["id"].as_str().unwrap()], 3)["moved"], "no");
    assert_eq!(world.error("truck", &["pay", open["link"].as_str().unwrap(), "--yes"], 3)["kind"], "own_handle");
    assert_eq!(pay(&["nobody-here", "1"], 3)["kind"], "alias_unknown");
    std::fs::write(world.path("not.png"), b"\x89PNG but no picture").unwrap();
    assert_eq!(pay(&["not.png"], 2)["kind"], "not_a_picture");
    assert_eq!(pay(&["missing.png"], 2)["kind"], "unreadable_file");
    assert_eq!(pay(&["bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT"], 2)["kind"], "other_scheme");
    assert_eq!(world.error("customer", &["balance", "--passphrase-file", "wrong"], 5)["kind"], "wrong_passphrase");
    assert_eq!(world.error("customer", &["balance", "--passphrase-file", "none"], 5)["kind"], "no_passphrase");
    let missing = world.run("customer", &["balance", "--passphrase-file", "none"]);
    assert!(missing.err.contains("Error: The passphrase file none is missing.\n"), "{missing:?}");
    let unwritten = world.run("customer", &["request", "1", "--png", "none/r.png"]);
    assert!(unwritten.err.contains("Error: none/r.png: there is no such folder; name a folder that"), "{unwritten:?}");
    assert_eq!(world.error("customer", &["receipt", "xyz"], 2)["kind"], "usage");
    // Nothing that was refused has left anything behind.
    assert_eq!(world.json("customer", &["status"])["pending"], serde_json::json!([]));
    assert_eq!(world.available("customer"), "15.50 USD");
}

#[test]
fn a_file_never_stands_in_for_an_alias() {
    let world = World::new();
    world.wallet("truck");
    world.wallet("customer");
    let init = ["init", "--invite", &world.invite(), "--alias", "taco-truck", "--phrase-out", "p"];
    world.json("taco", &init);
    world.json("taco", &["sync"]);
    // In the folder in which the command runs.
    let other = world.json("truck", &["status"])["handle"].as_str().unwrap().to_owned();
    for name in ["taco-truck", "nobody-here", "other_name", "other.txt"] {
        std::fs::write(world.path(name), &other).unwrap();
    }
    let paid = world.json("customer", &["pay", "taco-truck", "1 USD", "--yes"]);
    assert_eq!(paid["payee"]["alias"], "taco-truck");
    assert_eq!(world.error("customer", &["pay", "nobody-here", "1", "--yes"], 3)["kind"], "alias_unknown");
    assert_eq!(world.json("customer", &["scan", "taco-truck"])["details"]["alias"], "taco-truck");
    for file in ["./taco-truck", "other.txt"] {
        assert_eq!(world.json("customer", &["scan", file])["details"]["alias"], other.as_str());
    }
    let hint = world.error("customer", &["pay", "other_name", "1", "--yes"], 2)["message"].to_string();
    assert!(hint.contains("./other_name"), "{hint}");
    let folder = world.error("customer", &["pay", "/tmp", "1", "--yes"], 2)["message"].to_string();
    assert!(folder.contains("it is a folder"), "{folder}");
    assert_eq!(world.available("customer"), "19.00 USD");
}

/// `pay` without `--yes`, up to its question.
fn asked(world: &World, args: &[&str]) -> (Child, String) {
    let mut child = world.command("customer", args).stdin(Stdio::piped()).spawn().unwrap();
    let mut shown = Vec::new();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    err.read_until(b'[', &mut shown).unwrap();
    // The rest is read in the background, so that nothing blocks.
    std::thread::spawn(move || err.read_to_end(&mut Vec::new()));
    (child, String::from_utf8(shown).unwrap())
}

#[test]
fn a_person_is_shown_everything_and_can_say_no() {
    let world = World::new();
    world.wallet("truck");
    world.wallet("customer");
    world.request("truck", "r", "4.50 USD");
    let (mut child, shown) = asked(&world, &["pay", "r.png", "--memo", "Hi"]);
    for text in ["calls itself \"truck\"", "Amount:  4.50 USD", "Fee:     0.00 USD", "Total:   4.50 USD", "Hi", "Pay?"]
    {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert_eq!(ended(child).code, 5);
    let (mut child, _) = asked(&world, &["pay", "r.png"]);
    child.stdin.take().unwrap().write_all(b"y\n").unwrap();
    let done = ended(child);
    assert!(done.code == 0 && done.out.contains("Paid 4.50 USD"), "{done:?}");
}

#[test]
fn ctrl_c_at_the_question_ends_at_once() {
    let world = World::new();
    world.wallet("truck");
    world.wallet("customer");
    world.request("truck", "r", "4.50 USD");
    let said = || std::fs::read_to_string(world.path("err")).unwrap_or_default();
    let err = std::fs::File::create(world.path("err")).unwrap();
    let mut child = world.command("customer", &["pay", "r.png"]).stdin(Stdio::piped()).stderr(err).spawn().unwrap();
    support::until("the question", || said().contains("Pay?"));
    // Kept open: its end would be an answer.
    let _stdin = child.stdin.take();
    let began = std::time::Instant::now();
    support::signal(&child, "INT");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
    assert!(began.elapsed() < std::time::Duration::from_secs(3));
    assert!(said().contains("Nothing was done.") && !said().contains("sync"), "{}", said());
    assert_eq!(world.available("customer"), "20.00 USD");
}

#[test]
fn a_changed_fee_is_shown_before_it_is_paid() {
    let world = World::new();
    world.wallet("truck");
    world.wallet("customer");
    world.request("truck", "r", "4.00 USD");
    let (mut child, _) = asked(&world, &["pay", "r.png"]);
    world.operator(&Order::Fees { fees: vec!["0.10 USD + 100 bps".to_owned()] });
    child.stdin.take().unwrap().write_all(b"y\n").unwrap();
    let done = ended(child);
    assert!(done.code == 3 && done.out.is_empty(), "{done:?}");
    let again = world.json("customer", &["pay", "r.png", "--yes"]);
    assert_eq!((&again["fee"]["text"], &again["total"]["text"]), (&"0.14 USD".into(), &"4.14 USD".into()));
    assert_eq!(world.available("customer"), "15.86 USD");
}

#[test]
fn an_unknown_outcome_ends_with_4_and_sync_finds_it() {
    let mut world = World::new();
    world.wallet("truck");
    world.wallet("customer");
    world.request("truck", "r", "4.50 USD");
    let (mut child, _) = asked(&world, &["pay", "r.png", "--wait", "1s"]);
    world.stop_server();
    child.stdin.take().unwrap().write_all(b"y\n").unwrap();
    let done = ended(child);
    assert!(done.code == 4 && done.out.is_empty(), "{done:?}");
    let pending = world.json("customer", &["status"])["pending"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(world.error("customer", &["receipt", &pending], 4)["id"], pending.as_str());
    let held = world.json("customer", &["balance"]);
    assert_eq!(held["balances"][0]["held"]["text"], "4.50 USD");
    assert_eq!(world.error("customer", &["sync"], 1)["retryable"], true);
    world.start_server();
    let synced = world.json("customer", &["sync"]);
    assert_eq!((&synced["resolved"][0]["state"], &synced["pending"]), (&"settled".into(), &0.into()));
    assert_eq!(world.available("customer"), "15.50 USD");
}
