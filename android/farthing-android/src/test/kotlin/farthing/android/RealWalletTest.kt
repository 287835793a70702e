package farthing.android

import farthing.FarthingException
import farthing.Farthing
import farthing.Opened
import farthing.testkit.LocalVerifier
import java.nio.file.Files
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder

/** The real library and a real verifier; only the Keystore is one in memory. */
class RealWalletTest : AndroidTest() {
    @get:Rule
    val keystore = MemoryKeystore()

    @get:Rule
    val folder = TemporaryFolder()

    private lateinit var verifier: LocalVerifier

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
