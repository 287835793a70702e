//! One process owns a wallet folder; others go through it, whatever happens to it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::Child;
use std::time::{Duration, Instant};
use support::{World, ended, signal, until};

/// A command that holds the folder for a while.
fn owner(world: &World, wallet: &str) -> Child {
    let child = world.command(wallet, &["sync", "--wait", "20s", "--json"]).spawn().unwrap();
    until("the socket", || world.path(wallet).join("socket").exists());
    child
}

#[test]
fn others_go_through_the_owner() {
    let world = World::new();
    world.wallet("truck");
    world.wallet("customer");
    let owning = owner(&world, "customer");
    let mode = std::fs::metadata(world.path("customer/socket")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    world.request("truck", "r", "4.50 USD");
    let began = Instant::now();
    let paid = world.json("customer", &["pay", "r.png", "--yes"]);
    assert_eq!(paid["state"], "settled");
    assert!(began.elapsed() < Duration::from_secs(5), "the owner must not hold others up");
    // Errors keep their codes.
    assert_eq!(world.error("customer", &["pay", "r.png", "--yes"], 3)["kind"], "request_used");
    assert_eq!(world.error("customer", &["pay", "nobody-here", "1", "--yes"], 3)["kind"], "alias_unknown");
    assert_eq!(world.available("customer"), "15.50 USD");
    // It may have ended by itself: a payment that another command made is something that it waited for.
    let _ = ended(owning);
    let owning = owner(&world, "customer");
    signal(&owning, "INT");
    assert_eq!(ended(owning).error(1)["kind"], "interrupted");
    assert_eq!(world.available("customer"), "15.50 USD");
}

#[test]
fn garbage_in_the_socket_does_no_harm() {
    let world = World::new();
    world.wallet("a");
    let owning = owner(&world, "a");
    let mut seed = 1_u32;
    let mut noise = |len: usize| -> Vec<u8> {
        (0..len)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            })
            .collect()
    };
    let lines: [Vec<u8>; 6] = [
        noise(1_000_000),
        b"\n\n\n".to_vec(),
        b"{}\n".to_vec(),
        b"{\"prepare\":{\"target\":1}}\n".to_vec(),
        vec![b'['; 60_000],
        [vec![b'['; 60_000], b"\n".to_vec()].concat(),
    ];
    for line in lines {
        let mut stream = UnixStream::connect(world.path("a/socket")).unwrap();
        let _ = stream.write_all(&line);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }
    let _silent: Vec<UnixStream> = (0..20).map(|_| UnixStream::connect(world.path("a/socket")).unwrap()).collect();
    assert_eq!(world.available("a"), "20.00 USD");
    signal(&owning, "TERM");
    assert_eq!(ended(owning).code, 1);
}

#[test]
fn a_killed_owner_is_replaced() {
    let world = World::new();
    world.wallet("truck");
    world.wallet("customer");
    let mut owning = owner(&world, "customer");
    owning.kill().unwrap();
    owning.wait().unwrap();
    assert!(world.path("customer/socket").exists(), "left behind");
    world.request("truck", "r", "1 USD");
    assert_eq!(world.json("customer", &["pay", "r.png", "--yes"])["state"], "settled");
    assert!(!world.path("customer/socket").exists());
}

#[test]
fn a_killed_owner_loses_nobodys_operation() {
    let world = World::new();
    world.wallet("a");
    let mut owning = owner(&world, "a");
    // A second sync waits inside the owner when it dies; it takes the folder over and goes on.
    let visiting = world.command("a", &["sync", "--wait", "3s", "--json"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    owning.kill().unwrap();
    owning.wait().unwrap();
    assert_eq!(ended(visiting).json()["pending"], 0);
}

#[test]
fn an_owner_that_finishes_serves_others_to_the_end() {
    let world = World::new();
    world.wallet("a");
    let owning = world.command("a", &["sync", "--wait", "1s", "--json"]).spawn().unwrap();
    until("the socket", || world.path("a/socket").exists());
    let visiting: Vec<Child> =
        (0..4).map(|_| world.command("a", &["sync", "--wait", "2s", "--json"]).spawn().unwrap()).collect();
    assert_eq!(ended(owning).json()["pending"], 0);
    for visitor in visiting {
        assert_eq!(ended(visitor).json()["pending"], 0);
    }
    assert!(!world.path("a/socket").exists());
}

#[test]
fn a_stopped_owner_is_named() {
    let world = World::new();
    world.wallet("a");
    let mut owning = owner(&world, "a");
    signal(&owning, "STOP");
    let silent = world.error("a", &["balance"], 1);
    assert_eq!(silent["kind"], "owner_silent");
    signal(&owning, "CONT");
    assert_eq!(world.available("a"), "20.00 USD");
    owning.kill().unwrap();
    owning.wait().unwrap();
}

#[test]
fn long_paths_and_many_at_once() {
    let world = World::new();
    let name = ["a-folder-with-a-long-name"; 6].join("/");
    std::fs::create_dir_all(world.path(&name).parent().unwrap()).unwrap();
    let args = ["init", "--invite", &world.invite(), "--phrase-out", "p"];
    world.json(&name, &args);
    world.json(&name, &["sync"]);
    let owning = owner(&world, &name);
    assert_eq!(world.available(&name), "20.00 USD");
    signal(&owning, "INT");
    ended(owning);
    // All at once, without an owner to begin with.
    let all: Vec<Child> = (0..8).map(|_| world.command(&name, &["balance", "--json"]).spawn().unwrap()).collect();
    for one in all {
        assert_eq!(ended(one).json()["balances"][0]["available"]["text"], "20.00 USD");
    }
}

#[test]
fn two_payers_in_two_terminals_pay_a_request_once() {
    let world = World::new();
    world.wallet("truck");
    world.wallet("customer");
    world.request("truck", "r", "4.50 USD");
    let pay = || world.command("customer", &["pay", "r.png", "--yes", "--wait", "60s", "--json"]).spawn().unwrap();
    let codes: Vec<i32> = [pay(), pay()].map(|child| ended(child).code).to_vec();
    assert!(codes.contains(&0) && codes.contains(&3), "{codes:?}");
    assert_eq!(world.available("customer"), "15.50 USD");
}
