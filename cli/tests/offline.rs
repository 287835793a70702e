//! Money without network on both sides, by the real programs: set aside, asked for, paid, taken, claimed; the server is down meanwhile.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use serde_json::Value;
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
