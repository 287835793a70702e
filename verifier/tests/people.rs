//! Enrolment, invites, handles, requests, reads.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::Signed;
use farthing_protocol::device::Scope;
use farthing_protocol::handle::HandleBind;
use farthing_protocol::head::Head;
use farthing_protocol::http::{Call, MEDIA_CBOR, MEDIA_COSE, MEDIA_ORDER, Problem, VerifierStatus};
use farthing_protocol::id::*;
use farthing_protocol::key::Signer as _;
use farthing_protocol::limits::CALL_BODY_MAX;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use farthing_verifier::Setup;
use farthing_verifier::operator::{Fund, NewInvite, OperatorError};
use support::*;

const HOUR: Span = Span::from_h(1);

fn invite_only() -> World {
    World::with(&Setup { open: false, grants: vec![], ..Setup::open(URL, usd(), 0) })
}

fn enrol(world: &mut World, wallet: &Wallet) -> Option<ProblemCode> {
    let reply = world.post("/v1/enrolments", MEDIA_CBOR, wallet.enrolment.encode());
    if reply.status == 204 { None } else { Some(problem(&reply)) }
}

fn invited(world: &mut World, alias: &str, code: Option<InviteCode>) -> Wallet {
    Wallet::new(alias, world.id, Scope::full(), code, world.now.wall, &mut world.rng)
}

#[test]
fn an_invite_that_cannot_be_signed_is_not_made() {
    let mut world = World::with(&Setup { open: false, ..Setup::open("http://127.0.0.1:0", usd(), 1) });
    let invite = NewInvite { code: InviteCode::new([5; 16]), uses: 1, expires: None, grants: vec![], tls: None };
    assert!(matches!(world.verifier.invite(&invite), Err(OperatorError::PortUnknown)));
    world.verifier.set_url(URL).unwrap();
    world.verifier.invite(&invite).unwrap();
}

#[test]
fn an_invite_opens_as_many_accounts_as_it_says_and_grants_each() {
    let mut world = invite_only();
    let code = InviteCode::new([5; 16]);
    let expires = Some(world.now.wall.plus(HOUR));
    let invite = NewInvite { code, uses: 1, expires, grants: vec![amount(7)], tls: None };
    world.verifier.invite(&invite).unwrap();
    let other = InviteCode::new([6; 16]);
    world.verifier.invite(&NewInvite { code: other, ..invite }).unwrap();
    let stranger = invited(&mut world, "stranger", None);
    assert_eq!(enrol(&mut world, &stranger), Some(ProblemCode::InviteNeeded));
    let guesser = invited(&mut world, "guesser", Some(InviteCode::new([0; 16])));
    assert_eq!(enrol(&mut world, &guesser), Some(ProblemCode::InviteUnknown));
    let ada = invited(&mut world, "ada", Some(code));
    assert_eq!(enrol(&mut world, &ada), None);
    assert_eq!(enrol(&mut world, &ada), None, "idempotent, though the invite is used up");
    assert_eq!(world.balance(&ada), 7);
    let late = invited(&mut world, "late", Some(code));
    assert_eq!(enrol(&mut world, &late), Some(ProblemCode::InviteUsed));
    world.pass(HOUR);
    let later = invited(&mut world, "later", Some(other));
    assert_eq!(enrol(&mut world, &later), Some(ProblemCode::InviteExpired));
    assert_eq!(enrol(&mut world, &ada), None);
    let mut changed = ada;
    changed.enrolment.alias = later.enrolment.alias;
    assert_eq!(enrol(&mut world, &changed), Some(ProblemCode::AccountConflict));
    world.audit().unwrap();
}

#[test]
fn what_is_taken_stays_taken_and_parts_must_belong_together() {
    let mut world = World::new();
    let ada = world.wallet("ada");
    let second = invited(&mut world, "ada", None);
    assert_eq!(enrol(&mut world, &second), Some(ProblemCode::AliasTaken));
    let mut mixed = invited(&mut world, "mixed", None);
    mixed.enrolment.list = ada.enrolment.list.clone();
    assert_eq!(enrol(&mut world, &mixed), Some(ProblemCode::BadSignature));
    let mut foreign = invited(&mut world, "foreign", None);
    foreign.enrolment.handles = ada.enrolment.handles.clone();
    assert_eq!(enrol(&mut world, &foreign), Some(ProblemCode::BadSignature));
    // The account's own parts, of two devices: every signature is right.
    let (verifier, wall) = (world.id, world.now.wall);
    let own = invited(&mut world, "own", None);
    let mut phone = own.phone(verifier, Scope::full(), 1, wall, &mut world.rng);
    let header = phone.header(verifier, wall, &mut world.rng);
    phone.enrolment.handles = phone.register(header);
    assert_eq!(enrol(&mut world, &phone), Some(ProblemCode::Malformed));
    let elsewhere = Wallet::new("else", VerifierId::new([0; 32]), Scope::full(), None, world.now.wall, &mut world.rng);
    assert_eq!(enrol(&mut world, &elsewhere), Some(ProblemCode::WrongVerifier));
    let fresh = invited(&mut world, "fresh", None);
    assert_eq!(enrol(&mut world, &fresh), None, "nothing of the refused ones stayed");
}

#[test]
fn requests_are_bound_once_read_until_expiry_and_cancelled() {
    let mut world = World::new();
    let (ada, mut bob) = (world.wallet("ada"), world.wallet("bob"));
    let bound = world.request(&mut bob, Some(amount(5)), HOUR);
    let again = world.post("/v1/requests", MEDIA_CBOR, bound.body.encode());
    assert_eq!(again.status, 204, "the same bytes change nothing");
    let path = format!("/v1/requests/{}", bound.locator);
    assert_eq!(world.read(&ada, &path, "").body, vec![7; 256]);
    let wall = world.now.wall;
    let rebound = bob.bind_handle(world.id, bound.handle, bound.payee_key, None, wall, wall.plus(HOUR), &mut world.rng);
    let told = |world: &mut World, body: Vec<u8>| problem(&world.post("/v1/requests", MEDIA_CBOR, body));
    assert_eq!(told(&mut world, rebound.body.encode()), ProblemCode::HandleNotInStock);
    let foreign =
        ada.bind_handle(world.id, bob.stock[0].0, bound.payee_key, None, wall, wall.plus(HOUR), &mut world.rng);
    assert_eq!(told(&mut world, foreign.body.encode()), ProblemCode::HandleNotInStock);
    let mut altered = bob.bind(world.id, None, wall, wall.plus(HOUR), &mut world.rng);
    altered.body.content = bound.body.content.clone();
    altered.body.bind = bound.body.bind.clone();
    altered.body.content = farthing_protocol::cbor::Bytes::new(vec![8; 256]).unwrap();
    assert_eq!(told(&mut world, altered.body.encode()), ProblemCode::Malformed);
    // Other bytes at the same place, under a handle of one's own.
    let (handle, key) = (ada.stock[0].0, ada.stock[0].1.public().payee_key_hash());
    let mut over = ada.bind_handle(world.id, handle, key, None, wall, wall.plus(HOUR), &mut world.rng);
    let (content, claims) = (vec![9; 256], Signed::<HandleBind>::parse(over.body.bind.as_slice()).unwrap());
    let act = HandleBind { locator: bound.locator, content: Digest::of(&content), ..claims.claims().clone() };
    over.body.bind = bytes(Signed::sign(act, &ada.session).unwrap().bytes());
    over.body.content = bytes(&content);
    assert_eq!(told(&mut world, over.body.encode()), ProblemCode::LocatorTaken);
    assert_eq!(world.read(&ada, &path, "").body, vec![7; 256]);
    let order = world.order(&ada, &bound, 5);
    receipt(&world.pay(&ada, order));
    let cancel = bob.cancel(world.id, bound.handle, wall, &mut world.rng);
    assert_eq!(problem(&world.post("/v1/cancellations", MEDIA_COSE, cancel)), ProblemCode::RequestAlreadyUsed);
    let foreign = ada.cancel(world.id, bound.handle, wall, &mut world.rng);
    assert_eq!(problem(&world.post("/v1/cancellations", MEDIA_COSE, foreign)), ProblemCode::RequestUnknown);
    world.pass(HOUR);
    assert_eq!(problem(&world.read(&ada, &path, "")), ProblemCode::RequestUnknown);
    world.verifier.sweep(world.now).unwrap();
    assert_eq!(problem(&world.read(&ada, &path, "")), ProblemCode::RequestUnknown);
    world.audit().unwrap();
}

#[test]
fn reads_are_signed_fresh_and_for_this_host() {
    let mut world = World::new();
    let ada = world.wallet("ada");
    assert_eq!(world.read(&ada, "/v1/aliases/ada", "").body, ada.enrolment.alias.as_slice());
    assert_eq!(problem(&world.read(&ada, "/v1/aliases/nobody", "")), ProblemCode::AliasUnknown);
    let unsigned = world.verifier.answer(&Call::get("/v1/account", ""), AUTHORITY, world.now);
    assert_eq!(problem(&unsigned), ProblemCode::BadSignature);
    let call = ada.read(world.id, "/v1/account", "", world.now.wall, &mut world.rng);
    let relayed = world.verifier.answer(&call, "elsewhere.example", world.now);
    assert_eq!(problem(&relayed), ProblemCode::WrongVerifier);
    let mut altered = call.clone();
    altered.query = "x=1".to_owned();
    assert_eq!(problem(&world.verifier.answer(&altered, AUTHORITY, world.now)), ProblemCode::BadSignature);
    world.pass(Span::from_min(3));
    let stale = world.verifier.answer(&call, AUTHORITY, world.now);
    assert_eq!(problem(&stale), ProblemCode::StaleSignature);
    let head = Signed::<Head>::parse(&Problem::from_json(&stale.body).unwrap().head.unwrap()).unwrap();
    assert_eq!(head.verify(keys().signing().public()).unwrap().time, world.now.wall);
    let stranger = invited(&mut world, "stranger", None);
    assert_eq!(problem(&world.read(&stranger, "/v1/account", "")), ProblemCode::DeviceUnknown);
    assert_eq!(problem(&world.read(&ada, "/v1/entries", "seq=x")), ProblemCode::Malformed);
    let cashier = world.scoped("cashier", Scope { permissions: Scope::ADMINISTER, ..Scope::default() });
    assert_eq!(problem(&world.read(&cashier, "/v1/account", "")), ProblemCode::Forbidden);
}

#[test]
fn the_status_is_signed_for_the_caller_and_paths_have_their_methods() {
    let mut world = World::new();
    let nonce = "0123456789abcdef0123456789abcdef";
    let reply = world.verifier.answer(&Call::get("/v1/verifier", format!("nonce={nonce}")), AUTHORITY, world.now);
    let status = VerifierStatus::decode(&reply.body).unwrap();
    let head = Signed::<Head>::parse(status.head.as_slice()).unwrap().verify(keys().signing().public()).unwrap();
    assert_eq!(head.nonce.to_hex(), nonce);
    let mut told = |call: Call| problem(&world.verifier.answer(&call, AUTHORITY, world.now));
    assert_eq!(told(Call::get("/v1/orders", "")), ProblemCode::MethodNotAllowed);
    assert_eq!(told(Call::post("/v1/account", MEDIA_CBOR, vec![])), ProblemCode::MethodNotAllowed);
    assert_eq!(told(Call::get("/v1/nothing", "")), ProblemCode::NotFound);
    assert_eq!(told(Call::post("/v1/orders", MEDIA_CBOR, vec![])), ProblemCode::MediaType);
    assert_eq!(told(Call::post("/v1/orders", MEDIA_ORDER, vec![1])), ProblemCode::Malformed);
    assert_eq!(told(Call::post("/v1/orders", MEDIA_ORDER, vec![0; CALL_BODY_MAX + 1])), ProblemCode::TooLarge);
}

#[test]
fn funding_is_idempotent_by_id_and_bounded() {
    let setup = Setup { issuer_limits: vec![(usd(), 100_000_500)], ..Setup::open(URL, usd(), 100_000_000) };
    let mut world = World::with(&setup);
    let ada = world.wallet("ada");
    let id = OrderId::generate(world.now.wall, &mut world.rng);
    let fund = Fund { id, target: "ada".to_owned(), amount: amount(500), reason: Text::new("prize").unwrap() };
    let first = world.verifier.fund(&fund, world.now).unwrap();
    let by_id = Fund { target: ada.account_id().to_hex(), ..fund.clone() };
    let second = world.verifier.fund(&by_id, world.now).unwrap();
    assert_eq!(first.receipt.bytes(), second.receipt.bytes());
    let other = Fund { amount: amount(501), ..fund.clone() };
    assert!(matches!(world.verifier.fund(&other, world.now), Err(OperatorError::IdConflict)));
    let more = Fund { id: OrderId::generate(world.now.wall, &mut world.rng), ..fund };
    assert!(matches!(world.verifier.fund(&more, world.now), Err(OperatorError::LimitReached)));
    assert_eq!(world.balance(&ada), 100_000_500);
    let eve = invited(&mut world, "eve", None);
    assert_eq!(enrol(&mut world, &eve), Some(ProblemCode::InviteUsed), "nothing is left to grant");
    assert_eq!(world.audit().unwrap().accounts, 1);
}
