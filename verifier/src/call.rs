//! From a call to what it asks for: paths, methods, media types, and everything that can be checked outside the writer.

use crate::act::{self, ActCall};
use crate::allowance::{self, AllowanceCall};
use crate::context::Context;
use crate::devices::{self, DevicesCall};
use crate::enrol::{self, EnrolmentCall};
use crate::fault::Fault;
use crate::order::{self, OrderCall};
use crate::rendezvous::{self, Slot, SlotCall};
use crate::tab::{self, TabCall};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::{Call, MEDIA_CBOR, MEDIA_COSE, MEDIA_OCTETS, MEDIA_ORDER, Method, Reply};
use farthing_protocol::limits::CALL_BODY_MAX;
use rusqlite::Connection;

/// A call that is parsed, within its limits and truly signed. Only the writer can decide the rest.
#[derive(Debug)]
pub struct Prepared(pub(crate) Step);

/// What is left to do.
#[derive(Debug)]
pub(crate) enum Step {
    /// Nothing: it was answered before it reached the writer.
    Answered(Reply),
    Order(Box<OrderCall>),
    Enrolment(Box<EnrolmentCall>),
    Devices(Box<DevicesCall>),
    Slot(Box<SlotCall>),
    Act(Box<ActCall>),
    Tab(Box<TabCall>),
    Allowance(Box<AllowanceCall>),
}

impl Step {
    /// How many decisions it takes: a group is bounded by these.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Tab(call) => call.size(),
            _ => 1,
        }
    }

    /// The point at which a kill test ends the process once this is committed.
    pub(crate) const fn point(&self) -> Option<&'static str> {
        match self {
            Self::Act(act) => act.point(),
            Self::Devices(_) => Some(crate::crash::DEVICES_AFTER_COMMIT),
            Self::Answered(_) | Self::Order(_) | Self::Enrolment(_) | Self::Slot(_) | Self::Tab(_) => None,
            Self::Allowance(call) => call.point(),
        }
    }
}

/// True for calls that only read; the writer never sees them.
pub(crate) fn is_read(call: &Call) -> bool {
    call.method == Method::Get
}

/// Checks an act as far as it can be checked outside the writer.
pub(crate) fn prepare(db: &Connection, context: &Context, call: &Call) -> Prepared {
    Prepared(step(db, context, call).unwrap_or_else(|fault| Step::Answered(fault.into_reply())))
}

fn step(db: &Connection, context: &Context, call: &Call) -> Result<Step, Fault> {
    if call.body.len() > CALL_BODY_MAX {
        return Err(ProblemCode::TooLarge.into());
    }
    let Some((_, media)) = POSTS.iter().find(|(path, _)| *path == call.path) else {
        let slot = Slot::parse(&call.path).ok_or_else(|| no_such(&call.path, Method::Post))?;
        expect_media(call, MEDIA_OCTETS)?;
        return Ok(Step::Slot(Box::new(rendezvous::prepare(slot, &call.body)?)));
    };
    expect_media(call, media)?;
    let body = call.body.as_slice();
    let act = match call.path.as_str() {
        "/v1/orders" => return Ok(Step::Order(Box::new(order::prepare(db, context, body)?))),
        "/v1/carried-orders" => return Ok(Step::Order(Box::new(order::prepare_carried(db, context, body)?))),
        "/v1/enrolments" => return Ok(Step::Enrolment(Box::new(enrol::prepare(context, body)?))),
        "/v1/devices" => return Ok(Step::Devices(Box::new(devices::prepare(db, context, body)?))),
        "/v1/holds" => return tab(tab::prepare_place(db, context, body)),
        "/v1/holds/changes" => return tab(tab::prepare_change(db, context, body)),
        "/v1/holds/closes" => return tab(tab::prepare_act(db, context, body, TabCall::Close)),
        "/v1/holds/releases" => return tab(tab::prepare_act(db, context, body, TabCall::Release)),
        "/v1/holds/claims" => return tab(tab::prepare_claims(db, context, body)),
        "/v1/allowances" => return allowance(allowance::prepare_place(db, context, body)),
        "/v1/allowances/claims" => return allowance(allowance::prepare_claim(db, context, body)),
        "/v1/allowances/revocations" => return allowance(allowance::prepare_revoke(db, context, body)),
        "/v1/allowances/proofs" => return allowance(allowance::prepare_proof(context, body)),
        "/v1/handles" => act::prepare(db, context, body, ActCall::Register)?,
        "/v1/requests" => act::prepare_bind(db, context, body)?,
        "/v1/cancellations" => act::prepare(db, context, body, ActCall::Cancel)?,
        "/v1/aliases" => act::prepare_alias(db, context, body)?,
        "/v1/publications" => act::prepare_publish(db, context, body)?,
        "/v1/withdrawals" => act::prepare(db, context, body, ActCall::Withdraw)?,
        "/v1/generations" => act::prepare(db, context, body, ActCall::Generation)?,
        "/v1/prekeys" => act::prepare(db, context, body, ActCall::Prekeys)?,
        "/v1/claims" => act::prepare(db, context, body, ActCall::Claim)?,
        "/v1/messages" => act::prepare_message(db, context, body)?,
        "/v1/acknowledgements" => act::prepare(db, context, body, ActCall::Acknowledge)?,
        path => return Err(no_such(path, Method::Post).into()),
    };
    Ok(Step::Act(Box::new(act)))
}

fn tab(prepared: Result<TabCall, Fault>) -> Result<Step, Fault> {
    Ok(Step::Tab(Box::new(prepared?)))
}

fn allowance(prepared: Result<AllowanceCall, Fault>) -> Result<Step, Fault> {
    Ok(Step::Allowance(Box::new(prepared?)))
}

fn expect_media(call: &Call, expected: &str) -> Result<(), Fault> {
    if call.media_type == expected { Ok(()) } else { Err(ProblemCode::MediaType.into()) }
}

/// What can be posted, and its media type; slots of a rendezvous besides.
const POSTS: [(&str, &str); 24] = [
    ("/v1/orders", MEDIA_ORDER),
    ("/v1/carried-orders", MEDIA_CBOR),
    ("/v1/enrolments", MEDIA_CBOR),
    ("/v1/devices", MEDIA_CBOR),
    ("/v1/holds", MEDIA_ORDER),
    ("/v1/holds/changes", MEDIA_COSE),
    ("/v1/holds/closes", MEDIA_COSE),
    ("/v1/holds/releases", MEDIA_COSE),
    ("/v1/holds/claims", MEDIA_CBOR),
    ("/v1/allowances", MEDIA_ORDER),
    ("/v1/allowances/claims", MEDIA_COSE),
    ("/v1/allowances/revocations", MEDIA_COSE),
    ("/v1/allowances/proofs", MEDIA_CBOR),
    ("/v1/handles", MEDIA_COSE),
    ("/v1/requests", MEDIA_CBOR),
    ("/v1/cancellations", MEDIA_COSE),
    ("/v1/aliases", MEDIA_CBOR),
    ("/v1/publications", MEDIA_CBOR),
    ("/v1/withdrawals", MEDIA_COSE),
    ("/v1/generations", MEDIA_COSE),
    ("/v1/prekeys", MEDIA_COSE),
    ("/v1/claims", MEDIA_COSE),
    ("/v1/messages", MEDIA_CBOR),
    ("/v1/acknowledgements", MEDIA_COSE),
];
/// What can be read by its whole path; some of it can be posted, too.
const GETS: [&str; 11] = [
    "/v1/verifier",
    "/v1/entries",
    "/v1/events",
    "/v1/account",
    "/v1/devices",
    "/v1/messages",
    "/v1/checkpoints",
    "/v1/checkpoints/entry",
    "/v1/checkpoints/account",
    "/v1/allowances/revoked",
    "/v1/allowances/settlements",
];

/// Whether a path is unknown, or only has not this method.
pub(crate) fn no_such(path: &str, method: Method) -> ProblemCode {
    let below = ["/v1/requests/", "/v1/aliases/", "/v1/orders/"];
    let known = match method {
        Method::Post => GETS.contains(&path) || below.iter().any(|prefix| path.starts_with(prefix)),
        Method::Get => POSTS.iter().any(|(post, _)| *post == path),
    };
    if known || Slot::parse(path).is_some() { ProblemCode::MethodNotAllowed } else { ProblemCode::NotFound }
}
