package farthing

import java.time.Instant
import kotlin.time.Duration

/** What a person must see before it is asked whether to set an allowance aside. */
public data class AllowanceDraft(
    val id: AllowanceDraftId,
    /** The most that all payees get of what is set aside. */
    val cap: Money,
    /** The most of one payment. */
    val perPayment: Money,
    /** The most that comes on top. */
    val fee: Money,
    /** What is set aside: cap and fee. */
    val setAside: Money,
    /** What a thief with this phone can cost, revoked or not: what is set aside, and the cap once more out of the balance. */
    val atStake: Money,
    /** For how long it is spent from, from the person's yes on. */
    val lasts: Duration,
    /** How long payees may claim after that; then what is left comes back. */
    val grace: Duration,
    /** Stands for all of the above: what is signed is what was seen. */
    val shown: String,
)

/** Where an allowance stands. */
public enum class AllowanceState {
    /** Signed and stored, without a final answer. */
    Ordering,

    /** It is set aside, and can be paid from. */
    Open,

    /** Nothing more is paid from it; payees claim. */
    Revoked,

    /** Who claimed has its share; the rest is back. */
    Settled,

    /** The verifier's signed word that there is none. */
    Refused,

    /** The verifier lost it. */
    Lost,
}

/** What became of an allowance that is settled. */
public data class AllowanceEnd(
    /** What payees got of what was set aside. */
    val claimed: Money,
    /** What was taken from the balance, because payments of one number were claimed for more than the cap. */
    val fromBalance: Money,
    /** What payees lack all the same: a debt. */
    val unpaid: Money,
    /** Two payments contradict each other. */
    val contradicts: Boolean,
)

/** An allowance of the account, as it was stored when it was read. */
public data class Allowance(
    val id: AllowanceId,
    val state: AllowanceState,
    /** The most that all payees get of what is set aside. */
    val cap: Money,
    /** The most of one payment. */
    val perPayment: Money,
    /** What was paid from it here, with what may have been. */
    val spent: Money,
    /** What can still be paid from it here. */
    val left: Money,
    /** Payments are made until shortly before. */
    val spendUntil: Instant,
    /** What was not claimed comes back then. */
    val claimUntil: Instant,
    /** Nothing more is paid from it here: the wallet's memory was put back, or it is another device's. */
    val frozen: Boolean,
    /** What became of it, once it is settled. */
    val end: AllowanceEnd?,
    /** When it was ordered. */
    val at: Instant,
    /** Why something was refused, or why there is no answer yet. */
    val code: Int?,
)

/** How what was sent about an allowance ended, as far as is known. */
public sealed interface AllowanceOutcome {
    /** The allowance, as it is stored now. */
    public val allowance: Allowance

    /** The verifier's signed word proves it. */
    public data class Done(override val allowance: Allowance) : AllowanceOutcome

    /** A signed refusal ended it. */
    public data class Refused(override val allowance: Allowance, val why: Problem) : AllowanceOutcome

    /** Not known yet: it is stored, and [Wallet.sync] finishes it. */
    public data class Unknown(override val allowance: Allowance, val because: Problem) : AllowanceOutcome
}

/** A request that a payer without network can pay. */
public data class OfflineRequest(
    val id: OfflineRequestId,
    val amount: Money,
    /** From then on it cannot be paid. */
    val expires: Instant,
    /** What is shown to the payer. */
    val text: String,
)

/** What a person must see before it pays without network. */
public data class OfflinePrompt(
    /** The request, as it was shown. */
    val request: String,
    val amount: Money,
    /** What the payee calls itself: nobody has checked that. A request can be shown in front of another's goods. */
    val calledItself: String?,
    /** What the payee wrote. */
    val memo: String?,
    /** What is bought. */
    val items: List<Item>,
    /** From which allowance. */
    val allowance: AllowanceId,
    /** What is left of it afterwards. */
    val left: Money,
    /** When the request expires. */
    val expires: Instant,
    /** When the same payee was paid, if that was within the last ten minutes: perhaps for the same goods. */
    val paidLately: Instant?,
    /** Stands for what is shown: what is paid is what was seen. */
    val shown: String,
)

/** A payment that was signed without network. */
public data class OfflinePayment(
    /** From which allowance. */
    val allowance: AllowanceId,
    /** Its number there. */
    val number: Long,
    val amount: Money,
    /** What is shown to the payee. */
    val text: String,
)

/** What a request is to this wallet. */
public sealed interface OfflineLook {
    /** It was paid before: the same payment is shown again. */
    public data class Again(val payment: OfflinePayment) : OfflineLook

    /** It waits for a person. */
    public data class New(val prompt: OfflinePrompt) : OfflineLook
}

/** A payment that was made from an allowance. */
public data class PaidOffline(
    /** Its number there. */
    val number: Long,
    val amount: Money,
    /** What the payee calls itself: nobody has checked that. */
    val calledItself: String?,
    /** What the payee wrote. */
    val memo: String?,
    /** When it was signed, by this device's clock. */
    val at: Instant,
)

/** What can be lost of payments that are not settled. */
public data class CouldLose(
    /** Of all payers. */
    val all: Money,
    /** Of it, of this payer. */
    val ofPayer: Money,
    /** What the person is ready to lose. */
    val limit: Money,
)

/** What a person must see before it takes a payment without network. */
public data class OfflineOffer(
    /** The payment, as it was shown. */
    val payment: String,
    val amount: Money,
    /** What we wrote beside the request. */
    val memo: String?,
    /** What is sold. */
    val items: List<Item>,
    /** What could be lost, this payment included. */
    val couldLose: CouldLose,
    /** Claims are taken before: connect until then. */
    val claimUntil: Instant,
    /** When the list of revoked allowances was made that this was held against; null when none was ever read. */
    val listOf: Instant?,
    /** Stands for the payment and for what could be lost. */
    val shown: String,
)

/** Where a payment stands that was taken without network. */
public enum class TakenState {
    /** It is stored; the verifier does not know of it. */
    Taken,

    /** The verifier has it, and what is guaranteed of it is here. */
    Claimed,

    /** Its share is here. */
    Settled,

    /** The verifier's signed no to its claim. */
    Refused,
}

/** A payment that was taken without network, as it was stored when it was read. */
public data class TakenPayment(
    val id: TakenId,
    val state: TakenState,
    val amount: Money,
    /** What of it is guaranteed, and has arrived. */
    val guaranteed: Money,
    /** What its share was, once it is settled. */
    val received: Money?,
    /** The settlement says that two payments of its allowance contradict each other. */
    val contradicts: Boolean,
    /** The payer's allowance. */
    val allowance: AllowanceId,
    /** Claims are taken before. */
    val claimUntil: Instant?,
    /** What we wrote beside the request. */
    val memo: String?,
    /** What was sold. */
    val items: List<Item>,
    /** When it was taken, by this device's clock. */
    val at: Instant,
    /** Why its claim was refused. */
    val code: Int?,
)

/** What a payment is to this wallet. */
public sealed interface OfflineExamined {
    /** It was taken before, and brings nothing: deliver nothing for it. */
    public data class Taken(val payment: TakenPayment) : OfflineExamined

    /** It waits for a person. */
    public data class Good(val offer: OfflineOffer) : OfflineExamined
}

/** What was claimed. */
public data class ClaimedOffline(
    /** Payments whose claim the verifier has taken. */
    val claimed: List<TakenPayment>,
    /** Payments whose claim was refused, and why. */
    val refused: Map<TakenPayment, Problem>,
)

/** What was taken without network and is not settled, of a currency. */
public data class Unsettled(
    val amount: Money,
    /** What of it is guaranteed, and has arrived. */
    val arrived: Money,
)

/** A payment that waits for the payee to post it. */
public data class CarriedPayment(
    val payment: Payment,
    /** What is shown to the payee. */
    val text: String,
)

/** What the verifier said to a payer's order. */
public sealed interface CarriedReply {
    /** What is shown to the payer; null for an answer that is too long for it. */
    public val answer: String?

    /** It was paid. */
    public data class Paid(
        val amount: Money,
        /** Whether it was us. If not, there is nothing to deliver for. */
        val toUs: Boolean,
        override val answer: String?,
    ) : CarriedReply

    /** It will never be. */
    public data class Refused(val why: Problem, override val answer: String?) : CarriedReply
}

/** What a person is asked about money without network. */
public sealed interface OfflineQuestion {
    /** Whether to set an allowance aside. */
    public data class Allow(val draft: AllowanceDraft) : OfflineQuestion

    /** Whether to pay from one. */
    public data class Pay(val prompt: OfflinePrompt) : OfflineQuestion

    /** Whether to take a payment, which can be lost. */
    public data class Take(val offer: OfflineOffer) : OfflineQuestion
}

/** How far the codes go that a camera has seen. */
public sealed interface Collected {
    /** Not yet enough: [have] parts [of] so many. */
    public data class Missing(val have: Int, val of: Int) : Collected

    /** All: the text that was shown, for [Farthing.recognise]. */
    public data class Whole(val text: String) : Collected
}

/**
 * Puts together what a camera sees, code after code, in any order, each as often as it comes. [close] forgets it.
 */
public interface CodeCollector : AutoCloseable {
    /**
     * Takes the text of a code. One that is no part of several is the whole at once. A code that does not belong to the others throws
     * [FarthingException.Unreadable], and does no harm to what was collected.
     */
    public fun add(code: String): Collected
}
