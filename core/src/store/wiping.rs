//! SQLite's memory, wiped when it is freed.
//!
//! SQLite keeps pages as it decrypted them, and copies of statements, also of the one that tells the key. SQLCipher wipes what
//! is freed when it is asked to (`cipher_memory_security`), and then locks each piece in memory, too: two system calls for
//! each, a thousand pieces in a payment. So SQLite gets an allocator that only wipes, around its own
//! (<https://www.sqlite.org/c3ref/mem_methods.html>).
#![allow(unsafe_code, reason = "SQLite's allocator is a C interface, and no crate wraps it")]

use rusqlite::ffi;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::{Once, OnceLock};

/// SQLite's own allocator, as far as it is needed here.
struct System {
    malloc: unsafe extern "C" fn(c_int) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    size: unsafe extern "C" fn(*mut c_void) -> c_int,
}

static SYSTEM: OnceLock<System> = OnceLock::new();
static INSTALLED: Once = Once::new();

/// From now on SQLite wipes what it frees. To be called before anything in this process uses SQLite; a process that has used
/// it before (a verifier beside the wallet, in tests) goes on as it did.
pub(super) fn install() {
    INSTALLED.call_once(|| {
        let (free, realloc) = (Some(free as _), Some(realloc as _));
        let Some(own) = own_methods() else { return };
        let methods = ffi::sqlite3_mem_methods { xFree: free, xRealloc: realloc, ..own };
        // SAFETY: SQLite copies the methods. It refuses them once it is in use; were it taken into use by another thread right
        // now, pieces of the one allocator could be freed by the other, which is sound: both are the system's.
        unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw const methods) };
    });
}

/// The methods that SQLite has, remembered in [`SYSTEM`]. `None` once it is in use.
fn own_methods() -> Option<ffi::sqlite3_mem_methods> {
    let mut own = ffi::sqlite3_mem_methods {
        xMalloc: None,
        xFree: None,
        xRealloc: None,
        xSize: None,
        xRoundup: None,
        xInit: None,
        xShutdown: None,
        pAppData: null_mut(),
    };
    // SAFETY: SQLite writes its methods into the structure.
    if unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, &raw mut own) } != ffi::SQLITE_OK {
        return None;
    }
    SYSTEM.set(System { malloc: own.xMalloc?, free: own.xFree?, size: own.xSize? }).ok()?;
    Some(own)
}

/// How much a piece holds, which is at least what was asked for.
///
/// # Safety
/// `piece` came from SQLite's own allocator and was not freed.
unsafe fn held(system: &System, piece: *mut c_void) -> usize {
    // SAFETY: as above.
    usize::try_from(unsafe { (system.size)(piece) }).unwrap_or(0)
}

unsafe extern "C" fn free(piece: *mut c_void) {
    // Set before SQLite was told of this function.
    let Some(system) = SYSTEM.get().filter(|_| !piece.is_null()) else { return };
    // SAFETY: SQLite frees what it was given, once. What it holds may be written; the call that follows is not known to the
    // compiler, so the zeros are written.
    unsafe {
        piece.cast::<u8>().write_bytes(0, held(system, piece));
        (system.free)(piece);
    }
}

unsafe extern "C" fn realloc(piece: *mut c_void, wanted: c_int) -> *mut c_void {
    let Some(system) = SYSTEM.get() else { return null_mut() };
    // SAFETY: SQLite gives a piece that it holds, and takes the one that comes back in its place, or keeps it when none does.
    // A fresh piece that is longer has room for all of the old one.
    unsafe {
        let held = held(system, piece);
        if usize::try_from(wanted).is_ok_and(|wanted| wanted <= held) {
            return piece;
        }
        let larger = (system.malloc)(wanted);
        if !larger.is_null() {
            larger.cast::<u8>().copy_from_nonoverlapping(piece.cast(), held);
            free(piece);
        }
        larger
    }
}
