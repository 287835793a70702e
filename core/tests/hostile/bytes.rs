//! What a server can do below the protocol: the network gives an error or an honest copy, never half an answer.

use farthing_core::sync::{HttpNetwork, Network, NetworkError};
use farthing_protocol::http::{Call, Reply};
use farthing_protocol::limits::REPLY_BODY_MAX;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};

/// What comes of a call to a server that sends these bytes to whoever asks, and closes.
async fn heard(bytes: Vec<u8>) -> (Result<Reply, NetworkError>, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    listener.set_nonblocking(false).unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 4096];
        let _ = stream.read(&mut asked).unwrap();
        // The wallet may hang up in the middle: that is the point.
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        listener.set_nonblocking(true).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(50));
        // Whoever follows a redirect or tries again comes back.
        std::iter::from_fn(|| listener.accept().ok()).count()
    });
    let network = HttpNetwork::new(&url, None);
    let reply = network.call(&Call::get("/v1/verifier", "nonce=00")).await;
    (reply, server.join().unwrap())
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [head.as_bytes(), b"\r\n\r\n", body].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_larger_than_any_is_not_read_to_its_end() {
    let body = vec![0; REPLY_BODY_MAX + 1];
    let told = format!("HTTP/1.1 200 OK\r\ncontent-length: {}", body.len());
    let (reply, _) = heard(answer(&told, &body)).await;
    assert_eq!(reply, Err(NetworkError::TooLarge));
    // Without saying how long it is.
    let (reply, _) = heard(answer("HTTP/1.1 200 OK\r\nconnection: close", &body)).await;
    assert_eq!(reply, Err(NetworkError::TooLarge));
    let (reply, _) = heard(answer("HTTP/1.1 200 OK\r\nconnection: close", &body[1..])).await;
    assert_eq!(reply.unwrap().body.len(), REPLY_BODY_MAX);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_an_answer_and_no_http_are_errors() {
    let (reply, _) = heard(answer("HTTP/1.1 200 OK\r\ncontent-length: 10", b"12345")).await;
    assert!(matches!(reply, Err(NetworkError::NotHttp(_))), "{reply:?}");
    let (reply, _) = heard(b"220 mail.example ESMTP\r\n".to_vec()).await;
    assert!(matches!(reply, Err(NetworkError::NotHttp(_))), "{reply:?}");
    let (reply, _) = heard(Vec::new()).await;
    assert!(matches!(reply, Err(NetworkError::Unreachable(_))), "it hung up: {reply:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let (reply, again) = heard(answer("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0", b"")).await;
    assert_eq!((reply.unwrap().status, again), (302, 0));
}
