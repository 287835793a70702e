//! Vectors, mutations and properties of every decoder.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "tests")]

mod checkpoints;
mod direct;
mod kinds;
mod mutations;
mod offline;
mod offline_rules;
mod offline_settle;
mod people;
mod people_properties;
mod properties;
mod redaction;
mod tab_rules;
mod tabs;
mod vectors;
