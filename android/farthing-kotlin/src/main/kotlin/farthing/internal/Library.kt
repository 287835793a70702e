package farthing.internal

import com.sun.jna.NativeLibrary
import farthing.LibraryException

/**
 * Compares the number that a library answers with the one that this code was made for. It must come before the first generated
 * call: generated code fails in the initialiser of a class, and cannot be asked again.
 */
internal fun checkLibrary(name: String, expected: UInt) {
    val library = try {
        NativeLibrary.getInstance(name)
    } catch (missing: LinkageError) {
        throw LibraryException.Missing(name, missing)
    }
    val found = try {
        library.getFunction("farthing_abi").invokeInt(emptyArray()).toUInt()
    } catch (_: UnsatisfiedLinkError) {
        null
    }
    if (found != expected) throw LibraryException.Mismatch(name, expected.toLong(), found?.toLong())
}
