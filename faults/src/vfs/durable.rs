//! What of a folder's files survives a power cut: what was synced, and of the rest whatever the disk happened to have written.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// A disk writes whole sectors: a write that is cut off by a power cut arrives in some of them.
const SECTOR: u64 = 512;

/// The files of a folder, by name.
#[derive(Clone, Debug, Default)]
pub struct Image(pub(super) BTreeMap<String, Vec<u8>>);

/// A change that SQLite was told is done, and that is not synced.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Write { at: u64, bytes: Vec<u8> },
    Truncate(u64),
    Delete,
}

/// How much of what was not synced is there after a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remains {
    /// Each write or not, whole or in part, in whatever order the disk chose.
    Anything,
    /// Everything up to some moment, as from a cache that lost its newest part.
    Beginning,
}

/// A folder as it would be found after a power cut, and what is under way to it.
#[derive(Debug, Default)]
pub(super) struct Durable {
    files: BTreeMap<String, Vec<u8>>,
    pending: Vec<(String, Change)>,
}

impl Durable {
    pub(super) fn note(&mut self, name: &str, change: Change) {
        self.pending.push((name.to_owned(), change));
    }

    /// A file that was there before SQLite opened it. An empty one was made for it just now, and can vanish.
    pub(super) fn found(&mut self, name: &str, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.files.entry(name.to_owned()).or_insert(bytes);
        }
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.files.contains_key(name) || self.pending.iter().any(|(of, _)| of == name)
    }

    /// Everything of this file is on the disk from now on. With the first sync of a new log or journal SQLite syncs the
    /// folder, too: what was deleted stays so.
    pub(super) fn sync(&mut self, name: &str) {
        if !self.files.contains_key(name) && name.contains('-') {
            let deletions = self.pending.iter().filter(|(_, change)| matches!(change, Change::Delete));
            let deleted: Vec<String> = deletions.map(|(of, _)| of.clone()).filter(|of| of != name).collect();
            deleted.iter().for_each(|of| self.sync_own(of));
        }
        self.sync_own(name);
    }

    fn sync_own(&mut self, name: &str) {
        for (of, change) in self.pending.extract_if(.., |(of, _)| of == name) {
            apply(&mut self.files, &of, &change);
        }
    }

    /// The system took a failed sync as the end of it: what was to be written is forgotten, in part, and later syncs do not
    /// try again.
    pub(super) fn forget_some(&mut self, name: &str, random: &mut Random) {
        for (of, change) in self.pending.extract_if(.., |(of, _)| of == name) {
            if random.below(2) == 0 {
                apply(&mut self.files, &of, &change);
            }
        }
    }

    /// The power is cut: what was not synced arrives in part.
    pub(super) fn lose(&mut self, remains: Remains, random: &mut Random) {
        let pending = std::mem::take(&mut self.pending);
        let begun = random.below(pending.len() as u64 + 1);
        // Of ten power cuts one loses everything, and one nothing.
        let kept = random.below(11);
        let mut undeleted = Vec::new();
        for (n, (name, change)) in pending.into_iter().enumerate() {
            let arrives = match remains {
                Remains::Beginning => (n as u64) < begun,
                // After a deletion that did not arrive, the name still stands for the old file.
                Remains::Anything => !undeleted.contains(&name) && random.below(10) < kept,
            };
            match change {
                Change::Delete if !arrives => undeleted.push(name),
                Change::Write { at, bytes } if arrives && remains == Remains::Anything && random.below(8) == 0 => {
                    for part in torn(bytes.len(), at, random) {
                        let piece = bytes.get(part.clone()).map(<[u8]>::to_vec).unwrap_or_default();
                        apply(&mut self.files, &name, &Change::Write { at: at + part.start as u64, bytes: piece });
                    }
                }
                change if arrives => apply(&mut self.files, &name, &change),
                _ => {}
            }
        }
    }

    pub(super) fn image(&self) -> Image {
        Image(self.files.clone())
    }

    pub(super) fn of(image: &Image) -> Self {
        Self { files: image.0.clone(), pending: Vec::new() }
    }

    /// Makes the real folder look like this.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                std::fs::remove_file(entry.path())?;
            }
        }
        self.files.iter().try_for_each(|(name, bytes)| std::fs::write(folder.join(name), bytes))
    }
}

fn apply(files: &mut BTreeMap<String, Vec<u8>>, name: &str, change: &Change) {
    match change {
        Change::Delete => {
            files.remove(name);
        }
        Change::Truncate(len) => {
            let len = usize::try_from(*len).unwrap_or(usize::MAX);
            files.entry(name.to_owned()).or_default().truncate(len);
        }
        Change::Write { at, bytes } => {
            let file = files.entry(name.to_owned()).or_default();
            let at = usize::try_from(*at).unwrap_or(usize::MAX);
            let end = at.saturating_add(bytes.len());
            if file.len() < end {
                file.resize(end, 0);
            }
            if let Some(place) = file.get_mut(at..end) {
                place.copy_from_slice(bytes);
            }
        }
    }
}

/// The parts of a write that arrive when it is cut off: whole sectors, at least one of them missing.
pub(super) fn torn(len: usize, at: u64, random: &mut Random) -> Vec<std::ops::Range<usize>> {
    let mut sectors = Vec::new();
    let mut start = 0;
    while start < len {
        let into = (at + start as u64) % SECTOR;
        let end = len.min(start + usize::try_from(SECTOR - into).unwrap_or(len));
        sectors.push(start..end);
        start = end;
    }
    let missing = random.below(sectors.len().max(1) as u64);
    let mut number = 0;
    sectors.retain(|_| {
        number += 1;
        number - 1 != missing && random.below(2) == 0
    });
    sectors
}

/// SplitMix64: the same seed gives the same faults.
#[derive(Debug, Default)]
pub(super) struct Random(pub(super) u64);

impl Random {
    /// Below `limit`, which is not zero.
    pub(super) const fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}
