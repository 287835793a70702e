//! Vouchers over a connection: sealed to the payee, answered by nobody else, and whatever else is posted changes nothing.

use crate::shop::{Shop, amount, earned, paid, wallet_error};
use farthing_core::engine::{Input, Operation as _, Step};
use farthing_core::error::{Error, WalletError};
use farthing_core::keys::SystemEntropy;
use farthing_core::store;
use farthing_core::sync::NetworkError;
use farthing_core::tab::{
    self, DirectDrop, DirectOutcome, DirectReply, EarnedTab, PayDirectly, TabId, TakenVoucher, Unheard,
};
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::cose::Signed;
use farthing_protocol::http::Reply;
use farthing_protocol::limits::DIRECT_PADDED;
use farthing_protocol::sealed::HpkeKey;
use farthing_protocol::tab::{DirectRefusal, DirectRequest, DirectSaid, Voucher};
use proptest::prelude::*;

fn reply(status: u16, body: Vec<u8>) -> Input {
    Input::Reply(Ok(Reply { status, media_type: String::new(), retry_after_s: None, body }))
}

/// What the payee's server does with a request.
fn served(shop: &mut Shop, request: &[u8]) -> (u16, Vec<u8>) {
    match tab::answer(&mut shop.paper.engine, request, shop.town.now).unwrap() {
        DirectReply::Unreadable => (400, Vec::new()),
        DirectReply::TabUnknown => (404, Vec::new()),
        DirectReply::Answer { answer, .. } => (200, answer),
    }
}

/// Begins a drop: the operation, and what it posts.
fn begun(shop: &mut Shop, mut operation: PayDirectly) -> Result<(PayDirectly, Vec<u8>), Error> {
    match operation.advance(&mut shop.ann.engine, Input::Start, shop.town.now)? {
        Step::Call(call) => Ok((operation, call.body)),
        Step::Done(done) => panic!("{done:?}"),
    }
}

fn answered(shop: &mut Shop, operation: &mut PayDirectly, input: Input) -> Step<DirectDrop> {
    operation.advance(&mut shop.ann.engine, input, shop.town.now).unwrap()
}

/// To its end, over a line that works.
fn through(shop: &mut Shop, operation: PayDirectly) -> Result<DirectDrop, Error> {
    let (mut operation, mut request) = begun(shop, operation)?;
    for _ in 0..3 {
        let (status, body) = served(shop, &request);
        match answered(shop, &mut operation, reply(status, body)) {
            Step::Call(call) => request = call.body,
            Step::Done(done) => return Ok(done),
        }
    }
    panic!("it does not end");
}

fn drop_of(id: TabId, text: &str) -> PayDirectly {
    PayDirectly::new(id, amount(text))
}

/// Everything that the payee has stored of its tabs.
fn stored(shop: &Shop) -> Vec<EarnedTab> {
    store::all_kept(shop.paper.engine.store()).unwrap()
}

fn done(step: Step<DirectDrop>) -> DirectOutcome {
    match step {
        Step::Done(done) => done.outcome,
        Step::Call(call) => panic!("{call:?}"),
    }
}

#[test]
fn a_drop_is_stored_before_it_is_answered() {
    let (mut shop, id, _) = Shop::open();
    for (n, total) in ["0.02 USD", "0.04 USD", "0.06 USD"].into_iter().enumerate() {
        let (mut operation, request) = begun(&mut shop, drop_of(id, "0.02 USD")).unwrap();
        assert_eq!(request.len(), 333, "no request tells its size");
        let (status, body) = served(&mut shop, &request);
        assert_eq!((status, body.len()), (200, 298), "and no answer");
        assert_eq!(earned(&shop.paper)[0].total, amount(total), "drop {n}");
        assert_eq!(done(answered(&mut shop, &mut operation, reply(status, body))), DirectOutcome::Taken);
    }
}

#[test]
fn what_comes_again_is_taken_and_brings_nothing() {
    let (mut shop, id, _) = Shop::open();
    let (mut operation, request) = begun(&mut shop, drop_of(id, "0.02 USD")).unwrap();
    // The payee stores it, and dies before it answers.
    served(&mut shop, &request);
    let lost = Input::Reply(Err(NetworkError::TimedOut));
    let outcome = done(answered(&mut shop, &mut operation, lost));
    assert_eq!(outcome, DirectOutcome::Unheard(Unheard::Network(NetworkError::TimedOut)));
    shop.paper.restart();
    // Nothing is taken before it has looked.
    let first = through(&mut shop, PayDirectly::again(id)).unwrap();
    assert_eq!((first.outcome, first.paid.total), (DirectOutcome::Taken, amount("0.02 USD")));
    assert_eq!(
        through(&mut shop, drop_of(id, "0.02 USD")).unwrap().outcome,
        DirectOutcome::Refused(DirectRefusal::LookFirst)
    );
    shop.sync_paper();
    let again = through(&mut shop, PayDirectly::again(id)).unwrap();
    assert_eq!((again.outcome, again.paid.total), (DirectOutcome::Taken, amount("0.04 USD")));
    let before = stored(&shop);
    assert_eq!(served(&mut shop, &request).0, 200, "somebody on the way posts the first one again");
    assert_eq!(stored(&shop), before);
}

#[test]
fn nobody_on_the_way_can_answer_or_alter_an_answer() {
    let (mut shop, id, _) = Shop::open();
    let (mut operation, request) = begun(&mut shop, drop_of(id, "0.02 USD")).unwrap();
    let other = through(&mut shop, PayDirectly::again(id));
    assert_eq!(other.unwrap().outcome, DirectOutcome::Taken);
    let not_the_payee = DirectOutcome::Unheard(Unheard::NotThePayee);

    // An answer to another request over the same voucher.
    let (_, of_another) = {
        let (_, another) = begun(&mut shop, PayDirectly::again(id)).unwrap();
        served(&mut shop, &another)
    };
    assert_eq!(done(answered(&mut shop, &mut operation, reply(200, of_another))), not_the_payee);

    // Each bit of the right one, the right one cut short, and what somebody without the key makes.
    let (_, right) = served(&mut shop, &request);
    let mut wrong: Vec<Vec<u8>> = (0..right.len()).map(|at| altered(&right, at)).collect();
    wrong.extend((0..right.len()).map(|length| right[..length].to_vec()));
    wrong.push([&right[..], &[0]].concat());
    let (_, context) = {
        let voucher = Signed::<Voucher>::parse(earned(&shop.paper)[0].voucher.as_ref().unwrap().as_slice()).unwrap();
        let stranger = HpkeKey::from_seed(&[9; 32]);
        DirectRequest::seal(&voucher, stranger.public(), &mut SystemEntropy::new()).unwrap()
    };
    let lie = DirectSaid::Taken(amount("0.02 USD"));
    wrong.push(context.answer(&lie, &mut SystemEntropy::new()).unwrap().encode());
    for body in wrong {
        let (mut operation, _) = begun(&mut shop, PayDirectly::again(id)).unwrap();
        assert_eq!(done(answered(&mut shop, &mut operation, reply(200, body))), not_the_payee);
    }
    for (status, why) in [(404, Unheard::TabUnknown), (503, Unheard::Busy), (307, Unheard::NotThePayee)] {
        let (mut operation, _) = begun(&mut shop, PayDirectly::again(id)).unwrap();
        assert_eq!(done(answered(&mut shop, &mut operation, reply(status, Vec::new()))), DirectOutcome::Unheard(why));
    }
}

fn altered(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

#[test]
fn what_is_not_sealed_to_the_payee_changes_nothing() {
    let (mut shop, id, _) = Shop::open();
    let (_, request) = begun(&mut shop, drop_of(id, "0.02 USD")).unwrap();
    let before = stored(&shop);
    for at in 0..request.len() {
        let (status, _) = served(&mut shop, &altered(&request, at));
        assert!(matches!(status, 400 | 404), "byte {at}: {status}");
    }
    for length in 0..request.len() {
        assert_eq!(served(&mut shop, &request[..length]).0, 400);
    }
    // Rightly sealed, to another payee's key; and a voucher of another tab under this one's name.
    let mut rng = SystemEntropy::new();
    let voucher = tab::show_again(&shop.ann.engine, &id).unwrap().voucher;
    let voucher = Signed::<Voucher>::parse(voucher.as_slice()).unwrap();
    let (elsewhere, _) = DirectRequest::seal(&voucher, HpkeKey::from_seed(&[9; 32]).public(), &mut rng).unwrap();
    assert_eq!(served(&mut shop, &elsewhere.encode()).0, 400);
    let hpke = paid(&shop.ann, &id).payee.hpke;
    let (right, _) = DirectRequest::seal(&voucher, &hpke, &mut rng).unwrap();
    let cut = DirectRequest { ciphertext: Bytes::new(vec![0; DIRECT_PADDED]).unwrap(), ..right };
    assert_eq!(served(&mut shop, &cut.encode()).0, 400);
    // By a key that anybody can have: the tab's name is all that a stranger has to know.
    let forged = farthing_protocol::key::Ed25519Key::from_seed([8; 32]);
    let forged = Signed::sign(Voucher { version: V1, ..voucher.claims().clone() }, &forged).unwrap();
    let (forged, context) = DirectRequest::seal(&forged, &hpke, &mut rng).unwrap();
    let (status, body) = served(&mut shop, &forged.encode());
    assert_eq!((status, context.hear(&body).unwrap()), (200, DirectSaid::Refused(DirectRefusal::NotGood)));
    assert_eq!(stored(&shop), before);
    assert_eq!(served(&mut shop, &request).0, 200, "and the payer is served all the same");
}

#[test]
fn another_payee_knows_no_such_tab() {
    let (mut shop, id, _) = Shop::open();
    let (mut operation, request) = begun(&mut shop, drop_of(id, "0.02 USD")).unwrap();
    let mut other = shop.town.phone("another-paper");
    let now = shop.town.now;
    assert_eq!(tab::answer(&mut other.engine, &request, now).unwrap(), DirectReply::TabUnknown);
    let outcome = done(answered(&mut shop, &mut operation, reply(404, Vec::new())));
    assert_eq!((outcome.is_passing(), outcome), (true, DirectOutcome::Unheard(Unheard::TabUnknown)));
}

#[test]
fn a_payer_that_has_forgotten_goes_on_from_the_newest() {
    let (mut shop, id, _) = Shop::open();
    shop.ann.restart();
    for _ in 0..3 {
        assert_eq!(through(&mut shop, drop_of(id, "0.02 USD")).unwrap().outcome, DirectOutcome::Taken);
    }
    // Killed: what it signed last was in memory alone.
    shop.ann.restart();
    assert!(paid(&shop.ann, &id).total.value() < amount("0.06 USD").value(), "it knows less than it signed");
    let drop = through(&mut shop, drop_of(id, "0.05 USD")).unwrap();
    assert_eq!((drop.outcome, drop.paid.total), (DirectOutcome::Taken, amount("0.11 USD")), "the drop, and no more");
    assert_eq!(earned(&shop.paper)[0].total, amount("0.11 USD"));
    // And when it only asks.
    shop.ann.restart();
    assert_eq!(through(&mut shop, PayDirectly::again(id)).unwrap().outcome, DirectOutcome::Taken);
    assert_eq!(earned(&shop.paper)[0].total, amount("0.11 USD"));
}

#[test]
fn drops_that_overtake_each_other_are_paid_once() {
    let (mut shop, id, _) = Shop::open();
    let (mut first, early) = begun(&mut shop, drop_of(id, "0.02 USD")).unwrap();
    let (mut second, late) = begun(&mut shop, drop_of(id, "0.02 USD")).unwrap();
    let (status, body) = served(&mut shop, &late);
    assert_eq!(done(answered(&mut shop, &mut second, reply(status, body))), DirectOutcome::Taken);
    let (status, body) = served(&mut shop, &early);
    assert_eq!(done(answered(&mut shop, &mut first, reply(status, body))), DirectOutcome::Taken);
    assert_eq!(earned(&shop.paper)[0].total, amount("0.04 USD"));
    assert_eq!(through(&mut shop, drop_of(id, "0.02 USD")).unwrap().paid.total, amount("0.06 USD"));
}

#[test]
fn a_payee_says_why_it_takes_nothing() {
    let (mut shop, id, _) = Shop::open();
    assert_eq!(wallet_error(through(&mut shop, drop_of(id, "5.01 USD"))), WalletError::TabLimit);
    assert!(through(&mut shop, PayDirectly::again(id)).is_err(), "nothing was paid yet");
    let (mut operation, request) = begun(&mut shop, drop_of(id, "0.02 USD")).unwrap();
    shop.close(&id);
    shop.sync_paper();
    let (status, body) = served(&mut shop, &request);
    let outcome = done(answered(&mut shop, &mut operation, reply(status, body)));
    assert_eq!((outcome.is_passing(), outcome), (false, DirectOutcome::Refused(DirectRefusal::NotOpen)));
    assert_eq!(wallet_error(through(&mut shop, PayDirectly::again(id))), WalletError::TabNotOpen);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever bytes are posted to a payee, its tabs are as they were.
    #[test]
    fn any_bytes_change_nothing(
        posted in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 1..40),
        flips in prop::collection::vec((0_usize..333, 1_u8..), 1..40),
    ) {
        let (mut shop, id, _) = Shop::open();
        let (_, request) = begun(&mut shop, drop_of(id, "0.02 USD")).unwrap();
        let before = stored(&shop);
        let flipped = flips.into_iter().map(|(at, bits)| {
            let mut bytes = request.clone();
            bytes[at] ^= bits;
            bytes
        });
        for bytes in posted.into_iter().chain(flipped) {
            let answered = tab::answer(&mut shop.paper.engine, &bytes, shop.town.now).unwrap();
            prop_assert!(matches!(answered, DirectReply::Unreadable | DirectReply::TabUnknown));
        }
        prop_assert_eq!(stored(&shop), before);
        let DirectReply::Answer { taken: Some(TakenVoucher::Taken { gained, .. }), .. } =
            tab::answer(&mut shop.paper.engine, &request, shop.town.now).unwrap()
        else {
            return Err(TestCaseError::fail("the payer is not served"));
        };
        prop_assert_eq!(gained, amount("0.02 USD"));
    }
}
