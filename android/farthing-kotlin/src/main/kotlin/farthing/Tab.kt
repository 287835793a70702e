package farthing

import java.time.Instant
import kotlin.time.Duration

/** With whom a tab is to be. */
public sealed class TabWith {
    internal class Text(val text: String) : TabWith()

    internal class Sent(val contact: Contact, val offer: OfferId) : TabWith()

    public companion object {
        /** What a QR code, a link or a keyboard gave: an offer's link, or an alias. */
        public fun scanned(text: String): TabWith = Text(text)

        /** A contact, without an offer. */
        public fun contact(contact: Contact): TabWith = Text(contact.alias)

        /** What a contact has offered, as [Tabs.received] shows it. */
        public fun offer(contact: Contact, offer: TabOffer): TabWith = Sent(contact, offer.id)
    }
}

/** Where an offer of ours stands. */
public enum class OfferState {
    /** Stored; the verifier has not yet confirmed it. */
    Binding,

    /** Can be accepted until it expires. */
    Open,

    /** Accepted. */
    Accepted,

    /** We asked to cancel; the verifier has not yet answered. */
    Cancelling,

    /** Cannot be accepted any more. */
    Cancelled,

    /** The verifier did not take it. */
    Failed,
}

/** An offer of a tab: so much for each unit. */
public data class TabOffer(
    val id: OfferId,
    /** Where it stands; null for one that is not ours. */
    val state: OfferState?,
    /** Its link, which is also the QR code's text; null for one that is not ours. */
    val link: String?,
    /** What the payee calls itself; show it as such. */
    val calledItself: String?,
    /** The price of one unit. */
    val price: Money,
    /** What the price is for: a minute, an article. */
    val unit: String,
    /** The cap that it suggests. */
    val cap: Money,
    /** For how long it suggests that the tab is paid from. */
    val lasts: Duration,
    /** How long the payee needs at least to claim after that. */
    val grace: Duration,
    /** What the payee wrote. */
    val memo: String?,
    /** Any number of people may accept it. */
    val standing: Boolean,
    /** From then on it cannot be accepted. */
    val expires: Instant,
    /** The tab that accepted it, where it is ours and for one payer. */
    val tab: TabId?,
    /** Why the verifier did not take it. */
    val code: Int?,
)

/** What a person must see before it is asked whether to open or to change a tab. */
public data class TabDraft(
    /** The tab that it would become, or change. */
    val id: TabId,
    /** It changes a tab that is there. */
    val changes: Boolean,
    val payee: Payee,
    /** The price of one unit, where there is an offer. */
    val price: Money?,
    /** What the price is for. */
    val unit: String?,
    /** The most that the payee gets in all. */
    val cap: Money,
    /** The most that comes on top. */
    val fee: Money,
    /** What is set aside by this: cap and fee, or so much more than before. */
    val setAside: Money,
    /** For how long it is paid from, from the person's yes on; of a change, from now on. */
    val lasts: Duration,
    /** How long the payee may claim after that. */
    val grace: Duration,
    /** What the offer says. */
    val offerMemo: String?,
    /** What we write to the payee. */
    val memo: String?,
    /** When the offer expires. */
    val expires: Instant?,
    /** What to notice. */
    val warnings: List<Warning>,
    /** Stands for all of the above: what is signed is what was seen. */
    val shown: String,
)

/** On which side of a tab we are. */
public enum class TabSide {
    /** We pay from it. */
    Paid,

    /** We earn by it. */
    Earned,
}

/** Where a tab stands. */
public enum class TabState {
    /** Prepared; nothing was signed. */
    Draft,

    /** Signed and stored, without a final answer. */
    Opening,

    /** Money is set aside for it. */
    Open,

    /** Nothing more is paid from it; the payee may claim. */
    Closed,

    /** What was not claimed went back. */
    Ended,

    /** The verifier's signed word that there is none. */
    Refused,

    /** The verifier lost it. */
    Lost,
}

/** What the verifier has not answered. */
public enum class TabPending {
    /** The tab's opening. */
    Opening,

    /** A higher cap, or later times. */
    Change,

    /** The payer's closing. */
    Closing,

    /** The payee's claim. */
    Claim,

    /** The payee lets go of the rest. */
    Release,
}

/** A tab, of either side, as it was stored when it was read. */
public data class Tab(
    val id: TabId,
    val side: TabSide,
    val state: TabState,
    /** What the other side calls itself. */
    val name: String?,
    /** The contact that it is with, by our own name. */
    val contact: String?,
    /** The alias that is paid. */
    val alias: String?,
    /** The most that the payee gets in all; null for what was refused. */
    val cap: Money?,
    /** What vouchers were signed for, or taken. */
    val total: Money,
    /** What can still be paid from it. */
    val left: Money,
    /** What the payee got. */
    val claimed: Money,
    /** What vouchers are good for and was not claimed. */
    val unclaimed: Money,
    /** What we paid on top; null for what we earn by. */
    val fees: Money?,
    /** What lies aside now, with the fee; null for what we earn by. */
    val setAside: Money?,
    /** Vouchers are taken until shortly before. */
    val spendUntil: Instant?,
    /** Claims are applied before. */
    val claimUntil: Instant?,
    /** The price of one unit, where there is an offer. */
    val price: Money?,
    /** What the price is for. */
    val unit: String?,
    /** What the payer wrote. */
    val memo: String?,
    /** What the offer says. */
    val offerMemo: String?,
    /** The offer of ours that it accepts. */
    val offer: OfferId?,
    /** It does not keep to that offer's terms: no voucher of it is taken. */
    val differs: Boolean,
    /** When it was made or placed. */
    val at: Instant,
    /** What the verifier has not answered. */
    val pending: List<TabPending>,
    /** Another device of the account pays from it. */
    val elsewhere: Boolean,
    /** Why something was refused, or why there is no answer yet. */
    val code: Int?,
    /** The verifier does not have it any more. */
    val lost: Boolean,
)

/** How what was sent about a tab ended, as far as is known. */
public sealed interface TabOutcome {
    /** The tab, as it is stored now. */
    public val tab: Tab

    /** A receipt proves it. */
    public data class Done(override val tab: Tab) : TabOutcome

    /** A signed refusal ended it. */
    public data class Refused(override val tab: Tab, val why: Problem) : TabOutcome

    /** Not known yet: it is stored, and [Wallet.sync] finishes it. */
    public data class Unknown(override val tab: Tab, val because: Problem) : TabOutcome
}

/** A drop that was paid. */
public data class Drop(
    /** From which tab. */
    val tab: TabId,
    /** What all drops come to. */
    val total: Money,
    /** The voucher as text, for the payee: a QR code's, or what is sent. */
    val voucher: String,
)

/** What became of a voucher that somebody has shown. */
public sealed interface Taken {
    /** Of which tab. */
    public val tab: TabId

    /** It is stored. */
    public data class Stored(
        override val tab: TabId,
        /** What it brings to the total before: deliver for this, and for nothing when the voucher was known. */
        val gained: Money,
        /** What all drops come to. */
        val total: Money,
    ) : Taken

    /** It is for less than the newest. Deliver nothing, and show the newest to the payer, who has forgotten: [Tabs.catchUp]. */
    public data class Behind(
        override val tab: TabId,
        /** The newest voucher, as text. */
        val newest: String,
    ) : Taken
}

/** What was claimed. */
public data class Claimed(
    /** Tabs from which something came. */
    val tabs: List<TabId>,
    /** Tabs whose claim was refused, and why. */
    val refused: Map<TabId, Problem>,
    /** Claims that are not decided: they are stored, and [Wallet.sync] sends them again. */
    val waiting: Long,
)
