//! A payment from an allowance between two wallets, each side durable: from the request's text to what its payee has stored.

use crate::floors::{self, BareCommit};
use crate::line::Line;
use crate::people::amount;
use crate::rounds::Beside;
use crate::server::{self, Process, new_ledger};
use crate::wallets::{Home, invite};
use farthing_core::Wallet;
use farthing_core::keys::SystemEntropy;
use farthing_core::offline::{
    AllowanceApproval, AllowanceOutcome, AllowanceWish, Examined, LookedOffline, OfflineApproval, OfflineWish,
    ShownPayment, ShownRequest, TakeApproval,
};
use farthing_protocol::key::{Ed25519Key, Signature, Signer as _};
use farthing_protocol::time::Span;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// With the warm-up within the 256 numbers of one allowance.
const ROUNDS: usize = 200;
const WARM_UP: usize = 30;
const WAIT: Duration = Duration::from_secs(20);

pub(crate) fn lines(only: &dyn Fn(&str) -> bool) -> Vec<Line> {
    if !only("offline-pay") {
        return Vec::new();
    }
    let folder = server::folder();
    let data = folder.path().join("verifier");
    drop(new_ledger(&data));
    let process = Process::start("serve", &data);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let measured = runtime.block_on(async {
        let valley = Valley::new(folder.path(), &data, &process).await;
        valley.payments(&mut Floor::new(folder.path())).await
    });
    process.stop();
    let what = "request read to payment stored; floor: its signatures, commits";
    vec![Line::beside("offline-pay", what, &measured, 1.5)]
}

/// What such a payment cannot do without: the request is checked, the voucher signed, voucher and allowance are checked; the payer's
/// anchor is replaced in its file; both sides commit.
struct Floor {
    key: Ed25519Key,
    bare: ed25519_dalek::SigningKey,
    seen: Signature,
    anchor: PathBuf,
    payer: BareCommit,
    payee: BareCommit,
}

const MESSAGE: [u8; 150] = [7; 150];

impl Floor {
    fn new(folder: &Path) -> Self {
        let key = Ed25519Key::generate(&mut SystemEntropy::new());
        let bare = floors::bare_signer(&key);
        let seen = Signature::new(floors::bare_sign(&bare, &MESSAGE));
        let (payer, payee) = ["bare-payer.db", "bare-payee.db"].map(|name| BareCommit::new(&folder.join(name))).into();
        Self { key, bare, seen, anchor: folder.join("bare-anchor"), payer, payee }
    }

    fn once(&mut self) {
        // Request and allowance were signed before.
        for _ in 0..2 {
            floors::bare_verify(self.key.public(), &MESSAGE, &self.seen);
        }
        let signature = Signature::new(floors::bare_sign(&self.bare, &MESSAGE));
        floors::bare_verify(self.key.public(), &MESSAGE, &signature);
        let next = self.anchor.with_extension("next");
        let mut file = File::create(&next).unwrap();
        file.write_all(&MESSAGE).unwrap();
        file.sync_all().unwrap();
        std::fs::rename(&next, &self.anchor).unwrap();
        File::open(self.anchor.parent().unwrap()).unwrap().sync_all().unwrap();
        self.payer.once();
        self.payee.once();
    }
}

/// One who has an allowance, with its anchor in a file, and one who takes payments from it.
struct Valley {
    payer: Wallet,
    payee: Wallet,
}

impl Valley {
    async fn new(folder: &Path, data: &Path, process: &Process) -> Self {
        let mut wallets = Vec::new();
        for home in [Home::sealed_by_file(&folder.join("payer")), Home::new(&folder.join("payee"))] {
            home.lived(&invite(data, process.address), 0).await;
            let wallet = Wallet::open(&home.place).await.unwrap();
            wallet.sync(Span::from_ms(0)).await.unwrap();
            wallets.push(wallet);
        }
        let (payee, payer) = (wallets.pop().unwrap(), wallets.pop().unwrap());
        let wish = AllowanceWish { cap: amount(10_000), per_voucher: None, lasts: Some(Span::from_h(24)), grace: None };
        let draft = payer.prepare_allowance(wish).await.unwrap();
        let id = payer.confirm_allowance(AllowanceApproval::of(&draft)).await.unwrap();
        let AllowanceOutcome::Done(_) = payer.allowance_outcome(&id, WAIT).await.unwrap() else {
            panic!("an allowance")
        };
        Self { payer, payee }
    }

    async fn payments(&self, floor: &mut Floor) -> Beside {
        let mut measured = Beside::default();
        for round in 0..WARM_UP + ROUNDS {
            let wish = OfflineWish { amount: amount(1), memo: None, items: Vec::new(), life: Span::from_min(15) };
            let request = self.payee.ask_offline(&wish).unwrap().frame.text().unwrap();
            let began = Instant::now();
            self.payment(&request).await;
            let took = began.elapsed();
            let began = Instant::now();
            floor.once();
            measured.add(round >= WARM_UP, took, began.elapsed());
        }
        measured
    }

    /// What both phones do, but for the cameras and the people.
    async fn payment(&self, request: &str) {
        let shown = ShownRequest::parse(request).unwrap();
        let LookedOffline::New(prompt) = self.payer.look_offline(&shown, None).unwrap() else { panic!("a new one") };
        let paid = self.payer.pay_offline(OfflineApproval::of(shown, &prompt)).await.unwrap();
        let shown = ShownPayment::parse(&paid.frame.text().unwrap()).unwrap();
        let Examined::Good(offer) = self.payee.examine_offline(&shown).unwrap() else { panic!("a good one") };
        self.payee.take_offline(&TakeApproval::of(shown, &offer)).unwrap();
    }
}
