//! What a person can send to whoever helps: how the wallet stands, and nothing about whom it pays, how much, or who it is.

use super::Wallet;
use crate::failure::Failure;
use farthing_core::Error;
use farthing_core::events::EventSeq;
use farthing_core::wallet::Wallet as Core;
use farthing_protocol::time::Time;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

/// The newest events that are named.
const EVENTS_TOLD: usize = 50;
/// Events that are read at once.
const EVENTS_PAGE: usize = 500;

#[uniffi::export]
impl Wallet {
    /// How the wallet stands, as lines of `name: value`, for a person to send to whoever helps. Without ids, names, addresses,
    /// amounts and texts; of events, their kinds and how long ago.
    pub async fn diagnostics(&self) -> Result<String, Failure> {
        // Each call under way holds what is open.
        let (approver, others) = (self.approver.is_some(), Arc::strong_count(&self.open).saturating_sub(1));
        with_wallet!(self, |wallet| told(wallet, approver, others))
    }
}

fn told(wallet: &Core, approver: bool, others: usize) -> Result<String, Error> {
    let status = wallet.status()?;
    let mut text = String::new();
    // Writing to a String does not fail.
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        let _ = writeln!(text, "{name}: {value}");
    };
    line("farthing", &env!("CARGO_PKG_VERSION"));
    line("surface", &crate::abi::ABI);
    line("platform", &format_args!("{} {}", std::env::consts::OS, std::env::consts::ARCH));
    line("state", &status.profile.state.as_str());
    line("verifier heard", &status.verifier_time.is_some());
    if let Some(offset) = status.clock_offset_ms {
        line("clock ahead, seconds", &(offset / 1000));
    }
    line("payments without an answer", &status.unfinished);
    line("acts without an answer", &status.acts);
    line("history lost", &status.history_lost);
    line("account forgotten", &status.account_forgotten);
    line("standing", &format_args!("{:?}", status.standing));
    line("copies", &format_args!("{:?}", status.copies));
    line("payments signed by", &if wallet.signs_here() { "the wallet" } else { "hardware" });
    line("asked before paying", &approver);
    line("other calls under way", &others);
    line("phrase kept", &wallet.keeps_phrase()?);
    line("currencies", &wallet.assets().len());
    line("contacts", &wallet.contacts()?.len());
    for (seconds, kind) in newest(wallet, status.verifier_time)? {
        line("event", &format_args!("{kind}, {seconds} s ago"));
    }
    Ok(text)
}

/// The newest events, oldest first: how long ago, and what kind.
fn newest(wallet: &Core, now: Option<Time>) -> Result<Vec<(u64, &'static str)>, Error> {
    let mut found = VecDeque::with_capacity(EVENTS_TOLD);
    let mut after = EventSeq(0);
    loop {
        let page = wallet.read(|engine| engine.store().events(after, EVENTS_PAGE))?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for event in &page {
            if found.len() == EVENTS_TOLD {
                found.pop_front();
            }
            found.push_back((event.at, event.kind.name()));
        }
    }
    let ago = |at: Time| now.map_or(0, |now| now.as_ms().saturating_sub(at.as_ms()) / 1000);
    Ok(found.into_iter().map(|(at, kind)| (ago(at), kind)).collect())
}
