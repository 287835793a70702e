package farthing.bench

import farthing.Event
import farthing.EventSeq
import farthing.Line
import farthing.Money
import farthing.Outcome
import farthing.PayTo
import farthing.Payment
import farthing.Wallet
import java.nio.file.Path
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch

/** One who pays and one who is paid and listens, as the pair in Rust (bench/src/paying.rs). */
internal class Pair private constructor(val payer: Wallet, private val payee: Wallet, private val received: Channel<Event.Received>) {
    /** Pages of history: what one of so many took. */
    suspend fun pages(limit: Int, times: Int): Double =
        nanoseconds(times) { check(payer.history(limit = limit).size == limit) }

    /** What is awaited and asks the least of the wallet. */
    suspend fun awaited(times: Int): Double = nanoseconds(times) { payer.account.keepsPhrase() }

    /** Payments: what one of so many took. */
    suspend fun pay(times: Int): Double = (1..times).map { pay() }.average()

    /** One payment, from the request that is there to the payee's event, with the memo. */
    private suspend fun pay(): Double {
        val request = payee.requests.create(ONE)
        // What a request leaves to be done is not part of the payment.
        payee.sync()
        check(received.tryReceive().isFailure) { "something was received before it was paid" }
        lateinit var sent: Payment
        lateinit var heard: Event.Received
        val took = nanoseconds(1) {
            val draft = payer.prepare(PayTo.scanned(request.link), memo = MEMO)
            sent = payer.confirm(draft)
            heard = received.receive()
        }
        check(payee.payment(heard.payment).memo == MEMO)
        check(payer.outcome(sent.id) is Outcome.Settled)
        return took
    }

    suspend fun close() {
        payer.close()
        payee.close()
    }

    companion object {
        private val ONE = Money.of("0.000001", "USD", 6)

        /** Opens the wallets of two folders; comes back when the payee hears of everything at once. */
        suspend fun open(payers: Path, payees: Path): Pair {
            val (payer, payee) = open(payers) to open(payees)
            val received = Channel<Event.Received>(Channel.UNLIMITED)
            val after = payee.last()
            CoroutineScope(Dispatchers.Default).launch {
                payee.events(after).filterIsInstance<Event.Received>().collect(received::send)
            }
            payee.connection.first { it.line == Line.Stream }
            return Pair(payer, payee, received)
        }

        /** The newest event: a request makes one, and those of the past come before it. */
        private suspend fun Wallet.last(): EventSeq {
            val request = requests.create(ONE)
            return events(EventSeq.Start).first { it is Event.RequestOpen && it.request == request.id }.seq
        }
    }
}
