//! `farthing tab serve`: takes vouchers over the network while it stays current with the verifier.
//!
//! | ends | with |
//! |---|---|
//! | Ctrl-C, SIGTERM, a reader that is gone | 0; what was posted by then is answered, what was taken is stored |
//! | the process that holds the folder ends | goes on, holding it itself |
//! | killed | a voucher that was answered is stored; `farthing tab list` has the totals |

use super::super::watch::{ROUND, round};
use super::listen::{self, Posted, WAITING_MAX};
use crate::args::TabServe;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::tabs::views::{AnsweredView, TakenView};
use crate::operation::{Operation, TabOperation};
use crate::output::{Output, write_line, write_stderr};
use crate::session::Session;
use crate::show;
use data_encoding::HEXLOWER;
use farthing_core::export::views::AmountView;
use serde_json::{Value, json};
use std::pin::pin;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// What was posted is answered, and what others have asked of us finished, within what an interrupted command has.
const DRAIN: Duration = Duration::from_millis(600);
const LAST_WORDS: Duration = Duration::from_millis(600);

pub(super) async fn run(args: TabServe, context: &Context) -> Result<Output, Failure> {
    context.end_myself();
    let no = |error| Failure::not_listening(format!("cannot listen on {}: {error}", args.listen));
    let listener = TcpListener::bind(args.listen).await.map_err(no)?;
    let (watching, answering) = tokio::select! {
        opened = open(context) => opened?,
        () = context.interrupted() => return Ok(Output::nothing()),
    };
    serve(listener, watching, answering, context).await.map(|()| Output::nothing())
}

/// Two sessions, so that no voucher waits for the verifier.
///
/// # Errors
/// When the wallet cannot be reached.
pub(in crate::command) async fn open(context: &Context) -> Result<(Session<'_>, Session<'_>), Failure> {
    let mut watching = Session::open(context).await?;
    let answering = Session::open(context).await?;
    // A payee that has not looked takes nothing. One that cannot look yet goes on trying while it serves.
    if let Err(failure) = watching.ask::<Value>(Operation::Sync { wait_ms: 0 }).await {
        write_stderr(&format!("Nothing is taken yet: {}\n", failure.message));
    }
    Ok((watching, answering))
}

async fn serve(
    listener: TcpListener,
    mut watching: Session<'_>,
    mut answering: Session<'_>,
    context: &Context,
) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(|e| Failure::internal(format!("a socket without an address: {e}")))?;
    let listening =
        if context.json() { json!({ "listening": address }).to_string() } else { format!("Listening on {address}") };
    let served =
        if write_line(&listening) { take_all(listener, &mut watching, &mut answering, context).await } else { Ok(()) };
    // Whoever is cut off here goes on with the next owner, or says that it could not.
    let _ = timeout(LAST_WORDS, answering.close()).await;
    let _ = timeout(LAST_WORDS, watching.close()).await;
    served
}

async fn take_all(
    listener: TcpListener,
    watching: &mut Session<'_>,
    answering: &mut Session<'_>,
    context: &Context,
) -> Result<(), Failure> {
    let (posted, waiting) = mpsc::channel(WAITING_MAX);
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(listen::serve(listener, posted, stopped));
    // Not dropped half-way: what was asked of a session is to be heard from it.
    let mut answered = pin!(answer(answering, waiting, context.json()));
    let (served, is_over) = tokio::select! {
        served = stay_current(watching) => (served, false),
        () = context.interrupted() => (Ok(()), false),
        () = answered.as_mut() => (Ok(()), true),
    };
    let _ = stop.send(true);
    let rest = async {
        if !is_over {
            answered.await;
        }
        server.await
    };
    let _ = timeout(DRAIN, rest).await;
    served
}

async fn stay_current(session: &mut Session<'_>) -> Result<(), Failure> {
    let (mut after, mut known) = (None, None);
    loop {
        after = Some(round(session, after, &mut known, ROUND).await?.last);
    }
}

/// Answers what is posted until nothing more can come, or nobody reads what was taken.
async fn answer(session: &mut Session<'_>, mut waiting: mpsc::Receiver<Posted>, as_json: bool) {
    while let Some(Posted { body, answer }) = waiting.recv().await {
        match judge(session, &body).await {
            Ok(Judged { taken, status, bytes, .. }) => {
                // First of all, so that whoever delivers has heard of it when the payer has.
                let is_read = taken.is_none_or(|taken| write_line(&line(&taken, as_json)));
                // Who is gone comes again.
                let _ = answer.send((status, bytes));
                if !is_read {
                    return;
                }
            }
            // Nothing is answered: the payer comes again. What ends the session ends the other one, too.
            Err(failure) => write_stderr(&format!("A voucher was not looked at: {}\n", failure.message)),
        }
    }
}

/// What became of a body that was posted.
pub(in crate::command) struct Judged {
    /// What of it was taken: it is stored by then.
    pub(in crate::command) taken: Option<TakenView>,
    /// What is stored of the tab, where that is the answer.
    pub(in crate::command) total: Option<AmountView>,
    /// What is to be answered.
    pub(in crate::command) status: u16,
    pub(in crate::command) bytes: Vec<u8>,
}

/// Has it judged, and stored.
///
/// # Errors
/// Why it was not judged: nothing is to be answered.
pub(in crate::command) async fn judge(session: &mut Session<'_>, body: &[u8]) -> Result<Judged, Failure> {
    let request = HEXLOWER.encode(body);
    let AnsweredView { status, answer, taken, total } =
        session.ask(Operation::Tab(TabOperation::Answer { request })).await?;
    let bytes = HEXLOWER.decode(answer.as_bytes()).map_err(|_| Failure::internal("the answer cannot be read"))?;
    Ok(Judged { taken, total, status, bytes })
}

fn line(taken: &TakenView, as_json: bool) -> String {
    if as_json {
        let TakenView { id, total, added, left, .. } = taken;
        json!({ "id": id, "added": added, "total": total, "left": left }).to_string()
    } else {
        show::served(taken)
    }
}
