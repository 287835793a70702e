//! `guarantee`: what the fund has, how much it promises of one allowance, and to whom.

use super::{Outcome, amount, amount_json, assets, funded_json, issue_id};
use crate::Verifier;
use crate::operator::Policy;
use farthing_protocol::id::AccountId;
use farthing_protocol::money::{Amount, AmountError};
use farthing_protocol::time::Moment;
use serde_json::{Value, json};

/// Puts money into the fund, from the issuer's account.
pub(super) fn fund(verifier: &mut Verifier, id: &str, text: &str, now: Moment) -> Result<Value, Outcome> {
    let (id, amount) = (issue_id(id)?, amount(text, &assets(verifier)?)?);
    let funded = verifier.fund_guarantees(id, amount, now)?;
    let mut shown = show(&verifier.guarantees()?);
    if let (Some(shown), Value::Object(funded)) = (shown.as_object_mut(), funded_json(&funded)) {
        shown.extend(funded);
    }
    Ok(shown)
}

/// Changes what is said to change, and shows all.
pub(super) fn set(
    verifier: &mut Verifier,
    per_allowance: &[String],
    add: &[String],
    remove: &[String],
) -> Result<Value, Outcome> {
    let assets = assets(verifier)?;
    // Zero is how a promise ends.
    let parse = |text: &String| Amount::parse(text, &assets).map_err(|error| wrong(text, error));
    let amounts = per_allowance.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    verifier.set_guarantees(&amounts, add, remove)?;
    Ok(show(&verifier.guarantees()?))
}

fn wrong(text: &str, error: AmountError) -> Outcome {
    Outcome::misuse(&format!("{text}: {error}"))
}

fn show(policy: &Policy) -> Value {
    let amounts = |of: &[Amount]| of.iter().map(amount_json).collect::<Vec<_>>();
    json!({
        "fund": amounts(&policy.fund),
        "per_allowance": amounts(&policy.per_allowance),
        "payees": policy.payees.iter().map(AccountId::to_hex).collect::<Vec<_>>(),
    })
}
