//! `farthing write` and `farthing notes`: what contacts write to each other.

use super::json as as_json;
use crate::args::Write;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Operation;
use crate::operation::views::{NoteView, NotesView};
use crate::output::Output;
use crate::session::Session;
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(super) async fn write(args: Write, context: &Context) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let operation = Operation::Write { contact: args.contact.clone(), text: args.text };
    let written = session.ask::<Value>(operation).await;
    session.close().await;
    written?;
    let text = format!("Written to {}; `farthing notes` says whether it has arrived.", args.contact);
    Ok(Output::new(&json!({ "contact": args.contact }), text))
}

pub(super) async fn list(contact: String, context: &Context) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let notes = session.ask::<Vec<NoteView>>(Operation::Notes { contact }).await;
    session.close().await;
    let notes = notes?;
    let mut text = String::new();
    for note in &notes {
        let who = if note.own { "you" } else { "they" };
        let what = match (&note.text, &note.request) {
            (Some(words), _) => words.clone(),
            (None, Some(link)) => format!("a request: farthing pay '{link}'"),
            (None, None) => String::new(),
        };
        let state = if note.own { format!(" ({})", note.state) } else { String::new() };
        // Writing to a String does not fail.
        let _ = writeln!(text, "{}  {who}: {what}{state}", note.at);
    }
    if notes.is_empty() {
        text.push_str("Nothing was written yet.");
    }
    Ok(Output::new(&as_json(&NotesView { notes })?, text.trim_end().to_owned()))
}
