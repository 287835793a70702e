//! The operator's commands while the server runs: one JSON line in, one out, over a socket of the data folder.
//!
//! The socket has mode 0600 in a folder of mode 0700: who can reach it could read the signing key as well.

use super::Folder;
use super::writer::Writer;
use crate::commands::{Command, Outcome};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{oneshot, watch};

/// A command with its arguments.
const COMMAND_MAX: u64 = 16 * 1024;
/// An outcome.
const OUTCOME_MAX: u64 = 64 * 1024;
/// How long the other side may take.
const WITHIN: Duration = Duration::from_secs(30);

/// What came of asking a server that may run.
#[derive(Debug)]
pub enum Asked {
    /// No server runs: the command can take the lock itself.
    NotRunning,
    /// The server's answer.
    Answered(Outcome),
    /// A server runs, but could not be asked.
    Failed(std::io::Error),
}

pub(super) fn listen(folder: &Folder) -> std::io::Result<UnixListener> {
    folder.remove_socket();
    let path = Folder::socket(folder.path());
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

pub(super) async fn serve(listener: UnixListener, writer: Writer, mut stopping: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = super::stopped(&mut stopping) => return,
        };
        // One after the other: there is one operator.
        match accepted {
            Ok((stream, _)) => {
                if !matches!(tokio::time::timeout(WITHIN, one(stream, &writer)).await, Ok(Ok(()))) {
                    tracing::warn!("an operator's command was not answered");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the operator's socket failed");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn one(stream: UnixStream, writer: &Writer) -> std::io::Result<()> {
    let mut stream = tokio::io::BufReader::new(stream);
    let mut line = String::new();
    (&mut stream).take(COMMAND_MAX).read_line(&mut line).await?;
    let outcome = match serde_json::from_str::<Command>(&line) {
        Ok(command) => execute(command, writer).await,
        Err(_) => Outcome::misuse("the server does not know this command; is it of another version?"),
    };
    let mut text = serde_json::to_string(&outcome).map_err(std::io::Error::other)?;
    text.push('\n');
    stream.get_mut().write_all(text.as_bytes()).await?;
    stream.get_mut().shutdown().await
}

async fn execute(command: Command, writer: &Writer) -> Outcome {
    let (answer, answered) = oneshot::channel();
    let sent = writer.errand(Box::new(move |verifier, now| {
        let outcome = command.run(verifier, now);
        let touched = outcome.touched();
        // Who asked may have gone; the command is done all the same.
        let _ = answer.send(outcome);
        touched
    }));
    match (sent, answered.await) {
        (Ok(()), Ok(outcome)) => outcome,
        _ => Outcome::failed("the server is busy; try again shortly"),
    }
}

/// Asks the server of a data folder, if one runs.
#[must_use]
pub fn ask(data: &Path, command: &Command) -> Asked {
    let stream = match std::os::unix::net::UnixStream::connect(Folder::socket(data)) {
        Ok(stream) => stream,
        // No socket, or one that a killed server left behind.
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused) => {
            return Asked::NotRunning;
        }
        Err(error) => return Asked::Failed(error),
    };
    match exchange(&stream, command) {
        Ok(outcome) => Asked::Answered(outcome),
        Err(error) => Asked::Failed(error),
    }
}

fn exchange(mut stream: &std::os::unix::net::UnixStream, command: &Command) -> std::io::Result<Outcome> {
    stream.set_read_timeout(Some(WITHIN))?;
    stream.set_write_timeout(Some(WITHIN))?;
    let mut text = serde_json::to_string(command).map_err(std::io::Error::other)?;
    text.push('\n');
    stream.write_all(text.as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream.take(OUTCOME_MAX)).read_line(&mut line)?;
    serde_json::from_str(&line).map_err(std::io::Error::other)
}
