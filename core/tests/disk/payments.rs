//! A hundred payments, and some tabs. A case is one fault, at one write or sync of one machine, in one of them.

use crate::deed::{Deed, Doing};
use crate::street::{Cut, Still, Street, Who};
use crate::tab::TabDeed;
use farthing_faults::vfs::Fault;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const DEEDS: usize = 100;
/// So often may something be in the way of one payment.
const TRIES: usize = 8;
/// For each kind of fault there is a case at every write, or sync, of each machine in each payment. So many of them are run,
/// spread evenly, unless `FARTHING_FAULTS` says otherwise; `scripts/disk --all` runs them all.
const CASES: usize = 100;
/// A tab writes twenty times as much as a payment, and is the same each time.
const TABS: usize = 3;
const CASES_OF_TABS: usize = 25;

#[derive(Clone, Copy, Debug)]
struct Case {
    deed: usize,
    who: Who,
    fault: Fault,
    at: u64,
    cut: Cut,
}

#[test]
fn a_fault_at_any_write_loses_nothing_that_was_told_and_doubles_nothing() {
    faults_in::<Deed>(DEEDS, CASES);
}

#[test]
fn nor_does_one_in_a_tab() {
    faults_in::<TabDeed>(TABS, CASES_OF_TABS);
}

/// Disks have names of their own in a process: here by how many deeds there are.
fn faults_in<D: Doing>(deeds: usize, usual: usize) {
    let wanted = std::env::var("FARTHING_FAULTS").map_or(usual, |text| text.parse().expect("a number"));
    let dir = tempfile::tempdir().unwrap();
    let begun = std::time::Instant::now();
    let (stills, counts) = script::<D>(&mut Street::new(dir.path(), &format!("script-{deeds}")), deeds);
    let kinds = Fault::ALL.into_iter().filter(|fault| *fault != Fault::LyingSync);
    let all: Vec<Vec<Case>> = kinds.map(|fault| cases(&counts, fault)).collect();
    let sample = |kind: &Vec<Case>| kind.iter().copied().step_by((kind.len() / wanted).max(1)).collect::<Vec<_>>();
    let cases: Vec<Case> = all.iter().flat_map(sample).collect();
    let (next, struck) = (AtomicUsize::new(0), Mutex::new(BTreeMap::<String, usize>::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (dir, next, struck, cases, stills) = (&dir, &next, &struck, &cases, &stills);
            scope.spawn(move || {
                let mut street = Street::new(dir.path(), &format!("street-{deeds}-{thread}"));
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(number) else { break };
                    if number > 0 && number.is_multiple_of(1_000) {
                        println!("{number} of {} so far", cases.len());
                    }
                    let printed = Printed(*case);
                    let hit = live::<D>(&mut street, &stills[case.deed], *case);
                    std::mem::forget(printed);
                    if hit {
                        *struck.lock().unwrap().entry(format!("{:?}", case.fault)).or_default() += 1;
                    }
                }
            });
        }
    });
    let struck = struck.into_inner().unwrap();
    println!(
        "{} of {} cases in {} s: {struck:?}",
        cases.len(),
        all.iter().map(Vec::len).sum::<usize>(),
        begun.elapsed().as_secs()
    );
    assert_eq!(struck.len(), Fault::ALL.len() - 1, "a kind of fault never struck: {struck:?}");
}

/// Says which case it was when a test panics in it.
struct Printed(Case);

impl Drop for Printed {
    fn drop(&mut self) {
        eprintln!("in {:?}", self.0);
    }
}

/// Everything goes well: how the street is before each payment, and how often each machine writes and syncs in it.
fn script<D: Doing>(street: &mut Street, deeds: usize) -> (Vec<Still>, Vec<[(u64, u64); 3]>) {
    let (mut stills, mut counts) = (Vec::new(), Vec::new());
    for number in 0..deeds {
        let still = street.still();
        street.become_again(&still);
        D::new(number).go_on(street).unwrap();
        street.close();
        counts.push(Who::ALL.map(|who| street.machine(who).disk.counted()));
        stills.push(still);
    }
    street.book.seq = street.bank.audit(0);
    (stills, counts)
}

/// A fault at every write, or sync, of every machine in every payment.
fn cases(counts: &[[(u64, u64); 3]], fault: Fault) -> Vec<Case> {
    let mut cases = Vec::new();
    for (deed, machines) in counts.iter().enumerate() {
        for (who, (writes, syncs)) in Who::ALL.into_iter().zip(machines) {
            for at in 1..=if fault.is_at_sync() { *syncs } else { *writes } {
                let cut = if (deed as u64 + at).is_multiple_of(2) { Cut::AtOnce } else { Cut::Later };
                cases.push(Case { deed, who, fault, at, cut });
            }
        }
    }
    cases
}

/// True when the fault has struck.
fn live<D: Doing>(street: &mut Street, still: &Still, case: Case) -> bool {
    street.become_again(still);
    street.cut = case.cut;
    let disk = street.machine(case.who).disk.clone();
    disk.plan(case.fault, case.at, case.deed as u64 * 1_000 + case.at);
    let mut deed = D::new(case.deed);
    done(street, &mut deed, TRIES);
    if !street.struck && !disk.has_struck() {
        // It is at the closing.
        street.close();
    }
    // Once more the power of that machine, whatever has happened to it by now.
    disk.cut_power();
    street.close();
    street.light_up();
    // What is told is true, and the script goes on.
    street.cut = Cut::AtOnce;
    done(street, &mut deed, 1);
    done(street, &mut D::new(case.deed + 1), 1);
    street.sync(Who::Ann).unwrap();
    D::check(street, case.deed + 2);
    street.close();
    street.bank.audit(still.seq());
    street.ann.check_file();
    street.bob.check_file();
    street.struck
}

/// People try again until it is done.
fn done(street: &mut Street, deed: &mut impl Doing, tries: usize) {
    let mut troubles = Vec::new();
    for _ in 0..tries {
        match deed.go_on(street) {
            Ok(()) => return,
            Err(trouble) => troubles.push(trouble),
        }
        street.light_up();
    }
    unreachable!("{tries} tries were not enough: {troubles:?}");
}
