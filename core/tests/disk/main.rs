//! Disks that fail under both stores, at every write and every sync of a hundred payments and of some tabs, one at a time; and power cuts.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub, reason = "tests fail by panicking")]

mod deed;
mod lying;
mod machine;
mod payments;
mod street;
mod tab;
