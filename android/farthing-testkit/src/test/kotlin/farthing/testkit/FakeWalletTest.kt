package farthing.testkit

import farthing.CarriedReply
import farthing.Event
import farthing.EventSeq
import farthing.FarthingException
import farthing.Money
import farthing.OfflineExamined
import farthing.OfflineLook
import farthing.Outcome
import farthing.PayTo
import farthing.Payee
import farthing.PaymentState
import farthing.RequestState
import farthing.TabOutcome
import farthing.TabState
import farthing.TabWith
import farthing.Taken
import farthing.Trust
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** It keeps the promises of a real wallet that apps build on. */
class FakeWalletTest {
    private fun usd(number: String) = Money.of(number, "USD", 6)

    private val wallet = FakeWallet(usd("20.00"), "Ann").apply {
        payees["tacos"] = FakeWallet.Offer(Payee("Taco Truck", null, "tacos", Trust.KnownAlias), usd("4.50"), fee = usd("0.02"))
    }

    private val tacos = PayTo.scanned("tacos")

    private fun available() = runBlocking { wallet.balances().single().available.toString() }

    @Test
    fun `a draft confirmed twice is one payment`() = runBlocking<Unit> {
        val draft = wallet.prepare(tacos)
        assertEquals("4.52 USD", draft.total.toString())
        assertEquals(wallet.confirm(draft).id, wallet.confirm(draft).id)
        assertEquals(draft.id.payment, wallet.history().single().id)
        assertTrue(wallet.outcome(draft.id.payment) is Outcome.Settled)
        assertEquals("15.48 USD", available())
    }

    @Test
    fun `fates come in order, and those without are settled`() = runBlocking<Unit> {
        val no = FakeWallet.problem(214, "handle_spent", "Paid already.")
        wallet.fates += FakeWallet.Fate.IsRefused(no)
        wallet.fates += FakeWallet.Fate.StaysUnknown(FakeWallet.noNetwork)
        val ends = List(3) { wallet.outcome(wallet.confirm(wallet.prepare(tacos)).id) }
        assertEquals(Outcome.Refused(ends[0].payment, no), ends[0])
        assertEquals(PaymentState.Refused, ends[0].payment.state)
        assertTrue(ends[1] is Outcome.Unknown)
        assertTrue(ends[2] is Outcome.Settled)
        assertEquals("4.52 USD", wallet.balances().single().held.toString())
        assertEquals(1, wallet.status().unfinished)
        assertEquals(listOf(ends[1].payment.id), wallet.sync().resolved)
        assertEquals("0.00 USD", wallet.balances().single().held.toString())
        assertEquals("10.96 USD", available())
    }

    @Test
    fun `events come in order and without gap, over a pause, and end with the wallet`() = runBlocking<Unit> {
        val request = wallet.requests.create(usd("1.00"))
        val seen = async(start = CoroutineStart.UNDISPATCHED) { wallet.events(EventSeq.Start).toList() }
        wallet.pause()
        assertEquals("paused", assertThrows(FarthingException.Storage::class.java) { available() }.kind)
        wallet.receive(usd("1.00"), "Ben", request.id)
        wallet.resume()
        assertEquals(3, wallet.events(EventSeq.Start).take(3).toList().size)
        assertEquals(listOf(3L), wallet.events(EventSeq(2)).take(1).toList().map { it.seq.number })
        kotlinx.coroutines.yield()
        wallet.close()
        assertEquals(listOf(1L, 2L, 3L), seen.await().map { it.seq.number })
        assertTrue(seen.await().last() is Event.RequestPaid)
        assertThrows(FarthingException.Closed::class.java) { available() }
    }

    @Test
    fun `what cannot be is refused as the library refuses it`() = runBlocking<Unit> {
        suspend fun kind(call: suspend () -> Unit) = try {
            call()
            "done"
        } catch (failure: FarthingException) {
            failure.kind
        }
        assertEquals("not_recognised", kind { wallet.prepare(PayTo.scanned("nobody")) })
        wallet.payees["rent"] = FakeWallet.Offer(Payee("Rent", null, "rent", Trust.KnownAlias), usd("900.00"))
        assertEquals("insufficient_balance", kind { wallet.prepare(PayTo.scanned("rent")) })
        wallet.nextFailure = FakeWallet.offline()
        assertEquals("unreachable", kind { wallet.balances() })
        assertEquals("done", kind { wallet.balances() })
        val altered = wallet.prepare(tacos).copy(shown = "something else")
        assertEquals("not_what_was_approved", kind { wallet.confirm(altered) })
        assertEquals("not_an_amount", kind { wallet.parseMoney("4,50") })
        assertEquals("unknown_currency", kind { wallet.parseMoney("4.50 EUR") })
    }

    @Test
    fun `requests and contacts are kept`() = runBlocking<Unit> {
        val first = wallet.requests.create(usd("1.00"))
        val second = wallet.requests.create(null)
        assertEquals(RequestState.Cancelled, wallet.requests.cancel(first.id))
        assertEquals(listOf(second.id, first.id), wallet.requests.list().map { it.id })
        val ben = wallet.know("Ben", "ben-3")
        assertEquals("Benny", wallet.contacts.rename(ben, "Benny").name)
        assertEquals("Benny", wallet.prepare(PayTo.contact(ben), usd("1.00")).payee.contact)
        wallet.contacts.block(ben)
        assertThrows(FarthingException.Unreadable::class.java) {
            runBlocking<Unit> { wallet.prepare(PayTo.contact(ben), usd("1.00")) }
        }
    }

    @Test
    fun `history comes in pages`() = runBlocking<Unit> {
        repeat(3) { wallet.confirm(wallet.prepare(tacos)) }
        val newest = wallet.history(limit = 2)
        val rest = wallet.history(before = newest.last().id, limit = 2)
        assertEquals(listOf(2, 1), listOf(newest.size, rest.size))
        assertEquals(3, (newest + rest).map { it.id }.toSet().size)
    }

    @Test
    fun `a tab is opened, paid from, and ends`() = runBlocking<Unit> {
        val paper = FakeWallet(usd("0.00"), "Paper")
        val offer = paper.tabs.offer(usd("0.02"), "article", usd("5.00"))
        wallet.tabOffers["paper"] = offer.copy(calledItself = "Paper")
        val tab = wallet.tabs.confirm(wallet.tabs.prepare(TabWith.scanned("paper")))
        assertTrue(wallet.tabs.outcome(tab.id) is TabOutcome.Done)
        assertEquals("5.00 USD", wallet.balances().single().held.toString())
        assertEquals("0.06 USD", List(3) { wallet.tabs.pay(tab.id, usd("0.02")) }.last().total.toString())
        assertThrows(FarthingException.Denied::class.java) { runBlocking { wallet.tabs.pay(tab.id, usd("5.00")) } }
        wallet.tabs.close(tab.id)
        wallet.endTab(tab.id, usd("0.06"))
        assertEquals("19.94 USD" to "0.00 USD", available() to wallet.balances().single().held.toString())
    }

    @Test
    fun `a voucher taken twice delivers once, and is claimed`() = runBlocking<Unit> {
        val paper = FakeWallet(usd("0.00"), "Paper")
        val tab = paper.acceptOffer(paper.tabs.offer(usd("0.02"), "article", usd("5.00")).id, from = "Ann")
        val voucher = paper.voucher(tab.id, usd("0.04"))
        assertEquals(listOf("0.04 USD", "0.00 USD"), List(2) { (paper.tabs.take(voucher) as Taken.Stored).gained.toString() })
        assertTrue(paper.tabs.take(paper.voucher(tab.id, usd("0.02"))) is Taken.Behind)
        assertEquals("0.04 USD", paper.balances().single().incoming.toString())
        assertEquals(listOf(tab.id), paper.tabs.claim().tabs)
        assertEquals("0.04 USD", paper.balances().single().available.toString())
        assertEquals(TabState.Ended, paper.tabs.release(tab.id).state)
        paper.close()
        assertThrows(FarthingException.Closed::class.java) { runBlocking { paper.tabs.list() } }
    }

    @Test
    fun `an allowance pays once for each request, and the payee claims once`() = runBlocking<Unit> {
        val stall = FakeWallet(usd("0.00"), "Stall")
        val allowance = wallet.offline.confirm(wallet.offline.prepare(usd("5.00")))
        val request = stall.offline.ask(usd("2.00"), memo = "lunch")
        val prompt = (wallet.offline.look(request.text) as OfflineLook.New).prompt
        assertEquals(listOf(usd("3.00"), allowance.id), listOf(prompt.left, prompt.allowance))
        val paid = wallet.offline.pay(prompt)
        assertEquals(paid, wallet.offline.pay(prompt))
        val offer = (stall.offline.examine(paid.text) as OfflineExamined.Good).offer
        assertEquals(listOf(usd("2.00"), usd("25.00"), "lunch"), listOf(offer.couldLose.all, offer.couldLose.limit, offer.memo))
        assertEquals(stall.offline.take(offer), stall.offline.take(offer))
        assertEquals(listOf(1, 0), List(2) { stall.offline.claim().claimed.size })
        assertEquals("2.00 USD", stall.balances().single().available.toString())
        wallet.offline.revoke(allowance.id)
        assertThrows(FarthingException.Misuse::class.java) {
            runBlocking<Unit> { wallet.offline.look(stall.offline.ask(usd("1.00")).text) }
        }
        stall.offline.setLossLimit(usd("0.00"))
        assertEquals(listOf(usd("0.00")), stall.offline.lossLimits())
    }

    @Test
    fun `a payee posts an order once`() = runBlocking<Unit> {
        val stall = FakeWallet(usd("0.00"), "Stall")
        val whole = stall.carried.whole(stall.requests.create(usd("4.50")).id)
        val carried = wallet.carried.confirm(wallet.carried.prepare(whole))
        assertEquals("4.50 USD", wallet.balances().single().held.toString())
        val replies = List(2) { stall.carried.post(carried.text) as CarriedReply.Paid }
        assertEquals("4.50 USD", stall.balances().single().available.toString())
        assertTrue(wallet.carried.take(checkNotNull(replies.last().answer)) is Outcome.Settled)
        assertEquals("15.50 USD", available())
    }
}
