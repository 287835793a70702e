//! What a verifier has lost.

use super::{minute, party};
use farthing_core::export::views::{LossView, PaymentView};
use std::fmt::Write as _;

/// What is to be accepted, and what that means.
pub(crate) fn loss(loss: &LossView) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    if loss.payments.is_empty() {
        out.push_str(
            "The verifier was restored from a backup and has lost entries. None of your payments is among them.\n",
        );
    } else {
        let _ = writeln!(out, "The verifier was restored from a backup. It does not know {} any more:", these(loss));
        out.push_str(&list(loss));
    }
    out.push_str(
        "Nothing is paid until you accept that: `farthing accept-loss`. Your receipts are kept; `farthing export DIR` writes \
         them, as proof for the operator and for whoever paid you.\n",
    );
    out
}

/// What was accepted.
pub(crate) fn accepted(loss: &LossView) -> String {
    if loss.payments.is_empty() {
        return "Nothing of yours is lost. Payments go on.".to_owned();
    }
    format!("Accepted: you go on without {}. Receipts are kept, see `farthing export`:\n{}", these(loss), list(loss))
}

fn these(loss: &LossView) -> String {
    match loss.payments.len() {
        1 => "this payment".to_owned(),
        count => format!("these {count} payments"),
    }
}

fn list(loss: &LossView) -> String {
    let mut out: String = loss.payments.iter().map(one).collect();
    for owed in &loss.owed {
        let _ = writeln!(
            out,
            "By receipts: you had received {} of it, and paid {}, with fees.",
            owed.received.text, owed.paid.text
        );
    }
    out
}

fn one(payment: &PaymentView) -> String {
    let (sign, word) = if payment.direction == "out" { ("-", "to") } else { ("+", "from") };
    let proof = if payment.state == "settled" { "" } else { ", was under way: it is not known whether it was made" };
    let (at, amount) = (minute(&payment.at), &payment.amount.text);
    format!("  {at}  {sign}{amount}  {word} {}{proof}\n    {}\n", party(&payment.counterparty), payment.id)
}
