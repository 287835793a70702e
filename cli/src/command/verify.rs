//! `farthing verify`: what a file is, and whether its signature leads to a trusted root. Without network.

use crate::args::Verify;
use crate::context::Context;
use crate::failure::Failure;
use crate::files;
use crate::operation::Operation;
use crate::output::Output;
use crate::session::Session;
use crate::show;
use data_encoding::HEXLOWER;
use farthing_core::export::views::{AmountView, AnchorsView};
use farthing_core::inspect::{Anchors, Field, Inspected, Signer, Verdict, begins_like_an_object, inspect};
use farthing_core::scan::voucher;
use farthing_protocol::cbor;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::contradiction::{Contradiction, Unproven};
use farthing_protocol::cose::Signed;
use farthing_protocol::id::VerifierId;
use farthing_protocol::key::PublicKey;
use farthing_protocol::limits::SIGNED_MAX;
use farthing_protocol::verifier_certificate::VerifierCertificate;
use serde_json::{Value, json};

pub(super) async fn run(args: Verify, context: &Context) -> Result<Output, Failure> {
    let mut anchors = given(&args)?;
    let given = files::read(&args.file, SIGNED_MAX)?;
    let bytes = voucher::of_text(&given).map_or(given, |voucher| voucher.as_slice().to_vec());
    if let Ok(proof) = Contradiction::decode(&bytes) {
        return two_histories(&proof, anchors.root, context).await;
    }
    let mut found = inspect(&bytes, &anchors).ok_or_else(|| nothing(&bytes))?;
    let undecided = found.verdict == Verdict::SignerUnknown && args.certificates.is_empty();
    if undecided && context.database().exists() {
        match of_wallet(context).await {
            Ok(view) => {
                join(&mut anchors, &view)?;
                found = inspect(&bytes, &anchors).ok_or_else(|| nothing(&bytes))?;
            }
            // With a root of one's own a wallet is only a help.
            Err(_) if args.root.is_some() => {}
            Err(failure) => return Err(failure),
        }
    }
    ended(&found, &anchors)
}

/// A proof holds against the root that was given, or else the wallet's.
async fn two_histories(proof: &Contradiction, root: Option<VerifierId>, context: &Context) -> Result<Output, Failure> {
    let root = match root {
        Some(root) => Some(root),
        None if context.database().exists() => VerifierId::from_hex(&of_wallet(context).await?.root),
        None => None,
    };
    let kind = "contradiction";
    let json = |valid: bool, fields: Value| {
        let verifier = root.filter(|_| valid).map(|root| root.to_hex());
        json!({ "kind": kind, "valid": valid, "signer": { "role": "verifier", "verifier": verifier }, "fields": fields })
    };
    let Some(root) = root else {
        let message = "whom this proof is about is not known: give the verifier's --root";
        return Err(Failure::signer_unknown(message).with_details(json(false, json!({})), message.to_owned()));
    };
    match proof.prove(&root) {
        Ok(proven) => {
            let shown = |of: &Checkpoint| {
                json!({
                    "epoch": of.epoch.get(), "first_seq": of.first_seq.get(), "time": of.time.to_rfc3339(),
                    "roots": of.roots.iter().map(|root| root.to_hex()).collect::<Vec<_>>(),
                })
            };
            let fields = json!({ "one": shown(&proven.one), "other": shown(&proven.other) });
            let text = format!(
                "Proof that a verifier signed TWO HISTORIES of its ledger.\nValid: both checkpoints are signed by keys that the trusted \
                 root has certified, and no ledger has both.\n\n{}",
                show::details(&fields, 0)
            );
            Ok(Output::new(&json(true, fields), text))
        }
        Err(Unproven::NotSigned) => {
            let message = "this proves nothing against the trusted verifier: a part of it is altered, or signed by nobody whom its root certified";
            Err(Failure::signer_unknown(message).with_details(json(false, json!({})), message.to_owned()))
        }
        Err(why) => {
            let message = format!("this proves nothing: {why}");
            Err(Failure::altered(message.clone()).with_details(json(false, json!({})), message))
        }
    }
}

/// Why nothing was recognised.
fn nothing(bytes: &[u8]) -> Failure {
    if begins_like_an_object(bytes) {
        Failure::altered("this was a signed Farthing object, but it is cut, altered, or of a newer version")
    } else {
        Failure::not_an_object()
    }
}

/// What was given with the command.
fn given(args: &Verify) -> Result<Anchors, Failure> {
    let root = args.root.as_deref().map(|hex| VerifierId::from_hex(&hex.trim().to_ascii_lowercase()));
    if root == Some(None) {
        return Err(Failure::usage("--root takes the 64 hex digits of a verifier, as `farthing status` shows them"));
    }
    let mut certificates = Vec::new();
    for path in &args.certificates {
        let bytes = files::read(path, SIGNED_MAX)?;
        let certificate = Signed::<VerifierCertificate>::parse(&bytes)
            .map_err(|_| Failure::unreadable(format!("{}: this is not a verifier's certificate", path.display())))?;
        certificates.push(certificate);
    }
    Ok(Anchors { root: root.flatten(), certificates, own: Vec::new() })
}

async fn of_wallet(context: &Context) -> Result<AnchorsView, Failure> {
    let mut session = Session::open(context).await?;
    let view = session.ask::<AnchorsView>(Operation::Anchors).await;
    session.close().await;
    view
}

/// Adds what a wallet knows; a root that was given stays.
fn join(anchors: &mut Anchors, view: &AnchorsView) -> Result<(), Failure> {
    let unreadable = || Failure::internal("what the wallet knows of its verifier cannot be read");
    let bytes = |hex: &str| HEXLOWER.decode(hex.as_bytes()).map_err(|_| unreadable());
    let root = VerifierId::from_hex(&view.root).ok_or_else(unreadable)?;
    anchors.root.get_or_insert(root);
    for hex in &view.certificates {
        anchors.certificates.push(Signed::parse(&bytes(hex)?).map_err(|_| unreadable())?);
    }
    for hex in [&view.account_key, &view.act_key, &view.session_key] {
        anchors.own.push(cbor::decode::<PublicKey>(&bytes(hex)?).map_err(|_| unreadable())?);
    }
    Ok(())
}

fn ended(found: &Inspected, anchors: &Anchors) -> Result<Output, Failure> {
    let valid = found.verdict == Verdict::Valid;
    let by_verifier = matches!(found.signer, Signer::Root | Signer::Verifier);
    let verifier = anchors.root.filter(|_| by_verifier).map(|root| root.to_hex());
    let fields: serde_json::Map<String, Value> =
        found.fields.iter().map(|(name, field)| ((*name).to_owned(), value(field))).collect();
    let json = json!({
        "kind": found.kind, "valid": valid,
        "signer": { "role": found.signer.as_str(), "kid": found.kid.to_hex(), "verifier": verifier },
        "fields": fields,
    });
    let text = format!(
        "A signed Farthing object: {}.\n{}\n\n{}",
        found.kind,
        sentence(found),
        show::details(&Value::Object(fields), 0)
    );
    match found.verdict {
        Verdict::Valid => Ok(Output::new(&json, text)),
        Verdict::SignerUnknown => {
            let message =
                format!("the signer of this {} is unknown: its key {} leads to no trusted root", found.kind, found.kid);
            Err(Failure::signer_unknown(message).with_details(json, text))
        }
        Verdict::Altered => {
            let message = format!("this {} was altered: its signature does not match", found.kind);
            Err(Failure::altered(message).with_details(json, text))
        }
    }
}

fn sentence(found: &Inspected) -> String {
    match (found.verdict, found.signer) {
        (Verdict::SignerUnknown, _) => format!("Its signer is UNKNOWN (key {}).", found.kid),
        (Verdict::Altered, _) => "It was ALTERED: its signature does not match.".to_owned(),
        (Verdict::Valid, Signer::Itself) => {
            "Genuine, by its own key: it is unaltered; who made it is not known by that.".to_owned()
        }
        (Verdict::Valid, Signer::Own) => format!("Valid: signed by this wallet's own key {}.", found.kid),
        (Verdict::Valid, Signer::Root) => "Valid: signed by the trusted root.".to_owned(),
        (Verdict::Valid, _) => {
            format!("Valid: signed by the verifier's key {}, which its root has certified.", found.kid)
        }
    }
}

fn value(field: &Field) -> Value {
    match field {
        Field::Text(text) => json!(text),
        Field::Number(number) => json!(number),
        Field::Flag(flag) => json!(flag),
        Field::Time(time) => json!(time.to_rfc3339()),
        Field::Amount(amount) => json!(AmountView::from(amount)),
        Field::List(values) => values.iter().map(value).collect(),
        Field::Members(members) => {
            Value::Object(members.iter().map(|(name, field)| ((*name).to_owned(), value(field))).collect())
        }
        Field::Absent => Value::Null,
    }
}
