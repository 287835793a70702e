package farthing.android

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import android.security.keystore.UserNotAuthenticatedException
import java.io.ByteArrayInputStream
import java.io.InputStream
import java.io.OutputStream
import java.math.BigInteger
import java.security.InvalidKeyException
import java.security.Key
import java.security.KeyFactorySpi
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.PrivateKey
import java.security.Provider
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Security
import java.security.Signature
import java.security.SignatureException
import java.security.SignatureSpi
import java.security.cert.Certificate
import java.security.cert.CertificateFactory
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.ECGenParameterSpec
import java.security.spec.KeySpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.Cipher
import javax.crypto.CipherSpi
import javax.crypto.IllegalBlockSizeException
import javax.crypto.KeyGenerator
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import org.bouncycastle.asn1.x500.X500Name
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder
import org.junit.rules.ExternalResource

/**
 * What stands for Android's Keystore, which does not exist on this machine: keys that give out nothing of themselves, and that
 * fail as a phone's do. It proves how the library takes these failures; that a phone fails so, only a phone proves.
 */
class MemoryKeystore : ExternalResource() {
    override fun before() {
        keys.clear()
        failing = null
        strongBox = StrongBox.None
        strongBoxSlowness = 0
        Security.insertProviderAt(MemoryProvider(), 1)
    }

    override fun after() = Security.removeProvider(KEYSTORE)

    enum class StrongBox { None, Present, Full }

    companion object {
        val keys = LinkedHashMap<String, Entry>()

        /** What every call fails with. */
        var failing: Exception? = null

        var strongBox = StrongBox.None

        /** How many milliseconds it takes for a signature. */
        var strongBoxSlowness = 0L

        fun spec(alias: String): KeyGenParameterSpec = keys.getValue(alias).spec

        /** What a new finger does to a key. */
        fun invalidate(alias: String) {
            keys.getValue(alias).invalidated = true
        }

        /** What a finger on the sensor does to the operation that the prompt was for. */
        fun authenticate(alias: String) {
            keys.getValue(alias).usesLeft = 1
        }
    }
}

class Entry(val alias: String, val spec: KeyGenParameterSpec, val secret: SecretKey?, val pair: KeyPair?) {
    var invalidated = false
    var usesLeft = 0
    val certificate: Certificate? = pair?.let(::selfSigned)

    fun begin() {
        MemoryKeystore.failing?.let { throw it }
        if (invalidated) throw KeyPermanentlyInvalidatedException("a finger was added")
        // A key that asks for each use begins, and fails at its end.
        if (spec.isUserAuthenticationRequired && spec.userAuthenticationValidityDurationSeconds > 0) {
            throw UserNotAuthenticatedException("nobody is there")
        }
    }

    fun end(failed: (String, Throwable) -> Exception) {
        MemoryKeystore.failing?.let { throw failed("the keystore failed", it) }
        if (!spec.isUserAuthenticationRequired) return
        if (usesLeft == 0) throw failed("Key user not authenticated", android.security.KeyStoreException(-26, "Key user not authenticated"))
        usesLeft--
        if (spec.isStrongBoxBacked) Thread.sleep(MemoryKeystore.strongBoxSlowness)
    }

    private fun selfSigned(pair: KeyPair): Certificate {
        val name = X500Name("CN=fake")
        val signer = JcaContentSignerBuilder("SHA256withECDSA").setProvider("BC").build(pair.private)
        val made = JcaX509v3CertificateBuilder(name, BigInteger.ONE, Date(0), Date(4_000_000_000_000), name, pair.public).build(signer)
        return CertificateFactory.getInstance("X.509").generateCertificate(ByteArrayInputStream(made.encoded))
    }
}

/** A key as a phone hands it out: a name, and nothing inside. */
abstract class NamedKey(val entry: Entry, private val of: String) : Key {
    override fun getAlgorithm() = of
    override fun getFormat(): String? = null
    override fun getEncoded(): ByteArray? = null
}

class NamedSecret(entry: Entry) : NamedKey(entry, "AES"), SecretKey

class NamedPrivate(entry: Entry) : NamedKey(entry, "EC"), PrivateKey

class MemoryProvider : Provider(KEYSTORE, "1.0", "keys in memory, for tests") {
    init {
        put("KeyStore.$KEYSTORE", MemoryStore::class.java.name)
        put("KeyGenerator.AES", MemoryAesMaker::class.java.name)
        put("KeyPairGenerator.EC", MemoryEcMaker::class.java.name)
        put("KeyFactory.EC", MemoryKeyInfo::class.java.name)
        // Only for its own keys; for others the next provider is asked.
        put("Cipher.AES/GCM/NoPadding", MemoryCipher::class.java.name)
        put("Cipher.AES/GCM/NoPadding SupportedKeyClasses", NamedSecret::class.java.name)
        put("Signature.SHA256withECDSA", MemorySignature::class.java.name)
        put("Signature.SHA256withECDSA SupportedKeyClasses", NamedPrivate::class.java.name)
    }
}

class MemoryAesMaker : KeyGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec
    override fun engineInit(random: SecureRandom?) = error("a specification is needed")
    override fun engineInit(size: Int, random: SecureRandom?) = error("a specification is needed")
    override fun engineInit(spec: AlgorithmParameterSpec, random: SecureRandom?) {
        this.spec = spec as KeyGenParameterSpec
    }

    override fun engineGenerateKey(): SecretKey {
        MemoryKeystore.failing?.let { throw java.security.ProviderException(it) }
        val secret = KeyGenerator.getInstance("AES", "SunJCE").apply { init(spec.keySize) }.generateKey()
        return NamedSecret(Entry(spec.keystoreAlias, spec, secret, null).also { MemoryKeystore.keys[it.alias] = it })
    }
}

class MemoryEcMaker : KeyPairGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec
    override fun initialize(size: Int, random: SecureRandom?) = error("a specification is needed")
    override fun initialize(spec: AlgorithmParameterSpec, random: SecureRandom?) {
        this.spec = spec as KeyGenParameterSpec
    }

    override fun generateKeyPair(): KeyPair {
        MemoryKeystore.failing?.let { throw java.security.ProviderException(it) }
        if (spec.isStrongBoxBacked && MemoryKeystore.strongBox != MemoryKeystore.StrongBox.Present) throw StrongBoxUnavailableException()
        val pair = KeyPairGenerator.getInstance("EC", "BC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()
        val entry = Entry(spec.keystoreAlias, spec, null, pair).also { MemoryKeystore.keys[it.alias] = it }
        return KeyPair(pair.public, NamedPrivate(entry))
    }
}

class MemoryCipher : CipherSpi() {
    private lateinit var entry: Entry
    private val real = Cipher.getInstance(AES_GCM, "SunJCE")

    override fun engineInit(mode: Int, key: Key, random: SecureRandom?) = engineInit(mode, key, null as AlgorithmParameterSpec?, random)

    override fun engineInit(mode: Int, key: Key, spec: AlgorithmParameterSpec?, random: SecureRandom?) {
        entry = (key as? NamedSecret ?: throw InvalidKeyException()).entry
        entry.begin()
        if (mode == Cipher.ENCRYPT_MODE) check(spec == null) { "the keystore chooses the IV itself" }
        if (spec == null) real.init(mode, entry.secret) else real.init(mode, entry.secret, spec as GCMParameterSpec)
    }

    override fun engineInit(mode: Int, key: Key, p: java.security.AlgorithmParameters?, random: SecureRandom?) = error("not used")
    override fun engineDoFinal(input: ByteArray?, from: Int, size: Int): ByteArray {
        entry.end { message, cause -> IllegalBlockSizeException(message).apply { initCause(cause) } }
        return real.doFinal(input ?: ByteArray(0), from, size)
    }

    override fun engineDoFinal(input: ByteArray?, from: Int, size: Int, out: ByteArray, at: Int): Int =
        engineDoFinal(input, from, size).also { it.copyInto(out, at) }.size

    override fun engineUpdate(input: ByteArray, from: Int, size: Int): ByteArray? = real.update(input, from, size)
    override fun engineUpdate(input: ByteArray, from: Int, size: Int, out: ByteArray, at: Int) = real.update(input, from, size, out, at)
    override fun engineUpdateAAD(input: ByteArray, from: Int, size: Int) = real.updateAAD(input, from, size)
    override fun engineGetIV(): ByteArray = real.iv
    override fun engineGetBlockSize() = real.blockSize
    override fun engineGetOutputSize(size: Int) = real.getOutputSize(size)
    override fun engineGetParameters() = real.parameters
    override fun engineSetMode(mode: String) = Unit
    override fun engineSetPadding(padding: String) = Unit
}

class MemorySignature : SignatureSpi() {
    private lateinit var entry: Entry
    private val real = Signature.getInstance("SHA256withECDSA", "BC")

    override fun engineInitSign(key: PrivateKey) {
        entry = (key as? NamedPrivate ?: throw InvalidKeyException()).entry
        entry.begin()
        real.initSign(entry.pair!!.private)
    }

    override fun engineSign(): ByteArray {
        entry.end { message, cause -> SignatureException(message, cause) }
        if (!entry.spec.isUserAuthenticationRequired && entry.spec.isStrongBoxBacked) Thread.sleep(MemoryKeystore.strongBoxSlowness)
        return real.sign()
    }

    override fun engineUpdate(b: Byte) = real.update(b)
    override fun engineUpdate(b: ByteArray, from: Int, size: Int) = real.update(b, from, size)
    override fun engineInitVerify(key: PublicKey) = throw InvalidKeyException("others verify")
    override fun engineVerify(signature: ByteArray) = error("others verify")

    @Deprecated("Deprecated in Java")
    override fun engineSetParameter(name: String?, value: Any?) = Unit

    @Deprecated("Deprecated in Java")
    override fun engineGetParameter(name: String?): Any? = null
}

/** Says where a key lives. */
class MemoryKeyInfo : KeyFactorySpi() {
    override fun <T : KeySpec> engineGetKeySpec(key: Key, of: Class<T>): T {
        val spec = (key as NamedPrivate).entry.spec
        // It has no constructor that one may call.
        val info = KeyInfo::class.java.declaredConstructors.maxBy { it.parameterCount }.apply { isAccessible = true }
        val level = if (spec.isStrongBoxBacked) KeyProperties.SECURITY_LEVEL_STRONGBOX else KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT
        val arguments = info.parameterTypes.map<Class<*>, Any?> {
            when (it) {
                Boolean::class.java -> true
                Int::class.java -> 0
                Long::class.java -> 0L
                String::class.java -> spec.keystoreAlias
                Array<String>::class.java -> emptyArray<String>()
                else -> null
            }
        }.toTypedArray()
        val made = info.newInstance(*arguments) as KeyInfo
        KeyInfo::class.java.getDeclaredField("mSecurityLevel").apply { isAccessible = true }.setInt(made, level)
        return of.cast(made)!!
    }

    override fun engineGeneratePublic(spec: KeySpec?) = error("not used")
    override fun engineGeneratePrivate(spec: KeySpec?) = error("not used")
    override fun engineTranslateKey(key: Key?) = error("not used")
}

class MemoryStore : KeyStoreSpi() {
    override fun engineGetKey(alias: String, password: CharArray?): Key? {
        MemoryKeystore.failing?.let { throw java.security.UnrecoverableKeyException(it.message).apply { initCause(it) } }
        val entry = MemoryKeystore.keys[alias] ?: return null
        return if (entry.secret != null) NamedSecret(entry) else NamedPrivate(entry)
    }

    override fun engineContainsAlias(alias: String) = alias in MemoryKeystore.keys
    override fun engineDeleteEntry(alias: String) {
        MemoryKeystore.keys.remove(alias)
    }

    override fun engineAliases(): Enumeration<String> = Collections.enumeration(MemoryKeystore.keys.keys)
    override fun engineSize() = MemoryKeystore.keys.size
    override fun engineIsKeyEntry(alias: String) = alias in MemoryKeystore.keys
    override fun engineIsCertificateEntry(alias: String) = false
    override fun engineGetCertificateChain(alias: String): Array<Certificate>? =
        MemoryKeystore.keys[alias]?.certificate?.let { arrayOf(it) }

    override fun engineGetCertificate(alias: String): Certificate? = MemoryKeystore.keys[alias]?.certificate
    override fun engineGetCreationDate(alias: String) = Date(0)
    override fun engineSetKeyEntry(a: String?, k: Key?, p: CharArray?, c: Array<out Certificate>?) = error("not used")
    override fun engineSetKeyEntry(a: String?, k: ByteArray?, c: Array<out Certificate>?) = error("not used")
    override fun engineSetCertificateEntry(a: String?, c: Certificate?) = error("not used")
    override fun engineGetCertificateAlias(c: Certificate?): String? = null
    override fun engineStore(s: OutputStream?, p: CharArray?) = Unit
    override fun engineLoad(s: InputStream?, p: CharArray?) = Unit
}
