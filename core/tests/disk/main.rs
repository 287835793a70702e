//! Disks that fail under both stores, at every write and every sync of a hundred payments and of some tabs, one at a time; and power cuts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    unreachable_pub,
    reason = "tests fail by panicking, and say how far they have come"
)]

mod deed;
mod lying;
mod machine;
mod payments;
mod street;
mod tab;
