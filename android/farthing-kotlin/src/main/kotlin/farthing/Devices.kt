package farthing

import java.time.Instant
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/** A device's id. */
@JvmInline
public value class DeviceId(public val text: String) {
    override fun toString(): String = text
}

/** The phones and tills that act for the account. */
public interface Devices {
    /** All of them, the active ones first; as the verifier shows them when it can be asked. */
    public suspend fun list(): List<Device>

    /**
     * Revokes a device, for ever. Revoking this one ends the wallet: it keeps what it knows. [phrase] is needed where it is not kept.
     */
    public suspend fun revoke(device: DeviceId, phrase: PhraseEntry? = null)

    /** Makes a code by which another phone becomes a device of this account; there it goes to [Opened.Empty.join]. */
    public suspend fun show(phrase: PhraseEntry? = null): DevicePairing
}

/** A device of the account. */
public data class Device(
    val id: DeviceId,
    /** It is the one that asks. */
    val isThis: Boolean,
    /** It may act for the account; one that is revoked never may again. */
    val active: Boolean,
    /** It may pay. */
    val pays: Boolean,
    /** It may change the account's settings: a person's own phone. */
    val administers: Boolean,
    /** The most that one payment may move, by currency; none is no limit. */
    val perOrder: List<Money>,
    /** The most that 24 hours may move, likewise. */
    val perDay: List<Money>,
    /** From then on it may do nothing. */
    val expires: Instant?,
    val created: Instant,
    /** Since when it was seen to be revoked. */
    val revoked: Instant?,
)

/** What a device may do; the verifier enforces it. */
public data class Scope(
    /** It may pay, not only be paid. */
    val pay: Boolean = false,
    /** The most that one payment may move, by currency; others are not allowed. None is no limit. */
    val perOrder: List<Money> = emptyList(),
    /** The most that 24 hours may move, likewise. */
    val perDay: List<Money> = emptyList(),
    /** The only aliases that may be paid. None is no limit. */
    val payees: List<String> = emptyList(),
    /** How long it may do anything. */
    val life: Duration? = null,
)

/** A device that is being added. */
public interface DevicePairing {
    /** What the QR code holds. */
    public val offer: String

    /** Waits for the six digits that both people compare; null when there are none yet. */
    public suspend fun checkCode(wait: Duration = 30.seconds): String?

    /** The person's yes: both phones show the same digits. Adds the other, within [scope]. */
    public suspend fun confirm(scope: Scope): DeviceId

    /** The person's no. Nothing is added. */
    public suspend fun reject()
}

/** A phone that is about to become a device of an account. In memory only: a process that dies begins anew. */
public interface Joining : AutoCloseable {
    /** The six digits that both people compare. */
    public val checkCode: String

    /**
     * The person's yes: both phones show the same digits. Waits for the owner's. The wallet signs with a key of its own, not
     * with one in hardware.
     */
    public suspend fun confirm(name: String? = null): Wallet

    /** The person's no. Nothing is made. */
    public suspend fun reject()
}
