package farthing.person

import java.math.BigInteger
import java.nio.ByteBuffer
import java.security.AlgorithmParameters
import java.security.KeyFactory
import java.security.PrivateKey
import java.security.Signature
import java.security.spec.ECFieldFp
import java.security.spec.ECGenParameterSpec
import java.security.spec.ECParameterSpec
import java.security.spec.ECPoint
import java.security.spec.ECPrivateKeySpec

/** A phone's key in hardware, made from its number: the same in every process, and in every language. */
class Hardware(seed: Long) {
    // Below the order of the curve, whatever the number.
    private val bytes = ByteBuffer.allocate(SIZE).put(ByteArray(SIZE - Long.SIZE_BYTES) { 0x42 }).putLong(seed).array()
    private val scalar = BigInteger(1, bytes)
    private val key: PrivateKey = KeyFactory.getInstance("EC").generatePrivate(ECPrivateKeySpec(scalar, curve))

    /** The public key, uncompressed (SEC 1). Java multiplies no points for others, so it is done here. */
    val point: ByteArray by lazy {
        val point = multiplied()
        byteArrayOf(4) + point.affineX.coordinate() + point.affineY.coordinate()
    }

    fun sign(message: ByteArray): ByteArray = Signature.getInstance("SHA256withECDSA").run {
        initSign(key)
        update(message)
        sign()
    }

    private fun multiplied(): ECPoint {
        var sum: ECPoint? = null
        for (bit in scalar.bitLength() - 1 downTo 0) {
            sum = sum?.let { plus(it, it) }
            if (scalar.testBit(bit)) sum = sum?.let { plus(it, curve.generator) } ?: curve.generator
        }
        return checkNotNull(sum)
    }

    /** Of points that are not each other's opposites: none of those comes by on the way to a multiple below the order. */
    private fun plus(one: ECPoint, other: ECPoint): ECPoint {
        val slope = if (one == other) {
            (one.affineX.pow(2) * THREE + curve.curve.a) * (one.affineY * TWO).modInverse(prime)
        } else {
            (other.affineY - one.affineY) * (other.affineX - one.affineX).mod(prime).modInverse(prime)
        }
        val x = (slope * slope - one.affineX - other.affineX).mod(prime)
        return ECPoint(x, (slope * (one.affineX - x) - one.affineY).mod(prime))
    }

    private fun BigInteger.coordinate(): ByteArray =
        toByteArray().let { if (it.size > SIZE) it.copyOfRange(it.size - SIZE, it.size) else ByteArray(SIZE - it.size) + it }

    private companion object {
        const val SIZE = 32
        val TWO: BigInteger = BigInteger.TWO
        val THREE: BigInteger = BigInteger.valueOf(3)
        val curve: ECParameterSpec = AlgorithmParameters.getInstance("EC").run {
            init(ECGenParameterSpec("secp256r1"))
            getParameterSpec(ECParameterSpec::class.java)
        }
        val prime: BigInteger = (curve.curve.field as ECFieldFp).p
    }
}
