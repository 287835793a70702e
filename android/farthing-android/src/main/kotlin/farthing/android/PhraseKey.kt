package farthing.android

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import androidx.biometric.BiometricPrompt.CryptoObject
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * Seals something behind the owner's finger or face: per use, by a strong biometric alone, and a new finger ends it.
 *
 * The wallet keeps its recovery phrase itself, in the vault that [AndroidKeys] seals, and shows it when the app asks. This is for
 * what an app wants to have behind a prompt besides: for example a mark that [open] must give back before
 * `wallet.revealPhrase()` is called, so that whoever holds an unlocked phone does not read the phrase.
 */
public class PhraseKey(name: String = "wallet") {
    private val alias = alias(name.also(::checkName), "phrase")

    /**
     * Asks, and seals. [secret] is the caller's to wipe. Makes the key when there is none: what an earlier one has sealed is
     * then lost, as it was before.
     *
     * @throws KeystoreException `Invalidated` when fingerprints have changed: [delete] the key and seal anew.
     */
    public suspend fun seal(secret: ByteArray, title: String, approver: BiometricApprover): Sealed {
        val cipher = keystore {
            val key = if (hasKey(alias)) keyNamed(alias, boundToPeople = true) as SecretKey else make()
            Cipher.getInstance(AES_GCM).apply { init(Cipher.ENCRYPT_MODE, key) }
        }
        val answer = approver.unlock(title, CryptoObject(cipher))
        if (answer.verdict != Verdict.Approved) return Sealed.No(answer.verdict)
        val unlocked = answer.key?.cipher ?: cipher
        return Sealed.Yes(keystore { byteArrayOf(FORMAT) + unlocked.iv + unlocked.doFinal(secret) })
    }

    /**
     * Asks, and opens what [seal] made. The caller wipes what it gets.
     *
     * @throws KeystoreException `Invalidated` when fingerprints have changed or the bytes were, `Missing` when the key is gone.
     */
    public suspend fun open(sealed: ByteArray, title: String, approver: BiometricApprover): Sealed {
        val invalid = KeystoreException.Reason.Invalidated
        if (sealed.size < SEALED_MIN || sealed[0] != FORMAT) throw KeystoreException(invalid)
        val cipher = keystore {
            val key = keyNamed(alias, boundToPeople = true) as SecretKey
            Cipher.getInstance(AES_GCM).apply {
                init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(GCM_TAG_BITS, sealed, 1, GCM_IV_BYTES))
            }
        }
        val answer = approver.unlock(title, CryptoObject(cipher))
        if (answer.verdict != Verdict.Approved) return Sealed.No(answer.verdict)
        val unlocked = answer.key?.cipher ?: cipher
        val from = 1 + GCM_IV_BYTES
        return Sealed.Yes(keystore { unlocked.doFinal(sealed, from, sealed.size - from) })
    }

    /** Throws the key away, and with it what it sealed. */
    public fun delete(): Unit = deleteKey(alias)

    /** What came of it. */
    public sealed interface Sealed {
        /** The sealed bytes, or the opened ones. */
        public class Yes(public val bytes: ByteArray) : Sealed

        /** Nothing, and why. */
        public data class No(public val verdict: Verdict) : Sealed
    }

    private fun make(): SecretKey {
        val use = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec = KeyGenParameterSpec.Builder(alias, use)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(256)
            .setUserAuthenticationRequired(true)
            .setInvalidatedByBiometricEnrollment(true)
            .eachTime(KeyProperties.AUTH_BIOMETRIC_STRONG)
            .build()
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KEYSTORE).apply { init(spec) }.generateKey()
    }

    private companion object {
        const val FORMAT: Byte = 1
        const val SEALED_MIN = 1 + GCM_IV_BYTES + GCM_TAG_BITS / 8
    }
}
