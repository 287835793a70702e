//! One signed read (RFC 9421), with one more try when the verifier says that our time is off. An answer by a key that is not
//! known yet waits for the verifier's status.

use super::Certify;
use crate::engine::{Asked, Engine};
use crate::error::{Error, WalletError};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::Signed;
use farthing_protocol::head::Head;
use farthing_protocol::http::{Call, MEDIA_COSE, MEDIA_PROBLEM, Problem, Reply, head_of, signature};
use farthing_protocol::id::Nonce;
use farthing_protocol::key::Kid;
use farthing_protocol::refusal::Answer;
use farthing_protocol::time::Moment;

/// A signed read on its way.
#[derive(Debug)]
pub(crate) struct SignedRead {
    call: Call,
    asked: Asked,
    tried_again: bool,
    certifying: Option<Certify>,
}

/// What came of a read.
#[derive(Debug)]
pub enum Heard {
    /// Send this first: the read once more, because it had the wrong time, or what tells who signed the answer.
    Again(Call),
    /// An answer that is no problem.
    Reply(Reply),
}

impl SignedRead {
    /// Signs a read of `path`.
    ///
    /// # Errors
    /// When signing fails.
    pub(crate) fn new(
        engine: &mut Engine,
        path: impl Into<String>,
        query: impl Into<String>,
        now: Moment,
    ) -> Result<(Self, Call), Error> {
        let mut read = Self {
            call: Call::get(path, query),
            asked: Asked { nonce: Nonce::new([0; 16]), floor: engine.floor(), at: now.monotonic },
            tried_again: false,
            certifying: None,
        };
        let call = read.sign(engine, now)?;
        Ok((read, call))
    }

    fn sign(&mut self, engine: &mut Engine, now: Moment) -> Result<Call, Error> {
        self.asked.nonce = Nonce::generate(engine.rng());
        self.asked.at = now.monotonic;
        let profile = engine.profile();
        let authority = authority(profile.url.as_str());
        let created = engine.time_or_wall(now);
        let (verifier, device) = (profile.verifier, profile.device);
        let authority = authority.to_owned();
        signature::sign(
            &mut self.call,
            &authority,
            &verifier,
            &device,
            created,
            &self.asked.nonce,
            engine.keys().session(),
        )?;
        Ok(self.call.clone())
    }

    /// What the head in the answer must fit to.
    pub(crate) const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Takes the answer.
    ///
    /// # Errors
    /// A problem of the verifier's, or the network's error.
    pub(crate) fn hear(
        &mut self,
        engine: &mut Engine,
        reply: Result<Reply, super::NetworkError>,
        now: Moment,
    ) -> Result<Heard, Error> {
        let reply = match self.certifying.take() {
            Some(certify) => certify.hear(engine, reply, now)?,
            None => {
                let reply = reply?;
                if signer(&reply).is_some_and(|signer| Certify::is_needed(engine, signer)) {
                    let (certify, call) = Certify::begin(engine, reply, now)?;
                    self.certifying = Some(certify);
                    return Ok(Heard::Again(call));
                }
                reply
            }
        };
        let Some(problem) = problem_of(&reply) else { return Ok(Heard::Reply(reply)) };
        if problem.code == ProblemCode::StaleSignature && !self.tried_again {
            // A signed head is enclosed: set the clock by it, and sign again.
            let bytes = problem.head.as_deref().ok_or(WalletError::VerifierMisbehaved)?;
            let trust = engine.trust().ok_or(WalletError::Internal)?;
            let head = trust.verify::<Head>(bytes)?;
            engine.take_head(&head, &self.asked, now)?;
            self.tried_again = true;
            return self.sign(engine, now).map(Heard::Again);
        }
        Err(Error::from(problem))
    }
}

/// The key that signed an answer to a read, as far as the verifier signs it.
fn signer(reply: &Reply) -> Option<Kid> {
    match problem_of(reply) {
        Some(problem) => Some(Signed::<Head>::parse(&problem.head?).ok()?.kid()),
        None if reply.media_type == MEDIA_COSE => Some(Answer::parse(&reply.body).ok()?.kid()),
        None => Some(head_of(&reply.body)?.kid()),
    }
}

/// The problem in an answer; `None` when the answer is a success or a signed refusal.
pub(crate) fn problem_of(reply: &Reply) -> Option<Problem> {
    let success = matches!(reply.status, 200 | 204);
    let signed = reply.status == 409 && reply.media_type == MEDIA_COSE;
    if success || signed {
        return None;
    }
    let known = if reply.media_type == MEDIA_PROBLEM { Problem::from_json(&reply.body) } else { None };
    // A proxy's or a captive portal's page decides nothing either: it counts as a busy verifier.
    let mut problem = known.unwrap_or_else(|| {
        let code = if reply.status >= 500 { ProblemCode::Busy } else { ProblemCode::Internal };
        Problem::new(code).with_detail(format!("HTTP status {}", reply.status))
    });
    problem.retry_after_s = reply.retry_after_s;
    Some(problem)
}

/// The problem in an answer to an act, which is done with 204 and nothing else: a captive portal says 200 to everything.
pub(crate) fn undone(reply: &Reply) -> Option<Problem> {
    if reply.status == 204 {
        return None;
    }
    let no_answer = || Problem::new(ProblemCode::Internal).with_detail(format!("HTTP status {}", reply.status));
    Some(problem_of(reply).unwrap_or_else(no_answer))
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem { code: problem.code, detail: problem.detail, retry_after_s: problem.retry_after_s }
    }
}

/// The authority of a verifier's URL, as it stands in `Host`.
pub(crate) fn authority(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}
