//! A disk that fails at a chosen write or sync, and whose power can be cut.
//!
//! SQLite works on real files in one folder. Beside them the disk knows what of them would survive a power cut: what was
//! synced. A sync costs nothing here, since nothing has to survive the test.

use super::durable::{Change, Durable, Image, Random, Remains, torn};
use super::shim::{self, CannotRegister, Verdict, Watch};
use rusqlite::ffi;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What goes wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A write fails, and nothing of it arrives.
    IoError,
    /// A write fails after its first bytes.
    ShortWrite,
    /// The power is cut during a write: some of its sectors arrive.
    TornPage,
    /// From this write on there is no room for more, until [`Disk::make_room`].
    DiskFull,
    /// A sync fails, and the system forgets some of what was to be written: a later sync succeeds and does not write it.
    FailedSync,
    /// From this sync on all of them succeed, and nothing becomes durable: at the power cut the newest is gone.
    LyingSync,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::IoError, Self::ShortWrite, Self::TornPage, Self::DiskFull, Self::FailedSync, Self::LyingSync];

    /// True for those that happen at a sync, false for those at a write.
    #[must_use]
    pub const fn is_at_sync(self) -> bool {
        matches!(self, Self::FailedSync | Self::LyingSync)
    }
}

/// The power cannot come back, or files be replaced, while SQLite has some of them open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StillOpen(pub usize);

impl core::fmt::Display for StillOpen {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} files are still open", self.0)
    }
}

impl std::error::Error for StillOpen {}

impl From<StillOpen> for std::io::Error {
    fn from(error: StillOpen) -> Self {
        Self::other(error)
    }
}

/// The disk: a folder, and the SQLite file system under whose name its databases are opened.
///
/// ```
/// use farthing_faults::vfs::{Disk, Fault};
/// let dir = std::env::temp_dir().join(format!("farthing-disk-{}", std::process::id()));
/// std::fs::create_dir_all(&dir)?;
/// let disk = Disk::register("doc-disk", &dir)?;
/// let open = || rusqlite::Connection::open_with_flags_and_vfs(dir.join("a.db"), Default::default(), "doc-disk");
/// let db = open()?;
/// db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (n); INSERT INTO t VALUES (1);")?;
/// disk.plan(Fault::FailedSync, 1, 7);
/// assert!(db.execute_batch("INSERT INTO t VALUES (2);").is_err());
/// disk.cut_power();
/// drop(db);
/// disk.restore_power()?;
/// let count: i64 = open()?.query_row("SELECT count(*) FROM t WHERE n = 1", [], |row| row.get(0))?;
/// assert_eq!(count, 1);
/// # std::fs::remove_dir_all(dir)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Disk {
    folder: PathBuf,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    durable: Durable,
    /// Names of the files that were opened, by number.
    names: Vec<String>,
    open: usize,
    /// What is to happen, at which write or sync from now.
    plan: Option<(Fault, u64)>,
    struck: bool,
    dead: bool,
    full: bool,
    lies: bool,
    writes: u64,
    syncs: u64,
    random: Random,
}

impl Disk {
    /// Registers a disk over a folder that is there, for the rest of the process.
    ///
    /// # Errors
    /// [`CannotRegister`], also for a name with a NUL byte.
    pub fn register(name: &str, folder: &Path) -> Result<Self, CannotRegister> {
        let folder = folder.canonicalize().map_err(|_| CannotRegister)?;
        let disk = Self { folder, state: Arc::default() };
        shim::register(name, Arc::new(disk.clone()))?;
        Ok(disk)
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The `at`th write or sync from now fails in this way; `seed` decides what arrives in part.
    pub fn plan(&self, fault: Fault, at: u64, seed: u64) {
        let mut state = self.state();
        (state.plan, state.struck, state.random) = (Some((fault, at)), false, Random(seed));
    }

    /// True when what was planned has happened.
    #[must_use]
    pub fn has_struck(&self) -> bool {
        self.state().struck
    }

    /// True once the power is cut: nothing is written any more.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// Writes and truncations so far, and syncs.
    #[must_use]
    pub fn counted(&self) -> (u64, u64) {
        let state = self.state();
        (state.writes, state.syncs)
    }

    /// Somebody deleted something: the disk is not full any more.
    pub fn make_room(&self) {
        self.state().full = false;
    }

    /// Cuts the power. The process that used the disk can only let go of it.
    pub fn cut_power(&self) {
        self.state().dead = true;
    }

    /// The power is back: the folder holds what was synced, and of the rest what happened to arrive. Nothing fails any more.
    ///
    /// # Errors
    /// [`StillOpen`], or the real file system's own.
    pub fn restore_power(&self) -> std::io::Result<()> {
        let mut state = self.closed()?;
        let remains = if state.lies { Remains::Beginning } else { Remains::Anything };
        let mut random = std::mem::take(&mut state.random);
        state.durable.lose(remains, &mut random);
        *state = State { durable: std::mem::take(&mut state.durable), ..State::default() };
        state.durable.write(&self.folder)
    }

    /// What would survive a power cut now, if nothing else did.
    #[must_use]
    pub fn image(&self) -> Image {
        self.state().durable.image()
    }

    /// Puts an image in the place of everything.
    ///
    /// # Errors
    /// [`StillOpen`], or the real file system's own.
    pub fn load(&self, image: &Image) -> std::io::Result<()> {
        let mut state = self.closed()?;
        *state = State { durable: Durable::of(image), ..State::default() };
        state.durable.write(&self.folder)
    }

    fn closed(&self) -> Result<MutexGuard<'_, State>, StillOpen> {
        let state = self.state();
        if state.open == 0 { Ok(state) } else { Err(StillOpen(state.open)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The fault whose turn has come.
    fn due(&mut self, at_sync: bool) -> Option<Fault> {
        let (fault, at) = self.plan?;
        if fault.is_at_sync() != at_sync {
            return None;
        }
        self.plan = (at > 1).then_some((fault, at.saturating_sub(1)));
        self.struck = at <= 1;
        self.struck.then_some(fault)
    }

    fn name(&self, file: usize) -> Option<String> {
        self.names.get(file).cloned().filter(|name| !name.is_empty())
    }

    /// Some of a write arrives in the real file, and so may arrive on the disk.
    fn only(&mut self, name: &str, at: u64, bytes: &[u8], parts: Vec<std::ops::Range<usize>>, code: i32) -> Verdict {
        for part in &parts {
            if let Some(piece) = bytes.get(part.clone()) {
                self.durable.note(name, Change::Write { at: at + part.start as u64, bytes: piece.to_vec() });
            }
        }
        Verdict::Only(parts, code)
    }

    fn fail_write(&mut self, fault: Fault, name: &str, at: u64, bytes: &[u8]) -> Verdict {
        match fault {
            Fault::ShortWrite => {
                let len = usize::try_from(self.random.below(bytes.len().max(1) as u64)).unwrap_or_default();
                self.only(name, at, bytes, std::iter::once(0..len).collect(), ffi::SQLITE_IOERR_WRITE)
            }
            Fault::TornPage => {
                self.dead = true;
                let parts = torn(bytes.len(), at, &mut self.random);
                self.only(name, at, bytes, parts, ffi::SQLITE_IOERR_WRITE)
            }
            Fault::DiskFull => {
                self.full = true;
                Verdict::Answer(ffi::SQLITE_FULL)
            }
            Fault::IoError | Fault::FailedSync | Fault::LyingSync => Verdict::Answer(ffi::SQLITE_IOERR_WRITE),
        }
    }
}

/// What a dead disk says to everything.
const DEAD: Verdict = Verdict::Answer(ffi::SQLITE_IOERR);

impl Watch for Disk {
    fn opened(&self, path: Option<&Path>, _: bool) -> usize {
        let mut state = self.state();
        state.open += 1;
        let name =
            path.and_then(|path| path.strip_prefix(&self.folder).ok()).and_then(Path::to_str).unwrap_or_default();
        if let (false, Ok(bytes)) = (state.durable.knows(name), std::fs::read(self.folder.join(name))) {
            state.durable.found(name, bytes);
        }
        state.names.push(name.to_owned());
        state.names.len() - 1
    }

    fn closed(&self, _: usize) {
        let mut state = self.state();
        state.open = state.open.saturating_sub(1);
    }

    fn write(&self, file: usize, at: u64, bytes: &[u8]) -> Verdict {
        let mut state = self.state();
        let Some(name) = state.name(file) else { return Verdict::Pass };
        if state.dead {
            return DEAD;
        }
        state.writes += 1;
        if let Some(fault) = state.due(false) {
            return state.fail_write(fault, &name, at, bytes);
        }
        let end = at.saturating_add(bytes.len() as u64);
        if state.full && std::fs::metadata(self.folder.join(&name)).map_or(0, |found| found.len()) < end {
            return Verdict::Answer(ffi::SQLITE_FULL);
        }
        state.durable.note(&name, Change::Write { at, bytes: bytes.to_vec() });
        Verdict::Pass
    }

    fn truncate(&self, file: usize, len: u64) -> Verdict {
        let mut state = self.state();
        let Some(name) = state.name(file) else { return Verdict::Pass };
        if state.dead {
            return DEAD;
        }
        state.writes += 1;
        if let Some(fault) = state.due(false) {
            return state.fail_write(fault, &name, len, &[]);
        }
        state.durable.note(&name, Change::Truncate(len));
        Verdict::Pass
    }

    fn sync(&self, file: usize) -> Verdict {
        let mut state = self.state();
        let done = Verdict::Answer(ffi::SQLITE_OK);
        let Some(name) = state.name(file) else { return done };
        if state.dead {
            return DEAD;
        }
        state.syncs += 1;
        match state.due(true) {
            Some(Fault::LyingSync) => state.lies = true,
            Some(_) => {
                let mut random = std::mem::take(&mut state.random);
                state.durable.forget_some(&name, &mut random);
                state.random = random;
                return Verdict::Answer(ffi::SQLITE_IOERR_FSYNC);
            }
            None => {}
        }
        if !state.lies {
            state.durable.sync(&name);
        }
        done
    }

    fn delete(&self, path: &Path, durably: bool) -> Verdict {
        let mut state = self.state();
        let name = path.strip_prefix(&self.folder).ok().and_then(Path::to_str).map(str::to_owned);
        let Some(name) = name else { return Verdict::Pass };
        if state.dead {
            return DEAD;
        }
        state.durable.note(&name, Change::Delete);
        if durably && !state.lies {
            state.durable.sync(&name);
        }
        Verdict::Pass
    }
}
