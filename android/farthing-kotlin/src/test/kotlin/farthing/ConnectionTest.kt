package farthing

import farthing.testkit.Town
import java.nio.file.Path
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** What a banner and a till's screen show while time goes by. */
class ConnectionTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `the line comes and goes with the verifier, with pauses, and ends with the wallet`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val wallet = town.person("Ann").wallet
            val seen = Channel<Connection>(Channel.UNLIMITED)
            val collecting = launch {
                wallet.connection.collect { seen.send(it) }
                seen.close()
            }
            suspend fun until(line: Line): Connection {
                for (connection in seen) if (connection.line == line) return connection
                error("ended before it was $line")
            }
            until(Line.Stream)
            town.verifier.stop()
            assertNotNull(until(Line.Away).trouble)
            town.verifier.start()
            until(Line.Stream)
            wallet.pause()
            until(Line.Paused)
            wallet.resume()
            until(Line.Stream)
            wallet.close()
            collecting.join()
        }
    }

    @Test
    fun `a sale's screen turns green by itself`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val truck = town.person("Taco Truck").wallet
            val ann = town.person("Ann").wallet
            val sale = truck.requests.create(truck.parseMoney("4.50 USD"))
            val states = mutableListOf<Request>()
            val screen = launch { truck.requests.watch(sale.id).toList(states) }
            val payment = ann.confirm(ann.prepare(PayTo.scanned(sale.link)))
            ann.outcome(payment.id, 20.seconds)
            // It ends with the last state that there can be.
            screen.join()
            assertEquals(listOf(RequestState.Open, RequestState.Paid), states.map { it.state })
            val received = truck.payment(checkNotNull(states.last().payment))
            assertEquals("4.50 USD", received.amount.toString())
            ann.close()
            truck.close()
        }
    }
}
