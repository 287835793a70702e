package farthing.person

import farthing.Balance
import farthing.Contact
import farthing.Draft
import farthing.Event
import farthing.FarthingException
import farthing.Item
import farthing.Outcome
import farthing.Payee
import farthing.Payment
import farthing.Problem
import farthing.Request
import farthing.Status
import farthing.Synced
import farthing.Warning

// What a wallet says, as JSON: the same members and words in every language, by scenarios/README.md.

fun FarthingException.told(): Map<String, Any?> = problem.told() + ("class" to this::class.simpleName!!.lowercase())

fun Problem.told(): Map<String, Any?> = mapOf(
    "code" to code,
    "kind" to kind,
    "sentence" to sentence,
    "moneyMoved" to moneyMoved.word(),
    "retry" to retry.word(),
    "action" to action.word(),
)

/** `AfterAction` is `after_action`. */
fun Enum<*>.word(): String = name.snake()

private fun String.snake(): String = replace(Regex("(?<=[a-z])(?=[A-Z])"), "_").lowercase()

fun Balance.told(): Map<String, Any?> =
    mapOf("available" to "$available", "held" to "$held", "incoming" to "$incoming")

private fun List<Item>.told(): List<Any?> = map { mapOf("name" to it.name, "amount" to "${it.amount}") }

fun Draft.told(): Map<String, Any?> = mapOf(
    "id" to id.text,
    "payee" to payee.told(),
    "amount" to "$amount",
    "fee" to "$fee",
    "total" to "$total",
    "requestMemo" to requestMemo,
    "items" to items.told(),
    "memo" to memo,
    "expires" to (expires != null),
    "warnings" to warnings.map { it.word() },
)

fun Payee.told(): Map<String, Any?> =
    mapOf("calledItself" to calledItself, "contact" to contact, "alias" to alias, "trust" to trust.word())

fun Warning.word(): String = when (this) {
    is Warning.UnverifiedPayee -> "unverified_payee"
    is Warning.ExpiresSoon -> "expires_soon"
}

fun Payment.told(): Map<String, Any?> = mapOf(
    "id" to id.text,
    "direction" to direction.word(),
    "state" to state.word(),
    "amount" to "$amount",
    "fee" to fee?.toString(),
    "name" to name,
    "alias" to alias,
    "memo" to memo,
    "items" to items.told(),
    "request" to request?.text,
    "position" to ledgerPosition,
    "code" to code,
    "replacedBy" to replacedBy?.text,
    "reason" to reason,
    "lost" to lost,
)

fun Outcome.told(): Map<String, Any?> {
    val (end, why) = when (this) {
        is Outcome.Settled -> "settled" to null
        is Outcome.Refused -> "refused" to why
        is Outcome.Unknown -> "unknown" to because
    }
    return mapOf("end" to end, "payment" to payment.told(), "why" to why?.told())
}

fun Request.told(): Map<String, Any?> =
    mapOf("id" to id.text, "state" to state.word(), "link" to link, "payment" to payment?.text)

fun Event.told(): Map<String, Any?> = mapOf(
    "seq" to seq.number,
    "name" to eventName(),
    "payment" to when (this) {
        is Event.PaymentAuthorised -> payment
        is Event.PaymentSettled -> payment
        is Event.PaymentRefused -> payment
        is Event.PaymentExpired -> payment
        is Event.Received -> payment
        is Event.Issued -> payment
        is Event.RequestPaid -> payment
        is Event.Other -> payment
        else -> null
    }?.text,
    "request" to when (this) {
        is Event.RequestOpen -> request
        is Event.RequestPaid -> request
        is Event.RequestCancelled -> request
        is Event.RequestFailed -> request
        else -> null
    }?.text,
    "contact" to when (this) {
        is Event.ContactMet -> contact
        is Event.ContactVerified -> contact
        is Event.OfferReceived -> contact
        is Event.Other -> contact
        else -> null
    }?.text,
    "device" to (this as? Event.Other)?.device,
    "tab" to when (this) {
        is Event.TabOpened -> tab
        is Event.TabChanged -> tab
        is Event.TabClosed -> tab
        is Event.TabClaimed -> tab
        is Event.TabEnded -> tab
        is Event.TabRefused -> tab
        is Event.VoucherReceived -> tab
        is Event.Other -> tab
        else -> null
    }?.text,
    "offer" to when (this) {
        is Event.OfferReceived -> offer
        is Event.Other -> offer
        else -> null
    }?.text,
    "code" to when (this) {
        is Event.TabRefused -> code
        is Event.PaymentRefused -> code
        is Event.RequestFailed -> code
        is Event.Other -> code
        else -> null
    },
)

/** The stable name: a class is called as its event is. */
fun Event.eventName(): String = if (this is Event.Other) name else this::class.simpleName!!.snake()

fun Synced.told(): Map<String, Any?> = mapOf(
    "resolved" to resolved.map { it.text },
    "received" to received,
    "messages" to messages,
    "unfinished" to unfinished,
)

fun Status.told(): Map<String, Any?> = mapOf(
    "verifier" to verifier,
    "url" to url,
    "account" to account,
    "device" to device,
    "alias" to alias,
    "name" to name,
    "unfinished" to unfinished,
    "historyLost" to historyLost,
    "doubted" to doubted,
    "copied" to copied,
    "revoked" to revoked,
)

fun Contact.told(): Map<String, Any?> = mapOf(
    "id" to id.text,
    "name" to name,
    "calledItself" to calledItself,
    "alias" to alias,
    "verified" to verified,
    "blocked" to blocked,
)
