//! What a wallet is and has, and what something scanned is.

use super::loss::loss;
use super::payment::details;
use super::tab::waiting;
use crate::operation::CheckpointView;
use crate::operation::views::{BalancesView, LookView, StatusView};
use std::fmt::Write as _;

/// How it stands.
pub(crate) fn status(status: &StatusView) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    if let Some(name) = &status.name {
        let _ = writeln!(out, "Name:      {name}");
    }
    let _ = writeln!(out, "Alias:     {}", status.handle);
    let _ = writeln!(out, "Account:   {}", status.account);
    let _ = writeln!(out, "Device:    {}", status.device);
    let _ = writeln!(out, "Verifier:  {}", status.verifier);
    let _ = writeln!(out, "At:        {}", status.url);
    let _ = writeln!(out, "Vault:     {}", status.vault);
    match status.clock_offset_ms {
        Some(ms) => {
            let _ = writeln!(out, "Clock:     {}", clock(ms));
        }
        None => out.push_str("Clock:     not known, the verifier was not heard\n"),
    }
    if let Some(devices) = status.devices {
        let _ = writeln!(out, "Devices:   {devices}");
    }
    out.push_str(match status.state.as_str() {
        "enrolling" => "The account is not open yet: run `farthing init` again with the same invite.\n",
        "restoring" => {
            "The account is not restored yet: run `farthing restore` again with the same invite and phrase.\n"
        }
        "reading" => "The account's past is not read to the end: run `farthing sync` before you pay.\n",
        "revoked" => {
            "This device was revoked. It pays nothing any more; what it knows stays, and `farthing export` writes it.\n"
        }
        _ => "",
    });
    out.push_str(match status.copies.as_str() {
        "found" => "This is a copy of a wallet folder that is used elsewhere, too: run `farthing sync` before you pay.\n",
        "known" => "Another copy of this wallet folder is or was in use. Nothing is paid twice; use one, and delete the other.\n",
        _ => "",
    });
    if status.account_forgotten {
        out.push_str(
            "The verifier was restored from a backup that is older than this account, and its invite did not open the account\n\
             again. Nothing can be paid. `farthing export DIR` writes the receipts, which prove what you had; `farthing accept-loss`\n\
             takes it off your balance. Ask the operator for a new invite, and use it with `farthing --wallet NEWDIR init`.\n",
        );
    }
    match &status.loss {
        Some(lost) => out.push_str(&loss(lost)),
        None if status.history_lost => out.push_str(
            "The verifier knows less than it did before. Nothing is paid until it knows all of it again; ask its operator.\n",
        ),
        None => {}
    }
    out.push_str(standing(&status.standing));
    let _ =
        writeln!(out, "Pending:   {} payments, {} tabs, {} acts", status.pending.len(), status.tabs.len(), status.acts);
    for payment in &status.pending {
        let _ = writeln!(out, "  {} {} {}", payment.id, payment.state, payment.amount.text);
    }
    for tab in &status.tabs {
        out.push_str(&waiting(tab));
    }
    out
}

/// Less than a second is mostly the call's own way.
fn clock(ahead_ms: i64) -> String {
    let seconds = ahead_ms.unsigned_abs() / 1000;
    match (seconds, ahead_ms > 0) {
        (0, _) => "as the verifier's".to_owned(),
        (_, true) => format!("{seconds} s ahead of the verifier's"),
        (_, false) => format!("{seconds} s behind the verifier's"),
    }
}

/// What is wrong with what the verifier tells, if something is.
pub(crate) fn standing(standing: &str) -> &'static str {
    match standing {
        "contradicted" => {
            "The verifier signed TWO HISTORIES of its ledger: it told you and somebody else different things. Nothing is paid. \
             `farthing export` writes the proof, `farthing accept-loss` goes on all the same.\n"
        }
        "unaccounted" => {
            "The verifier does not account for a checkpoint that it signed. Nothing is paid until it does: run `farthing sync`; \
             `farthing accept-loss` goes on all the same.\n"
        }
        _ => "",
    }
}

/// What the ledger is, as this wallet was told.
pub(crate) fn checkpoint(view: &CheckpointView) -> String {
    let mut out = match (view.entries, &view.at, &view.hash) {
        (Some(entries), Some(at), Some(hash)) => {
            format!("The ledger had {entries} entries at {at}.\nCheckpoint: {hash}\n")
        }
        _ => "The verifier has told no checkpoint yet: run `farthing sync`.\n".to_owned(),
    };
    match standing(&view.standing) {
        "" => out.push_str("All that is known of it fits together."),
        wrong => out.push_str(wrong.trim_end()),
    }
    out
}

/// One line per currency; what is zero is left out, except what can be spent.
pub(crate) fn balances(view: &BalancesView) -> String {
    if view.balances.is_empty() {
        return "No currency is known yet: run `farthing sync`.".to_owned();
    }
    let mut out = String::new();
    for balance in &view.balances {
        let _ = write!(out, "{}", balance.available.text);
        for (amount, word) in [(&balance.held, "held"), (&balance.incoming, "on its way")] {
            if amount.value != "0" {
                let _ = write!(out, "  ({} {word})", amount.text);
            }
        }
        out.push('\n');
    }
    out
}

/// What was scanned.
pub(crate) fn look(view: &LookView) -> String {
    let genuine = match (view.genuine, view.kind.as_str()) {
        (true, "invite") => "Genuine: the verifier that it names has made it.",
        (true, _) => "Genuine: unaltered, and signed by its own key. Who made it is not known by that.",
        (false, _) => "NOT genuine. Do not use it.",
    };
    format!("This is a Farthing {}.\n{genuine}\n{}", view.kind, details(&view.details, 0))
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn clocks() {
        assert_eq!(clock(-999), "as the verifier's");
        assert_eq!(clock(61_500), "61 s ahead of the verifier's");
        assert_eq!(clock(-1_000), "1 s behind the verifier's");
    }
}
