package farthing.person

import farthing.Contact
import farthing.DraftId
import farthing.EventSeq
import farthing.Farthing
import farthing.Item
import farthing.Money
import farthing.Opened
import farthing.PayTo
import farthing.PaymentId
import farthing.RequestId
import java.nio.file.Path
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.withTimeoutOrNull

private val nothing = emptyMap<String, Any?>()

/** Does what a call says, and says what came of it. */
suspend fun Phone.perform(call: Arguments): Map<String, Any?> = when (call.verb) {
    "key" -> {
        key.says = call.text("says")
        call.numberOrNull("seed")?.let { key.seed = it }
        call.done()
        nothing
    }
    "open" -> {
        call.done()
        when (val opened = open()) {
            is Opened.Ready -> mapOf("opened" to "ready", "reason" to null)
            is Opened.Empty -> mapOf("opened" to "empty", "reason" to null)
            is Opened.NeedsRecovery -> mapOf("opened" to "needs_recovery", "reason" to opened.reason.told())
        }
    }
    "enrol" -> {
        val (invite, name, alias) = Triple(call.text("invite"), call.textOrNull("name"), call.textOrNull("alias"))
        call.done()
        enrol(invite, name, alias)
        nothing
    }
    "restore" -> {
        val (invite, words) = call.text("invite") to call.words()
        val (name, keep) = call.textOrNull("name") to call.flag("keepDevices")
        val into = call.textOrNull("into")?.let { Path.of(it) }
        call.done()
        restore(invite, words, name, keep, into)
        nothing
    }
    "type_phrase" -> {
        val words = call.words()
        call.done()
        Farthing.phraseEntry().use { typed ->
            words.forEach(typed::add)
            typed.check()
        }
        nothing
    }
    "recognise" -> {
        val text = call.text("text")
        call.done()
        mapOf("is" to Farthing.recognise(text).word())
    }
    "draw_qr" -> {
        val text = call.text("text")
        call.done()
        mapOf("side" to Farthing.drawQr(text, scale = 4).side)
    }
    "close" -> {
        call.done()
        wallet.close()
        nothing
    }
    "reveal_phrase" -> {
        call.done()
        wallet.revealPhrase().use { phrase -> mapOf("words" to (1..phrase.size).map(phrase::word)) }
    }
    "status" -> {
        call.done()
        wallet.status().told()
    }
    "balances" -> {
        call.done()
        mapOf("balances" to wallet.balances().map { it.told() })
    }
    "parse" -> {
        val text = call.text("text")
        call.done()
        mapOf("money" to "${wallet.parseMoney(text)}")
    }
    "history" -> {
        val (before, limit) = call.textOrNull("before") to call.numberOrNull("limit")
        call.done()
        mapOf("payments" to wallet.history(before?.let(::PaymentId), limit?.toInt() ?: 50).map { it.told() })
    }
    "events" -> events(call)
    "sync" -> {
        call.done()
        wallet.sync().told()
    }
    "catch_up" -> {
        val wait = call.number("waitMs").milliseconds
        call.done()
        mapOf("done" to (wallet.catchUp(wait) != null))
    }
    "pause" -> {
        call.done()
        wallet.pause()
        nothing
    }
    "resume" -> {
        call.done()
        wallet.resume()
        nothing
    }
    "approver" -> {
        val (answer, seed) = call.textOrNull("answer") to call.numberOrNull("seed")
        call.done()
        answer?.let { approver.answers(it) }
        seed?.let { approver.renew(it) }
        nothing
    }
    "asked" -> {
        call.done()
        approver.told()
    }
    else -> paying(call) ?: asking(call) ?: meeting(call) ?: account(call) ?: writing(call) ?: devices(call)
        ?: payingTabs(call) ?: earningTabs(call) ?: allowing(call) ?: withoutNetwork(call) ?: carrying(call)
        ?: throw Unsupported(call.verb)
}

private suspend fun Phone.paying(call: Arguments): Map<String, Any?>? = when (call.verb) {
    "prepare" -> {
        val (payee, contact) = call.textOrNull("payee") to call.textOrNull("contact")
        val (amount, memo) = call.textOrNull("amount") to call.textOrNull("memo")
        call.done()
        val to = if (contact != null) PayTo.contact(contact(contact)) else PayTo.scanned(checkNotNull(payee))
        saw(wallet.prepare(to, money(amount), memo)).told()
    }
    "draft" -> {
        val id = call.text("draft")
        call.done()
        saw(wallet.draft(DraftId(id))).told()
    }
    "discard" -> {
        val id = call.text("draft")
        call.done()
        wallet.discard(DraftId(id))
        nothing
    }
    "confirm" -> {
        val (id, other) = call.text("draft") to call.textOrNull("shownLike")
        call.done()
        val draft = seen(id)
        wallet.confirm(if (other == null) draft else draft.copy(shown = seen(other).shown)).told()
    }
    "outcome" -> {
        val (payment, wait) = call.text("payment") to call.number("waitMs").milliseconds
        call.done()
        wallet.outcome(PaymentId(payment), wait).told()
    }
    "payment" -> {
        val payment = call.text("payment")
        call.done()
        wallet.payment(PaymentId(payment)).told()
    }
    "receipt" -> {
        val payment = call.text("payment")
        call.done()
        mapOf("receipt" to wallet.receipt(PaymentId(payment)).joinToString("") { "%02x".format(it) })
    }
    else -> null
}

private suspend fun Phone.asking(call: Arguments): Map<String, Any?>? = when (call.verb) {
    "request" -> {
        val (amount, memo) = call.textOrNull("amount") to call.textOrNull("memo")
        val sold = call.list("items").map { it.members() }
        val expires = call.numberOrNull("expiresS")?.seconds ?: 15.minutes
        val standing = call.flag("standing")
        call.done()
        val items = sold.map { Item(it["name"] as String, wallet.parseMoney(it["amount"] as String)) }
        wallet.requests.create(money(amount), items, memo, expires, standing).told()
    }
    "requests" -> {
        val limit = call.numberOrNull("limit")
        call.done()
        mapOf("requests" to wallet.requests.list(limit?.toInt() ?: 50).map { it.told() })
    }
    "cancel_request" -> {
        val request = call.text("request")
        call.done()
        mapOf("state" to wallet.requests.cancel(RequestId(request)).word())
    }
    else -> null
}

private suspend fun Phone.meeting(call: Arguments): Map<String, Any?>? = when (call.verb) {
    "pair_show" -> {
        val name = call.textOrNull("pairing")
        call.done()
        mapOf("offer" to pair(name, wallet.pairing.show()).offer)
    }
    "pair_scan" -> {
        val (link, name) = call.text("link") to call.textOrNull("pairing")
        call.done()
        pair(name, wallet.pairing.scan(link))
        nothing
    }
    "pair_code" -> {
        val (wait, name) = call.number("waitMs").milliseconds to call.textOrNull("pairing")
        call.done()
        mapOf("digits" to pairing(name).checkCode(wait))
    }
    "pair_answer" -> {
        val (same, name) = call.flag("same") to call.textOrNull("pairing")
        call.done()
        pairing(name).answer(same)
        nothing
    }
    "pair_contact" -> {
        val (wait, name) = call.number("waitMs").milliseconds to call.textOrNull("pairing")
        call.done()
        mapOf("contact" to pairing(name).contact(wait)?.told())
    }
    "contacts" -> {
        call.done()
        mapOf("contacts" to wallet.contacts.list().map { it.told() })
    }
    "rename" -> {
        val (contact, name) = call.text("contact") to call.text("name")
        call.done()
        wallet.contacts.rename(contact(contact), name).told()
    }
    "block" -> {
        val contact = call.text("contact")
        call.done()
        wallet.contacts.block(contact(contact)).told()
    }
    "unblock" -> {
        val contact = call.text("contact")
        call.done()
        wallet.contacts.unblock(contact(contact)).told()
    }
    else -> null
}

/** What happens after a position, up to what is awaited. */
private suspend fun Phone.events(call: Arguments): Map<String, Any?> {
    val (after, wait) = call.number("after") to call.number("waitMs").milliseconds
    val (until, count) = call.textOrNull("until") to call.numberOrNull("count")
    call.done()
    val seen = mutableListOf<Map<String, Any?>>()
    withTimeoutOrNull(wait) {
        wallet.events(EventSeq(after))
            .onEach { seen += it.told() }
            .first { it.eventName() == until || seen.size.toLong() == count }
    }
    return mapOf("events" to seen.toList())
}

internal fun Arguments.words(): List<Int> = checkNotNull(wordsOrNull()) { "words are missing" }

internal fun Arguments.wordsOrNull(): List<Int>? = listOrNull("words")?.map { (it as Long).toInt() }

internal suspend fun Phone.money(typed: String?): Money? = typed?.let { wallet.parseMoney(it) }

internal suspend fun Phone.contact(name: String): Contact =
    checkNotNull(wallet.contacts.list().find { it.name == name }) { "there is no contact $name" }
