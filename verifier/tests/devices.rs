//! Several devices of one account: listed, revoked, restored; what each may do, and what a revoked one is told.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::code::{ProblemCode, RefusalCode};
use farthing_protocol::cose::Signed;
use farthing_protocol::device::{DeviceList, Scope};
use farthing_protocol::http::{
    Call, DevicesBody, DevicesStatus, EntryKind, MEDIA_CBOR, MEDIA_COSE, MEDIA_ORDER, Reply, signature,
};
use farthing_protocol::id::*;
use farthing_protocol::key::OlmKey;
use farthing_protocol::key::Signer as _;
use farthing_protocol::limits::{COUNTER_AHEAD_MAX, DEVICES_MAX};
use farthing_protocol::prekeys::Prekeys;
use farthing_protocol::publication::RequestWithdraw;
use farthing_protocol::time::Span;
use support::people::{NewList, done, list_receipt};
use support::*;

const HOUR: Span = Span::from_h(1);

/// A read of one's devices, signed by the account key, as a wallet does that has nothing but its phrase.
fn read_by_account(world: &mut World, wallet: &Wallet, path: &str, query: &str) -> Reply {
    let mut call = Call::get(path, query);
    let (nonce, account) = (Nonce::generate(&mut world.rng), wallet.account_id());
    signature::sign(&mut call, AUTHORITY, &world.id, &account, world.now.wall, &nonce, &wallet.account).unwrap();
    world.verifier.answer(&call, AUTHORITY, world.now)
}

#[test]
fn a_lost_phone_is_replaced_by_the_phrase_alone() {
    let mut world = World::new();
    let (lost, mut bob) = (world.wallet("ada"), world.wallet("bob"));
    let status = DevicesStatus::decode(&read_by_account(&mut world, &lost, "/v1/devices", "").body).unwrap();
    assert_eq!((status.account, status.certificates.len()), (*lost.account.public(), 1));
    let fresh = world.phone(&lost, Scope::full(), status.counter.get() + 1);
    let new = NewList { handles: Some(&fresh), ..NewList::of(status.counter.get() + 2, &[&fresh], &[&fresh]) };
    let body = world.devices_body(&lost, &new);
    let reply = world.post_devices(&body);
    let receipt = list_receipt(&reply);
    assert_eq!((receipt.seq, receipt.list), (Seq::new(3), Digest::of(body.list.as_slice())));
    assert_eq!(world.post_devices(&body), reply, "the same bytes, the same receipt");

    assert_eq!(world.balance(&fresh), 100_000_000, "the account is still there");
    let page = world.entries(&fresh);
    let entry = page.entries.last().unwrap();
    assert_eq!((entry.kind, entry.seq, entry.cause.as_ref()), (EntryKind::Devices, receipt.seq, Some(&body.list)));
    assert_eq!((entry.receipt.as_slice(), entry.handle, entry.device), (reply.body.as_slice(), None, None));
    assert!(world.entries(&bob).entries.iter().all(|entry| entry.kind != EntryKind::Devices), "nobody else's affair");
    let order = world.order(&fresh, &bob.by_alias(), 5);
    receipt_of(&world.pay(&fresh, order));
    let mut fresh = fresh;
    let asked = world.request(&mut fresh, Some(amount(7)), HOUR);
    let order = world.order(&bob, &asked, 7);
    receipt_of(&world.pay(&bob, order));
    let credit = world.entries(&fresh).entries.pop().unwrap();
    assert_eq!((credit.handle, credit.device), (Some(asked.handle), Some(fresh.device())));

    for path in ["/v1/account", "/v1/entries", "/v1/devices", "/v1/messages", "/v1/aliases/bob"] {
        assert_eq!(problem(&world.read(&lost, path, "")), ProblemCode::DeviceRevokedHere, "{path}");
    }
    let mut lost = lost;
    let wall = world.now.wall;
    let bound = lost.bind(world.id, None, wall, wall.plus(HOUR), &mut world.rng);
    let reply = world.post("/v1/requests", MEDIA_CBOR, bound.body.encode());
    assert_eq!(problem(&reply), ProblemCode::DeviceRevokedHere);
    let order = world.order(&lost, &bob.by_alias(), 1);
    assert_eq!(refusal(&world.pay(&lost, order)).code, RefusalCode::DeviceRevoked.number());
    let status = world.devices(&fresh);
    assert_eq!((status.certificates.len(), status.former), (1, vec![lost.enrolment.certificate.clone()]));
    let _ = &mut bob;
    world.audit().unwrap();
}

fn receipt_of(reply: &Reply) {
    receipt(reply);
}

#[test]
fn a_revocation_takes_effect_between_two_orders_of_one_batch() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let kept = world.phone(&ada, Scope::full(), 2);
    list_receipt(&world.relist(&ada, &NewList::of(3, &[&ada, &kept], &[&kept])));
    let before = world.order(&ada, &bob.by_alias(), 1);
    let after = world.order(&ada, &bob.by_alias(), 1);
    let body = world.devices_body(&ada, &NewList::of(4, &[&kept], &[]));
    let calls = [
        Call::post("/v1/orders", MEDIA_ORDER, ada.sign(before).encode()),
        Call::post("/v1/devices", MEDIA_CBOR, body.encode()),
        Call::post("/v1/orders", MEDIA_ORDER, ada.sign(after).encode()),
    ];
    let group: Vec<_> = calls.iter().map(|call| world.verifier.prepare(call)).collect();
    let replies = world.verifier.answer_batch(&group, world.now);
    let paid = receipt(&replies[0]);
    let listed = list_receipt(&replies[1]);
    assert_eq!(paid.claims().seq.next(), listed.seq);
    assert_eq!(refusal(&replies[2]).code, RefusalCode::DeviceRevoked.number());
    let again: Vec<_> = calls.iter().map(|call| world.verifier.prepare(call)).collect();
    assert_eq!(world.verifier.answer_batch(&again, world.now), replies, "decided once");
    world.audit().unwrap();
}

#[test]
fn what_a_revoked_device_asked_for_is_paid_and_what_it_has_in_stock_is_gone() {
    let mut world = World::new();
    let (mut ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let kept = world.phone(&ada, Scope::full(), 2);
    let asked = world.request(&mut ada, Some(amount(9)), HOUR);
    let stocked = ada.stock[0].0;
    list_receipt(&world.relist(&ada, &NewList::of(3, &[&kept], &[&kept])));
    let order = world.order(&bob, &asked, 9);
    receipt(&world.pay(&bob, order));
    let credit = world.entries(&kept).entries.pop().unwrap();
    assert_eq!((credit.handle, credit.device), (Some(asked.handle), Some(ada.device())));
    let mut bound = asked;
    bound.handle = stocked;
    let order = world.order(&bob, &bound, 9);
    assert_ne!(refusal(&world.pay(&bob, order)).code, RefusalCode::HandleUnknown.number(), "cancelled, not in stock");
    let order = world.order(&bob, &ada.by_alias(), 3);
    receipt(&world.pay(&bob, order));
    let credit = world.entries(&kept).entries.pop().unwrap();
    assert_eq!((credit.handle, credit.device), (Some(ada.alias.handle()), None), "an alias is of no device");
    world.audit().unwrap();
}

/// The journal comes before the device's status; and what a thief used up is the owner's again.
#[test]
fn what_a_device_did_before_it_was_revoked_is_answered_as_before() {
    let mut world = World::new();
    let mut ada = world.wallet("ada");
    let mut kept = world.phone(&ada, Scope::full(), 2);
    let asked = world.request(&mut ada, None, HOUR);
    let foreign = ada.stock[0].0;
    let connection = world.verifier.into_connection();
    connection
        .execute("UPDATE rates SET done = ?1", [i64::try_from(farthing_verifier::ACTS_PER_DAY).unwrap()])
        .unwrap();
    world.verifier = farthing_verifier::Verifier::open(connection, keys(), world.now).unwrap();
    let cancel = ada.cancel(world.id, asked.handle, world.now.wall, &mut world.rng);
    assert_eq!(problem(&world.post("/v1/cancellations", MEDIA_COSE, cancel.clone())), ProblemCode::RateLimited);
    let new = NewList { handles: Some(&kept), ..NewList::of(3, &[&ada, &kept], &[&kept]) };
    list_receipt(&world.relist(&ada, &new));
    assert_eq!(problem(&world.post("/v1/cancellations", MEDIA_COSE, cancel.clone())), ProblemCode::RateLimited);
    list_receipt(&world.relist(&ada, &NewList::of(4, &[&kept], &[])));
    done(&world.post("/v1/requests", MEDIA_CBOR, asked.body.encode()));
    assert_eq!(problem(&world.post("/v1/cancellations", MEDIA_COSE, cancel)), ProblemCode::DeviceRevokedHere);
    let wall = world.now.wall;
    let hash = asked.payee_key;
    let of_other = kept.bind_handle(world.id, foreign, hash, None, wall, wall.plus(HOUR), &mut world.rng);
    let refused = world.post("/v1/requests", MEDIA_CBOR, of_other.body.encode());
    assert_eq!(problem(&refused), ProblemCode::HandleNotInStock, "another device's handle");
    world.request(&mut kept, None, HOUR);
    let cancel = kept.cancel(world.id, asked.handle, wall, &mut world.rng);
    done(&world.post("/v1/cancellations", MEDIA_COSE, cancel));
    world.audit().unwrap();
}

#[test]
fn of_two_lists_with_one_counter_the_second_is_told_to_read_again() {
    let mut world = World::new();
    let ada = world.wallet("ada");
    let (one, two) = (world.phone(&ada, Scope::full(), 2), world.phone(&ada, Scope::full(), 2));
    list_receipt(&world.relist(&ada, &NewList::of(3, &[&ada, &one], &[&one])));
    let second = NewList::of(3, &[&ada, &two], &[&two]);
    assert_eq!(problem(&world.relist(&ada, &second)), ProblemCode::ListConflict);
    assert_eq!(problem(&world.relist(&ada, &NewList::of(2, &[&ada], &[]))), ProblemCode::ListConflict);
    let enrolled = DevicesBody { list: ada.enrolment.list.clone(), certificates: vec![], handles: None };
    assert_eq!(problem(&world.post_devices(&enrolled)), ProblemCode::ListConflict, "the first has no receipt");
    // With the last counter there would never be another list.
    for counter in [COUNTER_AHEAD_MAX + 1_000, Counter::MAX] {
        assert_eq!(problem(&world.relist(&ada, &NewList::of(counter, &[&ada], &[]))), ProblemCode::Malformed);
    }
    list_receipt(&world.relist(&ada, &NewList::of(4, &[&ada, &one, &two], &[&two])));
    let late = world.devices_body(&ada, &NewList::of(5, &[&ada], &[]));
    list_receipt(&world.post_devices(&late));
    let back = NewList::of(6, &[&ada, &one], &[]);
    assert_eq!(problem(&world.relist(&ada, &back)), ProblemCode::AccountConflict, "revoked once, revoked for ever");
    let back = NewList::of(6, &[&ada, &one], &[&one]);
    assert_eq!(problem(&world.relist(&ada, &back)), ProblemCode::AccountConflict);
    assert_eq!(world.devices(&ada).former.len(), 2);
    world.audit().unwrap();
}

#[test]
fn a_list_and_its_parts_must_belong_together() {
    let mut world = World::new();
    let (ada, eve) = (world.wallet("ada"), world.wallet("eve"));
    let (phone, foreign) = (world.phone(&ada, Scope::full(), 2), world.phone(&eve, Scope::full(), 2));
    let told = |world: &mut World, new: &NewList<'_>| problem(&world.relist(&ada, new));
    let cases = [
        (NewList::of(3, &[&ada, &foreign], &[&foreign]), ProblemCode::BadSignature),
        (NewList::of(3, &[&ada, &eve], &[]), ProblemCode::AccountConflict),
        (NewList::of(3, &[&ada, &phone], &[]), ProblemCode::Malformed),
        (NewList::of(3, &[&ada], &[&phone]), ProblemCode::Malformed),
        (NewList::of(3, &[&ada], &[&ada]), ProblemCode::Malformed),
        (NewList::of(3, &[&ada, &phone], &[&phone, &phone]), ProblemCode::Malformed),
        (NewList { handles: Some(&ada), ..NewList::of(3, &[&ada, &phone], &[&phone]) }, ProblemCode::Malformed),
    ];
    for (index, (new, expected)) in cases.iter().enumerate() {
        assert_eq!(told(&mut world, new), *expected, "{index}");
    }
    let ahead = world.phone(&ada, Scope::full(), 9);
    assert_eq!(told(&mut world, &NewList::of(3, &[&ada, &ahead], &[&ahead])), ProblemCode::Malformed);
    let mut body = world.devices_body(&ada, &NewList::of(3, &[&ada, &phone], &[&phone]));
    body.list = eve.list(world.id, 3, &[&ada, &phone], world.now.wall);
    assert_eq!(problem(&world.post_devices(&body)), ProblemCode::BadSignature, "eve signs for her own account only");
    let list = Signed::<DeviceList>::parse(ada.enrolment.list.as_slice()).unwrap().claims().clone();
    let forged = Signed::sign(list, &eve.account).unwrap();
    let forged = DevicesBody { list: bytes(forged.bytes()), certificates: vec![], handles: None };
    assert_eq!(problem(&world.post_devices(&forged)), ProblemCode::BadSignature);
    let stranger = Wallet::new("ned", world.id, Scope::full(), None, world.now.wall, &mut world.rng);
    assert_eq!(problem(&world.relist(&stranger, &NewList::of(3, &[&stranger], &[]))), ProblemCode::AccountUnknown);
    let elsewhere = ada.phone(VerifierId::new([0; 32]), Scope::full(), 2, world.now.wall, &mut world.rng);
    let new = NewList::of(3, &[&ada, &elsewhere], &[&elsewhere]);
    assert_eq!(told(&mut world, &new), ProblemCode::WrongVerifier);
    list_receipt(&world.relist(&ada, &NewList::of(3, &[&ada, &phone], &[&phone])));
    world.audit().unwrap();
}

#[test]
fn an_account_has_16_devices_at_once_256_ever_and_100_lists_a_day() {
    let mut world = World::new();
    let ada = world.wallet("ada");
    let mut counter = 1;
    let mut ever = 1;
    for _ in 0..15 {
        let phones: Vec<_> = (0..DEVICES_MAX).map(|_| world.phone(&ada, Scope::full(), counter)).collect();
        let phones: Vec<_> = phones.iter().collect();
        counter += 1;
        list_receipt(&world.relist(&ada, &NewList::of(counter, &phones, &phones)));
        ever += phones.len();
    }
    let last: Vec<_> = (0..16).map(|_| world.phone(&ada, Scope::full(), counter)).collect();
    let last: Vec<_> = last.iter().collect();
    assert_eq!(ever + last.len(), 257);
    let refused = world.relist(&ada, &NewList::of(counter + 1, &last, &last));
    assert_eq!(problem(&refused), ProblemCode::TooManyDevices);
    list_receipt(&world.relist(&ada, &NewList::of(counter + 1, &last[1..], &last[1..])));
    assert_eq!(world.devices(last[1]).former.len(), 241);
    for counter in counter + 2..=101 {
        list_receipt(&world.relist(&ada, &NewList::of(counter, &last[1..], &[])));
    }
    world.pass(HOUR);
    let refused = world.relist(&ada, &NewList::of(102, &last[1..], &[]));
    assert_eq!((problem(&refused), refused.retry_after_s), (ProblemCode::RateLimited, Some(23 * 3600)));
    world.pass(Span::from_h(23));
    list_receipt(&world.relist(&ada, &NewList::of(102, &last[1..], &[])));
    world.audit().unwrap();
}

#[test]
fn each_device_does_what_its_scope_says() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let scope = |permissions| Scope { permissions, ..Scope::default() };
    let mut cashier = world.phone(&ada, scope(Scope::RECEIVE), 2);
    let child = world.phone(&ada, Scope { per_order: Some(vec![amount(10)]), ..scope(Scope::PAY) }, 3);
    let brief = world.phone(&ada, Scope { expires: Some(world.now.wall.plus(HOUR)), ..Scope::full() }, 4);
    let new = NewList {
        handles: Some(&cashier),
        ..NewList::of(5, &[&ada, &cashier, &child, &brief], &[&cashier, &child, &brief])
    };
    list_receipt(&world.relist(&ada, &new));
    let asked = world.request(&mut cashier, Some(amount(3)), HOUR);
    let order = world.order(&bob, &asked, 3);
    receipt(&world.pay(&bob, order));
    let order = world.order(&cashier, &bob.by_alias(), 1);
    assert_eq!(refusal(&world.pay(&cashier, order)).code, RefusalCode::ScopeForbids.number());
    let order = world.order(&child, &bob.by_alias(), 10);
    receipt(&world.pay(&child, order));
    let order = world.order(&child, &bob.by_alias(), 11);
    assert_eq!(refusal(&world.pay(&child, order)).code, RefusalCode::OrderLimit.number());
    assert_eq!(world.balance(&child), 99_999_993, "who pays may see what there is");
    let upload = |header| Prekeys::new(header, vec![], OlmKey::new([1; 32]));
    let withdraw = |header| RequestWithdraw::new(header, Locator::new([1; 16]));
    assert_eq!(problem(&world.act(&child, "/v1/withdrawals", withdraw)), ProblemCode::Forbidden);
    done(&world.act(&cashier, "/v1/withdrawals", withdraw));
    for phone in [&child, &cashier] {
        done(&world.act(phone, "/v1/prekeys", upload));
    }
    world.pass(HOUR);
    assert_eq!(problem(&world.read(&brief, "/v1/account", "")), ProblemCode::Forbidden, "its time is over");
    assert_eq!(problem(&world.act(&brief, "/v1/prekeys", upload)), ProblemCode::Forbidden);
    world.audit().unwrap();
}

#[test]
fn the_account_key_reads_its_own_devices_and_nothing_else() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let (own, others) = (format!("account={}", ada.account_id()), format!("account={}", bob.account_id()));
    assert_eq!(read_by_account(&mut world, &ada, "/v1/devices", &own).status, 200);
    assert_eq!(problem(&read_by_account(&mut world, &ada, "/v1/devices", &others)), ProblemCode::Forbidden);
    for path in ["/v1/account", "/v1/entries", "/v1/messages"] {
        assert_eq!(problem(&read_by_account(&mut world, &ada, path, "")), ProblemCode::DeviceUnknown, "{path}");
    }
    let stranger = Wallet::new("ned", world.id, Scope::full(), None, world.now.wall, &mut world.rng);
    assert_eq!(problem(&read_by_account(&mut world, &stranger, "/v1/devices", "")), ProblemCode::DeviceUnknown);
    let mut forged = bob.phone(world.id, Scope::full(), 2, world.now.wall, &mut world.rng);
    let mut call = Call::get("/v1/devices", "");
    let nonce = Nonce::generate(&mut world.rng);
    signature::sign(&mut call, AUTHORITY, &world.id, &ada.account_id(), world.now.wall, &nonce, &forged.session)
        .unwrap();
    assert_eq!(problem(&world.verifier.answer(&call, AUTHORITY, world.now)), ProblemCode::BadSignature);
    std::mem::swap(&mut forged.session, &mut forged.act);

    let phone = world.phone(&bob, Scope::full(), 2);
    list_receipt(&world.relist(&bob, &NewList::of(3, &[&phone], &[&phone])));
    let shown = DevicesStatus::decode(&world.read(&ada, "/v1/devices", &others).body).unwrap();
    assert_eq!(
        (shown.account, &shown.certificates),
        (*bob.account.public(), &vec![phone.enrolment.certificate.clone()])
    );
    assert!(shown.former.is_empty(), "what somebody used to have is his affair");
    let unknown = world.read(&ada, "/v1/devices", "account=00000000000000000000000000000000");
    assert_eq!(problem(&unknown), ProblemCode::AccountUnknown);
    assert_eq!(problem(&world.read(&ada, "/v1/devices", "account=me")), ProblemCode::Malformed);
    let post = world.post("/v1/devices", MEDIA_COSE, vec![]);
    assert_eq!(problem(&post), ProblemCode::MediaType);
}

/// An id has one text in a path or a query: what a log or a cache in between sees is what was asked for.
#[test]
fn ids_in_capitals_name_nothing() {
    let mut world = World::new();
    let (mut ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let asked = world.request(&mut ada, Some(amount(7)), HOUR);
    let (locator, account) = (asked.locator.to_hex(), ada.account_id().to_hex());
    assert!([&locator, &account].iter().all(|hex| hex.bytes().any(|byte| byte.is_ascii_lowercase())));
    assert_eq!(world.read(&bob, &format!("/v1/requests/{locator}"), "").status, 200);
    let shouted = locator.to_uppercase();
    assert_eq!(problem(&world.read(&bob, &format!("/v1/requests/{shouted}"), "")), ProblemCode::NotFound);
    assert_eq!(world.read(&bob, "/v1/devices", &format!("account={account}")).status, 200);
    let shouted = account.to_uppercase();
    assert_eq!(problem(&world.read(&bob, "/v1/devices", &format!("account={shouted}"))), ProblemCode::Malformed);
    let order = world.order(&bob, &asked, 7);
    receipt_of(&world.pay(&bob, order.clone()));
    let id = order.id.to_uuid_text();
    for text in [id.clone(), order.id.to_hex()] {
        assert_eq!(world.read(&bob, &format!("/v1/orders/{text}"), "").status, 200);
    }
    for text in [id.to_uppercase(), order.id.to_hex().to_uppercase(), format!("{{{id}}}")] {
        assert_eq!(problem(&world.read(&bob, &format!("/v1/orders/{text}"), "")), ProblemCode::NotFound);
    }
}
