//! What passes over the socket: one line of JSON each way. The owner greets first, so that a stopped one is noticed.

use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The version of what passes; another one is refused.
pub(super) const VERSION: u32 = 4;
/// Longest operation: a memo and 64 items stay below a tenth of it.
pub(super) const OPERATION_MAX: u64 = 64 * 1024;
/// Longest answer: a long list of requests with their bytes.
pub(super) const ANSWER_MAX: u64 = 256 * 1024 * 1024;

/// What an owner says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// First of all.
    Hello(u32),
    /// What an operation ended with.
    Done(Value),
    /// Why it was not done.
    Failed(Failure),
    /// The owner is ending; nothing that was asked after its last answer was done.
    Closing,
}

/// Reads a line of at most `limit` bytes; `None` at the end of the stream or for a longer one.
pub(super) async fn read_line(reader: &mut (impl AsyncBufRead + Unpin), limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    reader.take(limit).read_until(b'\n', &mut line).await?;
    Ok((line.pop() == Some(b'\n')).then_some(line))
}

/// Writes a line.
pub(super) async fn write_line(writer: &mut (impl AsyncWrite + Unpin), line: &impl Serialize) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    writer.write_all(&bytes).await?;
    writer.flush().await
}
