package farthing.internal

import farthing.Allowance
import farthing.AllowanceDraft
import farthing.AllowanceDraftId
import farthing.AllowanceEnd
import farthing.AllowanceId
import farthing.AllowanceOutcome
import farthing.AllowanceState
import farthing.CarriedPayment
import farthing.CarriedReply
import farthing.ClaimedOffline
import farthing.Collected
import farthing.CouldLose
import farthing.OfflineExamined
import farthing.OfflineLook
import farthing.OfflineOffer
import farthing.OfflinePayment
import farthing.OfflinePrompt
import farthing.OfflineQuestion
import farthing.OfflineRequest
import farthing.OfflineRequestId
import farthing.PaidOffline
import farthing.TakenId
import farthing.TakenPayment
import farthing.TakenState
import farthing.Unsettled
import farthing.generated.Allowance as NativeAllowance
import farthing.generated.AllowanceDraft as NativeAllowanceDraft
import farthing.generated.AllowanceEnd as NativeAllowanceEnd
import farthing.generated.AllowanceOutcome as NativeAllowanceOutcome
import farthing.generated.AllowanceState as NativeAllowanceState
import farthing.generated.CarriedPayment as NativeCarriedPayment
import farthing.generated.CarriedReply as NativeCarriedReply
import farthing.generated.ClaimedOffline as NativeClaimedOffline
import farthing.generated.Collected as NativeCollected
import farthing.generated.CouldLose as NativeCouldLose
import farthing.generated.OfflineExamined as NativeOfflineExamined
import farthing.generated.OfflineLook as NativeOfflineLook
import farthing.generated.OfflineOffer as NativeOfflineOffer
import farthing.generated.OfflinePayment as NativeOfflinePayment
import farthing.generated.OfflinePrompt as NativeOfflinePrompt
import farthing.generated.OfflineQuestion as NativeOfflineQuestion
import farthing.generated.OfflineRequest as NativeOfflineRequest
import farthing.generated.PaidOffline as NativePaidOffline
import farthing.generated.TakenPayment as NativeTakenPayment
import farthing.generated.TakenState as NativeTakenState
import farthing.generated.Unsettled as NativeUnsettled

internal fun NativeAllowanceDraft.crossed() = AllowanceDraft(
    id = AllowanceDraftId(id),
    cap = cap.crossed(),
    perPayment = perPayment.crossed(),
    fee = fee.crossed(),
    setAside = setAside.crossed(),
    atStake = atStake.crossed(),
    lasts = span(lastsMs),
    grace = span(graceMs),
    shown = shown,
)

private fun NativeAllowanceEnd.crossed() =
    AllowanceEnd(claimed.crossed(), fromBalance.crossed(), unpaid.crossed(), contradicts)

internal fun NativeAllowance.crossed() = Allowance(
    id = AllowanceId(id),
    state = when (state) {
        NativeAllowanceState.ORDERING -> AllowanceState.Ordering
        NativeAllowanceState.OPEN -> AllowanceState.Open
        NativeAllowanceState.REVOKED -> AllowanceState.Revoked
        NativeAllowanceState.SETTLED -> AllowanceState.Settled
        NativeAllowanceState.REFUSED -> AllowanceState.Refused
        NativeAllowanceState.LOST -> AllowanceState.Lost
    },
    cap = cap.crossed(),
    perPayment = perPayment.crossed(),
    spent = spent.crossed(),
    left = left.crossed(),
    spendUntil = instant(spendUntilMs),
    claimUntil = instant(claimUntilMs),
    frozen = frozen,
    end = end?.crossed(),
    at = instant(atMs),
    code = code?.toInt(),
)

internal fun NativeAllowanceOutcome.crossed() = when (this) {
    is NativeAllowanceOutcome.Done -> AllowanceOutcome.Done(allowance.crossed())
    is NativeAllowanceOutcome.Refused -> AllowanceOutcome.Refused(allowance.crossed(), why.toProblem())
    is NativeAllowanceOutcome.Unknown -> AllowanceOutcome.Unknown(allowance.crossed(), because.toProblem())
}

internal fun NativeOfflineRequest.crossed() =
    OfflineRequest(OfflineRequestId(id), amount.crossed(), instant(expiresMs), text)

private fun NativeOfflinePrompt.crossed() = OfflinePrompt(
    request = request,
    amount = amount.crossed(),
    calledItself = payeeName,
    memo = memo,
    items = items.map { it.crossed() },
    allowance = AllowanceId(allowance),
    left = left.crossed(),
    expires = instant(expiresMs),
    paidLately = paidLatelyMs?.let(::instant),
    shown = shown,
)

internal fun NativeOfflinePayment.crossed() =
    OfflinePayment(AllowanceId(allowance), number.toLong(), amount.crossed(), text)

internal fun NativeOfflineLook.crossed() = when (this) {
    is NativeOfflineLook.Again -> OfflineLook.Again(payment.crossed())
    is NativeOfflineLook.New -> OfflineLook.New(prompt.crossed())
}

internal fun NativePaidOffline.crossed() =
    PaidOffline(number.toLong(), amount.crossed(), payeeName, memo, instant(atMs))

private fun NativeCouldLose.crossed() = CouldLose(all.crossed(), ofPayer.crossed(), limit.crossed())

private fun NativeOfflineOffer.crossed() = OfflineOffer(
    payment = payment,
    amount = amount.crossed(),
    memo = memo,
    items = items.map { it.crossed() },
    couldLose = couldLose.crossed(),
    claimUntil = instant(claimUntilMs),
    listOf = listOfMs?.let(::instant),
    shown = shown,
)

internal fun NativeTakenPayment.crossed() = TakenPayment(
    id = TakenId(id),
    state = when (state) {
        NativeTakenState.TAKEN -> TakenState.Taken
        NativeTakenState.CLAIMED -> TakenState.Claimed
        NativeTakenState.SETTLED -> TakenState.Settled
        NativeTakenState.REFUSED -> TakenState.Refused
    },
    amount = amount.crossed(),
    guaranteed = guaranteed.crossed(),
    received = received?.crossed(),
    contradicts = contradicts,
    allowance = AllowanceId(allowance),
    claimUntil = claimUntilMs?.let(::instant),
    memo = memo,
    items = items.map { it.crossed() },
    at = instant(atMs),
    code = code?.toInt(),
)

internal fun NativeOfflineExamined.crossed() = when (this) {
    is NativeOfflineExamined.Taken -> OfflineExamined.Taken(payment.crossed())
    is NativeOfflineExamined.Good -> OfflineExamined.Good(offer.crossed())
}

internal fun NativeClaimedOffline.crossed() =
    ClaimedOffline(claimed.map { it.crossed() }, refused.associate { it.payment.crossed() to it.why.toProblem() })

internal fun NativeUnsettled.crossed() = Unsettled(amount.crossed(), arrived.crossed())

internal fun NativeCarriedPayment.crossed() = CarriedPayment(payment.crossed(), text)

internal fun NativeCarriedReply.crossed() = when (this) {
    is NativeCarriedReply.Paid -> CarriedReply.Paid(amount.crossed(), toUs, answer)
    is NativeCarriedReply.Refused -> CarriedReply.Refused(why.toProblem(), answer)
}

internal fun NativeOfflineQuestion.crossed() = when (this) {
    is NativeOfflineQuestion.Allow -> OfflineQuestion.Allow(draft.crossed())
    is NativeOfflineQuestion.Pay -> OfflineQuestion.Pay(prompt.crossed())
    is NativeOfflineQuestion.Take -> OfflineQuestion.Take(offer.crossed())
}

internal fun NativeCollected.crossed() = when (this) {
    is NativeCollected.Missing -> Collected.Missing(have.toInt(), of.toInt())
    is NativeCollected.Whole -> Collected.Whole(text)
}
