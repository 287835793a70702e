//! Somebody with a wallet, who does what JSON lines say: a person of the scenarios, as `scenarios/README.md` describes one.
//!
//! `person FOLDER SEED [APPROVER]` keeps a phone in a folder, its platform's keys made from a number. It calls what generated code
//! calls. For people in languages that have no P-256 at hand, `person --point SEED` says the public key of a phone's hardware, and
//! `person --sign SEED MESSAGE` a signature over a message, in hex.
#![allow(clippy::print_stdout, reason = "that is how it answers")]

mod account;
mod approver;
mod devices;
mod offline;
mod phone;
mod tabs;
mod told;
mod verbs;

use approver::Kind;
use data_encoding::HEXLOWER;
use farthing_ffi::failure::Failure;
use offline::{CarriedVerb, OfflineVerb};
use phone::Phone;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::error::Error;
use std::io::BufRead as _;
use std::sync::{Arc, Mutex, PoisonError};
use tabs::TabVerb;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use verbs::Verb;

/// Why a call has no result.
pub(crate) enum Fault {
    /// The wallet's own no, which scenarios expect.
    Failed(Failure),
    /// A scenario asks for what makes no sense: nobody expects that.
    Wrong(String),
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

type Open = Arc<Mutex<HashMap<u64, AbortHandle>>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, seed, asked) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--point", seed] => return say(&approver::point(&approver::hardware(seed.parse()?)?)),
        ["--sign", seed, message] => {
            return say(&approver::sign(&approver::hardware(seed.parse()?)?, &HEXLOWER.decode(message.as_bytes())?));
        }
        [folder, seed] => (folder, seed, None),
        [folder, seed, asked] => (folder, seed, Some(asked)),
        _ => return Err("usage: person FOLDER SEED [none | wallet | hardware]".into()),
    };
    let phone = Arc::new(Phone::new(folder.into(), seed.parse()?, Kind::named(asked)?)?);
    let (sender, mut lines) = mpsc::unbounded_channel();
    // Reading blocks, and a runtime that ends would wait for it.
    std::thread::spawn(move || std::io::stdin().lock().lines().map_while(Result::ok).try_for_each(|l| sender.send(l)));
    let open = Open::default();
    while let Some(line) = lines.recv().await {
        let Value::Object(mut call) = serde_json::from_str(&line)? else { return Err("a call is an object".into()) };
        match call.remove("cancel") {
            Some(id) => cancel(&open, &id),
            None => begin(&phone, &open, call)?,
        }
    }
    // An app that ends properly closes its wallet.
    let _ = phone.close().await;
    Ok(())
}

fn say(bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    println!("{}", HEXLOWER.encode(bytes));
    Ok(())
}

/// Drops the future of a call, as generated code does when nobody waits any more.
fn cancel(open: &Open, id: &Value) {
    let open = open.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(call) = id.as_u64().and_then(|id| open.get(&id)) {
        call.abort();
    }
}

fn begin(phone: &Arc<Phone>, open: &Open, mut call: Map<String, Value>) -> Result<(), Box<dyn Error>> {
    let id = call.remove("id").and_then(|id| id.as_u64()).ok_or("a call has an id")?;
    let verb = match Told::read(call) {
        Ok(verb) => verb,
        Err(error) if error.to_string().starts_with("unknown variant") => {
            answer(&json!({"id": id, "unsupported": error.to_string()}));
            return Ok(());
        }
        Err(error) => {
            answer(&json!({"id": id, "wrong": error.to_string()}));
            return Ok(());
        }
    };
    let phone = Arc::clone(phone);
    let doing = tokio::spawn(async move { verb.of(&phone).await });
    open.lock().unwrap_or_else(PoisonError::into_inner).insert(id, doing.abort_handle());
    let open = Arc::clone(open);
    tokio::spawn(async move {
        let done = doing.await;
        open.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        answer(&match done {
            Ok(Ok(result)) => json!({"id": id, "ok": result}),
            Ok(Err(Fault::Failed(failure))) => json!({"id": id, "error": told::failure(&failure)}),
            Ok(Err(Fault::Wrong(why))) => json!({"id": id, "wrong": why}),
            Err(stopped) if stopped.is_cancelled() => json!({"id": id, "cancelled": true}),
            Err(panicked) => json!({"id": id, "wrong": panicked.to_string()}),
        });
    });
    Ok(())
}

/// What somebody is told to do. What is about tabs, or is done without network, says so.
enum Told {
    Wallet(Verb),
    Tab(TabVerb),
    Offline(OfflineVerb),
    Carried(CarriedVerb),
}

impl Told {
    fn read(mut call: Map<String, Value>) -> serde_json::Result<Self> {
        let verb = call.get("do").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut of = |prefix: &str| {
            let verb = verb.strip_prefix(prefix)?;
            call.insert("do".to_owned(), verb.into());
            Some(Value::Object(std::mem::take(&mut call)))
        };
        if let Some(call) = of("tab_") {
            return serde_json::from_value(call).map(Self::Tab);
        }
        if let Some(call) = of("offline_") {
            return serde_json::from_value(call).map(Self::Offline);
        }
        if let Some(call) = of("carried_") {
            return serde_json::from_value(call).map(Self::Carried);
        }
        serde_json::from_value(Value::Object(call)).map(Self::Wallet)
    }

    async fn of(self, phone: &Phone) -> Result<Value, Fault> {
        match self {
            Self::Wallet(verb) => verb.of(phone).await,
            Self::Tab(verb) => verb.of(phone).await,
            Self::Offline(verb) => verb.of(phone).await,
            Self::Carried(verb) => verb.of(phone).await,
        }
    }
}

/// In one write, so that two answers do not mix.
fn answer(answer: &Value) {
    println!("{answer}");
}
