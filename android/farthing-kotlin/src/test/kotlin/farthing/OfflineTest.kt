package farthing

import farthing.example.handOver
import farthing.example.payOffline
import farthing.example.setAside
import farthing.example.takeOffline
import farthing.testkit.KeptKey
import farthing.testkit.ScriptedApprover
import farthing.testkit.ScriptedApprover.Answer
import farthing.testkit.Town
import java.nio.file.Files
import java.nio.file.Path
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Money without network, and the verifier that it is claimed from, which is real. */
class OfflineTest {
    @TempDir
    lateinit var folder: Path

    private class Scene(val town: Town, val ann: Wallet, val stall: Wallet) {
        suspend fun allowance(cap: String = "5 USD"): Allowance {
            val confirmed = ann.offline.confirm(ann.offline.prepare(ann.parseMoney(cap)))
            return assertInstanceOf(AllowanceOutcome.Done::class.java, ann.offline.outcome(confirmed.id, 20.seconds)).allowance
        }

        suspend fun ask(amount: String): OfflineRequest = stall.offline.ask(stall.parseMoney(amount), memo = "lunch")

        suspend fun pay(amount: String): String {
            val new = assertInstanceOf(OfflineLook.New::class.java, ann.offline.look(ask(amount).text))
            return ann.offline.pay(new.prompt).text
        }

        suspend fun offer(payment: String): OfflineOffer =
            assertInstanceOf(OfflineExamined.Good::class.java, stall.offline.examine(payment)).offer
    }

    private fun scene(test: suspend Scene.() -> Unit) = runBlocking<Unit> {
        Town(folder).use { town ->
            val (ann, stall) = town.person("Ann").wallet to town.person("Stall").wallet
            ann.sync()
            stall.sync()
            Scene(town, ann, stall).test()
            ann.close()
            stall.close()
        }
    }

    private suspend fun Wallet.balance(): List<String> = balances().single().run { listOf("$available", "$held") }

    /** As a camera sees what is shown again and again, and misses every third code. */
    private fun filmed(text: String): String = Farthing.codeCollector().use { camera ->
        val codes = Farthing.shownCodes(text)
        // Others in each round.
        val shown = (0..<3).flatMap { round -> codes.filterIndexed { at, _ -> at % 3 != round } }
        var known = 0
        for (code in shown) {
            when (val seen = camera.add(code)) {
                is Collected.Missing -> known = seen.have.also { assertTrue(known <= it && it < seen.of) }
                is Collected.Whole -> return@use seen.text
            }
        }
        error("not all was seen")
    }

    @Test
    fun `an allowance is paid without network, taken once, and claimed`() = scene {
        val draft = ann.offline.prepare(ann.parseMoney("5 USD"))
        assertEquals(listOf("5.00 USD", "10.00 USD"), listOf("${draft.setAside}", "${draft.atStake}"))
        assertEquals(listOf(7.days, 3.days), listOf(draft.lasts, draft.grace))
        assertEquals(draft, ann.offline.draft(draft.id))
        val confirmed = ann.offline.confirm(draft)
        val open = assertInstanceOf(AllowanceOutcome.Done::class.java, ann.offline.outcome(confirmed.id, 20.seconds)).allowance
        assertEquals(listOf(AllowanceState.Open, "5.00 USD"), listOf(open.state, "${open.left}"))
        assertEquals(listOf("15.00 USD", "5.00 USD"), ann.balance())

        val asked = ask("2 USD")
        assertEquals(Scanned.OfflineRequest, Farthing.recognise(asked.text))
        assertEquals(asked, stall.offline.asked(asked.id))
        val prompt = assertInstanceOf(OfflineLook.New::class.java, ann.offline.look(filmed(asked.text))).prompt
        assertEquals(listOf("Stall", "lunch", "3.00 USD"), listOf(prompt.calledItself, prompt.memo, "${prompt.left}"))
        val altered = prompt.copy(shown = "00".repeat(32))
        assertEquals("not_what_was_approved", failure<FarthingException.Misuse> { ann.offline.pay(altered) }.kind)
        val paid = ann.offline.pay(prompt)
        assertEquals(OfflineLook.Again(paid), ann.offline.look(asked.text))
        assertEquals(paid, ann.offline.pay(prompt))
        assertEquals(Scanned.OfflinePayment, Farthing.recognise(paid.text))

        val offer = offer(filmed(paid.text))
        assertEquals(listOf("2.00 USD", "2.00 USD", "25.00 USD"), offer.couldLose.run { listOf("$all", "$ofPayer", "$limit") })
        val taken = stall.offline.take(offer)
        assertEquals(taken, stall.offline.take(offer))
        assertEquals(OfflineExamined.Taken(taken), stall.offline.examine(paid.text))
        assertEquals("2.00 USD", "${stall.offline.unsettled().single().amount}")
        assertEquals("20.00 USD", stall.balance().first())
        val claimed = stall.offline.claim()
        assertEquals(listOf(taken.id to TakenState.Claimed), claimed.claimed.map { it.id to it.state })
        assertEquals(claimed.claimed, listOf(stall.offline.taken(taken.id)))
        assertEquals(listOf(1L to "Stall"), ann.offline.payments(open.id).map { it.number to it.calledItself })
        assertEquals("3.00 USD", "${ann.offline.allowances().single().left}")
    }

    @Test
    fun `nothing is paid from what is revoked, and nobody takes more than it may lose`() = scene {
        val allowance = allowance("10 USD")
        val (first, second) = pay("2 USD") to pay("1.50 USD")
        stall.offline.setLossLimit(stall.parseMoney("3 USD"))
        assertEquals(listOf(stall.parseMoney("3 USD")), stall.offline.lossLimits())
        stall.offline.take(offer(first))
        assertEquals("loss_limit", failure<FarthingException.Denied> { stall.offline.examine(second) }.kind)
        assertEquals("payment_not_good", failure<FarthingException.Misbehaved> { ann.offline.examine(second) }.kind)
        val large = ask("8 USD").text
        assertEquals("allowance_used_up", failure<FarthingException.Denied> { ann.offline.look(large) }.kind)
        val revoked = assertInstanceOf(AllowanceOutcome.Done::class.java, ann.offline.revoke(allowance.id)).allowance
        assertEquals(listOf(AllowanceState.Revoked, "0.00 USD"), listOf(revoked.state, "${revoked.left}"))
        val third = ask("1 USD").text
        assertEquals("allowance_not_open", failure<FarthingException.Misuse> { ann.offline.look(third) }.kind)
        // What was signed before stays good.
        assertEquals(1, stall.offline.claim().claimed.size)
        assertEquals(allowance.id, ann.offline.allowance(allowance.id).id)
        ann.close()
        failure<FarthingException.Closed> { ann.offline.allowances() }
    }

    @Test
    fun `the payee posts what the payer has signed`() = scene {
        val request = stall.requests.create(stall.parseMoney("4.50 USD"))
        val whole = stall.carried.whole(request.id)
        assertEquals(Scanned.WholeRequest, Farthing.recognise(whole))
        val draft = ann.carried.prepare(filmed(whole), memo = "two tacos")
        assertEquals("Stall" to "4.50 USD", draft.payee.calledItself to "${draft.total}")
        val carried = ann.carried.confirm(draft)
        assertEquals(carried.payment, ann.carried.payment(carried.payment.id).payment)
        val reply = assertInstanceOf(CarriedReply.Paid::class.java, stall.carried.post(filmed(carried.text)))
        assertEquals(listOf("4.50 USD", true), listOf("${reply.amount}", reply.toUs))
        val outcome = ann.carried.take(filmed(checkNotNull(reply.answer)))
        assertEquals(draft.id.payment, assertInstanceOf(Outcome.Settled::class.java, outcome).payment.id)
        assertEquals(listOf("15.50 USD", "24.50 USD"), listOf(ann.balance().first(), stall.balance().first()))
        val again = ann.carried.confirm(ann.carried.prepare(whole))
        val refused = assertInstanceOf(CarriedReply.Refused::class.java, stall.carried.post(again.text))
        assertEquals("request_used", refused.why.kind)
        assertInstanceOf(Outcome.Refused::class.java, ann.carried.take(checkNotNull(refused.answer)))
    }

    @Test
    fun `an approver is asked about what is done without network`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val stall = town.person("Stall").wallet
            stall.sync()
            val approver = ScriptedApprover()
            val phone = folder.resolve("anns phone")
            val keys = Keys.sealed(phone.resolve("keys"), phone.resolve("state"), KeptKey(5), approver)
            val ann = (Farthing.open(phone.resolve("wallet"), keys) as Opened.Empty).enrol(town.verifier.invite(), "Ann")
            ann.sync()
            val scene = Scene(town, ann, stall)
            val draft = ann.offline.prepare(ann.parseMoney("5 USD"))
            approver.answers += Answer.No(ApprovalException.Reason.Declined)
            assertEquals("vault_cancelled", failure<FarthingException.Locked> { ann.offline.confirm(draft) }.kind)
            val allowance = ann.offline.confirm(draft)
            ann.offline.outcome(allowance.id, 20.seconds)
            val prompt = (ann.offline.look(scene.ask("1 USD").text) as OfflineLook.New).prompt
            approver.answers += Answer.No(ApprovalException.Reason.Declined)
            assertEquals("vault_cancelled", failure<FarthingException.Locked> { ann.offline.pay(prompt) }.kind)
            ann.offline.pay(prompt)
            val allow = OfflineQuestion.Allow(draft)
            val pay = OfflineQuestion.Pay(prompt)
            assertEquals(listOf(allow, allow, pay, pay), approver.shownOffline.toList<OfflineQuestion>())
            ann.close()
            stall.close()
        }
    }

    @Test
    fun `the page shows these functions, and they do what they say`() = scene {
        val program = Files.readString(Path.of("src/test/kotlin/farthing/example/Offline.kt"))
        assertTrue(Files.readString(Path.of("../../docs/embedding.md")).contains("```kotlin\n$program```"))
        checkNotNull(setAside(ann, ann.parseMoney("5 USD")))
        val codes = handOver(stall, stall.parseMoney("2 USD"))
        val paid = payOffline(ann, codes)
        assertEquals("deliver for 2.00 USD", takeOffline(stall, paid))
        assertEquals("deliver nothing", takeOffline(stall, paid))
    }
}
