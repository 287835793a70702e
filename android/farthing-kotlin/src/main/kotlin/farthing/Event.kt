package farthing

import java.time.Instant

/**
 * Something that happened. Events are stored with what they tell of, in one commit: a process that was killed finds each of
 * them again, in order. After a kill the last one may come twice.
 */
public sealed interface Event {
    /** Its position, which is the cursor: keep it when you have dealt with the event. */
    public val seq: EventSeq

    /** When, by the verifier's clock as far as it was known. */
    public val at: Instant

    /** A payment of ours was signed and stored. */
    public data class PaymentAuthorised(override val seq: EventSeq, override val at: Instant, val payment: PaymentId) : Event

    /** A payment of ours was applied. */
    public data class PaymentSettled(override val seq: EventSeq, override val at: Instant, val payment: PaymentId) : Event

    /** A payment of ours was refused, for ever, with this number. */
    public data class PaymentRefused(
        override val seq: EventSeq,
        override val at: Instant,
        val payment: PaymentId,
        val code: Int,
    ) : Event

    /** A payment of ours was never applied. */
    public data class PaymentExpired(override val seq: EventSeq, override val at: Instant, val payment: PaymentId) : Event

    /** Somebody paid us. */
    public data class Received(override val seq: EventSeq, override val at: Instant, val payment: PaymentId) : Event

    /** The operator issued money to us. */
    public data class Issued(override val seq: EventSeq, override val at: Instant, val payment: PaymentId) : Event

    /** A request of ours can be paid. */
    public data class RequestOpen(override val seq: EventSeq, override val at: Instant, val request: RequestId) : Event

    /** A request of ours was paid. */
    public data class RequestPaid(
        override val seq: EventSeq,
        override val at: Instant,
        val request: RequestId,
        val payment: PaymentId,
    ) : Event

    /** A request of ours cannot be paid any more. */
    public data class RequestCancelled(override val seq: EventSeq, override val at: Instant, val request: RequestId) : Event

    /** The verifier did not take a request of ours, with this number. */
    public data class RequestFailed(
        override val seq: EventSeq,
        override val at: Instant,
        val request: RequestId,
        val code: Int,
    ) : Event

    /** Somebody became a contact; their own confirmation has not come yet. */
    public data class ContactMet(override val seq: EventSeq, override val at: Instant, val contact: ContactId) : Event

    /** A contact has confirmed that we met. */
    public data class ContactVerified(override val seq: EventSeq, override val at: Instant, val contact: ContactId) : Event

    /** Money was set aside for a tab: by us, or for us. */
    public data class TabOpened(override val seq: EventSeq, override val at: Instant, val tab: TabId) : Event

    /** A tab was raised or prolonged. */
    public data class TabChanged(override val seq: EventSeq, override val at: Instant, val tab: TabId) : Event

    /** The payer has closed a tab: nothing more is paid from it, and the payee has its grace to claim. */
    public data class TabClosed(override val seq: EventSeq, override val at: Instant, val tab: TabId) : Event

    /** The payee has claimed from a tab. */
    public data class TabClaimed(override val seq: EventSeq, override val at: Instant, val tab: TabId) : Event

    /** A tab has ended: what was not claimed went back. */
    public data class TabEnded(override val seq: EventSeq, override val at: Instant, val tab: TabId) : Event

    /** What we asked for about a tab was refused, for ever, with this number. */
    public data class TabRefused(
        override val seq: EventSeq,
        override val at: Instant,
        val tab: TabId,
        val code: Int,
    ) : Event

    /** A voucher of a contact came by message, and was taken. */
    public data class VoucherReceived(override val seq: EventSeq, override val at: Instant, val tab: TabId) : Event

    /** A contact has sent the offer of a tab: [Tabs.received] has it. */
    public data class OfferReceived(
        override val seq: EventSeq,
        override val at: Instant,
        val contact: ContactId,
        val offer: OfferId,
    ) : Event

    /** Anything else, by its stable name; look at [Wallet.status]. */
    public data class Other(
        override val seq: EventSeq,
        override val at: Instant,
        /** The stable name, such as `enrolled` or `history_lost`. */
        val name: String,
        val payment: PaymentId?,
        val contact: ContactId?,
        val device: String?,
        val code: Int?,
        val tab: TabId? = null,
        val offer: OfferId? = null,
    ) : Event
}
