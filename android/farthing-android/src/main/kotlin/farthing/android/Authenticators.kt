package farthing.android

import android.os.Build
import androidx.biometric.BiometricManager.Authenticators.BIOMETRIC_STRONG
import androidx.biometric.BiometricManager.Authenticators.BIOMETRIC_WEAK
import androidx.biometric.BiometricManager.Authenticators.DEVICE_CREDENTIAL

/** What a prompt accepts. */
internal enum class Asked {
    /** A yes, and nothing more. */
    Yes,

    /** A key's use: a strong biometric or the screen lock. */
    Key,

    /** A key's use: a strong biometric alone. */
    StrongKey,
}

/**
 * What Android lets a prompt ask for.
 *
 * Before Android 11 a prompt can be for a strong biometric, or for any biometric with the screen lock beside it, but not for a
 * strong one with the screen lock; and the screen lock opens no key.
 */
internal fun authenticators(asked: Asked, sdk: Int = Build.VERSION.SDK_INT): Int = when {
    asked == Asked.StrongKey -> BIOMETRIC_STRONG
    sdk >= Build.VERSION_CODES.R -> BIOMETRIC_STRONG or DEVICE_CREDENTIAL
    asked == Asked.Key -> BIOMETRIC_STRONG
    else -> BIOMETRIC_WEAK or DEVICE_CREDENTIAL
}

/** A prompt that takes the screen lock has no button of its own to say no. */
internal fun needsDeclineButton(authenticators: Int): Boolean = authenticators and DEVICE_CREDENTIAL == 0
