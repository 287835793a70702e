package farthing.person

import farthing.Allowance
import farthing.AllowanceDraft
import farthing.AllowanceDraftId
import farthing.AllowanceId
import farthing.AllowanceOutcome
import farthing.CarriedPayment
import farthing.CarriedReply
import farthing.ClaimedOffline
import farthing.Collected
import farthing.DraftId
import farthing.Farthing
import farthing.Item
import farthing.OfflineExamined
import farthing.OfflineLook
import farthing.OfflineOffer
import farthing.OfflinePayment
import farthing.OfflinePrompt
import farthing.OfflineQuestion
import farthing.OfflineRequest
import farthing.OfflineRequestId
import farthing.PaidOffline
import farthing.PaymentId
import farthing.RequestId
import farthing.TakenPayment
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

private val nothing = emptyMap<String, Any?>()

/** Allowances. */
suspend fun Phone.allowing(call: Arguments): Map<String, Any?>? = when (call.verb) {
    "offline_allow" -> {
        val (cap, each) = call.text("cap") to call.textOrNull("perPayment")
        val (lasts, grace) = (call.numberOrNull("lastsS")?.seconds ?: 7.days) to (call.numberOrNull("graceS")?.seconds ?: 3.days)
        call.done()
        wallet.offline.prepare(wallet.parseMoney(cap), money(each), lasts, grace).told()
    }
    "offline_discard" -> {
        val draft = call.text("draft")
        call.done()
        wallet.offline.discard(AllowanceDraftId(draft))
        nothing
    }
    "offline_confirm" -> {
        val draft = call.text("draft")
        call.done()
        wallet.offline.confirm(wallet.offline.draft(AllowanceDraftId(draft))).told()
    }
    "offline_outcome" -> {
        val (allowance, wait) = call.text("allowance") to call.number("waitMs").milliseconds
        call.done()
        wallet.offline.outcome(AllowanceId(allowance), wait).told()
    }
    "offline_revoke" -> {
        val allowance = call.text("allowance")
        call.done()
        wallet.offline.revoke(AllowanceId(allowance)).told()
    }
    "offline_allowances" -> {
        val limit = call.numberOrNull("limit")
        call.done()
        mapOf("allowances" to wallet.offline.allowances(limit?.toInt() ?: 50).map { it.told() })
    }
    "offline_payments" -> {
        val allowance = call.text("allowance")
        call.done()
        mapOf("payments" to wallet.offline.payments(AllowanceId(allowance)).map { it.told() })
    }
    else -> null
}

/** Paying and taking without network. */
suspend fun Phone.withoutNetwork(call: Arguments): Map<String, Any?>? = when (call.verb) {
    "offline_look" -> {
        val (text, from) = call.text("text") to call.textOrNull("from")
        call.done()
        when (val look = wallet.offline.look(text, from?.let(::AllowanceId))) {
            is OfflineLook.Again -> mapOf("payment" to look.payment.told(), "prompt" to null)
            is OfflineLook.New -> mapOf("payment" to null, "prompt" to look.prompt.told())
        }
    }
    "offline_pay" -> {
        val (text, from) = call.text("text") to call.textOrNull("from")
        call.done()
        when (val look = wallet.offline.look(text, from?.let(::AllowanceId))) {
            is OfflineLook.Again -> look.payment
            is OfflineLook.New -> wallet.offline.pay(look.prompt)
        }.told()
    }
    "offline_ask" -> {
        val (amount, memo) = call.text("amount") to call.textOrNull("memo")
        val expires = call.numberOrNull("expiresS")?.seconds ?: 15.minutes
        call.done()
        wallet.offline.ask(wallet.parseMoney(amount), memo = memo, expires = expires).told()
    }
    "offline_asked" -> {
        val request = call.text("request")
        call.done()
        wallet.offline.asked(OfflineRequestId(request)).told()
    }
    "offline_examine" -> {
        val text = call.text("text")
        call.done()
        when (val examined = wallet.offline.examine(text)) {
            is OfflineExamined.Taken -> mapOf("taken" to examined.payment.told(), "offer" to null)
            is OfflineExamined.Good -> mapOf("taken" to null, "offer" to examined.offer.told())
        }
    }
    "offline_take" -> {
        val text = call.text("text")
        call.done()
        when (val examined = wallet.offline.examine(text)) {
            is OfflineExamined.Taken -> examined.payment
            is OfflineExamined.Good -> wallet.offline.take(examined.offer)
        }.told()
    }
    "offline_claim" -> {
        call.done()
        wallet.offline.claim().told()
    }
    "offline_taken" -> {
        val limit = call.numberOrNull("limit")
        call.done()
        mapOf("taken" to wallet.offline.taken(limit?.toInt() ?: 50).map { it.told() })
    }
    "offline_unsettled" -> {
        call.done()
        mapOf("unsettled" to wallet.offline.unsettled().map { mapOf("amount" to "${it.amount}", "arrived" to "${it.arrived}") })
    }
    "offline_limit" -> {
        val most = call.textOrNull("most")
        call.done()
        money(most)?.let { wallet.offline.setLossLimit(it) }
        mapOf("limits" to wallet.offline.lossLimits().map { "$it" })
    }
    "offline_codes" -> {
        val text = call.text("text")
        call.done()
        mapOf("codes" to Farthing.shownCodes(text))
    }
    "offline_film" -> {
        val codes = call.list("codes").map { it as String }
        call.done()
        film(codes)
    }
    else -> null
}

/** Orders that the payee posts. */
suspend fun Phone.carrying(call: Arguments): Map<String, Any?>? = when (call.verb) {
    "carried_whole" -> {
        val request = call.text("request")
        call.done()
        mapOf("text" to wallet.carried.whole(RequestId(request)))
    }
    "carried_prepare" -> {
        val (request, amount, memo) = Triple(call.text("request"), call.textOrNull("amount"), call.textOrNull("memo"))
        call.done()
        wallet.carried.prepare(request, money(amount), memo).told()
    }
    "carried_confirm" -> {
        val draft = call.text("draft")
        call.done()
        wallet.carried.confirm(wallet.draft(DraftId(draft))).told()
    }
    "carried_show" -> {
        val payment = call.text("payment")
        call.done()
        wallet.carried.payment(PaymentId(payment)).told()
    }
    "carried_post" -> {
        val order = call.text("order")
        call.done()
        wallet.carried.post(order).told()
    }
    "carried_answer" -> {
        val answer = call.text("answer")
        call.done()
        wallet.carried.take(answer).told()
    }
    else -> null
}

/** What a camera makes of codes. */
private fun film(codes: List<String>): Map<String, Any?> = Farthing.codeCollector().use { camera ->
    var seen = Collected.Missing(0, 0)
    for (code in codes) {
        when (val collected = camera.add(code)) {
            is Collected.Missing -> seen = collected
            is Collected.Whole -> return@use mapOf("text" to collected.text, "have" to null, "of" to null)
        }
    }
    mapOf("text" to null, "have" to seen.have, "of" to seen.of)
}

/** What is asked without network. */
fun OfflineQuestion.told(): Map<String, Any?> = when (this) {
    is OfflineQuestion.Allow -> draft.told()
    is OfflineQuestion.Pay -> prompt.told()
    is OfflineQuestion.Take -> offer.told()
}

private fun AllowanceDraft.told(): Map<String, Any?> = mapOf(
    "id" to id.text,
    "cap" to "$cap",
    "perPayment" to "$perPayment",
    "fee" to "$fee",
    "setAside" to "$setAside",
    "atStake" to "$atStake",
    "lastsS" to lasts.inWholeSeconds,
    "graceS" to grace.inWholeSeconds,
)

private fun Allowance.told(): Map<String, Any?> = mapOf(
    "id" to id.text,
    "state" to state.word(),
    "cap" to "$cap",
    "perPayment" to "$perPayment",
    "spent" to "$spent",
    "left" to "$left",
    "frozen" to frozen,
    "end" to end?.let {
        mapOf("claimed" to "${it.claimed}", "fromBalance" to "${it.fromBalance}", "unpaid" to "${it.unpaid}", "contradicts" to it.contradicts)
    },
    "code" to code,
)

private fun AllowanceOutcome.told(): Map<String, Any?> {
    val (end, why) = when (this) {
        is AllowanceOutcome.Done -> "done" to null
        is AllowanceOutcome.Refused -> "refused" to why
        is AllowanceOutcome.Unknown -> "unknown" to because
    }
    return mapOf("end" to end, "allowance" to allowance.told(), "why" to why?.told())
}

private fun List<Item>.told() = map { mapOf("name" to it.name, "amount" to "${it.amount}") }

private fun OfflineRequest.told(): Map<String, Any?> = mapOf("id" to id.text, "amount" to "$amount", "text" to text)

private fun OfflinePrompt.told(): Map<String, Any?> = mapOf(
    "amount" to "$amount",
    "calledItself" to calledItself,
    "memo" to memo,
    "items" to items.told(),
    "allowance" to allowance.text,
    "left" to "$left",
    "paidLately" to (paidLately != null),
)

private fun OfflinePayment.told(): Map<String, Any?> =
    mapOf("allowance" to allowance.text, "number" to number, "amount" to "$amount", "text" to text)

private fun PaidOffline.told(): Map<String, Any?> =
    mapOf("number" to number, "amount" to "$amount", "calledItself" to calledItself, "memo" to memo)

private fun OfflineOffer.told(): Map<String, Any?> = mapOf(
    "amount" to "$amount",
    "memo" to memo,
    "items" to items.told(),
    "couldLose" to "${couldLose.all}",
    "ofPayer" to "${couldLose.ofPayer}",
    "limit" to "${couldLose.limit}",
    "listed" to (listOf != null),
)

private fun TakenPayment.told(): Map<String, Any?> = mapOf(
    "id" to id.text,
    "state" to state.word(),
    "amount" to "$amount",
    "guaranteed" to "$guaranteed",
    "received" to received?.toString(),
    "contradicts" to contradicts,
    "allowance" to allowance.text,
    "memo" to memo,
    "items" to items.told(),
    "code" to code,
)

private fun ClaimedOffline.told(): Map<String, Any?> = mapOf(
    "claimed" to claimed.map { it.told() },
    "refused" to refused.map { (payment, why) -> mapOf("payment" to payment.told(), "why" to why.told()) },
)

private fun CarriedPayment.told(): Map<String, Any?> = mapOf("payment" to payment.told(), "text" to text)

private fun CarriedReply.told(): Map<String, Any?> = when (this) {
    is CarriedReply.Paid ->
        mapOf("end" to "paid", "amount" to "$amount", "toUs" to toUs, "why" to null, "answer" to answer)
    is CarriedReply.Refused ->
        mapOf("end" to "refused", "amount" to null, "toUs" to false, "why" to why.told(), "answer" to answer)
}
