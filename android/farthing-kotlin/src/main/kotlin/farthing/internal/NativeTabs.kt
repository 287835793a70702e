package farthing.internal

import farthing.Claimed
import farthing.Contact
import farthing.Drop
import farthing.Money
import farthing.OfferId
import farthing.OfferState
import farthing.Tab
import farthing.TabDraft
import farthing.TabId
import farthing.TabOffer
import farthing.TabOutcome
import farthing.TabWith
import farthing.Tabs
import farthing.Taken
import farthing.generated.OfferTerms
import farthing.generated.TabTerms
import kotlin.time.Duration
import farthing.generated.Wallet as GeneratedWallet

internal class NativeTabs(private val native: GeneratedWallet) : Tabs {
    override suspend fun offer(
        price: Money,
        unit: String,
        cap: Money,
        lasts: Duration,
        grace: Duration,
        memo: String?,
        expires: Duration,
        standing: Boolean,
    ): TabOffer {
        val terms =
            OfferTerms(price.native(), unit, cap.native(), lasts.span(), grace.span(), memo, expires.span(), standing)
        return translated { native.offerTab(terms) }.crossed()
    }

    override suspend fun offers(limit: Int): List<TabOffer> =
        translated { native.tabOffers(page(limit)) }.map { it.crossed() }

    override suspend fun offer(id: OfferId): TabOffer = translated { native.tabOffer(id.text) }.crossed()

    override suspend fun cancel(id: OfferId): OfferState = translated { native.cancel(id.text) }.ofOffer()

    override suspend fun send(contact: Contact, offer: OfferId): Unit =
        translated { native.sendTabOffer(contact.name, offer.text) }

    override suspend fun received(contact: Contact): List<TabOffer> =
        translated { native.receivedTabOffers(contact.name) }.map { it.crossed() }

    override suspend fun read(link: String): TabOffer = translated { native.readTabOffer(link) }.crossed()

    override suspend fun prepare(with: TabWith, cap: Money?, lasts: Duration?, grace: Duration?, memo: String?): TabDraft {
        val terms = TabTerms(cap?.native(), lasts?.span(), grace?.span(), memo)
        return translated {
            when (with) {
                is TabWith.Text -> native.prepareTab(with.text, terms)
                is TabWith.Sent -> native.prepareReceivedTab(with.contact.name, with.offer.text, terms)
            }
        }.crossed()
    }

    override suspend fun raise(tab: TabId, cap: Money?, longer: Duration): TabDraft =
        translated { native.prepareTabChange(tab.text, cap?.native(), longer.span()) }.crossed()

    override suspend fun draft(id: TabId): TabDraft = translated { native.tabDraft(id.text) }.crossed()

    override suspend fun discard(id: TabId): Unit = translated { native.discardTab(id.text) }

    override suspend fun confirm(draft: TabDraft): Tab =
        translated { native.confirmTab(draft.id.text, draft.shown) }.crossed()

    override suspend fun outcome(tab: TabId, wait: Duration): TabOutcome =
        translated { native.tabOutcome(tab.text, wait.ms()) }.crossed()

    override suspend fun pay(tab: TabId, amount: Money): Drop =
        translated { native.payTab(tab.text, amount.native()) }.crossed()

    override suspend fun take(voucher: String): Taken = translated { native.takeVoucher(voucher) }.crossed()

    override suspend fun catchUp(voucher: String): Boolean = translated { native.catchUpTab(voucher) }

    override suspend fun close(tab: TabId): TabOutcome = translated { native.closeTab(tab.text) }.crossed()

    override suspend fun claim(tab: TabId?): Claimed = translated { native.claimTabs(tab?.text) }.crossed()

    override suspend fun release(tab: TabId): Tab = translated { native.releaseTab(tab.text) }.crossed()

    override suspend fun list(limit: Int): List<Tab> = translated { native.tabs(page(limit)) }.map { it.crossed() }

    override suspend fun tab(id: TabId): Tab = translated { native.tab(id.text) }.crossed()

    override suspend fun receipts(tab: TabId): List<ByteArray> = translated { native.tabReceipts(tab.text) }
}

/** A time that is said, not waited for: the library refuses what nothing can have. */
internal fun Duration.span(): ULong {
    require(!isNegative()) { "nothing lasts less than no time" }
    return inWholeMilliseconds.toULong()
}
