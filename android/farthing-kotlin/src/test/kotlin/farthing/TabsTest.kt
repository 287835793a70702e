package farthing

import farthing.example.deliver
import farthing.example.openTab
import farthing.example.payArticle
import farthing.example.settle
import farthing.testkit.KeptKey
import farthing.testkit.ScriptedApprover
import farthing.testkit.ScriptedApprover.Answer
import farthing.testkit.Town
import java.nio.file.Files
import java.nio.file.Path
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Money by the drop, against the real verifier. */
class TabsTest {
    @TempDir
    lateinit var folder: Path

    private class Scene(val town: Town, val reader: Wallet, val paper: Wallet) {
        suspend fun offer(): TabOffer = paper.tabs.offer(
            price = paper.parseMoney("0.02 USD"), unit = "article", cap = paper.parseMoney("5 USD"), memo = "the paper",
        )

        /** The same tab, in both wallets' words. */
        suspend fun open(): Pair<TabId, TabId> {
            val paid = checkNotNull(openTab(reader, checkNotNull(offer().link)))
            paper.sync()
            return paid to paper.tabs.list().first().id
        }

        suspend fun pay(tab: TabId, amount: String): Drop = reader.tabs.pay(tab, reader.parseMoney(amount))
    }

    private fun scene(test: suspend Scene.() -> Unit) = runBlocking<Unit> {
        Town(folder).use { town ->
            val (reader, paper) = town.person("Reader").wallet to town.person("Paper").wallet
            Scene(town, reader, paper).test()
            reader.close()
            paper.close()
        }
    }

    private suspend fun Wallet.balance(): List<String> = balances().single().run { listOf("$available", "$held", "$incoming") }

    @Test
    fun `drops are paid, taken once, claimed, and the rest comes back`() = scene {
        val (paid, earned) = open()
        assertEquals(listOf("15.00 USD", "5.00 USD", "0.00 USD"), reader.balance())
        val first = pay(paid, "0.02 USD")
        assertEquals(Scanned.Voucher, Farthing.recognise(first.voucher))
        assertEquals("0.02 USD", (paper.tabs.take(first.voucher) as Taken.Stored).gained.toString())
        assertEquals("0.00 USD", (paper.tabs.take(first.voucher) as Taken.Stored).gained.toString())
        val second = pay(paid, "0.04 USD")
        assertEquals("0.06 USD", second.total.toString())
        assertEquals("0.04 USD", (paper.tabs.take(second.voucher) as Taken.Stored).gained.toString())
        val behind = assertInstanceOf(Taken.Behind::class.java, paper.tabs.take(first.voucher))
        assertEquals(second.voucher, behind.newest)
        assertEquals(false, reader.tabs.catchUp(behind.newest))
        assertEquals(listOf("20.00 USD", "0.00 USD", "0.06 USD"), paper.balance())
        assertEquals(Claimed(listOf(earned), emptyMap(), 0), paper.tabs.claim())
        assertEquals(listOf("20.06 USD", "0.00 USD", "0.00 USD"), paper.balance())
        val closed = assertInstanceOf(TabOutcome.Done::class.java, reader.tabs.close(paid)).tab
        assertEquals(TabState.Closed to TabSide.Paid, closed.state to closed.side)
        paper.sync()
        assertEquals(TabState.Ended, paper.tabs.release(earned).state)
        reader.sync()
        assertEquals(listOf("19.94 USD", "0.00 USD", "0.00 USD"), reader.balance())
        val ended = reader.events(EventSeq.Start).first { it is Event.TabEnded } as Event.TabEnded
        assertEquals(paid, ended.tab)
        assertTrue(reader.tabs.receipts(paid).size >= 3)
    }

    @Test
    fun `terms are shown, and raised`() = scene {
        val link = checkNotNull(offer().link)
        val read = reader.tabs.read(link)
        assertEquals(listOf("Paper", "article", "0.02 USD", 1.days), listOf(read.calledItself, read.unit, "${read.price}", read.lasts))
        val draft = reader.tabs.prepare(TabWith.scanned(link), cap = reader.parseMoney("2 USD"), memo = "daily")
        assertEquals(listOf("2.00 USD", "2.00 USD", "the paper", "daily"), listOf("${draft.cap}", "${draft.setAside}", draft.offerMemo, draft.memo))
        assertEquals(draft, reader.tabs.draft(draft.id))
        reader.tabs.confirm(draft)
        assertInstanceOf(TabOutcome.Done::class.java, reader.tabs.outcome(draft.id, 20.seconds))
        val more = reader.tabs.raise(draft.id, reader.parseMoney("3 USD"), longer = 1.days)
        assertEquals(listOf(true, "1.00 USD"), listOf(more.changes, "${more.setAside}"))
        reader.tabs.confirm(more)
        val raised = assertInstanceOf(TabOutcome.Done::class.java, reader.tabs.outcome(draft.id, 20.seconds)).tab
        assertEquals("3.00 USD", raised.cap.toString())
    }

    @Test
    fun `what no tab can do is refused`() = scene {
        val (paid, earned) = open()
        assertEquals("tab_limit", failure<FarthingException.Denied> { pay(paid, "6 USD") }.kind)
        assertEquals("tab_unknown", failure<FarthingException.Misuse> { pay(earned, "1 USD") }.kind)
        val voucher = pay(paid, "1 USD").voucher
        assertEquals("not_recognised", failure<FarthingException.Unreadable> { paper.tabs.take(voucher.drop(1)) }.kind)
        paper.tabs.take(voucher)
        assertEquals("tab_unclaimed", failure<FarthingException.Misuse> { paper.tabs.release(earned) }.kind)
        val offer = offer()
        assertEquals(OfferState.Cancelled, paper.tabs.cancel(offer.id))
        assertEquals(OfferState.Cancelled, paper.tabs.offers().first().state)
        val gone = reader.tabs.confirm(reader.tabs.prepare(TabWith.scanned(checkNotNull(offer.link))))
        assertEquals("request_cancelled", (reader.tabs.outcome(gone.id, 20.seconds) as TabOutcome.Refused).why.kind)
        reader.close()
        failure<FarthingException.Closed> { reader.tabs.list() }
        failure<FarthingException.Closed> { reader.tabs.pay(paid, Money.of("1", "USD", 6)) }
    }

    @Test
    fun `an approver is asked about a tab, too`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val paper = town.person("Paper").wallet
            val approver = ScriptedApprover()
            val phone = folder.resolve("readers phone")
            val keys = Keys.sealed(phone.resolve("keys"), phone.resolve("state"), KeptKey(5), approver)
            val reader = (Farthing.open(phone.resolve("wallet"), keys) as Opened.Empty).enrol(town.verifier.invite(), "Reader")
            val offer = Scene(town, reader, paper).offer()
            val draft = reader.tabs.prepare(TabWith.scanned(checkNotNull(offer.link)))
            approver.answers += Answer.No(ApprovalException.Reason.Declined)
            assertEquals("vault_cancelled", failure<FarthingException.Locked> { reader.tabs.confirm(draft) }.kind)
            assertEquals(TabState.Draft, reader.tabs.tab(draft.id).state)
            reader.tabs.confirm(draft)
            assertEquals(listOf(draft, draft), approver.shownTabs)
            reader.close()
            paper.close()
        }
    }

    @Test
    fun `the page shows these functions, and they do what they say`() = scene {
        val program = Files.readString(Path.of("src/test/kotlin/farthing/example/Tabs.kt"))
        assertTrue(Files.readString(Path.of("../../docs/embedding.md")).contains("```kotlin\n$program```"))
        val (paid, _) = open()
        val voucher = payArticle(reader, paid)
        assertEquals(listOf("deliver for 0.02 USD", "deliver for 0.00 USD"), List(2) { deliver(paper, voucher) })
        assertEquals(listOf("0.02 USD claimed"), settle(paper))
        reader.sync()
        assertEquals(listOf("19.98 USD", "0.00 USD", "0.00 USD"), reader.balance())
    }
}
