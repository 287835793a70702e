package farthing.internal

import farthing.Account
import farthing.Balance
import farthing.Carried
import farthing.Connection
import farthing.Contact
import farthing.Contacts
import farthing.Devices
import farthing.Draft
import farthing.DraftId
import farthing.Event
import farthing.EventSeq
import farthing.FarthingException
import farthing.Item
import farthing.Line
import farthing.Money
import farthing.Note
import farthing.Offline
import farthing.Outcome
import farthing.Pairing
import farthing.Pairings
import farthing.PayTo
import farthing.Payment
import farthing.PaymentId
import farthing.RecoveryPhrase
import farthing.Request
import farthing.RequestId
import farthing.RequestState
import farthing.Requests
import farthing.Status
import farthing.Synced
import farthing.Tabs
import farthing.Wallet
import farthing.generated.Terms
import kotlin.time.Duration
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.takeWhile
import kotlinx.coroutines.flow.transformLatest
import kotlinx.coroutines.withContext
import farthing.generated.Connection as NativeConnection
import farthing.generated.RequestState as NativeRequestState
import farthing.generated.Wallet as GeneratedWallet

internal class NativeWallet(private val native: GeneratedWallet) : Wallet {
    private val life = MutableStateFlow(Life.Open)

    override val requests: Requests = NativeRequests(native)
    override val tabs: Tabs = NativeTabs(native)
    override val offline: Offline = NativeOffline(native)
    override val carried: Carried = NativeCarried(native)
    override val contacts: Contacts = NativeContacts(native)
    override val pairing: Pairings = NativePairings(native)
    override val devices: Devices = NativeDevices(native)
    override val account: Account = NativeAccount(native)

    override suspend fun status(): Status = translated { native.status() }.crossed()

    override suspend fun balances(): List<Balance> = translated { native.balances() }.map { it.crossed() }

    override suspend fun parseMoney(typed: String): Money = translated { native.parseMoney(typed) }.crossed()

    override suspend fun prepare(payee: PayTo, amount: Money?, memo: String?): Draft = translated {
        when (payee) {
            is PayTo.Text -> native.prepare(payee.text, amount?.native(), memo)
            is PayTo.Noted -> {
                require(amount == null) { "a request in a note says how much" }
                native.prepareNote(payee.contact.name, payee.note.text, memo)
            }
        }
    }.crossed()

    override suspend fun draft(id: DraftId): Draft = translated { native.draft(id.text) }.crossed()

    override suspend fun discard(id: DraftId): Unit = translated { native.discard(id.text) }

    override suspend fun confirm(draft: Draft): Payment =
        translated { native.confirm(draft.id.text, draft.shown) }.crossed()

    override suspend fun outcome(payment: PaymentId, wait: Duration): Outcome =
        translated { native.outcome(payment.text, wait.ms()) }.crossed()

    override suspend fun payment(id: PaymentId): Payment = translated { native.payment(id.text) }.crossed()

    override suspend fun history(before: PaymentId?, limit: Int): List<Payment> =
        translated { native.history(before?.text, page(limit)) }.map { it.crossed() }

    override suspend fun receipt(payment: PaymentId): ByteArray = translated { native.receipt(payment.text) }

    override fun events(after: EventSeq): Flow<Event> = flow {
        // Held while somebody collects: it keeps the wallet current.
        val watch = unlessClosed { native.watch() } ?: return@flow
        try {
            var cursor = after
            while (true) {
                val page = eventsAfter(cursor) ?: return@flow
                for (event in page) {
                    emit(event)
                    cursor = event.seq
                }
            }
        } finally {
            watch.destroy()
        }
    }

    /** A page, which is empty when nothing happened for long; null when the wallet was closed. */
    private suspend fun eventsAfter(cursor: EventSeq): List<Event>? = try {
        life.first { it != Life.Paused }
        unlessClosed { native.events(cursor.number.toULong(), EVENTS_PAGE, EVENTS_WAIT_MS) }?.map { it.crossed() }
    } catch (failure: FarthingException.Storage) {
        // Paused just now: the next turn waits for the end of it.
        if (failure.kind == PAUSED && life.value == Life.Paused) emptyList() else throw failure
    }

    private inline fun <T : Any> unlessClosed(call: () -> T): T? = try {
        translated(call)
    } catch (_: FarthingException.Closed) {
        null
    }

    @OptIn(ExperimentalCoroutinesApi::class)
    override val connection: Flow<Connection> = life.takeWhile { it != Life.Closed }.transformLatest {
        if (it == Life.Paused) emit(Connection(Line.Paused, null)) else emitAll(line())
    }

    private fun line(): Flow<Connection> = flow {
        val watch = unlessClosed { native.watch() } ?: return@flow
        try {
            var known: NativeConnection? = null
            while (true) {
                val found = unlessClosed { watch.connection(known, STATE_WAIT_MS) } ?: return@flow
                if (found != known) emit(found.crossed())
                known = found
            }
        } finally {
            watch.destroy()
        }
    }

    override suspend fun sync(): Synced = translated { native.sync() }.crossed()

    override suspend fun catchUp(timeout: Duration): Synced? = translated { native.catchUp(timeout.ms()) }?.crossed()

    override suspend fun pause() {
        // Said before it is so, and taken back after it ended: whoever pulls events never finds it paused unawares.
        life.value = Life.Paused
        try {
            translated { native.pause() }
        } catch (failure: FarthingException) {
            life.value = Life.Open
            throw failure
        }
    }

    override suspend fun resume() {
        translated { native.resume() }
        life.value = Life.Open
    }

    override suspend fun revealPhrase(): RecoveryPhrase = NativePhrase(translated { native.phrase() })

    override suspend fun diagnostics(): String = translated { native.diagnostics() }

    // Apps close where they clean up, which is also after they were cancelled: the folder must be free when this returns.
    override suspend fun close(): Unit = withContext(NonCancellable) {
        translated { native.end() }
        // Whoever waits for the end of a pause finds the wallet closed.
        life.value = Life.Closed
    }

    private enum class Life { Open, Paused, Closed }

    private companion object {
        const val EVENTS_PAGE = 100u
        const val EVENTS_WAIT_MS = 30_000uL
    }
}

private class NativeRequests(private val native: GeneratedWallet) : Requests {
    override suspend fun create(
        amount: Money?,
        items: List<Item>,
        memo: String?,
        expires: Duration,
        standing: Boolean,
    ): Request {
        val life = expires.inWholeSeconds
        require(life > 0) { "a request can be paid for at least a second" }
        val terms = Terms(amount?.native(), memo, items.map { it.native() }, life.toULong(), standing)
        return translated { native.request(terms) }.crossed()
    }

    override suspend fun list(limit: Int): List<Request> =
        translated { native.requests(page(limit)) }.map { it.crossed() }

    override fun watch(id: RequestId): Flow<Request> = flow {
        // Held while somebody collects: it keeps the wallet current.
        val watch = translated { native.watch() }
        try {
            var known: NativeRequestState? = null
            do {
                val found = translated { native.requestState(id.text, known, STATE_WAIT_MS) }
                if (found.state != known) emit(found.crossed())
                known = found.state
            } while (known in UNDECIDED)
        } finally {
            watch.destroy()
        }
    }

    override suspend fun cancel(id: RequestId): RequestState = translated { native.cancel(id.text) }.crossed()
}

private class NativeContacts(private val native: GeneratedWallet) : Contacts {
    override suspend fun list(): List<Contact> = translated { native.contacts() }.map { it.crossed() }

    override suspend fun rename(contact: Contact, name: String): Contact =
        translated { native.renameContact(contact.name, name) }.crossed()

    override suspend fun block(contact: Contact): Contact = translated { native.blockContact(contact.name, true) }.crossed()

    override suspend fun unblock(contact: Contact): Contact =
        translated { native.blockContact(contact.name, false) }.crossed()

    override suspend fun write(contact: Contact, text: String): Unit = translated { native.writeNote(contact.name, text) }

    override suspend fun send(contact: Contact, request: RequestId): Unit =
        translated { native.sendRequest(contact.name, request.text) }

    override suspend fun notes(contact: Contact): List<Note> =
        translated { native.notes(contact.name) }.map { it.crossed() }
}

private class NativePairings(private val native: GeneratedWallet) : Pairings {
    override suspend fun show(): Pairing {
        val offer = translated { native.pairShow() }
        return NativePairing(native, offer.id, offer.link)
    }

    override suspend fun scan(link: String): Pairing = NativePairing(native, translated { native.pairScan(link) }, null)
}

private class NativePairing(
    private val native: GeneratedWallet,
    private val id: String,
    override val offer: String?,
) : Pairing {
    override suspend fun checkCode(wait: Duration): String? = translated { native.pairCode(id, wait.ms()) }

    override suspend fun answer(same: Boolean): Unit = translated { native.pairConfirm(id, same) }

    override suspend fun contact(wait: Duration): Contact? = translated { native.pairContact(id, wait.ms()) }?.crossed()
}

internal fun Duration.ms(): ULong = inWholeMilliseconds.coerceIn(0, WAIT_MS_MAX).toULong()

internal fun page(limit: Int): UInt {
    require(limit >= 1) { "a page has at least one entry" }
    return limit.toUInt()
}

/** What a request's state can still change from. */
private val UNDECIDED = setOf(NativeRequestState.BINDING, NativeRequestState.OPEN, NativeRequestState.CANCELLING)

/** How long is waited for a state to change before it is asked for again. */
private const val STATE_WAIT_MS = 30_000uL

/** A day: who waits longer asks again. */
private const val WAIT_MS_MAX = 86_400_000L
