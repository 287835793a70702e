//! A device's mailbox, page by page (docs/protocol.md 10.14).

use crate::context::Context;
use crate::fault::Fault;
use crate::read::Reading;
use crate::store::messages;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::http::{MEDIA_CBOR, MessagesPage, QueuedMessage, Reply};
use farthing_protocol::id::{MessageNumber, Nonce};
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// The messages after a number, with a head of the same moment. They stay until they are acknowledged.
pub(crate) fn page(
    db: &Connection,
    context: &Context,
    device: i64,
    after: u64,
    max: u64,
    nonce: Nonce,
    time: Time,
) -> Result<Reading, Fault> {
    let mut found = messages::after(db, device, after, max + 1)?;
    let more = found.len() as u64 > max;
    found.truncate(usize::try_from(max).unwrap_or(usize::MAX));
    let messages = found
        .into_iter()
        .map(|queued| {
            Ok(QueuedMessage {
                number: MessageNumber::new(queued.number),
                account: queued.account,
                device: queued.device,
                time: queued.sent,
                content: Bytes::new(queued.content)?,
            })
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    let nothing_yet = messages.is_empty();
    let page = MessagesPage { head: Bytes::new(context.head(db, time, nonce)?)?, messages, more };
    Ok(Reading { reply: Reply::ok(MEDIA_CBOR, page.encode()), nothing_yet })
}
