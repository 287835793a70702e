package farthing

/** A payment's id, the same from its draft on. Keep it where you keep what must survive the process. */
@JvmInline
public value class PaymentId(public val text: String) {
    override fun toString(): String = text
}

/** The id of a draft that was prepared and not yet confirmed. */
@JvmInline
public value class DraftId(public val text: String) {
    /** The payment that it becomes: who was killed while confirming looks for it by this. */
    public val payment: PaymentId get() = PaymentId(text)

    override fun toString(): String = text
}

/** The id of a request of ours. */
@JvmInline
public value class RequestId(public val text: String) {
    override fun toString(): String = text
}

/** A tab's id in this wallet, the same from its draft on. Keep it where you keep what must survive the process. */
@JvmInline
public value class TabId(public val text: String) {
    override fun toString(): String = text
}

/** The id of an offer of a tab. */
@JvmInline
public value class OfferId(public val text: String) {
    override fun toString(): String = text
}

/** The id of an allowance that was prepared and not yet confirmed. */
@JvmInline
public value class AllowanceDraftId(public val text: String) {
    override fun toString(): String = text
}

/** An allowance's id. Keep it where you keep what must survive the process. */
@JvmInline
public value class AllowanceId(public val text: String) {
    override fun toString(): String = text
}

/** The id of a request that was made without network. */
@JvmInline
public value class OfflineRequestId(public val text: String) {
    override fun toString(): String = text
}

/** The id of a payment that was taken without network. Keep it where you keep what must survive the process. */
@JvmInline
public value class TakenId(public val text: String) {
    override fun toString(): String = text
}

/** A contact's account. */
@JvmInline
public value class ContactId(public val text: String) {
    override fun toString(): String = text
}

/** A position in a wallet's event log: keep that of the last event you dealt with. The first event is 1. */
@JvmInline
public value class EventSeq(public val number: Long) : Comparable<EventSeq> {
    init {
        require(number >= 0) { "no event has the position $number" }
    }

    override fun compareTo(other: EventSeq): Int = number.compareTo(other.number)

    override fun toString(): String = number.toString()

    public companion object {
        /** Before the first event. */
        public val Start: EventSeq = EventSeq(0)
    }
}
