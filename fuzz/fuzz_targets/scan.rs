//! What a QR code says, a stream of events however it is cut, words that people type, and files that they bring.
#![no_main]

use farthing_core::inspect::{Anchors, begins_like_an_object, inspect};
use farthing_core::keys::phrase::Phrase;
use farthing_core::scan::Scanned;
use farthing_core::scan::text::recognise;
use farthing_core::sync::EventParser;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    assert!(begins_like_an_object(data) || inspect(data, &Anchors::default()).is_none());
    let (mut whole, mut cut) = (Vec::new(), Vec::new());
    EventParser::new().take(data, |event| whole.push(format!("{event:?}")));
    let mut parser = EventParser::new();
    for piece in data.chunks(usize::from(data.first().copied().unwrap_or(0)) % 7 + 1) {
        parser.take(piece, |event| cut.push(format!("{event:?}")));
    }
    assert_eq!(whole, cut);
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(phrase) = Phrase::parse(text) {
        assert!(phrase.words().eq(text.split_whitespace().map(str::to_ascii_lowercase)));
    }
    if let Ok(Scanned::Request(pointer)) = recognise(text) {
        // It is the same request however the program that read the code passed it on.
        assert!(matches!(recognise(&pointer.link()), Ok(Scanned::Request(again)) if again == pointer));
    }
});
