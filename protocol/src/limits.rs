//! Every bound of the protocol, with the reason for its size.
//!
//! ```
//! use farthing_protocol::limits::{ORDER_LIFE, ORDER_LIFE_MAX, PADDED, REQUEST_CONTENT_MAX};
//! assert!(ORDER_LIFE < ORDER_LIFE_MAX);
//! assert_eq!(PADDED[2], REQUEST_CONTENT_MAX, "the largest padding step is what the verifier stores");
//! ```

use crate::time::Span;

/// Largest amount of one order, in units (a billion USD at scale 6): `value × bps` stays below 2^64,
/// and an account holds 9,000 such amounts before 64 signed bits are full.
pub const AMOUNT_MAX: u64 = 1_000_000_000_000_000;
/// Largest scale: 10^12 units per whole still leaves 1,000 wholes below [`AMOUNT_MAX`].
pub const SCALE_MAX: u8 = 12;
/// Largest fee rate, 10,000 basis points = 100 %.
pub const FEE_BPS_MAX: u64 = 10_000;
/// Assets of one verifier; the schedule stays below [`SIGNED_MAX`].
pub const ASSETS_MAX: usize = 32;

/// How long a payment may be applied after it was made, unless its maker says otherwise.
pub const ORDER_LIFE: Span = Span::from_s(120);
/// The longest such time: what a wallet may have to wait for a final answer.
pub const ORDER_LIFE_MAX: Span = Span::from_min(10);
/// How far `created` may lie ahead of ledger time: wallets use the verifier's own time.
pub const CREATED_AHEAD_MAX: Span = Span::from_min(2);
/// How long a signed refusal is kept past `expires`; afterwards the order is expired anyway.
pub const REFUSAL_KEPT: Span = Span::from_h(24);
/// Difference allowed between a signed read's `created` and the verifier's time (RFC 9421).
pub const READ_SKEW_MAX: Span = Span::from_min(2);
/// A difference between wall and monotonic clock that makes a verifier doubt its clock.
pub const CLOCK_JUMP_MAX: Span = Span::from_min(5);
/// How far past its last persisted time a verifier may start without being asked.
pub const CLOCK_START_MAX: Span = Span::from_h(24);

/// A request lives at most this long; its ciphertext is kept as long.
pub const REQUEST_LIFE_MAX: Span = Span::from_h(24 * 30);

/// A standing request lives at most this long: a year with its leap day, so that one a year suffices.
pub const STANDING_LIFE_MAX: Span = Span::from_h(24 * 366);

/// Any signed object: the largest, a full request, is below 4 KiB; nothing needs more than twice that.
pub const SIGNED_MAX: usize = 8 * 1024;
/// A bundle: a 4 KiB body, 16 wrapped keys of about 200 bytes, and framing.
pub const BUNDLE_MAX: usize = 8 * 1024;
/// Devices that one bundle is sealed for.
pub const BUNDLE_RECIPIENTS_MAX: usize = 16;
/// A request's ciphertext at the verifier.
pub const REQUEST_CONTENT_MAX: usize = 4 * 1024;
/// The sizes a sealed body is padded to, authentication tag included. Only these are seen.
pub const PADDED: [usize; 3] = [256, 1024, 4096];
/// A call's body: an order with its bundle and framing.
pub const CALL_BODY_MAX: usize = 32 * 1024;
/// A reply's body: a page of entries, each a receipt and a bundle.
pub const REPLY_BODY_MAX: usize = 1024 * 1024;

/// A memo, in bytes of UTF-8: a few sentences in any script.
pub const MEMO_MAX: usize = 1024;
/// A person's or shop's name.
pub const NAME_MAX: usize = 64;
/// The name of one item.
pub const ITEM_NAME_MAX: usize = 64;
/// Items of one request: with names of 20 letters they fit into 4 KiB.
pub const ITEMS_MAX: usize = 64;
/// The reason of an operator's issue, or of a refusal.
pub const REASON_MAX: usize = 256;
/// The detail of a problem: a sentence or two.
pub const PROBLEM_DETAIL_MAX: usize = 512;
/// A problem's JSON: title, detail, and a signed object in base64url.
pub const PROBLEM_MAX: usize = 16 * 1024;
/// A verifier's URL: QR codes of version 5-M hold a host of up to 49 characters (wire decision 15).
pub const URL_MAX: usize = 128;
/// The part of a request link between the scheme and `/R#`, for version 5-M.
pub const LINK_HOST_MAX: usize = 49;

/// One-time handles in stock at the verifier per device.
pub const HANDLE_STOCK: usize = 20;
/// Open requests of one account: a busy till, without letting one account fill the store.
pub const REQUESTS_OPEN_MAX: usize = 1_000;
/// Devices of one account.
pub const DEVICES_MAX: usize = 16;
/// Payee aliases a device's scope can name.
pub const SCOPE_ALIASES_MAX: usize = 8;
/// Entries of one page: with 8 KiB bundles still below [`REPLY_BODY_MAX`].
pub const ENTRIES_PAGE_MAX: u64 = 100;
/// Longest time the verifier holds a long poll open; proxies cut at 30 s.
pub const LONG_POLL_MAX: Span = Span::from_s(25);
/// Verifier certificates in one answer: the current one and those of earlier signing keys.
pub const CERTIFICATES_MAX: usize = 64;

/// Reusable aliases of one account: a person's name, a shop's, a few tills. They are never given again, so they are dear.
pub const ALIASES_MAX: usize = 8;
/// How far a device list's counter goes ahead of the one before at most. A wallet counts by ones; what is left out was signed
/// and never arrived. With so large a step a list a second would take 200,000 years to leave no room for another.
pub const COUNTER_AHEAD_MAX: u64 = 1 << 20;
/// Devices that an account ever has, revoked ones included: a new phone each month for twenty years. What they signed
/// must stay verifiable, and their certificates fit into one answer.
pub const DEVICES_EVER_MAX: usize = 256;

/// One slot of a rendezvous: a padded card with its tag.
pub const RENDEZVOUS_SLOT_MAX: usize = 1024;
/// Slots of a rendezvous, numbered from 1; pairing uses four of them.
pub const RENDEZVOUS_SLOTS: u8 = 8;
/// How long a rendezvous is kept from its first slot's write: five times as long as an offer stands.
pub const RENDEZVOUS_KEPT: Span = Span::from_min(10);
/// Rendezvous at once, of everybody: anyone can make one, and all of them together stay below 100 MiB.
pub const RENDEZVOUS_MAX: usize = 10_000;
/// How long an offer stands after it was shown, by the shower's monotonic clock.
pub const OFFER_LIFE: Span = Span::from_s(120);
/// What both sides send each other once the code is confirmed, with its tag: one size, whatever is inside.
pub const CARD_PADDED: usize = RENDEZVOUS_SLOT_MAX;

/// One-time keys of one upload: as an object it stays far below [`SIGNED_MAX`].
pub const PREKEYS_PER_UPLOAD: usize = 50;
/// One-time keys in a device's stock: so many people can write first while it is away.
pub const PREKEYS_STOCK: usize = 100;
/// A device uploads new ones when fewer than this many are left.
pub const PREKEYS_LOW: u64 = 20;
/// Prekeys of one device that one account may claim in 24 hours: sessions that heal, but no draining of a stock.
pub const CLAIMS_PER_DAY: u64 = 100;
/// A message's content: the largest padding step.
pub const MESSAGE_CONTENT_MAX: usize = 4 * 1024;
/// The sizes an envelope is padded to before Olm encrypts it. Olm's block cipher makes 48, 816 and 3888 bytes of them,
/// and with the longest framing of a first message (189 bytes) and of its content (7) they fill the steps of [`PADDED`].
pub const ENVELOPE_PADDED: [usize; 3] = [47, 815, 3887];
/// A note to a contact: as long as a memo.
pub const NOTE_MAX: usize = 1024;
/// Messages queued for one device from one account that its owner has written to.
pub const MAILBOX_KNOWN_MAX: u64 = 256;
/// Messages queued for one device from any other account: enough to introduce oneself.
pub const MAILBOX_STRANGER_MAX: u64 = 8;
/// Messages queued for one device, from everybody: 8 MiB.
pub const MAILBOX_MAX: u64 = 2_000;
/// How long a message is kept for a device that does not fetch it.
pub const MESSAGE_KEPT: Span = Span::from_h(24 * 30);
/// Messages of one page: 4 KiB each, below [`REPLY_BODY_MAX`].
pub const MESSAGES_PAGE_MAX: u64 = 100;
/// Envelope ids that a receiver remembers, so that what comes twice counts once.
pub const ENVELOPE_IDS_KEPT: usize = 10_000;

/// How long after its making, or after a change, a hold may be spent from at most: a month's tab.
pub const HOLD_SPEND_MAX: Span = Span::from_h(24 * 31);
/// How long after the end of spending a payee may claim at least: a phone that is off for a day loses nothing.
pub const CLAIM_GRACE_MIN: Span = Span::from_h(24);
/// How long at most: what nobody claims goes back within two months of the last change.
pub const CLAIM_GRACE_MAX: Span = Span::from_h(24 * 31);
/// How long before the end of spending a payee takes no more vouchers: clocks differ, and a claim has a way to go.
pub const SPEND_MARGIN: Span = Span::from_min(5);
/// Ticks of a meter: what it counts in a life; with the largest price well below 128 bits.
pub const METER_TICKS_MAX: u64 = 1 << 48;
/// How long what a meter is paid for at a time lasts at least: a payee that is at the other end of a bad line hears of it in time.
pub const METER_QUANTUM_MIN: Span = Span::from_s(1);
/// How long at most: it is what a payer can lose.
pub const METER_QUANTUM_MAX: Span = Span::from_h(1);
/// How long a payee of a meter delivers without being paid at least: a payment takes its way.
pub const METER_GRACE_MIN: Span = Span::from_s(1);
/// How long at most: it is what a payee can lose.
pub const METER_GRACE_MAX: Span = Span::from_min(10);
/// Versions of one hold: raised each day of a month, and a few times more on some.
pub const HOLD_VERSIONS_MAX: u64 = 64;
/// Holds of one payer that have not ended: each is a sum that waits, and a row that is swept.
pub const HOLDS_OPEN_MAX: u64 = 256;
/// Of them for one handle.
pub const HOLDS_PAIR_MAX: u64 = 8;
/// A signed voucher: the longest has 146 bytes.
pub const VOUCHER_MAX: usize = 192;
/// What is sealed for a direct call and its answer, tags included: the largest voucher fits, and every answer looks alike.
pub const DIRECT_PADDED: usize = 256;
/// A direct call's request or answer: the request has 333 bytes.
pub const DIRECT_MAX: usize = 384;
/// Claims of one call: the longest, with the longest voucher, are below [`CALL_BODY_MAX`].
pub const CLAIMS_PER_CALL: usize = 64;

/// How long after its making an allowance may be spent from at most: a month without network.
pub const ALLOWANCE_SPEND_MAX: Span = Span::from_h(24 * 31);
/// How long after the end of spending payees may claim at least: they, too, have to find a network first.
pub const ALLOWANCE_GRACE_MIN: Span = Span::from_h(72);
/// How long at most.
pub const ALLOWANCE_GRACE_MAX: Span = Span::from_h(24 * 31);
/// Vouchers of one allowance: eight a day for a month. No account claims more from it, either.
pub const ALLOWANCE_VOUCHERS_MAX: u64 = 256;
/// Claims from one allowance: an honest payer's are far fewer, and it takes about 100 accounts to leave no room. Their sum, even where each is
/// for the largest amount, is below 2^63.
pub const ALLOWANCE_CLAIMS_MAX: u64 = 4_096;
/// Of the room for claims that other accounts leave, one account has such a part.
pub const ALLOWANCE_CLAIMS_SHARE: u64 = 16;
/// Allowances of one payer that have not been settled: each is a sum that waits, and a key in some vault.
pub const ALLOWANCES_OPEN_MAX: u64 = 8;
/// A signed allowance: shown as a QR code. The longest has 217 bytes.
pub const ALLOWANCE_MAX: usize = 220;
/// A signed voucher of an allowance, shown as a QR code. The longest has 174 bytes.
pub const OFFLINE_VOUCHER_MAX: usize = 180;
/// A signed offline request: without details the longest has 189 bytes, with their hash 224.
pub const OFFLINE_REQUEST_MAX: usize = 240;
/// A signed word of a payee key for its account: 140 bytes.
pub const PAYEE_ACCOUNT_MAX: usize = 160;
/// When a payee asks again so soon after it was paid, the payer is told.
pub const SAME_PAYEE_NOTICE: Span = Span::from_min(10);
/// Allowances that one list of revoked ones names: it stays below [`SIGNED_MAX`].
pub const REVOKED_MAX: usize = 512;
/// Settlements of a page: an account has at most 256 lines of one.
pub const SETTLEMENTS_PAGE_MAX: u64 = 100;
/// A proof: two vouchers with their requests, an allowance and a certificate.
pub const PROOF_MAX: usize = 2 * 1024;
/// What one QR code for somebody without network carries, in bytes; the largest code holds a little more.
pub const FRAME_MAX: usize = 2 * 1024;

/// The sizes of a carried order's ciphertext, tag included: an order alone, with a small, a middle and the largest bundle. As small as
/// they can be, since they are shown as QR codes.
pub const CARRIED_PADDED: [usize; 4] = [512, 1024, 2048, 5 * 1024];
/// A carried order: the largest ciphertext, and framing.
pub const CARRIED_MAX: usize = 5 * 1024 + 128;
