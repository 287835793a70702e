//! HTTP/1.1 by hand, for a client that must cost little beside the server that it shares a machine with: bytes that were
//! made before, and a reader that looks for a status and a length.

use farthing_protocol::http::Call;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A call's bytes.
pub(crate) fn bytes_of(call: &Call, host: &str) -> Vec<u8> {
    let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
    let mut head = format!("{} {}{query} HTTP/1.1\r\nhost: {host}\r\n", call.method.as_str(), call.path);
    if let Some(signature) = &call.signature {
        head.push_str(&format!(
            "content-digest: {}\r\nsignature-input: {}\r\nsignature: {}\r\n",
            signature.content_digest, signature.signature_input, signature.signature
        ));
    }
    if !call.media_type.is_empty() {
        head.push_str(&format!("content-type: {}\r\n", call.media_type));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", call.body.len()));
    [head.as_bytes(), &call.body].concat()
}

/// One connection, one call after the other.
pub(crate) struct Line {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Line {
    pub(crate) async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(4096) })
    }

    /// Sends a call's bytes and reads the answer: its status and body.
    pub(crate) async fn call(&mut self, call: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
        self.stream.write_all(call).await?;
        self.read.clear();
        loop {
            if let Some((status, head, length)) = head_of(&self.read)
                && self.read.len() >= head + length
            {
                return Ok((status, self.read[head..head + length].to_vec()));
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Sends a call's bytes and leaves the answer to whoever wants it.
    pub(crate) async fn send(&mut self, call: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(call).await
    }

    /// The connection itself.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }
}

/// Status, where the body begins, and how long it is.
fn head_of(bytes: &[u8]) -> Option<(u16, usize, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let status = head.get(9..12)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Some((status, end + 4, length.unwrap_or(0)))
}
