//! Links, aliases, amounts and the headers of signed reads: what is read is shown as it was written.
#![no_main]

use farthing_protocol::alias::Alias;
use farthing_protocol::http::{Call, SignatureHeaders, signature};
use farthing_protocol::id::VerifierId;
use farthing_protocol::invite;
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::pairing::Offer;
use farthing_protocol::pointer::Pointer;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(pointer) = Pointer::parse(text) {
        assert!(Pointer::parse(&pointer.link()).unwrap() == pointer);
    }
    if let Ok(invite) = invite::parse_link(text) {
        assert!(invite::link(&invite).eq_ignore_ascii_case(text.trim()));
    }
    if let Ok((url, offer)) = Offer::parse_link(text) {
        assert!(offer.link(&url).eq_ignore_ascii_case(text.trim()));
    }
    if let Ok(alias) = Alias::new(text) {
        assert_eq!(Alias::new(alias.as_str()).unwrap(), alias);
    }
    let assets = [("KRW", 4), ("USD", 6)].map(|(code, scale)| Asset::new(Code::new(code).unwrap(), scale).unwrap());
    if let Ok(amount) = Amount::parse(text, &assets) {
        assert_eq!(Amount::parse(&amount.to_string(), &assets), Ok(amount));
    }
    let mut lines = text.split('\n').map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    let headers = SignatureHeaders { content_digest: next(), signature_input: next(), signature: next() };
    let call = Call { signature: Some(headers), ..Call::get(next(), next()) };
    let _ = signature::read(&call, "pay.example.org", &VerifierId::new([7; 32]));
});
