package farthing.testkit

import farthing.Account
import farthing.Action
import farthing.Balance
import farthing.Carried
import farthing.Connection
import farthing.Contact
import farthing.ContactId
import farthing.Contacts
import farthing.Device
import farthing.DeviceId
import farthing.DevicePairing
import farthing.Devices
import farthing.Direction
import farthing.Draft
import farthing.DraftId
import farthing.Event
import farthing.EventSeq
import farthing.Exported
import farthing.FarthingException
import farthing.Item
import farthing.Line
import farthing.Loss
import farthing.Money
import farthing.MoneyMoved
import farthing.Note
import farthing.NoteId
import farthing.NoteState
import farthing.OfferId
import farthing.Offline
import farthing.Outcome
import farthing.Pairing
import farthing.Pairings
import farthing.PayTo
import farthing.Payee
import farthing.Payment
import farthing.PaymentId
import farthing.PaymentState
import farthing.PhraseEntry
import farthing.Problem
import farthing.RecoveryPhrase
import farthing.Request
import farthing.RequestId
import farthing.RequestState
import farthing.Requests
import farthing.Retry
import farthing.Standing
import farthing.Status
import farthing.Synced
import farthing.Tab
import farthing.TabId
import farthing.TabOffer
import farthing.Tabs
import farthing.Trust
import farthing.Wallet
import farthing.Warning
import java.nio.file.Files
import java.nio.file.Path
import java.time.Instant
import kotlin.time.Duration
import kotlin.time.toJavaDuration
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.transformWhile
import kotlinx.coroutines.flow.update

/**
 * A wallet in memory, for tests and pictures of apps. Nothing is signed, and there is no verifier: what happens to payments is
 * what the test has said before.
 *
 * It keeps the promises that apps build on: a draft confirmed twice is one payment, an unknown outcome holds the money until a
 * sync ends it, events come in order and without gap, and a closed or paused wallet refuses. Time stands still at [now].
 */
public class FakeWallet(
    /** What there is at the beginning. */
    available: Money,
    /** What we call ourselves. */
    private val name: String? = null,
    /** The time of everything that happens. */
    public var now: Instant = Instant.parse("2026-01-02T12:00:00Z"),
) : Wallet {
    /** What becomes of a payment. */
    public sealed interface Fate {
        /** It is settled. */
        public data object Settles : Fate

        /** The verifier refuses it. */
        public data class IsRefused(val why: Problem) : Fate

        /** Nobody knows yet: the next [sync] settles it. */
        public data class StaysUnknown(val because: Problem) : Fate
    }

    /** Whom a scanned text pays. A text that is not among them is nothing that can be read. */
    public val payees: MutableMap<String, Offer> = mutableMapOf()

    /** What becomes of the payments to come, in their order; those without are settled. */
    public val fates: ArrayDeque<Fate> = ArrayDeque()

    /** What the next call ends with, whichever it is. */
    public var nextFailure: FarthingException? = null

    /** How a status differs from that of a wallet with which all is well. */
    public var statusIs: (Status) -> Status = { it }

    /** What pays: who, how much, and what for. */
    public data class Offer(
        val payee: Payee,
        /** Null when the payer chooses. */
        val amount: Money?,
        val memo: String? = null,
        val items: List<Item> = emptyList(),
        val fee: Money? = null,
        val warnings: List<Warning> = emptyList(),
    )

    private val zero = available - available
    private var available: Money = available
    private var held: Money = zero
    private val drafts = LinkedHashMap<DraftId, Draft>()
    private val payments = LinkedHashMap<PaymentId, Payment>()
    private val endings = HashMap<PaymentId, Fate>()
    private val mine = LinkedHashMap<RequestId, Pair<Request, Money?>>()
    private val known = ArrayList<Contact>()
    private val written = HashMap<ContactId, MutableList<Note>>()
    private var keepsPhrase = true
    private val log = MutableStateFlow<List<Event>>(emptyList())
    private val life = MutableStateFlow(Life.Running)
    private var counted = 0

    /** How it stands. */
    public enum class Life { Running, Paused, Closed }

    /** Running, paused or closed. */
    public val lifeState: StateFlow<Life> = life.asStateFlow()

    override val requests: Requests = FakeRequests()
    override val contacts: Contacts = FakeContacts()

    /** Whose offer of a tab a scanned text leads to. A text that is not among them is none. */
    public val tabOffers: MutableMap<String, TabOffer> = mutableMapOf()

    private val fakeTabs = FakeTabs(Purse(), tabOffers)
    override val tabs: Tabs = fakeTabs
    override val offline: Offline = FakeOffline(Purse())
    override val carried: Carried = FakeCarried(this) { mine[it]?.second }
    override val pairing: Pairings = NoPairings()
    override val devices: Devices = FakeDevices()
    override val account: Account = FakeAccount()

    /** How it stands to the verifier; [Life.Paused] is told whatever this is. */
    public val line: MutableStateFlow<Connection> = MutableStateFlow(Connection(Line.Stream, null))

    override val connection: Flow<Connection> = combine(line, life) { line, life -> line to life }.transformWhile { (line, life) ->
        when (life) {
            Life.Running -> emit(line)
            Life.Paused -> emit(Connection(Line.Paused, null))
            Life.Closed -> return@transformWhile false
        }
        true
    }

    /** Somebody pays us, perhaps for a request of ours. */
    public fun receive(amount: Money, from: String? = null, request: RequestId? = null, memo: String? = null): Payment =
        locked {
            val payment = payment(PaymentId(id("payment")), Direction.In, PaymentState.Settled, amount)
                .copy(name = from, memo = memo, request = request)
            payments[payment.id] = payment
            available += amount
            tell { Event.Received(it, now, payment.id) }
            request?.let { paid ->
                mine[paid]?.let { (old, asked) ->
                    mine[paid] = old.copy(state = RequestState.Paid, payment = payment.id) to asked
                    tell { Event.RequestPaid(it, now, paid, payment.id) }
                }
            }
            payment
        }

    /** Somebody accepts an offer of ours: a tab that we earn by. */
    public fun acceptOffer(offer: OfferId, cap: Money? = null, from: String? = null): Tab =
        locked { fakeTabs.opened(offer, cap, from) }

    /** The voucher that a payer of one of our tabs shows for so much in all. */
    public fun voucher(tab: TabId, total: Money): String = FakeTabs.voucher(tab, total)

    /** A tab that we pay from ends: its payee has claimed so much in all, and the rest comes back. */
    public fun endTab(tab: TabId, claimed: Money): Unit = locked { fakeTabs.ended(tab, claimed) }

    /** Adds somebody one knows. */
    public fun know(name: String, alias: String, verified: Boolean = true): Contact = locked {
        Contact(ContactId(id("contact")), name, name, alias, verified, blocked = false).also(known::add)
    }

    override suspend fun status(): Status = called {
        val unfinished = payments.values.count { it.state == PaymentState.Sent }.toLong()
        statusIs(
            Status(
                "fake-verifier", "https://verifier.example", "fake-account", "fake-device", "ann-7", name, now, 0, unfinished,
                historyLost = false, doubted = false, copied = false, revoked = false,
            ),
        )
    }

    override suspend fun balances(): List<Balance> = called { listOf(Balance(available, held, fakeTabs.incoming)) }

    override suspend fun parseMoney(typed: String): Money = called {
        val words = typed.trim().split(Regex("\\s+"))
        val (number, code) = if (words.size == 2) words else listOf(words[0], available.code)
        if (code != available.code) throw unreadable(315, "unknown_currency", "This wallet has no $code.")
        try {
            Money.of(number, code, available.scale)
        } catch (wrong: IllegalArgumentException) {
            throw unreadable(310, "not_an_amount", "That is not an amount. Write it like 4.50.").apply { initCause(wrong) }
        }
    }

    override suspend fun prepare(payee: PayTo, amount: Money?, memo: String?): Draft = called {
        val text = (payee as? PayTo.Text)?.text ?: throw misuse(335, "not_a_payee", "This note asks for nothing.")
        val offer = payees[text] ?: contactOf(text)
            ?: throw unreadable(306, "not_recognised", "This is neither a request nor an address that can be paid.")
        val what = offer.amount ?: amount ?: throw misuse(320, "amount_needed", "Say how much is to be paid.")
        val fee = offer.fee ?: zero
        if (what + fee > available) {
            val sentence = "There is not enough money. Add some first."
            throw FarthingException.Denied(
                problem(327, "insufficient_balance", sentence, Retry.AfterAction, Action.AddMoney),
            )
        }
        val id = DraftId(id("payment"))
        Draft(
            id, offer.payee, what, fee, what + fee, offer.memo, offer.items, memo, null, offer.warnings, "shown-${id.text}",
        ).also { drafts[id] = it }
    }

    private fun contactOf(alias: String): Offer? = known.firstOrNull { it.alias == alias && !it.blocked }?.let {
        val trust = if (it.verified) Trust.VerifiedContact else Trust.MetContact
        Offer(Payee(it.calledItself, it.name, it.alias, trust), null)
    }

    override suspend fun draft(id: DraftId): Draft = called { drafts[id] ?: throw noPayment() }

    override suspend fun discard(id: DraftId): Unit = called { drafts.remove(id) }

    override suspend fun confirm(draft: Draft): Payment = called {
        payments[draft.id.payment]?.let { return@called it }
        val kept = drafts[draft.id] ?: throw noPayment()
        if (kept.shown != draft.shown) throw misuse(331, "not_what_was_approved", "Look at it again.", Action.ConfirmAgain)
        val payment = payment(draft.id.payment, Direction.Out, PaymentState.Sent, draft.amount).copy(
            fee = draft.fee,
            name = draft.payee.contact ?: draft.payee.calledItself,
            alias = draft.payee.alias,
            memo = draft.memo,
            items = draft.items,
        )
        drafts.remove(draft.id)
        payments[payment.id] = payment
        available -= draft.total
        held += draft.total
        tell { Event.PaymentAuthorised(it, now, payment.id) }
        when (val fate = fates.removeFirstOrNull() ?: Fate.Settles) {
            is Fate.StaysUnknown -> endings[payment.id] = fate
            else -> end(payment.id, fate)
        }
        payment
    }

    private fun end(id: PaymentId, fate: Fate) {
        val payment = payments.getValue(id)
        val total = payment.amount + (payment.fee ?: zero)
        held -= total
        endings[id] = fate
        if (fate is Fate.IsRefused) {
            available += total
            payments[id] = payment.copy(state = PaymentState.Refused, code = fate.why.code)
            tell { Event.PaymentRefused(it, now, id, fate.why.code) }
        } else {
            payments[id] = payment.copy(state = PaymentState.Settled, ledgerPosition = ++counted + 0L)
            tell { Event.PaymentSettled(it, now, id) }
        }
    }

    override suspend fun outcome(payment: PaymentId, wait: Duration): Outcome = called {
        val kept = payments[payment] ?: throw noPayment()
        when (val fate = endings[payment]) {
            is Fate.IsRefused -> Outcome.Refused(kept, fate.why)
            is Fate.StaysUnknown -> Outcome.Unknown(kept, fate.because)
            else -> Outcome.Settled(kept)
        }
    }

    override suspend fun payment(id: PaymentId): Payment = called { payments[id] ?: throw noPayment() }

    override suspend fun history(before: PaymentId?, limit: Int): List<Payment> = called {
        val newest = payments.values.reversed()
        newest.dropWhile { before != null && it.id != before }.drop(if (before == null) 0 else 1).take(limit)
    }

    override suspend fun receipt(payment: PaymentId): ByteArray = called {
        if (payments[payment]?.state != PaymentState.Settled) throw misuse(332, "no_receipt", "There is no receipt yet.", Action.Sync)
        "receipt of $payment".toByteArray()
    }

    override fun events(after: EventSeq): Flow<Event> {
        var seen = after.number.toInt()
        return combine(log, life) { events, life -> events to life }.transformWhile { (events, life) ->
            if (life == Life.Running) {
                while (seen < events.size) emit(events[seen++])
            }
            life != Life.Closed
        }
    }

    override suspend fun sync(): Synced = called {
        val pending = endings.filterValues { it is Fate.StaysUnknown }.keys
        pending.forEach { end(it, Fate.Settles) }
        Synced(pending.toList(), 0, 0, 0)
    }

    override suspend fun catchUp(timeout: Duration): Synced? = sync()

    override suspend fun pause() {
        nextFailure?.let { nextFailure = null; throw it }
        if (life.value == Life.Closed) throw closed()
        life.value = Life.Paused
    }

    override suspend fun resume() {
        nextFailure?.let { nextFailure = null; throw it }
        if (life.value == Life.Closed) throw closed()
        life.value = Life.Running
    }

    override suspend fun revealPhrase(): RecoveryPhrase = called {
        if (!keepsPhrase) throw misuse(356, "phrase_gone", "The phrase is not kept here.", Action.None)
        FakePhrase()
    }

    override suspend fun diagnostics(): String = called { "state: fake\n" }

    override suspend fun close() {
        life.value = Life.Closed
    }

    private inner class Purse : FakeMoney {
        override val now: Instant get() = this@FakeWallet.now
        override val zero: Money get() = this@FakeWallet.zero
        override var available: Money by this@FakeWallet::available
        override var held: Money by this@FakeWallet::held

        override fun <T> called(call: () -> T): T = this@FakeWallet.called(call)

        override fun id(of: String): String = this@FakeWallet.id(of)

        override fun tell(event: (EventSeq) -> Event): Unit = this@FakeWallet.tell(event)
    }

    private inner class FakeRequests : Requests {
        override suspend fun create(
            amount: Money?,
            items: List<Item>,
            memo: String?,
            expires: Duration,
            standing: Boolean,
        ): Request = called {
            val id = RequestId(id("request"))
            val link = "https://verifier.example/R#${id.text.uppercase().replace("-", "")}"
            val request = Request(id, RequestState.Open, link, now + expires.toJavaDuration(), null)
            mine[id] = request to amount
            tell { Event.RequestOpen(it, now, id) }
            request
        }

        override suspend fun list(limit: Int): List<Request> = called { mine.values.map { it.first }.reversed().take(limit) }

        override fun watch(id: RequestId): Flow<Request> {
            var told: RequestState? = null
            // The log changes with each state.
            return log.transformWhile {
                val request = called { mine[id]?.first ?: throw noRequest() }
                if (request.state != told) emit(request)
                told = request.state
                request.state == RequestState.Open
            }
        }

        override suspend fun cancel(id: RequestId): RequestState = called {
            val (request, amount) = mine[id] ?: throw noRequest()
            if (request.state != RequestState.Open) return@called request.state
            mine[id] = request.copy(state = RequestState.Cancelled) to amount
            tell { Event.RequestCancelled(it, now, id) }
            RequestState.Cancelled
        }
    }

    private inner class FakeContacts : Contacts {
        override suspend fun list(): List<Contact> = called { known.sortedBy { it.name } }

        override suspend fun rename(contact: Contact, name: String): Contact = changed(contact) { it.copy(name = name) }

        override suspend fun block(contact: Contact): Contact = changed(contact) { it.copy(blocked = true) }

        override suspend fun unblock(contact: Contact): Contact = changed(contact) { it.copy(blocked = false) }

        override suspend fun write(contact: Contact, text: String): Unit = noted(contact, text)

        override suspend fun send(contact: Contact, request: RequestId): Unit = noted(contact, null)

        override suspend fun notes(contact: Contact): List<Note> = called { written[contact.id].orEmpty().toList() }

        private fun noted(contact: Contact, text: String?): Unit = called {
            written.getOrPut(contact.id, ::mutableListOf) += Note(NoteId(id("note")), now, NoteState.Sent, text)
        }

        private fun changed(contact: Contact, how: (Contact) -> Contact): Contact = called {
            val at = known.indexOfFirst { it.id == contact.id }
            if (at < 0) throw misuse(600, "contact_unknown", "There is no such contact.")
            how(known[at]).also { known[at] = it }
        }
    }

    /** Meeting takes two phones: use two real wallets and a real verifier. */
    private inner class NoPairings : Pairings {
        override suspend fun show(): Pairing = called { throw misuse(611, "pairing_busy", "This wallet meets nobody.", Action.None) }

        override suspend fun scan(link: String): Pairing = show()
    }

    /** One phone, this one: adding another takes two. */
    private inner class FakeDevices : Devices {
        override suspend fun list(): List<Device> = called {
            listOf(
                Device(
                    DeviceId("fake-device"), isThis = true, active = true, pays = true, administers = true, emptyList(), emptyList(),
                    null, now, null,
                ),
            )
        }

        override suspend fun revoke(device: DeviceId, phrase: PhraseEntry?): Unit =
            called { throw misuse(636, "last_device", "This is the account's only device.") }

        override suspend fun show(phrase: PhraseEntry?): DevicePairing =
            called { throw misuse(611, "pairing_busy", "This wallet meets nobody.", Action.None) }
    }

    /** A verifier that loses nothing. */
    private inner class FakeAccount : Account {
        private val aliases = mutableListOf("ann-7")

        override suspend fun aliases(): List<String> = called { aliases.toList() }

        override suspend fun register(alias: String): Unit = called { if (alias !in aliases) aliases += alias }

        override suspend fun keepsPhrase(): Boolean = called { keepsPhrase }

        override suspend fun confirmPhrase(phrase: PhraseEntry): Unit = called { keepsPhrase = false }

        override suspend fun loss(): Loss? = called { null }

        override suspend fun acceptLoss(): Loss = called { Loss(emptyList(), emptyList()) }

        /** A file without anything in it: nothing was signed. */
        override suspend fun export(folder: Path): Exported = called {
            Files.writeString(Files.createDirectories(folder).resolve("wallet.json"), "{}")
            Exported(1, payments.size, mine.size)
        }

        override suspend fun checkpoint(): ByteArray? = called { null }

        override suspend fun compareCheckpoint(checkpoint: ByteArray): Standing = called { Standing.Agreed }
    }

    private fun <T> called(call: () -> T): T = locked {
        nextFailure?.let { nextFailure = null; throw it }
        when (life.value) {
            Life.Closed -> throw closed()
            Life.Paused -> throw FarthingException.Storage(
                problem(385, "paused", "The wallet is paused.", Retry.Later, Action.None),
            )
            Life.Running -> call()
        }
    }

    private fun <T> locked(call: () -> T): T = synchronized(log, call)

    private fun tell(event: (EventSeq) -> Event) = log.update { it + event(EventSeq(it.size + 1L)) }

    /** Ids rise, as real ones do. */
    private fun id(of: String): String = "$of-%04d".format(++counted)

    private fun payment(id: PaymentId, direction: Direction, state: PaymentState, amount: Money) = Payment(
        id, direction, state, amount, null, null, null, null, emptyList(), null, now, null, null, null, null, lost = false,
    )

    public companion object {
        /** What a failure is about; as those of the library. */
        public fun problem(
            code: Int,
            kind: String,
            sentence: String,
            retry: Retry = Retry.Never,
            action: Action = Action.None,
            moneyMoved: MoneyMoved = MoneyMoved.No,
        ): Problem = Problem(code, kind, sentence, moneyMoved, retry, action, null)

        /** No network. */
        public fun offline(): FarthingException = FarthingException.Offline(noNetwork)

        /** Why an outcome may be unknown. */
        public val noNetwork: Problem =
            problem(
                370, "unreachable", "The verifier cannot be reached. Check the network.", Retry.Later, Action.Sync, MoneyMoved.Unknown,
            )

        /** What was given cannot be read. */
        public fun unreadable(code: Int, kind: String, sentence: String): FarthingException =
            FarthingException.Unreadable(problem(code, kind, sentence, Retry.AfterAction, Action.CorrectInput))

        // Numbers and kinds are those of the library: apps look at them.
        private fun misuse(code: Int, kind: String, sentence: String, action: Action = Action.CorrectInput) =
            FarthingException.Misuse(problem(code, kind, sentence, Retry.AfterAction, action))

        private fun noPayment() = misuse(328, "payment_unknown", "There is no such payment.")

        private fun noRequest() = misuse(329, "request_id_unknown", "There is no such request.")

        private fun closed() = FarthingException.Closed(problem(357, "closed", "The wallet was closed."))
    }
}
