package farthing.android

import android.os.Build
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import androidx.annotation.RequiresApi
import farthing.android.KeystoreException.Reason
import javax.crypto.AEADBadTagException
import android.security.KeyStoreException as SystemKeyStoreException

/** Makes a call into the Keystore; what it throws becomes one of our reasons. */
internal inline fun <T> keystore(call: () -> T): T = try {
    call()
} catch (known: KeystoreException) {
    throw known
} catch (failure: Exception) {
    throw KeystoreException(reasonOf(failure), failure)
}

/**
 * The Keystore wraps its reasons: a cipher's end throws IllegalBlockSizeException, a signature's SignatureException, a look-up
 * UnrecoverableKeyException, and why stands somewhere in the causes. What is not known for certain is Unavailable: a key must
 * not be taken for lost because a daemon was restarted.
 */
internal fun reasonOf(failure: Throwable): Reason {
    val causes = generateSequence(failure) { it.cause }.take(CAUSES_MAX)
    return causes.firstNotNullOfOrNull(::known) ?: Reason.Unavailable
}

private fun known(failure: Throwable): Reason? = when {
    failure is KeyPermanentlyInvalidatedException -> Reason.Invalidated
    failure is UserNotAuthenticatedException -> Reason.Locked
    // The key is another than the one that sealed, or the sealed bytes were altered: neither gets better.
    failure is AEADBadTagException -> Reason.Invalidated
    Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU && failure is SystemKeyStoreException -> numbered(failure)
    else -> null
}

@RequiresApi(Build.VERSION_CODES.TIRAMISU)
private fun numbered(failure: SystemKeyStoreException): Reason? = when (failure.numericErrorCode) {
    SystemKeyStoreException.ERROR_KEY_CORRUPTED -> Reason.Invalidated
    SystemKeyStoreException.ERROR_KEY_DOES_NOT_EXIST -> Reason.Missing
    SystemKeyStoreException.ERROR_USER_AUTHENTICATION_REQUIRED -> Reason.Locked
    SystemKeyStoreException.ERROR_KEYSTORE_UNINITIALIZED -> Reason.Locked
    else -> null
}

/** A chain of causes may bite its own tail. */
private const val CAUSES_MAX = 8
