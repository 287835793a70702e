//! Reads: of the verifier and its list of revoked allowances by anybody, of everything else by a device that signs (RFC 9421).

use crate::call::no_such;
use crate::context::{Context, authority, clock_suspect};
use crate::events::{Listener, may_listen};
use crate::fault::Fault;
use crate::rendezvous::{self, Slot};
use crate::store::accounts::{self, Device};
use crate::store::handles;
use crate::topic::Topic;
use crate::{allowance, devices, entries, mailbox, order, proofs, status};
use farthing_protocol::alias::Alias;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::signature::{self, ReadSignature};
use farthing_protocol::http::{Call, MEDIA_COSE, MEDIA_OCTETS, Method, Problem, Reply};
use farthing_protocol::id::{AccountId, Epoch, Locator, Nonce, OrderId, Seq};
use farthing_protocol::limits::{ENTRIES_PAGE_MAX, LONG_POLL_MAX, MESSAGES_PAGE_MAX, READ_SKEW_MAX};
use farthing_protocol::time::{Span, Time};
use rusqlite::Connection;

/// A read that may be answered.
#[derive(Debug)]
pub(crate) enum Read {
    Verifier { nonce: Nonce },
    RevokedAllowances,
    Content { locator: Locator },
    Alias { alias: Alias },
    Order { account: i64, id: OrderId },
    Entries { account: i64, device: i64, after: (Epoch, Seq), max: u64, nonce: Nonce },
    Account { account: i64, device: i64, nonce: Nonce },
    Devices { account: AccountId, own: bool, nonce: Nonce },
    Messages { device: i64, after: u64, max: u64, nonce: Nonce },
    Slot { slot: Slot },
    Checkpoints { epoch: Epoch, first: Seq },
    EntryProof { account: i64, seq: Seq, size: u64 },
    AccountProof { account: i64 },
    Settlements { account: i64, seq: Seq, after: u64 },
}

/// An answered read.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) reply: Reply,
    /// True when there was nothing yet that the caller may wait for.
    pub(crate) nothing_yet: bool,
}

/// For what and how long a long poll waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    pub(crate) topic: Topic,
    pub(crate) at_most: Span,
}

/// Parses a read, checks its signature and what the device may do.
pub(crate) fn authorise(
    db: &Connection,
    context: &Context,
    call: &Call,
    reached: &str,
    time: Option<Time>,
) -> Result<(Read, Option<Wait>), Fault> {
    let time = time.ok_or_else(clock_suspect)?;
    if call.path == "/v1/verifier" {
        return Ok((Read::Verifier { nonce: nonce(call)? }, None));
    }
    if call.path == "/v1/allowances/revoked" {
        return Ok((Read::RevokedAllowances, None));
    }
    if let Some(slot) = Slot::parse(&call.path) {
        return Ok((
            Read::Slot { slot },
            Some(Wait { topic: Topic::Rendezvous(slot.rendezvous), at_most: wait(call)? }),
        ));
    }
    let path = SignedPath::parse(call)?;
    let signature = signature(context, call, reached)?;
    if let Some(read) = by_account_key(db, context, &path, &signature, time)? {
        return Ok((read, None));
    }
    let device = signed_by(db, context, &signature, time)?;
    let (account, nonce) = (device.account, signature.nonce);
    let read = match path {
        SignedPath::Content(locator) => Read::Content { locator },
        SignedPath::Alias(alias) => Read::Alias { alias },
        SignedPath::Order(id) => Read::Order { account, id },
        SignedPath::Account => Read::Account { account, device: device.number, nonce },
        SignedPath::Devices(of) => {
            let account = of.unwrap_or(device.account_id);
            Read::Devices { account, own: account == device.account_id, nonce }
        }
        SignedPath::Checkpoints { epoch, first } => Read::Checkpoints { epoch, first },
        SignedPath::EntryProof { seq, size } => Read::EntryProof { account, seq, size },
        SignedPath::AccountProof => Read::AccountProof { account },
        SignedPath::Settlements { seq, after } => Read::Settlements { account, seq, after },
        SignedPath::Entries { after, max, wait } => {
            let wait = Wait { topic: device.account_id.into(), at_most: wait };
            return Ok((Read::Entries { account, device: device.number, after, max, nonce }, Some(wait)));
        }
        SignedPath::Messages { after, max, wait } => {
            let wait = Wait { topic: device.account_id.into(), at_most: wait };
            return Ok((Read::Messages { device: device.number, after, max, nonce }, Some(wait)));
        }
    };
    Ok((read, None))
}

/// Checks the signature of a read that listens (10.11), and that its device may.
pub(crate) fn listener(
    db: &Connection,
    context: &Context,
    call: &Call,
    reached: &str,
    time: Option<Time>,
) -> Result<Listener, Fault> {
    let time = time.ok_or_else(clock_suspect)?;
    let device = signed_by(db, context, &signature(context, call, reached)?, time)?;
    Ok(Listener { account: device.account_id, device: device.certificate.device() })
}

/// A path that only a device may read, parsed.
enum SignedPath {
    Content(Locator),
    Alias(Alias),
    Order(OrderId),
    Account,
    /// Of another account, or one's own.
    Devices(Option<AccountId>),
    Entries {
        after: (Epoch, Seq),
        max: u64,
        wait: Span,
    },
    Messages {
        after: u64,
        max: u64,
        wait: Span,
    },
    Checkpoints {
        epoch: Epoch,
        first: Seq,
    },
    EntryProof {
        seq: Seq,
        size: u64,
    },
    AccountProof,
    Settlements {
        seq: Seq,
        after: u64,
    },
}

impl SignedPath {
    fn parse(call: &Call) -> Result<Self, Fault> {
        let not_found = || Fault::from(no_such(&call.path, Method::Get));
        match call.path.as_str() {
            "/v1/account" => return Ok(Self::Account),
            "/v1/entries" => {
                let counter = |name, default| parameter(call, name, default);
                return Ok(Self::Entries {
                    after: (Epoch::new(counter("epoch", 0)?), Seq::new(counter("seq", 0)?)),
                    max: counter("max", ENTRIES_PAGE_MAX)?.clamp(1, ENTRIES_PAGE_MAX),
                    wait: wait(call)?,
                });
            }
            "/v1/messages" => {
                return Ok(Self::Messages {
                    after: parameter(call, "after", 0)?,
                    max: parameter(call, "max", MESSAGES_PAGE_MAX)?.clamp(1, MESSAGES_PAGE_MAX),
                    wait: wait(call)?,
                });
            }
            "/v1/devices" => return Ok(Self::Devices(account(call)?)),
            "/v1/checkpoints" => {
                return Ok(Self::Checkpoints {
                    epoch: Epoch::new(parameter(call, "epoch", 0)?),
                    first: Seq::new(parameter(call, "seq", 0)?),
                });
            }
            "/v1/checkpoints/entry" => {
                return Ok(Self::EntryProof {
                    seq: Seq::new(parameter(call, "seq", 0)?),
                    size: parameter(call, "size", 0)?,
                });
            }
            "/v1/checkpoints/account" => return Ok(Self::AccountProof),
            "/v1/allowances/settlements" => {
                return Ok(Self::Settlements {
                    seq: Seq::new(parameter(call, "seq", 0)?),
                    after: parameter(call, "after", 0)?,
                });
            }
            _ => {}
        }
        let below = |prefix: &str| call.path.strip_prefix(prefix);
        if let Some(hex) = below("/v1/requests/") {
            return Locator::from_hex(hex).map(Self::Content).ok_or_else(not_found);
        }
        if let Some(text) = below("/v1/aliases/") {
            return Alias::new(text).map(Self::Alias).map_err(|_| not_found());
        }
        if let Some(text) = below("/v1/orders/") {
            // As hex, like every id, or with a UUID's dashes; in small letters either way.
            let id = OrderId::from_uuid_text(text).filter(|id| text == id.to_hex() || text == id.to_uuid_text());
            return id.map(Self::Order).ok_or_else(not_found);
        }
        Err(not_found())
    }
}

/// A number in the query; everything that is stored fits 63 bits.
fn parameter(call: &Call, name: &str, default: u64) -> Result<u64, Fault> {
    let Some(text) = call.parameter(name) else { return Ok(default) };
    match text.parse::<i64>() {
        Ok(number) if number >= 0 && text.bytes().all(|b| b.is_ascii_digit()) => Ok(number.unsigned_abs()),
        _ => Err(Problem::new(ProblemCode::Malformed).with_detail("a parameter is not a number").into()),
    }
}

/// How long the caller waits for something new.
fn wait(call: &Call) -> Result<Span, Fault> {
    Ok(Span::from_ms(parameter(call, "wait", 0)?).min(LONG_POLL_MAX))
}

/// Whose devices are asked for; without the parameter the caller's own.
fn account(call: &Call) -> Result<Option<AccountId>, Fault> {
    let Some(text) = call.parameter("account") else { return Ok(None) };
    let account = AccountId::from_hex(text);
    let wrong = || Problem::new(ProblemCode::Malformed).with_detail("an account has 32 lower-case hex digits");
    Ok(Some(account.ok_or_else(wrong)?))
}

/// The caller's nonce; zeros where it does not care how old the head is.
fn nonce(call: &Call) -> Result<Nonce, Fault> {
    let Some(text) = call.parameter("nonce") else { return Ok(Nonce::new([0; Nonce::LEN])) };
    Nonce::from_hex(text)
        .ok_or_else(|| Problem::new(ProblemCode::Malformed).with_detail("a nonce has 32 lower-case hex digits").into())
}

/// The signature of a read that reached us by our own name.
fn signature(context: &Context, call: &Call, reached: &str) -> Result<ReadSignature, Fault> {
    // A call that reached us by another name was meant for somebody else, or is relayed.
    let ours = authority(&context.url).ok_or(Fault::Damaged("the verifier's URL is not valid"))?;
    if !reached.eq_ignore_ascii_case(&ours) {
        let detail = format!("this verifier is reached at {ours}");
        return Err(Problem::new(ProblemCode::WrongVerifier).with_detail(detail).into());
    }
    signature::read(call, reached, &context.verifier)
        .map_err(|fault| Problem::new(ProblemCode::BadSignature).with_detail(fault.to_string()).into())
}

/// A read that the account key itself signed, as a wallet does that is restored: of its own devices, and nothing else.
fn by_account_key(
    db: &Connection,
    context: &Context,
    path: &SignedPath,
    signature: &ReadSignature,
    time: Time,
) -> Result<Option<Read>, Fault> {
    let account = signature.keyid.as_account();
    if !matches!(path, SignedPath::Devices(_))
        || accounts::device(db, &context.certificates, &signature.keyid.as_device())?.is_some()
    {
        return Ok(None);
    }
    let Some((number, _)) = accounts::enrolled(db, &account)? else { return Ok(None) };
    signature.verify(&accounts::account_key(db, number)?)?;
    check_fresh(db, context, signature, time)?;
    match path {
        SignedPath::Devices(of) if of.is_none_or(|of| of == account) => {
            Ok(Some(Read::Devices { account, own: true, nonce: signature.nonce }))
        }
        _ => Err(ProblemCode::Forbidden.into()),
    }
}

/// The device behind a signed read, when it may read.
fn signed_by(db: &Connection, context: &Context, signature: &ReadSignature, time: Time) -> Result<Device, Fault> {
    let device =
        accounts::device(db, &context.certificates, &signature.keyid.as_device())?.ok_or(ProblemCode::DeviceUnknown)?;
    signature.verify(&device.certificate.session)?;
    check_fresh(db, context, signature, time)?;
    if device.revoked {
        return Err(ProblemCode::DeviceRevokedHere.into());
    }
    if may_listen(&device, time) { Ok(device) } else { Err(ProblemCode::Forbidden.into()) }
}

/// A captured read is worthless soon; a wallet with a wrong clock learns the time.
fn check_fresh(db: &Connection, context: &Context, signature: &ReadSignature, time: Time) -> Result<(), Fault> {
    let skew = time.since(signature.created).max(signature.created.since(time));
    if skew <= READ_SKEW_MAX {
        return Ok(());
    }
    let mut problem = Problem::new(ProblemCode::StaleSignature);
    problem.head = Some(context.head(db, time, signature.nonce)?);
    Err(problem.into())
}

impl Read {
    /// Answers the read, from one snapshot of the database.
    pub(crate) fn answer(&self, db: &Connection, context: &Context, time: Option<Time>) -> Result<Reading, Fault> {
        let time = time.ok_or_else(clock_suspect)?;
        let snapshot = db.unchecked_transaction()?;
        let whole = |reply| Reading { reply, nothing_yet: false };
        let reading = match self {
            Self::Verifier { nonce } => whole(status::verifier(&snapshot, context, *nonce, time)?),
            Self::Content { locator } => whole(content(&snapshot, locator, time)?),
            Self::Alias { alias } => whole(alias_record(&snapshot, alias)?),
            Self::Order { account, id } => whole(order::outcome(&snapshot, *account, id)?),
            Self::Entries { account, device, after, max, nonce } => {
                not_revoked(&snapshot, *device)?;
                entries::page(&snapshot, context, *account, *after, *max, *nonce, time)?
            }
            Self::Account { account, device, nonce } => {
                whole(status::account(&snapshot, context, *account, *device, *nonce, time)?)
            }
            Self::Devices { account, own, nonce } => {
                whole(devices::show(&snapshot, context, account, *own, *nonce, time)?)
            }
            Self::Messages { device, after, max, nonce } => {
                not_revoked(&snapshot, *device)?;
                mailbox::page(&snapshot, context, *device, *after, *max, *nonce, time)?
            }
            Self::Checkpoints { epoch, first } => whole(proofs::checkpoints(&snapshot, *epoch, *first)?),
            Self::EntryProof { account, seq, size } => whole(proofs::entry(&snapshot, *account, *seq, *size)?),
            Self::AccountProof { account } => whole(proofs::account(&snapshot, *account)?),
            Self::RevokedAllowances => whole(allowance::revoked(&snapshot, context, time)?),
            Self::Settlements { account, seq, after } => whole(allowance::lines(&snapshot, *account, *seq, *after)?),
            Self::Slot { slot } => rendezvous::read(&snapshot, *slot, time)?,
        };
        snapshot.finish()?;
        Ok(reading)
    }
}

/// Looked at again: a device can be revoked while its long poll waits.
fn not_revoked(db: &Connection, device: i64) -> Result<(), Fault> {
    if accounts::is_revoked(db, device)? { Err(ProblemCode::DeviceRevokedHere.into()) } else { Ok(()) }
}

fn content(db: &Connection, locator: &Locator, time: Time) -> Result<Reply, Fault> {
    // Expired, whether or not the sweep has come by.
    let found = handles::content(db, locator)?.filter(|(_, expires)| time < *expires);
    let (content, _) = found.ok_or(ProblemCode::RequestUnknown)?;
    Ok(Reply::ok(MEDIA_OCTETS, content))
}

fn alias_record(db: &Connection, alias: &Alias) -> Result<Reply, Fault> {
    let record = handles::alias_record(db, alias.as_str())?.ok_or(ProblemCode::AliasUnknown)?;
    Ok(Reply::ok(MEDIA_COSE, record))
}
