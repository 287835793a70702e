//! Money without network: before and after the yes, lists.

use super::tab::span;
use super::{minute, party};
use crate::operation::RouteView;
use crate::operation::offline::{
    AllowanceDraftView, AskedView, ClaimedOfflineView, OfferedPaymentView, OfflineListView, PaidView, PromptView,
};
use farthing_core::export::offline::{AllowanceView, TakenView};
use farthing_core::export::views::AmountView;
use std::fmt::Write as _;

/// What a person must see before money is set aside.
pub(crate) fn allowance_draft(draft: &AllowanceDraftView) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = writeln!(out, "Allowance:   {}, at most {} at once", draft.cap.text, draft.per_payment.text);
    let _ = writeln!(out, "Fee:         {} at most", draft.fee.text);
    let _ = writeln!(out, "Set aside:   {}; what is not spent comes back", draft.set_aside.text);
    let (lasts, grace) = (span(draft.lasts_ms), span(draft.grace_ms));
    let _ = writeln!(out, "Until:       paid from for {lasts}, claimed from for {grace} after that");
    let _ = writeln!(
        out,
        "A thief with this device could cost you {}, revoked or not: as much as the allowance once more is taken from the balance.",
        draft.at_stake.text
    );
    out
}

/// An allowance that is set aside.
pub(crate) fn allowed(allowance: &AllowanceView) -> String {
    format!(
        "{} can be spent without network until {}: `farthing offline pay`.\nAllowance {}",
        allowance.left.text,
        minute(&allowance.spend_until),
        allowance.id
    )
}

/// An allowance that was revoked.
pub(crate) fn revoked_allowance(allowance: &AllowanceView) -> String {
    format!(
        "Nothing more is signed from this allowance. What was signed before stays good; what is left comes back after {}.",
        minute(&allowance.claim_until)
    )
}

/// Which way a payment takes without network, and why none before it.
pub(crate) fn route(route: &RouteView) -> String {
    let way = match (route.way.as_deref(), route.allowance.as_deref()) {
        (Some("carried"), _) => {
            "A carried order: you sign it, and the payee posts it. Nobody can lose anything by that.".to_owned()
        }
        (Some("tab"), _) => "From a tab with this payee: what is set aside in it cannot be spent twice.".to_owned(),
        (_, id) => format!("From the allowance {}: the payee is told what it could lose.", id.unwrap_or_default()),
    };
    format!("{}{way}\n", passed(route))
}

/// Why ways were passed over, a line each.
pub(crate) fn passed(route: &RouteView) -> String {
    route.why_not.iter().map(|why_not| format!("{why_not}\n")).collect()
}

/// What a payer must see who pays from a tab.
pub(crate) fn from_tab(chosen: &RouteView) -> String {
    let mut out = route(chosen);
    if let Some(tab) = &chosen.tab {
        // Writing to a String does not fail.
        let _ = writeln!(out, "Payee:     {}", party(&tab.counterparty));
        let _ = writeln!(out, "Amount:    {} of the {} that are left", chosen.amount.text, tab.left.text);
        let _ = writeln!(out, "Tab:       {}", tab.id);
    }
    out
}

/// A request that the payer is to scan.
pub(crate) fn asked_offline(asked: &AskedView) -> String {
    format!(
        "{} until {}. Let the payer scan this, and take what their phone shows: `farthing offline accept PAYMENT`.",
        asked.amount.text,
        minute(&asked.expires)
    )
}

/// What a payer must see.
pub(crate) fn offline_prompt(prompt: &PromptView) -> String {
    let mut out = String::new();
    let name = prompt.payee_name.as_deref().unwrap_or("somebody who gives no name");
    let _ = writeln!(out, "Payee:     calls itself {name}; nobody has checked that");
    if let Some(memo) = &prompt.memo {
        let _ = writeln!(out, "For:       {memo}");
    }
    for (name, amount) in &prompt.items {
        let _ = writeln!(out, "           {name}: {}", amount.text);
    }
    let _ = writeln!(out, "Amount:    {}; {} of the allowance is left then", prompt.amount.text, prompt.left.text);
    if let Some(at) = &prompt.paid_lately {
        let _ = writeln!(out, "Warning:   you have paid this payee within the last 10 minutes, at {}", minute(at));
    }
    out
}

/// Beside the payment.
pub(crate) fn paid_offline(paid: &PaidView) -> String {
    format!("{} is signed, number {}. Let the payee scan this:\n", paid.amount.text, paid.number)
}

/// What a payee must see.
pub(crate) fn offered_payment(offer: &OfferedPaymentView) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "Amount:    {}", offer.amount.text);
    let could = &offer.could_lose;
    let _ = writeln!(
        out,
        "You could lose up to {}, {} of it by this payer. Your limit is {}.",
        could.all.text, could.of_payer.text, could.limit.text
    );
    let _ = writeln!(out, "Connect before {} to claim it.", minute(&offer.claim_until));
    let _ = match &offer.list_of {
        Some(time) => writeln!(out, "Revoked allowances are known as of {}.", minute(time)),
        None => writeln!(out, "No list of revoked allowances was read yet."),
    };
    out
}

/// A payment that was taken.
pub(crate) fn taken_offline(taken: &TakenView, is_new: bool) -> String {
    if is_new {
        format!(
            "Taken: {}. Deliver. It is not in your balance until it is settled; `farthing sync` claims it.",
            taken.amount.text
        )
    } else {
        format!(
            "This payment of {} was taken before: it brings nothing more. It is {}.",
            taken.amount.text, taken.state
        )
    }
}

/// What came of claiming.
pub(crate) fn claimed_offline(done: &ClaimedOfflineView) -> String {
    let mut out = String::new();
    for taken in &done.claimed {
        let _ = writeln!(out, "Claimed {}, {} of it is guaranteed.", taken.amount.text, taken.guaranteed.text);
    }
    for (taken, failure) in &done.refused {
        let _ = writeln!(out, "Refused {}: {}", taken.amount.text, failure.message);
    }
    if out.is_empty() { "There was nothing to claim.".to_owned() } else { out }
}

/// What may be lost.
pub(crate) fn loss_limits(limits: &[AmountView]) -> String {
    let texts: Vec<&str> = limits.iter().map(|limit| limit.text.as_str()).collect();
    format!("Without network at most {} may be lost, over all payments that are not settled.", texts.join(", "))
}

/// Both sides.
pub(crate) fn offline(list: &OfflineListView) -> String {
    let mut out = String::new();
    for allowance in &list.allowances {
        let _ = write!(
            out,
            "{}  {}: {} of {} left, until {}",
            allowance.id,
            if allowance.frozen { "frozen" } else { &allowance.state },
            allowance.left.text,
            allowance.cap.text,
            minute(&allowance.spend_until)
        );
        if let Some(taken) = allowance.taken_from_balance.as_ref().filter(|_| allowance.contradicts) {
            let unpaid = allowance.unpaid.as_ref().map_or("", |unpaid| &unpaid.text);
            let _ = write!(
                out,
                "; this device has made two payments of one number: {} was taken from the balance, {unpaid} is unpaid, a debt",
                taken.text
            );
        }
        out.push('\n');
    }
    for taken in &list.taken {
        let until = taken.claim_until.as_deref().map(minute).unwrap_or_default();
        let _ = writeln!(out, "taken {}  {}: {} {until}", minute(&taken.at), taken.state, taken.amount.text);
    }
    for unsettled in &list.unsettled {
        let _ = writeln!(out, "Taken and not settled: {}. It counts for nothing yet.", unsettled.text);
    }
    out
}
