//! What a QR code says, a stream of events however it is cut, and files that people bring.
#![no_main]

use farthing_core::inspect::begins_like_an_object;
use farthing_core::scan::{Scanned, recognise};
use farthing_core::sync::EventParser;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    begins_like_an_object(data);
    let (mut whole, mut cut) = (Vec::new(), Vec::new());
    EventParser::new().take(data, |event| whole.push(format!("{event:?}")));
    let mut parser = EventParser::new();
    for piece in data.chunks(usize::from(data.first().copied().unwrap_or(0)) % 7 + 1) {
        parser.take(piece, |event| cut.push(format!("{event:?}")));
    }
    assert_eq!(whole, cut);
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(Scanned::Request(pointer)) = recognise(text) {
        // It is the same request however the program that read the code passed it on.
        assert!(matches!(recognise(&pointer.link()), Ok(Scanned::Request(again)) if again == pointer));
    }
});
