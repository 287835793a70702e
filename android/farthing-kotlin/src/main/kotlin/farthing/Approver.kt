package farthing

/**
 * Asks the person before a payment is signed, before money is set aside, and before what can be lost is taken.
 *
 * It has two minutes; when the coroutine that confirms is cancelled, so is the question, and the draft is left. Anything that it
 * throws beside [ApprovalException] counts as [ApprovalException.Reason.Unavailable].
 */
public interface Approver {
    /**
     * The key in hardware that signs payments, when there is one: a point of P-256, uncompressed (SEC 1 §2.3.3, 65 bytes).
     *
     * It is asked for when an account is opened or restored, and the account's device signs with it from then on: one that is
     * lost means that the account is restored with its phrase. It may hold up its thread for 30 seconds.
     */
    public fun spendingKey(): ByteArray? = null

    /**
     * Shows a draft and asks. [message] is what the key in hardware is to sign, on a device that has one: there the only yes is
     * [Approval.Signed], elsewhere [Approval.Confirmed].
     */
    public suspend fun approve(draft: Draft, message: ByteArray?): Approval

    /** The same, of a tab that is to be opened or changed. An approver that knows no tabs approves none. */
    public suspend fun approveTab(draft: TabDraft, message: ByteArray?): Approval =
        throw ApprovalException(ApprovalException.Reason.Unavailable)

    /**
     * The same, of money without network. There is something to sign for an allowance alone. An approver that knows nothing of it
     * approves nothing.
     */
    public suspend fun approveOffline(question: OfflineQuestion, message: ByteArray?): Approval =
        throw ApprovalException(ApprovalException.Reason.Unavailable)
}

/** A person's yes. */
public sealed interface Approval {
    /** The wallet signs with its own key. */
    public data object Confirmed : Approval

    /** Signed by the key in hardware. [signature] is ES256 over the message, DER or r‖s. */
    public class Signed(public val signature: ByteArray) : Approval
}

/** Why there is no yes. The payment stays a draft. */
public class ApprovalException(public val reason: Reason, cause: Throwable? = null) :
    Exception("the payment was not approved: $reason", cause) {
    /** Why. */
    public enum class Reason {
        /** The person said no. */
        Declined,

        /** Nobody answered. */
        TimedOut,

        /** The device is locked, or too many tries have locked the key. */
        Locked,

        /** The platform threw the key away, as when fingerprints change. The wallet receives, and cannot pay. */
        Invalidated,

        /** Anything else. */
        Unavailable,
    }
}
