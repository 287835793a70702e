//! Makes the files in `protocol/vectors/`, and the examples in `docs/protocol.md` from them.
//!
//! `cargo run -p farthing-protocol --example vectors -- --write` writes them, `--check` says whether the ones
//! on disk are the ones that would be written. The same bytes come out every time: keys are SHA-256 of names.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a generator with fixed inputs stops at its own mistakes"
)]

mod bodies;
mod bodies_people;
mod checkpoints;
mod cose_bytes;
mod direct;
mod document;
mod frame_parts;
mod invalid;
mod json;
mod keys;
mod messages;
mod objects;
mod offline;
mod offline_frames;
mod offline_proofs;
mod offline_rules;
mod others;
mod outputs;
mod pairing;
mod people;
mod samples;
mod sealing;
mod special;
mod special_offline;
mod special_people;
mod special_tabs;
mod tab_rules;
mod tabs;

use std::process::ExitCode;

fn main() -> ExitCode {
    let wanted = outputs::all();
    match std::env::args().nth(1).as_deref() {
        Some("--write") => {
            for (path, text) in &wanted {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            println!("{} files written", wanted.len());
            ExitCode::SUCCESS
        }
        Some("--check") => {
            let differing = outputs::differing(&wanted);
            for path in &differing {
                println!("differs: {}", path.display());
            }
            if differing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        _ => {
            println!("usage: vectors --write | --check");
            ExitCode::from(2)
        }
    }
}
