//! Which files are made, and where they lie.

use crate::{checkpoints, document, messages, objects, offline_rules, others, pairing, sealing, tab_rules};
use serde_json::Value;
use std::path::PathBuf;

/// Every file with its contents.
pub(crate) fn all() -> Vec<(PathBuf, String)> {
    let home = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let files = files();
    let mut out: Vec<(PathBuf, String)> = files
        .iter()
        .map(|(name, value)| {
            let text = serde_json::to_string_pretty(value).unwrap();
            (home.join("vectors").join(format!("{name}.json")), format!("{text}\n"))
        })
        .collect();
    let page = home.join("../docs/protocol.md");
    let text = std::fs::read_to_string(&page).unwrap();
    out.push((page, document::filled(&text, &files)));
    out
}

/// The files on disk that are not what they should be, and those that should not be there.
pub(crate) fn differing(wanted: &[(PathBuf, String)]) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = wanted
        .iter()
        .filter(|(path, text)| std::fs::read_to_string(path).ok().as_ref() != Some(text))
        .map(|(path, _)| path.clone())
        .collect();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let stray = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    out.extend(stray.filter(|p| p.extension().is_some_and(|e| e == "json") && !wanted.iter().any(|(w, _)| w == p)));
    out
}

fn files() -> Vec<(String, Value)> {
    [
        objects::files(),
        sealing::files(),
        pairing::files(),
        messages::files(),
        checkpoints::files(),
        tab_rules::files(),
        offline_rules::files(),
        others::files(),
    ]
    .concat()
}
