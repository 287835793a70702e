//! Issues: money from the issuer's account, by the operator or by an invite's grant, each a signed entry.

use crate::context::Context;
use crate::fault::Fault;
use crate::store::ledger::{self, BALANCE_MAX, GUARANTEE, ISSUER, Kind, Transaction};
use crate::store::{accounts, int, journal};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::Signed;
use farthing_protocol::id::{Digest, OrderId};
use farthing_protocol::issue::{Issue, details_hash};
use farthing_protocol::key::{PublicKey, Signer as _};
use farthing_protocol::limits::REASON_MAX;
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::text::Text;
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// An issue to be made.
#[derive(Debug)]
pub(crate) struct NewIssue {
    pub(crate) id: OrderId,
    pub(crate) account: i64,
    pub(crate) amount: Amount,
    pub(crate) reason: Text<REASON_MAX>,
}

/// An issue that was made.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) issue: Signed<Issue>,
    pub(crate) receipt: Signed<Receipt>,
}

impl NewIssue {
    /// The `index`th grant of an enrolment. Its id follows from the enrolment: nothing random is needed to make it.
    pub(crate) fn grant(
        enrolment: &Digest,
        index: usize,
        account: i64,
        asset: Asset,
        amount: u64,
        reason: &str,
        time: Time,
    ) -> Result<Self, Fault> {
        let index = u8::try_from(index).map_err(|_| Fault::Damaged("an invite with too many grants"))?;
        let random = Digest::of_parts(&[b"farthing/1/grant", enrolment.as_bytes(), &[index]]);
        let amount = Amount::new(amount, asset).map_err(|_| Fault::Damaged("a grant above the largest amount"))?;
        Ok(Self { id: id_of(time, &random), account, amount, reason: Text::new(reason)? })
    }
}

/// A UUIDv7 (RFC 9562 §5.7) of a time and given bits.
fn id_of(time: Time, bits: &Digest) -> OrderId {
    let mut bytes = bits.first_16();
    let ms = time.as_ms().to_be_bytes();
    for (to, from) in bytes.iter_mut().zip(ms.iter().skip(2)) {
        *to = *from;
    }
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x70;
    *variant = (*variant & 0x3f) | 0x80;
    OrderId::new(bytes)
}

/// Makes an issue, in the writer's transaction. `None` when the issuer's limit or the account's bound is reached.
pub(crate) fn apply(db: &Connection, context: &Context, new: &NewIssue, time: Time) -> Result<Option<Issued>, Fault> {
    let asset = ledger::asset_number(db, &new.amount.asset())?.ok_or(Fault::Damaged("an asset without a number"))?;
    let units = int(new.amount.value());
    let (issued, limit) = ledger::balance(db, ISSUER, asset)?;
    let (held, _) = ledger::balance(db, new.account, asset)?;
    if i128::from(issued) - i128::from(units) < i128::from(limit) || i128::from(held) + i128::from(units) > BALANCE_MAX
    {
        return Ok(None);
    }
    let issue = Issue {
        version: V1,
        id: new.id,
        verifier: context.verifier,
        account: accounts::account_id(db, new.account)?,
        amount: new.amount,
        reason: new.reason.clone(),
        created: time,
    };
    let issue = Signed::sign(issue, context.keys.signing())?;
    let seq = ledger::next_seq(db)?;
    let receipt = Receipt {
        version: V1,
        epoch: context.epoch,
        seq,
        checkpoint: context.checkpoint,
        time,
        amount: new.amount,
        payee_key: payee_key(db, context, new.account)?.payee_key_hash(),
        reference: None,
        order: issue.hash(),
        details: details_hash(&issue),
    };
    let receipt = Signed::sign(receipt, context.keys.signing())?;
    let transaction = Transaction { seq, epoch: context.epoch, time, kind: Kind::Issue, receipt: receipt.bytes() };
    ledger::post(db, &transaction, asset, &[(ISSUER, -units), (new.account, units)])?;
    ledger::show(db, new.account, seq, 3)?;
    journal::insert_issue(db, &new.id, seq, new.account, issue.bytes())?;
    Ok(Some(Issued { issue, receipt }))
}

/// The key that a receipt names: the account's, or, of the guarantee fund, which has none, the verifier's own.
fn payee_key(db: &Connection, context: &Context, account: i64) -> Result<PublicKey, Fault> {
    if account == GUARANTEE {
        return Ok(*context.keys.signing().public());
    }
    accounts::account_key(db, account)
}
