//! `farthing watch`: stays current, and says what happens as it happens.
//!
//! | ends | with |
//! |---|---|
//! | Ctrl-C, SIGTERM, `--for`, `--count`, a reader that is gone | 0 |
//! | the process that holds the folder ends | goes on, holding it itself |
//! | killed | `--after` with the last `seq` that was read goes on there |

use super::json;
use crate::args::Watch;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Operation;
use crate::operation::watching::{ContactView, LineView, WatchedView};
use crate::output::{Output, write_line, write_stderr};
use crate::session::Session;
use crate::show;
use std::time::{Duration, Instant};

/// How long one operation waits: short beside what an owner's other end may take to notice.
pub(super) const ROUND: Duration = Duration::from_secs(25);
/// What others have asked of us is finished, within what an interrupted command has.
const LAST_WORDS: Duration = Duration::from_millis(1500);

pub(super) async fn run(args: Watch, context: &Context) -> Result<Output, Failure> {
    context.end_myself();
    let watched = tokio::select! {
        watched = watch(&args, context) => watched,
        () = context.interrupted() => Ok(()),
    };
    watched.map(|()| Output::nothing())
}

async fn watch(args: &Watch, context: &Context) -> Result<(), Failure> {
    let mut session = Session::open(context).await?;
    let watched = tokio::select! {
        watched = follow(args, &mut session, context.json()) => watched,
        () = context.interrupted() => Ok(()),
    };
    // Whoever is cut off here goes on with the next owner, or says that it could not.
    let _ = tokio::time::timeout(LAST_WORDS, session.close()).await;
    watched
}

async fn follow(args: &Watch, session: &mut Session<'_>, as_json: bool) -> Result<(), Failure> {
    let began = Instant::now();
    let (mut after, mut count) = (args.after, 0);
    let mut known: Option<ContactView> = None;
    loop {
        let left = args.for_time.map(|all| all.saturating_sub(began.elapsed()));
        let wait = left.map_or(ROUND, |left| left.min(ROUND));
        let watched = round(session, after, &mut known, wait).await?;
        for event in &watched.events {
            let line = if as_json { json(event)?.to_string() } else { show::happened(event) };
            count += 1;
            if !write_line(&line) || args.count == Some(count) {
                return Ok(());
            }
        }
        after = Some(watched.last);
        if args.for_time.is_some_and(|all| began.elapsed() >= all) {
            return Ok(());
        }
    }
}

/// Stays current for a while, and says how the wallet stands to its verifier when that changes.
pub(super) async fn round(
    session: &mut Session<'_>,
    after: Option<u64>,
    known: &mut Option<ContactView>,
    wait: Duration,
) -> Result<WatchedView, Failure> {
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    let watched: WatchedView = session.ask(Operation::Watch { after, known: known.clone(), wait_ms }).await?;
    if known.as_ref() != Some(&watched.contact) {
        tell(known.as_ref(), &watched.contact);
        *known = Some(watched.contact.clone());
    }
    Ok(watched)
}

/// Says when the verifier goes away and comes back, and what else stands in the way.
fn tell(before: Option<&ContactView>, now: &ContactView) {
    let line = |contact: &ContactView| contact.line;
    let was_away = before.is_some_and(|before| line(before) == LineView::Away);
    let trouble = now.trouble.as_deref().unwrap_or_default();
    match now.line {
        LineView::Away => write_stderr(&format!("Not in contact with the verifier: {trouble}. Trying again.\n")),
        LineView::Stream | LineView::Polling if !trouble.is_empty() => {
            write_stderr(&format!("In the way: {trouble}.\n"))
        }
        LineView::Stream | LineView::Polling if was_away => write_stderr("In contact with the verifier again.\n"),
        LineView::Connecting | LineView::Stream | LineView::Polling => {}
    }
}
