//! Payments as a list, and one receipt.

use super::payment::items;
use super::{minute, party};
use crate::operation::views::ReceiptView;
use farthing_core::export::views::PaymentView;
use std::fmt::Write as _;

/// Newest first, a few lines each.
pub(crate) fn history(payments: &[PaymentView]) -> String {
    if payments.is_empty() {
        return "No payments yet. `farthing sync` fetches what has arrived.".to_owned();
    }
    payments.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn one(payment: &PaymentView) -> String {
    let (sign, word) = match payment.direction.as_str() {
        "out" => ("-", "to"),
        _ => ("+", "from"),
    };
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = writeln!(
        out,
        "{}  {sign}{}  {}  {word} {}",
        minute(&payment.at),
        payment.amount.text,
        if payment.lost { "lost by the verifier" } else { &payment.state },
        party(&payment.counterparty)
    );
    if let Some(fee) = payment.fee.as_ref().filter(|fee| fee.value != "0") {
        let _ = writeln!(out, "  fee {}", fee.text);
    }
    if let Some(text) = &payment.request_memo {
        let _ = writeln!(out, "  asked for: \"{text}\"");
    }
    if let Some(text) = payment.memo.as_ref().or(payment.reason.as_ref()) {
        let _ = writeln!(out, "  memo: \"{text}\"");
    }
    for line in items(&payment.items).lines() {
        let _ = writeln!(out, "{line}");
    }
    let _ = writeln!(out, "  {}", payment.id);
    out
}

/// A receipt in plain words.
pub(crate) fn receipt(receipt: &ReceiptView) -> String {
    format!(
        "Receipt of {} at {}\n{}\nSigned by verifier {}\n  with key {}, at position {} of epoch {}.\nOrder {}\nPayee key {}",
        receipt.amount.text,
        receipt.at,
        if receipt.valid { "Valid: checked again against the verifier's certificates." } else { "NOT valid." },
        receipt.signed_by.verifier,
        receipt.signed_by.kid,
        receipt.seq,
        receipt.epoch,
        receipt.order,
        receipt.payee_key,
    )
}
