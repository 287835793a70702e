//! Which acts may be forgotten: those on handles that nobody can pay any more, and nobody paid; those whose work is
//! undone, replaced, or delivered.
//!
//! | handle | its register and bind | its cancel |
//! |---|---|---|
//! | in stock, or bound and not expired | looked at again later | |
//! | paid | kept for ever: the audit shows by them whose it was | |
//! | expired or cancelled | removed, after the ciphertext | removed |
//!
//! | other act | looked at again later while |
//! |---|---|
//! | alias | kept for ever: it says whose the alias is |
//! | publish | its ciphertext lies there |
//! | generation | it is the device's last |
//! | prekeys | a key of it is in stock, the fallback, or claimed by an act in the journal |
//! | message | it waits |
//! | withdraw, claim, acknowledge | |

use crate::act::ACT_KEPT;
use crate::store::handles::{self, HandleRow, State};
use crate::store::journal::{self, ActKind, SweptAct};
use crate::store::{accounts, messages, prekeys};
use farthing_protocol::cose::Signed;
use farthing_protocol::generation::GenerationAct;
use farthing_protocol::handle::{HandleBind, HandleRegister};
use farthing_protocol::id::Handle;
use farthing_protocol::time::Time;
use rusqlite::Connection;

/// Acts that one slice looks at, each with up to 20 handles: a few milliseconds of the writer's time.
const SLICE: usize = 64;

/// What becomes of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Removed,
    Later,
    Kept,
}

/// Looks at one slice. True when there may be more to look at.
pub(crate) fn slice(db: &Connection, time: Time) -> rusqlite::Result<bool> {
    let acts = journal::acts_to_sweep(db, time, SLICE)?;
    for act in &acts {
        match fate(db, act, time)? {
            Fate::Removed => {
                prekeys::remove_claim(db, act.account, &act.id)?;
                journal::remove_act(db, act)?;
            }
            Fate::Later => journal::sweep_act_at(db, act, Some(time.plus(ACT_KEPT)))?,
            Fate::Kept => journal::sweep_act_at(db, act, None)?,
        }
    }
    Ok(acts.len() == SLICE)
}

fn fate(db: &Connection, act: &SweptAct, time: Time) -> rusqlite::Result<Fate> {
    let while_it = |in_use: bool| if in_use { Fate::Later } else { Fate::Removed };
    Ok(match act.kind {
        ActKind::Handle => of_handles(db, act, time)?,
        ActKind::Alias => Fate::Kept,
        ActKind::Publish => while_it(handles::is_published(db, act.account, &act.id)?),
        ActKind::Generation => while_it(is_current(db, act)?),
        ActKind::Prekeys => while_it(prekeys::in_use(db, act.account, &act.id)?),
        ActKind::Message => while_it(messages::waits(db, act.account, &act.id)?),
        ActKind::Withdraw | ActKind::Claim | ActKind::Acknowledge => Fate::Removed,
    })
}

fn is_current(db: &Connection, act: &SweptAct) -> rusqlite::Result<bool> {
    let Ok(told) = Signed::<GenerationAct>::parse(&act.signed) else { return Ok(false) };
    Ok(accounts::generation(db, act.device)? == Some(told.claims().generation()))
}

fn of_handles(db: &Connection, act: &SweptAct, time: Time) -> rusqlite::Result<Fate> {
    if let Ok(register) = Signed::<HandleRegister>::parse(&act.signed) {
        let mut fate = Fate::Removed;
        for stocked in &register.claims().handles {
            fate = fate.max(of_handle(db, &stocked.handle, time)?);
        }
        return Ok(fate);
    }
    let Ok(bind) = Signed::<HandleBind>::parse(&act.signed) else { return Ok(Fate::Removed) };
    let fate = of_handle(db, &bind.claims().handle, time)?;
    let stored = handles::content(db, &bind.claims().locator)?.is_some();
    Ok(if stored { fate.max(Fate::Later) } else { fate })
}

fn of_handle(db: &Connection, handle: &Handle, time: Time) -> rusqlite::Result<Fate> {
    let open = |row: &HandleRow| row.expires.is_none_or(|expires| time < expires);
    Ok(match handles::find(db, handle)? {
        Some(row) if row.state == State::Used => Fate::Kept,
        Some(row) if matches!(row.state, State::Stock | State::Bound) && open(&row) => Fate::Later,
        _ => Fate::Removed,
    })
}
