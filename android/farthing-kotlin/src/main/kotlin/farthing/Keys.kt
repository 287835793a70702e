package farthing

import farthing.internal.KeysInMemory
import farthing.internal.KeysSource
import farthing.internal.SealedKeys
import java.nio.file.Path

/** Where a wallet's secrets are kept. */
public class Keys private constructor(internal val source: KeysSource) {
    public companion object {
        /** In memory, for tests: they are gone with the process, and whatever they opened with them. */
        public fun inMemory(): Keys = Keys(KeysInMemory())

        /**
         * In [file], sealed by a key that the platform keeps. [stateFolder] is a folder that no backup of the device takes along:
         * from it the wallet learns that it is an older copy of itself. [approver] is asked before each payment is signed.
         */
        public fun sealed(file: Path, stateFolder: Path, key: SealingKey, approver: Approver? = null): Keys =
            Keys(SealedKeys(file, stateFolder, key, approver))
    }
}

/**
 * A random key of 256 bits that the platform keeps, and that is the same each time.
 *
 * It is asked on a thread of its own, which it may hold up for 30 seconds. Anything that it throws beside [SealingKeyException]
 * counts as [SealingKeyException.Reason.Unavailable].
 */
public fun interface SealingKey {
    /** A part of the key, 0 to 3; all 64 bits of each count. */
    public fun part(index: Int): Long
}

/** Why a platform did not give its key. */
public class SealingKeyException(public val reason: Reason, cause: Throwable? = null) :
    Exception("the key was not given: $reason", cause) {
    /** Why. */
    public enum class Reason {
        /** The device is locked, or the key needs the person. */
        Locked,

        /** The person dismissed the prompt. */
        Cancelled,

        /** The platform threw the key away, as when fingerprints change. */
        Invalidated,

        /** Anything else. */
        Unavailable,
    }
}
