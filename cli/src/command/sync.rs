//! `farthing sync`: resolves what is pending, fetches what has arrived.

use super::json;
use crate::args::Sync;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Operation, views::SyncedView};
use crate::output::Output;
use crate::session::Session;
use crate::show;
use farthing_protocol::limits::LONG_POLL_MAX;
use std::time::{Duration, Instant};

/// One operation waits at most as long as the verifier holds a call; longer waits are several operations.
const ROUND: Duration = Duration::from_millis(LONG_POLL_MAX.as_ms());

pub(super) async fn run(args: Sync, context: &Context) -> Result<Output, Failure> {
    let mut session = Session::open(context).await?;
    let synced = until_something(&mut session, args.wait).await;
    session.close().await;
    let synced = synced?;
    let mut text =
        format!("{} resolved, {} received, {} still pending.", synced.resolved.len(), synced.received, synced.pending);
    if synced.rejected > 0 {
        text.push_str(&format!(
            "\n{} of the verifier's entries do not hold and were NOT counted; the events in `farthing export` name them.",
            synced.rejected
        ));
    }
    if let Some(loss) = &synced.loss {
        text.push('\n');
        text.push_str(&show::loss(loss));
    }
    Ok(Output::new(&json(&synced)?, text))
}

async fn until_something(session: &mut Session<'_>, wait: Duration) -> Result<SyncedView, Failure> {
    let began = Instant::now();
    let mut all = SyncedView { resolved: Vec::new(), received: 0, rejected: 0, pending: 0, loss: None };
    loop {
        let left = wait.saturating_sub(began.elapsed());
        let round_ms = u64::try_from(left.min(ROUND).as_millis()).unwrap_or(u64::MAX);
        let synced: SyncedView = session.ask(Operation::Sync { wait_ms: round_ms }).await?;
        all.resolved.extend(synced.resolved);
        all.received += synced.received;
        all.rejected += synced.rejected;
        all.pending = synced.pending;
        all.loss = synced.loss;
        if all.received > 0 || !all.resolved.is_empty() || all.loss.is_some() || began.elapsed() >= wait {
            return Ok(all);
        }
    }
}
