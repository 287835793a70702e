//! Aliases: reusable addresses of the account (wire decision 13). The first comes with the enrolment, further ones are
//! registered; none is ever given to anybody else, and none can be given back.
//!
//! ```text
//! Registering ──204──▶ Registered
//!       └─ problem ──▶ Refused (taken, or too many)
//! ```
//!
//! Killed while `Registering`, the stored act is sent again. A restored wallet learns its aliases from the verifier, and
//! believes only those whose key comes from its own phrase.

use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::store::{
    self, ActKind, ActRecord, Change, HandleRecord, HandleState, Kept, Profile, ProfileState, Store, Table,
};
use crate::sync::{FlushActs, FlushedActs, Refresh, header};
use farthing_protocol::alias::{Alias, AliasRecord, AliasRegister};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::{AliasBody, SignedBytes};
use farthing_protocol::id::{ActId, Handle};
use farthing_protocol::key::Signer as _;
use farthing_protocol::time::{Moment, Time};
use minicbor::{Decode, Encode};

/// How far an alias has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum AliasState {
    /// The verifier has not answered.
    #[n(1)]
    Registering,
    /// It can be paid.
    #[n(2)]
    Registered,
    /// The verifier did not give it to us, with this code.
    #[n(3)]
    Refused(#[n(0)] u16),
}

/// An alias of ours.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OwnAlias {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The alias.
    #[n(1)]
    pub alias: Alias,
    /// How far it has come.
    #[n(2)]
    pub state: AliasState,
    /// When its record was made.
    #[n(3)]
    pub created: Time,
}

impl Kept for OwnAlias {
    const TABLE: Table = Table::ALIASES;

    fn key(&self) -> Vec<u8> {
        self.alias.handle().as_bytes().to_vec()
    }
}

/// The aliases that can be paid, the first one first.
///
/// # Errors
/// What the store says.
pub fn all(engine: &Engine) -> Result<Vec<Alias>, Error> {
    let mut found: Vec<OwnAlias> = store::all_kept(engine.store())?;
    found.retain(|own| own.state == AliasState::Registered);
    found.sort_by(|a, b| (a.created, &a.alias).cmp(&(b.created, &b.alias)));
    let first = &engine.profile().alias;
    let mut aliases: Vec<Alias> = found.into_iter().map(|own| own.alias).filter(|alias| alias != first).collect();
    aliases.insert(0, first.clone());
    Ok(aliases)
}

/// The changes that the verifier's word of our aliases brings; those whose key is not ours are left out.
pub(crate) fn known(engine: &Engine, records: &[SignedBytes]) -> Result<Vec<Change>, Error> {
    let mut ours: Vec<Verified<AliasRecord>> = Vec::new();
    for bytes in records {
        let Ok(record) = Signed::<AliasRecord>::parse(bytes.as_slice()) else { continue };
        let key = record.claims().payee;
        let derived = engine.keys().alias_key(&record.claims().alias.handle());
        if derived.is_some_and(|derived| *derived.public() == key)
            && let Ok(record) = record.verify(&key)
        {
            ours.push(record);
        }
    }
    ours.sort_by_key(|record| record.created);
    let mut changes = Vec::new();
    for record in &ours {
        if is_registered(engine.store(), &record.alias.handle())? {
            continue;
        }
        let (alias, created) = (record.alias.clone(), record.created);
        changes.push(handle_record(&alias, record.payee.payee_key_hash()));
        changes.push(Change::put(&OwnAlias { version: V1, alias, state: AliasState::Registered, created }));
    }
    // A restored wallet has none yet.
    let profile = engine.profile();
    if let (Some(first), ProfileState::Reading { .. }) = (ours.first(), &profile.state)
        && ours.iter().all(|record| record.alias != profile.alias)
    {
        changes.push(Change::Profile(Profile { alias: first.alias.clone(), ..profile.clone() }));
    }
    Ok(changes)
}

fn is_registered(store: &dyn Store, handle: &Handle) -> Result<bool, Error> {
    let known = store::kept::<OwnAlias>(store, handle.as_bytes())?;
    Ok(known.is_some_and(|own| own.state == AliasState::Registered))
}

fn handle_record(alias: &Alias, payee_key: farthing_protocol::id::PayeeKeyHash) -> Change {
    Change::Handle(HandleRecord { handle: alias.handle(), payee_key, state: HandleState::Alias })
}

/// The act for this handle that is not answered. A second, different one would be refused once the first has arrived.
fn pending(store: &dyn Store, handle: &Handle) -> Result<Option<ActId>, Error> {
    let is_wanted = |act: &&ActRecord| act.kind == ActKind::Alias && act.handles.contains(handle);
    Ok(store.acts(usize::MAX)?.iter().find(is_wanted).map(|act| act.id))
}

/// The changes that an answer to a register act brings. What is registered stays so, whatever an older act is answered.
pub(crate) fn answered(store: &dyn Store, handle: &Handle, code: Option<u16>, at: Time) -> Result<Vec<Change>, Error> {
    let Some(own) = store::kept::<OwnAlias>(store, handle.as_bytes())? else { return Ok(Vec::new()) };
    if own.state == AliasState::Registered {
        return Ok(Vec::new());
    }
    let (state, kind) = match code {
        None => (AliasState::Registered, EventKind::AliasRegistered(*handle)),
        Some(code) => (AliasState::Refused(code), EventKind::AliasRefused(*handle, code)),
    };
    Ok(vec![Change::put(&OwnAlias { state, ..own }), Change::Event { at, kind }])
}

#[derive(Debug)]
enum Stage {
    Refreshing(Refresh),
    Sending(FlushActs),
}

/// The operation: registers a further alias. Again is harmless.
#[derive(Debug)]
pub struct RegisterAlias {
    alias: Alias,
    stage: Stage,
}

impl RegisterAlias {
    /// Registers `alias`.
    #[must_use]
    pub fn new(alias: Alias) -> Self {
        Self { alias, stage: Stage::Refreshing(Refresh::new()) }
    }

    fn send(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<()>, Error> {
        engine.check_can_pay()?;
        let handle = self.alias.handle();
        if self.alias == engine.profile().alias || is_registered(engine.store(), &handle)? {
            return Ok(Step::Done(()));
        }
        let act = match pending(engine.store(), &handle)? {
            Some(act) => act,
            None => self.sign(engine, now)?,
        };
        let mut flush = FlushActs::only(act);
        let step = flush.advance(engine, Input::Start, now)?;
        self.stage = Stage::Sending(flush);
        self.after(engine, step)
    }

    fn sign(&self, engine: &mut Engine, now: Moment) -> Result<ActId, Error> {
        let handle = self.alias.handle();
        let header = header(engine, now)?;
        let payee = engine.keys().alias_key(&handle).ok_or(WalletError::NoAliasKey)?;
        let hpke = engine.keys().alias_hpke(&handle).ok_or(WalletError::NoAliasKey)?;
        let record = AliasRecord {
            version: V1,
            verifier: header.verifier,
            alias: self.alias.clone(),
            payee: *payee.public(),
            hpke: *hpke.public(),
            created: header.created,
        };
        let record = Signed::sign(record, &payee)?;
        let register = Signed::sign(AliasRegister::new(header, record.bytes_hash()), engine.keys().session())?;
        let body = AliasBody {
            register: SignedBytes::new(register.bytes().to_vec())?,
            record: SignedBytes::new(record.bytes().to_vec())?,
        };
        let (alias, created) = (self.alias.clone(), header.created);
        let state = AliasState::Registering;
        engine.apply(vec![
            handle_record(&alias, payee.public().payee_key_hash()),
            Change::put(&OwnAlias { version: V1, alias, state, created }),
            Change::Act(ActRecord { id: header.id, kind: ActKind::Alias, body: body.encode(), handles: vec![handle] }),
        ])?;
        Ok(header.id)
    }

    fn after(&self, engine: &Engine, step: Step<FlushedActs>) -> Result<Step<()>, Error> {
        let flushed = match step {
            Step::Call(call) => return Ok(Step::Call(call)),
            Step::Done(flushed) => flushed,
        };
        match flushed.problem {
            _ if is_registered(engine.store(), &self.alias.handle())? => Ok(Step::Done(())),
            Some(code) => Err(Error::Problem { code, detail: None, retry_after_s: None }),
            None => Err(WalletError::Internal.into()),
        }
    }
}

impl Operation for RegisterAlias {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        match &mut self.stage {
            Stage::Refreshing(refresh) => {
                if matches!(input, Input::Start) && engine.time(now).is_some() {
                    return self.send(engine, now);
                }
                match refresh.advance(engine, input, now)? {
                    Step::Call(call) => Ok(Step::Call(call)),
                    Step::Done(()) => self.send(engine, now),
                }
            }
            Stage::Sending(flush) => {
                let step = flush.advance(engine, input, now)?;
                self.after(engine, step)
            }
        }
    }
}
