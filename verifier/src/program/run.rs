//! `run`: serves until a signal.

use super::arguments::Run;
use super::open_files;
use super::output::{self, Failure, Shown};
use farthing_verifier::server::{ServerConfig, start};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

pub(crate) fn run(arguments: &Run, json: bool) -> Result<Shown, Failure> {
    log(arguments.log_json)?;
    open_files::allow_as_many_as_possible();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let config = ServerConfig {
        listen: arguments.listen,
        url: arguments.url.as_ref().map(|url| url.trim_end_matches('/').to_ascii_lowercase()),
        tls: arguments.tls_cert.clone().zip(arguments.tls_key.clone()),
        ..ServerConfig::new(&arguments.data.data)
    };
    runtime.block_on(async {
        // Listened to before anybody is told that the server is ready.
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let server = start(config).await?;
        if json {
            output::line(&json!({ "listening": server.url, "address": server.addr.to_string() }).to_string());
        } else {
            output::line(&format!("listening on {}", server.url));
        }
        let broken = tokio::select! {
            _ = terminate.recv() => false,
            _ = interrupt.recv() => false,
            () = server.broken() => true,
        };
        server.shutdown().await;
        if broken {
            return Err(
                Failure::new(1, "writer_failed", "the writer failed; what was answered is in the ledger").retryable()
            );
        }
        Ok(Shown::nothing())
    })
}

fn log(json: bool) -> Result<(), Failure> {
    let filter = match std::env::var("FARTHING_LOG") {
        Ok(wanted) => EnvFilter::try_new(directives(&wanted))
            .map_err(|e| Failure::usage(format!("FARTHING_LOG={wanted}: {e}")))?,
        Err(_) => EnvFilter::new("info"),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_writer(std::io::stderr);
    if json {
        log.json().init()
    } else {
        log.init()
    }
    Ok(())
}

/// A bare level above `info` is for our own crates: libraries log what passes through them. Who names a target gets it.
fn directives(wanted: &str) -> String {
    match wanted.trim().parse::<LevelFilter>() {
        Ok(level) if level > LevelFilter::INFO => format!("info,farthing={level}"),
        _ => wanted.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_level_lets_only_our_crates_say_more() {
        for (wanted, directives) in [
            ("debug", "info,farthing=debug"),
            ("TRACE", "info,farthing=trace"),
            ("info", "info"),
            ("error", "error"),
            ("hyper=debug", "hyper=debug"),
            ("debug,hyper=info", "debug,hyper=info"),
        ] {
            assert_eq!(super::directives(wanted), directives);
            assert!(EnvFilter::try_new(directives).is_ok());
        }
    }
}
