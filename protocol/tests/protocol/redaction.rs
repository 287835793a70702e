//! What `Debug` shows reaches logs: nothing secret, nothing that people wrote, no address in full.

use farthing_protocol::details::{Memo, Salt};
use farthing_protocol::http::{Call, Reply};
use farthing_protocol::id::{Handle, InviteCode};
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::pointer::{Pointer, PointerSecret};
use farthing_protocol::sealed::HpkeKey;

#[test]
fn debug_is_discreet() {
    let byte = 0xab_u8;
    let mut call = Call::post("/v1/aliases/truck-7", "text/plain", vec![byte; 64]);
    call.query = "secret".to_owned();
    let link = "https://pay.example.org/R#VOV2XK5LVOV2XK5LVOV2XK5LVOV2XK5L";
    let shown = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {call:?} {:?}",
        Ed25519Key::from_seed([byte; 32]),
        HpkeKey::from_seed(&[byte; 32]),
        Salt::new([byte; 32]),
        InviteCode::new([byte; 16]),
        PointerSecret::new([byte; 20]),
        Pointer::parse(link).unwrap(),
        Memo::new("truck-7 lunch").unwrap(),
        Handle::new([byte; 16]),
        Reply::ok("text/plain", vec![byte; 64]),
    );
    for leak in ["ababababab", "171, 171", "truck-7", "lunch", "secret ", "VOV2"] {
        let count = shown.matches(leak).count();
        // "secret redacted" is what two of them say.
        assert_eq!(
            count - if leak == "secret " { shown.matches("secret redacted").count() } else { 0 },
            0,
            "{leak}: {shown}"
        );
    }
}
