//! The one thread that writes. A group is what queued while the last one was committed.

use super::log::Log;
use super::moment::now;
use super::readers::busy;
use crate::Verifier;
use crate::call::Prepared;
use crate::fault::Fault;
use crate::topic::Topic;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::Reply;
use farthing_protocol::id::AccountId;
use farthing_protocol::time::Moment;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::{broadcast, oneshot, watch};

/// Acts of one transaction: a commit stays in the order of milliseconds.
const GROUP_MAX: usize = 256;
/// How often time is persisted and a sweep begun when nothing else happens.
const TICK: Duration = Duration::from_secs(60);
/// The operator's commands that wait; the operator's socket sends one after the other.
const ERRANDS_MAX: usize = 16;
/// Groups whose news a slow long poll may miss; then it simply looks.
const NEWS: usize = 256;

/// What the operator has done between two groups. It answers with the account that has something new, if one has.
pub(super) type Errand = Box<dyn FnOnce(&mut Verifier, Moment) -> Option<AccountId> + Send>;

/// Where the answer to an act goes.
pub(super) type Answer = oneshot::Sender<Result<Reply, Fault>>;

enum Job {
    Act(Prepared, Answer),
    /// Has a writer that waits look for errands.
    Look,
}

/// What comes to the writer, by two ways: calls must not keep the operator out.
struct Inbox {
    queue: Receiver<Job>,
    errands: Receiver<Errand>,
}

/// A way to the writer. It ends when the last of these is gone.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: SyncSender<Job>,
    errands: SyncSender<Errand>,
    news: broadcast::Sender<Arc<[Topic]>>,
    broken: watch::Receiver<bool>,
}

/// Tells the others when the writer's thread ends by a panic: without it nothing can be decided any more.
struct Watched(watch::Sender<bool>);

impl Drop for Watched {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("the writer failed, which is a fault of this program; nothing more can be decided");
            self.0.send_replace(true);
        }
    }
}

impl core::fmt::Debug for Job {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Act(..) => "Act",
            Self::Look => "Look",
        })
    }
}

impl Writer {
    pub(super) fn start(
        verifier: Verifier,
        log: Option<Log>,
        queue: usize,
    ) -> std::io::Result<(Self, std::thread::JoinHandle<()>)> {
        let (sender, receiver) = sync_channel(queue.max(1));
        let (errands, to_run) = sync_channel(ERRANDS_MAX);
        let inbox = Inbox { queue: receiver, errands: to_run };
        let (news, _) = broadcast::channel(NEWS);
        let tell = news.clone();
        let (watched, broken) = watch::channel(false);
        let watched = Watched(watched);
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
            let _watched = watched;
            work(verifier, log, &inbox, &tell);
        })?;
        Ok((Self { queue: sender, errands, news, broken }, thread))
    }

    /// Has an act decided. A full queue decides nothing; an answer that is dropped is our fault.
    pub(super) fn decide(&self, prepared: Prepared, answer: Answer) {
        if let Err(TrySendError::Full(Job::Act(_, answer))) = self.queue.try_send(Job::Act(prepared, answer)) {
            // A caller that went away asks again with the same bytes.
            let _ = answer.send(Err(busy()));
        }
    }

    /// Has something done on the writer's connection, before the calls that wait.
    pub(super) fn errand(&self, errand: Errand) -> Result<(), Fault> {
        self.errands.try_send(errand).map_err(turned_away)?;
        // With a full queue the writer is awake, and looks before the next group.
        let _ = self.queue.try_send(Job::Look);
        Ok(())
    }

    /// Whether the thread ended by a panic.
    pub(super) fn broken(&self) -> watch::Receiver<bool> {
        self.broken.clone()
    }

    /// What has something new, group by group.
    pub(super) fn news(&self) -> broadcast::Receiver<Arc<[Topic]>> {
        self.news.subscribe()
    }
}

fn turned_away<T>(error: TrySendError<T>) -> Fault {
    match error {
        TrySendError::Full(_) => busy(),
        TrySendError::Disconnected(_) => ProblemCode::Internal.into(),
    }
}

fn work(mut verifier: Verifier, mut log: Option<Log>, inbox: &Inbox, news: &broadcast::Sender<Arc<[Topic]>>) {
    let mut next_tick = std::time::Instant::now();
    loop {
        // Before each wait: who found the queue full could not send a `Look`.
        run_errands(&mut verifier, inbox, news);
        let patience = next_tick.saturating_duration_since(std::time::Instant::now());
        match inbox.queue.recv_timeout(patience) {
            Ok(first) => group(&mut verifier, first, inbox, news),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if let Some(log) = &mut log {
            log.look(&verifier.db);
        }
        if std::time::Instant::now() >= next_tick {
            if let Err(error) = verifier.seal(now(), false) {
                tracing::error!(%error, "no checkpoint could be made");
            }
            // While there is more to sweep, the next slice follows the next group, or comes at once.
            let mut touched = Vec::new();
            let more = verifier.sweep_told(now(), &mut touched).unwrap_or_else(|error| {
                tracing::error!(%error, "the sweep failed");
                false
            });
            tell(news, touched);
            next_tick = std::time::Instant::now() + if more { Duration::ZERO } else { TICK };
        }
    }
}

/// The operator's commands come first.
fn run_errands(verifier: &mut Verifier, inbox: &Inbox, news: &broadcast::Sender<Arc<[Topic]>>) {
    for errand in inbox.errands.try_iter() {
        if let Some(account) = errand(verifier, now()) {
            // No one may be waiting.
            let _ = news.send([account.into()].into());
        }
    }
}

/// Decides what is in the queue now, then answers it.
fn group(verifier: &mut Verifier, first: Job, inbox: &Inbox, news: &broadcast::Sender<Arc<[Topic]>>) {
    let mut acts = Vec::new();
    let mut callers = Vec::new();
    let mut size = 0;
    for job in std::iter::once(first).chain(inbox.queue.try_iter()) {
        if let Job::Act(prepared, caller) = job {
            size += prepared.0.size();
            acts.push(prepared);
            callers.push(caller);
        }
        if size >= GROUP_MAX {
            break;
        }
    }
    if acts.is_empty() {
        return;
    }
    let batch = verifier.decide(&acts, now());
    tracing::debug!(acts = acts.len(), "decided");
    for (caller, reply) in callers.into_iter().zip(batch.replies) {
        // A caller that went away asks again with the same bytes.
        let _ = caller.send(Ok(reply));
    }
    tell(news, batch.touched);
}

/// Wakes who waits for something of it.
fn tell(news: &broadcast::Sender<Arc<[Topic]>>, touched: Vec<Topic>) {
    if !touched.is_empty() {
        // No one may be waiting.
        let _ = news.send(touched.into());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::{Keys, Setup};
    use farthing_protocol::key::Ed25519Key;
    use farthing_protocol::money::{Asset, Code};

    fn started() -> (Writer, std::thread::JoinHandle<()>) {
        let usd = Asset::new(Code::new("USD").unwrap(), 6).unwrap();
        let database = rusqlite::Connection::open_in_memory().unwrap();
        let (root, keys) = (Ed25519Key::from_seed([1; 32]), Keys::from_seeds([2; 32], [3; 32]));
        let setup = Setup::open("http://127.0.0.1:7878", usd, 1);
        Writer::start(Verifier::create(database, &setup, &root, keys, now()).unwrap(), None, 1).unwrap()
    }

    /// Ten thousand long polls must not all look because the operator made an invite.
    #[tokio::test]
    async fn an_errand_wakes_the_account_that_it_names_and_nobody_else() {
        let (writer, _thread) = started();
        let mut news = writer.news();
        let ada = AccountId::new([5; 16]);
        for names in [None, Some(ada)] {
            let (done, waited) = oneshot::channel();
            writer
                .errand(Box::new(move |_, _| {
                    let _ = done.send(());
                    names
                }))
                .unwrap();
            waited.await.unwrap();
        }
        let heard = tokio::time::timeout(Duration::from_secs(10), news.recv()).await.unwrap().unwrap();
        assert_eq!(&*heard, [ada.into()]);
    }

    /// However many calls wait: the operator must be able to accept the clock.
    #[tokio::test]
    async fn a_full_queue_of_calls_does_not_turn_the_operator_away() {
        let (writer, _thread) = started();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (begun, busy) = oneshot::channel();
        writer
            .errand(Box::new(move |_, _| {
                let _ = begun.send(());
                let _ = held.recv();
                None
            }))
            .unwrap();
        busy.await.unwrap();
        let call = || Prepared(crate::call::Step::Answered(Reply::done()));
        let decided = |by: &Writer| {
            let (answer, answered) = oneshot::channel();
            by.decide(call(), answer);
            answered
        };
        let waiting = decided(&writer);
        while writer.queue.try_send(Job::Look).is_ok() {}
        assert!(decided(&writer).await.unwrap().is_err(), "the queue is full");
        let (done, waited) = oneshot::channel();
        writer
            .errand(Box::new(move |_, _| {
                let _ = done.send(());
                None
            }))
            .unwrap();
        release.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), waited).await.unwrap().unwrap();
        let _ = waiting.await;
    }

    #[tokio::test]
    async fn a_panic_is_told_and_an_orderly_end_is_not() {
        let (writer, thread) = started();
        let mut broken = writer.broken();
        writer.errand(Box::new(|_, _| panic!("on purpose"))).unwrap();
        tokio::time::timeout(Duration::from_secs(10), broken.wait_for(|broken| *broken)).await.unwrap().unwrap();
        assert!(thread.join().is_err());
        let (writer, thread) = started();
        let broken = writer.broken();
        drop(writer);
        thread.join().unwrap();
        assert!(!*broken.borrow());
    }
}
