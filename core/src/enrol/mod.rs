//! Enrolment: from an invite to an open account (wire decisions 3 and 13).
//!
//! ```text
//! invite ─▶ Welcome (verifier checked against the invite's root) ─▶ keys into the vault ─▶ database with
//!   Enrolling(body) ─▶ body sent ─204─▶ Ready
//! ```
//!
//! | killed | afterwards |
//! |---|---|
//! | before the vault has keys | nothing is there; begin again |
//! | vault has keys, no database | begin again with these keys |
//! | `Enrolling` | the same bytes are sent again; the verifier answers them as the first time |
//! | `Ready` | nothing to do |

mod again;

pub(crate) use again::known_again;
pub use again::{EnrolAgain, EnrolmentRecord, is_forgotten};

use crate::crash;
use crate::engine::{Engine, Input, Operation, Step, Trust};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::keys::derivation::account_key;
use crate::keys::device::DeviceKeys;
use crate::keys::phrase::Phrase;
use crate::messaging::OlmAccount;
use crate::store::{Change, HandleRecord, HandleState, Profile, ProfileState};
use crate::sync::{Network, Refresh, records, sign_register, status_call, undone};
use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Object, Signed, Verified};
use farthing_protocol::details::Name;
use farthing_protocol::device::{DeviceCertificate, DeviceList, ListedDevice, Scope};
use farthing_protocol::enrolment::Enrolment;
use farthing_protocol::handle::HandleRegister;
use farthing_protocol::http::{Call, EnrolmentBody, MEDIA_CBOR, SignedBytes};
use farthing_protocol::id::{ActId, Counter, Handle, Nonce};
use farthing_protocol::invite::Invite;
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::limits::HANDLE_STOCK;
use farthing_protocol::time::{Moment, Time};
use rand_core::CryptoRng;

/// A verifier that is the one its invite names.
#[derive(Clone, Debug)]
pub struct Welcome {
    /// The invite, vouched for by the verifier.
    pub invite: Verified<Invite>,
    /// What is known of the verifier.
    pub trust: Trust,
    /// The verifier's time when it answered.
    pub time: Time,
}

/// Asks the verifier that an invite names for its status, and checks both against each other.
///
/// # Errors
/// [`WalletError::WrongRoot`] for another verifier at this address, [`WalletError::InviteForged`],
/// [`WalletError::InviteExpired`], and what the network says.
pub async fn greet(
    network: &dyn Network,
    invite: &Signed<Invite>,
    rng: &mut (impl CryptoRng + Send + ?Sized),
) -> Result<Welcome, Error> {
    let nonce = Nonce::generate(rng);
    let call = status_call(&nonce);
    let reply = network.call(&call).await;
    welcome(reply, invite, &nonce)
}

/// The call of [`greet`].
#[must_use]
pub fn greeting(nonce: &Nonce) -> Call {
    status_call(nonce)
}

/// Reads the answer to [`greeting`].
///
/// # Errors
/// As [`greet`].
pub fn welcome(
    reply: Result<farthing_protocol::http::Reply, crate::sync::NetworkError>,
    invite: &Signed<Invite>,
    nonce: &Nonce,
) -> Result<Welcome, Error> {
    let (trust, head) = crate::sync::read_status(reply, &invite.claims().verifier, nonce, None)?;
    let invite: Verified<Invite> =
        trust.verify(invite.bytes()).map_err(|_| Error::Wallet(WalletError::InviteForged))?;
    if invite.expires.is_some_and(|expires| expires <= head.time) {
        return Err(WalletError::InviteExpired.into());
    }
    Ok(Welcome { invite, trust, time: head.time })
}

/// What a new wallet is made with.
#[derive(Clone, Debug, Default)]
pub struct EnrolOptions {
    /// What we call ourselves to payers and payees; the verifier never sees it.
    pub name: Option<Name>,
    /// The alias we want; a random one otherwise. The verifier and everybody who is told it sees it.
    pub alias: Option<Alias>,
}

/// Letters and digits of random aliases: none that is easily taken for another (Crockford's base32).
const ALIAS_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Two groups of five: 50 bits, so that nobody hits another's by chance.
const ALIAS_GROUP: usize = 5;

fn random_alias(rng: &mut (impl CryptoRng + ?Sized)) -> Result<Alias, Error> {
    let mut bytes = [0; 2 * ALIAS_GROUP];
    rng.fill_bytes(&mut bytes);
    let letter = |b: &u8| ALIAS_ALPHABET.get(usize::from(b % 32)).map_or('0', |l| char::from(*l));
    let (first, second) = bytes.split_at(ALIAS_GROUP);
    let text: String = first.iter().map(letter).chain(['-']).chain(second.iter().map(letter)).collect();
    Ok(Alias::new(&text)?)
}

/// The changes that a fresh store begins with: who we are, what we know, and the bytes to send.
///
/// # Errors
/// Only when signing fails.
pub fn begin(
    welcome: &Welcome,
    options: &EnrolOptions,
    phrase: &Phrase,
    keys: &DeviceKeys,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<Change>, Error> {
    let account = account_key(phrase);
    let alias = options.alias.clone().map_or_else(|| random_alias(rng), Ok)?;
    let olm = OlmAccount::generate(rng);
    let (body, handles) = sign_all(welcome, &alias, &account, keys, &olm, rng)?;
    let profile = Profile {
        version: V1,
        verifier: welcome.invite.verifier,
        url: welcome.invite.url.clone(),
        tls: welcome.invite.tls,
        account: account.public().account_id(),
        account_key: *account.public(),
        device: keys.act().public().device_id(),
        alias: alias.clone(),
        name: options.name.clone(),
        state: ProfileState::Enrolling(body.encode()),
    };
    let mut changes = vec![Change::Profile(profile), Change::Trust(welcome.trust.to_record()?), Change::put(&olm)];
    changes.extend(handles.into_iter().map(Change::Handle));
    changes.push(Change::Handle(HandleRecord {
        handle: alias.handle(),
        payee_key: alias_key(keys, &alias)?.public().payee_key_hash(),
        state: HandleState::Alias,
    }));
    Ok(changes)
}

/// The first acts of an account key, in this order.
const CERTIFICATE: Counter = Counter::new(1);
const LIST: Counter = CERTIFICATE.next();
const ENROLMENT: Counter = LIST.next();

fn sign_all(
    welcome: &Welcome,
    alias: &Alias,
    account: &Ed25519Key,
    keys: &DeviceKeys,
    olm: &OlmAccount,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<(EnrolmentBody, Vec<HandleRecord>), Error> {
    let verifier = welcome.invite.verifier;
    let created = welcome.time;
    let device = keys.act().public().device_id();
    let certificate = Signed::sign(
        DeviceCertificate {
            version: V1,
            verifier,
            account: *account.public(),
            act: *keys.act().public(),
            session: *keys.session().public(),
            olm: Some(olm.identity()),
            scope: Scope::full(),
            counter: CERTIFICATE,
            created,
        },
        account,
    )?;
    let list = Signed::sign(
        DeviceList {
            version: V1,
            verifier,
            account: account.public().account_id(),
            counter: LIST,
            devices: vec![ListedDevice { device, certificate: certificate.bytes_hash() }],
            created,
        },
        account,
    )?;
    let enrolment = Signed::sign(
        Enrolment {
            version: V1,
            verifier,
            account: *account.public(),
            counter: ENROLMENT,
            invite: welcome.invite.code,
            certificate: certificate.bytes_hash(),
            list: list.bytes_hash(),
            created,
        },
        account,
    )?;
    let fresh: Vec<Handle> = (0..HANDLE_STOCK).map(|_| Handle::generate(rng)).collect();
    let register = HandleRegister {
        version: V1,
        verifier,
        account: account.public().account_id(),
        device,
        id: ActId::generate(created, rng),
        created,
        handles: Vec::new(),
    };
    let (register, handles) = sign_register(keys, &fresh, &register)?;
    let payee = alias_key(keys, alias)?;
    let hpke = keys.alias_hpke(&alias.handle()).ok_or(WalletError::Internal)?;
    let record = Signed::sign(
        AliasRecord {
            version: V1,
            verifier,
            alias: alias.clone(),
            payee: *payee.public(),
            hpke: *hpke.public(),
            created,
        },
        &payee,
    )?;
    let body = EnrolmentBody {
        enrolment: bytes(&enrolment)?,
        certificate: bytes(&certificate)?,
        list: bytes(&list)?,
        handles: SignedBytes::new(register)?,
        alias: bytes(&record)?,
    };
    Ok((body, records(&handles)))
}

/// Only a device that is made with the phrase enrols, so its keys include the alias's.
fn alias_key(keys: &DeviceKeys, alias: &Alias) -> Result<Ed25519Key, Error> {
    Ok(keys.alias_key(&alias.handle()).ok_or(WalletError::Internal)?)
}

fn bytes<T: Object>(signed: &Signed<T>) -> Result<SignedBytes, Error> {
    Ok(SignedBytes::new(signed.bytes().to_vec())?)
}

/// The operation: sends the stored enrolment until the verifier has answered it.
#[derive(Debug, Default)]
pub struct Enrol {
    refresh: Option<Refresh>,
    posted: bool,
}

impl Enrol {
    /// Sends what the profile holds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Operation for Enrol {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        if let Some(refresh) = &mut self.refresh {
            // The account is open, whatever comes of this: what does not hold is found again by the next call.
            return Ok(refresh.advance(engine, input, now).unwrap_or(Step::Done(())));
        }
        if !self.posted {
            let ProfileState::Enrolling(body) = &engine.profile().state else { return Ok(Step::Done(())) };
            let call = Call::post("/v1/enrolments", MEDIA_CBOR, body.clone());
            self.posted = true;
            return Ok(Step::Call(call));
        }
        let Input::Reply(reply) = input else { return Err(WalletError::Internal.into()) };
        if let Some(problem) = undone(&reply?) {
            return Err(problem.into());
        }
        crash::point(crash::ENROL_AFTER_ANSWER);
        let ProfileState::Enrolling(body) = engine.profile().state.clone() else { return Ok(Step::Done(())) };
        let profile = Profile { state: ProfileState::Ready, ..engine.profile().clone() };
        let kept = EnrolmentRecord { version: V1, body, forgotten: None };
        let mut changes = vec![Change::Profile(profile), Change::put(&kept)];
        for handle in engine.store().handles(HandleState::Registering, HANDLE_STOCK)? {
            changes.push(Change::Handle(HandleRecord { state: HandleState::Stocked, ..handle }));
        }
        changes.push(Change::Event { at: engine.time_or_wall(now), kind: EventKind::Enrolled });
        engine.apply(changes)?;
        let mut refresh = Refresh::new();
        let step = refresh.advance(engine, Input::Start, now)?;
        self.refresh = Some(refresh);
        Ok(step)
    }
}
