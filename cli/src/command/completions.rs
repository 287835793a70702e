//! `farthing completions`.

use crate::args::{Cli, Completions};
use crate::output::Output;
use clap::CommandFactory as _;

pub(super) fn run(args: &Completions) -> Output {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "farthing", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    Output::new(&serde_json::json!({ "shell": args.shell.to_string(), "script": script }), script)
}
