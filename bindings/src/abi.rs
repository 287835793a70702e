//! What the shells ask before any generated call: a mismatch of versions ends generated Swift by `fatalError`, and generated Kotlin
//! in the initialiser of a class.

#![allow(unsafe_code, reason = "a name that is exported as it is")]

/// The version of the surface. It rises with every change of what crosses.
pub(crate) const ABI: u32 = 4;

/// The version of the surface that this library has.
#[unsafe(no_mangle)]
pub extern "C" fn farthing_abi() -> u32 {
    ABI
}
