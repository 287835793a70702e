package farthing.example

import farthing.AllowanceId
import farthing.AllowanceOutcome
import farthing.Collected
import farthing.Farthing
import farthing.Money
import farthing.OfflineExamined
import farthing.OfflineLook
import farthing.Wallet

/** While there is network: sets money aside for whoever is paid without. */
suspend fun setAside(wallet: Wallet, cap: Money): AllowanceId? {
    val draft = wallet.offline.prepare(cap) // Show it, with what a thief could cost: draft.atStake.
    return when (val outcome = wallet.offline.outcome(wallet.offline.confirm(draft).id)) {
        is AllowanceOutcome.Done -> outcome.allowance.id
        is AllowanceOutcome.Refused, is AllowanceOutcome.Unknown -> null
    }
}

/** The payee, without network: codes to show one after the other, again and again. */
suspend fun handOver(wallet: Wallet, price: Money): List<String> =
    Farthing.shownCodes(wallet.offline.ask(price, memo = "lunch").text)

/** What a camera sees; each code adds to what there is. */
fun film(codes: List<String>): String = Farthing.codeCollector().use { camera ->
    codes.firstNotNullOf { code -> (camera.add(code) as? Collected.Whole)?.text }
}

/** The payer, without network: what is shown back. */
suspend fun payOffline(wallet: Wallet, codes: List<String>): List<String> {
    val payment = when (val look = wallet.offline.look(film(codes))) {
        is OfflineLook.Again -> look.payment
        is OfflineLook.New -> wallet.offline.pay(look.prompt) // Show it before: who it is that asks, and how much.
    }
    return Farthing.shownCodes(payment.text)
}

/** The payee: deliver once it is taken. The next sync claims it. */
suspend fun takeOffline(wallet: Wallet, codes: List<String>): String = when (val found = wallet.offline.examine(film(codes))) {
    is OfflineExamined.Taken -> "deliver nothing"
    // Show it before: "You could lose up to" found.offer.couldLose.all.
    is OfflineExamined.Good -> "deliver for ${wallet.offline.take(found.offer).amount}"
}
