//! Details: what payer and payee tell each other about a payment, and the verifier never sees.
//!
//! ```cddl
//! disclosure = { 0: 1, 1: bstr .size 32, 2: details }        ; salt; travels only sealed
//! details = {
//!   ? 0: tstr,                ; memo
//!   ? 1: [1*64 item],
//!   ? 2: tstr,                ; what the payer calls itself
//! }
//! item = [name: tstr, amount]
//! ```
//!
//! Not signed: the order and its receipt hold the details hash, SHA-256(salt ‖ encode(details)). The salt is
//! 32 fresh random bytes, so that a short memo cannot be guessed from the hash (wire decision 6).
//!
//! ```
//! use farthing_protocol::{cbor::V1, details::{Details, Disclosure, Memo, Salt}};
//! let details = Details { memo: Some(Memo::new("lunch")?), ..Details::default() };
//! let told = Disclosure { version: V1, salt: Salt::new([1; 32]), details };
//! let guess = Disclosure { salt: Salt::new([2; 32]), ..told.clone() };
//! assert_ne!(told.hash(), guess.hash(), "who does not know the salt cannot try memos");
//! # Ok::<(), farthing_protocol::Malformed>(())
//! ```

use crate::cbor::{self, V1, byte_newtype};
use crate::error::Malformed;
use crate::id::{DetailsHash, Digest};
use crate::limits::{ITEM_NAME_MAX, ITEMS_MAX, MEMO_MAX, NAME_MAX};
use crate::money::Amount;
use crate::text::Text;
use minicbor::{Decode, Encode};

byte_newtype!(secret
    /// 32 fresh random bytes that salt a details hash.
    Salt, 32
);

/// A memo, from whoever wrote it.
pub type Memo = Text<MEMO_MAX>;
/// A name that somebody calls itself.
pub type Name = Text<NAME_MAX>;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Details {
    /// A few sentences.
    #[n(0)]
    pub memo: Option<Memo>,
    /// What was bought.
    #[n(1)]
    pub items: Option<Vec<Item>>,
    /// What the payer calls itself.
    #[n(2)]
    pub payer: Option<Name>,
}

impl Details {
    /// Limits that the types of the members do not express.
    pub(crate) fn check(&self) -> Result<(), Malformed> {
        self.items.as_ref().map_or(Ok(()), |items| Item::check_bill(items, None))
    }
}

/// One line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Item {
    /// What it is.
    #[n(0)]
    pub name: Text<ITEM_NAME_MAX>,
    /// What it costs.
    #[n(1)]
    pub amount: Amount,
}

impl Item {
    /// Checks a bill: 1 to 64 items of one asset that add up to `total`, where there is one.
    ///
    /// # Errors
    /// [`Malformed::Value`].
    pub fn check_bill(items: &[Self], total: Option<Amount>) -> Result<(), Malformed> {
        let Some(first) = items.first() else { return Err(Malformed::Value("a bill has at least one item")) };
        if items.len() > ITEMS_MAX {
            return Err(Malformed::Value("a bill has at most 64 items"));
        }
        let sum = items.iter().try_fold(Amount::zero(first.amount.asset()), |sum, i| sum.checked_add(&i.amount));
        match (sum, total) {
            (Err(_), _) => Err(Malformed::Value("the items of a bill are of one asset")),
            (Ok(sum), Some(total)) if sum != total => Err(Malformed::Value("the items do not add up to the amount")),
            _ => Ok(()),
        }
    }
}

/// Details with their salt: the plaintext of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Disclosure {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Fresh for each payment.
    #[n(1)]
    pub salt: Salt,
    /// The details.
    #[n(2)]
    pub details: Details,
}

impl Disclosure {
    /// Salts `details` afresh.
    #[must_use]
    pub fn new(details: Details, rng: &mut (impl rand_core::CryptoRng + ?Sized)) -> Self {
        let mut salt = [0; 32];
        rng.fill_bytes(&mut salt);
        Self { version: V1, salt: Salt::new(salt), details }
    }

    /// Reads a plaintext.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let disclosure: Self = cbor::decode(bytes)?;
        disclosure.details.check()?;
        Ok(disclosure)
    }

    /// The hash that order and receipt hold.
    #[must_use]
    pub fn hash(&self) -> DetailsHash {
        let digest = Digest::of_parts(&[self.salt.as_bytes(), &cbor::encode(&self.details)]);
        DetailsHash::new(*digest.as_bytes())
    }
}
