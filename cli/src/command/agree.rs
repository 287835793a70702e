//! A person's yes to a draft, and what becomes of it: shows, asks, confirms, waits for the outcome.
//!
//! | ends | before the yes | after it |
//! |---|---|---|
//! | no, Ctrl-C | the draft is discarded, exit 5 or 1 | exit 4, what was signed goes on |
//! | killed | a draft that does nothing | `sync` finds the outcome |

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Operation;
use crate::output::write_stderr;
use crate::session::Session;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead as _, BufReader, IsTerminal as _, stdin};

/// What is to be agreed to.
pub(super) struct Agreement {
    /// What a person must see.
    pub(super) shown: String,
    /// What it is asked then.
    pub(super) question: &'static str,
    /// What a script is told that gave no `--yes`.
    pub(super) no_yes: &'static str,
    /// The answer cannot come from stdin, which was read already.
    pub(super) stdin_is_used: bool,
    /// After a no.
    pub(super) discard: Operation,
    /// After a yes.
    pub(super) confirm: Operation,
    /// Waits for what became of it.
    pub(super) outcome: Operation,
    /// After the yes, while the answer is not known; it names what it is about.
    pub(super) undecided: Failure,
}

impl Agreement {
    /// From the question to the outcome.
    ///
    /// # Errors
    /// The person's no, the wallet's, and `undecided`.
    pub(super) async fn settle<T: DeserializeOwned>(
        self,
        session: &mut Session<'_>,
        context: &Context,
    ) -> Result<T, Failure> {
        context.end_myself();
        if let Err(no) = self.asked().authorise(context).await {
            // The draft is of no use to anybody; that it could not be forgotten is no news to the person.
            let _ = session.ask::<Value>(self.discard).await;
            return Err(no);
        }
        if let Err(failure) = session.ask::<Value>(self.confirm).await {
            // The wallet's own no is sure. Without an answer it may have been stored and sent.
            return Err(if session.has_lost_an_answer() { because(self.undecided, &failure) } else { failure });
        }
        let outcome = tokio::select! {
            outcome = session.ask::<T>(self.outcome) => outcome,
            () = context.interrupted() => return Err(self.undecided),
        };
        // After the yes every trouble on this side leaves the outcome open.
        outcome.map_err(|failure| because(self.undecided, &failure))
    }

    fn asked(&self) -> Asked<'_> {
        let Self { shown, question, no_yes, stdin_is_used, .. } = self;
        Asked { shown, question, no_yes, stdin_is_used: *stdin_is_used }
    }
}

/// What is asked, where a yes is all that there is to it; as in [`Agreement`].
pub(super) struct Asked<'a> {
    pub(super) shown: &'a str,
    pub(super) question: &'a str,
    pub(super) no_yes: &'a str,
    pub(super) stdin_is_used: bool,
}

impl Asked<'_> {
    /// A yes to exactly what is shown.
    ///
    /// # Errors
    /// The person's no.
    pub(super) async fn authorise(&self, context: &Context) -> Result<(), Failure> {
        if context.json() {
            return if context.yes() { Ok(()) } else { Err(Failure::not_authorised(self.no_yes)) };
        }
        write_stderr(self.shown);
        if context.yes() {
            return Ok(());
        }
        write_stderr(self.question);
        let stdin_is_used = self.stdin_is_used;
        let answer = tokio::task::spawn_blocking(move || answer(stdin_is_used));
        let answer = tokio::select! {
            answer = answer => answer.unwrap_or_default(),
            () = context.interrupted() => return Err(Failure::interrupted_before_anything()),
        };
        if ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
            Ok(())
        } else {
            Err(Failure::not_authorised("Not authorised; nothing was kept"))
        }
    }
}

fn because(undecided: Failure, failure: &Failure) -> Failure {
    let message = format!("{} ({})", undecided.message, failure.message);
    if failure.code == undecided.code { undecided } else { undecided.with_message(&message) }
}

/// One line; nothing when there is nobody to answer.
pub(super) fn answer(stdin_is_used: bool) -> String {
    let mut line = String::new();
    // What cannot be read is no yes.
    if stdin_is_used {
        if let Ok(terminal) = File::open("/dev/tty") {
            let _ = BufReader::new(terminal).read_line(&mut line);
        }
    } else {
        let _ = stdin().lock().read_line(&mut line);
        if !stdin().is_terminal() {
            // Nobody pressed Enter here.
            write_stderr("\n");
        }
    }
    line
}
