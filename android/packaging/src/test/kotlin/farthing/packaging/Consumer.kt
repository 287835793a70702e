package farthing.packaging

import farthing.Farthing
import farthing.Keys
import farthing.Opened
import farthing.Outcome
import farthing.PayTo
import farthing.SealingKey
import java.nio.file.Path
import kotlinx.coroutines.runBlocking

/** A small app that pays: opens an account by an invite, pays a link, and says what came of it. Shrunk, it must still do so. */
object Consumer {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val (folder, invite, link) = arguments
        println(runBlocking { pay(Path.of(folder), invite, link) })
    }

    private suspend fun pay(folder: Path, invite: String, link: String): String {
        val key = SealingKey { index -> 0x1234_5678L + index }
        val keys = Keys.sealed(folder.resolve("keys"), folder.resolve("state"), key)
        val wallet = (Farthing.open(folder.resolve("wallet"), keys) as Opened.Empty).enrol(invite, "Ann")
        try {
            val draft = wallet.prepare(PayTo.scanned(link), memo = "two tacos")
            return when (val end = wallet.outcome(wallet.confirm(draft).id)) {
                is Outcome.Settled -> "Paid ${end.payment.amount}"
                is Outcome.Refused -> end.why.sentence
                is Outcome.Unknown -> end.because.sentence
            }
        } finally {
            wallet.close()
        }
    }
}
