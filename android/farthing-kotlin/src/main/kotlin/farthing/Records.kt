package farthing

import java.time.Instant

/** What there is of a currency. */
public data class Balance(
    /** Can be spent now. */
    val available: Money,
    /** Authorised, without a final answer, or set aside for tabs. */
    val held: Money,
    /** Vouchers of tabs that are not claimed: it counts for nothing yet. */
    val incoming: Money,
)

/** Something that is sold. */
public data class Item(val name: String, val amount: Money)

/** Whom to pay. */
public sealed class PayTo {
    internal class Text(val text: String) : PayTo()

    internal class Noted(val contact: Contact, val note: NoteId) : PayTo()

    public companion object {
        /** What a QR code, a link or a keyboard gave: a request's link, or an alias. */
        public fun scanned(text: String): PayTo = Text(text)

        /** A contact. */
        public fun contact(contact: Contact): PayTo = Text(contact.alias)

        /** What a contact has asked for in a note of [Contacts.notes] that has no text. */
        public fun request(contact: Contact, note: Note): PayTo = Noted(contact, note.id)
    }
}

/** How sure the wallet is of a payee. */
public enum class Trust {
    /** The request is genuine; who made it is not known. */
    Request,

    /** An alias that was typed, never paid before. */
    UnverifiedAlias,

    /** An alias that was paid before, with the same key. */
    KnownAlias,

    /** A contact whose codes were compared here; their own yes has not come yet. */
    MetContact,

    /** A contact: both sides have compared the codes. */
    VerifiedContact,
}

/** What a person should notice before confirming. */
public sealed interface Warning {
    /** Nobody has checked who the payee is. */
    public data object UnverifiedPayee : Warning

    /** The request expires in so many seconds. */
    public data class ExpiresSoon(val seconds: Long) : Warning
}

/** Who is paid, and how sure the wallet is of it. */
public data class Payee(
    /** What the payee calls itself; show it as such. */
    val calledItself: String?,
    /** The contact that it is, by our own name. */
    val contact: String?,
    /** The alias that is paid. */
    val alias: String?,
    val trust: Trust,
)

/** What a person must see before it is asked. */
public data class Draft(
    val id: DraftId,
    val payee: Payee,
    /** What the payee gets. */
    val amount: Money,
    /** What comes on top. */
    val fee: Money,
    /** Both. */
    val total: Money,
    /** What the request says. */
    val requestMemo: String?,
    /** What is bought. */
    val items: List<Item>,
    /** What we write to the payee. */
    val memo: String?,
    /** When the request expires. */
    val expires: Instant?,
    /** What to notice. */
    val warnings: List<Warning>,
    /** Stands for all of the above: what is signed is what was seen. */
    val shown: String,
)

/** Which way money went. */
public enum class Direction {
    /** We paid. */
    Out,

    /** We were paid. */
    In,

    /** The operator issued money to us. */
    Issue,
}

/** Where a payment stands. */
public enum class PaymentState {
    /** Prepared; nothing was signed. */
    Draft,

    /** Signed and stored; perhaps on its way. */
    Authorised,

    /** Sent at least once, without a final answer. */
    Sent,

    /** A receipt proves it. */
    Settled,

    /** A signed refusal ended it. */
    Refused,

    /** The verifier's signed word that it was never applied. */
    Expired,
}

/** A payment, either way, as it was stored when it was read. */
public data class Payment(
    val id: PaymentId,
    val direction: Direction,
    val state: PaymentState,
    /** What the payee gets. */
    val amount: Money,
    /** What comes on top; unknown to a payee. */
    val fee: Money?,
    /** What the other side calls itself. */
    val name: String?,
    /** The alias that was paid. */
    val alias: String?,
    /** What was written with it. */
    val memo: String?,
    /** What was bought. */
    val items: List<Item>,
    /** Our request that it paid. */
    val request: RequestId?,
    /** When it was made; when it was applied, once it is settled. */
    val at: Instant,
    /** Its position in the ledger, once it is settled. */
    val ledgerPosition: Long?,
    /** The number of the refusal, or of the last problem while it is not final. */
    val code: Int?,
    /** The draft that replaces it, after a changed fee. */
    val replacedBy: DraftId?,
    /** The operator's reason for an issue. */
    val reason: String?,
    /** The verifier has lost it, and the person has accepted that: it counts for nothing. Its receipt stays. */
    val lost: Boolean,
)

/** How a payment ended, as far as is known. */
public sealed interface Outcome {
    /** The payment, as it is stored now. */
    public val payment: Payment

    /** A receipt proves it. */
    public data class Settled(override val payment: Payment) : Outcome

    /** A signed refusal ended it. */
    public data class Refused(override val payment: Payment, val why: Problem) : Outcome

    /** Not known yet: it is stored, and [Wallet.sync] finishes it. Never pay it again. */
    public data class Unknown(override val payment: Payment, val because: Problem) : Outcome
}

/** Where a request of ours stands. */
public enum class RequestState {
    /** Stored; the verifier has not yet confirmed it. */
    Binding,

    /** Can be paid until it expires. */
    Open,

    /** Paid. */
    Paid,

    /** We asked to cancel; the verifier has not yet answered. */
    Cancelling,

    /** Cannot be paid any more. */
    Cancelled,

    /** The verifier did not take it. */
    Failed,
}

/** A request of ours. */
public data class Request(
    val id: RequestId,
    val state: RequestState,
    /** Its link, which is also the QR code's text. */
    val link: String,
    val expires: Instant,
    /** The payment that paid it. */
    val payment: PaymentId?,
)

/** What a sync did. */
public data class Synced(
    /** Payments that became final. */
    val resolved: List<PaymentId>,
    /** Credits and issues that were new. */
    val received: Long,
    /** Messages that were new. */
    val messages: Long,
    /** Payments that still have no final answer. */
    val unfinished: Long,
)

/** How the wallet stands. */
public data class Status(
    /** The verifier's identity. */
    val verifier: String,
    /** Where it is. */
    val url: String,
    val account: String,
    /** This device. */
    val device: String,
    /** Our own reusable address. */
    val alias: String,
    /** What we call ourselves. */
    val name: String?,
    /** The verifier's time, once it was heard. */
    val verifierTime: Instant?,
    /** How far this device's clock is ahead of it, in milliseconds. */
    val clockOffsetMillis: Long?,
    /** Payments without a final answer. */
    val unfinished: Long,
    /** The verifier lost history, and nothing is paid. */
    val historyLost: Boolean,
    /** The verifier told others something else, or does not account for what it said: nothing is paid. */
    val doubted: Boolean,
    /** Other copies of this wallet's folder are or were in use. */
    val copied: Boolean,
    /** This device was revoked. */
    val revoked: Boolean,
)

/** Somebody one knows. */
public data class Contact(
    val id: ContactId,
    /** Our own name for them. */
    val name: String,
    /** What they call themselves. */
    val calledItself: String?,
    /** Where they are paid. */
    val alias: String,
    /** Both sides have compared the codes. */
    val verified: Boolean,
    /** Neither paid nor listened to. */
    val blocked: Boolean,
)

/** The id of a note. */
@JvmInline
public value class NoteId(public val text: String) {
    override fun toString(): String = text
}

/** Where a note stands. */
public enum class NoteState {
    /** It came from the contact. */
    Received,

    /** Ours; it is not in any of the contact's mailboxes yet. */
    Waiting,

    /** Ours; at least one of the contact's devices can fetch it. */
    Sent,

    /** Ours; it reached none of the contact's devices. */
    Undelivered,
}

/** What a contact wrote, or we to the contact. */
public data class Note(
    val id: NoteId,
    val at: Instant,
    val state: NoteState,
    /** What it says; null for a request, which [PayTo.request] takes. */
    val text: String?,
)

/** What a text turned out to be. Well-formed; nobody has vouched for it yet. */
public enum class Scanned {
    /** A payment request, which [Wallet.prepare] takes, or the offer of a tab, which [Tabs.prepare] takes: the link does not say. */
    Request,

    /** An invite to a verifier: [Opened.Empty.enrol] takes it. */
    Invite,

    /** Another phone's pairing code: [Pairings.scan] takes it. */
    Pairing,

    /** Somebody's alias: [Wallet.prepare] takes it. */
    Alias,

    /** A voucher of a tab: [Tabs.take] takes it. */
    Voucher,

    /** A request of a payee without network: [Offline.look] takes it. */
    OfflineRequest,

    /** A payment of a payer without network: [Offline.examine] takes it. */
    OfflinePayment,

    /** A whole request, for a payer without network: [Carried.prepare] takes it. */
    WholeRequest,

    /** An order of a payer without network: [Carried.post] takes it. */
    CarriedOrder,

    /** The answer to such an order: [Carried.take] takes it. */
    CarriedAnswer,
}

/** A QR code. */
public class QrPicture internal constructor(
    /** Modules of one side, without the quiet zone of four. */
    public val side: Int,
    /** The picture with its quiet zone, as a PNG. */
    public val png: ByteArray,
)
