//! A wallet that watches, over real HTTP: what happens is heard at once, and whatever happens to the line, once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod world;

use farthing_core::events::{Event, EventKind, EventSeq};
use farthing_core::payment::{Outcome, Target};
use farthing_core::sync::HttpNetwork;
use farthing_core::wallet::{Contact, Line, Wallet, Watch};
use farthing_verifier::server::{ServerConfig, start};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use world::{Counted, SECOND, World, available, pay};

/// Waits until news come in by `line`.
async fn until(watch: &mut Watch, line: Line) -> Contact {
    let within = tokio::time::timeout(30 * SECOND, async {
        let mut contact = watch.contact();
        while contact.line != line {
            contact = watch.contact_other_than(&contact).await;
        }
        contact
    });
    within.await.unwrap_or_else(|_| panic!("not {line:?} but {:?}", watch.contact()))
}

fn last(wallet: &Wallet) -> EventSeq {
    let all = wallet.read(|engine| engine.store().events(EventSeq(0), 10_000)).unwrap();
    all.last().map(|event| event.seq).unwrap_or_default()
}

/// The first event that says that we were paid.
async fn paid(wallet: &Wallet, mut after: EventSeq, within: std::time::Duration) -> Option<Event> {
    let deadline = Instant::now() + within;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        for event in wallet.events(after, 100, left).await.unwrap() {
            after = event.seq;
            if matches!(event.kind, EventKind::Received(_)) {
                return Some(event);
            }
        }
        if Instant::now() >= deadline {
            return None;
        }
    }
}

async fn pay_one(payer: &Wallet, payee: &Wallet) {
    let (_, outcome) = pay(payer, Target::Alias(payee.profile().alias), Some("1 USD"), "one").await;
    assert!(matches!(outcome, Outcome::Settled(_)), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_one_call() {
    let world = World::start().await;
    let (truck_at, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    let mut watch = truck.watch().unwrap();
    assert_eq!(until(&mut watch, Line::Stream).await.trouble, None);
    let known = last(&truck);
    truck_at.calls.take();
    pay_one(&ann, &truck).await;
    assert!(paid(&truck, known, 20 * SECOND).await.is_some());
    assert_eq!(truck_at.calls.take(), ["GET /v1/entries"], "heard by the stream, read once");
    assert_eq!(available(&truck), "21.00 USD");
    // What a watching wallet pays itself comes back as an entry, too, and changes nothing.
    pay_one(&truck, &ann).await;
    assert_eq!(available(&truck), "20.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_while_the_line_was_cut_is_there_once_afterwards() {
    let mut world = World::start().await;
    let (truck_at, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    let mut watch = truck.watch().unwrap();
    until(&mut watch, Line::Stream).await;
    let known = last(&truck);
    truck_at.calls.set_line("/v1", world::Line::Cut);
    world.stop().await;
    let away = until(&mut watch, Line::Away).await;
    assert_eq!(away.trouble.unwrap().kind(), "unreachable");
    world.run().await;
    pay_one(&ann, &truck).await;
    pay_one(&ann, &truck).await;
    assert_eq!(available(&truck), "20.00 USD", "not heard yet");
    truck_at.calls.be_honest();
    let first = paid(&truck, known, 40 * SECOND).await.unwrap();
    assert!(paid(&truck, first.seq, 10 * SECOND).await.is_some(), "both");
    until(&mut watch, Line::Stream).await;
    let known = last(&truck);
    pay_one(&ann, &truck).await;
    assert!(paid(&truck, known, 20 * SECOND).await.is_some());
    assert_eq!(available(&truck), "23.00 USD", "each once");
}

/// A proxy in front of the verifier that lets calls through and holds back every answer to `GET /v1/events`.
async fn holding_back(world: &mut World) {
    let at: SocketAddr = world.url.strip_prefix("http://").unwrap().parse().unwrap();
    world.stop().await;
    let listen = Some("127.0.0.1:0".parse().unwrap());
    let server = start(ServerConfig { listen, ..ServerConfig::new(world.data()) }).await.unwrap();
    let behind = server.addr;
    world.server = Some(server);
    let listener = TcpListener::bind(at).await.unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(relay(client, behind));
        }
    });
}

async fn relay(client: TcpStream, behind: SocketAddr) {
    let Ok(server) = TcpStream::connect(behind).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let listens = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = Arc::clone(&listens);
    tokio::spawn(async move {
        let mut bytes = vec![0; 65_536];
        while let Ok(read @ 1..) = from_client.read(&mut bytes).await {
            let Some(piece) = bytes.get(..read) else { return };
            seen.fetch_or(piece.starts_with(b"GET /v1/events"), std::sync::atomic::Ordering::SeqCst);
            if to_server.write_all(piece).await.is_err() {
                return;
            }
        }
    });
    let mut bytes = vec![0; 65_536];
    while let Ok(read @ 1..) = from_server.read(&mut bytes).await {
        let held_back = listens.load(std::sync::atomic::Ordering::SeqCst);
        if !held_back && to_client.write_all(bytes.get(..read).unwrap_or_default()).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_that_holds_streams_back_long_polls_stand_in() {
    let mut world = World::start().await;
    let (truck_at, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    holding_back(&mut world).await;
    let known = last(&truck);
    let mut watch = truck.watch().unwrap();
    until(&mut watch, Line::Polling).await;
    // Until its long poll is there.
    truck_at.calls.take();
    while !truck_at.calls.take().contains(&"GET /v1/entries".to_owned()) {
        tokio::time::sleep(SECOND / 50).await;
    }
    pay_one(&ann, &truck).await;
    assert!(paid(&truck, known, 10 * SECOND).await.is_some());
    // Nor does the call that waits hold up a person's own.
    let began = Instant::now();
    truck.sync(farthing_protocol::time::Span::from_ms(0)).await.unwrap();
    assert!(began.elapsed() < 10 * SECOND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_without_streams_is_asked_by_calls() {
    let world = World::start().await;
    let (_, ann) = world.person("ann").await;
    // Carries calls only, as networks of scripts and shells may.
    struct CallsOnly(Counted);
    impl farthing_core::sync::Network for CallsOnly {
        fn call<'a>(&'a self, call: &'a farthing_protocol::http::Call) -> farthing_core::sync::CallFuture<'a> {
            self.0.call(call)
        }
    }
    let mut person = world.place("truck");
    let calls = Counted::new(HttpNetwork::new(&world.url, None));
    person.place.network = Some(Arc::new(CallsOnly(calls)));
    let (truck, _) = Wallet::enrol(&person.place, &world.invite, Default::default()).await.unwrap();
    let mut watch = truck.watch().unwrap();
    until(&mut watch, Line::Polling).await;
    let known = last(&truck);
    pay_one(&ann, &truck).await;
    assert!(paid(&truck, known, 20 * SECOND).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_stops_and_begins_again() {
    let world = World::start().await;
    let (truck_at, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    let streams = |calls: Vec<String>| calls.iter().filter(|call| *call == "GET /v1/events").count();
    let (mut first, second) = (truck.watch().unwrap(), truck.watch().unwrap());
    until(&mut first, Line::Stream).await;
    drop(first);
    drop(second);
    let mut again = truck.watch().unwrap();
    until(&mut again, Line::Stream).await;
    assert_eq!(streams(truck_at.calls.take()), 1, "one stream for all, and for who comes back at once");
    drop(again);
    tokio::time::sleep(7 * SECOND).await;
    truck_at.calls.take();
    let known = last(&truck);
    pay_one(&ann, &truck).await;
    assert_eq!(paid(&truck, known, SECOND).await, None, "nobody watches");
    assert_eq!(truck_at.calls.take(), Vec::<String>::new());
    let mut again = truck.watch().unwrap();
    assert!(paid(&truck, known, 20 * SECOND).await.is_some());
    until(&mut again, Line::Stream).await;
    truck.close().await.unwrap();
}
