//! A real verifier in this process, and the real `farthing` in others.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]
#![allow(unreachable_pub, reason = "shared by several tests")]

use farthing_protocol::key::Ed25519Key;
use farthing_protocol::money::{Asset, Code};
use farthing_verifier::commands::{Command as Order, Outcome};
use farthing_verifier::server::{Asked, Folder, ServerConfig, ServerHandle, ask, now, start};
use farthing_verifier::{Keys, Setup, Verifier};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What each account gets: 20.00 USD.
const GRANT: u64 = 20_000_000;

pub struct World {
    pub dir: TempDir,
    runtime: Runtime,
    server: Option<ServerHandle>,
    addr: SocketAddr,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// The object on stdout, and nothing else there.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        assert_eq!(self.out.lines().count(), 1, "one line: {self:?}");
        serde_json::from_str(&self.out).unwrap()
    }

    /// The error object on stderr; stdout is empty.
    pub fn error(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        let last = self.err.lines().last().unwrap_or_default();
        let error = serde_json::from_str::<Value>(last).unwrap_or_else(|_| panic!("{self:?}"))["error"].clone();
        assert!(error["code"].is_number() && error["kind"].is_string() && error["message"].is_string(), "{error}");
        assert!(error["retryable"].is_boolean() && error["moved"].is_string(), "{error}");
        error
    }
}

impl World {
    pub fn new() -> Self {
        (0..5).find_map(|_| Self::with_a_free_port()).unwrap()
    }

    /// `None` when somebody else has taken the port meanwhile.
    fn with_a_free_port() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("verifier");
        Folder::make(&data).unwrap();
        let keys = || Keys::from_seeds([2; 32], [3; 32]);
        keys().save(&Folder::signing_key(&data)).unwrap();
        let usd = Asset::new(Code::new("USD").unwrap(), 6).unwrap();
        // Free a moment ago; invites name the port, so it must be known before the server runs.
        let addr = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let listen = addr.to_string();
        let setup = Setup { listen, ..Setup::open(&format!("http://{addr}"), usd, GRANT) };
        let connection = Folder::connect(&data, None, true).unwrap();
        drop(Verifier::create(connection, &setup, &Ed25519Key::from_seed([1; 32]), keys(), now()).unwrap());
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(start(ServerConfig::new(&data))).ok()?;
        std::fs::write(dir.path().join("passphrase"), "correct horse\n").unwrap();
        std::fs::write(dir.path().join("wrong"), "wrong horse\n").unwrap();
        Some(Self { dir, runtime, server: Some(server), addr })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn stop_server(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.shutdown());
        }
    }

    pub fn start_server(&mut self) {
        let config = ServerConfig { listen: Some(self.addr), ..ServerConfig::new(self.path("verifier")) };
        self.server = Some(self.runtime.block_on(start(config)).unwrap());
    }

    /// An operator's command.
    pub fn operator(&self, order: &Order) -> Value {
        match ask(&self.path("verifier"), order) {
            Asked::Answered(Outcome::Done(value)) => value,
            other => panic!("{other:?}"),
        }
    }

    pub fn invite(&self) -> String {
        self.operator(&Order::PublicInvite { tls: None })["link"].as_str().unwrap().to_owned()
    }

    /// `farthing` with the folder of a wallet and the right passphrase.
    pub fn command(&self, wallet: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_farthing"));
        command.args(args).current_dir(self.dir.path()).env_clear();
        // Anchors lie there; and there is no session bus.
        command.env("HOME", self.path("home")).env("XDG_RUNTIME_DIR", self.path("home"));
        command.env("FARTHING_WALLET", self.path(wallet));
        command.env("FARTHING_PASSPHRASE_FILE", self.path("passphrase"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, wallet: &str, args: &[&str]) -> Ended {
        ended(self.command(wallet, args).spawn().unwrap())
    }

    pub fn json(&self, wallet: &str, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        self.run(wallet, &args).json()
    }

    pub fn error(&self, wallet: &str, args: &[&str], code: i32) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        self.run(wallet, &args).error(code)
    }

    /// A wallet with the grant in it.
    pub fn wallet(&self, name: &str) -> Value {
        let phrase = format!("{name}.phrase");
        let made = self.json(name, &["init", "--invite", &self.invite(), "--name", name, "--phrase-out", &phrase]);
        assert_ne!(self.available(name), "0.00 USD", "the grant comes with init");
        made
    }

    pub fn available(&self, wallet: &str) -> String {
        let balances = self.json(wallet, &["balance"]);
        balances["balances"][0]["available"]["text"].as_str().unwrap().to_owned()
    }

    /// A request's link, with its QR code in `NAME.png`.
    pub fn request(&self, wallet: &str, name: &str, amount: &str) -> Value {
        self.json(wallet, &["request", amount, "--png", &format!("{name}.png")])
    }

    /// The link of an invite that opens so many accounts.
    pub fn counted_invite(&self, code: &str, uses: u32) -> String {
        let order = Order::Invite { code: code.to_owned(), uses, life_ms: None, grants: Vec::new(), tls: None };
        self.operator(&order)["link"].as_str().unwrap().to_owned()
    }
}

pub fn ended(child: Child) -> Ended {
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Sends a signal by its name.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits until something is there.
pub fn until(what: &str, mut there: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if there() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("{what} did not come");
}

/// Names of the files in a folder.
pub fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .map(|entries| entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect())
        .unwrap_or_default();
    names.sort();
    names
}
