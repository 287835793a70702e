package farthing.android

import androidx.biometric.BiometricManager.Authenticators.BIOMETRIC_STRONG
import androidx.biometric.BiometricManager.Authenticators.BIOMETRIC_WEAK
import androidx.biometric.BiometricManager.Authenticators.DEVICE_CREDENTIAL
import org.junit.Assert.assertEquals
import org.junit.Test

class AuthenticatorsTest {
    @Test
    fun `a yes may come by the screen lock on every Android`() {
        for (sdk in 28..29) assertEquals(BIOMETRIC_WEAK or DEVICE_CREDENTIAL, authenticators(Asked.Yes, sdk))
        for (sdk in 30..36) assertEquals(BIOMETRIC_STRONG or DEVICE_CREDENTIAL, authenticators(Asked.Yes, sdk))
    }

    @Test
    fun `a key is opened by the screen lock from Android 11 on`() {
        for (sdk in 28..29) assertEquals(BIOMETRIC_STRONG, authenticators(Asked.Key, sdk))
        for (sdk in 30..36) assertEquals(BIOMETRIC_STRONG or DEVICE_CREDENTIAL, authenticators(Asked.Key, sdk))
        for (sdk in 28..36) assertEquals(BIOMETRIC_STRONG, authenticators(Asked.StrongKey, sdk))
    }

    @Test
    fun `a prompt has a button for no exactly where the screen lock is none of its ways`() {
        for (sdk in 28..36) for (asked in Asked.entries) {
            val by = authenticators(asked, sdk)
            assertEquals(by and DEVICE_CREDENTIAL == 0, needsDeclineButton(by))
        }
    }
}
