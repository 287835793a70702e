//! A wallet that has lived long: opened, read, held in memory; and the program that people run.

use crate::line::{Line, Target};
use crate::people::usd;
use crate::rounds::Times;
use crate::server::{self, Process, new_ledger, status_mib};
use crate::wallets::Home;
use farthing_core::Wallet;
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::passphrase::{Cost, PassphraseVault};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PAYMENTS: usize = 100_000;
const PASSPHRASE: &str = "for the bench";
const ROUNDS: usize = 40;
const PAGE: usize = 20;

/// Opening, first page, balance, memory, and `farthing balance` beside an empty program.
pub(crate) fn lines(only: &dyn Fn(&str) -> bool) -> Vec<Line> {
    let names = ["wallet-open", "wallet-page", "wallet-balance", "wallet-memory", "balance-command"];
    if !names.iter().any(|name| only(name)) {
        return Vec::new();
    }
    let folder = server::folder();
    let data = folder.path().join("verifier");
    drop(new_ledger(&data));
    let process = Process::start("serve", &data);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let dir = folder.path().join("wallet");
    std::fs::create_dir(&dir).unwrap();
    let mut rng = SystemEntropy::new();
    // A cheap vault: what it costs to guess passphrases is not counted.
    let vault = PassphraseVault::create(&dir.join("vault"), PASSPHRASE, Cost::FAST_FOR_TESTS, &mut rng).unwrap();
    let vault = vault.with_state_folder(&dir);
    let home = Home::with(&dir, Arc::new(vault));
    runtime.block_on(home.lived(&crate::wallets::invite(&data, process.address), PAYMENTS));
    let mut lines = runtime.block_on(opened(&home.without_vault()));
    if only("wallet-memory") {
        let resident = resident_of(&dir);
        let what = "resident with 100,000 payments, after balance and page";
        lines.push(Line::plain("wallet-memory", what, resident, "MiB", Target::AtMost(32.0)));
    }
    if only("balance-command") {
        lines.extend(balance_command(&home, &dir, folder.path()));
    }
    process.stop();
    lines.retain(|line| only(&line.name));
    lines
}

async fn opened(home: &Home) -> Vec<Line> {
    let (mut open, mut page, mut balance) = (Times::default(), Times::default(), Times::default());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let wallet = Wallet::open(&home.place).await.unwrap();
        open.add(began.elapsed());
        let began = Instant::now();
        assert_eq!(wallet.history(None, PAGE).unwrap().len(), PAGE);
        page.add(began.elapsed());
        let began = Instant::now();
        assert_eq!(wallet.balances().unwrap()[0].available.asset(), usd());
        balance.add(began.elapsed());
        wallet.close().await.unwrap();
    }
    vec![
        Line::median_ms("wallet-open", "open a wallet of 100,000 payments", &open, Target::AtMost(20.0)),
        Line::median_ms("wallet-page", "its first page of history, 20 payments", &page, Target::AtMost(1.0)),
        Line::median_ms("wallet-balance", "its balance", &balance, Target::AtMost(1.0)),
    ]
}

/// The hidden command: opens a wallet, reads what a person looks at, and says how much memory that took, in MiB.
pub(crate) fn look(dir: &Path) {
    let vault = PassphraseVault::open(&dir.join("vault"), PASSPHRASE).unwrap().with_state_folder(dir);
    let home = Home::with(dir, Arc::new(vault));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let wallet = Wallet::open(&home.place).await.unwrap();
        wallet.balances().unwrap();
        let mut page = wallet.history(None, PAGE).unwrap();
        for _ in 0..50 {
            page = wallet.history(page.last().map(|payment| &payment.id), PAGE).unwrap();
        }
        println!("{}", status_mib("self", "VmRSS:"));
        wallet.close().await.unwrap();
    });
}

fn resident_of(dir: &Path) -> f64 {
    let looked = Command::new(std::env::current_exe().unwrap()).arg("look").arg(dir).output().unwrap();
    String::from_utf8(looked.stdout).unwrap().trim().parse().unwrap()
}

/// Start to exit, in turn with a program that opens the same database and reads one row of it.
fn balance_command(home: &Home, dir: &Path, scratch: &Path) -> Option<Line> {
    let beside = std::env::current_exe().unwrap();
    let (farthing, empty) = (beside.with_file_name("farthing"), beside.with_file_name("farthing-empty"));
    if !farthing.exists() || !empty.exists() {
        eprintln!("bench: balance-command is left out: scripts/bench builds the programs that it needs");
        return None;
    }
    let passphrase = scratch.join("passphrase");
    std::fs::write(&passphrase, PASSPHRASE).unwrap();
    let key = data_encoding::HEXLOWER.encode(home.key().as_bytes());
    let timed = |command: &mut Command| -> Duration {
        let began = Instant::now();
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
        let took = began.elapsed();
        assert!(status.success(), "{command:?}");
        took
    };
    let mut measured = crate::rounds::Beside::default();
    for _ in 0..ROUNDS {
        let mut command = Command::new(&farthing);
        command
            .args(["balance", "--wallet"])
            .arg(dir)
            .arg("--passphrase-file")
            .arg(&passphrase)
            .env("XDG_STATE_HOME", dir);
        measured.thing.add(timed(&mut command));
        measured.floor.add(timed(Command::new(&empty).arg(home.place.database()).arg(&key)));
    }
    let what = "farthing balance, start to exit; floor: opens SQLCipher";
    Some(Line::beside("balance-command", what, &measured, 3.0))
}
