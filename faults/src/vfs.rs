//! A file system for SQLite that passes everything on to the real one and counts the syncs.
//!
//! A durable commit in WAL mode costs one sync of the write-ahead log, whatever the machine: counting them says what a
//! payment costs without timing anything. Source: SQLite's `sqlite3_vfs` and `sqlite3_io_methods`
//! (<https://sqlite.org/vfs.html>).
//!
//! ```
//! let counts = farthing_faults::vfs::register("doc-example")?;
//! let dir = std::env::temp_dir().join(format!("farthing-vfs-{}", std::process::id()));
//! std::fs::create_dir_all(&dir)?;
//! let flags = rusqlite::OpenFlags::default();
//! let db = rusqlite::Connection::open_with_flags_and_vfs(dir.join("a.db"), flags, "doc-example")?;
//! db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (n); INSERT INTO t VALUES (1);")?;
//! let before = counts.wal_syncs();
//! db.execute_batch("INSERT INTO t VALUES (2);")?;
//! assert_eq!(counts.wal_syncs() - before, 1);
//! # drop(db);
//! # std::fs::remove_dir_all(dir)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![allow(unsafe_code, reason = "SQLite's file system is a C interface; nothing of this is part of what people run")]

use rusqlite::ffi;
use std::ffi::{CString, c_char, c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often the files of one file system were synced.
#[derive(Debug, Default)]
pub struct Counts {
    wal: AtomicU64,
    other: AtomicU64,
}

impl Counts {
    /// Syncs of write-ahead logs: one per durable commit.
    #[must_use]
    pub fn wal_syncs(&self) -> u64 {
        self.wal.load(Ordering::SeqCst)
    }

    /// Syncs of other files: databases at a checkpoint, folders, journals.
    #[must_use]
    pub fn other_syncs(&self) -> u64 {
        self.other.load(Ordering::SeqCst)
    }
}

/// The file system could not be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CannotRegister;

impl core::fmt::Display for CannotRegister {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SQLite did not take the file system")
    }
}

impl std::error::Error for CannotRegister {}

/// What our file system keeps behind its `pAppData`.
struct Shim {
    real: *mut ffi::sqlite3_vfs,
    counts: Arc<Counts>,
}

/// An open file of ours; the real one lies right behind it in the memory that SQLite allocated.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    counts: *const Counts,
    is_wal: bool,
}

/// Registers a counting file system under `name` for the rest of the process.
///
/// # Errors
/// [`CannotRegister`], also for a name with a NUL byte.
pub fn register(name: &str) -> Result<Arc<Counts>, CannotRegister> {
    let name = CString::new(name).map_err(|_| CannotRegister)?;
    let counts = Arc::new(Counts::default());
    // SAFETY: the default VFS lives as long as the process; ours and its name are leaked, as SQLite asks for.
    unsafe {
        let real = ffi::sqlite3_vfs_find(core::ptr::null());
        if real.is_null() {
            return Err(CannotRegister);
        }
        let shim = Box::leak(Box::new(Shim { real, counts: Arc::clone(&counts) }));
        let mut vfs = *real;
        let own = c_int::try_from(size_of::<File>()).map_err(|_| CannotRegister)?;
        vfs.szOsFile += own;
        vfs.pNext = core::ptr::null_mut();
        vfs.zName = name.into_raw();
        vfs.pAppData = core::ptr::from_mut(shim).cast();
        vfs.xOpen = Some(open);
        vfs.xDelete = Some(delete);
        vfs.xAccess = Some(access);
        vfs.xFullPathname = Some(full_pathname);
        vfs.xRandomness = Some(randomness);
        vfs.xSleep = Some(sleep);
        vfs.xCurrentTime = Some(current_time);
        vfs.xGetLastError = Some(get_last_error);
        vfs.xCurrentTimeInt64 = Some(current_time_int64);
        // Loading extensions and replacing system calls is for the real file system alone.
        vfs.xDlOpen = None;
        vfs.xDlError = None;
        vfs.xDlSym = None;
        vfs.xDlClose = None;
        vfs.xSetSystemCall = None;
        vfs.xGetSystemCall = None;
        vfs.xNextSystemCall = None;
        let registered = ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0);
        if registered == ffi::SQLITE_OK { Ok(counts) } else { Err(CannotRegister) }
    }
}

/// SAFETY: `vfs` is one that [`register`] made.
unsafe fn shim<'a>(vfs: *mut ffi::sqlite3_vfs) -> &'a Shim {
    unsafe { &*(*vfs).pAppData.cast::<Shim>() }
}

/// The real file behind one of ours.
///
/// SAFETY: `file` is one that [`open`] filled, in memory of `szOsFile` bytes.
unsafe fn real(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    unsafe { file.cast::<File>().add(1).cast() }
}

/// Defines methods of the file system that only pass on to the real one.
macro_rules! pass_vfs {
    ($($name:ident = $method:ident($($arg:ident: $type:ty),*) -> $out:ty, $missing:expr;)+) => {$(
        unsafe extern "C" fn $name(vfs: *mut ffi::sqlite3_vfs, $($arg: $type),*) -> $out {
            // SAFETY: SQLite calls this with the VFS it was registered with.
            unsafe {
                let real = shim(vfs).real;
                match (*real).$method { Some(method) => method(real, $($arg),*), None => $missing }
            }
        }
    )+};
}

pass_vfs! {
    delete = xDelete(path: *const c_char, sync: c_int) -> c_int, ffi::SQLITE_IOERR;
    access = xAccess(path: *const c_char, flags: c_int, out: *mut c_int) -> c_int, ffi::SQLITE_IOERR;
    full_pathname = xFullPathname(path: *const c_char, len: c_int, out: *mut c_char) -> c_int, ffi::SQLITE_IOERR;
    randomness = xRandomness(len: c_int, out: *mut c_char) -> c_int, 0;
    sleep = xSleep(microseconds: c_int) -> c_int, 0;
    current_time = xCurrentTime(out: *mut f64) -> c_int, ffi::SQLITE_ERROR;
    get_last_error = xGetLastError(len: c_int, out: *mut c_char) -> c_int, 0;
    current_time_int64 = xCurrentTimeInt64(out: *mut ffi::sqlite3_int64) -> c_int, ffi::SQLITE_ERROR;
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives `szOsFile` bytes for the file, which hold ours and the real one.
    unsafe {
        let shim = shim(vfs);
        let ours = file.cast::<File>();
        (*ours).base.pMethods = core::ptr::null();
        let Some(method) = (*shim.real).xOpen else { return ffi::SQLITE_CANTOPEN };
        let code = method(shim.real, path, real(file), flags, out_flags);
        if code == ffi::SQLITE_OK {
            (*ours).counts = Arc::as_ptr(&shim.counts);
            (*ours).is_wal = flags & ffi::SQLITE_OPEN_WAL != 0;
            (*ours).base.pMethods = &raw const METHODS;
        }
        code
    }
}

/// Defines methods of a file that only pass on to the real one.
macro_rules! pass_file {
    ($($name:ident = $method:ident($($arg:ident: $type:ty),*) -> $out:ty, $missing:expr;)+) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file, $($arg: $type),*) -> $out {
            // SAFETY: SQLite calls this with a file that `open` filled.
            unsafe {
                let real = real(file);
                match (*(*real).pMethods).$method { Some(method) => method(real, $($arg),*), None => $missing }
            }
        }
    )+};
}

pass_file! {
    close = xClose() -> c_int, ffi::SQLITE_OK;
    read = xRead(out: *mut c_void, len: c_int, at: ffi::sqlite3_int64) -> c_int, ffi::SQLITE_IOERR;
    write = xWrite(from: *const c_void, len: c_int, at: ffi::sqlite3_int64) -> c_int, ffi::SQLITE_IOERR;
    truncate = xTruncate(size: ffi::sqlite3_int64) -> c_int, ffi::SQLITE_IOERR;
    file_size = xFileSize(out: *mut ffi::sqlite3_int64) -> c_int, ffi::SQLITE_IOERR;
    lock = xLock(level: c_int) -> c_int, ffi::SQLITE_IOERR;
    unlock = xUnlock(level: c_int) -> c_int, ffi::SQLITE_IOERR;
    check_reserved_lock = xCheckReservedLock(out: *mut c_int) -> c_int, ffi::SQLITE_IOERR;
    file_control = xFileControl(op: c_int, arg: *mut c_void) -> c_int, ffi::SQLITE_NOTFOUND;
    sector_size = xSectorSize() -> c_int, 0;
    device_characteristics = xDeviceCharacteristics() -> c_int, 0;
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int, ffi::SQLITE_IOERR;
    shm_lock = xShmLock(offset: c_int, n: c_int, flags: c_int) -> c_int, ffi::SQLITE_IOERR;
    shm_unmap = xShmUnmap(delete: c_int) -> c_int, ffi::SQLITE_OK;
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: as for the others.
    unsafe {
        let real = real(file);
        if let Some(method) = (*(*real).pMethods).xShmBarrier {
            method(real);
        }
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: as for the others; the counts live as long as the registered VFS, which is for ever.
    unsafe {
        let ours = file.cast::<File>();
        let counts = &*(*ours).counts;
        let count = if (*ours).is_wal { &counts.wal } else { &counts.other };
        count.fetch_add(1, Ordering::SeqCst);
        let real = real(file);
        match (*(*real).pMethods).xSync {
            Some(method) => method(real, flags),
            None => ffi::SQLITE_IOERR,
        }
    }
}

/// Version 2: with shared memory, as WAL needs, and without memory mapping, which would go past us.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
