//! The network around [`Verifier`]: one writer thread, a few readers, and HTTP.
//!
//! ```text
//! connection ─▶ parse, limits, signature (reader pool) ─▶ bounded queue ─▶ writer: one transaction per group ─▶ answers
//!                        └▶ reads (reader pool), long polls and streams wait without holding a reader
//! ```
//!
//! A group is what queued during the last commit; there is no timer. A full queue answers 503 with `Retry-After`.

mod connection;
mod events;
mod folder;
mod http;
mod log;
mod moment;
mod operator_socket;
mod readers;
mod tls;
mod writer;

pub use connection::CONNECTIONS_MAX;
pub use folder::{Folder, FolderError};
pub use moment::now;
pub use operator_socket::{Asked, ask};

use crate::context::authority;
use crate::setup::check_url;
use crate::{OpenError, Verifier};
use http::Shared;
use log::Log;
use readers::Readers;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use writer::Writer;

/// How a server is started.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The folder that `init` made.
    pub data: PathBuf,
    /// Listens here instead of where `init` said; port 0 takes a free one.
    pub listen: Option<SocketAddr>,
    /// Is reached here instead of where `init` said.
    pub url: Option<String>,
    /// The SQLite VFS to open files with; tests choose one that fails on purpose.
    pub vfs: Option<String>,
    /// TLS certificate and key (PEM), instead of those that `init` stored.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Acts that wait for the writer; more are told to come back.
    pub queue: usize,
    /// Reading connections.
    pub readers: usize,
}

impl ServerConfig {
    /// As `init` decided, with a queue of 1,024 acts: a second's work of a slow disk.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), listen: None, url: None, vfs: None, tls: None, queue: 1024, readers: 4 }
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The ledger.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// Plain HTTP towards a network.
    #[error(
        "plain HTTP is only for this machine: {0} is not a loopback address; give a TLS certificate and key, or listen on 127.0.0.1 behind a proxy that has them"
    )]
    PlainHttp(SocketAddr),
    /// The TLS files cannot be used.
    #[error("the TLS certificate or key cannot be used: {0}")]
    Tls(String),
    /// The operator's socket, a thread, or a file of the folder.
    #[error("{0}: {1}")]
    Io(&'static str, std::io::Error),
}

/// A running server. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct ServerHandle {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Where wallets reach it.
    pub url: String,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    readers: Vec<std::thread::JoinHandle<()>>,
    /// The writer lives as long as this: it closes the ledger after the readers, alone, or its log would stay beside it.
    writer: (Writer, std::thread::JoinHandle<()>),
    broken: watch::Receiver<bool>,
    folder: Folder,
}

impl ServerHandle {
    /// Returns when the server can decide nothing any more: its process should end, and be started again.
    pub async fn broken(&self) {
        if self.broken.clone().wait_for(|broken| *broken).await.is_err() {
            // The writer ended as it should.
            std::future::pending().await
        }
    }

    /// Stops taking calls, answers those that are in, and closes the ledger.
    pub async fn shutdown(self) {
        let Self { stop, serving, readers, writer: (writer, thread), folder, .. } = self;
        let _ = stop.send(true);
        // What fails on the way down was logged there.
        let _ = serving.await;
        let ended = tokio::task::spawn_blocking(move || {
            for reader in readers {
                let _ = reader.join();
            }
            drop(writer);
            thread.join()
        });
        let _ = ended.await;
        // Only now is the ledger closed: whoever takes the lock next finds it so.
        folder.remove_socket();
        tracing::info!("stopped");
    }
}

/// Starts a server: takes the folder's lock, opens the ledger, listens.
///
/// # Errors
/// [`StartError`], which says what to do where something can be done.
pub async fn start(config: ServerConfig) -> Result<ServerHandle, StartError> {
    let folder = Folder::lock(&config.data, "the server")?;
    let mut verifier = folder.open_ledger(config.vfs.as_deref(), now())?;
    let stored = verifier.listening().map_err(OpenError::from)?;
    let tls_files = config.tls.clone().or(stored.tls.map(|(c, k)| (c.into(), k.into())));
    let acceptor = tls_files.map(|(certificate, key)| tls::acceptor(&certificate, &key)).transpose()?;
    let wanted = match config.listen {
        Some(address) => address,
        None => stored.listen.parse().map_err(|_| OpenError::Setup("the listen address is not of the form IP:PORT"))?,
    };
    if acceptor.is_none() && !is_loopback(wanted.ip()) {
        return Err(StartError::PlainHttp(wanted));
    }
    let listen = |source| StartError::Listen { address: wanted.to_string(), source };
    let listener = tokio::net::TcpListener::bind(wanted).await.map_err(listen)?;
    let addr = listener.local_addr().map_err(listen)?;
    if let Some(url) = &config.url {
        check_url(url)?;
    }
    verifier.set_url(&config.url.clone().unwrap_or_else(|| url_with_port(&stored.url, addr)))?;
    let url = verifier.url().to_owned();
    let (readers, reading) = Readers::start(&folder, config.vfs.as_deref(), config.readers.max(1))?;
    let context = verifier.context.clone();
    let (stop, stopping) = watch::channel(false);
    let log = Log::start(&folder, config.vfs.as_deref(), &mut verifier.db)?;
    let (writer, thread) =
        Writer::start(verifier, Some(log), config.queue).map_err(|e| StartError::Io("the writer's thread", e))?;
    let socket = operator_socket::listen(&folder).map_err(|e| StartError::Io("the operator's socket", e))?;
    let broken = writer.broken();
    let (polls, streams) = (http::Polls::new(), events::Streams::new());
    let kept = writer.clone();
    let shared = Arc::new(Shared { context, readers, writer, stopping: stopping.clone(), polls, streams });
    let serving = tokio::spawn(serve(listener, acceptor, socket, shared, stopping));
    tracing::info!(%addr, %url, "listening");
    Ok(ServerHandle { addr, url, stop, serving, readers: reading, writer: (kept, thread), broken, folder })
}

async fn serve(
    listener: tokio::net::TcpListener,
    acceptor: Option<tokio_rustls::TlsAcceptor>,
    socket: tokio::net::UnixListener,
    shared: Arc<Shared>,
    stopping: watch::Receiver<bool>,
) {
    let operator = operator_socket::serve(socket, shared.writer.clone(), stopping.clone());
    // The writer ends when nobody can reach it any more: both have let go of it then.
    tokio::join!(operator, connection::serve(listener, acceptor, shared, stopping));
}

/// Returns when the server was told to stop, or its handle is gone.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// True for addresses that do not leave the machine.
fn is_loopback(ip: IpAddr) -> bool {
    ip.is_loopback()
}

/// `init` with port 0 stores a URL with port 0: the real one is known now.
fn url_with_port(url: &str, addr: SocketAddr) -> String {
    match url.strip_suffix(":0") {
        Some(host) => format!("{host}:{}", addr.port()),
        None => url.to_owned(),
    }
}

/// What `run` needs of what `init` decided.
#[derive(Debug)]
struct Listening {
    url: String,
    listen: String,
    tls: Option<(String, String)>,
}

impl Verifier {
    fn listening(&self) -> rusqlite::Result<Listening> {
        self.db.query_row("SELECT url, listen, tls_certificate, tls_key FROM ledger", [], |row| {
            Ok(Listening {
                url: row.get(0)?,
                listen: row.get(1)?,
                tls: row.get::<_, Option<String>>(2)?.zip(row.get::<_, Option<String>>(3)?),
            })
        })
    }

    /// Is reached at another URL than `init` said, for this run.
    ///
    /// # Errors
    /// [`OpenError::Setup`] when it is not a verifier's URL.
    pub fn set_url(&mut self, url: &str) -> Result<(), OpenError> {
        if authority(url).is_none() {
            return Err(OpenError::Setup("the URL must be https, or http on this machine, without a path"));
        }
        self.context.url = url.to_owned();
        Ok(())
    }
}
