//! A memo that one device can read reaches the account's devices that cannot.

use crate::tills::till;
use crate::town::{Phone, Town, two, usd};
use farthing_core::devices::ReadDevices;
use farthing_core::messaging::{self, Body, ReadMessages, SendMessages};
use farthing_core::payment::{Approval, Authorise, Draft, Prepare, SendOrder, Target};
use farthing_core::store::PaymentRecord;
use farthing_core::sync::PullEntries;
use farthing_protocol::details::{Details, Memo, Salt};
use farthing_protocol::envelope::Told;
use farthing_protocol::money::Amount;

fn pays(town: &mut Town, from: &mut Phone, to: &Phone, memo: &str) {
    let target = Target::Alias(to.engine.profile().alias.clone());
    let amount = Amount::new(1_000_000, usd()).unwrap();
    town.sync(from).unwrap();
    let id = town.drive(from, Prepare::new(target, Some(amount), Some(Memo::typed(memo).unwrap()))).unwrap();
    let payment = from.engine.store().payment(&id).unwrap().unwrap();
    let draft = Draft::of(&from.engine, &payment, town.now).unwrap();
    let id = town.drive(from, Authorise::new(Approval::of(&draft))).unwrap();
    town.drive(from, SendOrder::new(id)).unwrap();
}

fn credit(phone: &Phone) -> Option<PaymentRecord> {
    phone.engine.store().history(None, 1).unwrap().pop()
}

#[test]
fn a_till_learns_the_memo_of_a_payment_to_the_alias() {
    let (mut town, mut ann, mut bob) = two();
    town.drive(&mut ann, ReadDevices::new()).unwrap();
    let mut till = till(&mut town, &ann);
    town.sync(&mut till).unwrap();
    town.sync(&mut ann).unwrap();
    town.drive(&mut ann, ReadDevices::new()).unwrap();
    pays(&mut town, &mut bob, &ann, "two tacos");
    town.sync(&mut ann).unwrap();
    assert_eq!(credit(&ann).unwrap().details.unwrap().memo.unwrap().as_str(), "two tacos");
    // The memo is there before the entry was read: it waits.
    town.drive(&mut till, ReadMessages::new()).unwrap();
    assert_eq!(till.mailbox().held.len(), 1);
    town.sync(&mut till).unwrap();
    assert_eq!(credit(&till).unwrap().details.unwrap().memo.unwrap().as_str(), "two tacos");
    assert_eq!(till.events(|kind| kind.name() == "memo_received"), 1);
    assert!(till.mailbox().held.is_empty());
    assert_eq!(till.mailbox().acknowledged, till.mailbox().read);
}

/// Somebody's payment, and a till of the payee that waits to be told what it was for.
fn paid_at_a_till() -> (Town, Phone, Phone, Phone) {
    let (mut town, mut ann, mut bob) = two();
    town.drive(&mut ann, ReadDevices::new()).unwrap();
    let mut till = till(&mut town, &ann);
    till.meets(&bob);
    town.settle(&mut [&mut ann, &mut till]);
    town.drive(&mut ann, ReadDevices::new()).unwrap();
    pays(&mut town, &mut bob, &ann, "two tacos");
    town.drive(&mut till, PullEntries::new()).unwrap();
    assert_eq!(credit(&till).unwrap().details, None, "it cannot read them itself");
    (town, ann, bob, till)
}

fn other_words() -> Details {
    Details { memo: Some(Memo::typed("for the house").unwrap()), items: None, payer: None }
}

/// What one phone says to the devices of this account about a payment, and how many messages the till read.
fn tells(town: &mut Town, from: &mut Phone, till: &mut Phone, told: Told) -> u64 {
    let changes = messaging::queue(&mut from.engine, till.account(), Body::Told(told), town.now).unwrap();
    from.engine.apply(changes).unwrap();
    town.drive(from, SendMessages::new()).unwrap();
    town.drive(till, ReadMessages::new()).unwrap().messages
}

#[test]
fn nobody_else_can_put_words_into_a_payment() {
    let (mut town, mut ann, mut bob, mut till) = paid_at_a_till();
    let paid = credit(&bob).unwrap();
    let order = paid.order.unwrap();
    for (salt, details) in [(Salt::new([7; 32]), other_words()), (paid.salt.unwrap(), paid.details.unwrap())] {
        assert_eq!(tells(&mut town, &mut bob, &mut till, Told { order, salt, details }), 1);
        assert_eq!(credit(&till).unwrap().details, None, "a contact tells nothing, be it true");
    }
    town.settle(&mut [&mut ann, &mut till]);
    assert_eq!(
        credit(&till).unwrap().details.unwrap().memo.unwrap().as_str(),
        "two tacos",
        "told by its owner's phone"
    );
}

/// A device that was stolen says something else than its owner was told.
#[test]
fn a_device_of_ones_own_tells_only_what_the_receipt_names() {
    let (mut town, mut ann, _, mut till) = paid_at_a_till();
    let order = credit(&till).unwrap().order.unwrap();
    let lie = Told { order, salt: Salt::new([7; 32]), details: other_words() };
    assert_eq!(tells(&mut town, &mut ann, &mut till, lie), 1);
    assert_eq!(credit(&till).unwrap().details, None);
    town.settle(&mut [&mut ann, &mut till]);
    assert_eq!(credit(&till).unwrap().details.unwrap().memo.unwrap().as_str(), "two tacos");
}
