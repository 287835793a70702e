//! The command line wallet, over `farthing_core`. `cli.md`'s promises to scripts are kept here: what is printed where, and
//! with which exit code a command ends. No rule about money lives here.
//!
//! - `args`: what can be typed. `command`: one module per command. `show`: how answers look to a person.
//! - `operation`: what a command asks of the wallet, as data, and the answers.
//! - `session`: carries an operation out, in this process when it owns the folder, else through the one that does.
//! - `failure`: every way to fail, with its exit code.

mod args;
mod command;
mod context;
mod failure;
mod files;
mod operation;
mod output;
mod secret;
mod session;
mod show;
mod start;
mod vault;

pub use start::main;
