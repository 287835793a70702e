//! What the core says of its work: enough to find a fault by, and nothing about whom, how much, and what.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod world;

use farthing_core::payment::Target;
use farthing_core::wallet::Line;
use std::io;
use std::sync::{Arc, Mutex};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use world::{SECOND, World, pay, target, terms};

/// Everything that was said.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_layer_says_what_it_does_and_nothing_about_whom() {
    let said = Said::default();
    let writer = said.clone();
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).without_time().with_writer(move || writer.clone());
    let ours = Targets::new().with_target("farthing_core", LevelFilter::TRACE);
    tracing_subscriber::registry().with(lines).with(ours).init();

    let world = World::start().await;
    let (_, ann) = world.person("Ann of Green Gables").await;
    let (_, truck) = world.person("Tacos Innombrables").await;
    let mut watch = truck.watch().unwrap();
    let mut contact = watch.contact();
    while contact.line != Line::Stream {
        contact = tokio::time::timeout(20 * SECOND, watch.contact_other_than(&contact)).await.unwrap();
    }
    let made = truck.request(terms(Some("4.50 USD"))).await.unwrap();
    let (id, _) = pay(&ann, target(&made), None, "meet me behind the blue van").await;
    pay(&ann, Target::Alias(truck.profile().alias), Some("1.25 USD"), "once more").await;
    ann.prepare(Target::Alias(truck.profile().alias), Some(world::amount("99 USD")), None).await.unwrap_err();
    let payment = ann.payment(&id).unwrap();
    let profiles = [ann.profile(), truck.profile()];
    ann.pause().unwrap();
    ann.resume().unwrap();
    drop(watch);
    truck.close().await.unwrap();
    ann.close().await.unwrap();

    let said = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
    for expected in [
        "answered method=\"POST\" path=\"/v1/orders\" status=200",
        "path=\"/v1/requests/{}\" status=200",
        "path=\"/v1/aliases/{}\" status=200",
        "stream opened method=\"GET\" path=\"/v1/events\"",
        "stream ended",
        "operation done name=\"Prepare\"",
        "operation failed name=\"Prepare\" ms=",
        "error=\"insufficient_balance\" code=327",
        "operation begins name=\"Authorise\"",
        "payment state=\"draft\"",
        "payment state=\"authorised\"",
        "payment state=\"settled\"",
        "request state=\"open\"",
        "account state=\"ready\"",
        "event kind=\"payment_settled\"",
        "connection line=Stream",
        "store opened",
        "store closed",
    ] {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
    let mut secrets = vec![
        id.to_string(),
        payment.order.unwrap().to_hex(),
        payment.payee.unwrap().key.to_hex(),
        made.id.to_hex(),
        made.link.clone(),
        world.url.trim_start_matches("http://").to_owned(),
        world.dir.path().to_str().unwrap().to_owned(),
    ];
    for profile in profiles {
        secrets.extend([profile.account.to_hex(), profile.device.to_hex(), profile.alias.to_string()]);
        secrets.extend([profile.verifier.to_hex(), profile.account_key.account_id().to_hex()]);
    }
    let texts =
        ["Ann", "Gables", "Tacos", "blue van", "once more", "window two", "USD", "4.5", "1.25", "4500000", "1250000"];
    for secret in secrets.iter().map(String::as_str).chain(texts) {
        assert!(!said.contains(secret), "{secret} is in\n{said}");
    }
}
