//! Owns the folder: an open wallet, and a socket for others.

use super::place;
use super::wire::{Line, OPERATION_MAX, VERSION, read_line, write_line};
use crate::failure::Failure;
use crate::files;
use crate::operation::{Operation, perform};
use farthing_core::Wallet;
use farthing_core::wallet::FolderLock;
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::BufReader;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Commands that go through one owner at a time.
const VISITORS_MAX: usize = 64;
/// How long a visitor may be silent between operations: a person who thinks about a payment.
const VISITOR_WAIT: Duration = Duration::from_secs(600);
/// How long a visitor may take to read an answer.
const WRITE_WAIT: Duration = Duration::from_secs(10);

/// The wallet and its socket.
pub(super) struct Owner {
    wallet: Arc<Wallet>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    socket: PathBuf,
    _lock: FolderLock,
}

impl Owner {
    /// Listens for others.
    ///
    /// # Errors
    /// When the socket cannot be made.
    pub(super) fn start(dir: &Path, wallet: Wallet, lock: FolderLock) -> Result<Self, Failure> {
        let socket = place::socket(dir);
        let listener = listen(dir).map_err(|e| Failure::not_written(files::sentence(&socket, &e)))?;
        let wallet = Arc::new(wallet);
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(serve(listener, Arc::clone(&wallet), stopped));
        Ok(Self { wallet, stop, server, socket, _lock: lock })
    }

    /// Carries out an operation of this process's own.
    pub(super) async fn perform(&self, operation: Operation) -> Result<Value, Failure> {
        perform(&self.wallet, operation).await
    }

    /// Takes no more visitors, finishes what the present ones have asked for, and lets go of the folder.
    pub(super) async fn close(self) {
        // First the name, so that whoever comes now waits for the lock instead of for an answer.
        let _ = fs::remove_file(&self.socket);
        let _ = self.stop.send(true);
        let _ = self.server.await;
        if let Ok(wallet) = Arc::try_unwrap(self.wallet) {
            // What cannot be written now was durable before, or did not happen.
            let _ = wallet.close().await;
        }
    }
}

fn listen(dir: &Path) -> std::io::Result<UnixListener> {
    let socket = place::socket(dir);
    // We hold the lock: a socket that is there was left by an owner that was killed.
    match fs::remove_file(&socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    place::with_address(dir, |path| {
        let listener = std::os::unix::net::UnixListener::bind(path)?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        UnixListener::from_std(listener)
    })
}

async fn serve(listener: UnixListener, wallet: Arc<Wallet>, mut stop: watch::Receiver<bool>) {
    let mut visitors = JoinSet::new();
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            Some(_) = visitors.join_next() => {}
            accepted = listener.accept(), if visitors.len() < VISITORS_MAX => {
                if let Ok((stream, _)) = accepted {
                    visitors.spawn(visit(stream, Arc::clone(&wallet), stop.clone()));
                } else {
                    // Out of file descriptors, most likely: try again when something was closed.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
    drop(listener);
    while visitors.join_next().await.is_some() {}
}

/// Comes back when the owner ends; an owner that is gone has ended, too.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Serves one visitor. Whatever it sends that is no operation ends the visit.
async fn visit(stream: UnixStream, wallet: Arc<Wallet>, mut stop: watch::Receiver<bool>) {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut line = Line::Hello(VERSION);
    loop {
        if !matches!(tokio::time::timeout(WRITE_WAIT, write_line(&mut writer, &line)).await, Ok(Ok(()))) {
            return;
        }
        let asked = tokio::select! {
            biased;
            () = stopped(&mut stop) => {
                let _ = tokio::time::timeout(WRITE_WAIT, write_line(&mut writer, &Line::Closing)).await;
                return;
            }
            asked = tokio::time::timeout(VISITOR_WAIT, read_line(&mut reader, OPERATION_MAX)) => asked,
        };
        let Ok(Ok(Some(bytes))) = asked else { return };
        line = match serde_json::from_slice::<Operation>(&bytes) {
            Ok(operation) => {
                let only_waits = operation.only_waits();
                tokio::select! {
                    done = perform(&wallet, operation) => done.map_or_else(Line::Failed, Line::Done),
                    // It goes on with the next owner.
                    () = stopped(&mut stop), if only_waits => Line::Closing,
                }
            }
            Err(_) => {
                let failure = Failure::usage("not an operation of this version");
                let _ = tokio::time::timeout(WRITE_WAIT, write_line(&mut writer, &Line::Failed(failure))).await;
                return;
            }
        };
    }
}
