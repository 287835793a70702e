//! Who is asked before a payment is signed: a person who does what the scenario says, and perhaps a key in hardware.

use crate::phone::held;
use crate::{offline, tabs, told};
use farthing_ffi::approval::{ApprovalFailure, Approved, Approver};
use farthing_ffi::offline::OfflineQuestion;
use farthing_ffi::records::Draft;
use farthing_ffi::tabs::TabDraft;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, Signature, SigningKey};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// What stands before the seed in the private key of the hardware: below the order of the curve, whatever follows.
const BEFORE_SEED: [u8; 24] = [0x42; 24];
/// A signature of the right size, of nothing.
const NO_SIGNATURE: [u8; 64] = [1; 64];

/// Whether somebody is asked, and who signs then.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nobody is.
    None,
    /// The wallet signs.
    Wallet,
    /// The hardware signs.
    Hardware,
}

impl Kind {
    pub(crate) fn named(name: Option<&str>) -> Result<Self, String> {
        match name {
            None | Some("none") => Ok(Self::None),
            Some("wallet") => Ok(Self::Wallet),
            Some("hardware") => Ok(Self::Hardware),
            Some(other) => Err(format!("there is no approver {other:?}")),
        }
    }
}

/// What the approver does when it is asked.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// The yes that is asked for.
    Yes,
    /// The person says no.
    Declined,
    /// It says that nobody answered.
    TimedOut,
    /// The device is locked.
    Locked,
    /// The platform threw the key away.
    Invalidated,
    /// Anything else.
    Unavailable,
    /// Fails in a way that nobody declared.
    Throws,
    /// Signs something else.
    SignsOther,
    /// A yes of the other kind than is asked for.
    Unsigned,
    /// Does not answer yet.
    Silent,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Answered,
    Dismissed,
}

struct Question {
    draft: Value,
    signs: bool,
    state: State,
}

pub(crate) struct Person {
    key: Mutex<Option<SigningKey>>,
    answer: watch::Sender<Answer>,
    questions: Arc<Mutex<Vec<Question>>>,
}

/// The key in hardware of a phone.
pub(crate) fn hardware(seed: u64) -> Result<SigningKey, String> {
    let scalar = [&BEFORE_SEED[..], &seed.to_be_bytes()].concat();
    SigningKey::from_slice(&scalar).map_err(|error| error.to_string())
}

pub(crate) fn point(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
}

pub(crate) fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    let signature: Signature = key.sign(message);
    DerSignature::from(signature).as_bytes().to_vec()
}

impl Person {
    pub(crate) fn of(kind: Kind, seed: u64) -> Result<Option<Arc<Self>>, String> {
        let key = match kind {
            Kind::None => return Ok(None),
            Kind::Wallet => None,
            Kind::Hardware => Some(hardware(seed)?),
        };
        let (answer, questions) = (watch::Sender::new(Answer::Yes), Arc::default());
        Ok(Some(Arc::new(Self { key: Mutex::new(key), answer, questions })))
    }

    /// From now on.
    pub(crate) fn set(&self, answer: Option<Answer>, seed: Option<u64>) -> Result<(), String> {
        if let Some(answer) = answer {
            self.answer.send_replace(answer);
        }
        if let Some(seed) = seed {
            *held(&self.key) = Some(hardware(seed)?);
        }
        Ok(())
    }

    /// What was asked in this process.
    pub(crate) fn asked(&self) -> Value {
        let told = |question: &Question| {
            let state = match question.state {
                State::Open => "open",
                State::Answered => "answered",
                State::Dismissed => "dismissed",
            };
            json!({"draft": question.draft, "signs": question.signs, "state": state})
        };
        json!({"questions": held(&self.questions).iter().map(told).collect::<Vec<_>>()})
    }

    fn signed(&self, message: &[u8]) -> Result<Approved, ApprovalFailure> {
        let key = held(&self.key);
        let key = key.as_ref().ok_or(ApprovalFailure::Unavailable)?;
        Ok(Approved::Signed { signature: sign(key, message) })
    }
}

/// A question that was put. When it goes away without an answer, it was dismissed.
struct Prompt {
    questions: Arc<Mutex<Vec<Question>>>,
    at: usize,
}

impl Prompt {
    fn put(questions: &Arc<Mutex<Vec<Question>>>, question: Question) -> Self {
        let mut all = held(questions);
        all.push(question);
        Self { questions: Arc::clone(questions), at: all.len() - 1 }
    }

    fn ended(&self, state: State) {
        if let Some(question) = held(&self.questions).get_mut(self.at).filter(|question| question.state == State::Open)
        {
            question.state = state;
        }
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        self.ended(State::Dismissed);
    }
}

#[async_trait::async_trait]
impl Approver for Person {
    fn spending_key(&self) -> Result<Option<Vec<u8>>, ApprovalFailure> {
        Ok(held(&self.key).as_ref().map(point))
    }

    async fn approve(&self, draft: Draft, message: Option<Vec<u8>>) -> Result<Approved, ApprovalFailure> {
        self.answer_to(told::draft(&draft), message).await
    }

    async fn approve_tab(&self, draft: TabDraft, message: Option<Vec<u8>>) -> Result<Approved, ApprovalFailure> {
        self.answer_to(tabs::draft(&draft), message).await
    }

    async fn approve_offline(
        &self,
        question: OfflineQuestion,
        message: Option<Vec<u8>>,
    ) -> Result<Approved, ApprovalFailure> {
        self.answer_to(offline::question(&question), message).await
    }
}

impl Person {
    async fn answer_to(&self, draft: Value, message: Option<Vec<u8>>) -> Result<Approved, ApprovalFailure> {
        let question = Question { draft, signs: message.is_some(), state: State::Open };
        let prompt = Prompt::put(&self.questions, question);
        // Whoever is silent thinks, until it is said what of.
        let mut said = self.answer.subscribe();
        let answer =
            *said.wait_for(|answer| *answer != Answer::Silent).await.map_err(|_| ApprovalFailure::Unavailable)?;
        let nothing = || Ok(Approved::Signed { signature: NO_SIGNATURE.to_vec() });
        let said = match (answer, message) {
            (Answer::Yes, None) | (Answer::Unsigned, Some(_)) => Ok(Approved::Confirmed),
            (Answer::Yes, Some(message)) => self.signed(&message),
            (Answer::SignsOther, _) => self.signed(b"something else").or_else(|_| nothing()),
            (Answer::Unsigned, None) => nothing(),
            (Answer::Declined, _) => Err(ApprovalFailure::Declined),
            (Answer::TimedOut, _) => Err(ApprovalFailure::TimedOut),
            (Answer::Locked, _) => Err(ApprovalFailure::Locked),
            (Answer::Invalidated, _) => Err(ApprovalFailure::Invalidated),
            (Answer::Unavailable | Answer::Silent, _) => Err(ApprovalFailure::Unavailable),
            // What a throw of another language becomes on its way here.
            (Answer::Throws, _) => Err(uniffi::UnexpectedUniFFICallbackError::new("thrown").into()),
        };
        prompt.ended(State::Answered);
        said
    }
}
