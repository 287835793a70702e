package farthing.internal

import farthing.Balance
import farthing.Connection
import farthing.Contact
import farthing.ContactId
import farthing.Direction
import farthing.Draft
import farthing.DraftId
import farthing.Event
import farthing.EventSeq
import farthing.Item
import farthing.Line
import farthing.Money
import farthing.Note
import farthing.NoteId
import farthing.NoteState
import farthing.OfferId
import farthing.Outcome
import farthing.Payee
import farthing.Payment
import farthing.PaymentId
import farthing.PaymentState
import farthing.QrPicture
import farthing.Request
import farthing.RequestId
import farthing.RequestState
import farthing.Scanned
import farthing.Status
import farthing.Synced
import farthing.TabId
import farthing.Trust
import farthing.Warning
import java.time.Instant
import farthing.generated.Balance as NativeBalance
import farthing.generated.Connection as NativeConnection
import farthing.generated.Contact as NativeContact
import farthing.generated.Direction as NativeDirection
import farthing.generated.Draft as NativeDraft
import farthing.generated.Event as NativeEvent
import farthing.generated.Item as NativeItem
import farthing.generated.Line as NativeLine
import farthing.generated.Money as NativeMoney
import farthing.generated.Note as NativeNote
import farthing.generated.NoteState as NativeNoteState
import farthing.generated.Outcome as NativeOutcome
import farthing.generated.Payment as NativePayment
import farthing.generated.PaymentState as NativePaymentState
import farthing.generated.QrPicture as NativeQrPicture
import farthing.generated.Request as NativeRequest
import farthing.generated.RequestState as NativeRequestState
import farthing.generated.Scanned as NativeScanned
import farthing.generated.Status as NativeStatus
import farthing.generated.Synced as NativeSynced
import farthing.generated.Trust as NativeTrust
import farthing.generated.Warning as NativeWarning

internal fun instant(ms: ULong): Instant = Instant.ofEpochMilli(ms.toLong())

internal fun NativeMoney.crossed() = Money(value.toLong(), code, scale.toInt())

internal fun Money.native() = NativeMoney(units.toULong(), code, scale.toUByte(), toString())

internal fun NativeItem.crossed() = Item(name, amount.crossed())

internal fun Item.native() = NativeItem(name, amount.native())

internal fun NativeBalance.crossed() = Balance(available.crossed(), held.crossed(), incoming.crossed())

internal fun NativeTrust.crossed() = when (this) {
    NativeTrust.REQUEST -> Trust.Request
    NativeTrust.UNVERIFIED_ALIAS -> Trust.UnverifiedAlias
    NativeTrust.KNOWN_ALIAS -> Trust.KnownAlias
    NativeTrust.MET_CONTACT -> Trust.MetContact
    NativeTrust.VERIFIED_CONTACT -> Trust.VerifiedContact
}

internal fun NativeWarning.crossed() = when (this) {
    is NativeWarning.UnverifiedPayee -> Warning.UnverifiedPayee
    is NativeWarning.ExpiresSoon -> Warning.ExpiresSoon(seconds.toLong())
}

internal fun NativeDraft.crossed() = Draft(
    id = DraftId(id),
    payee = Payee(payeeName, contact, alias, trust.crossed()),
    amount = amount.crossed(),
    fee = fee.crossed(),
    total = total.crossed(),
    requestMemo = requestMemo,
    items = items.map { it.crossed() },
    memo = memo,
    expires = expiresMs?.let(::instant),
    warnings = warnings.map { it.crossed() },
    shown = shown,
)

internal fun NativePayment.crossed() = Payment(
    id = PaymentId(id),
    direction = when (direction) {
        NativeDirection.OUT -> Direction.Out
        NativeDirection.IN -> Direction.In
        NativeDirection.ISSUE -> Direction.Issue
    },
    state = when (state) {
        NativePaymentState.DRAFT -> PaymentState.Draft
        NativePaymentState.AUTHORISED -> PaymentState.Authorised
        NativePaymentState.SENT -> PaymentState.Sent
        NativePaymentState.SETTLED -> PaymentState.Settled
        NativePaymentState.REFUSED -> PaymentState.Refused
        NativePaymentState.EXPIRED -> PaymentState.Expired
    },
    amount = amount.crossed(),
    fee = fee?.crossed(),
    name = name,
    alias = alias,
    memo = memo,
    items = items.map { it.crossed() },
    request = request?.let(::RequestId),
    at = instant(atMs),
    ledgerPosition = seq?.toLong(),
    code = code?.toInt(),
    replacedBy = replacedBy?.let(::DraftId),
    reason = reason,
    lost = lost,
)

internal fun NativeOutcome.crossed() = when (this) {
    is NativeOutcome.Settled -> Outcome.Settled(payment.crossed())
    is NativeOutcome.Refused -> Outcome.Refused(payment.crossed(), why.toProblem())
    is NativeOutcome.Unknown -> Outcome.Unknown(payment.crossed(), because.toProblem())
}

internal fun NativeRequestState.crossed() = when (this) {
    NativeRequestState.BINDING -> RequestState.Binding
    NativeRequestState.OPEN -> RequestState.Open
    NativeRequestState.PAID -> RequestState.Paid
    NativeRequestState.CANCELLING -> RequestState.Cancelling
    NativeRequestState.CANCELLED -> RequestState.Cancelled
    NativeRequestState.FAILED -> RequestState.Failed
}

internal fun NativeRequest.crossed() =
    Request(RequestId(id), state.crossed(), link, instant(expiresMs), payment?.let(::PaymentId))

internal fun NativeSynced.crossed() =
    Synced(resolved.map(::PaymentId), received.toLong(), messages.toLong(), unfinished.toLong())

internal fun NativeStatus.crossed() = Status(
    verifier = verifier,
    url = url,
    account = account,
    device = device,
    alias = alias,
    name = name,
    verifierTime = verifierTimeMs?.let(::instant),
    clockOffsetMillis = clockOffsetMs,
    unfinished = unfinished.toLong(),
    historyLost = historyLost,
    doubted = doubted,
    copied = copied,
    revoked = revoked,
)

internal fun NativeContact.crossed() = Contact(ContactId(account), name, ownName, alias, verified, blocked)

internal fun NativeNote.crossed() = Note(
    id = NoteId(id),
    at = instant(atMs),
    state = when (state) {
        NativeNoteState.RECEIVED -> NoteState.Received
        NativeNoteState.WAITING -> NoteState.Waiting
        NativeNoteState.SENT -> NoteState.Sent
        NativeNoteState.UNDELIVERED -> NoteState.Undelivered
    },
    text = text,
)

internal fun NativeConnection.crossed() = Connection(
    line = when (line) {
        NativeLine.CONNECTING -> Line.Connecting
        NativeLine.STREAM -> Line.Stream
        NativeLine.POLLING -> Line.Polling
        NativeLine.AWAY -> Line.Away
    },
    trouble = trouble?.toProblem(),
)

internal fun NativeScanned.crossed() = when (this) {
    NativeScanned.REQUEST -> Scanned.Request
    NativeScanned.INVITE -> Scanned.Invite
    NativeScanned.PAIRING -> Scanned.Pairing
    NativeScanned.ALIAS -> Scanned.Alias
    NativeScanned.VOUCHER -> Scanned.Voucher
    NativeScanned.OFFLINE_REQUEST -> Scanned.OfflineRequest
    NativeScanned.OFFLINE_PAYMENT -> Scanned.OfflinePayment
    NativeScanned.WHOLE_REQUEST -> Scanned.WholeRequest
    NativeScanned.CARRIED_ORDER -> Scanned.CarriedOrder
    NativeScanned.CARRIED_ANSWER -> Scanned.CarriedAnswer
}

internal fun NativeQrPicture.crossed() = QrPicture(side.toInt(), png)

/** An event by its stable name. One whose members are not as its name has them is told as it came. */
internal fun NativeEvent.crossed(): Event {
    val seq = EventSeq(seq.toLong())
    val at = instant(atMs)
    val payment = payment?.let(::PaymentId)
    val request = request?.let(::RequestId)
    val contact = account?.let(::ContactId)
    val tab = tab?.let(::TabId)
    val offer = offer?.let(::OfferId)
    val code = code?.toInt()
    val known = when (name) {
        "payment_authorised" -> payment?.let { Event.PaymentAuthorised(seq, at, it) }
        "payment_settled" -> payment?.let { Event.PaymentSettled(seq, at, it) }
        "payment_refused" -> payment?.let { Event.PaymentRefused(seq, at, it, code ?: 0) }
        "payment_expired" -> payment?.let { Event.PaymentExpired(seq, at, it) }
        "received" -> payment?.let { Event.Received(seq, at, it) }
        "issued" -> payment?.let { Event.Issued(seq, at, it) }
        "request_open" -> request?.let { Event.RequestOpen(seq, at, it) }
        "request_paid" -> request?.let { request -> payment?.let { Event.RequestPaid(seq, at, request, it) } }
        "request_cancelled" -> request?.let { Event.RequestCancelled(seq, at, it) }
        "request_failed" -> request?.let { Event.RequestFailed(seq, at, it, code ?: 0) }
        "contact_met" -> contact?.let { Event.ContactMet(seq, at, it) }
        "contact_verified" -> contact?.let { Event.ContactVerified(seq, at, it) }
        "tab_opened" -> tab?.let { Event.TabOpened(seq, at, it) }
        "tab_changed" -> tab?.let { Event.TabChanged(seq, at, it) }
        "tab_closed" -> tab?.let { Event.TabClosed(seq, at, it) }
        "tab_claimed" -> tab?.let { Event.TabClaimed(seq, at, it) }
        "tab_ended" -> tab?.let { Event.TabEnded(seq, at, it) }
        "tab_refused" -> tab?.let { Event.TabRefused(seq, at, it, code ?: 0) }
        "voucher_received" -> tab?.let { Event.VoucherReceived(seq, at, it) }
        "offer_received" -> contact?.let { contact -> offer?.let { Event.OfferReceived(seq, at, contact, it) } }
        else -> null
    }
    return known ?: Event.Other(seq, at, name, payment, contact, device, code, tab, offer)
}
