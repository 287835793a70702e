package farthing.android

import android.content.Context
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import androidx.biometric.BiometricPrompt.CryptoObject
import java.nio.file.Files
import java.nio.file.Path
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.PrivateKey
import java.security.Signature
import java.security.cert.X509Certificate
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.nanoseconds

/** Where a key lives, from the best to the worst. */
public enum class KeyLevel {
    /** A chip of its own. */
    StrongBox,

    /** The processor's trusted environment. */
    Trusted,

    /** Android itself: an emulator, or a phone without either. */
    Software,

    /** In hardware, of a kind that this Android does not tell. */
    UnknownHardware,
}

/**
 * A key that signs payments: ES256, made in the phone's hardware, and of no use without its owner, each time anew.
 *
 * The wallet's core does not take signatures by a second key yet: until it does, payments are signed by the sealed key of the
 * device and this class stands alone. It signs the bytes that it is given, as they are, by ECDSA over P-256 with SHA-256.
 *
 * A new finger or a new face leaves it valid where the screen lock opens it as well (Android 11 and later): who knows the
 * screen lock could add a finger anyway. On Android 9 and 10 only a strong biometric opens it, and a new one ends it.
 */
public class SpendingKey private constructor(
    private val alias: String,
    /** Where it lives, as it was found when it was made. */
    public val level: KeyLevel,
    /** How long a signature took in StrongBox when that was tried; null when it was not. */
    public val strongBoxTime: Duration?,
) {
    /** The key's certificates, its own first. With a challenge they end at Google's root, and say how the key is kept. */
    public val certificates: List<X509Certificate> get() = certificatesOf(alias)

    /** The public key. */
    public val publicKey: ECPublicKey
        get() = certificates.firstOrNull()?.publicKey as? ECPublicKey
            ?: throw KeystoreException(KeystoreException.Reason.Missing)

    /**
     * Asks for a payment, and signs when the answer is yes.
     *
     * @throws KeystoreException when the key is invalidated, missing or not to be had.
     */
    public suspend fun sign(bytes: ByteArray, approval: Approval, approver: BiometricApprover): Signed {
        val signature = keystore {
            Signature.getInstance(ALGORITHM).apply { initSign(keyNamed(alias, boundToPeople = true) as PrivateKey) }
        }
        val answer = approver.approve(approval, CryptoObject(signature))
        if (answer.verdict != Verdict.Approved) return Signed.No(answer.verdict)
        // What comes back is what the person unlocked: a yes without it has unlocked nothing, and the Keystore says so.
        val unlocked = answer.key?.signature ?: signature
        return Signed.Yes(
            keystore {
                unlocked.update(bytes)
                unlocked.sign()
            },
        )
    }

    /** What came of [sign]. */
    public sealed interface Signed {
        /** A signature, as DER; either of the two that are valid for the same bytes. The core makes it the low one. */
        public class Yes(public val der: ByteArray) : Signed

        /** No signature, and why. */
        public data class No(public val verdict: Verdict) : Signed
    }

    public companion object {
        /** StrongBox is taken when it signs within this time: a person stands at a counter meanwhile. */
        public val STRONG_BOX_BUDGET: Duration = 700.milliseconds

        private const val ALGORITHM = "SHA256withECDSA"
        private const val RECORD_MAX = 256

        /**
         * Makes the key. [challenge] is for whoever wants it attested.
         *
         * @throws IllegalStateException when there is one: it is not replaced unasked.
         * @throws KeystoreException when the phone cannot; without a screen lock it never can.
         */
        public fun create(context: Context, name: String = "wallet", challenge: ByteArray? = null): SpendingKey {
            checkName(name)
            val alias = alias(name, "spending")
            check(!hasKey(alias)) { "there is a spending key already" }
            val time = if (context.hasStrongBox()) trial("$alias/trial") else null
            val strong = time != null && time <= STRONG_BOX_BUDGET
            val level = keystore {
                try {
                    make(alias, strong, challenge)
                } catch (_: StrongBoxUnavailableException) {
                    make(alias, strongBox = false, challenge)
                }
            }
            writeWhole(record(context, name), "1 $level ${time?.inWholeMilliseconds ?: "-"}\n".toByteArray())
            return SpendingKey(alias, level, time)
        }

        /** The key that was made before; null when there is none. */
        public fun find(context: Context, name: String = "wallet"): SpendingKey? {
            checkName(name)
            val alias = alias(name, "spending")
            if (!hasKey(alias)) return null
            val fields = readWhole(record(context, name), RECORD_MAX)?.decodeToString()?.trim()?.split(' ')
            val level = KeyLevel.entries.firstOrNull { it.name == fields?.getOrNull(1) }
            // Killed between making the key and writing it down: what the Keystore says is enough.
            return SpendingKey(
                alias,
                level ?: keystore { levelOf(keyNamed(alias, boundToPeople = true) as PrivateKey, strongBox = false) },
                fields?.getOrNull(2)?.toLongOrNull()?.milliseconds,
            )
        }

        /** Throws the key away, for ever. */
        public fun delete(context: Context, name: String = "wallet") {
            checkName(name)
            deleteKey(alias(name, "spending"))
            Files.deleteIfExists(record(context, name))
        }

        private fun record(context: Context, name: String): Path =
            context.noBackupFilesDir.toPath().resolve("farthing").resolve(name).resolve("spending-key")

        /** How long StrongBox takes for a signature, by a key that asks nobody and is thrown away; null when it has no room. */
        private fun trial(alias: String): Duration? = try {
            val pair = generator(
                KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
                    .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                    .setDigests(KeyProperties.DIGEST_SHA256)
                    .setIsStrongBoxBacked(true),
            ).generateKeyPair()
            val start = System.nanoTime()
            Signature.getInstance(ALGORITHM).apply {
                initSign(pair.private)
                update(alias.toByteArray())
            }.sign()
            (System.nanoTime() - start).nanoseconds
        } catch (_: Exception) {
            // Whatever is wrong with it, the trusted environment is there, too.
            null
        } finally {
            runCatching { deleteKey(alias) }
        }

        private fun make(alias: String, strongBox: Boolean, challenge: ByteArray?): KeyLevel {
            val spec = KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
                .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                .setDigests(KeyProperties.DIGEST_SHA256)
                .setUserAuthenticationRequired(true)
                .setIsStrongBoxBacked(strongBox)
                .eachTime(KeyProperties.AUTH_BIOMETRIC_STRONG or deviceCredential())
            challenge?.let(spec::setAttestationChallenge)
            return levelOf(generator(spec).generateKeyPair().private, strongBox)
        }

        private fun deviceCredential(): Int =
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) KeyProperties.AUTH_DEVICE_CREDENTIAL else 0

        private fun generator(spec: KeyGenParameterSpec.Builder): KeyPairGenerator =
            KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, KEYSTORE).apply { initialize(spec.build()) }

        private fun levelOf(key: PrivateKey, strongBox: Boolean): KeyLevel {
            val info = KeyFactory.getInstance(key.algorithm, KEYSTORE).getKeySpec(key, KeyInfo::class.java)
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) {
                return when (info.securityLevel) {
                    KeyProperties.SECURITY_LEVEL_STRONGBOX -> KeyLevel.StrongBox
                    KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT -> KeyLevel.Trusted
                    KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE -> KeyLevel.UnknownHardware
                    else -> KeyLevel.Software
                }
            }
            // Before Android 12 it tells hardware from none; which hardware is what was asked for.
            @Suppress("DEPRECATION")
            val inside = info.isInsideSecureHardware
            return if (!inside) KeyLevel.Software else if (strongBox) KeyLevel.StrongBox else KeyLevel.Trusted
        }
    }
}

/** The owner is asked for each use. Before Android 11 that is what no duration means, and strong biometrics alone. */
internal fun KeyGenParameterSpec.Builder.eachTime(by: Int): KeyGenParameterSpec.Builder =
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
        setUserAuthenticationParameters(0, by)
    } else {
        @Suppress("DEPRECATION")
        setUserAuthenticationValidityDurationSeconds(-1)
    }
