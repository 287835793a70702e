//! The verifier's HTTP surface, below hyper: any call gets an answer, never a fault inside, and moves no money that nobody
//! signed for.
#![no_main]

#[path = "../../verifier/tests/support/mod.rs"]
#[allow(unused)]
mod support;

use farthing_protocol::http::{Call, Method, SignatureHeaders};
use std::cell::RefCell;
use support::{AUTHORITY, Wallet, World};

thread_local! {
    static PREPARED: RefCell<Option<(World, Wallet, Wallet)>> = const { RefCell::new(None) };
}

fn prepared() -> (World, Wallet, Wallet) {
    let mut world = World::new();
    let (ann, bob) = (world.wallet("ann"), world.wallet("bob"));
    (world, ann, bob)
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
        1 => ann.read(world.id, &path, &query, world.now.wall, &mut world.rng),
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

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    PREPARED.with_borrow_mut(|prepared_before| {
        let (world, ann, bob) = prepared_before.get_or_insert_with(prepared);
        let call = call(data, world, ann);
        let reply = world.verifier.answer(&call, AUTHORITY, world.now);
        assert_ne!(reply.status, 500, "whatever comes, nothing goes wrong inside");
        assert!(reply.status == 204 || !reply.body.is_empty() || reply.status >= 200);
        let moved = (world.balance(ann), world.balance(bob)) != (100_000_000, 100_000_000);
        assert!(!moved, "nobody signed an order");
    });
});
