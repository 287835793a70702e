package farthing.person

import farthing.Claimed
import farthing.Drop
import farthing.OfferId
import farthing.Tab
import farthing.TabDraft
import farthing.TabId
import farthing.TabOffer
import farthing.TabOutcome
import farthing.TabWith
import farthing.Taken
import java.util.HexFormat
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

private val nothing = emptyMap<String, Any?>()

/** Paying from tabs. */
suspend fun Phone.payingTabs(call: Arguments): Map<String, Any?>? = when (call.verb) {
    "tab_read" -> {
        val link = call.text("link")
        call.done()
        wallet.tabs.read(link).told()
    }
    "tab_prepare" -> prepareTab(call)
    "tab_raise" -> {
        val (tab, cap) = call.text("tab") to call.textOrNull("cap")
        val longer = call.numberOrNull("longerS")?.seconds ?: Duration.ZERO
        call.done()
        saw(wallet.tabs.raise(TabId(tab), money(cap), longer)).told()
    }
    "tab_draft" -> {
        val tab = call.text("tab")
        call.done()
        saw(wallet.tabs.draft(TabId(tab))).told()
    }
    "tab_discard" -> {
        val tab = call.text("tab")
        call.done()
        wallet.tabs.discard(TabId(tab))
        nothing
    }
    "tab_confirm" -> {
        val tab = call.text("tab")
        call.done()
        wallet.tabs.confirm(seenTab(tab)).told()
    }
    "tab_outcome" -> {
        val (tab, wait) = call.text("tab") to call.number("waitMs").milliseconds
        call.done()
        wallet.tabs.outcome(TabId(tab), wait).told()
    }
    "tab_pay" -> {
        val (tab, amount) = call.text("tab") to call.text("amount")
        call.done()
        wallet.tabs.pay(TabId(tab), wallet.parseMoney(amount)).told()
    }
    "tab_catch_up" -> {
        val voucher = call.text("voucher")
        call.done()
        mapOf("greater" to wallet.tabs.catchUp(voucher))
    }
    "tab_close" -> {
        val tab = call.text("tab")
        call.done()
        wallet.tabs.close(TabId(tab)).told()
    }
    else -> null
}

private suspend fun Phone.prepareTab(call: Arguments): Map<String, Any?> {
    val (payee, contact, offer) = Triple(call.textOrNull("payee"), call.textOrNull("contact"), call.textOrNull("offer"))
    val (cap, memo) = call.textOrNull("cap") to call.textOrNull("memo")
    val (lasts, grace) = call.numberOrNull("lastsS")?.seconds to call.numberOrNull("graceS")?.seconds
    call.done()
    val with = when {
        contact == null -> TabWith.scanned(checkNotNull(payee) { "payee is missing" })
        offer == null -> TabWith.contact(contact(contact))
        else -> {
            val from = contact(contact)
            val sent = wallet.tabs.received(from).find { it.id.text == offer }
            TabWith.offer(from, checkNotNull(sent) { "there is no offer $offer" })
        }
    }
    return saw(wallet.tabs.prepare(with, money(cap), lasts, grace, memo)).told()
}

/** Earning by tabs, and looking at them. */
suspend fun Phone.earningTabs(call: Arguments): Map<String, Any?>? = when (call.verb) {
    "tab_offer" -> offerTab(call)
    "tab_offers" -> {
        val limit = call.numberOrNull("limit")
        call.done()
        mapOf("offers" to wallet.tabs.offers(limit?.toInt() ?: 50).map { it.told() })
    }
    "tab_cancel_offer" -> {
        val offer = call.text("offer")
        call.done()
        mapOf("state" to wallet.tabs.cancel(OfferId(offer)).word())
    }
    "tab_send_offer" -> {
        val (contact, offer) = call.text("contact") to call.text("offer")
        call.done()
        wallet.tabs.send(contact(contact), OfferId(offer))
        nothing
    }
    "tab_received" -> {
        val contact = call.text("contact")
        call.done()
        mapOf("offers" to wallet.tabs.received(contact(contact)).map { it.told() })
    }
    "tab_take" -> {
        val voucher = call.text("voucher")
        call.done()
        wallet.tabs.take(voucher).told()
    }
    "tab_claim" -> {
        val tab = call.textOrNull("tab")
        call.done()
        wallet.tabs.claim(tab?.let(::TabId)).told()
    }
    "tab_release" -> {
        val tab = call.text("tab")
        call.done()
        wallet.tabs.release(TabId(tab)).told()
    }
    "tab_list" -> {
        val limit = call.numberOrNull("limit")
        call.done()
        mapOf("tabs" to wallet.tabs.list(limit?.toInt() ?: 50).map { it.told() })
    }
    "tab_show" -> {
        val tab = call.text("tab")
        call.done()
        wallet.tabs.tab(TabId(tab)).told()
    }
    "tab_receipts" -> {
        val tab = call.text("tab")
        call.done()
        mapOf("receipts" to wallet.tabs.receipts(TabId(tab)).map(HexFormat.of()::formatHex))
    }
    else -> null
}

private suspend fun Phone.offerTab(call: Arguments): Map<String, Any?> {
    val (price, unit, cap) = Triple(call.text("price"), call.text("unit"), call.text("cap"))
    val (lasts, grace) = (call.numberOrNull("lastsS")?.seconds ?: 1.days) to (call.numberOrNull("graceS")?.seconds ?: 3.days)
    val (memo, expires) = call.textOrNull("memo") to (call.numberOrNull("expiresS")?.seconds ?: 15.minutes)
    val standing = call.flag("standing")
    call.done()
    val (each, all) = wallet.parseMoney(price) to wallet.parseMoney(cap)
    return wallet.tabs.offer(each, unit, all, lasts, grace, memo, expires, standing).told()
}

fun TabDraft.told(): Map<String, Any?> = mapOf(
    "id" to id.text,
    "changes" to changes,
    "payee" to payee.told(),
    "price" to price?.toString(),
    "unit" to unit,
    "cap" to "$cap",
    "fee" to "$fee",
    "setAside" to "$setAside",
    "lastsS" to lasts.inWholeSeconds,
    "graceS" to grace.inWholeSeconds,
    "offerMemo" to offerMemo,
    "memo" to memo,
    "expires" to (expires != null),
    "warnings" to warnings.map { it.word() },
)

private fun TabOffer.told(): Map<String, Any?> = mapOf(
    "id" to id.text,
    "state" to state?.word(),
    "link" to link,
    "calledItself" to calledItself,
    "price" to "$price",
    "unit" to unit,
    "cap" to "$cap",
    "lastsS" to lasts.inWholeSeconds,
    "graceS" to grace.inWholeSeconds,
    "memo" to memo,
    "standing" to standing,
    "tab" to tab?.text,
    "code" to code,
)

private fun Tab.told(): Map<String, Any?> = mapOf(
    "id" to id.text,
    "side" to side.word(),
    "state" to state.word(),
    "name" to name,
    "contact" to contact,
    "alias" to alias,
    "cap" to cap?.toString(),
    "total" to "$total",
    "left" to "$left",
    "claimed" to "$claimed",
    "unclaimed" to "$unclaimed",
    "fees" to fees?.toString(),
    "setAside" to setAside?.toString(),
    "price" to price?.toString(),
    "unit" to unit,
    "memo" to memo,
    "offerMemo" to offerMemo,
    "offer" to offer?.text,
    "differs" to differs,
    "pending" to pending.map { it.word() },
    "elsewhere" to elsewhere,
    "code" to code,
    "lost" to lost,
)

private fun TabOutcome.told(): Map<String, Any?> {
    val (end, why) = when (this) {
        is TabOutcome.Done -> "done" to null
        is TabOutcome.Refused -> "refused" to why
        is TabOutcome.Unknown -> "unknown" to because
    }
    return mapOf("end" to end, "tab" to tab.told(), "why" to why?.told())
}

private fun Drop.told(): Map<String, Any?> = mapOf("tab" to tab.text, "total" to "$total", "voucher" to voucher)

private fun Taken.told(): Map<String, Any?> = when (this) {
    is Taken.Stored -> mapOf("tab" to tab.text, "gained" to "$gained", "total" to "$total", "newest" to null)
    is Taken.Behind -> mapOf("tab" to tab.text, "gained" to null, "total" to null, "newest" to newest)
}

private fun Claimed.told(): Map<String, Any?> = mapOf(
    "tabs" to tabs.map { it.text },
    "refused" to refused.map { (tab, why) -> mapOf("tab" to tab.text, "why" to why.told()) },
    "waiting" to waiting,
)
