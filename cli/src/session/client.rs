//! Asks the process that owns the folder.

use super::place;
use super::wire::{ANSWER_MAX, Line, VERSION, read_line, write_line};
use crate::failure::Failure;
use crate::operation::Operation;
use serde_json::Value;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

/// How long an owner may take to greet: it does so before anything else.
const GREETING_WAIT: Duration = Duration::from_secs(5);
/// How long an operation may take beyond what it was asked to wait: several calls to the verifier, each up to 15 s.
const ANSWER_WAIT: Duration = Duration::from_secs(60);

/// A connection to the owner.
pub(super) struct Client {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

/// Why there is no answer.
pub(super) enum Lost {
    /// The operation failed; its own failure.
    Failed(Failure),
    /// The owner ended before it looked at the operation.
    Closing,
    /// The owner is there and does not answer; whether it does the operation is not known.
    Silent,
    /// The owner is gone; whether it did the operation is not known.
    Gone,
}

impl Client {
    /// Connects to the owner; `None` when there is none.
    ///
    /// # Errors
    /// When there is one that does not answer, or is of another version.
    pub(super) async fn connect(dir: &Path) -> Result<Option<Self>, Failure> {
        let connected = place::with_address(dir, |path| {
            let stream = std::os::unix::net::UnixStream::connect(path)?;
            stream.set_nonblocking(true)?;
            UnixStream::from_std(stream)
        });
        let stream = match connected {
            Ok(stream) => stream,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return Err(Failure::not_authorised("The wallet's socket belongs to somebody else."));
            }
            // Nobody listens: no socket, or one that a killed owner left behind.
            Err(_) => return Ok(None),
        };
        let (reader, writer) = stream.into_split();
        let mut client = Self { reader: BufReader::new(reader), writer };
        match timeout(GREETING_WAIT, client.line()).await {
            Ok(Some(Line::Hello(VERSION))) => Ok(Some(client)),
            Ok(Some(Line::Hello(_))) => {
                Err(Failure::internal("the command that holds the wallet folder is of another version"))
            }
            // It ended just now.
            Ok(_) => Ok(None),
            Err(_) => Err(Failure::owner_silent()),
        }
    }

    /// Has an operation carried out.
    pub(super) async fn ask(&mut self, operation: &Operation) -> Result<Value, Lost> {
        // An owner that is ending has said so already; then the write may fail, and that line still comes.
        let _ = write_line(&mut self.writer, operation).await;
        match timeout(ANSWER_WAIT + operation.wait(), self.line()).await {
            Ok(Some(Line::Done(value))) => Ok(value),
            Ok(Some(Line::Failed(failure))) => Err(Lost::Failed(failure)),
            Ok(Some(Line::Closing)) => Err(Lost::Closing),
            Ok(Some(Line::Hello(_)) | None) => Err(Lost::Gone),
            Err(_) => Err(Lost::Silent),
        }
    }

    async fn line(&mut self) -> Option<Line> {
        let line = read_line(&mut self.reader, ANSWER_MAX).await.ok()??;
        serde_json::from_slice(&line).ok()
    }
}
