//! The files on disk, and the examples in the specification, are what the generator makes.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "../examples/vectors/bodies.rs"]
mod bodies;
#[path = "../examples/vectors/bodies_people.rs"]
mod bodies_people;
#[path = "../examples/vectors/checkpoints.rs"]
mod checkpoints;
#[path = "../examples/vectors/cose_bytes.rs"]
mod cose_bytes;
#[path = "../examples/vectors/direct.rs"]
mod direct;
#[path = "../examples/vectors/document.rs"]
mod document;
#[path = "../examples/vectors/frame_parts.rs"]
mod frame_parts;
#[path = "../examples/vectors/invalid.rs"]
mod invalid;
#[path = "../examples/vectors/json.rs"]
mod json;
#[path = "../examples/vectors/keys.rs"]
mod keys;
#[path = "../examples/vectors/messages.rs"]
mod messages;
#[path = "../examples/vectors/objects.rs"]
mod objects;
#[path = "../examples/vectors/offline.rs"]
mod offline;
#[path = "../examples/vectors/offline_frames.rs"]
mod offline_frames;
#[path = "../examples/vectors/offline_proofs.rs"]
mod offline_proofs;
#[path = "../examples/vectors/offline_rules.rs"]
mod offline_rules;
#[path = "../examples/vectors/others.rs"]
mod others;
#[path = "../examples/vectors/outputs.rs"]
mod outputs;
#[path = "../examples/vectors/pairing.rs"]
mod pairing;
#[path = "../examples/vectors/people.rs"]
mod people;
#[path = "../examples/vectors/samples.rs"]
mod samples;
#[path = "../examples/vectors/sealing.rs"]
mod sealing;
#[path = "../examples/vectors/special.rs"]
mod special;
#[path = "../examples/vectors/special_offline.rs"]
mod special_offline;
#[path = "../examples/vectors/special_people.rs"]
mod special_people;
#[path = "../examples/vectors/special_tabs.rs"]
mod special_tabs;
#[path = "../examples/vectors/tab_rules.rs"]
mod tab_rules;
#[path = "../examples/vectors/tabs.rs"]
mod tabs;

#[test]
fn files_are_what_the_generator_makes() {
    let wanted = outputs::all();
    assert_eq!(
        outputs::differing(&wanted),
        Vec::<std::path::PathBuf>::new(),
        "run: cargo run -p farthing-protocol --example vectors -- --write"
    );
}
