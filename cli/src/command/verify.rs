//! stub
use crate::args::Verify;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
pub(super) async fn run(_args: Verify, _context: &Context) -> Result<Output, Failure> {
    Err(Failure::not_an_object())
}
