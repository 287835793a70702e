//! `clock accept`: says what was doubted and what time it will be from now on, for it cannot be undone.

use super::Outcome;
use crate::Verifier;
use crate::operator::OperatorError;
use farthing_protocol::limits::CLOCK_START_MAX;
use farthing_protocol::time::Moment;
use serde_json::{Value, json};

/// Lets time go on. A step of more than 24 hours asks for `yes`: ledger time never goes back.
pub(super) fn accept(verifier: &mut Verifier, yes: bool, now: Moment) -> Result<Value, Outcome> {
    let before = verifier.context.clock.ledger();
    // Looks once more: the clock may have jumped since it was last read.
    let doubt = verifier.context.clock.read(now).err();
    if doubt.is_some() && !yes && now.wall.since(before) > CLOCK_START_MAX {
        return Err(Outcome::Not {
            exit: 5,
            kind: "not_confirmed".to_owned(),
            message: format!(
                "ledger time would go from {} to {}, and never back; compare with another clock, and when this is \
                 right, run it again with --yes",
                before.to_rfc3339(),
                now.wall.to_rfc3339()
            ),
            retryable: false,
        });
    }
    let time = verifier.accept_clock(now).map_err(OperatorError::from)?;
    Ok(json!({
        "time": time.as_ms(),
        "time_text": time.to_rfc3339(),
        "before": before.as_ms(),
        "before_text": before.to_rfc3339(),
        "wall": now.wall.as_ms(),
        "wall_text": now.wall.to_rfc3339(),
        "doubt": doubt.map(|doubt| doubt.to_string()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Keys, Setup};
    use farthing_protocol::key::Ed25519Key;
    use farthing_protocol::money::{Asset, Code};
    use farthing_protocol::time::{Span, Time};

    #[test]
    fn a_long_step_is_confirmed_and_a_sound_clock_is_called_so() {
        let at = |hours| Moment {
            wall: Time::from_ms(1_763_673_600_000).plus(Span::from_h(hours)),
            monotonic: Span::from_s(1),
        };
        let setup = Setup::open("http://127.0.0.1:1", Asset::new(Code::new("USD").unwrap(), 6).unwrap(), 0);
        let db = rusqlite::Connection::open_in_memory().unwrap();
        let keys = Keys::from_seeds([1; 32], [2; 32]);
        let mut verifier = Verifier::create(db, &setup, &Ed25519Key::from_seed([3; 32]), keys, at(0)).unwrap();
        let sound = accept(&mut verifier, false, at(0)).unwrap();
        assert!(sound["doubt"].is_null() && sound["time"] == sound["before"]);
        // Jumped since the last reading, and nobody has read the clock yet.
        let refused = accept(&mut verifier, false, at(25)).unwrap_err();
        assert!(matches!(refused, Outcome::Not { exit: 5, .. }), "{refused:?}");
        assert!(verifier.clock_doubt().is_some());
        let done = accept(&mut verifier, true, at(25)).unwrap();
        assert_eq!((&done["before_text"], &done["time_text"]), (&sound["time_text"], &done["wall_text"]));
        assert!(done["doubt"].as_str().unwrap().contains("jumped"));
        let back = accept(&mut verifier, false, at(1)).unwrap();
        assert_eq!(back["time"], done["time"], "never back");
    }
}
