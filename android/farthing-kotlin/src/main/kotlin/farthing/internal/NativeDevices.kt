package farthing.internal

import farthing.Device
import farthing.DeviceId
import farthing.DevicePairing
import farthing.Devices
import farthing.FarthingException
import farthing.Joining
import farthing.PhraseEntry
import farthing.Scope
import farthing.Wallet
import kotlin.time.Duration
import farthing.generated.Device as NativeDevice
import farthing.generated.Joining as GeneratedJoining
import farthing.generated.Scope as NativeScope
import farthing.generated.Wallet as GeneratedWallet

internal class NativeDevices(private val native: GeneratedWallet) : Devices {
    override suspend fun list(): List<Device> = translated { native.devices() }.map { it.crossed() }

    override suspend fun revoke(device: DeviceId, phrase: PhraseEntry?): Unit =
        translated { native.revoke(device.text, phrase?.native()) }

    override suspend fun show(phrase: PhraseEntry?): DevicePairing {
        val offer = translated { native.deviceShow(phrase?.native()) }
        return NativeDevicePairing(native, offer.id, offer.link, phrase)
    }
}

private class NativeDevicePairing(
    private val native: GeneratedWallet,
    private val id: String,
    override val offer: String,
    private val phrase: PhraseEntry?,
) : DevicePairing {
    override suspend fun checkCode(wait: Duration): String? = translated { native.pairCode(id, wait.ms()) }

    override suspend fun confirm(scope: Scope): DeviceId =
        DeviceId(translated { native.deviceConfirm(id, true, scope.native(), phrase?.native()) })

    override suspend fun reject(): Unit = rejecting { native.deviceConfirm(id, false, Scope().native(), phrase?.native()) }
}

internal class NativeJoining(private val native: GeneratedJoining) : Joining {
    override val checkCode: String get() = native.code()

    override suspend fun confirm(name: String?): Wallet = NativeWallet(translated { native.finish(true, name) })

    override suspend fun reject(): Unit = rejecting { native.finish(false, null) }

    override fun close(): Unit = native.destroy()
}

/** A no is answered as such: that nothing was added is what was wanted. */
private inline fun rejecting(call: () -> Unit) {
    try {
        translated(call)
    } catch (said: FarthingException.Misbehaved) {
        if (said.kind != CODES_DIFFER) throw said
    }
}

private fun Scope.native() = NativeScope(
    pay = pay,
    perOrder = perOrder.map { it.native() },
    perDay = perDay.map { it.native() },
    payees = payees,
    lifeS = life?.let { it.inWholeSeconds.coerceAtLeast(0).toULong() },
)

private fun NativeDevice.crossed() = Device(
    id = DeviceId(id),
    isThis = `this`,
    active = active,
    pays = pays,
    administers = administers,
    perOrder = perOrder.map { it.crossed() },
    perDay = perDay.map { it.crossed() },
    expires = expiresMs?.let(::instant),
    created = instant(createdMs),
    revoked = revokedMs?.let(::instant),
)

private const val CODES_DIFFER = "codes_differ"
