//! Farthing beside the floors under it: one table, each line measured in turns with what nothing could do without.
//!
//! `scripts/bench` builds and runs it; docs/performance.md has the method and the last table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "a program for developers: what goes wrong ends it"
)]

mod floors;
mod grown;
mod http;
mod line;
mod load;
mod objects;
mod offline;
mod opening;
mod paying;
mod people;
mod program;
mod push;
mod rounds;
mod server;
mod sessions;
mod shells;
mod storm;
mod tabs;
mod ticking;
mod verifying;
mod wallets;

use std::path::Path;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = args.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve", data] => server::serve(Path::new(data)),
        ["serve-floor", data] => floors::serve(Path::new(data)),
        ["grow", data, payments] => verifying::grow(Path::new(data), payments.parse().unwrap()),
        ["look", dir] => opening::look(Path::new(dir)),
        ["load", rest @ ..] => storm::load(&weather(rest)),
        ["audit", data] => server::audit(Path::new(data)),
        ["backup", data, to] => server::backup(Path::new(data), Path::new(to)),
        _ => table(&arguments),
    }
}

/// The options of `scripts/load`.
fn weather(arguments: &[&str]) -> storm::Weather {
    let mut weather = storm::Weather { seconds: 600, connections: 64, idle: 10_000, per_second: 1_000.0 };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { panic!("{} needs a number", pair[0]) };
        let number: usize = value.parse().expect("a number");
        match *name {
            "--minutes" => weather.seconds = number as u64 * 60,
            "--seconds" => weather.seconds = number as u64,
            "--connections" => weather.connections = number,
            "--idle" => weather.idle = number,
            "--per-second" => weather.per_second = number as f64,
            other => panic!("unknown: {other}"),
        }
    }
    weather
}

/// What of the table is asked for.
struct Asked {
    json: bool,
    full: bool,
    shells: bool,
    only: Vec<String>,
}

fn table(arguments: &[&str]) {
    let mut asked = Asked { json: false, full: false, shells: false, only: Vec::new() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--json" => asked.json = true,
            "--full" => asked.full = true,
            "--shells" => asked.shells = true,
            "--only" => asked.only.push((*rest.next().expect("--only NAME")).to_owned()),
            other => panic!("unknown: {other}; known are --json, --full, --shells, --only NAME"),
        }
    }
    let only = |name: &str| asked.only.is_empty() || asked.only.iter().any(|wanted| name.starts_with(wanted.as_str()));
    if !asked.json {
        line::print_head();
    }
    let show = |lines: Vec<line::Line>| lines.iter().for_each(|line| line.print(asked.json));
    if asked.shells {
        return show(shells::lines(&only));
    }
    show(objects::lines(&only));
    show(sessions::lines(&only));
    show(opening::lines(&only));
    show(paying::lines(&only));
    show(push::lines(&only));
    show(verifying::lines(&only));
    show(tabs::lines(&only));
    show(ticking::lines(&only));
    show(offline::lines(&only));
    show(grown::lines(&only, asked.full));
}
