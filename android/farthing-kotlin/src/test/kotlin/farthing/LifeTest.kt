package farthing

import farthing.testkit.Town
import java.nio.file.Path
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** An app's life: closed, opened again, put aside. */
class LifeTest {
    @TempDir
    lateinit var folder: Path

    private fun usd(number: String) = Money.of(number, "USD", 6)

    /** Everything up to the first event that is awaited, with that event. */
    private suspend fun Wallet.until(after: EventSeq, awaited: (Event) -> Boolean): List<Event> {
        val seen = mutableListOf<Event>()
        events(after).onEach(seen::add).first(awaited)
        return seen
    }

    @Test
    fun `a payment is found again after the app was closed, and its events go on without gap`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            val ben = town.person("Ben")
            val request = ben.wallet.requests.create(usd("4.50"))
            val draft = ann.wallet.prepare(PayTo.scanned(request.link))
            town.verifier.stop()
            val payment = ann.wallet.confirm(draft)
            val before = ann.wallet.until(EventSeq.Start) { it is Event.PaymentAuthorised }
            ann.wallet.close()

            // What an app has kept: the payment's id, and the last event that it dealt with.
            val again = ann.phone.ready()
            assertTrue(again.payment(payment.id).state in setOf(PaymentState.Authorised, PaymentState.Sent))
            town.verifier.start()
            again.sync()
            assertTrue(again.outcome(payment.id) is Outcome.Settled)
            val after = again.until(before.last().seq) { it is Event.PaymentSettled }

            val all = before + after
            assertEquals((1L..all.size).toList(), all.map { it.seq.number })
            assertEquals(all, again.events(EventSeq.Start).take(all.size).toList())
            assertEquals(1, all.count { it is Event.PaymentAuthorised })
            assertEquals(payment.id, (all.last() as Event.PaymentSettled).payment)
            assertEquals("15.50 USD", again.balances().single().available.toString())
            again.close()
            ben.wallet.close()
        }
    }

    @Test
    fun `history comes in pages, newest first`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            val ben = town.person("Ben")
            val jar = ben.wallet.requests.create(amount = null, standing = true)
            val amounts = listOf("1.00", "2.00", "3.00")
            for (amount in amounts) {
                val draft = ann.wallet.prepare(PayTo.scanned(jar.link), usd(amount))
                assertTrue(ann.wallet.outcome(ann.wallet.confirm(draft).id) is Outcome.Settled)
            }
            val pages = mutableListOf<List<Payment>>()
            do {
                pages += ann.wallet.history(before = pages.lastOrNull()?.last()?.id, limit = 2)
            } while (pages.last().isNotEmpty())
            assertEquals(listOf(2, 2, 0), pages.map { it.size })
            assertEquals(amounts.reversed() + "20.00", pages.flatten().map { it.amount.numberText })
            assertEquals(Direction.Issue, pages.flatten().last().direction)
            ann.wallet.close()
            ben.wallet.close()
        }
    }

    @Test
    fun `events go on after a pause, with what happened meanwhile`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            val ben = town.person("Ben")
            val request = ben.wallet.requests.create(usd("4.50"))
            val started = CompletableDeferred<Unit>()
            val paid = async {
                ben.wallet.events(EventSeq.Start).onEach { started.complete(Unit) }.first { it is Event.RequestPaid }
            }
            started.await()
            ben.wallet.pause()
            val asked = failure<FarthingException.Storage> { ben.wallet.balances() }
            assertEquals("paused", asked.kind)
            assertEquals(Retry.Later, asked.retry)
            val draft = ann.wallet.prepare(PayTo.scanned(request.link))
            assertTrue(ann.wallet.outcome(ann.wallet.confirm(draft).id) is Outcome.Settled)
            ben.wallet.resume()
            assertNotNull(ben.wallet.catchUp(1.minutes))
            assertEquals(request.id, (paid.await() as Event.RequestPaid).request)
            ann.wallet.close()
            ben.wallet.close()
        }
    }

    @Test
    fun `closing ends whoever waits, and nothing is done afterwards`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            val ben = town.person("Ben")
            val request = ben.wallet.requests.create(usd("4.50"))
            val draft = ann.wallet.prepare(PayTo.scanned(request.link))
            town.verifier.stop()
            val payment = ann.wallet.confirm(draft)
            val waiting = async(start = CoroutineStart.UNDISPATCHED) {
                failure<FarthingException.Closed> { ann.wallet.outcome(payment.id, 10.minutes) }
            }
            val listening = launch(start = CoroutineStart.UNDISPATCHED) {
                ann.wallet.events(EventSeq.Start).toList()
            }
            ann.wallet.close()
            assertEquals("closed", waiting.await().kind)
            // It ends by itself: there is nothing to catch.
            listening.join()
            assertEquals(false, listening.isCancelled)
            ann.wallet.close()
            failure<FarthingException.Closed> { ann.wallet.status() }
            failure<FarthingException.Closed> { ann.wallet.confirm(draft) }
            assertEquals(emptyList<Event>(), ann.wallet.events(EventSeq.Start).toList())
            ben.wallet.close()
        }
    }

    @Test
    fun `who closes while being cancelled leaves a free folder`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            val app = launch(start = CoroutineStart.UNDISPATCHED) {
                try {
                    awaitCancellation()
                } finally {
                    ann.wallet.close()
                }
            }
            app.cancelAndJoin()
            ann.phone.ready().close()
        }
    }

    @Test
    fun `what was not done in time is told`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            assertEquals(null, ann.wallet.catchUp(Duration.ZERO))
            ann.wallet.close()
        }
    }

    @Test
    fun `the library's threads stay known to the virtual machine, and hold no app up`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            repeat(3) { ann.wallet.status() }
            val known = Thread.getAllStackTraces().keys.filter { it.name == "farthing" }
            assertTrue(known.isNotEmpty() && known.all { it.isDaemon }, "$known")
            ann.wallet.close()
        }
    }
}
