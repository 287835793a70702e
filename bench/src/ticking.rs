//! Drops between two wallets, each side durable: handed over, over a connection, and of ten tabs at once.

use crate::floors::{self, BareCommit};
use crate::line::{Line, Target};
use crate::people::amount;
use crate::rounds::{Beside, Times};
use crate::server::{self, Process, new_ledger};
use crate::wallets::{Home, invite, listening};
use farthing_core::Wallet;
use farthing_core::keys::SystemEntropy;
use farthing_core::payment::OfferWish;
use farthing_core::sync::{HttpNetwork, Network};
use farthing_core::tab::{
    DirectAddress, DirectOutcome, DirectReply, TabApproval, TabId, TabOutcome, TabTarget, TabTerms,
};
use farthing_core::wallet::Watch;
use farthing_protocol::http::{Call, MEDIA_CBOR};
use farthing_protocol::key::{Ed25519Key, Signature, Signer as _};
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::OfferTerms;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROUNDS: usize = 300;
const WARM_UP: usize = 30;
const AT_ONCE: usize = 10;
const WAIT: Duration = Duration::from_secs(20);

pub(crate) fn lines(only: &dyn Fn(&str) -> bool) -> Vec<Line> {
    let names = ["tab-durable", "tab-durable-10", "tab-direct", "tab-direct-p99"];
    if !names.iter().any(|name| only(name)) {
        return Vec::new();
    }
    let folder = server::folder();
    let data = folder.path().join("verifier");
    drop(new_ledger(&data));
    let process = Process::start("serve", &data);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let lines = runtime.block_on(async {
        let shop = Shop::opened(folder.path(), &data, &process).await;
        let floor = Floor::new(&folder.path().join("bare.db"));
        let durable = shop.durable(&floor);
        let together = shop.together().await;
        let direct = shop.direct(&floor, &format!("http://{}", process.address)).await;
        let p99 = direct.thing.at(0.99) / 1e6;
        let one = Beside { thing: together, floor: durable.thing.clone() };
        vec![
            Line::beside("tab-durable", "a drop, stored; floor: sign, verify, one commit", &durable, 1.3),
            Line::beside("tab-durable-10", "the same of ten tabs at once, each; floor: one tab", &one, 0.6),
            Line::beside("tab-direct", "a drop over a connection; floor: the above and a call", &direct, 1.5),
            Line::plain("tab-direct-p99", "the slowest in a hundred of it", p99, "ms", Target::AtMost(5.0)),
        ]
    });
    process.stop();
    lines.into_iter().filter(|line| only(&line.name)).collect()
}

/// What a drop cannot do without: a signature made and checked, and what the payee stores.
struct Floor {
    key: Ed25519Key,
    bare: ed25519_dalek::SigningKey,
    commit: BareCommit,
}

impl Floor {
    fn new(file: &Path) -> Self {
        let key = Ed25519Key::generate(&mut SystemEntropy::new());
        Self { bare: floors::bare_signer(&key), key, commit: BareCommit::new(file) }
    }

    fn once(&self) {
        let message = [7; 120];
        let signature = Signature::new(floors::bare_sign(&self.bare, &message));
        floors::bare_verify(self.key.public(), &message, &signature);
        self.commit.once();
    }
}

/// One who pays from ten tabs, and the one who is paid, and listens.
struct Shop {
    payer: Arc<Wallet>,
    payee: Arc<Wallet>,
    tabs: Vec<TabId>,
    _watch: Watch,
}

impl Shop {
    async fn opened(folder: &Path, data: &Path, process: &Process) -> Self {
        let mut wallets = Vec::new();
        for who in ["payer", "payee"] {
            let home = Home::new(&folder.join(who));
            home.lived(&invite(data, process.address), 0).await;
            let wallet = Wallet::open(&home.place).await.unwrap();
            wallet.sync(Span::from_ms(0)).await.unwrap();
            wallets.push(Arc::new(wallet));
        }
        let (payee, payer) = (wallets.pop().unwrap(), wallets.pop().unwrap());
        let watch = listening(&payee).await;
        let mut shop = Self { payer, payee, tabs: Vec::new(), _watch: watch };
        for _ in 0..=AT_ONCE {
            shop.open().await;
        }
        shop.payee.sync(Span::from_ms(0)).await.unwrap();
        shop
    }

    async fn open(&mut self) {
        let terms = OfferTerms {
            price: amount(1),
            unit: Text::new("drop").unwrap(),
            cap: amount(10_000),
            lasts: Span::from_h(24),
            grace: Span::from_h(24),
            meter: None,
        };
        let wish = OfferWish { terms, memo: None, life: Span::from_h(1) };
        let link = self.payee.offer(wish, Usage::Single).await.unwrap().link;
        let target = TabTarget::Link(Pointer::parse(&link).unwrap());
        let draft = self.payer.prepare_tab(target, TabTerms::default()).await.unwrap();
        let tab = self.payer.confirm_tab(TabApproval::of(&draft)).await.unwrap();
        let TabOutcome::Done(tab) = self.payer.tab_outcome(&tab, WAIT).await.unwrap() else { panic!("a tab") };
        self.tabs.push(tab);
    }

    fn drop_from(payer: &Wallet, payee: &Wallet, tab: &TabId) {
        let paid = payer.pay_tab(tab, &amount(1)).unwrap();
        payee.take_voucher(paid.voucher.as_slice()).unwrap();
    }

    /// One tab, drop by drop.
    fn durable(&self, floor: &Floor) -> Beside {
        let mut measured = Beside::default();
        for round in 0..WARM_UP + ROUNDS {
            let began = Instant::now();
            Self::drop_from(&self.payer, &self.payee, &self.tabs[0]);
            let took = began.elapsed();
            let began = Instant::now();
            floor.once();
            measured.add(round >= WARM_UP, took, began.elapsed());
        }
        measured
    }

    /// Ten tabs at once: what one drop took of the time that all took.
    async fn together(&self) -> Times {
        let mut times = Times::default();
        for round in 0..WARM_UP + ROUNDS {
            let began = Instant::now();
            let tasks: Vec<_> = self.tabs[..AT_ONCE]
                .iter()
                .map(|tab| {
                    let (payer, payee, tab) = (Arc::clone(&self.payer), Arc::clone(&self.payee), *tab);
                    tokio::task::spawn_blocking(move || Self::drop_from(&payer, &payee, &tab))
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            if round >= WARM_UP {
                times.add(began.elapsed() / AT_ONCE as u32);
            }
        }
        times
    }

    /// Over a connection on this machine.
    async fn direct(&self, floor: &Floor, verifier: &str) -> Beside {
        let address = DirectAddress::parse(&serve(Arc::clone(&self.payee)).await).unwrap();
        let payee: Arc<dyn Network> = Arc::new(HttpNetwork::direct(&address));
        let bare = HttpNetwork::new(verifier, None);
        let (tab, mut measured) = (self.tabs[AT_ONCE], Beside::default());
        for round in 0..WARM_UP + ROUNDS {
            let began = Instant::now();
            let offered = self.payer.pay_tab_directly(&tab, Some(amount(1)), Arc::clone(&payee)).await.unwrap();
            let took = began.elapsed();
            assert_eq!(offered.outcome, DirectOutcome::Taken);
            let began = Instant::now();
            floor.once();
            assert_eq!(bare.call(&Call::get("/healthz", "")).await.unwrap().status, 200);
            measured.add(round >= WARM_UP, took, began.elapsed());
        }
        measured
    }
}

/// Takes vouchers at an address.
async fn serve(payee: Arc<Wallet>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let payee = Arc::clone(&payee);
            let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let payee = Arc::clone(&payee);
                async move {
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    let answered = tokio::task::spawn_blocking(move || payee.answer_voucher(&body)).await.unwrap();
                    let DirectReply::Answer { answer, .. } = answered.unwrap() else { panic!("an answer") };
                    let response = hyper::Response::builder().header("content-type", MEDIA_CBOR);
                    response.body(Full::new(Bytes::from(answer)))
                }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}
