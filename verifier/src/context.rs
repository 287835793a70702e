//! What every decision and every read needs besides the database.

use crate::clock::Clock;
use crate::fault::Fault;
use crate::keys::Keys;
use crate::store::accounts::{self, Device};
use crate::store::ledger::{self, LedgerRow};
use crate::store::parsed::Parsed;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::Signed;
use farthing_protocol::device::DeviceCertificate;
use farthing_protocol::fee_schedule::FeeSchedule;
use farthing_protocol::head::Head;
use farthing_protocol::http::Problem;
use farthing_protocol::id::{AccountId, DeviceId, Digest, Epoch, Nonce, VerifierId};
use farthing_protocol::offline::Allowance;
use farthing_protocol::tab::HoldOrder;
use farthing_protocol::time::Time;
use farthing_protocol::{cbor::V1, invite::is_verifier_url};
use rusqlite::Connection;
use std::sync::Arc;

/// While the clock is doubted a person has to look: not soon.
const CLOCK_RETRY_S: u32 = 60;

/// Shared by the writer and the readers.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) keys: Arc<Keys>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) verifier: VerifierId,
    pub(crate) url: String,
    pub(crate) epoch: Epoch,
    pub(crate) epoch_opened: Time,
    pub(crate) checkpoint: Digest,
    pub(crate) certificates: Arc<Parsed<DeviceCertificate>>,
    pub(crate) fees: Arc<Parsed<Signed<FeeSchedule>>>,
    pub(crate) holds: Arc<Parsed<HoldOrder>>,
    pub(crate) allowances: Arc<Parsed<Allowance>>,
}

impl Context {
    pub(crate) fn new(keys: Keys, clock: Clock, row: &LedgerRow) -> Self {
        Self {
            keys: Arc::new(keys),
            clock: Arc::new(clock),
            verifier: row.verifier,
            url: row.url.clone(),
            epoch: row.epoch,
            epoch_opened: row.epoch_opened,
            checkpoint: row.checkpoint,
            certificates: Arc::default(),
            fees: Arc::default(),
            holds: Arc::default(),
            allowances: Arc::default(),
        }
    }

    /// Refuses what was made for another verifier.
    pub(crate) fn expect_verifier(&self, named: &VerifierId) -> Result<(), Fault> {
        if *named == self.verifier { Ok(()) } else { Err(ProblemCode::WrongVerifier.into()) }
    }

    /// The device that says it acts for an account.
    pub(crate) fn device(&self, db: &Connection, id: &DeviceId, account: &AccountId) -> Result<Device, Fault> {
        accounts::device(db, &self.certificates, id)?
            .filter(|device| device.account_id == *account)
            .ok_or_else(|| ProblemCode::DeviceUnknown.into())
    }

    /// A signed head: the caller's time source, and proof against an older ledger (wire decision 4).
    pub(crate) fn head(&self, db: &Connection, time: Time, nonce: Nonce) -> Result<Vec<u8>, Fault> {
        let row = ledger::row(db)?;
        let head = Head { version: V1, epoch: self.epoch, seq: row.seq, time, checkpoint: self.checkpoint, nonce };
        Ok(Signed::sign(head, self.keys.signing())?.bytes().to_vec())
    }
}

/// The problem of a doubted clock.
pub(crate) fn clock_suspect() -> Fault {
    Problem::new(ProblemCode::ClockSuspect).retry_after(CLOCK_RETRY_S).into()
}

/// The authority (host and port) of a verifier's URL, as signed reads cover it.
pub(crate) fn authority(url: &str) -> Option<String> {
    // Port 0 stands for the one that the system will give: no wallet ever sees it.
    if !is_verifier_url(url.strip_suffix(":0").unwrap_or(url)) {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let default_port = if scheme == "https" { ":443" } else { ":80" };
    Some(rest.strip_suffix(default_port).unwrap_or(rest).to_owned())
}
