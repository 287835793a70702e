//! Two people meet: one shows, the other scans, somebody may photograph; both compare, and say yes or no.

use crate::errand::Errand;
use crate::event::{Event, Who};
use crate::family::Family;
use crate::laws::{Broken, Law, hold};
use crate::world::World;
use farthing_core::contacts::{self, ContactState};
use farthing_core::error::Error;
use farthing_core::pairing::{Compare, PairingId, Scan, Show};
use farthing_protocol::pairing::Purpose;
use std::collections::{BTreeMap, BTreeSet};

/// A meeting of Ann and Bob.
#[derive(Default)]
pub(crate) struct Meeting {
    id: Option<PairingId>,
    comparing: BTreeMap<Who, Compare>,
    said_yes: BTreeSet<Who>,
}

impl World {
    /// One shows, the other scans after a while; now and then a third one is faster.
    pub(crate) fn meet(&mut self) -> Result<(), Broken> {
        let shower = if self.random.chance(500) { Who::Ann } else { Who::Bob };
        let busy = [Who::Ann, Who::Bob].into_iter().any(|who| {
            let purse = self.purse(who);
            !purse.is_open() || !purse.is_ready() || purse.is_meeting()
        });
        if busy {
            return Ok(());
        }
        let now = self.queue.now_ms();
        let shown = self.purse(shower).with(now, |engine, now| Show::new(engine, Purpose::Contact, now));
        let Some(show) = self.sound(shower, shown)? else { return Ok(()) };
        let link = show.link().to_owned();
        self.meeting = Some(Meeting { id: Some(*show.id()), ..Meeting::default() });
        self.note(format!("{shower:?} shows a code"));
        self.begin(shower, Errand::show(show))?;
        if self.happens(250) {
            let soon = self.random.between(100, 12_000);
            self.queue.plan(soon, Event::Scan(Who::Third, link.clone()));
        }
        let soon = self.random.between(1_000, 12_000);
        self.queue.plan(soon, Event::Scan(shower.other(), link));
        Ok(())
    }

    /// Somebody holds a camera to it.
    pub(crate) fn scan(&mut self, who: Who, link: &str) -> Result<(), Broken> {
        let now = self.queue.now_ms();
        match self.purse(who).with(now, |engine, now| Scan::new(engine, link, now)) {
            Some(Ok(scan)) => self.begin(who, Errand::scan(scan)),
            Some(Err(Error::Wallet(_))) | None => Ok(()),
            Some(Err(error)) => self.alarm(who, &error),
        }
    }

    /// A phone shows six digits. Ann and Bob look at both phones; who photographed says yes to anything.
    pub(crate) fn compared(&mut self, who: Who, compare: Compare) -> Result<(), Broken> {
        let Some(meeting) = self.meeting.as_mut().filter(|meeting| meeting.id == Some(*compare.id())) else {
            return Ok(());
        };
        let code = compare.code();
        if who == Who::Third {
            return self.say(who, compare, true);
        }
        meeting.comparing.insert(who, compare);
        self.note(format!("{who:?} sees {code}"));
        let Some(meeting) = self.meeting.as_mut().filter(|meeting| meeting.comparing.len() == 2) else {
            return Ok(());
        };
        let both = std::mem::take(&mut meeting.comparing);
        let codes: BTreeSet<String> = both.values().map(|compare| compare.code().to_string()).collect();
        let same = codes.len() == 1;
        self.note(format!("the digits are the same: {same}"));
        for (who, compare) in both {
            // Some are in doubt all the same.
            let says = same && !self.happens(80);
            self.say(who, compare, says)?;
        }
        Ok(())
    }

    fn say(&mut self, who: Who, compare: Compare, same: bool) -> Result<(), Broken> {
        let (id, now) = (*compare.id(), self.queue.now_ms());
        match self.purse(who).with(now, |engine, now| compare.confirm(engine, same, now)) {
            Some(Ok(_)) => {
                if let Some(meeting) = &mut self.meeting {
                    meeting.said_yes.insert(who);
                }
                self.begin(who, Errand::exchange(id))
            }
            Some(Err(Error::Wallet(_))) | None => Ok(()),
            Some(Err(error)) => self.alarm(who, &error),
        }
    }

    /// Nobody has a contact but who was met, and those who both said yes in peace have each other.
    pub(crate) fn end_of_meetings(&mut self) -> Result<(), Broken> {
        let agreed =
            self.meeting.as_ref().is_some_and(|m| m.said_yes.contains(&Who::Ann) && m.said_yes.contains(&Who::Bob));
        hold(Law::MetIsMet, agreed, || "two people in peace cannot meet".to_owned())?;
        for (who, other) in [(Who::Ann, Who::Bob), (Who::Bob, Who::Ann)] {
            let account = self.purse(other).account;
            let known = self.purse(who).disk().look(contacts::list)?;
            let only = known.iter().all(|contact| contact.account == account);
            hold(Law::MetIsMet, only, || format!("{who:?} knows somebody else than {other:?}"))?;
            let verified = known.iter().any(|contact| contact.state == ContactState::Verified);
            hold(Law::MetIsMet, verified, || format!("{who:?} has not verified {other:?}"))?;
            self.counts.key_events += known.len() as u64;
        }
        let fooled = self.purse(Who::Third).disk().look(contacts::list)?;
        hold(Law::MetIsMet, fooled.is_empty(), || "who photographed a code has a contact".to_owned())?;
        Ok(())
    }

    /// True when the last meeting has come to its end. A message that failed before waits for its next try, and with it
    /// those that came after it.
    pub(crate) fn all_met(&mut self) -> Result<bool, Broken> {
        let mut all = true;
        if self.family == Family::Pairing {
            for who in [Who::Ann, Who::Bob] {
                let known = self.purse(who).disk().look(contacts::list)?;
                all &= known.iter().any(|contact| contact.state == ContactState::Verified);
            }
        }
        Ok(all)
    }

    /// After each step: nobody is verified by anybody else, and nobody knows the third one.
    pub(crate) fn check_contacts(&mut self) -> Result<(), Broken> {
        let third = self.purse(Who::Third).account;
        for who in [Who::Ann, Who::Bob] {
            let known = self.purse(who).disk().look(contacts::list)?;
            let fooled = known.iter().any(|contact| contact.account == third);
            hold(Law::MetIsMet, !fooled, || format!("{who:?} has who photographed as a contact"))?;
        }
        Ok(())
    }
}
