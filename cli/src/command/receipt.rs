//! `farthing receipt`: shows a receipt, checked again; writes its signed bytes.

use super::json;
use crate::args::Receipt;
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Draft;
use crate::operation::{Operation, views::ReceiptView};
use crate::output::Output;
use crate::session::Session;
use crate::show;
use data_encoding::HEXLOWER;

pub(super) async fn run(args: Receipt, context: &Context) -> Result<Output, Failure> {
    let file = args.cose.as_deref().map(|path| Draft::begin(path, 0o644)).transpose()?;
    let mut session = Session::open(context).await?;
    let receipt = session.ask::<ReceiptView>(Operation::Receipt { id: args.id }).await;
    session.close().await;
    let receipt = receipt?;
    if !receipt.valid {
        return Err(Failure::altered("the stored receipt does not hold: it was altered, or is not this payment's")
            .about(&receipt.id));
    }
    if let Some(file) = file {
        let bytes = HEXLOWER.decode(receipt.cose.as_bytes());
        file.finish(&bytes.map_err(|_| Failure::internal("the receipt's bytes cannot be read"))?)?;
    }
    Ok(Output::new(&json(&receipt)?, show::receipt(&receipt)))
}
