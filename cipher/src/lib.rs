//! What SQLCipher computes with: AES-256 in CBC mode (NIST SP 800-38A §6.2), HMAC (RFC 2104), PBKDF2 (RFC 8018 §5.2) and the
//! system's randomness.
//!
//! SQLCipher encrypts each page of a file and leaves the algorithms to a provider, a table of functions that it fills once, when
//! SQLite is first used. Its own one for Linux and Android is OpenSSL, of which it needs four functions and links four megabytes.
//! This one is made of crates that the wallet contains anyway. The files are the same: version 4 of SQLCipher's format, which other
//! builds of SQLCipher read and write (`tests/files.rs`).
//!
//! `.cargo/config.toml` names [`farthing_cipher_setup`] to SQLCipher's build. A crate that uses SQLite links this one:
//!
//! ```
//! use farthing_cipher as _;
//! ```
//!
//! Units: all sizes are bytes. Each function answers `SQLITE_OK` (0), or `SQLITE_ERROR` (1) for what SQLCipher never asks; then the
//! statement that needed it fails.
#![allow(unsafe_code, reason = "SQLCipher's table of functions is a C interface, and no crate wraps it")]

mod compute;
mod registers;

use std::ffi::{c_char, c_int, c_uchar, c_void};
use std::ptr::null_mut;
use std::slice;

pub use compute::{Hash, decrypt, derive, encrypt, mac};

const OK: c_int = 0;
const ERROR: c_int = 1;
/// The mode of [`cipher`] that encrypts; the other one is 0.
const ENCRYPT: c_int = 1;

/// SQLCipher's table of functions (`sqlcipher_provider` in its `sqlcipher.h`), as of version 4.19.
#[repr(C)]
pub struct Provider {
    init: Option<unsafe extern "C" fn() -> c_int>,
    shutdown: Option<unsafe extern "C" fn()>,
    get_provider_name: unsafe extern "C" fn(*mut c_void) -> *const c_char,
    add_random: unsafe extern "C" fn(*mut c_void, *const c_void, c_int) -> c_int,
    random: unsafe extern "C" fn(*mut c_void, *mut c_void, c_int) -> c_int,
    hmac: unsafe extern "C" fn(
        *mut c_void,
        c_int,
        *const c_uchar,
        c_int,
        *const c_uchar,
        c_int,
        *const c_uchar,
        c_int,
        *mut c_uchar,
    ) -> c_int,
    kdf: unsafe extern "C" fn(
        *mut c_void,
        c_int,
        *const c_uchar,
        c_int,
        *const c_uchar,
        c_int,
        c_int,
        c_int,
        *mut c_uchar,
    ) -> c_int,
    cipher: unsafe extern "C" fn(
        *mut c_void,
        c_int,
        *const c_uchar,
        c_int,
        *const c_uchar,
        *const c_uchar,
        c_int,
        *mut c_uchar,
    ) -> c_int,
    get_cipher: unsafe extern "C" fn(*mut c_void) -> *const c_char,
    get_key_sz: unsafe extern "C" fn(*mut c_void) -> c_int,
    get_iv_sz: unsafe extern "C" fn(*mut c_void) -> c_int,
    get_block_sz: unsafe extern "C" fn(*mut c_void) -> c_int,
    get_hmac_sz: unsafe extern "C" fn(*mut c_void, c_int) -> c_int,
    ctx_init: unsafe extern "C" fn(*mut *mut c_void) -> c_int,
    ctx_free: unsafe extern "C" fn(*mut *mut c_void) -> c_int,
    fips_status: unsafe extern "C" fn(*mut c_void) -> c_int,
    get_provider_version: unsafe extern "C" fn(*mut c_void) -> *const c_char,
    next: *mut Self,
}

/// Fills SQLCipher's table. SQLCipher calls this when SQLite is first used.
///
/// # Safety
/// `provider` points at room for a [`Provider`], or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn farthing_cipher_setup(provider: *mut Provider) -> c_int {
    if provider.is_null() {
        return ERROR;
    }
    let table = Provider {
        init: None,
        shutdown: None,
        get_provider_name: name,
        add_random,
        random,
        hmac,
        kdf,
        cipher,
        get_cipher: cipher_name,
        get_key_sz: key_size,
        get_iv_sz: block_size,
        get_block_sz: block_size,
        get_hmac_sz: hmac_size,
        ctx_init: nothing,
        ctx_free: nothing,
        fips_status: no,
        get_provider_version: version,
        next: null_mut(),
    };
    // SAFETY: as the caller says; what was there before is not read.
    unsafe { provider.write(table) };
    OK
}

/// The bytes that C has, none for a null pointer without length.
///
/// # Safety
/// `bytes` points at `len` bytes that nobody writes for as long as the slice lives, or is null.
unsafe fn read<'a>(bytes: *const c_uchar, len: c_int) -> Option<&'a [u8]> {
    match usize::try_from(len).ok()? {
        0 => Some(&[]),
        _ if bytes.is_null() => None,
        // SAFETY: as the caller says.
        len => Some(unsafe { slice::from_raw_parts(bytes, len) }),
    }
}

/// Room that C has, to be written.
///
/// # Safety
/// `bytes` points at `len` initialised bytes that nobody else has for as long as the slice lives, or is null.
unsafe fn room<'a>(bytes: *mut c_uchar, len: usize) -> Option<&'a mut [u8]> {
    // SAFETY: as the caller says.
    (!bytes.is_null()).then(|| unsafe { slice::from_raw_parts_mut(bytes, len) })
}

const fn status(done: Option<()>) -> c_int {
    if done.is_some() { OK } else { ERROR }
}

unsafe extern "C" fn name(_: *mut c_void) -> *const c_char {
    c"farthing".as_ptr()
}

unsafe extern "C" fn version(_: *mut c_void) -> *const c_char {
    c"1".as_ptr()
}

unsafe extern "C" fn cipher_name(_: *mut c_void) -> *const c_char {
    c"AES-256-CBC".as_ptr()
}

unsafe extern "C" fn key_size(_: *mut c_void) -> c_int {
    c_int::from(compute::KEY)
}

unsafe extern "C" fn block_size(_: *mut c_void) -> c_int {
    c_int::from(compute::BLOCK)
}

unsafe extern "C" fn hmac_size(_: *mut c_void, algorithm: c_int) -> c_int {
    Hash::of(algorithm).map_or(0, |hash| c_int::from(hash.len()))
}

/// There is no state.
unsafe extern "C" fn nothing(_: *mut *mut c_void) -> c_int {
    OK
}

/// Whether this is validated for FIPS 140.
unsafe extern "C" fn no(_: *mut c_void) -> c_int {
    0
}

/// The system's generator needs nothing added.
unsafe extern "C" fn add_random(_: *mut c_void, _: *const c_void, _: c_int) -> c_int {
    OK
}

unsafe extern "C" fn random(_: *mut c_void, buffer: *mut c_void, len: c_int) -> c_int {
    // SAFETY: SQLCipher gives room of its own of this length.
    let fill = || unsafe { compute::random(room(buffer.cast(), usize::try_from(len).ok()?)?) };
    status(fill())
}

unsafe extern "C" fn hmac(
    _: *mut c_void,
    algorithm: c_int,
    key: *const c_uchar,
    key_len: c_int,
    first: *const c_uchar,
    first_len: c_int,
    second: *const c_uchar,
    second_len: c_int,
    out: *mut c_uchar,
) -> c_int {
    // SAFETY: SQLCipher gives buffers of these lengths, and room for a tag of the algorithm that lies behind what is read.
    let tag = || unsafe {
        let hash = Hash::of(algorithm)?;
        let tag = mac(hash, read(key, key_len)?, &[read(first, first_len)?, read(second, second_len)?]);
        room(out, usize::from(hash.len()))?.copy_from_slice(tag.as_ref());
        Some(())
    };
    status(tag())
}

unsafe extern "C" fn kdf(
    _: *mut c_void,
    algorithm: c_int,
    pass: *const c_uchar,
    pass_len: c_int,
    salt: *const c_uchar,
    salt_len: c_int,
    rounds: c_int,
    key_len: c_int,
    key: *mut c_uchar,
) -> c_int {
    // SAFETY: SQLCipher gives buffers of these lengths; the key has room of its own.
    let derived = || unsafe {
        let rounds = u32::try_from(rounds).ok()?.try_into().ok()?;
        let room = room(key, usize::try_from(key_len).ok()?)?;
        derive(Hash::of(algorithm)?, read(pass, pass_len)?, read(salt, salt_len)?, rounds, room);
        Some(())
    };
    status(derived())
}

unsafe extern "C" fn cipher(
    _: *mut c_void,
    mode: c_int,
    key: *const c_uchar,
    key_len: c_int,
    iv: *const c_uchar,
    from: *const c_uchar,
    len: c_int,
    to: *mut c_uchar,
) -> c_int {
    // SAFETY: SQLCipher gives a key of this length, an IV of a block, and two buffers of the length of a page, which may be the same
    // one: so it is copied first, and the key and IV lie elsewhere.
    let done = || unsafe {
        let (key, iv) = (read(key, key_len)?, read(iv, c_int::from(compute::BLOCK))?);
        let len = usize::try_from(len).ok()?;
        if from.is_null() || to.is_null() {
            return None;
        }
        to.copy_from(from, len);
        let page = room(to, len)?;
        if mode == ENCRYPT { encrypt(key, iv, page) } else { decrypt(key, iv, page) }
    };
    status(done())
}
