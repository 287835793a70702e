package farthing

import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/**
 * Money without network on either side. A payer sets an *allowance* aside while it has network; without, it signs a payment for each
 * request that it is shown, and the payee claims them when it has network again.
 *
 * What a payee takes can be lost, as a payer can show one payment to many: so it is told how much before, and there is a limit. Where the
 * payee has network, [Carried] is without that risk; where the payee is known before, so is a tab.
 *
 * What people show each other is text: [Farthing.shownCodes] makes QR codes of it, and a [CodeCollector] text of them.
 */
public interface Offline {
    /**
     * Reads everything that an allowance needs, and stores a draft to be shown: [cap] for all payees together, [perPayment] at most for
     * each, all of it where it is left out.
     */
    public suspend fun prepare(
        cap: Money,
        perPayment: Money? = null,
        lasts: Duration = 7.days,
        grace: Duration = 3.days,
    ): AllowanceDraft

    /** The draft of an allowance, as it is to be shown now. */
    public suspend fun draft(id: AllowanceDraftId): AllowanceDraft

    /** Forgets the draft of an allowance. */
    public suspend fun discard(id: AllowanceDraftId)

    /**
     * Signs and stores a draft as it was shown, and begins to send it. Where there is an [Approver], it is asked before. The same draft
     * gives the same allowance, however often it is confirmed.
     */
    public suspend fun confirm(draft: AllowanceDraft): Allowance

    /** Waits for the outcome of what was confirmed about an allowance, or of its revocation, so long at most. */
    public suspend fun outcome(allowance: AllowanceId, wait: Duration = 10.seconds): AllowanceOutcome

    /** Revokes an allowance: nothing more is paid from it. What was paid before stays good, and is claimed as before. */
    public suspend fun revoke(allowance: AllowanceId): AllowanceOutcome

    /** Allowances of the account, newest first; [limit] is 1 to 500. */
    public suspend fun allowances(limit: Int = 50): List<Allowance>

    /** An allowance by its id, also one of an earlier process. */
    public suspend fun allowance(id: AllowanceId): Allowance

    /** What was paid from an allowance here, by number. */
    public suspend fun payments(allowance: AllowanceId): List<PaidOffline>

    /**
     * Looks at a request that a payee shows, without network: [from] this allowance, or else from the first that it can be paid from.
     */
    public suspend fun look(shown: String, from: AllowanceId? = null): OfflineLook

    /**
     * Signs the payment of a request as it was looked at, without network. Where there is an [Approver], it is asked before. Called
     * again, it is the same payment.
     */
    public suspend fun pay(prompt: OfflinePrompt): OfflinePayment

    /**
     * Makes a request that a payer without network can pay, without network. [items] must add up to the amount. It can be paid for a
     * day at most. [Wallet.sync] at least once before the first one.
     */
    public suspend fun ask(
        amount: Money,
        items: List<Item> = emptyList(),
        memo: String? = null,
        expires: Duration = 15.minutes,
    ): OfflineRequest

    /** A request of ours, to be shown again. */
    public suspend fun asked(id: OfflineRequestId): OfflineRequest

    /** Judges a payment that a payer shows, without network. When it throws, deliver nothing. */
    public suspend fun examine(shown: String): OfflineExamined

    /**
     * Takes a payment as it was examined, without network; it is stored when this returns, and may be delivered for. Where there is an
     * [Approver], it is asked before. Called again, it is the same one.
     */
    public suspend fun take(offer: OfflineOffer): TakenPayment

    /** Claims what was taken, also what was refused before. A sync claims by itself, too. */
    public suspend fun claim(): ClaimedOffline

    /** Payments that were taken without network, newest first; [limit] is 1 to 500. */
    public suspend fun taken(limit: Int = 50): List<TakenPayment>

    /** One of them by its id, also one of an earlier process. */
    public suspend fun taken(id: TakenId): TakenPayment

    /** What was taken and is not settled, of each currency: it counts for nothing in [Wallet.balances] yet. */
    public suspend fun unsettled(): List<Unsettled>

    /** What the person is ready to lose of what is not settled, of each currency. */
    public suspend fun lossLimits(): List<Money>

    /** Sets what the person is ready to lose of a currency. With nothing, nothing is taken. */
    public suspend fun setLossLimit(most: Money)
}

/**
 * Paying without network a payee that has some: the payee posts what the payer has signed, and shows the verifier's answer back. Nobody
 * risks anything.
 *
 * What people show each other is text: [Farthing.shownCodes] makes QR codes of it, and a [CodeCollector] text of them.
 */
public interface Carried {
    /** A request of ours as text, whole: a payer without network cannot fetch what its link points to. */
    public suspend fun whole(request: RequestId): String

    /** Stores the draft of a payment to a whole request, without network. [amount] is for payees that do not say how much. */
    public suspend fun prepare(request: String, amount: Money? = null, memo: String? = null): Draft

    /**
     * Signs and stores a draft as it was shown, for the payee to post, without network. Where there is an [Approver], it is asked
     * before. The same draft gives the same payment, and [Wallet.sync] posts it, too: it is paid once.
     */
    public suspend fun confirm(draft: Draft): CarriedPayment

    /** What the payee is to post, to be shown again, of a payment that is not decided. */
    public suspend fun payment(id: PaymentId): CarriedPayment

    /** At the payee: posts what a payer has shown. A refusal is an answer, too, which the payer wants to see. */
    public suspend fun post(order: String): CarriedReply

    /** At the payer: takes the answer that the payee shows. */
    public suspend fun take(answer: String): Outcome
}
