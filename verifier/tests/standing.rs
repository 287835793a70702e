//! What stands for long: aliases, requests that are paid any number of times, generations.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::alias::{Alias, AliasRecord, AliasRegister};
use farthing_protocol::cbor::{V1, Yes};
use farthing_protocol::code::{ProblemCode, RefusalCode};
use farthing_protocol::cose::Signed;
use farthing_protocol::device::Scope;
use farthing_protocol::generation::{Generation, GenerationAct, GenerationNumber, Mark};
use farthing_protocol::http::{AccountStatus, AliasBody, MEDIA_CBOR, PublishBody, Reply};
use farthing_protocol::id::*;
use farthing_protocol::key::{Ed25519Key, HpkePublicKey, Signer as _};
use farthing_protocol::limits::ALIASES_MAX;
use farthing_protocol::publication::{RequestPublish, RequestWithdraw};
use farthing_protocol::time::Span;
use support::people::{NewList, done, list_receipt};
use support::*;

const DAY: Span = Span::from_h(24);

fn alias_body(world: &mut World, of: &Wallet, alias: &str) -> AliasBody {
    let key = Ed25519Key::generate(&mut world.rng);
    let record = AliasRecord {
        version: V1,
        verifier: world.id,
        alias: Alias::new(alias).unwrap(),
        payee: *key.public(),
        hpke: HpkePublicKey::new([9; 32]),
        created: world.now.wall,
    };
    let record = Signed::sign(record, &key).unwrap();
    let register = of.act(AliasRegister::new(world.header(of), record.bytes_hash()));
    AliasBody { register, record: bytes(record.bytes()) }
}

fn register(world: &mut World, of: &Wallet, alias: &str) -> Reply {
    let body = alias_body(world, of, alias);
    world.post("/v1/aliases", MEDIA_CBOR, body.encode())
}

fn status(world: &mut World, of: &Wallet) -> AccountStatus {
    AccountStatus::decode(&world.read(of, "/v1/account", "").body).unwrap()
}

#[test]
fn an_account_has_eight_aliases_for_ever() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let body = alias_body(&mut world, &ada, "ada-2");
    done(&world.post("/v1/aliases", MEDIA_CBOR, body.encode()));
    done(&world.post("/v1/aliases", MEDIA_CBOR, body.encode()));
    assert_eq!(world.read(&bob, "/v1/aliases/ada-2", "").body, body.record.as_slice());
    assert_eq!(problem(&register(&mut world, &bob, "ada-2")), ProblemCode::AliasTaken);
    assert_eq!(problem(&register(&mut world, &ada, "ada")), ProblemCode::AliasTaken, "also one's own");
    for n in 3..=ALIASES_MAX {
        done(&register(&mut world, &ada, &format!("ada-{n}")));
    }
    assert_eq!(problem(&register(&mut world, &ada, "ada-9")), ProblemCode::TooManyAliases);
    let status = status(&mut world, &ada);
    assert_eq!((status.aliases.len(), &status.aliases[1]), (8, &body.record), "in ascending order");
    let mut swapped = alias_body(&mut world, &bob, "bob-2");
    swapped.record = alias_body(&mut world, &bob, "bob-3").record;
    assert_eq!(problem(&world.post("/v1/aliases", MEDIA_CBOR, swapped.encode())), ProblemCode::Malformed);
    for _ in 0..5 {
        world.pass(DAY);
        while world.verifier.sweep(world.now).unwrap() {}
    }
    done(&world.post("/v1/aliases", MEDIA_CBOR, body.encode()));
    world.audit().unwrap();
}

fn publish(world: &mut World, of: &Wallet, handle: Handle, locator: u8, content: &[u8], life: Span) -> Reply {
    let header = world.header(of);
    let (locator, expires) = (Locator::new([locator; 16]), world.now.wall.plus(life));
    let act = RequestPublish::new(header, handle, expires, locator, Digest::of(content));
    let body = PublishBody { publish: of.act(act), content: bytes(content) };
    world.post("/v1/publications", MEDIA_CBOR, body.encode())
}

fn withdraw(world: &mut World, of: &Wallet, locator: Locator) -> Reply {
    world.act(of, "/v1/withdrawals", |header| RequestWithdraw::new(header, locator))
}

#[test]
fn a_standing_request_is_there_until_it_expires_or_is_withdrawn() {
    let mut world = World::new();
    let (ada, mut bob) = (world.wallet("ada"), world.wallet("bob"));
    let (handle, content) = (ada.alias.handle(), [7; 256]);
    let year = Span::from_h(24 * 366);
    done(&publish(&mut world, &ada, handle, 1, &content, year));
    let at = |n: u8| format!("/v1/requests/{}", Locator::new([n; 16]));
    assert_eq!(world.read(&bob, &at(1), "").body, content);
    assert_eq!(problem(&publish(&mut world, &bob, handle, 2, &content, DAY)), ProblemCode::Forbidden, "ada's alias");
    let bound = world.request(&mut bob, None, DAY);
    assert_eq!(problem(&publish(&mut world, &bob, bound.handle, 2, &content, DAY)), ProblemCode::Forbidden);
    let taken = publish(&mut world, &bob, bob.alias.handle(), 1, &content, DAY);
    assert_eq!(problem(&taken), ProblemCode::LocatorTaken, "what another published, also the same bytes");
    assert_eq!(problem(&publish(&mut world, &ada, handle, 1, &[8; 256], DAY)), ProblemCode::LocatorTaken);
    assert_eq!(problem(&publish(&mut world, &ada, handle, 2, &[8; 300], DAY)), ProblemCode::Malformed);
    assert_eq!(problem(&withdraw(&mut world, &bob, Locator::new([1; 16]))), ProblemCode::Forbidden);
    assert_eq!(problem(&withdraw(&mut world, &bob, bound.locator)), ProblemCode::Forbidden, "bound, so cancel it");
    done(&publish(&mut world, &ada, handle, 2, &content, DAY));
    done(&publish(&mut world, &ada, handle, 2, &content, Span::from_h(48)));
    done(&publish(&mut world, &ada, handle, 2, &content, Span::from_h(1)));
    world.pass(Span::from_h(47));
    while world.verifier.sweep(world.now).unwrap() {}
    assert_eq!(world.read(&bob, &at(2), "").body, content, "published for longer");
    world.pass(Span::from_h(1));
    while world.verifier.sweep(world.now).unwrap() {}
    assert_eq!(problem(&world.read(&bob, &at(2), "")), ProblemCode::RequestUnknown);
    for _ in 0..10 {
        world.pass(DAY);
        while world.verifier.sweep(world.now).unwrap() {}
        world.audit().unwrap();
    }
    done(&withdraw(&mut world, &ada, Locator::new([1; 16])));
    assert_eq!(problem(&world.read(&bob, &at(1), "")), ProblemCode::RequestUnknown);
    done(&withdraw(&mut world, &ada, Locator::new([1; 16])));
    let order = world.order(&bob, &ada.by_alias(), 5);
    receipt(&world.pay(&bob, order));
    world.audit().unwrap();
}

#[test]
fn standing_requests_count_as_open() {
    let mut world = World::new();
    let mut ada = world.wallet("ada");
    let handle = ada.alias.handle();
    for n in 0..1000_u16 {
        let header = world.header(&ada);
        let mut locator = [0; 16];
        locator[..2].copy_from_slice(&n.to_be_bytes());
        let expires = world.now.wall.plus(DAY);
        let act = RequestPublish::new(header, handle, expires, Locator::new(locator), Digest::of(&[7; 256]));
        let body = PublishBody { publish: ada.act(act), content: bytes(&[7; 256]) };
        done(&world.post("/v1/publications", MEDIA_CBOR, body.encode()));
    }
    assert_eq!(problem(&publish(&mut world, &ada, handle, 9, &[7; 256], DAY)), ProblemCode::TooManyRequests);
    let (wall, life) = (world.now.wall, world.now.wall.plus(DAY));
    let bound = ada.bind(world.id, None, wall, life, &mut world.rng);
    let refused = world.post("/v1/requests", MEDIA_CBOR, bound.body.encode());
    assert_eq!(problem(&refused), ProblemCode::TooManyRequests);
    done(&withdraw(&mut world, &ada, Locator::new([0; 16])));
    done(&world.post("/v1/requests", MEDIA_CBOR, bound.body.encode()));
}

fn tell(world: &mut World, of: &Wallet, number: u64, mark: u8, drop_stock: bool) -> Reply {
    let drop_stock = drop_stock.then_some(Yes);
    world.act(of, "/v1/generations", |header| {
        GenerationAct::new(header, GenerationNumber::new(number), Mark::new([mark; 16]), drop_stock)
    })
}

#[test]
fn an_older_copy_is_told_so_and_goes_on_without_the_stock() {
    let mut world = World::new();
    let (mut ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    assert_eq!(status(&mut world, &ada).generation, None);
    done(&tell(&mut world, &ada, 3, 1, false));
    done(&tell(&mut world, &ada, 3, 1, false));
    done(&tell(&mut world, &ada, 5, 2, false));
    for (number, mark) in [(4, 3), (5, 3), (3, 1)] {
        assert_eq!(problem(&tell(&mut world, &ada, number, mark, true)), ProblemCode::OldCopy, "{number}");
    }
    assert!(!ProblemCode::OldCopy.is_retryable());
    let five = Generation { number: GenerationNumber::new(5), mark: Mark::new([2; 16]) };
    assert_eq!((status(&mut world, &ada).generation, status(&mut world, &ada).stock), (Some(five), 20));
    let asked = world.request(&mut ada, Some(amount(4)), DAY);
    let mut world = world.restart();
    done(&tell(&mut world, &ada, 6, 3, true));
    assert_eq!(status(&mut world, &ada).stock, 0);
    let order = world.order(&bob, &asked, 4);
    receipt(&world.pay(&bob, order));
    let (handle, _) = &ada.stock[0];
    let stale = Bound { handle: *handle, ..asked };
    let order = world.order(&bob, &stale, 4);
    assert_eq!(
        refusal(&world.pay(&bob, order)).code,
        RefusalCode::PayeeKeyMismatch.number(),
        "dropped, never stocked again"
    );
    for _ in 0..9 {
        world.pass(DAY);
        while world.verifier.sweep(world.now).unwrap() {}
        world.audit().unwrap();
    }
}

#[test]
fn a_device_that_only_pays_can_be_copied_too() {
    let mut world = World::new();
    let ada = world.wallet("ada");
    let child = world.phone(&ada, Scope { permissions: Scope::PAY, ..Scope::default() }, 2);
    list_receipt(&world.relist(&ada, &NewList::of(3, &[&ada, &child], &[&child])));
    done(&tell(&mut world, &child, 2, 1, false));
    assert_eq!(problem(&tell(&mut world, &child, 1, 1, false)), ProblemCode::OldCopy);
    done(&tell(&mut world, &ada, 1, 1, false));
    list_receipt(&world.relist(&ada, &NewList::of(4, &[&ada], &[])));
    assert_eq!(problem(&tell(&mut world, &child, 3, 1, false)), ProblemCode::DeviceRevokedHere);
}
