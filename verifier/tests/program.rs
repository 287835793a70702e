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

#[test]
fn a_bare_level_of_the_log_is_for_this_program() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("v");
    assert!(init(&data, &[]).status.success());
    let mut child = Command::new(PROGRAM)
        .args(["run", "--log-json", "--data"])
        .arg(&data)
        .env("FARTHING_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let mut child = Ended(child);
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let address = line.trim().rsplit_once('/').unwrap().1.to_owned();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    child.0.kill().unwrap();
    let mut log = String::new();
    stderr.read_to_string(&mut log).unwrap();
    let events: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().any(|event| event["fields"]["message"] == "call"), "{log}");
    for event in events {
        let ours = event["target"].as_str().unwrap().starts_with("farthing_");
        assert!(ours || !["DEBUG", "TRACE"].contains(&event["level"].as_str().unwrap()), "{event}");
    }
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
