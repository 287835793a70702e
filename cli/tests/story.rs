//! The main story by the real program: two wallets, a picture of a request, a payment, receipts that others can check.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use std::os::unix::fs::PermissionsExt as _;
use support::{World, names};

#[test]
fn a_customer_pays_a_food_truck() {
    let world = World::new();
    let truck = world.wallet("truck");
    world.wallet("customer");
    assert_eq!(truck["verifier"].as_str().unwrap().len(), 64);
    assert_eq!(std::fs::metadata(world.path("truck")).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::metadata(world.path("truck.phrase")).unwrap().permissions().mode() & 0o777, 0o600);

    let items = ["--item", "Taco=3.00 USD", "--item", "Soda=1.50"];
    let request = world.json("truck", &[&["request", "--memo", "Lunch", "--png", "r.png"][..], &items].concat());
    assert!(request["qr_version"].as_u64().unwrap() <= 5, "{request}");
    assert_eq!(request["qr_text"], request["link"]);
    assert_eq!(request["amount"]["text"], "4.50 USD");

    let looked = world.json("customer", &["scan", "r.png"]);
    assert_eq!((&looked["kind"], &looked["genuine"]), (&"request".into(), &true.into()));
    assert_eq!(looked["details"]["memo"], "Lunch");

    let paid = world.json("customer", &["pay", "r.png", "--memo", "No onions please", "--yes"]);
    assert_eq!(paid["state"], "settled");
    assert_eq!(paid["total"]["text"], "4.50 USD");
    assert_eq!(paid["payee"]["name"], "truck");
    assert_eq!(world.json("truck", &["sync"])["received"], 1);

    let theirs = world.json("truck", &["history", "--limit", "1"]);
    let credit = &theirs["payments"][0];
    assert_eq!((&credit["direction"], &credit["memo"]), (&"in".into(), &"No onions please".into()));
    assert_eq!((&credit["request_memo"], &credit["request"]), (&"Lunch".into(), &request["id"]));
    let ours = world.json("customer", &["history", "--limit", "1"]);
    assert_eq!(ours["payments"][0]["id"], paid["id"]);
    assert_eq!((world.available("customer"), world.available("truck")), ("15.50 USD".into(), "24.50 USD".into()));

    // Both hold the same signed receipt.
    for (wallet, id) in [("customer", &paid["id"]), ("truck", &credit["id"])] {
        let file = format!("{wallet}.cose");
        let receipt = world.json(wallet, &["receipt", id.as_str().unwrap(), "--cose", &file]);
        assert_eq!((&receipt["valid"], &receipt["amount"]["text"]), (&true.into(), &"4.50 USD".into()));
        assert_eq!(receipt["signed_by"]["verifier"], truck["verifier"]);
    }
    assert_eq!(std::fs::read(world.path("customer.cose")).unwrap(), std::fs::read(world.path("truck.cose")).unwrap());
    let human = world.run("truck", &["history"]);
    assert!(human.out.contains("No onions please") && human.out.contains("Taco: 3.00 USD"), "{human:?}");
}

#[test]
fn an_export_is_checked_without_wallet_and_network() {
    let mut world = World::new();
    let truck = world.wallet("truck");
    world.wallet("customer");
    world.request("truck", "r", "1 USD");
    let paid = world.json("customer", &["pay", "r.png", "--yes"]);
    assert_eq!(world.json("customer", &["export", "out"])["private_keys"], false);
    world.stop_server();

    let names = names(&world.path("out"));
    let receipt = format!("out/{}.receipt.cose", paid["id"].as_str().unwrap());
    assert!(names.contains(&"wallet.json".to_owned()) && world.path(&receipt).exists(), "{names:?}");
    let mode = |name: &str| std::fs::metadata(world.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("out"), mode("out/wallet.json")), (0o700, 0o600));
    let phrase = std::fs::read_to_string(world.path("customer.phrase")).unwrap();
    let text = std::fs::read_to_string(world.path("out/wallet.json")).unwrap();
    assert!(!text.contains(phrase.trim()) && text.contains(paid["id"].as_str().unwrap()));

    let root = truck["verifier"].as_str().unwrap();
    let certificate = "out/verifier-certificate-1.cose";
    let given = ["--root", root, "--certificate", certificate];
    let checked = world.json("none", &[&["verify", &receipt][..], &given].concat());
    assert_eq!((&checked["kind"], &checked["valid"]), (&"receipt".into(), &true.into()));
    assert_eq!(checked["signer"]["verifier"], root);
    for (file, kind) in [(certificate, "verifier-certificate"), ("out/fee-schedule.cose", "fee-schedule")] {
        assert_eq!(world.json("none", &[&["verify", file][..], &given].concat())["kind"], kind);
    }
    // By the wallet's own store, for its own acts, and with another root.
    assert_eq!(world.json("customer", &["verify", &receipt])["valid"], true);
    let order = receipt.replace("receipt", "order");
    assert_eq!(world.json("customer", &["verify", &order])["signer"]["role"], "this_wallet");
    let request = receipt.replace("receipt", "request");
    assert_eq!(world.json("none", &["verify", &request])["signer"]["role"], "itself");
    let unknown = world.error("none", &["verify", &receipt], 6);
    assert_eq!((&unknown["kind"], &unknown["object"]["kind"]), (&"signer_unknown".into(), &"receipt".into()));
    let other = ["verify", &receipt, "--root", &"ab".repeat(32), "--certificate", certificate];
    assert_eq!(world.error("none", &other, 6)["kind"], "signer_unknown");

    // Every altered byte is noticed; nothing else is taken for an object.
    let bytes = std::fs::read(world.path(&receipt)).unwrap();
    for at in [20, bytes.len() / 2, bytes.len() - 1] {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        std::fs::write(world.path("altered"), altered).unwrap();
        assert_eq!(world.error("customer", &["verify", "altered"], 6)["kind"], "altered");
    }
    std::fs::write(world.path("junk"), "hello").unwrap();
    world.error("customer", &["verify", "junk"], 2);
    world.error("customer", &["export", "out"], 2);
}

#[test]
fn the_phrase_is_shown_only_for_the_passphrase() {
    let world = World::new();
    world.wallet("a");
    let written = std::fs::read_to_string(world.path("a.phrase")).unwrap();
    assert_eq!(written.split_whitespace().count(), 24);
    assert_eq!(world.json("a", &["phrase"])["phrase"], written.trim());
    // Also while another command has the wallet open, and passes everything else through.
    let mut owner = world.command("a", &["sync", "--wait", "20s"]).spawn().unwrap();
    support::until("the socket", || world.path("a/socket").exists());
    let wrong = ["phrase", "--passphrase-file", "wrong"];
    assert_eq!(world.error("a", &wrong, 5)["kind"], "wrong_passphrase");
    assert!(world.run("a", &["phrase"]).out.contains(" 24. "));
    support::signal(&owner, "INT");
    owner.wait().unwrap();
}
