package farthing.generated

import com.sun.jna.CallbackThreadInitializer
import com.sun.jna.Native

/**
 * Lets the library's threads stay known to the virtual machine, as daemons, until they end. By default JNA makes one known for each
 * call that wakes who waits, and forgets it again, which takes longer than most calls do.
 */
public fun keepThreads() {
    val daemons = CallbackThreadInitializer(true, false, "farthing")
    Native.setCallbackThreadInitializer(uniffiRustFutureContinuationCallbackImpl, daemons)
}
