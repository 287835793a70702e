package farthing.android

import androidx.biometric.BiometricPrompt
import farthing.Action
import farthing.Draft
import farthing.Farthing
import farthing.FarthingException
import farthing.Opened
import farthing.Outcome
import farthing.PayTo
import farthing.PaymentState
import farthing.Request
import farthing.Wallet
import farthing.testkit.LocalVerifier
import java.nio.file.Files
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.robolectric.Robolectric
import org.robolectric.shadows.ShadowBiometricPrompt

/** The real library and a real verifier; only the Keystore is one in memory. */
class RealWalletTest : AndroidTest() {
    @get:Rule
    val keystore = MemoryKeystore()

    @get:Rule
    val folder = TemporaryFolder()

    private lateinit var verifier: LocalVerifier
    private var trucks = 0

    /** Where apps confirm: not on the thread that draws, and a no ends nothing else. */
    private val elsewhere = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    @Before
    fun town() {
        verifier = LocalVerifier.start(folder.root.toPath())
    }

    @After
    fun end() = verifier.close()

    private suspend fun enrolled(name: String): String {
        val wallet = (AndroidKeys(app, name).open() as Opened.Empty).enrol(verifier.invite(), "Ann")
        return wallet.status().account.also { wallet.close() }
    }

    @Test
    fun `a wallet is opened again by the key that the phone keeps`() = runBlocking<Unit> {
        val account = enrolled("again")
        val wallet = (AndroidKeys(app, "again").open() as Opened.Ready).wallet
        assertEquals(account, wallet.status().account)
        assertEquals("20.00 USD", wallet.balances().single().available.toString())
        wallet.close()
    }

    /** Ann, whose phone's hardware signs, and a draft of hers for a truck's request. */
    private suspend fun hardware(name: String, approver: BiometricApprover): Pair<Wallet, Draft> {
        val ann = (AndroidKeys(app, name, approver).open() as Opened.Empty).enrol(verifier.invite(), "Ann")
        return ann to ann.prepare(PayTo.scanned(truck().link))
    }

    private suspend fun truck(): Request {
        val wallet = (AndroidKeys(app, "truck-${trucks++}").open() as Opened.Empty).enrol(verifier.invite(), "Taco Truck")
        return wallet.requests.create(wallet.parseMoney("4.50 USD")).also { wallet.close() }
    }

    private fun prompts(): BiometricApprover {
        ShadowBiometricPrompt.reset()
        enrolled()
        declare(FrontActivity::class.java)
        return BiometricApprover(Activities(app)).also { Robolectric.buildActivity(FrontActivity::class.java).setup() }
    }

    /** Waits for the prompt, which comes from other threads, then does as the person does. */
    private fun <T> Deferred<T>.whenAsked(person: () -> Unit): Result<T> {
        var answered = false
        repeat(600) {
            idle(50)
            if (isCompleted) return runBlocking { runCatching { await() } }
            if (!answered && ShadowBiometricPrompt.getCurrentPrompt() != null) {
                answered = true
                person()
            }
            Thread.sleep(10)
        }
        error("neither asked nor done")
    }

    @Test
    fun `the phone's hardware signs a payment when its owner agrees, and not when not`() = runBlocking<Unit> {
        val name = "hardware"
        val approver = prompts()
        val (ann, draft) = hardware(name, approver)
        val declined = elsewhere.async { ann.confirm(draft) }.whenAsked {
            ShadowBiometricPrompt.authenticateCurrentSessionWithError(BiometricPrompt.ERROR_NEGATIVE_BUTTON, "no")
        }
        assertEquals("vault_cancelled", (declined.exceptionOrNull() as FarthingException.Locked).kind)
        assertEquals(PaymentState.Draft, ann.payment(draft.id.payment).state)

        val paid = elsewhere.async { ann.confirm(draft) }.whenAsked {
            MemoryKeystore.authenticate("farthing/$name/spending")
            ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
        }
        assertTrue(ann.outcome(paid.getOrThrow().id) is Outcome.Settled)
        ann.close()

        // The same wallet without its approver: nothing in the app can pay.
        val alone = (AndroidKeys(app, name).open() as Opened.Ready).wallet
        val next = alone.prepare(PayTo.scanned(truck().link))
        assertEquals("signs_elsewhere", (runCatching { alone.confirm(next) }.exceptionOrNull() as FarthingException).kind)
        alone.close()
    }

    @Test
    fun `a new finger ends paying, not receiving, and the phrase brings a new key`() = runBlocking<Unit> {
        val name = "finger"
        val approver = prompts()
        val (ann, draft) = hardware(name, approver)
        MemoryKeystore.invalidate("farthing/$name/spending")
        val refused = elsewhere.async { ann.confirm(draft) }.whenAsked { error("nobody is asked for what cannot be") }
        assertEquals("key_invalidated", (refused.exceptionOrNull() as FarthingException).kind)
        assertEquals(Action.Restore, (refused.exceptionOrNull() as FarthingException).action)
        ann.sync()
        assertEquals("20.00 USD", ann.balances().single().available.toString())

        val words = ann.revealPhrase().use { phrase -> (1..phrase.size).map(phrase::word) }
        ann.close()
        val next = AndroidKeys(app, "$name-2", approver)
        val restored = Farthing.phraseEntry().use { typed ->
            words.forEach(typed::add)
            (next.open() as Opened.Empty).restore(verifier.invite(grant = null), typed, "Ann")
        }
        val again = restored.prepare(PayTo.scanned(truck().link))
        val paid = elsewhere.async { restored.confirm(again) }.whenAsked {
            MemoryKeystore.authenticate("farthing/$name-2/spending")
            ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
        }
        assertTrue(restored.outcome(paid.getOrThrow().id) is Outcome.Settled)
        restored.close()
    }

    @Test
    fun `a locked phone says so, and later the wallet is what it was`() = runBlocking<Unit> {
        enrolled("locked")
        MemoryKeystore.failing = android.security.keystore.UserNotAuthenticatedException()
        val refused = runCatching { AndroidKeys(app, "locked").open() }.exceptionOrNull() as FarthingException.Locked
        assertEquals("vault_locked", refused.kind)
        MemoryKeystore.failing = null
        (AndroidKeys(app, "locked").open() as Opened.Ready).wallet.close()
    }

    @Test
    fun `a wallet whose key the phone threw away needs its phrase, and gets it under another name`() = runBlocking<Unit> {
        val name = "lost"
        val wallet = (AndroidKeys(app, name).open() as Opened.Empty).enrol(verifier.invite(), "Ann")
        val account = wallet.status().account
        val words = wallet.revealPhrase().use { phrase -> (1..phrase.size).map(phrase::word) }
        wallet.close()

        MemoryKeystore.keys.clear()
        val lost = AndroidKeys(app, name).open() as Opened.NeedsRecovery
        assertEquals("key_invalidated", lost.reason.kind)
        assertTrue("no key was made in its place", MemoryKeystore.keys.isEmpty())

        val next = AndroidKeys(app, "$name-2")
        val restored = Farthing.phraseEntry().use { typed ->
            words.forEach(typed::add)
            lost.restore(next.folder, next.keys, verifier.invite(grant = null), typed, "Ann")
        }
        assertEquals(account, restored.status().account)
        restored.close()
        (AndroidKeys(app, "$name-2").open() as Opened.Ready).wallet.close()
    }

    @Test
    fun `a blob that is gone beside a wallet is a lost key, too`() = runBlocking<Unit> {
        enrolled("blob")
        Files.delete(app.noBackupFilesDir.toPath().resolve("farthing/blob/sealing-key"))
        assertTrue(AndroidKeys(app, "blob").open() is Opened.NeedsRecovery)
    }
}
