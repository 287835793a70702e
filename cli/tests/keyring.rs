//! A wallet whose keys are in the operating system's keyring.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    reason = "tests"
)]

#[path = "../../core/tests/keys_vault/session.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the core's tests")]
mod session;
mod support;

use session::Session;
use std::process::Command;
use support::{Ended, World, ended, names};

/// `farthing` in the session: with its bus, and without a passphrase.
fn command(world: &World, session: &Session, args: &[&str]) -> Command {
    let mut command = world.command("ada", args);
    command.env("DBUS_SESSION_BUS_ADDRESS", &session.address).env_remove("FARTHING_PASSPHRASE_FILE");
    command
}

fn run(world: &World, session: &Session, args: &[&str]) -> Ended {
    let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    ended(command(world, session, &args).spawn().unwrap())
}

const INIT: [&str; 7] = ["init", "--vault", "keyring", "--phrase-out", "phrase", "--name", "Ada"];

fn init(world: &World, session: &Session) -> Ended {
    let invite = world.invite();
    run(world, session, &[&INIT[..], &["--invite", &invite]].concat())
}

#[test]
fn a_wallet_lives_in_the_keyring_and_is_recovered_not_made_anew() {
    let Some(mut session) = Session::with_keyring() else { return };
    let world = World::new();
    let made = init(&world, &session).json();
    assert!(!names(&world.path("ada")).contains(&"vault".to_owned()));
    // Remembered: no --vault, no passphrase.
    let status = run(&world, &session, &["status"]).json();
    assert_eq!((&status["vault"], &status["account"]), (&"keyring".into(), &made["account"]));
    assert_eq!(
        run(&world, &session, &["phrase"]).json()["phrase"],
        std::fs::read_to_string(world.path("phrase")).unwrap().trim()
    );
    assert_eq!(run(&world, &session, &["status", "--vault", "passphrase"]).error(5)["kind"], "vault_not_available");

    session.lock();
    assert_eq!(run(&world, &session, &["status"]).error(5)["kind"], "vault_locked");
    session.kill_keyring();
    assert_eq!(run(&world, &session, &["status"]).error(5)["kind"], "vault_unavailable");
    session.start_keyring(true);
    assert_eq!(run(&world, &session, &["status"]).json()["account"], made["account"]);

    // Somebody removes the entries: the folder is a wallet all the same, and nothing new takes its place.
    let found =
        session.secrets(&["org.freedesktop.Secret.Service.SearchItems", "dict:string:string:application,farthing"]);
    for item in found.split('"').filter(|part| part.starts_with("/org/")) {
        session.call(item, &["org.freedesktop.Secret.Item.Delete"]);
    }
    let before = names(&world.path("ada"));
    assert_eq!(run(&world, &session, &["status"]).error(5)["kind"], "key_gone");
    assert_eq!(init(&world, &session).error(2)["kind"], "exists_already");
    std::fs::remove_file(world.path("phrase")).unwrap();
    assert_eq!(init(&world, &session).error(5)["kind"], "key_gone");
    assert_eq!(names(&world.path("ada")), before);
}

#[test]
fn a_machine_without_a_keyring_is_offered_the_passphrase_file() {
    let Some(session) = Session::start() else { return };
    let world = World::new();
    for ended in
        [init(&world, &session), world.run("ada", &[&INIT[..], &["--json", "--invite", &world.invite()]].concat())]
    {
        let error = ended.error(5);
        assert_eq!(error["kind"], "vault_unavailable");
        assert!(error["message"].as_str().unwrap().contains("--vault passphrase"), "{error}");
        assert!(names(&world.path("ada")).is_empty());
    }
    world.wallet("ada");
    assert_eq!(world.json("ada", &["status"])["vault"], "passphrase");
}
