//! Tabs by the real program: offered, opened, paid by drops, taken, claimed, closed; and what goes wrong.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use serde_json::Value;
use std::io::Write as _;
use std::process::Stdio;
use support::{World, ended, names, signal, until};

const OFFER: [&str; 9] = ["tab", "offer", "0.02 USD", "--unit", "article", "--cap", "5.00", "--memo", "The paper"];

/// A paper and its reader.
fn two() -> World {
    let world = World::new();
    world.wallet("paper");
    world.wallet("ann");
    world
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

/// A tab of 5.00 USD from Ann to the paper; its id at her side.
fn opened(world: &World) -> String {
    let offer = world.json("paper", &OFFER);
    text(&world.json("ann", &["tab", "open", text(&offer["link"]), "--yes"])["id"]).to_owned()
}

fn pay(world: &World, id: &str, amount: &str) -> String {
    text(&world.json("ann", &["tab", "pay", id, amount])["voucher"]).to_owned()
}

fn money(world: &World, wallet: &str) -> [String; 3] {
    let balance = &world.json(wallet, &["balance"])["balances"][0];
    ["available", "held", "incoming"].map(|part| text(&balance[part]["text"]).to_owned())
}

#[test]
fn five_drops_one_claim_and_the_rest_comes_back() {
    let world = two();
    let offer = world.json("paper", &[&OFFER[..], &["--png", "offer.png"]].concat());
    assert_eq!((&offer["qr_text"], offer["qr_version"].as_u64().unwrap() <= 5), (&offer["link"], true), "{offer}");
    assert_eq!((&offer["price"]["text"], &offer["lasts_ms"]), (&"0.02 USD".into(), &86_400_000.into()));
    let looked = world.json("ann", &["scan", "offer.png"]);
    assert_eq!((&looked["kind"], &looked["genuine"]), (&"offer".into(), &true.into()));
    assert_eq!((&looked["details"]["unit"], &looked["details"]["memo"]), (&"article".into(), &"The paper".into()));
    assert_eq!(world.error("ann", &["pay", "offer.png", "1", "--yes"], 2)["kind"], "offers_tab");

    let tab = world.json("ann", &["tab", "open", "offer.png", "--memo", "Hello", "--yes"]);
    for (key, value) in [("cap", "5.00 USD"), ("fee", "0.00 USD"), ("set_aside", "5.00 USD"), ("left", "5.00 USD")] {
        assert_eq!(tab[key]["text"], value, "{key}: {tab}");
    }
    assert_eq!((&tab["state"], &tab["payee"]["name"]), (&"open".into(), &"paper".into()));
    assert!(text(&tab["spend_until"]) < text(&tab["claim_until"]), "{tab}");
    assert_eq!(money(&world, "ann"), ["15.00 USD", "5.00 USD", "0.00 USD"]);
    let id = text(&tab["id"]);

    // The first voucher tells the paper that there is a tab; the others need no verifier.
    let mut earned = String::new();
    for n in 1..=5_u32 {
        let paid = world.json("ann", &["tab", "pay", id, "0.02", "--png", "voucher.png", "--cose", "voucher.cose"]);
        assert_eq!((&paid["total"]["text"], &paid["sent"]), (&format!("0.{:02} USD", 2 * n).into(), &false.into()));
        let shown = if n == 3 { "voucher.png" } else { text(&paid["voucher"]) };
        let taken = world.json("paper", &["tab", "take", shown]);
        assert_eq!((&taken["added"]["text"], &taken["newest"]), (&"0.02 USD".into(), &Value::Null), "{taken}");
        assert_eq!((&taken["total"], &taken["left"]), (&paid["total"], &paid["left"]));
        let again = world.json("paper", &["tab", "take", shown]);
        assert_eq!((&again["added"]["value"], &again["total"]), (&"0".into(), &paid["total"]), "taken once: {again}");
        earned = text(&taken["id"]).to_owned();
    }
    assert_eq!(money(&world, "paper"), ["20.00 USD", "0.00 USD", "0.10 USD"]);
    // By a pipe, as people do; the sentences are on stderr.
    let paid = world.run("ann", &["tab", "pay", id, "0.40"]);
    assert!(paid.code == 0 && paid.out.lines().count() == 1 && paid.err.contains("4.50 USD left"), "{paid:?}");
    let mut take = world.command("paper", &["tab", "take", "-", "--json"]).stdin(Stdio::piped()).spawn().unwrap();
    take.stdin.take().unwrap().write_all(paid.out.to_lowercase().as_bytes()).unwrap();
    assert_eq!(ended(take).json()["added"]["text"], "0.40 USD");

    assert_eq!(world.error("paper", &["tab", "release", &earned], 3)["kind"], "tab_unclaimed");
    let claimed = world.json("paper", &["tab", "claim"]);
    assert_eq!(
        (&claimed["amounts"][0]["text"], &claimed["claimed"][0]["id"]),
        (&"0.50 USD".into(), &earned.as_str().into())
    );
    assert_eq!((&claimed["refused"], &claimed["waiting"]), (&serde_json::json!([]), &0.into()));
    assert_eq!(world.json("paper", &["tab", "claim", &earned])["claimed"], serde_json::json!([]), "once");
    assert_eq!(world.available("paper"), "20.50 USD");

    let closed = world.json("ann", &["tab", "close", id]);
    assert_eq!((&closed["state"], &closed["left"]["value"]), (&"closed".into(), &"0".into()));
    assert_eq!(world.error("ann", &["tab", "pay", id, "0.02"], 3)["kind"], "tab_not_open");
    world.json("paper", &["sync"]);
    let released = world.json("paper", &["tab", "release", &earned]);
    assert_eq!((&released["state"], &released["claimed"]["text"]), (&"ended".into(), &"0.50 USD".into()));
    world.json("ann", &["sync"]);
    assert_eq!(money(&world, "ann"), ["19.50 USD", "0.00 USD", "0.00 USD"]);
    let list = world.json("ann", &["tab", "list"]);
    let ours = &list["tabs"][0];
    assert_eq!((&ours["id"], &ours["direction"], &ours["state"]), (&tab["id"], &"out".into(), &"ended".into()));
    assert_eq!((&ours["memo"], &ours["price"]["text"]), (&"Hello".into(), &"0.02 USD".into()));
    let theirs = world.json("paper", &["tab", "show", &earned]);
    assert_eq!((&theirs["memo"], &theirs["offer"]), (&"Hello".into(), &offer["id"]));
    assert_eq!(world.json("paper", &["tab", "offers"])["offers"][0]["tab"], earned.as_str());
    let kinds: Vec<_> = theirs["receipts"].as_array().unwrap().iter().map(|r| text(&r["kind"])).collect();
    assert_eq!(kinds, ["hold-receipt", "claim-receipt", "hold-receipt", "claim-receipt"]);
    let human = world.run("paper", &["tab", "list"]);
    assert!(human.out.contains("0.50 USD taken of 5.00 USD  ended") && human.out.contains("\"Hello\""), "{human:?}");

    let watched = world.run("paper", &["watch", "--after", "0", "--for", "1s"]);
    assert!(watched.out.contains("tab opened: 0.50 USD of 5.00 USD from"), "{watched:?}");
    // What was signed can be checked by others.
    world.json("paper", &["export", "out"]);
    let written: Vec<_> =
        names(&world.path("out")).into_iter().filter(|name| name.starts_with(&format!("tab-{earned}-"))).collect();
    assert_eq!(written.len(), 5, "four receipts, and the voucher that the claim was for");
    let receipt = world.json("paper", &["verify", &format!("out/{}", written[1])]);
    assert_eq!((&receipt["kind"], &receipt["fields"]["total"]["text"]), (&"claim-receipt".into(), &"0.50 USD".into()));
    let made = world.json("none", &["verify", &format!("out/{}.offer.cose", text(&offer["id"]))]);
    assert_eq!((&made["kind"], &made["signer"]["role"]), (&"hold-offer".into(), &"itself".into()));
    let voucher = world.error("ann", &["verify", "voucher.cose"], 6);
    assert_eq!((&voucher["kind"], &voucher["object"]["kind"]), (&"signer_unknown".into(), &"voucher".into()));
    let json: Value = serde_json::from_slice(&std::fs::read(world.path("out/wallet.json")).unwrap()).unwrap();
    assert_eq!((&json["tabs"][0]["id"], &json["offers"][0]["id"]), (&earned.as_str().into(), &offer["id"]));
}

#[test]
fn a_payer_that_was_killed_is_shown_the_newest_voucher_and_goes_on() {
    let world = two();
    let id = opened(&world);
    // So that the next one waits: what a sync has read it makes durable, with the totals.
    world.json("ann", &["sync"]);
    let mut owner = world.command("ann", &["sync", "--wait", "20s"]).spawn().unwrap();
    until("the socket", || world.path("ann/socket").exists());
    let first = pay(&world, &id, "0.02");
    let newest = pay(&world, &id, "0.04");
    world.json("paper", &["tab", "take", &newest]);
    signal(&owner, "KILL");
    owner.wait().unwrap();
    // What it signed last was in the memory of the process that was killed.
    let behind = pay(&world, &id, "0.02");
    for old in [&first, &behind] {
        let taken = world.json("paper", &["tab", "take", old]);
        assert_eq!((&taken["added"]["value"], &taken["newest"]), (&"0".into(), &newest.as_str().into()), "{taken}");
    }
    let caught_up = world.json("ann", &["tab", "take", &newest]);
    assert_eq!((&caught_up["direction"], &caught_up["total"]["text"]), (&"out".into(), &"0.06 USD".into()));
    assert_eq!(caught_up["added"]["text"], "0.04 USD");
    assert_eq!(world.json("ann", &["tab", "take", &newest])["added"]["value"], "0");
    let taken = world.json("paper", &["tab", "take", &pay(&world, &id, "0.02")]);
    assert_eq!((&taken["added"]["text"], &taken["total"]["text"]), (&"0.02 USD".into(), &"0.08 USD".into()));
}

#[test]
fn a_contact_gets_its_drops_by_mailbox() {
    let mut world = two();
    let meet = |first: &'static str, code: &'static str, other: &'static str| -> Vec<&'static str> {
        vec!["pair", first, "--png", "pair.png", "--code-out", code, "--expect-code-file", other, "--json"]
    };
    let show = world.command("ann", &meet("show", "ann.code", "paper.code")).spawn().unwrap();
    until("the pairing code", || world.path("pair.png").exists());
    let scan = ["pair", "scan", "pair.png", "--code-out", "paper.code", "--expect-code-file", "ann.code"];
    world.json("paper", &scan);
    ended(show).json();

    let offer = world.json("paper", &[&OFFER[..], &["--to", "ann"]].concat());
    world.json("ann", &["sync"]);
    let offers = world.json("ann", &["tab", "offers"]);
    assert_eq!((&offers["offers"][0]["id"], &offers["offers"][0]["from"]["name"]), (&offer["id"], &"paper".into()));
    let tab = world.json("ann", &["tab", "open", text(&offer["id"]), "1.00", "--yes"]);
    assert_eq!((&tab["payee"]["name"], &tab["cap"]["text"]), (&"paper".into(), &"1.00 USD".into()));
    let id = text(&tab["id"]).to_owned();
    for _ in 0..2 {
        assert_eq!(world.json("ann", &["tab", "pay", &id, "0.02"])["sent"], true);
    }
    world.json("paper", &["sync"]);
    let theirs = world.json("paper", &["tab", "list", "--limit", "1"]);
    assert_eq!(
        (&theirs["tabs"][0]["total"]["text"], &theirs["tabs"][0]["direction"]),
        (&"0.04 USD".into(), &"in".into())
    );
    assert_eq!(theirs["tabs"][0]["counterparty"]["trust"], "verified");

    // Without network the drop is paid, and waits.
    world.stop_server();
    let paid = world.json("ann", &["tab", "pay", &id, "0.06"]);
    assert_eq!((&paid["sent"], &paid["total"]["text"]), (&false.into(), &"0.10 USD".into()));
    // The wallet finds the tab by the contact's name.
    let chosen = world.json("ann", &["pay", "paper", "0.02", "--offline", "--yes"]);
    assert_eq!((&chosen["way"], &chosen["id"], &chosen["sent"]), (&"tab".into(), &id.as_str().into(), &false.into()));
    assert_eq!(
        (&chosen["total"]["text"], &chosen["passed"]),
        (&"0.12 USD".into(), &serde_json::json!(["no_whole_request"]))
    );
    world.start_server();
    world.json("ann", &["sync"]);
    world.json("paper", &["sync"]);
    assert_eq!(world.json("paper", &["tab", "list"])["tabs"][0]["total"]["text"], "0.12 USD");
}

#[test]
fn what_is_refused_ends_with_its_code() {
    let world = two();
    let offer = world.json("paper", &OFFER);
    let link = text(&offer["link"]);
    let open = |args: &[&str], code: i32| {
        text(&world.error("ann", &[&["tab", "open"][..], args].concat(), code)["kind"]).to_owned()
    };
    assert_eq!(open(&[link], 5), "not_authorised");
    assert_eq!(open(&[link, "0.01", "--yes"], 2), "tab_terms");
    assert_eq!(open(&[link, "--lasts", "5m", "--yes"], 2), "tab_terms");
    assert_eq!(open(&[link, "--grace", "1d", "--yes"], 2), "tab_terms");
    assert_eq!(open(&[link, "1000", "--yes"], 3), "insufficient_balance");
    assert_eq!(open(&["nobody-here", "1", "--yes"], 3), "alias_unknown");
    let alias = text(&world.json("paper", &["status"])["handle"]).to_owned();
    assert_eq!(open(&[&alias, "--yes"], 2), "amount_needed");
    let request = world.json("paper", &["request", "1"]);
    assert_eq!(open(&[text(&request["link"]), "--yes"], 2), "usage");
    assert_eq!(world.error("paper", &["tab", "open", link, "--yes"], 3)["kind"], "own_handle");
    for wrong in [["--lasts", "5m"], ["--grace", "1h"], ["--cap", "0.01"], ["--expires", "31d"]] {
        let args = [&["tab", "offer", "0.02", "--unit", "x", "--cap", "1"][..4], &wrong[..]].concat();
        let args = if wrong[0] == "--cap" { args } else { [&args[..], &["--cap", "1"]].concat() };
        world.error("paper", &args, 2);
    }
    assert_eq!(world.json("ann", &["tab", "list"])["tabs"], serde_json::json!([]), "nothing was kept");
    assert_eq!(money(&world, "ann"), ["20.00 USD", "0.00 USD", "0.00 USD"]);

    let tab = world.json("ann", &["tab", "open", &alias, "1.00", "--lasts", "2h", "--yes"]);
    let id = text(&tab["id"]);
    let paid = |args: &[&str], code: i32| {
        text(&world.error("ann", &[&["tab", "pay"][..], args].concat(), code)["kind"]).to_owned()
    };
    assert_eq!(paid(&["xyz", "1"], 2), "usage");
    assert_eq!(paid(&["0198c0de-0000-7000-8000-000000000000", "1"], 2), "tab_unknown");
    assert_eq!(paid(&[id, "0"], 2), "zero_amount");
    assert_eq!(paid(&[id, "1 EUR"], 2), "unknown_currency");
    assert_eq!(paid(&[id, "1.01"], 3), "tab_limit");
    assert_eq!(world.error("ann", &["tab", "raise", id], 2)["kind"], "usage");
    assert_eq!(world.error("ann", &["tab", "raise", id, "0.50", "--yes"], 2)["kind"], "tab_terms");
    assert_eq!(world.error("ann", &["tab", "raise", id, "2.00"], 5)["kind"], "not_authorised");
    let raised = world.json("ann", &["tab", "raise", id, "2.00", "--longer", "1d", "--yes"]);
    assert_eq!((&raised["added"]["text"], &raised["set_aside"]["text"]), (&"1.00 USD".into(), &"2.00 USD".into()));
    assert!(text(&raised["spend_until"]) > text(&tab["spend_until"]), "{raised}");
    let voucher = pay(&world, id, "1.50");
    assert_eq!(world.json("paper", &["tab", "take", &voucher])["added"]["text"], "1.50 USD");

    let take = |text: &str, code: i32| world.error("paper", &["tab", "take", text], code)["kind"].clone();
    assert_eq!(take("nonsense", 2), "unreadable_file");
    assert_eq!(take(&voucher[..100], 2), "unreadable_file");
    // A character of the signature, of whole bits.
    let at = voucher.len() - 9;
    let other = if voucher[at..].starts_with('A') { 'B' } else { 'A' };
    let altered = format!("{}{other}{}", &voucher[..at], &voucher[at + 1..]);
    assert_eq!(take(&altered, 6), "voucher_not_good");
    world.wallet("stranger");
    assert_eq!(world.error("stranger", &["tab", "take", &voucher], 2)["kind"], "tab_unknown");
    let open_offer = text(&offer["id"]);
    assert_eq!(world.json("paper", &["cancel", open_offer])["state"], "cancelled");
    assert_eq!(open(&[link, "--yes"], 3), "request_cancelled");
}

#[test]
fn an_unknown_outcome_ends_with_4_and_sync_finds_it() {
    let mut world = two();
    let offer = world.json("paper", &OFFER);
    let link = text(&offer["link"]);
    let file = std::fs::File::create(world.path("err")).unwrap();
    let open = ["tab", "open", link, "--wait", "1s"];
    let mut child = world.command("ann", &open).stdin(Stdio::piped()).stderr(file).spawn().unwrap();
    let err = world.path("err");
    let said = || std::fs::read_to_string(&err).unwrap();
    until("the question", || said().contains("Open the tab?"));
    for shown in
        ["calls itself \"paper\"", "0.02 USD for each: article", "Cap:       5.00 USD", "Set aside: 5.00 USD", "1 d"]
    {
        assert!(said().contains(shown), "{shown}: {}", said());
    }
    world.stop_server();
    child.stdin.take().unwrap().write_all(b"y\n").unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.code() == Some(4) && done.stdout.is_empty(), "{done:?} {}", said());
    let pending = world.json("ann", &["status"])["tabs"][0].clone();
    assert_eq!((&pending["state"], &pending["pending"]), (&"opening".into(), &serde_json::json!(["opening"])));
    assert!(said().contains(&format!("The tab is {}", text(&pending["id"]))), "{}", said());
    assert_eq!(money(&world, "ann"), ["15.00 USD", "5.00 USD", "0.00 USD"]);
    world.start_server();
    world.json("ann", &["sync"]);
    assert_eq!(world.json("ann", &["tab", "show", text(&pending["id"])])["state"], "open");

    // What was claimed while the verifier was away is claimed later, once.
    let id = text(&pending["id"]);
    world.json("paper", &["tab", "take", &pay(&world, id, "0.50")]);
    world.stop_server();
    assert_eq!(world.error("paper", &["tab", "claim"], 1)["retryable"], true);
    assert_eq!(world.error("ann", &["tab", "close", id], 1)["retryable"], true);
    world.start_server();
    assert_eq!(world.json("paper", &["tab", "claim"])["amounts"][0]["text"], "0.50 USD");
    assert_eq!(world.available("paper"), "20.50 USD");
}
