package farthing.android

import android.content.Context
import android.os.UserManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import farthing.Farthing
import farthing.Keys
import farthing.Opened
import farthing.SealingKey
import farthing.SealingKeyException
import farthing.android.KeystoreException.Reason
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.security.SecureRandom
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * A wallet's place on the phone, and the key that seals it, which Android's Keystore keeps.
 *
 * All of it lies below the folder that no backup takes along. [name] tells apart the wallets of one app.
 *
 * The sealing key asks nobody: a payment can arrive while the phone is in a pocket. What asks is the approval of a payment.
 *
 * @throws IllegalArgumentException for a name that is not 1 to 32 small letters, digits and hyphens.
 */
public class AndroidKeys(context: Context, name: String = "wallet") {
    private val app: Context = context.applicationContext
    private val root: Path = app.noBackupFilesDir.toPath().resolve("farthing").resolve(name.also(::checkName))
    private val vault: Path = root.resolve("keys")

    /** The wallet's folder. */
    public val folder: Path = root.resolve("wallet")

    /**
     * The key that seals the wallet's secrets. The first time it is asked it makes itself, unless there is a wallet already:
     * that one's key is lost then, and a new key would only hide it.
     */
    public val sealing: SealingKey = KeystoreSealingKey(
        file = root.resolve("sealing-key"),
        alias = alias(name, "sealing"),
        // What the key has sealed. A folder alone is none: an attempt to enrol may have left it.
        used = { Files.exists(vault) || Files.exists(folder.resolve("wallet.db")) },
        unlocked = { app.getSystemService(UserManager::class.java)?.isUserUnlocked != false },
    )

    /** What the library takes. */
    public val keys: Keys = Keys.sealed(vault, root.resolve("state"), sealing)

    /** Opens the wallet, as [Farthing.open] does. */
    public suspend fun open(): Opened = Farthing.open(folder, keys)
}

/**
 * 32 random bytes in a file, encrypted by a key that never leaves the Keystore.
 *
 * | file | Keystore's key | wallet | |
 * |---|---|---|---|
 * | there | there | | decrypted |
 * | there | gone | there | invalidated |
 * | there | gone | none | both are made anew |
 * | none | | there | invalidated |
 * | none | | none | both are made |
 *
 * Each part is decrypted by itself: that costs three calls more when a wallet is opened, and no copy waits in memory for a
 * next call that may not come.
 */
internal class KeystoreSealingKey(
    private val file: Path,
    private val alias: String,
    private val used: () -> Boolean,
    private val unlocked: () -> Boolean,
) : SealingKey {
    override fun part(index: Int): Long {
        require(index in 0 until PARTS) { "a key has $PARTS parts" }
        return try {
            synchronized(making) { partOf(index) }
        } catch (failure: KeystoreException) {
            throw SealingKeyException(failure.reason.forWallets(), failure)
        } catch (failure: IOException) {
            throw SealingKeyException(SealingKeyException.Reason.Unavailable, failure)
        }
    }

    private fun partOf(index: Int): Long {
        // Before the first unlocking after a start the app's files are not there, which must not look like a new phone.
        if (!unlocked()) throw KeystoreException(Reason.Locked)
        val sealed = readWhole(file, SEALED_BYTES) ?: if (used()) lost() else made()
        return try {
            opened(sealed, index)
        } catch (missing: KeystoreException) {
            if (missing.reason != Reason.Missing) throw missing
            if (used()) lost(missing)
            opened(made(), index)
        }
    }

    private fun lost(cause: Throwable? = null): Nothing = throw KeystoreException(Reason.Invalidated, cause)

    private fun opened(sealed: ByteArray, index: Int): Long {
        if (sealed.size != SEALED_BYTES || sealed[0] != FORMAT) lost()
        val key = keyNamed(alias, boundToPeople = false) as SecretKey
        val plain = keystore {
            val cipher = Cipher.getInstance(AES_GCM)
            cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(GCM_TAG_BITS, sealed, 1, GCM_IV_BYTES))
            cipher.updateAAD(boundTo())
            cipher.doFinal(sealed, 1 + GCM_IV_BYTES, sealed.size - 1 - GCM_IV_BYTES)
        }
        try {
            return ByteBuffer.wrap(plain).getLong(index * Long.SIZE_BYTES)
        } finally {
            plain.fill(0)
        }
    }

    private fun made(): ByteArray {
        val key = keystore { generate() }
        val plain = ByteArray(PARTS * Long.SIZE_BYTES)
        try {
            SecureRandom().nextBytes(plain)
            val sealed = keystore {
                val cipher = Cipher.getInstance(AES_GCM)
                cipher.init(Cipher.ENCRYPT_MODE, key)
                cipher.updateAAD(boundTo())
                byteArrayOf(FORMAT) + cipher.iv + cipher.doFinal(plain)
            }
            // Written before anything is sealed by it.
            writeWhole(file, sealed)
            return sealed
        } finally {
            plain.fill(0)
        }
    }

    /** In the TEE, not in StrongBox: it is asked at every start, and a slow chip would be felt each time. */
    private fun generate(): SecretKey {
        val use = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec = KeyGenParameterSpec.Builder(alias, use)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(256)
            .setUserAuthenticationRequired(false)
            .build()
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KEYSTORE).apply { init(spec) }.generateKey()
    }

    private fun boundTo() = "farthing sealing key 1 $alias".toByteArray()

    private companion object {
        const val PARTS = 4
        const val FORMAT: Byte = 1
        const val SEALED_BYTES = 1 + GCM_IV_BYTES + PARTS * Long.SIZE_BYTES + GCM_TAG_BITS / 8

        /** One at a time in this process; the wallet's folder lets in one process alone. */
        val making = Any()
    }
}

private fun Reason.forWallets(): SealingKeyException.Reason = when (this) {
    Reason.Locked -> SealingKeyException.Reason.Locked
    // The file is there and its key is not.
    Reason.Invalidated, Reason.Missing -> SealingKeyException.Reason.Invalidated
    Reason.Unavailable -> SealingKeyException.Reason.Unavailable
}
