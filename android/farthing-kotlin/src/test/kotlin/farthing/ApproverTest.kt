package farthing

import farthing.ApprovalException.Reason
import farthing.testkit.KeptKey
import farthing.testkit.Town
import java.math.BigInteger
import java.nio.file.Path
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** A person's yes before each payment, with and without a key in hardware, and approvers that go wrong. */
class ApproverTest {
    @TempDir
    lateinit var folder: Path

    /** A key as Keystore keeps it, made by the platform's own provider. */
    private class Hardware {
        private val pair = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()

        val point: ByteArray get() {
            val point = (pair.public as ECPublicKey).w
            return byteArrayOf(4) + point.affineX.coordinate() + point.affineY.coordinate()
        }

        fun sign(message: ByteArray): ByteArray =
            Signature.getInstance("SHA256withECDSA").run { initSign(pair.private); update(message); sign() }

        private fun BigInteger.coordinate(): ByteArray = toByteArray().takeLast(COORDINATE).toByteArray().let { ByteArray(COORDINATE - it.size) + it }

        private companion object {
            const val COORDINATE = 32
        }
    }

    /** Does what each test says. */
    private class Scripted(private val hardware: Hardware?) : Approver {
        var script: suspend (Draft, ByteArray?) -> Approval = { _, message -> yes(message) }
        val shown = mutableListOf<Draft>()

        override fun spendingKey(): ByteArray? = hardware?.point

        override suspend fun approve(draft: Draft, message: ByteArray?): Approval {
            shown += draft
            return script(draft, message)
        }

        fun yes(message: ByteArray?): Approval =
            if (message == null) Approval.Confirmed else Approval.Signed(checkNotNull(hardware).sign(message))
    }

    private inner class Scene(val town: Town, val approver: Scripted, val ann: Wallet, val truck: Wallet) {
        suspend fun draft(): Draft {
            val request = truck.requests.create(truck.parseMoney("4.50 USD"))
            return ann.prepare(PayTo.scanned(request.link))
        }

        suspend fun assertPays(draft: Draft) {
            val payment = ann.confirm(draft)
            assertInstanceOf(Outcome.Settled::class.java, ann.outcome(payment.id, 20.seconds))
        }

        suspend fun assertDraft(draft: Draft) = assertEquals(PaymentState.Draft, ann.payment(draft.id.payment).state)
    }

    private fun scene(hardware: Boolean, test: suspend Scene.() -> Unit) = runBlocking<Unit> {
        Town(folder).use { town ->
            val truck = town.person("Taco Truck").wallet
            val approver = Scripted(if (hardware) Hardware() else null)
            val ann = (open(approver) as Opened.Empty).enrol(town.verifier.invite(), "Ann")
            Scene(town, approver, ann, truck).test()
            ann.close()
            truck.close()
        }
    }

    private suspend fun open(approver: Approver?): Opened {
        val phone = folder.resolve("anns phone")
        val keys = Keys.sealed(phone.resolve("keys"), phone.resolve("state"), KeptKey(5), approver)
        return Farthing.open(phone.resolve("wallet"), keys)
    }

    @Test
    fun `a person is shown the draft, and a yes pays it`() = scene(hardware = false) {
        val draft = draft()
        assertPays(draft)
        assertEquals(listOf(draft), approver.shown)
        // The same payment: nobody is asked again.
        assertPays(draft)
        assertEquals(1, approver.shown.size)
    }

    @Test
    fun `a key in hardware signs, and the wallet alone cannot`() = scene(hardware = true) {
        var message: ByteArray? = null
        approver.script = { _, asked -> message = asked; approver.yes(asked) }
        assertPays(draft())
        assertEquals(true, message != null)
        val draft = draft()
        ann.close()
        val alone = (open(null) as Opened.Ready).wallet
        val failure = failure<FarthingException.Misuse> { alone.confirm(draft) }
        assertEquals("signs_elsewhere", failure.kind)
        alone.close()
    }

    @Test
    fun `whatever an approver throws leaves the draft`() = scene(hardware = true) {
        val draft = draft()
        val answers: List<Pair<String, suspend (Draft, ByteArray?) -> Approval>> = listOf(
            "vault_cancelled" to { _, _ -> throw ApprovalException(Reason.Declined) },
            "vault_timed_out" to { _, _ -> throw ApprovalException(Reason.TimedOut) },
            "vault_locked" to { _, _ -> throw ApprovalException(Reason.Locked) },
            "key_invalidated" to { _, _ -> throw ApprovalException(Reason.Invalidated) },
            "vault_unavailable" to { _, _ -> throw ApprovalException(Reason.Unavailable) },
            "vault_unavailable" to { _, _ -> error("an exception that nobody expects") },
            "vault_unavailable" to { _, _ -> throw OutOfMemoryError("an error that nobody expects") },
            "vault_unavailable" to { _, _ -> throw kotlinx.coroutines.CancellationException("its own scope ended") },
            "approval_unsigned" to { _, _ -> Approval.Confirmed },
            "approval_unsigned" to { _, _ -> Approval.Signed(ByteArray(0)) },
            "approval_unsigned" to { _, message -> Approval.Signed(Hardware().sign(message!!)) },
        )
        for ((kind, script) in answers) {
            approver.script = script
            val failure = failure<FarthingException.Locked> { ann.confirm(draft) }
            assertEquals(kind, failure.kind)
            assertEquals(MoneyMoved.No, failure.moneyMoved)
            assertDraft(draft)
        }
        approver.script = { _, message -> approver.yes(message) }
        assertPays(draft)
    }

    @Test
    fun `cancelling while the person decides dismisses the question`() = scene(hardware = true) {
        val draft = draft()
        val asked = CompletableDeferred<Unit>()
        val dismissed = CompletableDeferred<Unit>()
        approver.script = { _, _ ->
            asked.complete(Unit)
            try {
                awaitCancellation()
            } finally {
                dismissed.complete(Unit)
            }
        }
        runBlocking {
            val confirming = launch { ann.confirm(draft) }
            asked.await()
            confirming.cancelAndJoin()
            dismissed.await()
        }
        assertDraft(draft)
        approver.script = { _, message -> approver.yes(message) }
        assertPays(draft)
    }

    @Test
    fun `a platform without a key in hardware has the wallet's own`() = scene(hardware = false) {
        assertNull(approver.spendingKey())
        approver.script = { _, message -> assertNull(message); Approval.Confirmed }
        assertPays(draft())
    }
}
