//! One line for what happened.

use super::{minute, party};
use crate::operation::watching::WatchedEventView;

/// The event, for a person.
pub(crate) fn happened(watched: &WatchedEventView) -> String {
    let event = &watched.event;
    let at = minute(&event.at);
    if let Some(tab) = &watched.tab {
        let word = if tab.direction == "out" { "to" } else { "from" };
        let cap = tab.cap.as_ref().map_or("nothing", |cap| &cap.text);
        let (what, party) = (event.kind.replace('_', " "), party(&tab.counterparty));
        return format!("{at}  {what}: {} of {cap} {word} {party}  {}", tab.total.text, tab.id);
    }
    let Some(payment) = &watched.payment else {
        let about = event.id.as_deref().map(|id| format!(": {id}")).unwrap_or_default();
        let code = event.code.map(|code| format!(" (code {code})")).unwrap_or_default();
        return format!("{at}  {}{about}{code}", event.kind.replace('_', " "));
    };
    let word = if payment.direction == "out" { "to" } else { "from" };
    let what = match event.kind.as_str() {
        "received" | "issued" => "received",
        "payment_authorised" => "paying",
        "payment_settled" => "paid",
        "payment_refused" => "refused",
        "payment_expired" => "never paid",
        "request_paid" => "your request was paid:",
        "paid_elsewhere" => "paid from a copy of this wallet:",
        other => other,
    };
    let memo =
        payment.memo.as_ref().or(payment.reason.as_ref()).map(|text| format!(", \"{text}\"")).unwrap_or_default();
    format!("{at}  {what} {} {word} {}{memo}  {}", payment.amount.text, party(&payment.counterparty), payment.id)
}
