package farthing.bench

import farthing.Farthing
import farthing.FileKey
import farthing.Keys
import farthing.Opened
import farthing.Outcome
import farthing.PayTo
import farthing.Wallet
import java.nio.file.Path
import kotlinx.coroutines.runBlocking

/**
 * What bench/src/shells runs in each language. `cold FOLDER LINK` pays once, and says a word after each step. `pair PAYER PAYEE`
 * opens two folders and answers commands, one a line, with nanoseconds, until its input ends.
 */
fun main(arguments: Array<String>) {
    val (what, first, second) = arguments
    when (what) {
        "cold" -> runBlocking { cold(Path.of(first), second) }
        "pair" -> answer(Path.of(first), Path.of(second))
        else -> error("not a command: $what")
    }
}

private suspend fun cold(folder: Path, link: String) {
    println("started")
    Farthing.load()
    println("loaded")
    val wallet = open(folder)
    println("opened")
    val draft = wallet.prepare(PayTo.scanned(link), memo = MEMO)
    println("prepared")
    val payment = wallet.confirm(draft)
    println("confirmed")
    check(wallet.outcome(payment.id) is Outcome.Settled)
    println("settled")
    wallet.close()
}

private fun answer(payer: Path, payee: Path) {
    val pair = runBlocking { Pair.open(payer, payee) }
    val calls = Calls(runBlocking { pair.payer.revealPhrase() })
    println("ready")
    for (line in generateSequence(::readLine)) {
        val (command, times) = line.split(' ').let { it.first() to it.last().toInt() }
        val took = runBlocking {
            when (command) {
                "call" -> calls.ours(times)
                "call-floor" -> calls.floor(times)
                "await" -> pair.awaited(times)
                "await-floor" -> calls.awaitedFloor(times)
                "page" -> pair.pages(limit = 100, times)
                "pay" -> pair.pay(times)
                else -> error("not a command: $line")
            }
        }
        println(took)
    }
    runBlocking { pair.close() }
}

/** The wallet in a folder as the bench has made it: sealed by the key in a file. */
internal suspend fun open(folder: Path): Wallet {
    val keys = Keys.sealed(folder.resolve("secrets"), folder.resolve("state"), FileKey(folder.resolve("key")))
    return (Farthing.open(folder.resolve("wallet"), keys) as Opened.Ready).wallet
}

/** As the wallets in Rust write it. */
internal const val MEMO = "two tacos, no onions"
