//! An allowance, and a folder that is put back or carried away: the anchor stays where the machine is.

use crate::folders::Folder;
use crate::world::{SECOND, World, amount};
use farthing_core::Wallet;
use farthing_core::error::{Error, WalletError};
use farthing_core::offline::{
    AllowanceApproval, AllowanceOutcome, AllowanceWish, Examined, LookedOffline, OFFLINE_REQUEST_LIFE, OfflineApproval,
    OfflineWish, ShownPayment, ShownRequest, TakeApproval,
};
use farthing_protocol::time::Span;

async fn order(wallet: &Wallet) {
    let wish = AllowanceWish { cap: amount("10 USD"), per_voucher: None, lasts: None, grace: None };
    let draft = wallet.prepare_allowance(wish).await.unwrap();
    let id = wallet.confirm_allowance(AllowanceApproval::of(&draft)).await.unwrap();
    assert_eq!(wallet.allowance_outcome(&id, 10 * SECOND).await.unwrap(), AllowanceOutcome::Done(id));
}

async fn sale(payer: &Wallet, stall: &Wallet) -> Result<(), Error> {
    let wish = OfflineWish { amount: amount("1 USD"), memo: None, items: Vec::new(), life: OFFLINE_REQUEST_LIFE };
    let asked = stall.ask_offline(&wish)?;
    let shown = ShownRequest::parse(&asked.frame.text()?)?;
    let LookedOffline::New(prompt) = payer.look_offline(&shown, None)? else { panic!("it is new") };
    let paid = payer.pay_offline(OfflineApproval::of(shown, &prompt)).await?;
    let shown = ShownPayment::parse(&paid.frame.text()?)?;
    let Examined::Good(offer) = stall.examine_offline(&shown)? else { panic!("it is new") };
    stall.take_offline(&TakeApproval::of(shown, &offer)).map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_put_back_or_carried_away_pays_nothing_more_from_an_allowance() {
    let world = World::start().await;
    let (_, stall) = world.person("stall").await;
    let folder = Folder::enrolled(&world, "ann").await;
    let ann = folder.open().await;
    order(&ann).await;
    sale(&ann, &stall).await.unwrap();
    ann.close().await.unwrap();
    let (behind, elsewhere) =
        (folder.copied(&world, "put-back", "machine"), folder.copied(&world, "carried", "another machine"));
    let ann = folder.open().await;
    for _ in 0..2 {
        sale(&ann, &stall).await.unwrap();
    }
    ann.close().await.unwrap();
    for copy in [behind, elsewhere] {
        let copy = copy.open().await;
        assert!(copy.allowances(9).unwrap()[0].frozen);
        let refused = sale(&copy, &stall).await;
        assert!(matches!(refused, Err(Error::Wallet(WalletError::AllowanceFrozen))), "{refused:?}");
        copy.close().await.unwrap();
    }
    let ann = folder.open().await;
    sale(&ann, &stall).await.unwrap();
    stall.sync(Span::from_ms(0)).await.unwrap();
    let claimed = stall.taken_offline(9).unwrap();
    assert_eq!(claimed.len(), 4);
    assert!(claimed.iter().all(|taken| taken.receipt.is_some()), "claimed by itself");
}
