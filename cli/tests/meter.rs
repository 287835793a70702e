//! Meters by the real programs: `meter charge` and `meter pay`, who ends them, and what it costs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};
use support::{World, signal, until};

/// A scooter, and a rider.
fn two() -> World {
    let world = World::new();
    world.wallet("scooter");
    world.wallet("rider");
    world
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

fn units(value: &Value) -> u64 {
    text(&value["value"]).parse().unwrap()
}

/// One end, which says lines of JSON.
struct End {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl End {
    fn start(world: &World, wallet: &str, args: &[&str]) -> Self {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        let mut child = world.command(wallet, &args).stdin(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// A scooter by the second: a cent for each, paid one at a time.
    fn charging(world: &World, more: &[&str]) -> (Self, String, String) {
        let args = ["meter", "charge", "127.0.0.1:0", "0.01 USD", "--per", "second", "--quantum", "1s"];
        Self::offering(world, &[&args, more].concat())
    }

    fn offering(world: &World, args: &[&str]) -> (Self, String, String) {
        let mut charging = Self::start(world, "scooter", args);
        let offered = charging.line();
        assert_eq!(offered["state"], "offered");
        (charging, text(&offered["link"]).to_owned(), text(&offered["listening"]).to_owned())
    }

    fn paying(world: &World, link: &str, address: &str, more: &[&str]) -> Self {
        Self::start(world, "rider", &[&["meter", "pay", link, address, "--yes"], more].concat())
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| {
            let mut said = String::new();
            self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("{line:?}: {said}")
        })
    }

    /// The next line of this state.
    fn next(&mut self, state: &str) -> Value {
        loop {
            let line = self.line();
            if line["state"] == state {
                return line;
            }
        }
    }

    fn counts(&mut self, ticks: u64) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{ticks}").unwrap();
    }

    /// The exit code, and what was said on stderr.
    fn ended(mut self) -> (Option<i32>, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.lines.read_to_string(&mut out).unwrap();
        let code = self.child.wait().unwrap().code();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (code, err)
    }
}

#[test]
fn a_ride_by_the_second_that_its_rider_ends() {
    let world = two();
    let (mut scooter, link, address) = End::charging(&world, &["--cap", "5.00 USD"]);
    let mut rider = End::paying(&world, &link, &address, &[]);
    let open = rider.next("open");
    assert_eq!((&open["cap"]["text"], &open["meter"]["most_lost"]["text"]), (&"5.00 USD".into(), &"0.11 USD".into()));
    let deliver = scooter.next("deliver");
    assert_eq!((&deliver["up_to"], &deliver["paid"]["text"]), (&11_000.into(), &"0.01 USD".into()));
    assert!((9_000..=11_000).contains(&deliver["for_ms"].as_u64().unwrap()), "{deliver}");
    let began = Instant::now();
    for cents in 1..=3_u64 {
        assert_eq!(units(&rider.next("paying")["total"]), cents * 10_000);
    }
    assert!(began.elapsed() >= Duration::from_millis(1800), "by the second: {:?}", began.elapsed());
    signal(&rider.child, "INT");
    let stopped = rider.next("stopped");
    assert_eq!((&stopped["why"], &stopped["tab"]), (&"told".into(), &"closed".into()));
    assert_eq!(rider.ended(), (Some(0), String::new()));
    // It hears of that from the verifier, long before its grace is over.
    let stop = scooter.next("stop");
    assert_eq!((&stop["why"], &stop["paid"]), (&"told".into(), &stopped["total"]));
    let ended = scooter.next("ended");
    let (paid, claimed) = (units(&ended["paid"]), units(&ended["claimed"]));
    assert_eq!(claimed, units(&ended["due"]));
    assert!(claimed <= paid && paid <= claimed + 10_000, "what was delivered, of what was paid: {ended}");
    assert_eq!(scooter.ended().0, Some(0));
    // One claim, and everything else is back.
    world.json("rider", &["sync"]);
    let tab = world.json("rider", &["tab", "show", text(&open["id"])]);
    assert_eq!((&tab["state"], units(&tab["claimed"])), (&"ended".into(), claimed));
    let claims = tab["receipts"].as_array().unwrap().iter().filter(|one| one["kind"] == "claim-receipt");
    assert_eq!(claims.filter(|one| one["amount"]["value"] != "0").count(), 1);
    assert_eq!(units(&world.json("rider", &["balance"])["balances"][0]["available"]), 20_000_000 - claimed);
    assert_eq!(units(&world.json("scooter", &["balance"])["balances"][0]["available"]), 20_000_000 + claimed);
}

#[test]
fn a_ride_ends_at_its_cap_and_what_is_free_costs_nothing() {
    let world = two();
    let (mut scooter, link, address) = End::charging(&world, &["--cap", "0.02 USD", "--free", "1s", "--grace", "5s"]);
    let rider = End::paying(&world, &link, &address, &[]);
    assert_eq!(scooter.next("stop")["why"], "cap");
    let ended = scooter.next("ended");
    assert_eq!((&ended["claimed"]["text"], &ended["delivered"]), (&"0.02 USD".into(), &3000.into()));
    let (code, said) = rider.ended();
    assert_eq!((code, said.as_str()), (Some(0), ""));
    assert_eq!(scooter.ended().0, Some(0));

    // The payee ends it while it is free: nothing is claimed.
    let (mut scooter, link, address) = End::charging(&world, &["--cap", "0.05 USD", "--free", "1h", "--grace", "2s"]);
    let mut rider = End::paying(&world, &link, &address, &[]);
    rider.next("paying");
    signal(&scooter.child, "TERM");
    let ended = scooter.next("ended");
    assert_eq!(
        (&ended["why"], &ended["paid"]["text"], &ended["claimed"]["value"]),
        (&"told".into(), &"0.01 USD".into(), &"0".into())
    );
    assert_eq!(scooter.ended().0, Some(0));
    let stopped = rider.next("stopped");
    assert_eq!((&stopped["why"], &stopped["tab"]), (&"refused".into(), &"ended".into()));
    assert_eq!(rider.ended().0, Some(0));
    world.json("rider", &["sync"]);
    assert_eq!(world.available("rider"), "19.98 USD");
}

#[test]
fn who_falls_silent_is_not_paid_and_not_driven() {
    let world = two();
    let (mut scooter, link, address) = End::charging(&world, &["--cap", "5.00 USD", "--grace", "2s"]);
    let mut rider = End::paying(&world, &link, &address, &[]);
    rider.next("paying");
    scooter.next("deliver");
    signal(&scooter.child, "KILL");
    let began = Instant::now();
    let (code, said) = rider.ended();
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("fell silent") && said.contains("payee_unheard"), "{said}");
    // Killed, it claims what was due with the last voucher, which is the first: nothing.
    world.json("scooter", &["sync"]);
    let tabs = world.json("scooter", &["tab", "list"]);
    let earned = &tabs["tabs"][0];
    assert_eq!((&earned["state"], &earned["claimed"]["value"]), (&"closed".into(), &"0".into()), "{earned}");
    world.json("scooter", &["tab", "release", text(&earned["id"])]);
    world.json("rider", &["sync"]);
    assert_eq!(world.available("rider"), "20.00 USD");

    // A rider that is gone, and says nothing: it is driven for what was paid, and the grace.
    let (mut scooter, link, address) = End::charging(&world, &["--cap", "5.00 USD", "--grace", "2s"]);
    let mut rider = End::paying(&world, &link, &address, &[]);
    rider.next("paying");
    signal(&rider.child, "KILL");
    let stop = scooter.next("stop");
    assert_eq!((&stop["why"], &stop["delivered"]), (&"unpaid".into(), &3000.into()), "{stop}");
    assert_eq!(scooter.next("ended")["claimed"]["text"], "0.01 USD");
    assert_eq!(scooter.ended().0, Some(0));
    // A machine that sleeps is as one that is gone: what it finds is that nobody was heard.
    let (mut scooter, link, address) = End::charging(&world, &["--cap", "5.00 USD", "--grace", "2s"]);
    let mut rider = End::paying(&world, &link, &address, &[]);
    let total = rider.next("paying")["total"].clone();
    signal(&rider.child, "STOP");
    assert_eq!(scooter.next("stop")["why"], "unpaid");
    signal(&rider.child, "CONT");
    let ended = scooter.next("ended");
    assert_eq!(ended["paid"], total, "nothing was signed when it woke up");
    assert_eq!(rider.ended().0, Some(4));
}

#[test]
fn readings_are_counted_on_both_sides() {
    let world = two();
    let args = [
        "meter",
        "charge",
        "127.0.0.1:0",
        "0.30 USD",
        "--per",
        "kWh",
        "--ticks",
        "10",
        "--rate",
        "20",
        "--quantum",
        "5",
        "--grace",
        "1s",
        "--cap",
        "9.00 USD",
    ];
    let (mut scooter, link, address) = End::offering(&world, &args);
    let mut rider = End::paying(&world, &link, &address, &["1.00 USD"]);
    assert_eq!(rider.next("paying")["total"]["text"], "0.15 USD");
    assert_eq!(scooter.next("deliver")["up_to"], 25, "five, and twenty of grace");
    scooter.counts(5);
    rider.counts(5);
    assert_eq!(rider.next("paying")["total"]["text"], "0.30 USD");
    assert_eq!(scooter.next("deliver")["up_to"], 30);
    // What the payee's display says is not believed beyond its own terms.
    rider.counts(2000);
    let (code, said) = rider.ended();
    assert!(code == Some(1) && said.contains("meter_stopped") && said.contains("faster than its terms"), "{said}");
    let ended = scooter.next("ended");
    assert_eq!((&ended["why"], &ended["claimed"]["text"]), (&"told".into(), &"0.15 USD".into()));
    assert_eq!(scooter.ended().0, Some(0));
}

#[test]
fn terms_that_are_none_and_nobody_there() {
    let world = two();
    for (more, what) in [
        (&["0.00 USD", "--per", "second", "--cap", "5.00 USD"][..], "no price"),
        (&["9.00 USD", "--per", "second", "--cap", "5.00 USD"], "a cap that buys nothing"),
        (&["1.00 USD", "--per", "second", "--quantum", "10s", "--cap", "5.00 USD"], "a cap below a quantum"),
        (&["0.01 USD", "--per", "second", "--quantum", "10ms", "--cap", "5.00 USD"], "a quantum that nobody can pay"),
        (&["0.01 USD", "--per", "second", "--grace", "1h", "--cap", "5.00 USD"], "a grace that loses too much"),
        (&["0.01 USD", "--per", "page", "--cap", "5.00 USD"], "counted, at no rate"),
        (&["0.01 USD", "--per", "second", "--rate", "3", "--cap", "5.00 USD"], "time at a rate"),
    ] {
        let error = world.error("scooter", &[&["meter", "charge", "127.0.0.1:0"], more].concat(), 2);
        assert_eq!(error["moved"], "no", "{what}: {error}");
    }
    // A tab without a meter is not paid from by itself.
    let offer = world.json("scooter", &["tab", "offer", "0.02 USD", "--unit", "article", "--cap", "5.00"]);
    let error = world.error("rider", &["meter", "pay", text(&offer["link"]), "127.0.0.1:9", "--yes"], 2);
    assert!(text(&error["message"]).contains("no meter"), "{error}");
    assert_eq!(world.available("rider"), "20.00 USD", "and nothing is set aside");

    // Nobody says yes; a cap that buys no quantum; terms that were changed on their way.
    let args =
        ["meter", "charge", "127.0.0.1:0", "0.01 USD", "--per", "second", "--quantum", "30s", "--cap", "5.00 USD"];
    let (scooter, link, address) = End::offering(&world, &args);
    let human = world.run("rider", &["meter", "pay", &link, &address]);
    assert_eq!(human.code, 5);
    assert!(
        human.err.contains("At stake:  0.40 USD at most") && human.err.contains("0.30 USD for 30 s at a time"),
        "{}",
        human.err
    );
    assert_eq!(world.error("rider", &["meter", "pay", &link, &address, "0.20 USD", "--yes"], 2)["kind"], "tab_terms");
    let mut altered = link.clone().into_bytes();
    let last = altered.len() - 3;
    altered[last] = if altered[last] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    assert_ne!(world.run("rider", &["meter", "pay", &altered, &address, "--yes"]).code, 0);
    assert_eq!(world.available("rider"), "20.00 USD");
    // The offer is taken back when nobody came.
    signal(&scooter.child, "INT");
    assert_eq!(scooter.ended(), (Some(0), String::new()));
    let offers = world.json("scooter", &["tab", "offers"]);
    assert_eq!(offers["offers"][0]["state"], "cancelled", "{offers}");

    // Nobody at that address: what is set aside comes back once the payee lets go of it.
    let (mut scooter, link, address) = End::charging(&world, &["--cap", "5.00 USD"]);
    let mut rider = End::paying(&world, &link, "127.0.0.1:9", &[]);
    rider.next("open");
    until("the tab at the payee", || {
        let tabs = world.json("scooter", &["tab", "list"]);
        tabs["tabs"].as_array().is_some_and(|tabs| tabs.iter().any(|tab| tab["state"] == "open"))
    });
    signal(&rider.child, "TERM");
    let (code, said) = rider.ended();
    assert_eq!(code, Some(0), "{said}");
    let ended = scooter.next("ended");
    assert_eq!((&ended["paid"]["value"], &ended["claimed"]["value"]), (&"0".into(), &"0".into()));
    assert_eq!(scooter.ended().0, Some(0));
    world.json("rider", &["sync"]);
    assert_eq!(world.available("rider"), "20.00 USD");
    assert_eq!(
        world.error(
            "scooter",
            &["meter", "charge", "192.0.2.1:7300", "0.01 USD", "--per", "second", "--cap", "1.00 USD"],
            1
        )["kind"],
        "not_listening"
    );
    drop(address);
}
