//! Vouchers over the network by the real programs: `tab serve` and `tab pay --direct`, and what others do to them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use serde_json::Value;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout};
use std::time::{Duration, Instant};
use support::{World, signal, until};

/// A parking meter, and a car.
fn two() -> World {
    let world = World::new();
    world.wallet("meter");
    world.wallet("car");
    world
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

/// A tab of 5.00 USD from the car to the meter; its id at the car's side.
fn opened(world: &World) -> String {
    let offer = world.json("meter", &["tab", "offer", "0.02 USD", "--unit", "minute", "--cap", "5.00"]);
    text(&world.json("car", &["tab", "open", text(&offer["link"]), "--yes"])["id"]).to_owned()
}

/// `farthing tab serve --json`.
struct Serving {
    child: Child,
    lines: BufReader<ChildStdout>,
    address: String,
}

impl Serving {
    fn at(world: &World, wallet: &str, address: &str) -> Self {
        let mut child = world.command(wallet, &["tab", "serve", address, "--json"]).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut serving = Self { child, lines, address: String::new() };
        serving.address = text(&serving.line()["listening"]).to_owned();
        serving
    }

    fn start(world: &World, wallet: &str) -> Self {
        Self::at(world, wallet, "127.0.0.1:0")
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"))
    }

    /// What it still says until its end, and its exit code.
    fn ended(mut self, by: &str) -> (String, Option<i32>) {
        signal(&self.child, by);
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        (rest, self.child.wait().unwrap().code())
    }

    fn connection(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// The status of an answer to these bytes; nothing where the connection is ended.
    fn answer(&self, bytes: &[u8]) -> String {
        let mut stream = self.connection();
        let _ = stream.write_all(bytes);
        let mut answer = [0; 12];
        match stream.read(&mut answer) {
            Ok(read) => String::from_utf8_lossy(&answer[..read]).split(' ').nth(1).unwrap_or_default().to_owned(),
            Err(_) => String::new(),
        }
    }
}

fn pay(world: &World, id: &str, amount: &str, address: &str) -> Value {
    world.json("car", &["tab", "pay", id, amount, "--direct", address])
}

#[test]
fn drops_over_the_network_each_stored_and_said_once() {
    let world = two();
    let mut serving = Serving::start(&world, "meter");
    // The tab is opened while it serves: it hears of it by itself.
    let id = opened(&world);
    for n in 1..=3_u32 {
        let paid = pay(&world, &id, "0.02", &serving.address);
        let total = format!("0.{:02} USD", 2 * n);
        assert_eq!((&paid["taken"], &paid["total"]["text"]), (&true.into(), &total.as_str().into()));
        let line = serving.line();
        assert_eq!((&line["added"]["text"], &line["total"]["text"]), (&"0.02 USD".into(), &total.as_str().into()));
        assert_eq!(line["left"], paid["left"], "{line}");
    }
    let again = world.json("car", &["tab", "pay", &id, "--again", "--direct", &serving.address]);
    assert_eq!((&again["taken"], &again["total"]["text"]), (&true.into(), &"0.06 USD".into()), "pays nothing more");
    // Other commands of the meter pass through it.
    assert_eq!(world.json("meter", &["tab", "claim"])["amounts"][0]["text"], "0.06 USD");

    // A person is told in a sentence.
    let human = world.run("car", &["tab", "pay", &id, "0.04", "--direct", &serving.address]);
    assert!(human.code == 0 && human.out.contains("Taken by the payee: 0.10 USD in all, 4.90 USD left"), "{human:?}");
    serving.line();

    // Closed: the meter hears of it, claims what is left, and takes nothing more.
    world.json("car", &["tab", "close", &id]);
    until("the claim", || world.available("meter") == "20.10 USD");
    let address = serving.address.clone();
    let (rest, code) = serving.ended("TERM");
    assert_eq!((rest.as_str(), code), ("", Some(0)), "nothing was said twice");
    assert_eq!(world.error("car", &["tab", "pay", &id, "0.02", "--direct", &address], 3)["kind"], "tab_not_open");
}

#[test]
fn who_was_not_heard_is_offered_the_same_again() {
    let world = two();
    let id = opened(&world);
    let serving = Serving::start(&world, "meter");
    let address = serving.address.clone();
    assert_eq!(serving.ended("KILL").1, None);
    let error = world.error("car", &["tab", "pay", &id, "0.02", "--direct", &address], 4);
    assert_eq!((&error["kind"], &error["moved"]), (&"payee_unheard".into(), &"unknown".into()), "{error}");
    assert_eq!((&error["id"], &error["retryable"]), (&id.as_str().into(), &true.into()));
    let mut serving = Serving::at(&world, "meter", &address);
    let again = world.json("car", &["tab", "pay", &id, "--again", "--direct", &address]);
    assert_eq!(again["total"]["text"], "0.02 USD");
    assert_eq!(serving.line()["added"]["text"], "0.02 USD");
    // Killed after it took one, and started anew: it is there, and brings nothing twice.
    pay(&world, &id, "0.02", &address);
    assert_eq!(serving.line()["total"]["text"], "0.04 USD");
    serving.ended("KILL");
    let mut serving = Serving::at(&world, "meter", &address);
    world.json("car", &["tab", "pay", &id, "--again", "--direct", &address]);
    pay(&world, &id, "0.02", &address);
    assert_eq!(serving.line()["total"]["text"], "0.06 USD", "and the line before it came once");

    // Somebody else's server knows no such tab.
    world.wallet("other");
    let other = Serving::start(&world, "other");
    let error = world.error("car", &["tab", "pay", &id, "0.02", "--direct", &other.address], 4);
    assert!(text(&error["message"]).contains("does not know the tab"), "{error}");
    assert_eq!(other.ended("INT").1, Some(0));
    for (args, kind) in [
        (vec!["tab", "pay", &id, "0.02", "--direct", "http://127.0.0.1/"], "usage"),
        (vec!["tab", "pay", &id, "--again"], "usage"),
        (vec!["tab", "pay", &id], "usage"),
        (vec!["tab", "serve", "nowhere"], "usage"),
    ] {
        assert_eq!(world.error("car", &args, 2)["kind"], kind, "{args:?}");
    }
    assert_eq!(world.error("car", &["tab", "serve", &address], 1)["kind"], "not_listening");
    serving.ended("TERM");
}

#[test]
fn a_payer_that_forgot_is_brought_up_to_date() {
    let world = two();
    let id = opened(&world);
    let mut serving = Serving::start(&world, "meter");
    world.json("car", &["sync"]);
    let mut owner = world.command("car", &["sync", "--wait", "20s"]).spawn().unwrap();
    until("the socket", || world.path("car/socket").exists());
    for _ in 0..2 {
        pay(&world, &id, "0.02", &serving.address);
        serving.line();
    }
    signal(&owner, "KILL");
    owner.wait().unwrap();
    let paid = pay(&world, &id, "0.02", &serving.address);
    assert_eq!(paid["total"]["text"], "0.06 USD", "what it had forgotten, and the drop");
    assert_eq!(serving.line()["added"]["text"], "0.02 USD");
    serving.ended("TERM");
}

#[test]
fn another_command_may_hold_the_folder() {
    let world = two();
    let id = opened(&world);
    let mut owner = world.command("meter", &["watch"]).spawn().unwrap();
    until("the socket", || world.path("meter/socket").exists());
    let mut serving = Serving::start(&world, "meter");
    pay(&world, &id, "0.02", &serving.address);
    assert_eq!(serving.line()["added"]["text"], "0.02 USD");
    signal(&owner, "TERM");
    owner.wait().unwrap();
    pay(&world, &id, "0.02", &serving.address);
    assert_eq!(serving.line()["total"]["text"], "0.04 USD", "it goes on, holding the folder itself");
    assert_eq!(serving.ended("TERM").1, Some(0));
}

#[test]
fn nobody_holds_up_another() {
    let world = two();
    let id = opened(&world);
    let mut serving = Serving::start(&world, "meter");
    for (bytes, status) in [
        (&b"GET /v1/vouchers HTTP/1.1\r\nHost: a\r\n\r\n"[..], "405"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "404"),
        (b"POST /v1/vouchers HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "400"),
        (b"POST /v1/vouchers HTTP/1.1\r\nHost: a\r\nContent-Length: 385\r\n\r\n", "413"),
        (b"POST /v1/vouchers HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc", "408"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"),
    ] {
        assert_eq!(serving.answer(bytes), status, "{:?}", String::from_utf8_lossy(bytes));
    }
    // More than there are places: some say nothing, some little by little, some never read.
    let mut idle: Vec<TcpStream> = (0..400_usize)
        .map(|n| {
            let mut stream = serving.connection();
            let said: &[u8] = match n % 3 {
                0 => b"",
                1 => b"POST /v1/vouchers HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\na",
                _ => b"POST /v1/vouchers HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
            };
            let _ = stream.write_all(said);
            stream
        })
        .collect();
    let began = Instant::now();
    pay(&world, &id, "0.02", &serving.address);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(serving.line()["added"]["text"], "0.02 USD");
    // Who came first and said nothing has lost its place; the last one has not.
    assert!(
        matches!(idle[0].read(&mut [0]), Ok(0))
            || idle[0].read(&mut [0]).is_err_and(|e| e.kind() == ErrorKind::ConnectionReset)
    );
    idle[399].set_nonblocking(true).unwrap();
    assert_eq!(idle[399].read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    drop(idle);
    assert_eq!(serving.ended("TERM").1, Some(0));
}
