//! `farthing contacts`: people one knows, by names of one's own.

use super::json;
use crate::args::{Contacts, ContactsAction};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::views::{ContactView, ContactsView};
use crate::operation::{Operation, Wish};
use crate::output::Output;
use crate::session::Session;
use std::fmt::Write as _;

pub(super) async fn run(args: Contacts, context: &Context) -> Result<Output, Failure> {
    let (name, wish) = match args.action {
        None => return list(context).await,
        Some(ContactsAction::Rename { name, new }) => (name, Wish::Rename(new)),
        Some(ContactsAction::Block { name }) => (name, Wish::Block),
        Some(ContactsAction::Unblock { name }) => (name, Wish::Unblock),
    };
    let mut session = Session::open(context).await?;
    let changed = session.ask::<ContactView>(Operation::ChangeContact { name, wish }).await;
    session.close().await;
    let changed = changed?;
    Ok(Output::new(&json(&changed)?, line(&changed)))
}

async fn list(context: &Context) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let contacts = session.ask::<Vec<ContactView>>(Operation::Contacts).await;
    session.close().await;
    let contacts = contacts?;
    let mut text = String::new();
    for contact in &contacts {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{}", line(contact));
    }
    if contacts.is_empty() {
        text.push_str("No contacts yet: `farthing pair show` on one phone, `farthing pair scan` on the other.");
    }
    Ok(Output::new(&json(&ContactsView { contacts })?, text.trim_end().to_owned()))
}

/// One contact.
pub(super) fn line(contact: &ContactView) -> String {
    let state = match (contact.blocked, contact.verified) {
        (true, _) => "blocked",
        (false, true) => "verified in person",
        (false, false) => "met; their confirmation has not arrived yet",
    };
    let own = contact.calls_itself.as_ref().filter(|own| **own != contact.name);
    let own = own.map_or_else(String::new, |own| format!(", calls itself \"{own}\""));
    format!("{}  {}  ({state}{own})", contact.name, contact.handle)
}
