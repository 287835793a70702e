//! A session bus of a test's own, with a real GNOME Keyring on it when the test wants one. The machine's own session is never
//! touched: bus, HOME and keyring files are in a folder that goes with the test.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Set by scripts/test, which has installed what is needed: then nothing is left out.
const REQUIRED: &str = "FARTHING_KEYRING";
const PASSWORD: &str = "login password";
const START_MAX: Duration = Duration::from_secs(60);

pub(crate) struct Session {
    folder: TempDir,
    pub(crate) address: String,
    bus: Child,
    keyring: Option<Child>,
}

impl Session {
    /// A bus with nothing on it. `None`, with a printed reason, when this machine has not the programs.
    pub(crate) fn start() -> Option<Self> {
        let missing = ["dbus-daemon", "dbus-send", "gnome-keyring-daemon"].into_iter().find(|name| !is_there(name));
        if let Some(name) = missing {
            let required = [REQUIRED, "CI"].iter().any(|name| std::env::var_os(name).is_some());
            assert!(!required, "{name} is missing; scripts/setup installs it");
            eprintln!("left out: {name} is missing; scripts/setup installs it");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("bus.conf");
        // No service folders: nothing is started on demand, so what is absent stays absent.
        let text = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
            folder.path().display()
        );
        fs::write(&configuration, text).unwrap();
        for name in ["home", "run"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o700)).unwrap();
        }
        let mut bus = Command::new("dbus-daemon")
            .args(["--nofork", "--print-address=1"])
            .arg(format!("--config-file={}", configuration.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Some(Self { folder, address: address.trim().to_owned(), bus, keyring: None })
    }

    /// With a keyring that a login has unlocked.
    pub(crate) fn with_keyring() -> Option<Self> {
        let mut session = Self::start()?;
        session.start_keyring(true);
        Some(session)
    }

    /// Starts the keyring: unlocked as a login does it, which also makes the login keyring, or locked.
    pub(crate) fn start_keyring(&mut self, unlocked: bool) {
        let (home, run) = (self.folder.path().join("home"), self.folder.path().join("run"));
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        command.arg(format!("--control-directory={}", run.display()));
        if unlocked {
            command.arg("--unlock");
        }
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", home).env("XDG_RUNTIME_DIR", run).env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut keyring = command.spawn().unwrap();
        keyring.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        self.keyring = Some(keyring);
        let started = Instant::now();
        while !self
            .send("org.freedesktop.DBus", "/", &["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"])
            .contains("true")
        {
            assert!(started.elapsed() < START_MAX, "the keyring does not start");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the keyring as a crash does.
    pub(crate) fn kill_keyring(&mut self) {
        if let Some(mut keyring) = self.keyring.take() {
            keyring.kill().unwrap();
            keyring.wait().unwrap();
        }
    }

    /// Locks the login keyring, as a person can.
    pub(crate) fn lock(&self) {
        let said = self.secrets(&["org.freedesktop.Secret.Service.Lock", &format!("array:objpath:{LOGIN}")]);
        assert!(said.contains(LOGIN), "{said}");
    }

    /// Calls the keyring itself.
    pub(crate) fn secrets(&self, call: &[&str]) -> String {
        self.send("org.freedesktop.secrets", "/org/freedesktop/secrets", call)
    }

    /// Calls one of the keyring's objects.
    pub(crate) fn call(&self, object: &str, call: &[&str]) -> String {
        self.send("org.freedesktop.secrets", object, call)
    }

    /// The keyring's files.
    pub(crate) fn files(&self) -> impl Iterator<Item = Vec<u8>> {
        let folder = self.folder.path().join("home/.local/share/keyrings");
        fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap())
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn send(&self, to: &str, object: &str, call: &[&str]) -> String {
        let sent = Command::new("dbus-send")
            .arg(format!("--bus={}", self.address))
            .args(["--print-reply", &format!("--dest={to}"), object])
            .args(call)
            .output()
            .unwrap();
        String::from_utf8_lossy(&sent.stdout).into_owned()
    }
}

/// The login keyring's object.
pub(crate) const LOGIN: &str = "/org/freedesktop/secrets/collection/login";

impl Drop for Session {
    fn drop(&mut self) {
        self.kill_keyring();
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
