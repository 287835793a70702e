package farthing.android

import android.security.keystore.KeyProperties
import farthing.SealingKeyException
import farthing.SealingKeyException.Reason
import java.nio.file.Files
import java.nio.file.Path
import java.security.ProviderException
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.robolectric.Shadows.shadowOf

class AndroidKeysTest : AndroidTest() {
    @get:Rule
    val keystore = MemoryKeystore()

    private val root: Path get() = app.noBackupFilesDir.toPath().resolve("farthing/wallet")
    private val file: Path get() = root.resolve("sealing-key")
    private val alias = "farthing/wallet/sealing"

    private fun parts(keys: AndroidKeys = AndroidKeys(app)) = LongArray(4, keys.sealing::part)

    private fun refused(keys: AndroidKeys = AndroidKeys(app)): Reason = try {
        keys.sealing.part(0)
        error("a key was given")
    } catch (refused: SealingKeyException) {
        refused.reason
    }

    private fun walletIsThere() {
        Files.createDirectories(root)
        Files.write(root.resolve("keys"), byteArrayOf(1))
    }

    @Test
    fun `the key is random, has four parts, and is the same each time`() {
        val first = parts()
        assertEquals(4, first.toSet().size)
        assertArrayEquals(first, parts())
        assertArrayEquals(first, parts(AndroidKeys(app, "wallet")))
        assertFalse(first.contentEquals(parts(AndroidKeys(app, "other"))))
    }

    @Test
    fun `it lies where no backup looks, and what lies there is not the key`() {
        val parts = parts()
        assertTrue(AndroidKeys(app).folder.startsWith(app.noBackupFilesDir.toPath()))
        val bytes = Files.readAllBytes(file)
        assertEquals(61, bytes.size)
        val hex = bytes.joinToString("") { "%02x".format(it) }
        parts.forEach { assertFalse(hex.contains("%016x".format(it))) }
        assertFalse(Files.exists(root.resolve("sealing-key.new")))
    }

    @Test
    fun `the Keystore's key asks nobody, is of 256 bits and not in StrongBox`() {
        parts()
        val spec = MemoryKeystore.spec(alias)
        assertFalse(spec.isUserAuthenticationRequired)
        assertFalse(spec.isStrongBoxBacked)
        assertFalse(spec.isUnlockedDeviceRequired)
        assertEquals(256, spec.keySize)
        assertEquals(listOf(KeyProperties.BLOCK_MODE_GCM), spec.blockModes.toList())
        assertTrue(spec.isRandomizedEncryptionRequired)
    }

    @Test
    fun `where a wallet is, no new key is made`() {
        val before = parts()
        walletIsThere()
        val blob = Files.readAllBytes(file)

        MemoryKeystore.keys.remove(alias)
        assertEquals(Reason.Invalidated, refused())
        assertTrue(MemoryKeystore.keys.isEmpty())
        assertArrayEquals(blob, Files.readAllBytes(file))

        Files.delete(file)
        assertEquals(Reason.Invalidated, refused())
        assertFalse(Files.exists(file))
        assertTrue(before.isNotEmpty())
    }

    @Test
    fun `a database counts as a wallet, an empty folder does not`() {
        val keys = AndroidKeys(app)
        Files.createDirectories(keys.folder)
        parts(keys)
        Files.delete(file)
        Files.write(keys.folder.resolve("wallet.db"), byteArrayOf(1))
        assertEquals(Reason.Invalidated, refused(keys))
    }

    @Test
    fun `without a wallet a lost key is made anew`() {
        val before = parts()
        MemoryKeystore.keys.clear()
        val after = parts()
        assertNotEquals(before.toList(), after.toList())
        assertArrayEquals(after, parts())
    }

    @Test
    fun `a key that another one sealed, and altered bytes, are told as invalidated`() {
        parts()
        walletIsThere()
        val blob = Files.readAllBytes(file)
        for (at in blob.indices) {
            Files.write(file, blob.copyOf().also { it[at] = (it[at].toInt() xor 1).toByte() })
            assertEquals("byte $at", Reason.Invalidated, refused())
        }
        for (size in listOf(0, 1, 12, 60)) {
            Files.write(file, blob.copyOf(size))
            assertEquals("$size bytes", Reason.Invalidated, refused())
        }
        // Not ours at all: nothing is concluded from it.
        Files.write(file, ByteArray(5_000))
        assertEquals(Reason.Unavailable, refused())
    }

    @Test
    fun `a phone's failures are told apart`() {
        parts()
        walletIsThere()
        val told = mapOf(
            android.security.keystore.UserNotAuthenticatedException() to Reason.Locked,
            android.security.keystore.KeyPermanentlyInvalidatedException() to Reason.Invalidated,
            ProviderException("the keystore's daemon was restarted") to Reason.Unavailable,
            java.security.InvalidKeyException("nobody knows why") to Reason.Unavailable,
            android.security.KeyStoreException(-26, "Key user not authenticated") to Reason.Locked,
            android.security.KeyStoreException(8, "a value that is corrupted") to Reason.Invalidated,
            android.security.KeyStoreException(7, "no such key") to Reason.Invalidated,
            android.security.KeyStoreException(4, "an unknown error") to Reason.Unavailable,
        )
        for ((failure, reason) in told) {
            MemoryKeystore.failing = failure
            assertEquals("$failure", reason, refused())
        }
        MemoryKeystore.failing = null
        parts()
    }

    @Test
    fun `a phone that cannot make a key makes no file either`() {
        MemoryKeystore.failing = ProviderException("no room")
        assertEquals(Reason.Unavailable, refused())
        assertFalse(Files.exists(file))
        MemoryKeystore.failing = null
        parts()
    }

    @Test
    fun `before the first unlocking nothing is concluded from missing files`() {
        shadowOf(app.getSystemService(android.os.UserManager::class.java)).setUserUnlocked(false)
        assertEquals(Reason.Locked, refused())
        assertTrue(MemoryKeystore.keys.isEmpty())
        assertFalse(Files.exists(file))
    }

    @Test
    fun `a killed attempt leaves a draft that is not taken for a key`() {
        Files.createDirectories(root)
        Files.write(root.resolve("sealing-key.new"), byteArrayOf(1, 2, 3))
        assertArrayEquals(parts(), parts())
    }

    @Test
    fun `a name that is a path is none`() {
        for (name in listOf("", "..", "a/b", "A", "a".repeat(33))) {
            assertEquals(name, true, runCatching { AndroidKeys(app, name) }.exceptionOrNull() is IllegalArgumentException)
        }
    }
}
