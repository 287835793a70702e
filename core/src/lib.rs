//! Farthing's wallet: keys, payments, cache and sync, without a user interface.
//!
//! A tour:
//!
//! - [`wallet::Wallet`] is what a program uses: open, prepare, confirm, outcome, request, sync.
//! - [`engine`] holds the decisions, without I/O: operations that are told the time and the verifier's answers.
//! - [`payment`] is the saga of a payment, requests, and what an entry of the ledger changes; [`enrol`] opens an account.
//! - [`tab`] is money by the drop: offers, holds, vouchers and claims, at the payer and at the payee.
//! - [`offline`] is money without network: allowances, vouchers for requests, claims, and what can be lost.
//! - [`devices`] are those of one's own account: listed, revoked, added, restored from the phrase; [`generation`] notices copies of
//!   the wallet's folder.
//! - [`history`] finds out what a restored verifier has lost, and how to go on.
//! - [`store`] remembers, encrypted; [`keys`] makes keys and keeps them in a vault; [`sync`] asks and tells the verifier.
//! - [`contacts`] are the people one knows.
//! - [`export`] gives out everything that a wallet knows; [`inspect`] says what any signed object is and whether it holds.
//! - [`scan`] reads QR codes and links, and draws them.
//! - [`error`] says of every failure whose fault it is, whether money moved, and what to do.

pub mod checkpoints;
pub mod contacts;
pub mod crash;
pub mod devices;
pub mod engine;
pub mod enrol;
pub mod error;
pub mod events;
pub mod export;
pub mod generation;
pub mod history;
pub mod inspect;
pub mod keys;
pub mod messaging;
pub mod offline;
pub mod pairing;
pub mod payment;
pub mod scan;
pub mod store;
pub mod sync;
pub mod tab;
pub mod wallet;

pub use error::Error;
pub use wallet::Wallet;
