//! What a device that listens is told: where its account's ledger and device list and its own mailbox stand.
//!
//! An event holds a position and never the news itself. So all that happened since the last one is one event, nothing
//! queues up for a listener that is slow, and one that missed an event reads on from where it was.

use crate::context::Context;
use crate::fault::Fault;
use crate::store::accounts::{self, Device};
use crate::store::{messages, uint};
use farthing_protocol::cose::Signed;
use farthing_protocol::device::{DeviceList, Scope};
use farthing_protocol::id::{AccountId, DeviceId};
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _};
use std::fmt::Write as _;

/// A device that may listen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listener {
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
}

/// Where everything stands that a device can hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// Epoch and seq of the account's last entry; zeros without one.
    entries: (u64, u64),
    /// The number of the last message that came for the device; zero without one.
    messages: u64,
    /// The device list's counter.
    devices: u64,
}

impl Position {
    /// The position now; `None` when the device may not listen any more.
    pub(crate) fn read(
        db: &Connection,
        context: &Context,
        listener: &Listener,
        time: Time,
    ) -> Result<Option<Self>, Fault> {
        let found = accounts::device(db, &context.certificates, &listener.device)?;
        let Some(device) = found.filter(|device| may_listen(device, time)) else { return Ok(None) };
        let last = db
            .prepare_cached(
                "SELECT t.epoch, e.seq FROM entries e JOIN transactions t ON t.seq = e.seq
                 WHERE e.account = ?1 ORDER BY e.seq DESC LIMIT 1",
            )?
            .query_row([device.account], |row| Ok((uint(row.get(0)?), uint(row.get(1)?))))
            .optional()?;
        let list = accounts::list(db, device.account)?;
        let list = Signed::<DeviceList>::parse(&list).map_err(Fault::damaged)?;
        Ok(Some(Self {
            entries: last.unwrap_or_default(),
            messages: messages::last_number(db, device.number)?,
            devices: list.claims().counter.get(),
        }))
    }

    /// The events that lead here from what the listener was told last; from nothing on, all of them.
    pub(crate) fn since(&self, told: Option<&Self>) -> String {
        let mut events = String::new();
        let mut event = |name: &str, data: String| {
            // Writing to a String does not fail.
            let _ = write!(events, "event: {name}\ndata: {data}\n\n");
        };
        if told.is_none_or(|told| told.entries != self.entries) {
            let (epoch, seq) = self.entries;
            event("entries", format!("{epoch} {seq}"));
        }
        if told.is_none_or(|told| told.messages != self.messages) {
            event("messages", self.messages.to_string());
        }
        if told.is_none_or(|told| told.devices != self.devices) {
            event("devices", self.devices.to_string());
        }
        events
    }
}

/// As for other reads.
pub(crate) fn may_listen(device: &Device, time: Time) -> bool {
    device.may(Scope::RECEIVE, time) || device.may(Scope::PAY, time)
}
