//! Servers as processes of their own, so that their time and memory can be told from the load's.

use crate::people::usd;
use crate::program::Program;
use farthing_protocol::http::Call;
use farthing_protocol::id::VerifierId;
use farthing_protocol::key::Ed25519Key;
use farthing_verifier::server::{Folder, ServerConfig, now, start};
use farthing_verifier::{Keys, Setup, Verifier};
use std::ffi::OsStr;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What each account begins with.
pub(crate) const GRANT: u64 = 1_000_000_000;

/// A folder beside the program: a temporary folder may be memory, where a sync costs nothing.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap()
}

/// A new ledger in `data`, open to everybody.
pub(crate) fn new_ledger(data: &Path) -> Verifier {
    Folder::make(data).unwrap();
    let keys = Keys::from_seeds([2; 32], [3; 32]);
    keys.save(&Folder::signing_key(data)).unwrap();
    let setup = Setup { open_per_day: 0, ..Setup::open("http://127.0.0.1:0", usd(), GRANT) };
    let db = Folder::connect(data, None, true).unwrap();
    Verifier::create(db, &setup, &Ed25519Key::from_seed([1; 32]), keys, now()).unwrap()
}

/// Has calls decided in groups, as the writer decides them, without a network.
pub(crate) fn decide(verifier: &mut Verifier, calls: &[Call]) {
    for group in calls.chunks(256) {
        let prepared: Vec<_> = group.iter().map(|call| verifier.prepare(call)).collect();
        for reply in verifier.answer_batch(&prepared, now()) {
            assert!(reply.status < 300, "{}", String::from_utf8_lossy(&reply.body));
        }
    }
}

/// As many open files as the system allows: each connection is one.
pub(crate) fn allow_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
}

/// The hidden command: serves the ledger in a folder until its standard input ends.
pub(crate) fn serve(data: &Path) {
    allow_open_files();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = start(ServerConfig::new(data)).await.unwrap();
        println!("{}", server.addr);
        std::io::stdout().flush().unwrap();
        until_the_end().await;
        server.shutdown().await;
    });
}

/// Comes back when nobody holds our standard input any more.
pub(crate) async fn until_the_end() {
    let waiting = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    let _ = waiting.await;
}

/// A process of this program.
pub(crate) struct Process {
    program: Program,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Runs a hidden command that prints its address.
    pub(crate) fn start(command: &str, data: &Path) -> Self {
        let this = std::env::current_exe().unwrap();
        let mut program = Program::start(&this, &[OsStr::new(command), data.as_os_str()]);
        let address = program.answer().parse().expect("the server has started");
        Self { program, address }
    }

    /// Time that it has used on processors.
    pub(crate) fn cpu(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.program.id())).unwrap();
        let ns: u64 = tasks
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
            .filter_map(|stat| stat.split(' ').next()?.parse::<u64>().ok())
            .sum();
        Duration::from_nanos(ns)
    }

    /// Memory that it has now, in MiB.
    pub(crate) fn resident_mib(&self) -> f64 {
        status_mib(&self.program.id().to_string(), "VmRSS:")
    }

    /// The most memory that it ever had, in MiB.
    pub(crate) fn resident_most_mib(&self) -> f64 {
        status_mib(&self.program.id().to_string(), "VmHWM:")
    }

    /// Ends it, and waits until it has.
    pub(crate) fn stop(self) {
        self.program.stop();
    }
}

/// A line of a process's status that is a size, in MiB.
pub(crate) fn status_mib(process: &str, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// A command of this program that runs beside the load, once.
pub(crate) fn beside(arguments: &[&str]) -> Child {
    let program = std::env::current_exe().unwrap();
    Command::new(program).args(arguments).stdout(Stdio::null()).spawn().unwrap()
}

/// The hidden command: audits the ledger in a folder again and again, until its standard input ends or once.
pub(crate) fn audit(data: &Path) {
    farthing_verifier::audit::step_back();
    let db = Folder::connect(data, None, false).unwrap();
    let db = farthing_verifier::audit::snapshot(&db, data).unwrap();
    farthing_verifier::audit::wait_for_idle_processors();
    farthing_verifier::check_ledger(&db).unwrap();
    farthing_verifier::audit::audit(&db, farthing_protocol::id::Seq::new(0), &mut |_, _| ()).unwrap();
}

/// The hidden command: a backup of the ledger in a folder.
pub(crate) fn backup(data: &Path, to: &Path) {
    farthing_verifier::audit::step_back();
    let db = Folder::connect(data, None, false).unwrap();
    drop(std::fs::File::create_new(to).unwrap());
    farthing_verifier::audit::copy(&db, to).unwrap();
    farthing_verifier::check_ledger(&rusqlite::Connection::open(to).unwrap()).unwrap();
}

/// The verifier of all these ledgers.
pub(crate) fn verifier_id() -> VerifierId {
    use farthing_protocol::key::Signer as _;
    static ID: std::sync::OnceLock<VerifierId> = std::sync::OnceLock::new();
    *ID.get_or_init(|| Ed25519Key::from_seed([1; 32]).public().verifier_id())
}

/// The bytes of a ledger's files.
pub(crate) fn file_bytes(data: &Path) -> u64 {
    let ledger = Folder::ledger(data);
    ["", "-wal"]
        .iter()
        .filter_map(|end| std::fs::metadata(PathBuf::from(format!("{}{end}", ledger.display()))).ok())
        .map(|m| m.len())
        .sum()
}
