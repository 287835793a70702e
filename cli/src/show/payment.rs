//! A payment before and after the yes.

use super::party;
use crate::operation::views::{DraftView, OutcomeView};
use farthing_core::export::views::ItemView;
use std::fmt::Write as _;

/// What a person must see before being asked.
pub(crate) fn draft(draft: &DraftView) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = writeln!(out, "Payee:   {}", party(&draft.payee));
    if let Some(memo) = &draft.request_memo {
        let _ = writeln!(out, "For:     {memo}");
    }
    out.push_str(&items(&draft.items));
    let _ = writeln!(out, "Amount:  {}", draft.amount.text);
    let _ = writeln!(out, "Fee:     {}", draft.fee.text);
    let _ = writeln!(out, "Total:   {}", draft.total.text);
    if let Some(memo) = &draft.memo {
        let _ = writeln!(out, "Memo:    {memo}");
    }
    for warning in &draft.warnings {
        let _ = writeln!(out, "Warning: {warning}");
    }
    out
}

/// A settled payment.
pub(crate) fn outcome(outcome: &OutcomeView, draft: &DraftView) -> String {
    format!(
        "Paid {} to {}.\nFee {}, total {}.\nPayment {}: the receipt is stored, see `farthing receipt {}`.",
        draft.amount.text,
        party(&draft.payee),
        draft.fee.text,
        draft.total.text,
        outcome.payment.id,
        outcome.payment.id,
    )
}

/// The lines of a bill.
pub(super) fn items(items: &[ItemView]) -> String {
    items.iter().map(|item| format!("  - {}: {}\n", item.name, item.amount.text)).collect()
}

/// Nested members as indented lines.
pub(crate) fn details(value: &serde_json::Value, indent: usize) -> String {
    use serde_json::Value;
    let pad = " ".repeat(indent);
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| match value {
                // An amount is one line.
                Value::Object(inner) if inner.contains_key("text") && inner.contains_key("asset") => {
                    format!("{pad}{name}: {}\n", plain(inner.get("text").unwrap_or(&Value::Null)))
                }
                Value::Object(_) | Value::Array(_) => format!("{pad}{name}:\n{}", details(value, indent + 2)),
                _ => format!("{pad}{name}: {}\n", plain(value)),
            })
            .collect(),
        Value::Array(values) => values
            .iter()
            .map(|value| match value {
                Value::Object(_) | Value::Array(_) => format!("{pad}-\n{}", details(value, indent + 2)),
                _ => format!("{pad}- {}\n", plain(value)),
            })
            .collect(),
        _ => format!("{pad}{}\n", plain(value)),
    }
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
