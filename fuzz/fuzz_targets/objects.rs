//! Every signed object: nothing panics, and what is accepted is the one encoding of its contents.
#![no_main]

#[path = "../../protocol/tests/protocol/kinds.rs"]
#[allow(dead_code)]
mod kinds;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else { return };
    kinds::accepts_exactly(kinds::OBJECTS[usize::from(*kind) % kinds::OBJECTS.len()], bytes);
});
