package farthing.internal

import farthing.Allowance
import farthing.AllowanceDraft
import farthing.AllowanceDraftId
import farthing.AllowanceId
import farthing.AllowanceOutcome
import farthing.Carried
import farthing.CarriedPayment
import farthing.CarriedReply
import farthing.ClaimedOffline
import farthing.CodeCollector
import farthing.Collected
import farthing.Draft
import farthing.Item
import farthing.Money
import farthing.Offline
import farthing.OfflineExamined
import farthing.OfflineLook
import farthing.OfflineOffer
import farthing.OfflinePayment
import farthing.OfflinePrompt
import farthing.OfflineRequest
import farthing.OfflineRequestId
import farthing.Outcome
import farthing.PaidOffline
import farthing.PaymentId
import farthing.RequestId
import farthing.TakenId
import farthing.TakenPayment
import farthing.Unsettled
import farthing.generated.AllowanceTerms
import farthing.generated.OfflineTerms
import kotlin.time.Duration
import farthing.generated.CodeCollector as GeneratedCollector
import farthing.generated.Wallet as GeneratedWallet

internal class NativeOffline(private val native: GeneratedWallet) : Offline {
    override suspend fun prepare(cap: Money, perPayment: Money?, lasts: Duration, grace: Duration): AllowanceDraft {
        val terms = AllowanceTerms(cap.native(), perPayment?.native(), lasts.span(), grace.span())
        return translated { native.prepareAllowance(terms) }.crossed()
    }

    override suspend fun draft(id: AllowanceDraftId): AllowanceDraft =
        translated { native.allowanceDraft(id.text) }.crossed()

    override suspend fun discard(id: AllowanceDraftId): Unit = translated { native.discardAllowance(id.text) }

    override suspend fun confirm(draft: AllowanceDraft): Allowance =
        translated { native.confirmAllowance(draft.id.text, draft.shown) }.crossed()

    override suspend fun outcome(allowance: AllowanceId, wait: Duration): AllowanceOutcome =
        translated { native.allowanceOutcome(allowance.text, wait.ms()) }.crossed()

    override suspend fun revoke(allowance: AllowanceId): AllowanceOutcome =
        translated { native.revokeAllowance(allowance.text) }.crossed()

    override suspend fun allowances(limit: Int): List<Allowance> =
        translated { native.allowances(page(limit)) }.map { it.crossed() }

    override suspend fun allowance(id: AllowanceId): Allowance = translated { native.allowance(id.text) }.crossed()

    override suspend fun payments(allowance: AllowanceId): List<PaidOffline> =
        translated { native.allowancePayments(allowance.text) }.map { it.crossed() }

    override suspend fun look(shown: String, from: AllowanceId?): OfflineLook =
        translated { native.lookOffline(shown, from?.text) }.crossed()

    override suspend fun pay(prompt: OfflinePrompt): OfflinePayment =
        translated { native.payOffline(prompt.request, prompt.allowance.text, prompt.shown) }.crossed()

    override suspend fun ask(amount: Money, items: List<Item>, memo: String?, expires: Duration): OfflineRequest {
        val terms = OfflineTerms(amount.native(), memo, items.map { it.native() }, expires.span())
        return translated { native.askOffline(terms) }.crossed()
    }

    override suspend fun asked(id: OfflineRequestId): OfflineRequest =
        translated { native.askedOffline(id.text) }.crossed()

    override suspend fun examine(shown: String): OfflineExamined = translated { native.examineOffline(shown) }.crossed()

    override suspend fun take(offer: OfflineOffer): TakenPayment =
        translated { native.takeOffline(offer.payment, offer.shown) }.crossed()

    override suspend fun claim(): ClaimedOffline = translated { native.claimOffline() }.crossed()

    override suspend fun taken(limit: Int): List<TakenPayment> =
        translated { native.takenOffline(page(limit)) }.map { it.crossed() }

    override suspend fun taken(id: TakenId): TakenPayment = translated { native.takenPayment(id.text) }.crossed()

    override suspend fun unsettled(): List<Unsettled> = translated { native.unsettledOffline() }.map { it.crossed() }

    override suspend fun lossLimits(): List<Money> = translated { native.lossLimits() }.map { it.crossed() }

    override suspend fun setLossLimit(most: Money): Unit = translated { native.setLossLimit(most.native()) }
}

internal class NativeCarried(private val native: GeneratedWallet) : Carried {
    override suspend fun whole(request: RequestId): String = translated { native.wholeRequest(request.text) }

    override suspend fun prepare(request: String, amount: Money?, memo: String?): Draft =
        translated { native.prepareWhole(request, amount?.native(), memo) }.crossed()

    override suspend fun confirm(draft: Draft): CarriedPayment =
        translated { native.confirmCarried(draft.id.text, draft.shown) }.crossed()

    override suspend fun payment(id: PaymentId): CarriedPayment =
        translated { native.carriedPayment(id.text) }.crossed()

    override suspend fun post(order: String): CarriedReply = translated { native.carry(order) }.crossed()

    override suspend fun take(answer: String): Outcome = translated { native.takeAnswer(answer) }.crossed()
}

internal class NativeCollector : CodeCollector {
    private val native = GeneratedCollector()

    override fun add(code: String): Collected = translated { native.add(code) }.crossed()

    override fun close(): Unit = native.destroy()
}
