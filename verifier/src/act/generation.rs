//! Generations: an older copy of a device's folder is told that it is one (wire decision 19).

use crate::fault::Fault;
use crate::store::accounts::{self, Device};
use crate::store::handles;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::generation::GenerationAct;
use rusqlite::Connection;

/// Keeps the highest generation of the device. The known one again changes nothing, stock included: the handles that
/// came since are of the copy that asks.
pub(super) fn tell(db: &Connection, device: &Device, act: &GenerationAct) -> Result<(), Fault> {
    let (told, known) = (act.generation(), accounts::generation(db, device.number)?);
    if known == Some(told) {
        return Ok(());
    }
    if !known.is_none_or(|known| told.may_follow(&known)) {
        return Err(ProblemCode::OldCopy.into());
    }
    if act.drop_stock.is_some() {
        handles::cancel_stock(db, device.number)?;
    }
    Ok(accounts::set_generation(db, device.number, &told)?)
}
