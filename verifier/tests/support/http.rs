//! One HTTP/1.1 call after the other, by hand: what goes over the wire is what the test says.

use farthing_protocol::http::Call;
use farthing_verifier::server::ServerHandle;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub async fn talk(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), head: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body).await;
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply).await;
    let split = reply.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(reply.len());
    let head = String::from_utf8_lossy(&reply[..split]).into_owned();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    (status, reply.get(split + 4..).unwrap_or_default().to_vec())
}

pub async fn http(server: &ServerHandle, call: &Call) -> (u16, Vec<u8>) {
    let mut head = format!("{} {}", call.method.as_str(), call.path);
    if !call.query.is_empty() {
        head.push_str(&format!("?{}", call.query));
    }
    head.push_str(&format!(" HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", server.addr));
    if let Some(s) = &call.signature {
        head.push_str(&format!(
            "content-digest: {}\r\nsignature-input: {}\r\nsignature: {}\r\n",
            s.content_digest, s.signature_input, s.signature
        ));
    }
    if !call.media_type.is_empty() {
        head.push_str(&format!("content-type: {}\r\n", call.media_type));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", call.body.len()));
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    talk(&mut stream, &head, &call.body).await
}
