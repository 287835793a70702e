package farthing.internal

import farthing.Claimed
import farthing.Drop
import farthing.OfferId
import farthing.OfferState
import farthing.Payee
import farthing.Tab
import farthing.TabDraft
import farthing.TabId
import farthing.TabOffer
import farthing.TabOutcome
import farthing.TabPending
import farthing.TabSide
import farthing.TabState
import farthing.Taken
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import farthing.generated.Claimed as NativeClaimed
import farthing.generated.PaidDrop as NativeDrop
import farthing.generated.RequestState as NativeRequestState
import farthing.generated.Tab as NativeTab
import farthing.generated.TabDraft as NativeTabDraft
import farthing.generated.TabOffer as NativeTabOffer
import farthing.generated.TabOutcome as NativeTabOutcome
import farthing.generated.TabPending as NativeTabPending
import farthing.generated.TabSide as NativeTabSide
import farthing.generated.TabState as NativeTabState
import farthing.generated.TakenVoucher as NativeTaken

internal fun span(ms: ULong): Duration = ms.toLong().milliseconds

/** An offer is published as a request is; what is paid there is accepted here. */
internal fun NativeRequestState.ofOffer() = when (this) {
    NativeRequestState.BINDING -> OfferState.Binding
    NativeRequestState.OPEN -> OfferState.Open
    NativeRequestState.PAID -> OfferState.Accepted
    NativeRequestState.CANCELLING -> OfferState.Cancelling
    NativeRequestState.CANCELLED -> OfferState.Cancelled
    NativeRequestState.FAILED -> OfferState.Failed
}

internal fun NativeTabOffer.crossed() = TabOffer(
    id = OfferId(id),
    state = state?.ofOffer(),
    link = link,
    calledItself = payeeName,
    price = price.crossed(),
    unit = unit,
    cap = cap.crossed(),
    lasts = span(lastsMs),
    grace = span(graceMs),
    memo = memo,
    standing = standing,
    expires = instant(expiresMs),
    tab = tab?.let(::TabId),
    code = code?.toInt(),
)

internal fun NativeTabDraft.crossed() = TabDraft(
    id = TabId(id),
    changes = changes,
    payee = Payee(payeeName, contact, alias, trust.crossed()),
    price = price?.crossed(),
    unit = unit,
    cap = cap.crossed(),
    fee = fee.crossed(),
    setAside = setAside.crossed(),
    lasts = span(lastsMs),
    grace = span(graceMs),
    offerMemo = offerMemo,
    memo = memo,
    expires = expiresMs?.let(::instant),
    warnings = warnings.map { it.crossed() },
    shown = shown,
)

internal fun NativeTab.crossed() = Tab(
    id = TabId(id),
    side = when (side) {
        NativeTabSide.PAID -> TabSide.Paid
        NativeTabSide.EARNED -> TabSide.Earned
    },
    state = when (state) {
        NativeTabState.DRAFT -> TabState.Draft
        NativeTabState.OPENING -> TabState.Opening
        NativeTabState.OPEN -> TabState.Open
        NativeTabState.CLOSED -> TabState.Closed
        NativeTabState.ENDED -> TabState.Ended
        NativeTabState.REFUSED -> TabState.Refused
        NativeTabState.LOST -> TabState.Lost
    },
    name = name,
    contact = contact,
    alias = alias,
    cap = cap?.crossed(),
    total = total.crossed(),
    left = left.crossed(),
    claimed = claimed.crossed(),
    unclaimed = unclaimed.crossed(),
    fees = fees?.crossed(),
    setAside = setAside?.crossed(),
    spendUntil = spendUntilMs?.let(::instant),
    claimUntil = claimUntilMs?.let(::instant),
    price = price?.crossed(),
    unit = unit,
    memo = memo,
    offerMemo = offerMemo,
    offer = offer?.let(::OfferId),
    differs = differs,
    at = instant(atMs),
    pending = pending.map { it.crossed() },
    elsewhere = elsewhere,
    code = code?.toInt(),
    lost = lost,
)

private fun NativeTabPending.crossed() = when (this) {
    NativeTabPending.OPENING -> TabPending.Opening
    NativeTabPending.CHANGE -> TabPending.Change
    NativeTabPending.CLOSING -> TabPending.Closing
    NativeTabPending.CLAIM -> TabPending.Claim
    NativeTabPending.RELEASE -> TabPending.Release
}

internal fun NativeTabOutcome.crossed() = when (this) {
    is NativeTabOutcome.Done -> TabOutcome.Done(tab.crossed())
    is NativeTabOutcome.Refused -> TabOutcome.Refused(tab.crossed(), why.toProblem())
    is NativeTabOutcome.Unknown -> TabOutcome.Unknown(tab.crossed(), because.toProblem())
}

internal fun NativeDrop.crossed() = Drop(TabId(tab), total.crossed(), voucher)

internal fun NativeTaken.crossed() = when (this) {
    is NativeTaken.Taken -> Taken.Stored(TabId(tab), gained.crossed(), total.crossed())
    is NativeTaken.Behind -> Taken.Behind(TabId(tab), newest)
}

internal fun NativeClaimed.crossed() =
    Claimed(tabs.map(::TabId), refused.associate { TabId(it.tab) to it.why.toProblem() }, waiting.toLong())
