//! Vectors, mutations and properties of every decoder.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod kinds;
mod mutations;
mod properties;
mod vectors;
