package farthing

import farthing.testkit.Person
import farthing.testkit.Town
import java.nio.file.Path
import java.util.Collections
import java.util.concurrent.CountDownLatch
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** What an app hears of the library's work; and a sink that does not behave, with which everything goes on. */
class LogTest {
    @TempDir
    lateinit var folder: Path

    private val lines = Collections.synchronizedList(ArrayList<LogLine>())

    private suspend fun pay(ann: Person, truck: Person) {
        val request = truck.wallet.requests.create(Money.of("4.50", "USD", 6))
        val payment = ann.wallet.confirm(ann.wallet.prepare(PayTo.scanned(request.link), memo = "two tacos"))
        assertInstanceOf(Outcome.Settled::class.java, ann.wallet.outcome(payment.id, 20.seconds))
    }

    private suspend fun heard(part: String): LogLine = withTimeout(10.seconds) {
        while (true) {
            synchronized(lines) { lines.firstOrNull { part in it.text } }?.let { return@withTimeout it }
            delay(10)
        }
        error("unreachable")
    }

    /** Two people, and what happens to them under a sink. */
    private fun under(level: LogLevel, sink: (LogLine) -> Unit, story: suspend (Person, Person, AutoCloseable) -> Unit) =
        runBlocking<Unit> {
            Town(folder).use { town ->
                val (ann, truck) = listOf("Ann", "Taco Truck").map { town.person(it) }
                Farthing.log(level, sink).use { story(ann, truck, it) }
                for (person in listOf(ann, truck)) person.wallet.close()
            }
        }

    @Test
    fun `a payment is told, and nothing of whom and how much`() = under(LogLevel.Debug, lines::add) { ann, truck, log ->
        pay(ann, truck)
        assertEquals(LogLevel.Debug, heard("payment state=settled").level)
        heard("answered method=POST path=/v1/orders status=200")
        heard("operation done name=Authorise ms=")
        log.close()
        log.close()
        // The line that is being told is told to its end.
        delay(100)
        val told = lines.size
        pay(ann, truck)
        assertEquals(told, lines.size)
        val status = ann.wallet.status()
        val text = lines.joinToString("\n")
        for (secret in listOf(status.account, status.device, status.alias, status.verifier, "Ann", "Taco", "tacos", "4.5", "USD")) {
            assertFalse("$secret" in text, "$secret is in\n$text")
        }
    }

    @Test
    fun `a sink that throws an exception breaks nothing`() = takesNothing { throw IllegalStateException("full") }

    @Test
    fun `nor does one that throws an error`() = takesNothing { throw StackOverflowError() }

    private fun takesNothing(failure: () -> Nothing) {
        val sink: (LogLine) -> Unit = { lines += it; failure() }
        under(LogLevel.Debug, sink) { ann, truck, _ ->
            pay(ann, truck)
            heard("payment state=settled")
            heard("lines missed here: 1")
        }
    }

    @Test
    fun `a sink that is stuck holds up nothing, and hears how much it missed`() {
        val mayGoOn = CountDownLatch(1)
        val sink: (LogLine) -> Unit = { mayGoOn.await(); lines += it }
        under(LogLevel.Trace, sink) { ann, truck, _ ->
            repeat(4) { pay(ann, truck) }
            repeat(10) { truck.wallet.sync() }
            assertEquals(0, lines.size)
            mayGoOn.countDown()
            assertTrue(heard("lines missed here: ").text.substringAfterLast(' ').toInt() > 0)
        }
    }
}
