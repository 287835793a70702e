package farthing

import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/**
 * Money by the drop. A payer sets a cap aside for one payee, and signs a voucher for each drop, without network; the payee takes
 * the vouchers, without network, and claims when it likes. What was not claimed comes back.
 */
public interface Tabs {
    /**
     * Offers a tab: [price] for each [unit]. It can be accepted when this returns. [cap] and [lasts] are what we suggest; [grace] is
     * how long we need at least to claim after that. Any number of people may accept a [standing] one.
     */
    public suspend fun offer(
        price: Money,
        unit: String,
        cap: Money,
        lasts: Duration = 1.days,
        grace: Duration = 3.days,
        memo: String? = null,
        expires: Duration = 15.minutes,
        standing: Boolean = false,
    ): TabOffer

    /** Our offers, newest first; [limit] is 1 to 500. */
    public suspend fun offers(limit: Int = 50): List<TabOffer>

    /** An offer of ours. */
    public suspend fun offer(id: OfferId): TabOffer

    /** Takes an offer of ours back. */
    public suspend fun cancel(id: OfferId): OfferState

    /** Sends an offer of ours to a contact, who can accept it without scanning anything. */
    public suspend fun send(contact: Contact, offer: OfferId)

    /** Offers that a contact has sent, oldest first. */
    public suspend fun received(contact: Contact): List<TabOffer>

    /** Reads the offer that a scanned link points to, without accepting it. */
    public suspend fun read(link: String): TabOffer

    /**
     * Reads and checks everything that a tab needs, and stores a draft to be shown. What is left out is as the offer suggests;
     * without an offer a [cap] is needed. [memo] is for the payee alone.
     */
    public suspend fun prepare(
        with: TabWith,
        cap: Money? = null,
        lasts: Duration? = null,
        grace: Duration? = null,
        memo: String? = null,
    ): TabDraft

    /** Prepares a higher [cap] for a tab that is open, and times that are [longer]. The tab goes on meanwhile. */
    public suspend fun raise(tab: TabId, cap: Money? = null, longer: Duration = Duration.ZERO): TabDraft

    /** The draft of a tab, or of a change, as it is to be shown now. */
    public suspend fun draft(id: TabId): TabDraft

    /** Forgets the draft of a tab, or of a change. */
    public suspend fun discard(id: TabId)

    /**
     * Signs and stores a draft as it was shown, and begins to send it. Where there is an [Approver], it is asked before. The same
     * draft gives the same tab, however often it is confirmed.
     */
    public suspend fun confirm(draft: TabDraft): Tab

    /** Waits for the outcome of what was confirmed about a tab, or of its closing, so long at most. */
    public suspend fun outcome(tab: TabId, wait: Duration = 10.seconds): TabOutcome

    /**
     * Pays a drop from a tab, without network: so much more than before. Its voucher is for the payee; where that is a contact, it is
     * sent there, too. Called twice, it pays twice; cancelled, it may have paid, and the next voucher is for that, too: look at [tab].
     */
    public suspend fun pay(tab: TabId, amount: Money): Drop

    /**
     * Takes a voucher that the payer has shown, without network; it is stored when this returns. [Wallet.sync] before the first one,
     * and at least twice within the tab's grace: that it was closed is heard of by that alone.
     */
    public suspend fun take(voucher: String): Taken

    /** At the payer: goes on from the newest voucher of our own, which the payee has shown. True when it is greater than ours. */
    public suspend fun catchUp(voucher: String): Boolean

    /** Closes a tab that we pay from: nothing more is paid from it, and the payee has its grace to claim. */
    public suspend fun close(tab: TabId): TabOutcome

    /** Claims what vouchers are good for, of one tab or of all. A sync claims by itself what should not wait. */
    public suspend fun claim(tab: TabId? = null): Claimed

    /** Ends a tab that we earn by: what was not claimed goes back to the payer at once. Claim first. */
    public suspend fun release(tab: TabId): Tab

    /** Tabs of both sides that somebody has agreed to, newest first; [limit] is 1 to 500. */
    public suspend fun list(limit: Int = 50): List<Tab>

    /** A tab by its id, also one of an earlier process. */
    public suspend fun tab(id: TabId): Tab

    /** The signed receipts of a tab, in the order of the ledger: they prove it to anybody who knows the verifier's root. */
    public suspend fun receipts(tab: TabId): List<ByteArray>
}
