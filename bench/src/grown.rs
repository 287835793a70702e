//! Ledgers that have grown: the rate beside a small ledger's, memory, and what a payment takes of the disk.

use crate::line::{Line, Target};
use crate::load::{self, Pair};
use crate::rounds::Times;
use crate::server::{self, Process, file_bytes, new_ledger};
use crate::verifying::{CONNECTIONS, TURN, TURNS, each, peak};
use farthing_verifier::server::Folder;
use std::path::Path;

/// Payments and accounts, and the lines' names.
const SIZES: [(usize, usize, [&str; 3]); 2] = [
    (100_000, 100_000, ["grown-rate", "grown-memory", "grown-file"]),
    (1_000_000, 1_000_000, ["grown-million-rate", "grown-million-memory", "grown-million-file"]),
];
/// Who pays and is paid in a grown ledger: so many that their rows lie far apart.
const PAIRS: usize = 1024;

pub(crate) fn lines(only: &dyn Fn(&str) -> bool, full: bool) -> Vec<Line> {
    let sizes = SIZES.into_iter().filter(|(_, _, names)| names.iter().any(|name| only(name)));
    sizes
        .filter(|(payments, _, _)| full || *payments < 1_000_000)
        .flat_map(|(p, a, names)| grown(p, a, names))
        .collect()
}

fn grown(payments: usize, accounts: usize, names: [&'static str; 3]) -> Vec<Line> {
    let (small, large) = (server::folder(), server::folder());
    let mut verifier = new_ledger(small.path());
    let few = Pair::enrolled(&mut verifier, CONNECTIONS);
    drop(verifier);
    let mut verifier = new_ledger(large.path());
    let pairs = Pair::enrolled(&mut verifier, PAIRS);
    drop(verifier);
    copy_accounts(large.path(), accounts);
    let mut verifier = opened(large.path());
    let before = file_bytes(large.path());
    load::grow(&mut verifier, &pairs, payments);
    drop(verifier);
    let each_took = (file_bytes(large.path()) - before) as f64 / payments as f64;
    let (young, old) = (Process::start("serve", small.path()), Process::start("serve", large.path()));
    let (mut rates, mut floors) = (Times::default(), Times::default());
    for turn in 0..TURNS {
        let bare = peak(&young, load::signed(&few, each(TURN.as_secs_f64())));
        // Other people in each turn.
        let share = PAIRS / TURNS;
        let some = &pairs[turn * share..(turn + 1) * share];
        let spread = load::spread(load::signed(some, each(TURN.as_secs_f64()) * CONNECTIONS / share), CONNECTIONS);
        rates.add_ns(peak(&old, spread).answered.per_second());
        floors.add_ns(bare.answered.per_second());
    }
    let memory = old.resident_most_mib();
    young.stop();
    old.stop();
    let what = format!("durable payments after {payments}, {accounts} accounts; floor: none");
    let rate =
        Line::plain(names[0], &what, rates.median_ns(), "/s", Target::ShareOfFloor(0.8)).over(floors.median_ns());
    vec![
        Line { spread: Some((rates.at(0.0), rates.at(1.0))), ..rate },
        Line::plain(names[1], "the verifier's memory then, the most", memory, "MiB", Target::AtMost(128.0)),
        Line::plain(names[2], "its file, per payment", each_took, "B", Target::AtMost(1536.0)),
    ]
}

fn opened(data: &Path) -> farthing_verifier::Verifier {
    let keys = farthing_verifier::Keys::load(&Folder::signing_key(data)).unwrap();
    let db = Folder::connect(data, None, false).unwrap();
    farthing_verifier::Verifier::open(db, keys, farthing_verifier::server::now()).unwrap()
}

/// Accounts as enrolment leaves them, copied from the last that enrolled, with ids of their own. Nobody pays from them: they
/// are what payments have to be found among.
fn copy_accounts(data: &Path, count: usize) {
    let db = Folder::connect(data, None, false).unwrap();
    db.execute_batch(&format!(
        "PRAGMA foreign_keys = OFF;
         BEGIN;
         CREATE TEMP TABLE template AS SELECT * FROM accounts ORDER BY number DESC LIMIT 1;
         CREATE TEMP TABLE ours AS
           WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {count})
           SELECT n + (SELECT number FROM template) AS number FROM counted;
         INSERT INTO accounts (number, id, role, account_key, enrolment_hash, enrolment, list, opened_ms)
           SELECT o.number, randomblob(16), t.role, t.account_key, t.enrolment_hash, t.enrolment, t.list, t.opened_ms
           FROM ours o, template t;
         INSERT INTO devices (id, account, certificate)
           SELECT randomblob(16), o.number, (SELECT certificate FROM devices ORDER BY number DESC LIMIT 1) FROM ours o;
         INSERT INTO balances (account, asset, balance) SELECT o.number, 1, 1000000000 FROM ours o;
         INSERT INTO handles (handle, account, device, payee_key, state)
           SELECT randomblob(16), o.number, d.number, (SELECT payee_key FROM handles LIMIT 1), 5
           FROM ours o JOIN devices d ON d.account = o.number;
         DROP TABLE temp.ours;
         DROP TABLE temp.template;
         COMMIT;
         PRAGMA wal_checkpoint(TRUNCATE);",
    ))
    .unwrap();
}
