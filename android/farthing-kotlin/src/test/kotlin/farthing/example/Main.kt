package farthing.example

import farthing.Farthing
import farthing.FarthingException
import farthing.FileKey
import farthing.Keys
import farthing.Opened
import farthing.Outcome
import farthing.PayTo
import farthing.Wallet
import java.nio.file.Files
import java.nio.file.Path
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.runBlocking

/** Arguments: a folder for the wallet, the verifier's invite, and what was scanned. */
fun main(arguments: Array<String>) = runBlocking {
    val (folder, invite, scanned) = arguments
    val wallet = try {
        open(Path.of(folder), invite)
    } catch (failure: FarthingException) {
        return@runBlocking println(failure.problem.sentence)
    }
    try {
        println(pay(wallet, scanned))
    } catch (failure: FarthingException) {
        println("${failure.problem.sentence} Money moved: ${failure.moneyMoved}")
    } finally {
        wallet.close()
    }
}

/** The wallet that is there, or a new one. On Android the key is kept by AndroidKeys, which asks no file. */
private suspend fun open(folder: Path, invite: String): Wallet {
    val file = folder.resolve("key")
    val key = if (Files.exists(folder)) FileKey(file) else FileKey.make(file)
    val keys = Keys.sealed(folder.resolve("secrets"), folder.resolve("state"), key)
    return when (val opened = Farthing.open(folder.resolve("wallet"), keys)) {
        is Opened.Ready -> opened.wallet
        is Opened.Empty -> opened.enrol(invite, name = "Ann")
        // The account is there, its keys are not: an app asks for the phrase here, and restores into a new folder.
        is Opened.NeedsRecovery -> error(opened.reason.sentence)
    }
}

private suspend fun pay(wallet: Wallet, scanned: String): String {
    val draft = wallet.prepare(PayTo.scanned(scanned), memo = "two tacos")
    // An app shows draft.payee, draft.items, draft.total and draft.warnings here, and asks.
    println("Pay ${draft.total} to ${draft.payee.calledItself}")
    val payment = wallet.confirm(draft)
    return when (val end = wallet.outcome(payment.id, wait = 10.seconds)) {
        is Outcome.Settled -> "Paid ${end.payment.amount}; ${wallet.balances().joinToString { "${it.available} left" }}"
        is Outcome.Refused -> end.why.sentence
        is Outcome.Unknown -> end.because.sentence
    }
}
