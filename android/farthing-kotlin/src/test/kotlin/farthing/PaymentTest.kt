package farthing

import farthing.testkit.Person
import farthing.testkit.Town
import java.nio.file.Path
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Ann pays, Ben is paid; both have 20.00 USD to begin with. */
class PaymentTest {
    @TempDir
    lateinit var folder: Path

    private lateinit var town: Town
    private lateinit var ann: Person
    private lateinit var ben: Person

    @BeforeEach
    fun begin() = runBlocking<Unit> {
        town = Town(folder)
        ann = town.person("Ann")
        ben = town.person("Ben")
    }

    @AfterEach
    fun end() = runBlocking<Unit> {
        ann.wallet.close()
        ben.wallet.close()
        town.close()
    }

    private fun usd(number: String) = Money.of(number, "USD", 6)

    private suspend fun Wallet.available() = balances().single().available.toString()

    /** A draft of Ann's for a request of Ben's. */
    private suspend fun draft(amount: String = "4.50", memo: String? = null): Draft {
        val request = ben.wallet.requests.create(usd(amount), memo = "Order 17")
        return ann.wallet.prepare(PayTo.scanned(request.link), memo = memo)
    }

    /** What Ben was paid after everything has arrived, by the ledger's own books too. */
    private suspend fun received(): List<Payment> {
        ann.wallet.sync()
        ben.wallet.sync()
        town.verifier.audit()
        return ben.wallet.history().filter { it.direction == Direction.In }
    }

    @Test
    fun `a request is paid, and both sides hold the receipt`() = runBlocking<Unit> {
        val items = listOf(Item("2 tacos", usd("4.00")), Item("Salsa", usd("0.50")))
        val request = ben.wallet.requests.create(usd("4.50"), items, memo = "Order 17", expires = 5.minutes)
        assertEquals(RequestState.Open, request.state)
        assertEquals(Scanned.Request, Farthing.recognise(request.link))

        val draft = ann.wallet.prepare(PayTo.scanned(request.link), memo = "No onions, please")
        assertEquals("Ben", draft.payee.calledItself)
        assertEquals(Trust.Request, draft.payee.trust)
        assertEquals(listOf("4.50 USD", "0.00 USD", "4.50 USD"), listOf(draft.amount, draft.fee, draft.total).map { "$it" })
        assertEquals("Order 17", draft.requestMemo)
        assertEquals(items, draft.items)

        val payment = ann.wallet.confirm(draft)
        assertEquals(draft.id.payment, payment.id)
        val end = ann.wallet.outcome(payment.id)
        assertTrue(end is Outcome.Settled, "$end")
        assertEquals(PaymentState.Settled, end.payment.state)
        assertEquals("15.50 USD", ann.wallet.available())

        // Ben does nothing but listen.
        val paid = ben.wallet.events(EventSeq.Start).first { it is Event.RequestPaid } as Event.RequestPaid
        assertEquals(request.id, paid.request)
        val credit = ben.wallet.payment(paid.payment)
        assertEquals(Direction.In, credit.direction)
        assertEquals(usd("4.50"), credit.amount)
        assertEquals("No onions, please", credit.memo)
        assertEquals("Ann", credit.name)
        assertEquals(request.id, credit.request)
        assertEquals("24.50 USD", ben.wallet.available())
        assertArrayEquals(ann.wallet.receipt(payment.id), ben.wallet.receipt(paid.payment))
        assertEquals(RequestState.Paid, ben.wallet.requests.list().single { it.id == request.id }.state)
    }

    @Test
    fun `a draft confirmed twice pays once`() = runBlocking<Unit> {
        val draft = draft()
        val confirmed = listOf(async { ann.wallet.confirm(draft) }, async { ann.wallet.confirm(draft) }).map { it.await() }
        assertEquals(confirmed[0].id, confirmed[1].id)
        assertTrue(ann.wallet.outcome(confirmed[0].id) is Outcome.Settled)
        assertEquals(confirmed[0].id, ann.wallet.confirm(draft).id)
        assertEquals(listOf(usd("4.50")), received().map { it.amount })
        assertEquals("15.50 USD", ann.wallet.available())
    }

    @Test
    fun `who stops waiting has paid all the same, once`() = runBlocking<Unit> {
        val draft = draft()
        town.verifier.stop()
        val payment = ann.wallet.confirm(draft)
        // Waits for the network, and is told to stop while it does.
        val waiting = launch(start = CoroutineStart.UNDISPATCHED) { ann.wallet.outcome(payment.id, 10.minutes) }
        waiting.cancelAndJoin()
        town.verifier.start()
        ann.wallet.sync()
        assertTrue(ann.wallet.outcome(payment.id) is Outcome.Settled)
        assertEquals(1, received().size)
    }

    @Test
    fun `who stops waiting while confirming finds the payment by its id`() = runBlocking<Unit> {
        val draft = draft()
        launch(start = CoroutineStart.UNDISPATCHED) { ann.wallet.confirm(draft) }.cancelAndJoin()
        assertTrue(ann.wallet.outcome(draft.id.payment, 1.minutes) is Outcome.Settled)
        assertEquals(1, received().size)
        assertEquals("15.50 USD", ann.wallet.available())
    }

    @Test
    fun `a verifier that is away and comes back pays once`() = runBlocking<Unit> {
        val draft = draft()
        town.verifier.stop()
        val payment = ann.wallet.confirm(draft)
        val unknown = ann.wallet.outcome(payment.id, Duration.ZERO)
        assertTrue(unknown is Outcome.Unknown, "$unknown")
        val because = (unknown as Outcome.Unknown).because
        assertEquals(MoneyMoved.Unknown, because.moneyMoved)
        assertEquals(Action.Sync, because.action)
        assertEquals("4.50 USD", ann.wallet.balances().single().held.toString())
        val offline = failure<FarthingException.Offline> { ann.wallet.sync() }
        assertEquals(MoneyMoved.Unknown, offline.moneyMoved)
        assertEquals(Retry.Later, offline.retry)

        town.verifier.start()
        val synced = ann.wallet.sync()
        assertEquals(0, synced.unfinished)
        assertTrue(ann.wallet.outcome(payment.id) is Outcome.Settled)
        assertEquals(1, received().size)
        assertEquals("15.50 USD", ann.wallet.available())
    }

    @Test
    fun `too little money is refused before anything is signed`() = runBlocking<Unit> {
        val refused = failure<FarthingException.Denied> { draft("20.01") }
        assertEquals(327, refused.code)
        assertEquals("insufficient_balance", refused.kind)
        assertEquals(MoneyMoved.No, refused.moneyMoved)
        assertEquals(Retry.AfterAction, refused.retry)
        assertEquals(Action.AddMoney, refused.action)
        assertEquals("20.00 USD", ann.wallet.available())
    }

    @Test
    fun `a text that is nothing to pay is refused as such`() = runBlocking<Unit> {
        for ((text, kind) in mapOf(
            "https://example.com/menu" to "other_scheme",
            "two tacos, please" to "not_recognised",
        )) {
            val refused = failure<FarthingException.Unreadable> { ann.wallet.prepare(PayTo.scanned(text), usd("1.00")) }
            assertEquals(kind, refused.kind, text)
            assertEquals(MoneyMoved.No, refused.moneyMoved)
            assertEquals(Action.CorrectInput, refused.action)
            assertEquals(kind, failure<FarthingException.Unreadable> { Farthing.recognise(text) }.kind)
        }
        val invite = failure<FarthingException.Unreadable> { ann.wallet.prepare(PayTo.scanned(town.verifier.invite())) }
        assertEquals("not_a_payee", invite.kind)
    }

    @Test
    fun `one's own request is refused`() = runBlocking<Unit> {
        val own = ann.wallet.requests.create(usd("1.00"))
        val refused = failure<FarthingException.Denied> { ann.wallet.prepare(PayTo.scanned(own.link)) }
        assertEquals(325, refused.code)
        assertEquals("own_handle", refused.kind)
        assertEquals(MoneyMoved.No, refused.moneyMoved)
        assertEquals(Retry.Never, refused.retry)
        assertEquals(Action.None, refused.action)
    }

    @Test
    fun `a request that somebody else has paid is refused, and nothing moves`() = runBlocking<Unit> {
        val cat = town.person("Cat")
        val request = ben.wallet.requests.create(usd("4.50"))
        // Both have scanned it before either has paid.
        val drafts = listOf(ann, cat).map { it to it.wallet.prepare(PayTo.scanned(request.link)) }
        val ends = drafts.map { (person, draft) -> person.wallet.outcome(person.wallet.confirm(draft).id) }
        assertTrue(ends[0] is Outcome.Settled)
        val refused = ends[1] as Outcome.Refused
        assertEquals("request_used", refused.why.kind)
        assertEquals(MoneyMoved.No, refused.why.moneyMoved)
        assertEquals(Action.AskPayee, refused.why.action)
        assertEquals(PaymentState.Refused, refused.payment.state)
        assertEquals("20.00 USD", cat.wallet.available())
        assertEquals(1, received().size)
        cat.wallet.close()
    }

    @Test
    fun `an open request is paid with what the payer types`() = runBlocking<Unit> {
        val request = ben.wallet.requests.create(amount = null, memo = "Tips", standing = true)
        val needed = failure<FarthingException.Misuse> { ann.wallet.prepare(PayTo.scanned(request.link)) }
        assertEquals("amount_needed", needed.kind)
        val typed = ann.wallet.parseMoney("1.25")
        assertEquals(usd("1.25"), typed)
        assertEquals("not_an_amount", failure<FarthingException.Unreadable> { ann.wallet.parseMoney("one") }.kind)
        repeat(2) {
            val draft = ann.wallet.prepare(PayTo.scanned(request.link), typed)
            assertTrue(ann.wallet.outcome(ann.wallet.confirm(draft).id) is Outcome.Settled)
        }
        assertEquals(listOf(typed, typed), received().map { it.amount })
    }

    @Test
    fun `a discarded draft and a cancelled request cannot be paid`() = runBlocking<Unit> {
        val draft = draft()
        ann.wallet.discard(draft.id)
        assertEquals("payment_unknown", failure<FarthingException.Misuse> { ann.wallet.confirm(draft) }.kind)
        val request = ben.wallet.requests.create(usd("1.00"))
        assertEquals(RequestState.Cancelled, ben.wallet.requests.cancel(request.id))
        val late = ann.wallet.prepare(PayTo.scanned(request.link))
        val refused = ann.wallet.outcome(ann.wallet.confirm(late).id) as Outcome.Refused
        assertEquals("request_cancelled", refused.why.kind)
        assertEquals(MoneyMoved.No, refused.why.moneyMoved)
        assertEquals(Action.AskPayee, refused.why.action)
        assertEquals("20.00 USD", ann.wallet.available())
    }

    @Test
    fun `a draft that was shown otherwise is not signed`() = runBlocking<Unit> {
        val draft = draft()
        val other = draft("1.00")
        val refused = failure<FarthingException.Misuse> { ann.wallet.confirm(draft.copy(shown = other.shown)) }
        assertEquals("not_what_was_approved", refused.kind)
        assertEquals(Action.ConfirmAgain, refused.action)
        assertEquals(draft, ann.wallet.draft(draft.id))
    }

    @Test
    fun `two people meet, compare codes, and pay each other by name`() = runBlocking<Unit> {
        val shown = ann.wallet.pairing.show()
        assertEquals(Scanned.Pairing, Farthing.recognise(checkNotNull(shown.offer)))
        val scanned = ben.wallet.pairing.scan(checkNotNull(shown.offer))
        val codes = listOf(async { shown.checkCode() }, async { scanned.checkCode() }).map { it.await() }
        assertTrue(Regex("[0-9]{6}|[0-9]{3} [0-9]{3}").matches(checkNotNull(codes[0])), codes[0])
        assertEquals(codes[0], codes[1])
        shown.answer(same = true)
        scanned.answer(same = true)
        val contacts = listOf(async { shown.contact() }, async { scanned.contact() }).map { it.await() }
        assertEquals(listOf("Ben", "Ann"), contacts.map { it?.name })

        val ben = ann.wallet.contacts.rename(checkNotNull(contacts[0]), "Benjamin")
        assertEquals(listOf(ben), ann.wallet.contacts.list())
        val draft = ann.wallet.prepare(PayTo.contact(ben), usd("3.00"))
        assertEquals("Benjamin", draft.payee.contact)
        assertTrue(ann.wallet.outcome(ann.wallet.confirm(draft).id) is Outcome.Settled)
        ann.wallet.contacts.block(ben)
        val blocked = failure<FarthingException.Denied> { ann.wallet.prepare(PayTo.contact(ben), usd("3.00")) }
        assertEquals("contact_blocked", blocked.kind)
        assertEquals(listOf(usd("3.00")), received().map { it.amount })
    }
}
