package farthing.internal

import farthing.Approver
import farthing.SealingKey
import farthing.SealingKeyException
import farthing.SealingKeyException.Reason
import farthing.generated.SealingFailure
import java.nio.file.Path
import farthing.generated.Keys as NativeKeys
import farthing.generated.SealingKey as NativeSealingKey

/** Where keys come from. Made when they are first used: until then the library need not be there. */
internal interface KeysSource {
    val native: NativeKeys
}

internal class KeysInMemory : KeysSource {
    override val native: NativeKeys by lazy { NativeKeys.inMemory() }
}

internal class SealedKeys(file: Path, stateFolder: Path, key: SealingKey, approver: Approver?) : KeysSource {
    override val native: NativeKeys by lazy {
        val keys = NativeKeys.sealed(file.toString(), stateFolder.toString(), SealingKeyAdapter(key))
        if (approver == null) keys else keys.use { it.approvedBy(ApproverAdapter(approver)) }
    }
}

/**
 * What the library calls. Generated code catches exceptions and lets errors through, and an error that gets through may arrive
 * as an answer: so nothing is let through.
 */
private class SealingKeyAdapter(private val key: SealingKey) : NativeSealingKey {
    override fun part(index: UInt): ULong = try {
        key.part(index.toInt()).toULong()
    } catch (refused: SealingKeyException) {
        throw when (refused.reason) {
            Reason.Locked -> SealingFailure.Locked()
            Reason.Cancelled -> SealingFailure.Cancelled()
            Reason.Invalidated -> SealingFailure.Invalidated()
            Reason.Unavailable -> SealingFailure.Unavailable()
        }
    } catch (_: Throwable) {
        throw SealingFailure.Unavailable()
    }
}
