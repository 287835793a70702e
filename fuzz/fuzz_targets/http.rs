//! The verifier's HTTP surface, below hyper: any call gets an answer, never a fault inside, and moves no money that nobody
//! signed for.
#![no_main]

#[path = "../../verifier/tests/support/mod.rs"]
#[allow(unused)]
mod support;

use farthing_protocol::http::{Call, MEDIA_PROBLEM, Method, Problem, SignatureHeaders, signature};
use farthing_protocol::id::Nonce;
use farthing_protocol::time::Span;
use std::cell::RefCell;
use support::{AUTHORITY, Wallet, World, amount};

thread_local! {
    static PREPARED: RefCell<Option<Prepared>> = const { RefCell::new(None) };
}

struct Prepared {
    world: World,
    ann: Wallet,
    bob: Wallet,
    /// What both hold before any call.
    held: (u64, u64),
}

/// Ann has paid Bob, who waits for another payment, and the ledger is sealed twice.
fn prepared() -> Prepared {
    let mut world = World::new();
    let (ann, mut bob) = (world.wallet("ann"), world.wallet("bob"));
    let order = world.order(&ann, &bob.by_alias(), 1_000_000);
    assert_eq!(world.pay(&ann, order).status, 200);
    world.request(&mut bob, Some(amount(2_000_000)), Span::from_min(15));
    assert!(world.verifier.seal(world.now, true).unwrap());
    let held = (world.balance(&ann), world.balance(&bob));
    Prepared { world, ann, bob, held }
}

/// Lines of text: mode, path, query, media type, three headers; then the body as it is.
fn call(data: &[u8], world: &mut World, ann: &Wallet) -> Call {
    let mut parts = data.splitn(8, |byte| *byte == b'\n');
    let mut next = || parts.next().unwrap_or_default();
    let mode = next().first().copied().unwrap_or_default();
    let [path, query, media_type, digest, input, signature] =
        [(); 6].map(|()| String::from_utf8_lossy(next()).into_owned());
    let body = next().to_vec();
    match mode % 4 {
        0 => Call::post(path, &media_type, body),
        1 => signed(Call::get(path, query), world, ann),
        2 => Call::get(path, query),
        _ => Call {
            method: if mode > 127 { Method::Post } else { Method::Get },
            signature: Some(SignatureHeaders { content_digest: digest, signature_input: input, signature }),
            media_type,
            body,
            ..Call::get(path, query)
        },
    }
}

/// Signed by Ann's phone, where it can be: what is not printable has no signature.
fn signed(mut call: Call, world: &mut World, ann: &Wallet) -> Call {
    let nonce = Nonce::generate(&mut world.rng);
    let _ = signature::sign(&mut call, AUTHORITY, &world.id, &ann.device(), world.now.wall, &nonce, &ann.session);
    call
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    PREPARED.with_borrow_mut(|before| {
        let Prepared { world, ann, bob, held } = before.get_or_insert_with(prepared);
        let call = call(data, world, ann);
        let reply = world.verifier.answer(&call, AUTHORITY, world.now);
        assert_ne!(reply.status, 500, "whatever comes, nothing goes wrong inside");
        if reply.media_type == MEDIA_PROBLEM {
            let problem = Problem::from_json(&reply.body).expect("callers can read what is wrong");
            assert_eq!(problem.code.status(), reply.status);
        }
        if call.method == Method::Post {
            assert_eq!((world.balance(ann), world.balance(bob)), *held, "nobody signed an order");
        }
    });
});
