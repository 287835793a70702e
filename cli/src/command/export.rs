//! stub
use crate::args::Export;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
pub(super) async fn run(_args: Export, _context: &Context) -> Result<Output, Failure> {
    Err(Failure::not_an_object())
}
