//! How answers look to a person.

mod devices;
mod history;
mod loss;
pub(crate) mod meter;
mod offline;
mod payment;
mod status;
mod tab;
mod watch;

pub(crate) use devices::devices;
pub(crate) use history::{history, receipt};
pub(crate) use loss::{accepted, loss};
pub(crate) use offline::{
    allowance_draft, allowed, asked_offline, claimed_offline, from_tab, loss_limits, offered_payment, offline,
    offline_prompt, paid_offline, passed, revoked_allowance, route, taken_offline,
};
pub(crate) use payment::{details, draft, outcome};
pub(crate) use status::{balances, checkpoint, look, standing, status};
pub(crate) use tab::{
    claimed, closed, offered, offers, paid_drop, served, tab, tab_agreed, tab_draft, tabs, taken, taken_directly,
};
pub(crate) use watch::happened;

use farthing_core::export::views::PartyView;

/// The minute of a time's text, as lists show it.
fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

/// Somebody, without claiming more than is known (wire decision 17).
fn party(party: &PartyView) -> String {
    match (&party.alias, &party.name, party.trust.as_str()) {
        (Some(alias), Some(name), "verified") => format!("{name} ({alias}; your contact, verified in person)"),
        (Some(alias), Some(name), "met") => {
            format!("{name} ({alias}; your contact; their confirmation has not arrived yet)")
        }
        (Some(alias), _, "known") => format!("{alias} (paid before, same key)"),
        (Some(alias), _, _) => format!("{alias} (unverified)"),
        (None, Some(name), _) => format!("somebody who calls itself \"{name}\""),
        (None, None, "verifier") => "the verifier's operator".to_owned(),
        (None, None, _) => "somebody without a name".to_owned(),
    }
}
