//! The shim itself: every call goes on to the real file system, unless whoever watches says otherwise. Source: SQLite's
//! `sqlite3_vfs` and `sqlite3_io_methods` (<https://sqlite.org/vfs.html>), shared memory for WAL included.
#![allow(unsafe_code, reason = "SQLite's file system is a C interface; nothing of this is part of what people run")]

use rusqlite::ffi;
use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

/// What becomes of a call.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It goes on to the real file.
    Pass,
    /// It does not, and SQLite gets this answer.
    Answer(c_int),
    /// Only these parts of what was to be written arrive, and SQLite gets this answer.
    Only(Vec<Range<usize>>, c_int),
}

/// Is asked before each call that changes something goes on.
pub(super) trait Watch: Send + Sync {
    /// A file was opened; its number comes with every later call. Temporary files have no path.
    fn opened(&self, path: Option<&Path>, is_wal: bool) -> usize;

    fn closed(&self, _file: usize) {}

    fn write(&self, _file: usize, _at: u64, _bytes: &[u8]) -> Verdict {
        Verdict::Pass
    }

    fn truncate(&self, _file: usize, _len: u64) -> Verdict {
        Verdict::Pass
    }

    fn sync(&self, _file: usize) -> Verdict {
        Verdict::Pass
    }

    fn delete(&self, _path: &Path, _durably: bool) -> Verdict {
        Verdict::Pass
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
    watch: Arc<dyn Watch>,
}

/// An open file of ours; the real one lies right behind it in the memory that SQLite allocated.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    /// Of the registered VFS, which lives for ever.
    shim: *const Shim,
    number: usize,
}

/// Registers a file system under `name` for the rest of the process.
pub(super) fn register(name: &str, watch: Arc<dyn Watch>) -> Result<(), CannotRegister> {
    let name = CString::new(name).map_err(|_| CannotRegister)?;
    // SAFETY: the default VFS lives as long as the process; ours and its name are leaked, as SQLite asks for.
    unsafe {
        let real = ffi::sqlite3_vfs_find(core::ptr::null());
        if real.is_null() {
            return Err(CannotRegister);
        }
        let shim = Box::leak(Box::new(Shim { real, watch }));
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
        if registered == ffi::SQLITE_OK { Ok(()) } else { Err(CannotRegister) }
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
            (*ours).shim = core::ptr::from_ref(shim);
            (*ours).number = shim.watch.opened(as_path(path), flags & ffi::SQLITE_OPEN_WAL != 0);
            (*ours).base.pMethods = &raw const METHODS;
        }
        code
    }
}

/// SAFETY: `path` is null or a C string that lives as long as the borrow is used.
unsafe fn as_path<'a>(path: *const c_char) -> Option<&'a Path> {
    (!path.is_null()).then(|| Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes())))
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, path: *const c_char, sync: c_int) -> c_int {
    // SAFETY: SQLite calls this with the VFS it was registered with, and a path.
    unsafe {
        let shim = shim(vfs);
        if let Some(Verdict::Answer(code)) = as_path(path).map(|path| shim.watch.delete(path, sync != 0)) {
            return code;
        }
        match (*shim.real).xDelete {
            Some(method) => method(shim.real, path, sync),
            None => ffi::SQLITE_IOERR,
        }
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
    read = xRead(out: *mut c_void, len: c_int, at: ffi::sqlite3_int64) -> c_int, ffi::SQLITE_IOERR;
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

/// Who watches a file, and its number there.
///
/// SAFETY: `file` is one that [`open`] filled.
unsafe fn watch<'a>(file: *mut ffi::sqlite3_file) -> (&'a dyn Watch, usize) {
    unsafe {
        let ours = file.cast::<File>();
        ((*(*ours).shim).watch.as_ref(), (*ours).number)
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: as for the others.
    unsafe {
        let (watch, number) = watch(file);
        let real = real(file);
        let code = (*(*real).pMethods).xClose.map_or(ffi::SQLITE_OK, |method| method(real));
        watch.closed(number);
        code
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    len: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: as for the others; `from` has `len` bytes.
    unsafe {
        let (watch, number) = watch(file);
        let real = real(file);
        let Some(method) = (*(*real).pMethods).xWrite else { return ffi::SQLITE_IOERR };
        let (Ok(size), Ok(offset)) = (usize::try_from(len), u64::try_from(at)) else { return ffi::SQLITE_IOERR };
        let bytes = core::slice::from_raw_parts(from.cast::<u8>(), size);
        match watch.write(number, offset, bytes) {
            Verdict::Pass => method(real, from, len, at),
            Verdict::Answer(code) => code,
            Verdict::Only(parts, code) => {
                for part in parts {
                    let (Ok(skip), Some(piece)) = (ffi::sqlite3_int64::try_from(part.start), bytes.get(part)) else {
                        return ffi::SQLITE_IOERR;
                    };
                    let Ok(size) = c_int::try_from(piece.len()) else { return ffi::SQLITE_IOERR };
                    method(real, piece.as_ptr().cast(), size, at + skip);
                }
                code
            }
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: as for the others.
    unsafe {
        let (watch, number) = watch(file);
        let real = real(file);
        match watch.truncate(number, u64::try_from(size).unwrap_or_default()) {
            Verdict::Pass => (*(*real).pMethods).xTruncate.map_or(ffi::SQLITE_IOERR, |method| method(real, size)),
            Verdict::Answer(code) | Verdict::Only(_, code) => code,
        }
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: as for the others.
    unsafe {
        let (watch, number) = watch(file);
        let real = real(file);
        match watch.sync(number) {
            Verdict::Pass => (*(*real).pMethods).xSync.map_or(ffi::SQLITE_IOERR, |method| method(real, flags)),
            Verdict::Answer(code) | Verdict::Only(_, code) => code,
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
