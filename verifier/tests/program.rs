//! The program as operators start it: what it says, and what it asks of the system.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_farthing-verifier");

fn init(data: &Path, arguments: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(["init", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap()
}

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn money_for_everybody_is_made_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let said = |name: &str, arguments: &[&str]| {
        let out = init(&folder.path().join(name), arguments);
        assert!(out.status.success());
        String::from_utf8(out.stderr).unwrap()
    };
    let warned = said("a", &["--open", "--grant", "20.00 USD", "--open-per-day", "50"]);
    assert!(warned.contains("anybody can open accounts, 50 in 24 hours"), "{warned}");
    let warned = said("b", &["--open", "--grant", "20.00 USD", "--json"]);
    let warned: serde_json::Value = serde_json::from_str(&warned).unwrap();
    assert!(warned["warning"].as_str().unwrap().contains("issuer's limit"));
    assert_eq!(said("c", &["--open"]), "", "accounts without money cost nobody any");
    assert_eq!(said("d", &["--invite-only"]), "");
}

/// What a server logs over one HTTP/1.1 call and the opening of an HTTP/2 connection: (target, level, message).
fn logged(data: &Path, level: &str) -> Vec<(String, String, String)> {
    let mut child = Command::new(PROGRAM)
        .args(["run", "--log-json", "--data"])
        .arg(data)
        .env("FARTHING_LOG", level)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let mut child = Ended(child);
    // Read beside, so that a full pipe never holds the server up.
    let log = std::thread::spawn(move || {
        let mut log = String::new();
        stderr.read_to_string(&mut log).unwrap();
        log
    });
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let address = line.trim().rsplit_once('/').unwrap().1.to_owned();
    for said in [
        &b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    ] {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        stream.write_all(said).unwrap();
        assert!(stream.read(&mut [0; 16]).unwrap() > 0, "answered");
    }
    child.0.kill().unwrap();
    let log = log.join().unwrap();
    let events = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    events.map(|event| (text(&event["target"]), text(&event["level"]), text(&event["fields"]["message"]))).collect()
}

#[test]
fn a_bare_level_of_the_log_is_for_this_program() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("v");
    assert!(init(&data, &[]).status.success());
    let of_libraries = |events: &[(String, String, String)]| {
        events.iter().any(|(target, level, _)| !target.starts_with("farthing_") && level != "INFO")
    };
    let bare = logged(&data, "trace");
    assert!(bare.iter().any(|(_, _, message)| message == "call"), "{bare:?}");
    assert!(!of_libraries(&bare), "{bare:?}");
    assert!(of_libraries(&logged(&data, "trace,farthing_verifier=info")), "who names a target gets what it asks for");
}

#[cfg(target_os = "linux")]
#[test]
fn the_limit_of_open_files_is_raised_as_far_as_the_system_allows() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("v");
    assert!(init(&data, &[]).status.success());
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -Sn 256 && ulimit -Hn 2000 && exec \"$0\" \"$@\"", PROGRAM, "run", "--data"])
        .arg(&data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let child = Ended(child);
    BufReader::new(stdout).read_line(&mut String::new()).unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.0.id())).unwrap();
    let open_files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    assert_eq!(open_files.split_whitespace().nth(3), Some("2000"), "{open_files}");
    let warned = BufReader::new(stderr).lines().next().unwrap().unwrap();
    assert!(warned.contains("too few open files"), "{warned}");
}

/// What the fund has and promises is nothing until the operator says so, and is said to whoever asks.
#[test]
fn the_guarantee_fund_is_kept_by_commands() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("v");
    assert!(init(&data, &["--asset", "USD", "--asset", "KRW", "--issuer-limit", "1000.00 USD"]).status.success());
    let said = |arguments: &[&str]| {
        let out = Command::new(PROGRAM).args(arguments).args(["--json", "--data"]).arg(&data).output().unwrap();
        let text = if out.status.success() { out.stdout } else { out.stderr };
        (out.status.code().unwrap(), serde_json::from_slice::<serde_json::Value>(&text).unwrap())
    };
    let shown = said(&["guarantee"]).1;
    assert_eq!((shown["per_allowance"].as_array(), shown["payees"].as_array()), (Some(&vec![]), Some(&vec![])));
    assert!(shown["fund"].as_array().unwrap().iter().all(|amount| amount["value"] == "0"));
    let id = "019ca945-0a00-7292-a69b-1dcd22a241c7";
    for _ in 0..2 {
        let (code, funded) = said(&["guarantee", "--fund", "30.00 USD", "--id", id]);
        assert_eq!((code, funded["amount"]["value"].as_str()), (0, Some("30000000")));
        let usd = funded["fund"].as_array().unwrap().iter().find(|amount| amount["asset"] == "USD");
        assert_eq!(usd.unwrap()["value"], "30000000", "once");
    }
    assert_eq!(said(&["guarantee", "--fund", "980.00 USD"]).0, 3, "above the issuer's limit");
    let promised = said(&["guarantee", "--per-allowance", "5.00 USD"]).1;
    assert_eq!(promised["per_allowance"][0]["value"], "5000000");
    let (code, unknown) = said(&["guarantee", "--per-allowance", "6.00 USD", "--add", "nobody"]);
    assert_eq!((code, unknown["error"]["kind"].as_str()), (3, Some("target_unknown")));
    assert_eq!(said(&["guarantee"]).1["per_allowance"][0]["value"], "5000000", "nothing was changed");
    assert_eq!(said(&["guarantee", "--per-allowance", "1 XXX"]).0, 2);
    assert_eq!(said(&["guarantee", "--per-allowance", "0 USD"]).1["per_allowance"].as_array(), Some(&vec![]));
    let report = said(&["audit"]).1;
    assert_eq!(
        (report["guarantee_fund"]["USD"].as_str(), report["sums"]["USD"].as_str()),
        (Some("30000000"), Some("0"))
    );
}
