//! Tabs: before and after the yes, drops, claims, lists.

use super::{minute, party};
use crate::operation::tabs::views::{ClaimedView, PaidDropView, ShownTabView, TabDraftView, TakenView};
use farthing_core::export::tabs::{TabOfferView, TabReceiptView, TabView};
use farthing_core::export::views::AmountView;
use std::fmt::Write as _;

/// What a person must see before being asked.
pub(crate) fn tab_draft(draft: &TabDraftView) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = writeln!(out, "Payee:     {}", party(&draft.payee));
    if let Some(memo) = &draft.offer_memo {
        let _ = writeln!(out, "For:       {memo}");
    }
    if let (Some(price), Some(unit)) = (&draft.price, &draft.unit) {
        let _ = writeln!(out, "Price:     {} for each: {unit}", price.text);
    }
    if let Some(meter) = &draft.meter {
        out.push_str(&super::meter::terms(meter));
    }
    let _ = writeln!(out, "Cap:       {}", draft.cap.text);
    let _ = writeln!(out, "Fee:       {} at most", draft.fee.text);
    let more = if draft.changes { " more" } else { "" };
    let _ = writeln!(out, "Set aside: {}{more}; what is not claimed comes back", draft.set_aside.text);
    let _ = writeln!(
        out,
        "Until:     paid from for {}, claimed from for {} after that",
        span(draft.lasts_ms),
        span(draft.grace_ms)
    );
    if let Some(memo) = &draft.memo {
        let _ = writeln!(out, "Memo:      {memo}");
    }
    for warning in &draft.warnings {
        let _ = writeln!(out, "Warning:   {warning}");
    }
    out
}

/// A tab that was opened or raised.
pub(crate) fn tab_agreed(tab: &TabView, draft: &TabDraftView) -> String {
    let until = tab.spend_until.as_deref().unwrap_or_default();
    format!(
        "{} for {}: {} is set aside.\nPay from it with `farthing tab pay {} AMOUNT`, until {until}.\nTab {}",
        if draft.changes { "The tab is raised" } else { "A tab is open" },
        party(&tab.counterparty),
        tab.set_aside.as_ref().map_or("nothing", |amount| &amount.text),
        tab.id,
        tab.id,
    )
}

/// Beside the voucher.
pub(crate) fn paid_drop(paid: &PaidDropView) -> String {
    let sent = if paid.sent { " The voucher was sent to the contact." } else { "" };
    format!("{} in all, {} left.{sent} The voucher:\n", paid.total.text, paid.left.text)
}

/// A drop that its payee has stored.
pub(crate) fn taken_directly(paid: &PaidDropView) -> String {
    format!("Taken by the payee: {} in all, {} left.\nTab {}", paid.total.text, paid.left.text, paid.id)
}

/// A voucher that came over the network, in one line.
pub(crate) fn served(taken: &TakenView) -> String {
    format!("{} more, {} in all, {} left  {}", taken.added.text, taken.total.text, taken.left.text, taken.id)
}

/// What a voucher brought.
pub(crate) fn taken(taken: &TakenView) -> String {
    let known = format!("{} in all, {} left.\nTab {}", taken.total.text, taken.left.text, taken.id);
    if taken.newest.is_some() {
        return format!("Deliver nothing: you have a newer voucher. Show it to the payer. {known}");
    }
    match (taken.direction.as_str(), taken.added.value.as_str()) {
        ("out", "0") => format!("This is your own voucher, and known: {known}"),
        ("out", _) => format!("This is your own voucher: the tab goes on from it. {known}"),
        (_, "0") => format!("Deliver nothing: this voucher was taken before. {known}"),
        _ => format!("Taken: {} more, {known}", taken.added.text),
    }
}

/// What was claimed, tab by tab.
pub(crate) fn claimed(claimed: &ClaimedView) -> String {
    let mut out = String::new();
    for amount in &claimed.amounts {
        let _ = writeln!(out, "Claimed {}.", amount.text);
    }
    for tab in &claimed.claimed {
        let _ = writeln!(out, "  {}, {} in all  {}", tab.amount.text, tab.total.text, tab.id);
    }
    for tab in &claimed.refused {
        let _ = writeln!(out, "REFUSED (code {}): {}\n  {}", tab.code, tab.message, tab.id);
    }
    if claimed.waiting > 0 {
        let _ = writeln!(out, "{} claims are not decided yet: run `farthing sync`.", claimed.waiting);
    }
    if out.is_empty() {
        out.push_str("There is nothing to claim.");
    }
    out.trim_end().to_owned()
}

/// A tab that was closed.
pub(crate) fn closed(tab: &TabView) -> String {
    let until = tab.claim_until.as_deref().unwrap_or_default();
    format!(
        "The tab is {}: nothing more is paid from it. What the payee has not claimed comes back when it lets go of it, at the \
         latest at {until}.\nTab {}",
        tab.state, tab.id
    )
}

/// Newest first, a few lines each.
pub(crate) fn tabs(tabs: &[TabView]) -> String {
    if tabs.is_empty() {
        return "No tabs yet. `farthing sync` fetches what has arrived.".to_owned();
    }
    tabs.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// A tab that waits for the verifier, in one line.
pub(crate) fn waiting(tab: &TabView) -> String {
    format!("  {} {} ({} without an answer)\n", tab.id, tab.state, tab.pending.join(", "))
}

/// A tab and its receipts.
pub(crate) fn tab(shown: &ShownTabView) -> String {
    let mut out = one(&shown.tab);
    for receipt in &shown.receipts {
        let _ = writeln!(out, "  {}  {}", minute(&receipt.at), of_receipt(receipt));
    }
    if let Some(voucher) = &shown.voucher {
        let _ = writeln!(out, "  newest voucher: {voucher}");
    }
    out
}

fn one(tab: &TabView) -> String {
    let (verb, word) = if tab.direction == "out" { ("paid", "to") } else { ("taken", "from") };
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}  {} {verb} of {}  {}  {word} {}",
        minute(&tab.at),
        tab.total.text,
        tab.cap.as_ref().map_or("nothing", |cap| &cap.text),
        if tab.lost { "lost by the verifier" } else { &tab.state },
        party(&tab.counterparty)
    );
    let _ = writeln!(out, "  claimed {}{}", tab.claimed.text, fees(tab.fees.as_ref()));
    if let (Some(spend), Some(claim)) = (&tab.spend_until, &tab.claim_until) {
        let _ = writeln!(out, "  paid from until {}, claimed from until {}", minute(spend), minute(claim));
    }
    if let (Some(price), Some(unit)) = (&tab.price, &tab.unit) {
        let _ = writeln!(out, "  {} for each: {unit}", price.text);
    }
    for (what, text) in [("offered", &tab.offer_memo), ("memo", &tab.memo)] {
        if let Some(text) = text {
            let _ = writeln!(out, "  {what}: \"{text}\"");
        }
    }
    if tab.differs {
        out.push_str("  It does NOT keep to the terms of your offer: nothing is taken from it. Release it.\n");
    }
    if tab.elsewhere {
        out.push_str("  Another device of yours pays from it.\n");
    }
    if !tab.pending.is_empty() {
        let _ = writeln!(out, "  without an answer: {}", tab.pending.join(", "));
    }
    let _ = writeln!(out, "  {}", tab.id);
    out
}

fn fees(fees: Option<&AmountView>) -> String {
    fees.filter(|fees| fees.value != "0").map(|fees| format!(", fees {}", fees.text)).unwrap_or_default()
}

fn of_receipt(receipt: &TabReceiptView) -> String {
    let text = |amount: &Option<AmountView>| amount.as_ref().map(|amount| amount.text.clone()).unwrap_or_default();
    match (receipt.closed, receipt.ended, &receipt.cap) {
        (true, _, _) => "closed".to_owned(),
        (_, true, _) => "ended, the rest went back".to_owned(),
        (_, _, Some(cap)) => format!("cap {}", cap.text),
        (_, _, None) => format!("claimed {}, {} in all", text(&receipt.amount), text(&receipt.claimed)),
    }
}

/// An offer of ours that was made.
pub(crate) fn offered(offer: &TabOfferView) -> String {
    let often = if offer.standing { ", again and again" } else { "" };
    format!(
        "Offers {}; can be accepted until {}{often}.\nLink: {}\nOffer {}",
        terms(offer),
        offer.expires,
        offer.link.as_deref().unwrap_or_default(),
        offer.id
    )
}

/// Newest first, a few lines each.
pub(crate) fn offers(offers: &[TabOfferView]) -> String {
    if offers.is_empty() {
        return "No offers yet. `farthing sync` fetches what contacts have sent.".to_owned();
    }
    let one = |offer: &TabOfferView| {
        let mut out = String::new();
        let state = match (&offer.from, offer.state.as_str()) {
            (Some(from), _) => format!("from {}", party(from)),
            (None, "paid") => "accepted".to_owned(),
            (None, state) => state.to_owned(),
        };
        let _ = writeln!(out, "{}  {}  {state}", minute(&offer.created), terms(offer));
        if let Some(memo) = &offer.memo {
            let _ = writeln!(out, "  \"{memo}\"");
        }
        let _ = match (&offer.link, &offer.tab) {
            (_, Some(tab)) => writeln!(out, "  accepted as tab {tab}"),
            (Some(link), None) => writeln!(out, "  until {}: {link}", minute(&offer.expires)),
            (None, None) => writeln!(out, "  until {}: farthing tab open {}", minute(&offer.expires), offer.id),
        };
        let _ = writeln!(out, "  {}", offer.id);
        out
    };
    offers.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn terms(offer: &TabOfferView) -> String {
    format!(
        "{} for each: {}, up to {}, paid from for {}",
        offer.price.text,
        offer.unit,
        offer.cap.text,
        span(offer.lasts_ms)
    )
}

/// Days, hours and minutes.
pub(super) fn span(ms: u64) -> String {
    let minutes = ms.div_ceil(60_000);
    let parts = [(minutes / 1440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "min")];
    let some: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    if some.is_empty() { "no time".to_owned() } else { some.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans() {
        assert_eq!(span(24 * 3_600_000), "1 d");
        assert_eq!(span(86_340_000 + 1), "1 d");
        assert_eq!(span(49 * 3_600_000 + 90_000), "2 d 1 h 2 min");
        assert_eq!(span(0), "no time");
    }
}
