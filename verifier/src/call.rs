//! From a call to what it asks for: paths, methods, media types, and everything that can be checked outside the writer.

use crate::act::{self, ActCall};
use crate::context::Context;
use crate::enrol::{self, EnrolmentCall};
use crate::fault::Fault;
use crate::order::{self, OrderCall};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::{Call, MEDIA_CBOR, MEDIA_COSE, MEDIA_ORDER, Method, Reply};
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
    Act(Box<ActCall>),
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
    let media = |expected: &str| -> Result<(), Fault> {
        if call.media_type == expected { Ok(()) } else { Err(ProblemCode::MediaType.into()) }
    };
    match call.path.as_str() {
        "/v1/orders" => {
            media(MEDIA_ORDER)?;
            Ok(Step::Order(Box::new(order::prepare(db, context, &call.body)?)))
        }
        "/v1/enrolments" => {
            media(MEDIA_CBOR)?;
            Ok(Step::Enrolment(Box::new(enrol::prepare(context, &call.body)?)))
        }
        "/v1/handles" => {
            media(MEDIA_COSE)?;
            Ok(Step::Act(Box::new(act::prepare_register(db, context, &call.body)?)))
        }
        "/v1/requests" => {
            media(MEDIA_CBOR)?;
            Ok(Step::Act(Box::new(act::prepare_bind(db, context, &call.body)?)))
        }
        "/v1/cancellations" => {
            media(MEDIA_COSE)?;
            Ok(Step::Act(Box::new(act::prepare_cancel(db, context, &call.body)?)))
        }
        path => Err(no_such(path, Method::Post).into()),
    }
}

/// Whether a path is unknown, or only has not this method.
pub(crate) fn no_such(path: &str, method: Method) -> ProblemCode {
    let posts = ["/v1/orders", "/v1/enrolments", "/v1/handles", "/v1/requests", "/v1/cancellations"];
    let gets = ["/v1/verifier", "/v1/entries", "/v1/events", "/v1/account"];
    let below = ["/v1/requests/", "/v1/aliases/", "/v1/orders/"];
    let known = match method {
        Method::Post => gets.contains(&path) || below.iter().any(|prefix| path.starts_with(prefix)),
        Method::Get => posts.contains(&path),
    };
    if known { ProblemCode::MethodNotAllowed } else { ProblemCode::NotFound }
}
