//! What a wallet says, as JSON: the same members and words in every language, by `scenarios/README.md`.

use farthing_ffi::failure::{Action, Failure, FailureInfo, Fault, MoneyMoved, Retry};
use farthing_ffi::records::{
    Balance, Contact, Device, Direction, Draft, Event, Item, Loss, Money, Note, NoteState, Outcome, Payment,
    PaymentState, Request, RequestState, Standing, Status, Synced, Trust, Warning,
};
use farthing_ffi::wallet::{Connection, Line};
use serde_json::{Value, json};

pub(crate) fn failure(failure: &Failure) -> Value {
    let info = failure.info();
    let class = match info.fault {
        _ if info.kind == "closed" => "closed",
        Fault::Malformed => "unreadable",
        Fault::PeerMisbehaved => "misbehaved",
        Fault::RefusedByPolicy => "denied",
        Fault::TryLater => "offline",
        Fault::Misuse => "misuse",
        Fault::Storage => "storage",
        Fault::Vault => "locked",
    };
    let mut told = problem(info);
    if let Value::Object(members) = &mut told {
        members.insert("class".to_owned(), class.into());
    }
    told
}

pub(crate) fn problem(info: &FailureInfo) -> Value {
    let moved = match info.money_moved {
        MoneyMoved::No => "no",
        MoneyMoved::Yes => "yes",
        MoneyMoved::Unknown => "unknown",
    };
    let retry = match info.retry {
        Retry::Never => "never",
        Retry::Now => "now",
        Retry::Later => "later",
        Retry::AfterAction => "after_action",
    };
    let action = match info.action {
        Action::None => "none",
        Action::CorrectInput => "correct_input",
        Action::ConfirmAgain => "confirm_again",
        Action::Sync => "sync",
        Action::Unlock => "unlock",
        Action::AskPayee => "ask_payee",
        Action::AskOperator => "ask_operator",
        Action::AddMoney => "add_money",
        Action::FixStorage => "fix_storage",
        Action::Update => "update",
        Action::Restore => "restore",
        Action::Enrol => "enrol",
    };
    json!({
        "code": info.code, "kind": info.kind, "sentence": info.text, "moneyMoved": moved, "retry": retry, "action": action,
    })
}

pub(crate) fn balance(of: &Balance) -> Value {
    json!({"available": of.available.text, "held": of.held.text, "incoming": of.incoming.text})
}

fn items(of: &[Item]) -> Vec<Value> {
    of.iter().map(|item| json!({"name": item.name, "amount": item.amount.text})).collect()
}

/// Who is paid, and how sure the wallet is of it.
pub(crate) fn payee(
    called_itself: Option<&String>,
    contact: Option<&String>,
    alias: Option<&String>,
    trust: Trust,
) -> Value {
    let trust = match trust {
        Trust::Request => "request",
        Trust::UnverifiedAlias => "unverified_alias",
        Trust::KnownAlias => "known_alias",
        Trust::MetContact => "met_contact",
        Trust::VerifiedContact => "verified_contact",
    };
    json!({"calledItself": called_itself, "contact": contact, "alias": alias, "trust": trust})
}

pub(crate) fn warnings(of: &[Warning]) -> Vec<&'static str> {
    let warning = |warning: &Warning| match warning {
        Warning::UnverifiedPayee => "unverified_payee",
        Warning::ExpiresSoon { .. } => "expires_soon",
    };
    of.iter().map(warning).collect()
}

pub(crate) fn draft(of: &Draft) -> Value {
    json!({
        "id": of.id,
        "payee": payee(of.payee_name.as_ref(), of.contact.as_ref(), of.alias.as_ref(), of.trust),
        "amount": of.amount.text,
        "fee": of.fee.text,
        "total": of.total.text,
        "requestMemo": of.request_memo,
        "items": items(&of.items),
        "memo": of.memo,
        "expires": of.expires_ms.is_some(),
        "warnings": warnings(&of.warnings),
    })
}

pub(crate) fn payment(of: &Payment) -> Value {
    let direction = match of.direction {
        Direction::Out => "out",
        Direction::In => "in",
        Direction::Issue => "issue",
    };
    let state = match of.state {
        PaymentState::Draft => "draft",
        PaymentState::Authorised => "authorised",
        PaymentState::Sent => "sent",
        PaymentState::Settled => "settled",
        PaymentState::Refused => "refused",
        PaymentState::Expired => "expired",
    };
    json!({
        "id": of.id,
        "direction": direction,
        "state": state,
        "amount": of.amount.text,
        "fee": of.fee.as_ref().map(|fee| &fee.text),
        "name": of.name,
        "alias": of.alias,
        "memo": of.memo,
        "items": items(&of.items),
        "request": of.request,
        "position": of.seq,
        "code": of.code,
        "replacedBy": of.replaced_by,
        "reason": of.reason,
        "lost": of.lost,
    })
}

pub(crate) fn outcome(of: &Outcome) -> Value {
    match of {
        Outcome::Settled { payment: paid } => json!({"end": "settled", "payment": payment(paid), "why": null}),
        Outcome::Refused { payment: refused, why } => {
            json!({"end": "refused", "payment": payment(refused), "why": problem(why)})
        }
        Outcome::Unknown { payment: open, because } => {
            json!({"end": "unknown", "payment": payment(open), "why": problem(because)})
        }
    }
}

pub(crate) fn request_state(of: RequestState) -> &'static str {
    match of {
        RequestState::Binding => "binding",
        RequestState::Open => "open",
        RequestState::Paid => "paid",
        RequestState::Cancelling => "cancelling",
        RequestState::Cancelled => "cancelled",
        RequestState::Failed => "failed",
    }
}

/// An offer that was *paid* was accepted.
pub(crate) fn offer_state(of: RequestState) -> &'static str {
    match of {
        RequestState::Paid => "accepted",
        other => request_state(other),
    }
}

pub(crate) fn request(of: &Request) -> Value {
    json!({"id": of.id, "state": request_state(of.state), "link": of.link, "payment": of.payment})
}

pub(crate) fn event(of: &Event) -> Value {
    json!({
        "seq": of.seq,
        "name": of.name,
        "payment": of.payment,
        "request": of.request,
        "contact": of.account,
        "device": of.device,
        "tab": of.tab,
        "offer": of.offer,
        "code": of.code,
    })
}

pub(crate) fn synced(of: &Synced) -> Value {
    json!({
        "resolved": of.resolved, "received": of.received, "messages": of.messages, "unfinished": of.unfinished,
    })
}

pub(crate) fn status(of: &Status) -> Value {
    json!({
        "verifier": of.verifier,
        "url": of.url,
        "account": of.account,
        "device": of.device,
        "alias": of.alias,
        "name": of.name,
        "unfinished": of.unfinished,
        "historyLost": of.history_lost,
        "doubted": of.doubted,
        "copied": of.copied,
        "revoked": of.revoked,
    })
}

pub(crate) fn contact(of: &Contact) -> Value {
    json!({
        "id": of.account,
        "name": of.name,
        "calledItself": of.own_name,
        "alias": of.alias,
        "verified": of.verified,
        "blocked": of.blocked,
    })
}

pub(crate) fn note(of: &Note) -> Value {
    let state = match of.state {
        NoteState::Received => "received",
        NoteState::Waiting => "waiting",
        NoteState::Sent => "sent",
        NoteState::Undelivered => "undelivered",
    };
    json!({"id": of.id, "state": state, "text": of.text})
}

fn amounts(of: &[Money]) -> Vec<&str> {
    of.iter().map(|amount| amount.text.as_str()).collect()
}

pub(crate) fn device(of: &Device) -> Value {
    json!({
        "id": of.id,
        "this": of.this,
        "active": of.active,
        "pays": of.pays,
        "administers": of.administers,
        "perOrder": amounts(&of.per_order),
        "perDay": amounts(&of.per_day),
        "expires": of.expires_ms.is_some(),
    })
}

pub(crate) fn loss(of: &Loss) -> Value {
    let owed: Vec<_> =
        of.owed.iter().map(|owed| json!({"received": owed.received.text, "paid": owed.paid.text})).collect();
    json!({"payments": of.payments.iter().map(payment).collect::<Vec<_>>(), "owed": owed})
}

pub(crate) fn standing(of: Standing) -> &'static str {
    match of {
        Standing::Agreed => "agreed",
        Standing::Unaccounted => "unaccounted",
        Standing::Contradicted => "contradicted",
    }
}

pub(crate) fn connection(of: &Connection) -> Value {
    let line = match of.line {
        Line::Connecting => "connecting",
        Line::Stream => "stream",
        Line::Polling => "polling",
        Line::Away => "away",
    };
    json!({"line": line, "trouble": of.trouble.as_ref().map(problem)})
}
