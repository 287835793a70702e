//! People one knows: whom to pay by a name of one's own, and how sure one is that it is them.
//!
//! ```text
//!            other's card came            other's confirmation came
//!  pairing ───────────────────▶ Met ───────────────────────────────▶ Verified
//!                                 ▲                                     │
//!                                 └──────────── paired again ───────────┘
//! ```
//!
//! | state | what it means | what a person can do |
//! |---|---|---|
//! | met | this side compared the codes and has the card; the other side has not said yes yet | pay; pair again when the yes never comes |
//! | verified | both sides compared the codes | pay |
//!
//! The alias's key is pinned with the card. When the verifier shows another one, nothing is paid
//! ([`crate::error::WalletError::PayeeKeyChanged`]) until the two have paired again. Blocked is apart from the state: a blocked contact is not paid, and what it writes is thrown away.
//!
//! Source: wire decisions 16, 17 and 18.

mod alike;
mod book;
mod confirmed;
mod devices;
mod record;

pub(crate) use book::from_card;
pub use book::{ContactChange, by_account, by_name, by_payee, change, list};
pub(crate) use confirmed::confirmed;
pub use devices::DeviceListRecord;
pub(crate) use devices::{ReadList, listed};
pub use record::{CONTACTS_MAX, Contact, ContactState};
