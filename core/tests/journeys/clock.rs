//! A wallet whose own clock is wrong by a year: it goes by the verifier's.

use crate::world::{World, available, pay, target, terms};
use farthing_core::payment::{Outcome, Target};
use farthing_core::wallet::{Clocks, SystemClocks, Wallet};
use farthing_protocol::time::{Moment, Span};
use std::sync::Arc;

const YEAR: Span = Span::from_h(24 * 365);

struct Off {
    ahead: bool,
    right: SystemClocks,
}

impl Clocks for Off {
    fn now(&self) -> Moment {
        let now = self.right.now();
        let wall = if self.ahead { now.wall.plus(YEAR) } else { now.wall.minus(YEAR) };
        Moment { wall, ..now }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_a_year_off_hinders_nothing() {
    for ahead in [true, false] {
        let world = World::start().await;
        let (_, truck) = world.person("truck").await;
        let mut person = world.place("ann");
        person.place.clocks = Arc::new(Off { ahead, right: SystemClocks });
        let (ann, _) = Wallet::enrol(&person.place, &world.invite, Default::default()).await.unwrap();
        for opened_again in [false, true] {
            let made = truck.request(terms(Some("1 USD"))).await.unwrap();
            let (_, outcome) = pay(&ann, target(&made), None, "x").await;
            assert!(matches!(outcome, Outcome::Settled(_)), "{ahead} {opened_again}: {outcome:?}");
        }
        ann.close().await.unwrap();

        // Just opened, it knows no time but its own, and its first signed read is out of date.
        let ann = Wallet::open(&person.place).await.unwrap();
        assert_eq!(ann.status().unwrap().clock_offset_ms, None);
        ann.look(Target::Alias(truck.profile().alias)).await.unwrap();
        assert!(ann.status().unwrap().clock_offset_ms.is_some(), "the refusal of that read said what time it is");
        let made = ann.request(terms(Some("3 USD"))).await.unwrap();
        pay(&truck, target(&made), None, "x").await;
        assert_eq!(ann.sync(Span::from_ms(0)).await.unwrap().received, 1);
        assert_eq!((available(&ann), available(&truck)), ("21.00 USD".to_owned(), "17.00 USD".to_owned()));

        let status = ann.status().unwrap();
        let off = status.clock_offset_ms.unwrap() * if ahead { 1 } else { -1 };
        assert!((off - YEAR.as_ms() as i64).abs() < 60_000, "{off}");
        let right = SystemClocks.now().wall;
        assert!(status.verifier_time.unwrap().since(right).as_ms() < 60_000);
        let newest = &ann.history(None, 1).unwrap()[0];
        assert!(right.since(newest.at).as_ms() < 60_000, "what is stored has the verifier's time");
    }
}
