package farthing.testkit

import farthing.Action
import farthing.Claimed
import farthing.Contact
import farthing.Drop
import farthing.Event
import farthing.EventSeq
import farthing.FarthingException
import farthing.Money
import farthing.OfferId
import farthing.OfferState
import farthing.Payee
import farthing.Retry
import farthing.Tab
import farthing.TabDraft
import farthing.TabId
import farthing.TabOffer
import farthing.TabOutcome
import farthing.TabSide
import farthing.TabState
import farthing.TabWith
import farthing.Tabs
import farthing.Taken
import farthing.Trust
import java.time.Instant
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.toJavaDuration

/** What tabs and money without network need of a wallet in memory. */
internal interface FakeMoney {
    val now: Instant
    val zero: Money
    var available: Money
    var held: Money

    fun <T> called(call: () -> T): T

    fun id(of: String): String

    fun tell(event: (EventSeq) -> Event)
}

/** The tabs of a [FakeWallet]: vouchers are texts that nobody signed. */
internal class FakeTabs(private val money: FakeMoney, private val offers: Map<String, TabOffer>) : Tabs {
    private val own = LinkedHashMap<OfferId, TabOffer>()
    private val drafts = HashMap<TabId, TabDraft>()
    private val tabs = LinkedHashMap<TabId, Tab>()

    /** What vouchers are good for and was not claimed. */
    val incoming: Money
        get() = tabs.values.filter { it.side == TabSide.Earned }.fold(money.zero) { sum, tab -> sum + tab.unclaimed }

    fun opened(offer: OfferId, cap: Money?, from: String?): Tab {
        val accepted = own[offer] ?: throw unknown(OFFER)
        val tab = tab(TabId(money.id("tab")), TabSide.Earned, cap ?: accepted.cap, accepted.lasts, accepted.grace)
            .copy(name = from, price = accepted.price, unit = accepted.unit, offerMemo = accepted.memo, offer = offer)
        tabs[tab.id] = tab
        own[offer] = accepted.copy(state = OfferState.Accepted, tab = tab.id)
        money.tell { Event.TabOpened(it, money.now, tab.id) }
        return tab
    }

    fun ended(id: TabId, claimed: Money) {
        val tab = find(id)
        require(claimed <= tab.total) { "nobody claims more than was paid" }
        val aside = tab.setAside ?: money.zero
        money.held -= aside
        money.available += aside - claimed
        keep(tab.copy(state = TabState.Ended, claimed = claimed, unclaimed = money.zero, left = money.zero, setAside = money.zero))
        money.tell { Event.TabEnded(it, money.now, id) }
    }

    override suspend fun offer(
        price: Money,
        unit: String,
        cap: Money,
        lasts: Duration,
        grace: Duration,
        memo: String?,
        expires: Duration,
        standing: Boolean,
    ): TabOffer = money.called {
        val id = OfferId(money.id("offer"))
        val link = "https://verifier.example/R#${id.text.uppercase().replace("-", "")}"
        val until = money.now + expires.toJavaDuration()
        TabOffer(id, OfferState.Open, link, null, price, unit, cap, lasts, grace, memo, standing, until, null, null)
            .also { own[id] = it }
    }

    override suspend fun offers(limit: Int): List<TabOffer> = money.called { own.values.reversed().take(limit) }

    override suspend fun offer(id: OfferId): TabOffer = money.called { own[id] ?: throw unknown(OFFER) }

    override suspend fun cancel(id: OfferId): OfferState = money.called {
        val offer = own[id] ?: throw unknown(OFFER)
        val state = if (offer.state == OfferState.Open) OfferState.Cancelled else checkNotNull(offer.state)
        own[id] = offer.copy(state = state)
        state
    }

    override suspend fun send(contact: Contact, offer: OfferId): Unit = money.called { own[offer] ?: throw unknown(OFFER) }

    override suspend fun received(contact: Contact): List<TabOffer> = money.called { emptyList() }

    override suspend fun read(link: String): TabOffer = money.called { offers[link] ?: throw notAnOffer() }

    override suspend fun prepare(with: TabWith, cap: Money?, lasts: Duration?, grace: Duration?, memo: String?): TabDraft =
        money.called {
            val offer = offers[(with as? TabWith.Text)?.text] ?: throw notAnOffer()
            val most = cap ?: offer.cap
            enough(most)
            val id = TabId(money.id("tab"))
            TabDraft(
                id, changes = false, Payee(offer.calledItself, null, null, Trust.Request), offer.price, offer.unit, most,
                money.zero, most, lasts ?: offer.lasts, grace ?: offer.grace, offer.memo, memo, offer.expires, emptyList(),
                "shown-${id.text}",
            ).also { drafts[id] = it }
        }

    override suspend fun raise(tab: TabId, cap: Money?, longer: Duration): TabDraft = money.called {
        val open = find(tab)
        val before = checkNotNull(open.cap)
        val most = cap ?: before
        enough(most - before)
        TabDraft(
            tab, changes = true, Payee(open.name, open.contact, open.alias, Trust.Request), open.price, open.unit, most,
            money.zero, most - before, 1.days + longer, 1.days, open.offerMemo, open.memo, null, emptyList(), "shown-${money.id("tab")}",
        ).also { drafts[tab] = it }
    }

    override suspend fun draft(id: TabId): TabDraft = money.called { drafts[id] ?: throw unknown(TAB) }

    override suspend fun discard(id: TabId): Unit = money.called { drafts.remove(id) }

    override suspend fun confirm(draft: TabDraft): Tab = money.called {
        val kept = drafts[draft.id] ?: return@called find(draft.id)
        if (kept.shown != draft.shown) {
            throw misuse(331, "not_what_was_approved", "Look at it again.", Action.ConfirmAgain)
        }
        drafts.remove(draft.id)
        money.available -= kept.setAside
        money.held += kept.setAside
        val before = tabs[draft.id]
        val tab = before?.copy(cap = kept.cap, left = kept.cap - before.total, setAside = before.setAside?.plus(kept.setAside))
            ?: tab(draft.id, TabSide.Paid, kept.cap, kept.lasts, kept.grace).copy(
                name = kept.payee.calledItself, price = kept.price, unit = kept.unit, memo = kept.memo,
                offerMemo = kept.offerMemo, setAside = kept.setAside, fees = money.zero,
            )
        keep(tab)
        money.tell { if (before == null) Event.TabOpened(it, money.now, tab.id) else Event.TabChanged(it, money.now, tab.id) }
        tab
    }

    override suspend fun outcome(tab: TabId, wait: Duration): TabOutcome = money.called { TabOutcome.Done(find(tab)) }

    override suspend fun pay(tab: TabId, amount: Money): Drop = money.called {
        val open = find(tab)
        if (open.state != TabState.Open || open.side != TabSide.Paid) throw notOpen()
        if (amount > open.left) throw denied(683, "tab_limit", "That is more than the tab's limit; raise it first.")
        val paid = keep(
            open.copy(total = open.total + amount, left = open.left - amount, unclaimed = open.unclaimed + amount),
        )
        Drop(tab, paid.total, voucher(tab, paid.total))
    }

    override suspend fun take(voucher: String): Taken = money.called {
        val (id, units) = voucher.split(MARK).takeIf { it.size == 2 } ?: throw unreadable()
        val tab = find(TabId(id))
        if (tab.side != TabSide.Earned) throw unknown(TAB)
        val total = Money(units.toLongOrNull() ?: throw unreadable(), tab.total.code, tab.total.scale)
        if (total < tab.total) return@called Taken.Behind(tab.id, voucher(tab.id, tab.total))
        val gained = total - tab.total
        if (gained != money.zero) {
            if (tab.state != TabState.Open) throw notOpen()
            if (gained > tab.left) throw denied(691, "voucher_ahead", "The tab is not known to be good for this voucher yet.")
            keep(tab.copy(total = total, left = tab.left - gained, unclaimed = tab.unclaimed + gained))
        }
        Taken.Stored(tab.id, gained, total)
    }

    override suspend fun catchUp(voucher: String): Boolean = money.called { false }

    override suspend fun close(tab: TabId): TabOutcome = money.called {
        val open = find(tab)
        if (open.state != TabState.Open || open.side != TabSide.Paid) throw notOpen()
        val closed = keep(open.copy(state = TabState.Closed, left = money.zero))
        money.tell { Event.TabClosed(it, money.now, tab) }
        TabOutcome.Done(closed)
    }

    override suspend fun claim(tab: TabId?): Claimed = money.called {
        val wanted = tabs.values.filter { it.side == TabSide.Earned && it.unclaimed != money.zero && (tab ?: it.id) == it.id }
        for (each in wanted) {
            money.available += each.unclaimed
            keep(each.copy(claimed = each.claimed + each.unclaimed, unclaimed = money.zero))
            money.tell { Event.TabClaimed(it, money.now, each.id) }
        }
        Claimed(wanted.map { it.id }, emptyMap(), 0)
    }

    override suspend fun release(tab: TabId): Tab = money.called {
        val earned = find(tab)
        if (earned.side != TabSide.Earned) throw unknown(TAB)
        if (earned.unclaimed != money.zero) {
            throw misuse(688, "tab_unclaimed", "There is something left to claim from this tab.", Action.Sync)
        }
        money.tell { Event.TabEnded(it, money.now, tab) }
        keep(earned.copy(state = TabState.Ended, left = money.zero))
    }

    override suspend fun list(limit: Int): List<Tab> = money.called { tabs.values.reversed().take(limit) }

    override suspend fun tab(id: TabId): Tab = money.called { find(id) }

    override suspend fun receipts(tab: TabId): List<ByteArray> = money.called { listOf("receipt of ${find(tab).id}".toByteArray()) }

    private fun find(id: TabId): Tab = tabs[id] ?: throw unknown(TAB)

    private fun keep(tab: Tab): Tab = tab.also { tabs[it.id] = it }

    private fun enough(wanted: Money) {
        if (wanted > money.available) {
            throw denied(327, "insufficient_balance", "There is not enough money. Add some first.", Action.AddMoney)
        }
    }

    private fun tab(id: TabId, side: TabSide, cap: Money, lasts: Duration, grace: Duration): Tab {
        val until = money.now + lasts.toJavaDuration()
        val zero = money.zero
        return Tab(
            id, side, TabState.Open, null, null, null, cap, zero, cap, zero, zero, null, null, until, until + grace.toJavaDuration(),
            null, null, null, null, null, differs = false, money.now, emptyList(), elsewhere = false, null, lost = false,
        )
    }

    companion object {
        private const val MARK = '+'
        private const val TAB = "tab"
        private const val OFFER = "offer"

        fun voucher(tab: TabId, total: Money): String = "$tab$MARK${total.units}"

        // Numbers and kinds are those of the library: apps look at them.
        private fun unknown(what: String): FarthingException = when (what) {
            TAB -> misuse(680, "tab_unknown", "There is no such tab in this wallet.")
            else -> misuse(329, "request_id_unknown", "There is no such offer.")
        }

        private fun notOpen(): FarthingException = misuse(681, "tab_not_open", "This tab is not open.", Action.None)

        private fun notAnOffer(): FarthingException =
            FakeWallet.unreadable(306, "not_recognised", "This is neither an offer nor an address that can be paid.")

        private fun unreadable(): FarthingException = FakeWallet.unreadable(306, "not_recognised", "This is no voucher.")

        private fun misuse(code: Int, kind: String, sentence: String, action: Action = Action.CorrectInput) =
            FarthingException.Misuse(FakeWallet.problem(code, kind, sentence, Retry.AfterAction, action))

        private fun denied(code: Int, kind: String, sentence: String, action: Action = Action.CorrectInput) =
            FarthingException.Denied(FakeWallet.problem(code, kind, sentence, Retry.AfterAction, action))
    }
}
