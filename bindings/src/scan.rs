//! QR codes and links. All of it is computing: no disk, no network.

use crate::failure::Failure;
use farthing_core::Error;
use farthing_core::scan::parts::{self, Collector};
use farthing_core::scan::render::Qr;
use farthing_core::scan::{ScanError, text};
use farthing_protocol::offline::Frame;
use std::sync::{Mutex, PoisonError};

/// What a text turned out to be. Well-formed; nobody has vouched for it yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Scanned {
    /// A payment request, which `prepare` takes, or the offer of a tab, which `prepare_tab` takes: its link does not say which.
    Request,
    /// An invite to a verifier: `enrol` and `restore` take it.
    Invite,
    /// Another phone's pairing code: `pair_scan` takes it.
    Pairing,
    /// Somebody's alias: `prepare` takes it.
    Alias,
    /// A voucher of a tab: `take_voucher` takes it.
    Voucher,
    /// A request of a payee without network: `look_offline` takes it.
    OfflineRequest,
    /// A payment of a payer without network: `examine_offline` takes it.
    OfflinePayment,
    /// A whole request, for a payer without network: `prepare_whole` takes it.
    WholeRequest,
    /// An order of a payer without network, to be posted: `carry` takes it.
    CarriedOrder,
    /// The answer to such an order: `take_answer` takes it.
    CarriedAnswer,
}

/// Says what a text from a QR code, a link or a keyboard is.
///
/// # Errors
/// What is wrong with it.
#[uniffi::export]
pub fn recognise(scanned: &str) -> Result<Scanned, Failure> {
    use farthing_core::scan::Scanned as Found;
    let unknown = || Error::from(ScanError::NotOurs);
    Ok(match text::recognise(scanned).map_err(Error::from)? {
        Found::Request(_) => Scanned::Request,
        Found::Invite(_) => Scanned::Invite,
        Found::Pairing(_) => Scanned::Pairing,
        Found::Alias(_) => Scanned::Alias,
        Found::Voucher(_) => Scanned::Voucher,
        Found::Frame(frame) => match *frame {
            Frame::Request(_) | Frame::Detailed(..) => Scanned::OfflineRequest,
            Frame::Payment(..) | Frame::Voucher(_) => Scanned::OfflinePayment,
            Frame::Whole(_) => Scanned::WholeRequest,
            Frame::Carried(_) => Scanned::CarriedOrder,
            Frame::Answer(_) => Scanned::CarriedAnswer,
            _ => return Err(unknown().into()),
        },
        _ => return Err(unknown().into()),
    })
}

/// A QR code, as rows of modules.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct QrPicture {
    /// Modules of one side, without the quiet zone of four.
    pub side: u32,
    /// The picture with its quiet zone, a PNG.
    pub png: Vec<u8>,
}

/// Draws a text as a QR code, `scale` pixels to a module.
///
/// # Errors
/// When it is too long.
#[uniffi::export]
pub fn draw_qr(shown: &str, scale: u32) -> Result<QrPicture, Failure> {
    let too_long = |_| Error::from(ScanError::TooLarge { what: "a text for a QR code", limit: text::TEXT_MAX as u64 });
    let qr = Qr::of(shown).map_err(too_long)?;
    Ok(QrPicture { side: qr.modules(), png: qr.to_png(scale).map_err(too_long)? })
}

/// The texts of the QR codes that show a text: itself where one code holds it, or its parts, to be shown one after the other, again
/// and again, some five a second: a camera need not see all of them.
///
/// # Errors
/// When it needs several codes and is nothing that is shown without network.
#[uniffi::export]
pub fn shown_codes(shown: &str) -> Result<Vec<String>, Failure> {
    Ok(parts::codes(shown, true).map_err(Error::from)?)
}

/// How far the codes go that a camera has seen.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Collected {
    /// Not yet enough.
    Missing {
        /// Parts that are known.
        have: u32,
        /// Parts in all.
        of: u32,
    },
    /// All: the text that was shown.
    Whole {
        /// The text, for `recognise`.
        text: String,
    },
}

/// Puts together what a camera sees, code after code, in any order, each as often as it comes.
#[derive(Debug, Default, uniffi::Object)]
pub struct CodeCollector {
    collector: Mutex<Collector>,
}

#[uniffi::export]
impl CodeCollector {
    /// Nothing was seen yet.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the text of a code. One that is no part of several is the whole at once. An error leaves what was collected as it was, so that a
    /// code beside it does no harm.
    pub fn add(&self, code: &str) -> Result<Collected, Failure> {
        if !parts::is_part(code) {
            return Ok(Collected::Whole { text: code.to_owned() });
        }
        let mut collector = self.collector.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match collector.add(code).map_err(Error::from)? {
            parts::Collected::Whole(text) => {
                *collector = Collector::default();
                Collected::Whole { text }
            }
            parts::Collected::Missing { have, of } => {
                // A part says that there are 64 at most.
                let few = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
                Collected::Missing { have: few(have), of: few(of) }
            }
        })
    }
}
