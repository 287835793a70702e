//! The parser of server-sent events: whatever arrives and however it is cut.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use farthing_core::sync::{EventParser, ServerEvent};
use proptest::prelude::*;

/// The events of a stream that arrives in pieces of these sizes, over and over.
fn events(bytes: &[u8], sizes: &[usize]) -> Vec<ServerEvent> {
    let mut parser = EventParser::new();
    let mut events = Vec::new();
    let mut rest = bytes;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, later) = rest.split_at((*size).clamp(1, rest.len()));
        parser.take(piece, |event| events.push(event));
        // What it keeps does not depend on how much came.
        assert!(format!("{parser:?}").len() < 64 * 1024);
        rest = later;
    }
    events
}

fn event(name: &str, data: &str) -> ServerEvent {
    ServerEvent { name: name.to_owned(), data: data.to_owned() }
}

/// The examples of the specification (WHATWG HTML, 9.2.6), and what a verifier sends.
#[test]
fn streams_mean_what_the_specification_says() {
    let cases: [(&str, &[ServerEvent]); 12] = [
        ("event: entries\ndata: 1 17\n\n", &[event("entries", "1 17")]),
        (":\n:\nevent: messages\r\ndata: 4\r\n\r\n", &[event("messages", "4")]),
        ("data: YHOO\rdata: +2\rdata: 10\r\r", &[event("message", "YHOO\n+2\n10")]),
        ("data\n\ndata\ndata\n\ndata:", &[event("message", ""), event("message", "\n")]),
        ("data:test\n\ndata: test\n\n", &[event("message", "test"), event("message", "test")]),
        ("\u{feff}data: a\n\n\u{feff}data: b\n\n", &[event("message", "a")]),
        ("event: entries\n\ndata: 1\n\n", &[event("message", "1")]),
        ("id: 1\nretry: 10\nfoo: bar\ndata: x\n\n", &[event("message", "x")]),
        ("data: cut off by the end", &[]),
        ("", &[]),
        ("\n\n\r\r\r\n\r\n", &[]),
        ("event:entries\nevent: devices\ndata:  2\n\n", &[event("devices", " 2")]),
    ];
    for (stream, expected) in cases {
        assert_eq!(events(stream.as_bytes(), &[usize::MAX]), expected, "{stream:?}");
    }
}

#[test]
fn what_is_too_long_is_left_out_and_what_follows_is_heard() {
    let long = "x".repeat(10_000_000);
    let many = "data: 0123456789\n".repeat(100_000);
    for flood in [long.clone(), format!("data: {long}\n"), format!("event: {long}\ndata: 1"), many] {
        let stream = format!("{flood}\n\nevent: entries\ndata: 1 2\n\n");
        let heard = events(stream.as_bytes(), &[4096]);
        assert_eq!(heard.last(), Some(&event("entries", "1 2")));
        assert!(heard.iter().all(|event| event.name.len() + event.data.len() < 10_000), "{}", heard.len());
    }
}

proptest! {
    #[test]
    fn however_it_is_cut_it_says_the_same(
        lines in prop::collection::vec(
            prop_oneof!["(event|data|id|:)?:? ?[a-z0-9é]{0,12}", Just(String::new()), Just("data: 1 2".to_owned())], 0..40),
        ends in prop::collection::vec(prop_oneof![Just("\n"), Just("\r"), Just("\r\n")], 1..5),
        sizes in prop::collection::vec(1_usize..20, 1..10),
    ) {
        let stream: String = lines.iter().zip(ends.iter().cycle()).flat_map(|(line, end)| [line.as_str(), end]).collect();
        let whole = events(stream.as_bytes(), &[usize::MAX]);
        prop_assert_eq!(&whole, &events(stream.as_bytes(), &sizes));
        prop_assert_eq!(whole, events(stream.as_bytes(), &[1]));
    }

    #[test]
    fn garbage_is_bounded_and_cut_as_well_as_whole(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'\r'), Just(b':')], 0..2000),
        sizes in prop::collection::vec(1_usize..100, 1..10),
    ) {
        prop_assert_eq!(events(&bytes, &[usize::MAX]), events(&bytes, &sizes));
    }
}
