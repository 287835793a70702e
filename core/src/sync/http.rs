//! Calls over HTTP, by reqwest: no redirects, no proxy of the environment, bounded in time and size.

use crate::sync::{
    CallFuture, EventFuture, EventParser, EventStream, ListenFuture, Listening, Network, NetworkError, ServerEvent, tls,
};
use crate::tab::DirectAddress;
use farthing_protocol::http::{Call, MEDIA_EVENTS, Method, Reply};
use farthing_protocol::id::TlsCertificateHash;
use farthing_protocol::limits::{DIRECT_MAX, LONG_POLL_MAX, REPLY_BODY_MAX};
use std::collections::VecDeque;
use std::error::Error as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long a connection may take to come about: a phone's radio may have to wake up.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// How long an answer may take, beyond a long poll.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// The same of the payee of a tab, from the first byte to the last. A meter's payer asks again within its grace: one answer that is lost
/// must not use that up.
const DIRECT_WAIT: Duration = Duration::from_secs(2);
/// How long the server may be silent in the middle of an answer; a stream has a comment every 15 s.
const READ_WAIT: Duration = Duration::from_secs(LONG_POLL_MAX.as_ms() / 1000 + 5);

/// How long a stream may live; then another is opened.
const STREAM_LIFE: Duration = Duration::from_secs(24 * 3600);

/// The network to one verifier, or to the payee of a tab.
#[derive(Clone, Debug)]
pub struct HttpNetwork {
    /// Made with the first call: a wallet that is only looked at needs no network, and to read the system's root
    /// certificates costs more than to open its database.
    client: Arc<OnceLock<Result<reqwest::Client, NetworkError>>>,
    peer: Peer,
    url: String,
}

/// Whom calls go to.
#[derive(Clone, Copy, Debug)]
enum Peer {
    /// A verifier, with the certificate that its invite pins, if it does.
    Verifier(Option<TlsCertificateHash>),
    /// The payee of a tab, by plain HTTP: what passes is sealed.
    Payee,
}

impl HttpNetwork {
    /// A network to the verifier at `url`, with the certificate that its invite pins, if it does. Calls fail with
    /// [`NetworkError::Tls`] when nothing is pinned and the system has no root certificates.
    #[must_use]
    pub fn new(url: &str, pinned: Option<TlsCertificateHash>) -> Self {
        Self::to(Peer::Verifier(pinned), url.trim_end_matches('/').to_owned())
    }

    /// A network to the payee of a tab, at an address that its payer was given. Nothing but direct calls goes there.
    #[must_use]
    pub fn direct(address: &DirectAddress) -> Self {
        Self::to(Peer::Payee, format!("http://{address}"))
    }

    fn to(peer: Peer, url: String) -> Self {
        Self { client: Arc::default(), peer, url }
    }

    fn client(&self) -> Result<&reqwest::Client, NetworkError> {
        self.client.get_or_init(|| self.make()).as_ref().map_err(Clone::clone)
    }

    fn make(&self) -> Result<reqwest::Client, NetworkError> {
        let (tls, answer_wait) = match self.peer {
            Peer::Verifier(pinned) => {
                (tls::config(pinned)?, Duration::from_millis(LONG_POLL_MAX.as_ms()) + ANSWER_WAIT)
            }
            Peer::Payee => (tls::nobody()?, DIRECT_WAIT),
        };
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_WAIT)
            .read_timeout(READ_WAIT)
            .timeout(answer_wait)
            .tcp_nodelay(true)
            .tls_backend_preconfigured(tls);
        builder.build().map_err(|e| NetworkError::Tls(reason(&e)))
    }

    fn request(&self, call: &Call) -> Result<reqwest::RequestBuilder, NetworkError> {
        let mut url = format!("{}{}", self.url, call.path);
        if !call.query.is_empty() {
            url = format!("{url}?{}", call.query);
        }
        let mut request = match call.method {
            Method::Get => self.client()?.get(url),
            Method::Post => self.client()?.post(url),
        };
        if !call.media_type.is_empty() {
            request = request.header("content-type", &call.media_type);
        }
        if let Some(signature) = &call.signature {
            request = request
                .header("content-digest", &signature.content_digest)
                .header("signature-input", &signature.signature_input)
                .header("signature", &signature.signature);
        }
        if call.method == Method::Post {
            request = request.body(call.body.clone());
        }
        Ok(request)
    }

    async fn send(&self, call: &Call) -> Result<Reply, NetworkError> {
        let size_max = match self.peer {
            Peer::Verifier(_) => REPLY_BODY_MAX,
            Peer::Payee => DIRECT_MAX,
        };
        whole(self.request(call)?.send().await.map_err(|e| classify(&e))?, size_max).await
    }

    async fn open(&self, call: &Call) -> Result<Listening, NetworkError> {
        let request = self.request(call)?.header("accept", MEDIA_EVENTS).timeout(STREAM_LIFE);
        // The time limit is now that of a stream, so that the answer's beginning needs one of its own.
        let opened = tokio::time::timeout(ANSWER_WAIT, async {
            let response = request.send().await.map_err(|e| classify(&e))?;
            let media_type = response.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
            let media_type = media_type.split(';').next().unwrap_or_default().trim();
            if response.status().as_u16() == 200 && media_type.eq_ignore_ascii_case(MEDIA_EVENTS) {
                let (parser, ready) = (EventParser::new(), VecDeque::new());
                return Ok(Listening::Stream(Box::new(HttpStream { response, parser, ready })));
            }
            whole(response, REPLY_BODY_MAX).await.map(Listening::Answered)
        });
        opened.await.map_err(|_| NetworkError::TimedOut)?
    }
}

/// Reads an answer to its end, of at most `size_max` bytes.
async fn whole(mut response: reqwest::Response, size_max: usize) -> Result<Reply, NetworkError> {
    let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let media_type = header("content-type").unwrap_or_default();
    let retry_after_s = header("retry-after").and_then(|v| v.parse().ok());
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| classify(&e))? {
        if body.len() + chunk.len() > size_max {
            return Err(NetworkError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, media_type, retry_after_s, body })
}

/// An open stream over HTTP.
struct HttpStream {
    response: reqwest::Response,
    parser: EventParser,
    /// Events of one piece, which is as large as a read at most.
    ready: VecDeque<ServerEvent>,
}

impl EventStream for HttpStream {
    fn next(&mut self) -> EventFuture<'_> {
        Box::pin(async move {
            loop {
                if let Some(event) = self.ready.pop_front() {
                    return Ok(Some(event));
                }
                let Some(piece) = self.response.chunk().await.map_err(|e| classify(&e))? else { return Ok(None) };
                self.parser.take(&piece, |event| self.ready.push_back(event));
            }
        })
    }
}

impl Network for HttpNetwork {
    fn call<'a>(&'a self, call: &'a Call) -> CallFuture<'a> {
        Box::pin(self.send(call))
    }

    fn listen<'a>(&'a self, call: &'a Call) -> ListenFuture<'a> {
        Box::pin(self.open(call))
    }
}

fn classify(error: &reqwest::Error) -> NetworkError {
    let reason = reason(error);
    if error.is_timeout() {
        NetworkError::TimedOut
    } else if reason.to_ascii_lowercase().contains("certificate") {
        NetworkError::Tls(reason)
    } else if error.is_connect() || is_cut(&reason) {
        NetworkError::Unreachable(reason)
    } else {
        NetworkError::NotHttp(reason)
    }
}

/// The connection ended in the middle of a call, as when the server stops or the phone leaves the network.
fn is_cut(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    ["connection closed", "connection reset", "connection aborted", "broken pipe", "unexpected eof"]
        .iter()
        .any(|cut| reason.contains(cut))
}

/// The innermost cause, without the URL around it.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.source().is_some() { cause.to_string() } else { "no answer".to_owned() }
}
