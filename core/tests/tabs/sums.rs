//! Over any sequence of drops, claims, changes, closings, releases, lost calls and deaths both wallets and the verifier agree, and a
//! payer pays at most cap and fee.

use crate::shop::{GRANT, Shop, all_paid, confirm, earned, link, open, paid};
use crate::town::{Fate, Phone};
use farthing_core::error::Error;
use farthing_core::tab::{
    self, ClaimTabs, Claimable, CloseTab, PrepareChange, ReleaseTab, SendTab, TabDraft, TabState, TabTerms,
    TakenVoucher,
};
use farthing_protocol::id::Seq;
use farthing_protocol::money::Amount;
use farthing_protocol::request::Usage;
use farthing_protocol::time::Span;
use farthing_verifier::audit::audit;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Op {
    Open(u64),
    Pay { tab: usize, units: u64, arrives: bool },
    Claim,
    Change { tab: usize, more: u64, hours: u64 },
    Close(usize),
    Release(usize),
    SyncAnn,
    SyncPaper,
    RestartAnn,
    RestartPaper,
    Pass(u64),
    Fails(bool),
}

fn op() -> impl Strategy<Value = Op> {
    let tab = 0..3_usize;
    prop_oneof![
        2 => (100_000..9_000_000_u64).prop_map(Op::Open),
        8 => (tab.clone(), 1..900_000_u64, any::<bool>()).prop_map(|(tab, units, lost)| Op::Pay { tab, units, arrives: !lost }),
        3 => Just(Op::Claim),
        2 => (tab.clone(), 0..3_000_000_u64, 0..30_u64).prop_map(|(tab, more, hours)| Op::Change { tab, more, hours }),
        1 => tab.clone().prop_map(Op::Close),
        1 => tab.prop_map(Op::Release),
        2 => Just(Op::SyncAnn),
        2 => Just(Op::SyncPaper),
        1 => Just(Op::RestartAnn),
        1 => Just(Op::RestartPaper),
        2 => (0..20_u64).prop_map(Op::Pass),
        2 => any::<bool>().prop_map(Op::Fails),
    ]
}

fn units(value: u64) -> Amount {
    Amount::new(value, crate::town::usd()).unwrap()
}

fn act(shop: &mut Shop, op: Op, link_of: &farthing_core::payment::MadeRequest) -> Result<(), Error> {
    let nth = |tab: usize| -> Option<tab::TabId> { all_paid(&shop.ann).get(tab).map(|tab| tab.id) };
    match op {
        Op::Open(cap) => {
            let terms = TabTerms { cap: Some(units(cap.max(20_000))), ..TabTerms::default() };
            open(&mut shop.town, &mut shop.ann, link(link_of), terms).map(drop)
        }
        Op::Pay { tab, units: value, arrives } => {
            let Some(id) = nth(tab) else { return Ok(()) };
            let paid = tab::pay(&mut shop.ann.engine, &id, &units(value), shop.town.now)?;
            if arrives
                && let TakenVoucher::Behind { newest, .. } =
                    tab::take(&mut shop.paper.engine, paid.voucher.as_slice(), shop.town.now)?
            {
                tab::catch_up(&mut shop.ann.engine, newest.as_slice(), shop.town.now)?;
            }
            Ok(())
        }
        Op::Claim => shop.town.drive(&mut shop.paper, ClaimTabs::new(Claimable::All)).map(drop),
        Op::Change { tab, more, hours } => {
            let Some(id) = nth(tab) else { return Ok(()) };
            let cap = paid(&shop.ann, &id).standing.as_ref().map(|s| s.bounds().unwrap().cap);
            let cap = cap.and_then(|cap| cap.checked_add(&units(more)).ok());
            shop.town.drive(&mut shop.ann, PrepareChange::new(id, cap, Span::from_h(hours)))?;
            let draft = TabDraft::of(&shop.ann.engine, &paid(&shop.ann, &id), shop.town.now)?;
            confirm(&mut shop.town, &mut shop.ann, &draft).map(drop)
        }
        Op::Close(tab) => {
            let Some(id) = nth(tab) else { return Ok(()) };
            let id = shop.town.drive(&mut shop.ann, CloseTab::new(id))?;
            shop.town.drive(&mut shop.ann, SendTab::new(id)).map(drop)
        }
        Op::Release(tab) => {
            let Some(id) = earned(&shop.paper).get(tab).map(|tab| tab.id) else { return Ok(()) };
            shop.town.drive(&mut shop.paper, ReleaseTab::new(id))
        }
        Op::SyncAnn => crate::shop::sync(&mut shop.town, &mut shop.ann),
        Op::SyncPaper => crate::shop::sync(&mut shop.town, &mut shop.paper),
        Op::RestartAnn => {
            shop.ann.restart();
            Ok(())
        }
        Op::RestartPaper => {
            shop.paper.restart();
            Ok(())
        }
        Op::Pass(hours) => {
            shop.town.pass(Span::from_h(hours));
            shop.town.verifier.sweep(shop.town.now).map(drop).map_err(|error| panic!("{error}"))
        }
        Op::Fails(answered) => {
            let fate = if answered { Fate::Unanswered } else { Fate::Lost };
            let mut left = 1;
            shop.town.line = Box::new(move |_| {
                left -= 1;
                if left == 0 { fate } else { Fate::Fine }
            });
            Ok(())
        }
    }
}

fn all(phone: &Phone) -> u64 {
    let balance = phone.engine.balances().unwrap()[0];
    balance.available.value() + balance.held.value()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_sums_agree(ops in proptest::collection::vec(op(), 1..60)) {
        let mut shop = Shop::new();
        let made = shop.offer(Usage::Standing);
        for op in ops {
            // Many of them make no sense at that moment, and say so.
            if let Err(error) = act(&mut shop, op, &made) {
                prop_assert!(error.kind() != "internal" && error.kind() != "verifier_misbehaved", "{:?}: {:?}", op, error);
            }
        }
        shop.town.behave();
        for _ in 0..2 {
            shop.sync_ann();
            shop.sync_paper();
        }
        let earned = earned(&shop.paper);
        let (mut claimed, mut fees) = (0, 0);
        for tab in all_paid(&shop.ann).iter().filter(|tab| tab.standing.is_some()) {
            let standing = tab.standing.as_ref().unwrap();
            let theirs = earned.iter().find(|earned| Some(earned.hold) == tab.hold).unwrap();
            prop_assert_eq!(standing.claimed, theirs.standing.claimed);
            prop_assert_eq!(standing.ended.is_some(), theirs.state == TabState::Ended);
            prop_assert!(standing.claimed.value() <= tab.total.value().max(tab.ceiling.value()));
            prop_assert!(theirs.total.value() <= standing.bounds().unwrap().cap.value());
            let paid = standing.claimed.value() + standing.fees.value();
            prop_assert!(paid <= standing.reserved.value(), "at most cap and fee");
            claimed += standing.claimed.value();
            fees += standing.fees.value();
        }
        prop_assert_eq!(all(&shop.paper), GRANT + claimed);
        prop_assert_eq!(all(&shop.ann), GRANT - claimed - fees);
        let names = [crate::shop::names(&shop.ann), crate::shop::names(&shop.paper)].concat();
        prop_assert!(!names.contains(&"entry_rejected"));
        audit(&shop.town.verifier.into_connection(), Seq::new(0), &mut |_, _| {}).unwrap();
    }
}
