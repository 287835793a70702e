//! `certify`: a new signing key in place of the one in use. It needs the root key, and not the old signing key.

use super::arguments::Certify;
use super::output::{Failure, Shown};
use super::random;
use farthing_protocol::key::Signer as _;
use farthing_verifier::server::{Folder, FolderError, now};
use farthing_verifier::{Keys, load_root};
use serde_json::json;

pub(crate) fn certify(arguments: &Certify) -> Result<Shown, Failure> {
    let root = load_root(&arguments.root)?;
    let data = &arguments.data.data;
    let folder = Folder::lock(data, "certify").map_err(in_use)?;
    let keys = Keys::generate(&mut random::rng());
    let kid = keys.signing().public().kid();
    let verifier = folder.certify(&root, keys, now())?;
    let text = format!(
        "signing key {kid} is certified and in place; the one before signs nothing any more, and its file is gone\n\
         Back up {} offline again. Wallets take the new key at their next contact, and what the earlier keys signed stays \
         good. Start the server.",
        Folder::signing_key(data).display()
    );
    Ok(Shown::new(text, json!({ "kid": kid.to_string(), "verifier": verifier.id().to_hex() })))
}

/// A running server would go on signing with a key that is superseded.
fn in_use(error: FolderError) -> Failure {
    let busy = matches!(error, FolderError::InUse { .. });
    let mut failure = Failure::from(error);
    if busy {
        failure.message.push_str("; stop it first: a running server would go on signing with the old key");
    }
    failure
}
