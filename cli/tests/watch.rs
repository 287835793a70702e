//! `farthing watch`: one line for each event as it happens, others go on meanwhile, the verifier may go and come back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use support::{World, ended, signal, until};

/// A watching process, read line by line.
struct Watching {
    child: Child,
    out: BufReader<ChildStdout>,
    err: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Watching {
    fn start(world: &World, wallet: &str, args: &[&str]) -> Self {
        let args: Vec<&str> = ["watch", "--json"].iter().chain(args).copied().collect();
        let mut child = world.command(wallet, &args).spawn().unwrap();
        until("the socket", || world.path(wallet).join("socket").exists());
        let err: Arc<Mutex<String>> = Arc::default();
        let (lines, said) = (BufReader::new(child.stderr.take().unwrap()).lines(), Arc::clone(&err));
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                *said.lock().unwrap() += &format!("{line}\n");
            }
        });
        Self { out: BufReader::new(child.stdout.take().unwrap()), child, err, reader }
    }

    /// Waits until it has said this on stderr.
    fn says(&self, text: &str) {
        until(text, || self.err.lock().unwrap().contains(text));
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"))
    }

    /// The next event of this kind.
    fn until(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next();
            if event["kind"] == kind {
                return event;
            }
        }
    }

    /// Its exit code and what it said on stderr.
    fn stop(mut self, name: &str) -> (i32, String) {
        signal(&self.child, name);
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        self.reader.join().unwrap();
        let err = self.err.lock().unwrap().clone();
        (code, err)
    }
}

#[test]
fn payments_are_told_as_they_happen_and_others_go_on_meanwhile() {
    let world = World::new();
    world.wallet("truck");
    world.wallet("customer");
    let mut truck = Watching::start(&world, "truck", &["--after", "0"]);
    assert_eq!(truck.next()["kind"], "enrolled", "from the first event on");
    let mut customer = Watching::start(&world, "customer", &[]);
    world.request("truck", "r", "4.50 USD");
    let paid = world.json("customer", &["pay", "r.png", "--memo", "two tacos", "--yes"]);
    let received = truck.until("received");
    assert_eq!(received["payment"]["amount"]["text"], "4.50 USD");
    assert_eq!((&received["payment"]["memo"], &received["id"]), (&"two tacos".into(), &received["payment"]["id"]));
    assert_eq!(truck.until("request_paid")["payment"]["direction"], "in");
    let settled = customer.until("payment_settled");
    assert_eq!((&settled["id"], &settled["payment"]["state"]), (&paid["id"], &"settled".into()));
    // Who watches a folder that is being watched goes through the one that does.
    let last = settled["seq"].as_u64().unwrap();
    let after = (last - 1).to_string();
    let again = world.json("customer", &["watch", "--after", &after, "--count", "1"]);
    assert_eq!(again, settled);
    assert_eq!(truck.stop("INT").0, 0);
    assert_eq!(customer.stop("TERM"), (0, String::new()));
    assert_eq!(world.available("truck"), "24.50 USD");
}

#[test]
fn a_watch_goes_on_when_the_folder_changes_hands_and_when_the_verifier_comes_back() {
    let mut world = World::new();
    world.wallet("truck");
    world.wallet("customer");
    let first = Watching::start(&world, "truck", &[]);
    let mut second = Watching::start(&world, "truck", &[]);
    world.json("truck", &["balance"]);
    assert_eq!(first.stop("TERM").0, 0);
    world.stop_server();
    std::thread::sleep(Duration::from_secs(2));
    world.start_server();
    let alias = world.json("truck", &["status"])["handle"].as_str().unwrap().to_owned();
    assert_eq!(world.json("customer", &["pay", &alias, "1.00 USD", "--yes"])["state"], "settled");
    assert_eq!(second.until("received")["payment"]["amount"]["text"], "1.00 USD");
    second.says("Not in contact with the verifier");
    second.says("In contact with the verifier again");
    assert_eq!(second.stop("INT").0, 0);
}

#[test]
fn it_ends_by_itself_when_it_was_told_to() {
    let world = World::new();
    world.wallet("truck");
    let began = Instant::now();
    let quiet = world.run("truck", &["watch", "--json", "--for", "1s"]);
    assert_eq!((quiet.code, quiet.out.as_str()), (0, ""), "nothing happens: {}", quiet.err);
    assert!(began.elapsed() >= Duration::from_secs(1));
    let told = world.run("truck", &["watch", "--after", "0", "--count", "1"]);
    assert_eq!((told.code, told.out.lines().count()), (0, 1));
    assert!(told.out.contains("enrolled"), "{}", told.out);
    assert_eq!(world.run("truck", &["watch", "--count", "0"]).code, 2);
    // A reader that goes away has heard enough.
    let mut piped = world.command("truck", &["watch", "--json", "--after", "0"]).spawn().unwrap();
    drop(piped.stdout.take());
    assert_eq!(ended(piped).code, 0);
}
