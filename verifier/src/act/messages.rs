//! Messages between devices: sealed, queued, deleted when their recipient has them (wire decision 18).

use super::{ActCall, check_content, verify};
use crate::context::Context;
use crate::fault::Fault;
use crate::store::accounts::{self, Device};
use crate::store::messages::{self, NewMessage};
use crate::verifier::Done;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::{MessageBody, Problem, Reply};
use farthing_protocol::limits::{MAILBOX_KNOWN_MAX, MAILBOX_MAX, MAILBOX_STRANGER_MAX};
use farthing_protocol::message::{Acknowledge, Message};
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// A full mailbox is emptied by a person who comes online: not soon.
const FULL_RETRY_S: u32 = 600;

pub(crate) fn prepare_message(db: &Connection, context: &Context, body: &[u8]) -> Result<ActCall, Fault> {
    let body = MessageBody::decode(body)?;
    let message = verify::<Message>(db, context, body.message.as_slice())?;
    let content = body.content.into_vec();
    check_content(&content, &message.content)?;
    Ok(ActCall::Message(message, content))
}

/// Queues a message, within what the recipient leaves its sender. Nothing that waits is ever pushed out.
pub(super) fn send(
    db: &Connection,
    context: &Context,
    device: &Device,
    act: &Message,
    content: &[u8],
    time: Time,
) -> Result<Done, Fault> {
    let to = accounts::device(db, &context.certificates, &act.to_device)?
        .filter(|to| to.account_id == act.to_account && !to.revoked)
        .ok_or(ProblemCode::RecipientUnknown)?;
    let known = to.account == device.account || messages::has_written(db, to.account, device.account)?;
    let (all, of_sender) = messages::queued(db, to.number, device.account)?;
    let room = if known { MAILBOX_KNOWN_MAX } else { MAILBOX_STRANGER_MAX };
    if all >= MAILBOX_MAX || of_sender >= room {
        return Err(Problem::new(ProblemCode::MailboxFull).retry_after(FULL_RETRY_S).into());
    }
    let new = NewMessage { device: to.number, account: device.account, act: &act.id, content, time };
    messages::insert(db, &new)?;
    if to.account != device.account {
        messages::note(db, device.account, to.account, time)?;
    }
    Ok(Done { reply: Reply::done(), touched: vec![to.account_id.into()] })
}

/// The device has its messages up to a number: they are deleted.
pub(super) fn acknowledge(db: &Connection, device: &Device, act: &Acknowledge) -> Result<(), Fault> {
    Ok(messages::remove(db, device.number, act.upto.get())?)
}
