package farthing.android

import android.security.keystore.KeyProperties
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.ExperimentalCoroutinesApi
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.robolectric.Robolectric
import org.robolectric.shadows.ShadowBiometricPrompt

@OptIn(ExperimentalCoroutinesApi::class)
class PhraseKeyTest : AndroidTest() {
    @get:Rule
    val keystore = MemoryKeystore()

    private lateinit var approver: BiometricApprover
    private val key = PhraseKey()
    private val alias = "farthing/wallet/phrase"
    private val secret = "a mark".toByteArray()

    @Before
    fun phone() {
        ShadowBiometricPrompt.reset()
        enrolled()
        declare(FrontActivity::class.java)
        approver = BiometricApprover(Activities(app))
        Robolectric.buildActivity(FrontActivity::class.java).setup()
    }

    private fun Deferred<PhraseKey.Sealed>.answered(finger: Boolean = true): Deferred<PhraseKey.Sealed> {
        idle(1_000)
        if (finger) MemoryKeystore.authenticate(alias)
        ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
        idle(3_000)
        return this
    }

    private fun sealed(): ByteArray {
        val yes = begun { key.seal(secret, "Show the phrase", approver) }.answered().getCompleted()
        return (yes as PhraseKey.Sealed.Yes).bytes
    }

    private fun failure(answer: Deferred<*>) = (answer.getCompletionExceptionOrNull() as KeystoreException).reason

    @Test
    fun `what was sealed is opened by a finger, each time by another touch`() {
        val sealed = sealed()
        assertFalse(String(sealed, Charsets.ISO_8859_1).contains("a mark"))
        repeat(2) {
            val opened = begun { key.open(sealed, "Show the phrase", approver) }.answered().getCompleted()
            assertArrayEquals(secret, (opened as PhraseKey.Sealed.Yes).bytes)
        }
        val untouched = begun { key.open(sealed, "Show the phrase", approver) }.answered(finger = false)
        assertEquals(KeystoreException.Reason.Locked, failure(untouched))
    }

    @Test
    fun `the key wants a strong biometric for each use, and a new finger ends it`() {
        sealed()
        val spec = MemoryKeystore.spec(alias)
        assertTrue(spec.isUserAuthenticationRequired)
        assertTrue(spec.isInvalidatedByBiometricEnrollment)
        assertEquals(0, spec.userAuthenticationValidityDurationSeconds)
        assertEquals(KeyProperties.AUTH_BIOMETRIC_STRONG, spec.userAuthenticationType)
    }

    @Test
    fun `after a new finger it is invalidated, and a new key seals anew`() {
        val old = sealed()
        MemoryKeystore.invalidate(alias)
        assertEquals(KeystoreException.Reason.Invalidated, failure(begun { key.open(old, "Show", approver) }))
        assertEquals(KeystoreException.Reason.Invalidated, failure(begun { key.seal(secret, "Show", approver) }))
        key.delete()
        assertEquals(KeystoreException.Reason.Missing, failure(begun { key.open(old, "Show", approver) }))
        sealed()
        assertEquals(KeystoreException.Reason.Invalidated, failure(begun { key.open(old, "Show", approver) }.answered()))
    }

    @Test
    fun `altered bytes are not opened`() {
        val sealed = sealed()
        for (at in listOf(0, 1, 13, sealed.lastIndex)) {
            val altered = sealed.copyOf().also { it[at] = (it[at].toInt() xor 1).toByte() }
            val answer = begun { key.open(altered, "Show", approver) }
            if (!answer.isCompleted) answer.answered()
            assertEquals("byte $at", KeystoreException.Reason.Invalidated, failure(answer))
        }
        assertEquals(KeystoreException.Reason.Invalidated, failure(begun { key.open(ByteArray(3), "Show", approver) }))
    }

    @Test
    fun `a no opens nothing`() {
        val sealed = sealed()
        val answer = begun { key.open(sealed, "Show the phrase", approver) }
        idle(1_000)
        assertEquals("Cancel", ShadowBiometricPrompt.getCurrentPrompt()!!.negativeButtonText.toString())
        ShadowBiometricPrompt.authenticateCurrentSessionWithError(13, "no")
        idle(3_000)
        assertEquals(PhraseKey.Sealed.No(Verdict.Declined), answer.getCompleted())
    }
}
