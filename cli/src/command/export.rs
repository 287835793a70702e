//! `farthing export`: everything the wallet knows, for people and other programs. No private key is in it.
//!
//! ```text
//! DIR/wallet.json                    profile, public keys, balances, payments, requests, events; what the verifier lost, and
//!                                    the files that prove it (`lost`, with sums in `owed`)
//! DIR/ID.order.cose …                the signed files of each payment, by its id; a sealed message is ID.bundle.cbor
//! DIR/ID.request.cose                each request of ours, by its id
//! DIR/verifier-certificate-N.cose    the verifier's signing keys, newest first
//! DIR/checkpoint.cose, DIR/fee-schedule.cose
//! DIR/newest-checkpoint.cose         what the ledger was, as this wallet was told
//! DIR/contradiction-N.cbor           proofs that the verifier signed two histories, if it did
//! ```
//!
//! `farthing verify FILE --root HEX --certificate DIR/verifier-certificate-1.cose` checks a receipt from these alone.

use crate::args::Export;
use crate::context::Context;
use crate::failure::Failure;
use crate::files;
use crate::operation::views::{
    AnchorsView, BalancesView, EventView, FileView, OwnRequestView, PaymentView, StatusView,
};
use crate::operation::{CheckpointView, LossView, Operation};
use crate::output::Output;
use crate::session::Session;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use std::path::Path;

/// Payments that are asked for at once.
const PAGE: usize = 500;

/// Files by their names, all in memory before the first is written.
type Files = Vec<(String, Vec<u8>)>;

pub(super) async fn run(args: Export, context: &Context) -> Result<Output, Failure> {
    check_empty(&args.dir)?;
    let mut session = Session::open(context).await?;
    let gathered = gather(&mut session).await;
    session.close().await;
    let (files, summary) = gathered?;
    files::private_folder(&args.dir)?;
    for (name, bytes) in &files {
        files::write_new(&args.dir.join(name), bytes)?;
    }
    let text = format!(
        "Wrote {} files to {}: wallet.json and the signed files. No private keys and no recovery phrase are among \
         them; memos and names are, so keep them to yourself.",
        files.len(),
        args.dir.display()
    );
    let (payments, requests) = summary;
    let json = json!({
        "dir": args.dir, "files": files.len(), "payments": payments, "requests": requests, "private_keys": false,
    });
    Ok(Output::new(&json, text))
}

fn check_empty(dir: &Path) -> Result<(), Failure> {
    let mut entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::unreadable(files::sentence(dir, &error))),
    };
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Failure::exists(format!("{}: the folder is not empty; name a new one", dir.display()))),
    }
}

async fn gather(session: &mut Session<'_>) -> Result<(Files, (usize, usize)), Failure> {
    let status = session.status().await?;
    let balances: BalancesView = session.ask(Operation::Balances).await?;
    let anchors: AnchorsView = session.ask(Operation::Anchors).await?;
    let payments = payments(session).await?;
    let mut requests: Vec<OwnRequestView> = session.ask(Operation::Requests).await?;
    let events = events(session).await?;
    let mut files = Files::new();
    for payment in &payments {
        let artifacts: Vec<FileView> = session.ask(Operation::Artifacts { id: payment.id.clone() }).await?;
        for artifact in artifacts {
            // The sealed message is no signed object.
            let ending = if artifact.kind == "bundle" { "cbor" } else { "cose" };
            files.push((format!("{}.{}.{ending}", payment.id, artifact.kind), bytes(&artifact.hex)?));
        }
    }
    for request in &mut requests {
        let hex = std::mem::take(&mut request.hex);
        files.push((format!("{}.request.cose", request.id), bytes(&hex)?));
    }
    for (number, certificate) in (1..).zip(&anchors.certificates) {
        files.push((format!("verifier-certificate-{number}.cose"), bytes(certificate)?));
    }
    files.push(("checkpoint.cose".to_owned(), bytes(&anchors.checkpoint)?));
    let newest: CheckpointView = session.ask(Operation::Checkpoint { other: None }).await?;
    if let Some(hex) = &newest.cose {
        files.push(("newest-checkpoint.cose".to_owned(), bytes(hex)?));
    }
    let proofs: Vec<String> = session.ask(Operation::Contradictions).await?;
    for (number, proof) in (1..).zip(&proofs) {
        files.push((format!("contradiction-{number}.cbor"), bytes(proof)?));
    }
    files.push(("fee-schedule.cose".to_owned(), bytes(&anchors.fee_schedule)?));
    let summary = (payments.len(), requests.len());
    let lost: LossView = session.ask(Operation::Lost).await?;
    let mut wallet = wallet(&status, &anchors, &balances, &payments, &requests, &events);
    if let Some(members) = wallet.as_object_mut() {
        members.insert("lost".to_owned(), lost_payments(&lost));
        members.insert("owed".to_owned(), super::json(&lost.owed)?);
    }
    let text = serde_json::to_vec_pretty(&wallet).map_err(|e| Failure::internal(e.to_string()))?;
    files.push(("wallet.json".to_owned(), text));
    Ok((files, summary))
}

async fn payments(session: &mut Session<'_>) -> Result<Vec<PaymentView>, Failure> {
    let mut all: Vec<PaymentView> = Vec::new();
    loop {
        let before = all.last().map(|payment| payment.id.clone());
        let page: Vec<PaymentView> = session.ask(Operation::History { before, limit: PAGE }).await?;
        let last = page.len() < PAGE;
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}

async fn events(session: &mut Session<'_>) -> Result<Vec<EventView>, Failure> {
    let mut all: Vec<EventView> = Vec::new();
    loop {
        let after = all.last().map_or(0, |event| event.seq);
        let page: Vec<EventView> = session.ask(Operation::Events { after }).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn wallet(
    status: &StatusView,
    anchors: &AnchorsView,
    balances: &BalancesView,
    payments: &[PaymentView],
    requests: &[OwnRequestView],
    events: &[EventView],
) -> Value {
    json!({
        "about": "Everything this Farthing wallet knows. No private keys and no recovery phrase are in it.",
        "version": 1,
        "profile": {
            "account": status.account, "device": status.device, "handle": status.handle, "name": status.name,
            "verifier": status.verifier, "url": status.url,
        },
        "public_keys": { "account": anchors.account_key, "act": anchors.act_key, "session": anchors.session_key },
        "balances": balances.balances, "payments": payments, "requests": requests, "events": events,
    })
}

/// What the verifier lost, each with the file that proves it: a receipt, or the order of what was under way.
fn lost_payments(lost: &LossView) -> Value {
    let one = |payment: &PaymentView| {
        let proof = if payment.state == "settled" { "receipt" } else { "order" };
        json!({
            "id": payment.id, "direction": payment.direction, "state": payment.state, "amount": payment.amount,
            "fee": payment.fee, "at": payment.at, "proof": format!("{}.{proof}.cose", payment.id),
        })
    };
    lost.payments.iter().map(one).collect()
}

fn bytes(hex: &str) -> Result<Vec<u8>, Failure> {
    HEXLOWER.decode(hex.as_bytes()).map_err(|_| Failure::internal("the wallet's signed files cannot be read"))
}
