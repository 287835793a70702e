package farthing.internal

import farthing.Balance
import farthing.Contact
import farthing.Contacts
import farthing.Draft
import farthing.DraftId
import farthing.Event
import farthing.EventSeq
import farthing.FarthingException
import farthing.Item
import farthing.Money
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
import farthing.Wallet
import farthing.generated.Terms
import kotlin.time.Duration
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.withContext
import farthing.generated.Wallet as GeneratedWallet

internal class NativeWallet(private val native: GeneratedWallet) : Wallet {
    private val paused = MutableStateFlow(false)

    override val requests: Requests = NativeRequests(native)
    override val contacts: Contacts = NativeContacts(native)
    override val pairing: Pairings = NativePairings(native)

    override suspend fun status(): Status = translated { native.status() }.crossed()

    override suspend fun balances(): List<Balance> = translated { native.balances() }.map { it.crossed() }

    override suspend fun parseMoney(typed: String): Money = translated { native.parseMoney(typed) }.crossed()

    override suspend fun prepare(payee: PayTo, amount: Money?, memo: String?): Draft =
        translated { native.prepare(payee.text, amount?.native(), memo) }.crossed()

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
        paused.first { !it }
        unlessClosed { native.events(cursor.number.toULong(), EVENTS_PAGE, EVENTS_WAIT_MS) }?.map { it.crossed() }
    } catch (failure: FarthingException.Storage) {
        // Paused just now: the next turn waits for the end of it.
        if (failure.kind == PAUSED && paused.value) emptyList() else throw failure
    }

    private inline fun <T : Any> unlessClosed(call: () -> T): T? = try {
        translated(call)
    } catch (_: FarthingException.Closed) {
        null
    }

    override suspend fun sync(): Synced = translated { native.sync() }.crossed()

    override suspend fun catchUp(timeout: Duration): Synced? = translated { native.catchUp(timeout.ms()) }?.crossed()

    override suspend fun pause() {
        // Said before it is so, and taken back after it ended: whoever pulls events never finds it paused unawares.
        paused.value = true
        try {
            translated { native.pause() }
        } catch (failure: FarthingException) {
            paused.value = false
            throw failure
        }
    }

    override suspend fun resume() {
        translated { native.resume() }
        paused.value = false
    }

    override suspend fun revealPhrase(): RecoveryPhrase = NativePhrase(translated { native.phrase() })

    // Apps close where they clean up, which is also after they were cancelled: the folder must be free when this returns.
    override suspend fun close(): Unit = withContext(NonCancellable) {
        translated { native.end() }
        // Whoever waits for the end of a pause finds the wallet closed.
        paused.value = false
    }

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

    override suspend fun cancel(id: RequestId): RequestState = translated { native.cancel(id.text) }.crossed()
}

private class NativeContacts(private val native: GeneratedWallet) : Contacts {
    override suspend fun list(): List<Contact> = translated { native.contacts() }.map { it.crossed() }

    override suspend fun rename(contact: Contact, name: String): Contact =
        translated { native.renameContact(contact.name, name) }.crossed()

    override suspend fun block(contact: Contact): Contact = translated { native.blockContact(contact.name, true) }.crossed()

    override suspend fun unblock(contact: Contact): Contact =
        translated { native.blockContact(contact.name, false) }.crossed()
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

private fun Duration.ms(): ULong = inWholeMilliseconds.coerceIn(0, WAIT_MS_MAX).toULong()

private fun page(limit: Int): UInt {
    require(limit >= 1) { "a page has at least one entry" }
    return limit.toUInt()
}

/** A day: who waits longer asks again. */
private const val WAIT_MS_MAX = 86_400_000L
