//! One payment as two people make it, on disks that fail: whatever they are told, they act on.

use crate::street::{GRANT, Street, Trouble, Who, usd};
use farthing_core::error::{Error, MoneyMoved};
use farthing_core::generation::Contact;
use farthing_core::payment::{
    Approval, Authorise, Draft, MadeRequest, MakeRequest, Outcome, Prepare, RequestTerms, SendOrder, Target,
};
use farthing_core::store::{PaymentId, PaymentState};
use farthing_protocol::alias::Alias;
use farthing_protocol::details::Memo;
use farthing_protocol::money::Amount;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::time::Span;

pub const SUM: u64 = 10_000;

/// Something that two people do, one of many alike.
pub trait Doing {
    fn new(number: usize) -> Self;

    /// Goes on from where they are.
    fn go_on(&mut self, street: &mut Street) -> Result<(), Trouble>;

    /// What must be true once so many are done.
    fn check(street: &Street, deeds: usize);
}

/// How far the two have come.
pub struct Deed {
    number: usize,
    request: Option<MadeRequest>,
    /// Ann said yes to it, and was not told that it failed for good.
    payment: Option<PaymentId>,
    paid: bool,
    received: bool,
}

impl Doing for Deed {
    /// Every other one is on a request, and the others on Bob's alias.
    fn new(number: usize) -> Self {
        Self { number, request: None, payment: None, paid: false, received: false }
    }

    fn go_on(&mut self, street: &mut Street) -> Result<(), Trouble> {
        street.open()?;
        if self.number.is_multiple_of(2) && self.request.is_none() {
            street.run(Who::Bob, Contact::new())?;
            let amount = Amount::new(SUM, usd()).unwrap();
            let terms = RequestTerms { amount: Some(amount), memo: None, items: Vec::new(), life: Span::from_min(15) };
            self.request = Some(street.run(Who::Bob, MakeRequest::new(terms))?);
        }
        if !self.paid {
            self.pay(street)?;
        }
        for _ in 0..3 {
            if self.received {
                return Ok(());
            }
            street.sync(Who::Bob)?;
            if street.bob.engine.is_none() {
                return Err(Trouble::Dark);
            }
            let expected = i64::try_from(GRANT + SUM * (self.number as u64 + 1)).unwrap();
            assert!(street.balance(Who::Bob) <= expected, "paid twice");
            self.received = street.balance(Who::Bob) == expected;
        }
        assert!(self.received, "what was paid does not arrive");
        Ok(())
    }

    fn check(street: &Street, deeds: usize) {
        street.check_payer();
        let (grant, moved) = (i64::try_from(GRANT).unwrap(), i64::try_from(SUM * deeds as u64).unwrap());
        assert_eq!((street.balance(Who::Ann), street.balance(Who::Bob)), (grant - moved, grant + moved));
    }
}

impl Deed {
    fn pay(&mut self, street: &mut Street) -> Result<(), Trouble> {
        street.run(Who::Ann, Contact::new())?;
        // Told that it is not known, she looks.
        if let Some(id) = self.payment {
            let Some(engine) = &street.ann.engine else { return Err(Trouble::Dark) };
            let found = engine.store().payment(&id).map_err(Error::from)?;
            if found.is_none_or(|payment| payment.state == PaymentState::Draft) {
                self.payment = None;
            }
        }
        let id = match self.payment {
            Some(id) => id,
            None => self.authorise(street)?,
        };
        match street.run(Who::Ann, SendOrder::new(id))? {
            Outcome::Settled(_) => {
                self.paid = true;
                if let Some((_, hash, _)) = street.book.orders.last() {
                    street.book.settled.push(*hash);
                }
                Ok(())
            }
            Outcome::Refused { error, .. } => unreachable!("deed {} was refused: {error}", self.number),
            Outcome::Unknown { because, .. } => Err(Trouble::Told(because)),
        }
    }

    fn authorise(&mut self, street: &mut Street) -> Result<PaymentId, Trouble> {
        let memo = Some(Memo::typed(&format!("deed {}", self.number)).unwrap());
        let prepare = match &self.request {
            Some(made) => Prepare::new(Target::Request(Pointer::parse(&made.link).unwrap()), None, memo),
            None => {
                let sum = Amount::new(SUM, usd()).unwrap();
                Prepare::new(Target::Alias(Alias::new("bob").unwrap()), Some(sum), memo)
            }
        };
        let id = street.run(Who::Ann, prepare)?;
        let now = street.now;
        let Some(engine) = &street.ann.engine else { return Err(Trouble::Dark) };
        let payment = engine.store().payment(&id).map_err(Error::from)?.expect("a draft that was shown");
        let approval = Approval::of(&Draft::of(engine, &payment, now)?);
        match street.run(Who::Ann, Authorise::new(approval)) {
            Ok(id) => {
                self.payment = Some(id);
                Ok(id)
            }
            // Told that no money moved, she pays anew; otherwise she looks first.
            Err(trouble) => {
                let moved = match &trouble {
                    Trouble::Told(error) => error.money_moved(),
                    Trouble::Dark => MoneyMoved::Unknown,
                };
                self.payment = (moved != MoneyMoved::No).then_some(id);
                Err(trouble)
            }
        }
    }
}
