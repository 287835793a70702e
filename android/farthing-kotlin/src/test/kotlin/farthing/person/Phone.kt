package farthing.person

import farthing.DevicePairing
import farthing.Draft
import farthing.DraftId
import farthing.Farthing
import farthing.Joining
import farthing.Keys
import farthing.Opened
import farthing.Pairing
import farthing.SealingKey
import farthing.SealingKeyException
import farthing.SealingKeyException.Reason
import farthing.TabDraft
import farthing.TabId
import farthing.Wallet
import java.nio.file.Path
import java.util.concurrent.ConcurrentHashMap
import kotlin.random.Random

/** What of a phone outlives the app: its folder, and the key that the platform keeps. And the app: what it has open. */
class Phone(@Volatile private var folder: Path, seed: Long, asked: String) {
    val key = PlatformKey(seed)

    private val asks: Asked? = when (asked) {
        "none" -> null
        "wallet" -> Asked(null)
        "hardware" -> Asked(Hardware(seed))
        else -> error("there is no approver $asked")
    }

    /** Who is asked before a payment is signed. */
    val approver: Asked get() = checkNotNull(asks) { "nobody is asked on this phone" }

    /** What was found in the folder when it was looked at last. */
    @Volatile
    private var opened: Opened? = null

    @Volatile
    private var held: Wallet? = null

    /** Drafts as they were shown. */
    private val drafts = ConcurrentHashMap<String, Draft>()

    /** Drafts of tabs as they were shown. */
    private val tabs = ConcurrentHashMap<String, TabDraft>()

    /** Pairings under way, by the scenario's names. */
    private val pairings = ConcurrentHashMap<String, Pairing>()

    @Volatile
    private var added: DevicePairing? = null

    @Volatile
    private var joins: Joining? = null

    /** The wallet, also one that was closed: what it says then is the scenario's to see. */
    val wallet: Wallet get() = checkNotNull(held) { "no wallet was opened" }

    suspend fun open(): Opened {
        val found = Farthing.open(folder.resolve("wallet"), keys(folder))
        opened = found
        if (found is Opened.Ready) held = found.wallet
        return found
    }

    /** As an app does: it was told that there is nothing yet. */
    suspend fun enrol(invite: String, name: String?, alias: String?) {
        held = empty().enrol(invite, name, alias)
    }

    suspend fun restore(invite: String, words: List<Int>, name: String?, keepDevices: Boolean, into: Path?) {
        Farthing.phraseEntry().use { typed ->
            words.forEach(typed::add)
            if (into == null) {
                held = empty().restore(invite, typed, name, keepDevices)
            } else {
                val lost = opened as? Opened.NeedsRecovery ?: error("what was opened needs no recovery: $opened")
                folder = into
                held = lost.restore(into.resolve("wallet"), keys(into), invite, typed, name, keepDevices)
            }
        }
    }

    suspend fun close() {
        held?.close()
    }

    /** A draft was shown. */
    fun saw(draft: Draft): Draft = draft.also { drafts[it.id.text] = it }

    /** A draft as it was shown in this process, or as it is stored. */
    suspend fun seen(id: String): Draft = drafts[id] ?: saw(wallet.draft(DraftId(id)))

    /** The draft of a tab was shown. */
    fun saw(draft: TabDraft): TabDraft = draft.also { tabs[it.id.text] = it }

    /** The draft of a tab as it was shown in this process, or as it is stored. */
    suspend fun seenTab(id: String): TabDraft = tabs[id] ?: saw(wallet.tabs.draft(TabId(id)))

    fun pair(name: String?, pairing: Pairing): Pairing = pairing.also { pairings[name.orEmpty()] = it }

    fun pairing(name: String?): Pairing = checkNotNull(pairings[name.orEmpty()]) { "there is no pairing $name" }

    /** The phrase is typed where the wallet does not keep it; the pairing has it until it is over. */
    suspend fun add(words: List<Int>?): DevicePairing {
        val phrase = words?.let { Farthing.phraseEntry().apply { it.forEach(::add) } }
        return wallet.devices.show(phrase).also { added = it }
    }

    /** The device that is being added. */
    val adding: DevicePairing get() = checkNotNull(added) { "no device is being added" }

    suspend fun join(link: String): Joining = empty().join(link).also { joins = it }

    /** The account that this phone is about to become a device of. */
    val joining: Joining get() = checkNotNull(joins) { "no account is being joined" }

    suspend fun joined(name: String?) {
        held = joining.use { it.confirm(name) }
    }

    private suspend fun empty(): Opened.Empty = (opened ?: open()) as? Opened.Empty ?: error("it is not empty: $opened")

    private fun keys(folder: Path) = Keys.sealed(folder.resolve("keys"), folder.resolve("state"), key, asks)
}

/** The platform's key, and what the platform does when it is asked for it. */
class PlatformKey(@Volatile var seed: Long) : SealingKey {
    @Volatile
    var says: String = "kept"

    override fun part(index: Int): Long = when (says) {
        "kept" -> (seed + 1) * 0x1000_0000_0000_0061 + index
        "locked" -> throw SealingKeyException(Reason.Locked)
        "cancelled" -> throw SealingKeyException(Reason.Cancelled)
        "invalidated" -> throw SealingKeyException(Reason.Invalidated)
        "unavailable" -> throw SealingKeyException(Reason.Unavailable)
        "garbage" -> Random.nextLong()
        // No exception at all: generated code lets errors through.
        "throws" -> throw AssertionError("thrown by the platform")
        "hangs" -> {
            Thread.sleep(HANGS_MS)
            throw SealingKeyException(Reason.Unavailable)
        }
        else -> error("a platform does not say $says")
    }

    private companion object {
        const val HANGS_MS = 45_000L
    }
}
