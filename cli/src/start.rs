//! From the command line to the exit code.

use crate::args::{Cli, Global};
use crate::command;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, write_stderr, write_stdout};
use clap::Parser as _;
use clap::error::ErrorKind;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Threads of the command and its socket; the wallet has a runtime of its own.
const WORKERS: usize = 2;
/// How long an interrupted command may put things in order.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Runs the program.
///
/// Ends the process itself, so that a thread that waits for the keyboard or the network cannot hold it.
pub fn main() -> ExitCode {
    let json = std::env::args_os().any(|arg| arg == "--json");
    let code = match parse(json) {
        Ok(Some(cli)) => run(cli),
        Ok(None) => 0,
        Err(failure) => report(&failure, json),
    };
    end(code)
}

/// Ends the process without the handlers that libraries run at an exit: SQLCipher's wipes its memory under threads that
/// still close the wallet's database, and the process would die of a signal. What counts is on the disk.
#[allow(unsafe_code, reason = "the standard library has no exit without handlers")]
fn end(code: u8) -> ! {
    // There is nowhere left to tell that they are gone.
    let _ = std::io::stdout().flush();
    let _ = std::io::stderr().flush();
    // SAFETY: `_exit` takes any number and does not come back.
    unsafe { libc::_exit(i32::from(code)) }
}

/// `None` when help or version was asked for and given.
fn parse(json: bool) -> Result<Option<Cli>, Failure> {
    let error = match Cli::try_parse() {
        Ok(cli) => return Ok(Some(cli)),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            write_stdout(&error.render().to_string(), "");
            Ok(None)
        }
        _ if json => Err(Failure::usage(error.render().to_string().trim())),
        _ => {
            // clap's own form shows the usage; it is about what was typed, so money is not mentioned.
            write_stderr(&error.render().to_string());
            end(crate::failure::EXIT_USAGE)
        }
    }
}

fn run(cli: Cli) -> u8 {
    start_log();
    let json = cli.global.json;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(until_interrupted(cli));
            // Not waiting for a thread that reads the keyboard.
            runtime.shutdown_background();
            done
        }
        Err(error) => Err(Failure::internal(format!("the program cannot start: {error}"))),
    };
    match done {
        Ok(output) => {
            output.print(json);
            0
        }
        Err(failure) => report(&failure, json),
    }
}

async fn until_interrupted(cli: Cli) -> Result<Output, Failure> {
    let (say, interrupted) = watch::channel(false);
    let context = Context::new(Global::clone(&cli.global), interrupted)?;
    let listen = |kind| signal(kind).map_err(|e| Failure::internal(format!("signals cannot be received: {e}")));
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    let listener = tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
        let _ = say.send(true);
        // Kept open: a closed channel means nothing.
        std::future::pending::<()>().await;
    });
    let done = tokio::select! {
        done = command::run(cli.command, &context) => done,
        () = late(&context) => {
            Err(if context.has_begun() { Failure::interrupted() } else { Failure::interrupted_before_anything() })
        }
    };
    listener.abort();
    done
}

/// Comes back after an interruption, later when the command puts things in order itself.
async fn late(context: &Context) {
    context.interrupted().await;
    if context.ends_itself() {
        tokio::time::sleep(LAST_WORDS).await;
    }
}

/// Prints a failure, and gives its exit code.
fn report(failure: &Failure, json: bool) -> u8 {
    let text = if json { failure.to_json() } else { failure.to_text() };
    write_stderr(&format!("{text}\n"));
    failure.exit
}

/// `FARTHING_LOG=debug` and the like: Farthing's own events only, since other crates log what passes through them.
fn start_log() {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    let Some(level) = std::env::var("FARTHING_LOG").ok().and_then(|text| text.parse::<LevelFilter>().ok()) else {
        return;
    };
    let targets = Targets::new().with_target("farthing_core", level).with_target("farthing_cli", level);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    // A second subscriber cannot be there; if it were, its log would be as good.
    let _ = tracing_subscriber::registry().with(layer).with(targets).try_init();
}
