//! Money without network on both sides, by the real programs: set aside, asked for, paid, taken, claimed; the server is down meanwhile.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use serde_json::{Value, json};
use support::World;

/// A payer with an allowance of 10.00 USD, and a stall that was connected once. Then the valley has no network.
fn valley() -> (World, String) {
    let mut world = World::new();
    world.wallet("stall");
    world.wallet("ann");
    world.json("stall", &["sync"]);
    let allowed = world.json("ann", &["offline", "allow", "10.00 USD", "--yes"]);
    world.stop_server();
    (world, text(&allowed["id"]).to_owned())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

fn asked(world: &World, amount: &str) -> String {
    text(&world.json("stall", &["offline", "request", amount, "--memo", "two tacos"])["request"]).to_owned()
}

#[test]
fn a_market_in_a_valley_without_network() {
    let (mut world, allowance) = valley();
    let request = asked(&world, "4.50 USD");
    let refused = world.error("ann", &["offline", "pay", &request], 5);
    assert_eq!(refused["code"], world.error("ann", &["offline", "pay", &request], 5)["code"], "nobody was asked");
    let paid = world.json("ann", &["offline", "pay", &request, "--yes"]);
    assert_eq!((&paid["allowance"], &paid["number"]), (&Value::from(allowance.as_str()), &Value::from(1)));
    let again = world.json("ann", &["offline", "pay", &request, "--yes"]);
    assert_eq!(again["payment"], paid["payment"], "the same bytes");
    let payment = text(&paid["payment"]);
    let taken = world.json("stall", &["offline", "accept", payment, "--yes"]);
    assert_eq!((text(&taken["state"]), &taken["new"]), ("taken", &Value::from(true)));
    let before = world.json("stall", &["offline", "accept", payment, "--yes"]);
    assert_eq!(before["new"], Value::from(false), "and taken once");
    assert_eq!(world.available("stall"), "20.00 USD", "it is not in the balance");
    let list = world.json("stall", &["offline", "list"]);
    assert_eq!(text(&list["unsettled"][0]["text"]), "4.50 USD");
    world.start_server();
    world.json("stall", &["sync"]);
    let list = world.json("stall", &["offline", "list"]);
    assert_eq!(text(&list["taken"][0]["state"]), "claimed");
    let revoked = world.json("ann", &["offline", "revoke", &allowance]);
    assert_eq!(text(&revoked["state"]), "revoked");
    let next = asked(&world, "1.00 USD");
    assert_eq!(text(&world.error("ann", &["offline", "pay", &next, "--yes"], 3)["kind"]), "allowance_not_open");
}

#[test]
fn what_could_be_lost_has_a_limit() {
    let (world, _) = valley();
    let limit = world.json("stall", &["offline", "limit", "4.00 USD"]);
    assert_eq!(text(&limit["limits"][0]["text"]), "4.00 USD");
    let request = asked(&world, "4.50 USD");
    let paid = world.json("ann", &["offline", "pay", &request, "--yes"]);
    let error = world.error("stall", &["offline", "accept", text(&paid["payment"]), "--yes"], 3);
    assert_eq!(text(&error["kind"]), "loss_limit");
}

/// Ann has an allowance and a tab with the stall, whose whole request she is shown. Then the server is gone.
fn cellar() -> (World, String, String) {
    let mut world = World::new();
    world.wallet("stall");
    world.wallet("ann");
    let stall = text(&world.json("stall", &["status"])["handle"]).to_owned();
    world.json("ann", &["offline", "allow", "5.00 USD", "--yes"]);
    world.json("ann", &["tab", "open", &stall, "3.00 USD", "--yes"]);
    world.json("stall", &["sync"]);
    let whole = text(&world.json("stall", &["request", "4.00 USD", "--whole"])["whole"]).to_owned();
    world.stop_server();
    (world, stall, whole)
}

/// What the wallet chooses for this, without network.
fn chosen(world: &World, what: &[&str]) -> Value {
    world.json("ann", &[&["pay"], what, &["--offline", "--yes"]].concat())
}

#[test]
fn the_wallet_chooses_how_and_says_why() {
    let (mut world, stall, whole) = cellar();
    let carried = chosen(&world, &[&whole, "--memo", "from below"]);
    assert_eq!((&carried["way"], &carried["passed"]), (&"carried".into(), &json!([])));
    assert_eq!((&carried["state"], &carried["total"]["text"]), (&"sent".into(), &"4.00 USD".into()));

    let request = asked(&world, "1.00 USD");
    world.error("ann", &["pay", &request, "--offline"], 5);
    let paid = chosen(&world, &[&request, "--png", "payment.png"]);
    assert_eq!((&paid["way"], &paid["passed"]), (&"allowance".into(), &json!(["payee_without_network", "no_hold"])));
    let again = chosen(&world, &[&request]);
    assert_eq!(
        (&again["payment"], &again["passed"]),
        (&paid["payment"], &json!([])),
        "the same, and nothing is chosen"
    );
    let taken = world.json("stall", &["offline", "accept", "payment.png", "--yes"]);
    assert_eq!(text(&taken["amount"]["text"]), "1.00 USD");

    world.error("ann", &["pay", &stall, "1.50 USD", "--offline"], 5);
    let drop = chosen(&world, &[&stall, "1.50 USD", "--png", "drop.png"]);
    assert_eq!((&drop["way"], &drop["passed"]), (&"tab".into(), &json!(["no_whole_request"])));
    assert_eq!((&drop["amount"]["text"], &drop["left"]["text"]), (&"1.50 USD".into(), &"1.50 USD".into()));
    // A person reads all of it, and the voucher alone can be piped.
    let said = world.run("ann", &["pay", &stall, "0.50 USD", "--offline", "--yes"]);
    assert!(said.code == 0 && said.out.lines().count() == 1, "{said:?}");
    for part in ["No carried order: the payee shows no whole request.\n", "From a tab", "0.50 USD of the 1.50 USD"] {
        assert!(said.err.contains(part), "{part}: {said:?}");
    }
    let no = world.run("ann", &["pay", &stall, "0.50 USD", "--offline"]);
    assert!(no.code == 5 && no.err.contains("Pay it?"), "nobody is there to say yes: {no:?}");

    world.start_server();
    let taken = world.json("stall", &["carry", text(&carried["carried"])]);
    assert_eq!((&taken["state"], &taken["to_us"]), (&"settled".into(), &true.into()));
    world.json("stall", &["sync"]);
    let taken = world.json("stall", &["tab", "take", said.out.trim()]);
    assert_eq!(text(&taken["total"]["text"]), "2.00 USD");
}

#[test]
fn where_there_is_no_way_one_error_says_what_to_do() {
    let (world, stall, _) = cellar();
    let none = |what: &[&str], exit: i32| world.error("ann", &[&["pay"], what, &["--offline", "--yes"]].concat(), exit);
    let error = none(&[&stall, "3.01 USD"], 3);
    assert_eq!((text(&error["kind"]), &error["moved"]), ("tab_limit", &"no".into()));
    let passed = json!(["no_whole_request", "hold_too_small", "no_offline_request"]);
    assert_eq!(error["object"], json!({ "way": null, "passed": passed }));
    let error = none(&["somebody-else", "1.00 USD"], 3);
    assert_eq!((text(&error["kind"]), &error["action"]), ("no_offline_way", &"ask_payee".into()));
    assert_eq!(error["object"]["passed"], json!(["no_whole_request", "no_hold", "no_offline_request"]));
    let error = none(&[&asked(&world, "6.00 USD")], 3);
    assert_eq!(text(&error["kind"]), "allowance_limit");
    assert_eq!(error["object"]["passed"], json!(["payee_without_network", "no_hold", "allowance_limit"]));
    let said = world.run("ann", &["pay", "somebody-else", "1.00 USD", "--offline", "--yes"]);
    assert!(said.err.starts_with("No carried order: ") && said.err.contains("\nError: There is no way"), "{said:?}");

    // Wrongly asked, before anybody is.
    assert_eq!(text(&none(&[&stall], 2)["kind"]), "amount_needed");
    assert_eq!(text(&none(&[&stall, "1.00 USD", "--memo", "x"], 2)["kind"]), "usage");
    assert_eq!(text(&none(&[&asked(&world, "1.00 USD"), "2.00 USD"], 2)["kind"]), "amount_fixed");
    assert_eq!(text(&none(&["https://127.0.0.1:1/R#AAAA", "1.00 USD"], 2)["kind"]), "code_damaged");
    assert_eq!(
        text(&world.json("ann", &["tab", "list"])["tabs"][0]["total"]["text"]),
        "0.00 USD",
        "nothing was signed"
    );
}
