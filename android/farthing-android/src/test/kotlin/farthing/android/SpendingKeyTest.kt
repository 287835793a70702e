package farthing.android

import android.content.pm.PackageManager
import android.security.keystore.KeyProperties
import farthing.Money
import java.nio.file.Files
import java.security.Signature
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.ExperimentalCoroutinesApi
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowBiometricPrompt

@OptIn(ExperimentalCoroutinesApi::class)
class SpendingKeyTest : AndroidTest() {
    @get:Rule
    val keystore = MemoryKeystore()

    private lateinit var approver: BiometricApprover
    private val alias = "farthing/wallet/spending"
    private val tacos = Approval("Taco Truck", true, Money.of("4.50", "USD", 6), "two tacos")
    private val order = "an order".toByteArray()

    @Before
    fun phone() {
        ShadowBiometricPrompt.reset()
        enrolled()
        declare(FrontActivity::class.java)
        approver = BiometricApprover(Activities(app))
        Robolectric.buildActivity(FrontActivity::class.java).setup()
    }

    private fun asked(key: SpendingKey): Deferred<SpendingKey.Signed> =
        begun { key.sign(order, tacos, approver) }.also { idle(1_000) }

    private fun strongBox(slowness: Long = 0) {
        shadowOf(app.packageManager).setSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE, true)
        MemoryKeystore.strongBox = MemoryKeystore.StrongBox.Present
        MemoryKeystore.strongBoxSlowness = slowness
    }

    private fun reason(call: () -> Unit): KeystoreException.Reason = assertThrows(KeystoreException::class.java) { call() }.reason

    @Test
    fun `it signs what was approved, and others can check it`() {
        val key = SpendingKey.create(app)
        val answer = asked(key)
        assertFalse(answer.isCompleted)
        MemoryKeystore.authenticate(alias)
        ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
        idle(3_000)
        val signed = answer.getCompleted() as SpendingKey.Signed.Yes
        val checks = Signature.getInstance("SHA256withECDSA").run {
            initVerify(key.publicKey)
            update(order)
            verify(signed.der)
        }
        assertTrue(checks)
        assertEquals(256, key.publicKey.params.curve.field.fieldSize)
        assertEquals(0x30, signed.der[0].toInt())
    }

    @Test
    fun `the key wants its owner for each use, by finger or screen lock`() {
        SpendingKey.create(app, challenge = byteArrayOf(1, 2, 3))
        val spec = MemoryKeystore.spec(alias)
        assertTrue(spec.isUserAuthenticationRequired)
        assertEquals(0, spec.userAuthenticationValidityDurationSeconds)
        assertEquals(KeyProperties.AUTH_BIOMETRIC_STRONG or KeyProperties.AUTH_DEVICE_CREDENTIAL, spec.userAuthenticationType)
        assertEquals(KeyProperties.PURPOSE_SIGN, spec.purposes)
        assertEquals(listOf(KeyProperties.DIGEST_SHA256), spec.digests.toList())
        assertEquals(listOf<Byte>(1, 2, 3), spec.attestationChallenge.toList())
    }

    @Test
    fun `a no is no signature`() {
        val answer = asked(SpendingKey.create(app))
        ShadowBiometricPrompt.authenticateCurrentSessionWithError(10, "no")
        idle(3_000)
        assertEquals(SpendingKey.Signed.No(Verdict.Declined), answer.getCompleted())
    }

    @Test
    fun `a yes that unlocked nothing is no signature`() {
        val answer = asked(SpendingKey.create(app))
        // The prompt says yes; the hardware has seen no finger.
        ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
        idle(3_000)
        assertEquals(KeystoreException.Reason.Locked, (answer.getCompletionExceptionOrNull() as KeystoreException).reason)
    }

    @Test
    fun `one yes is one signature`() {
        val key = SpendingKey.create(app)
        val first = asked(key)
        MemoryKeystore.authenticate(alias)
        ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
        idle(3_000)
        assertTrue(first.getCompleted() is SpendingKey.Signed.Yes)
        val second = asked(key)
        ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
        idle(3_000)
        assertTrue(second.getCompletionExceptionOrNull() is KeystoreException)
    }

    @Test
    fun `an invalidated key and a missing one are told before anybody is asked`() {
        val key = SpendingKey.create(app)
        MemoryKeystore.invalidate(alias)
        val answer = asked(key)
        assertNull(ShadowBiometricPrompt.getCurrentPrompt())
        assertEquals(KeystoreException.Reason.Invalidated, (answer.getCompletionExceptionOrNull() as KeystoreException).reason)

        SpendingKey.delete(app)
        assertNull(SpendingKey.find(app))
        assertEquals(KeystoreException.Reason.Missing, (asked(key).getCompletionExceptionOrNull() as KeystoreException).reason)
        assertEquals(KeystoreException.Reason.Missing, reason { key.publicKey })
    }

    @Test
    fun `a key is not replaced unasked, and is found again with its level`() {
        strongBox()
        val made = SpendingKey.create(app)
        assertThrows(IllegalStateException::class.java) { SpendingKey.create(app) }
        val found = SpendingKey.find(app)!!
        assertEquals(made.publicKey, found.publicKey)
        assertEquals(KeyLevel.StrongBox, found.level)
        assertEquals(made.strongBoxTime!!.inWholeMilliseconds, found.strongBoxTime!!.inWholeMilliseconds)
    }

    @Test
    fun `StrongBox is taken where it is there and quick`() {
        assertEquals(KeyLevel.Trusted, SpendingKey.create(app, "none").level)
        assertNull(SpendingKey.find(app, "none")!!.strongBoxTime)

        strongBox()
        val quick = SpendingKey.create(app, "quick")
        assertEquals(KeyLevel.StrongBox, quick.level)
        assertTrue(quick.strongBoxTime!! < SpendingKey.STRONG_BOX_BUDGET)
        assertTrue(MemoryKeystore.spec("farthing/quick/spending").isStrongBoxBacked)

        strongBox(slowness = SpendingKey.STRONG_BOX_BUDGET.inWholeMilliseconds + 20)
        val slow = SpendingKey.create(app, "slow")
        assertEquals(KeyLevel.Trusted, slow.level)
        assertTrue(slow.strongBoxTime!! > 700.milliseconds)
        assertFalse(MemoryKeystore.spec("farthing/slow/spending").isStrongBoxBacked)
        assertEquals(3, MemoryKeystore.keys.size)
    }

    @Test
    fun `a StrongBox without room is none`() {
        strongBox()
        MemoryKeystore.strongBox = MemoryKeystore.StrongBox.Full
        val key = SpendingKey.create(app)
        assertEquals(KeyLevel.Trusted, key.level)
        assertNull(key.strongBoxTime)
    }

    @Test
    fun `killed before the level was written down, the Keystore knows it`() {
        strongBox()
        SpendingKey.create(app)
        Files.delete(app.noBackupFilesDir.toPath().resolve("farthing/wallet/spending-key"))
        assertEquals(KeyLevel.StrongBox, SpendingKey.find(app)!!.level)
    }

    @Test
    fun `the certificate is the key's own`() {
        val key = SpendingKey.create(app)
        assertNotNull(key.certificates.single())
        assertEquals(key.publicKey, key.certificates.single().publicKey)
    }
}
