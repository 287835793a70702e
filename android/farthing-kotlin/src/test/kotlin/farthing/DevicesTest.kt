package farthing

import farthing.testkit.Phone
import farthing.testkit.Town
import java.nio.file.Path
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** A till that acts for somebody's account, within limits. */
class DevicesTest {
    @TempDir
    lateinit var folder: Path

    private suspend fun join(owner: Wallet, phone: Phone, scope: Scope): Wallet = runBlocking {
        val pairing = owner.devices.show()
        phone.empty().join(pairing.offer).use { joining ->
            assertEquals(pairing.checkCode(), joining.checkCode)
            // Each answer waits for the other phone's.
            val joined = async { joining.confirm("Till") }
            pairing.confirm(scope)
            joined.await()
        }
    }

    @Test
    fun `a till is paid for the account, pays within its limit, and nothing after it was revoked`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val owner = town.person("Taco Truck").wallet
            val ann = town.person("Ann").wallet
            val till = join(owner, town.phone(), Scope(pay = true, perOrder = listOf(owner.parseMoney("2 USD"))))
            val request = till.requests.create(till.parseMoney("4.50 USD"))
            val paid = ann.confirm(ann.prepare(PayTo.scanned(request.link)))
            assertInstanceOf(Outcome.Settled::class.java, ann.outcome(paid.id, 20.seconds))
            till.sync()
            owner.sync()
            assertEquals("24.50 USD", owner.balances().single().available.toString())
            assertEquals(till.balances(), owner.balances(), "one account")

            val alias = PayTo.scanned(ann.status().alias)
            val refused = failure<FarthingException.Denied> { till.prepare(alias, till.parseMoney("3 USD")) }
            assertEquals("over_order_limit", refused.kind)
            val draft = till.prepare(alias, till.parseMoney("2 USD"))

            val (own, added) = owner.devices.list()
            assertTrue(own.isThis && own.administers && own.active)
            assertFalse(added.isThis || added.administers)
            assertEquals(listOf("2.00 USD"), added.perOrder.map { it.toString() })
            owner.devices.revoke(added.id)
            assertFalse(owner.devices.list().last().active)
            val late = failure<FarthingException> {
                val payment = till.confirm(draft)
                when (val end = till.outcome(payment.id, 20.seconds)) {
                    is Outcome.Refused -> throw FarthingException.Denied(end.why)
                    else -> error("$end")
                }
            }
            assertEquals(MoneyMoved.No, late.moneyMoved)
            owner.sync()
            assertEquals("24.50 USD", owner.balances().single().available.toString())
            for (wallet in listOf(owner, ann, till)) wallet.close()
        }
    }

    @Test
    fun `what no certificate can say is refused at once, and the pairing goes on`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val owner = town.person("Taco Truck").wallet
            val usd = listOf("1 USD", "2 USD").map { owner.parseMoney(it) }
            val pairing = owner.devices.show()
            town.phone().empty().join(pairing.offer).use { joining ->
                assertEquals(pairing.checkCode(), joining.checkCode)
                val impossible = listOf(
                    Scope(perOrder = usd), Scope(perDay = usd), Scope(life = Duration.ZERO), Scope(payees = List(9) { "truck-$it" }),
                    Scope(payees = listOf("a")), Scope(perOrder = List(9) { Money.of("1", "AA" + ('A' + it), 2) }),
                )
                for (scope in impossible) {
                    assertEquals("malformed_input", failure<FarthingException.Unreadable> { pairing.confirm(scope) }.kind)
                }
                val joined = async { joining.confirm("Till") }
                pairing.confirm(Scope(perOrder = usd.take(1)))
                joined.await().close()
            }
            owner.close()
        }
    }

    @Test
    fun `a no on either phone adds nothing`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val owner = town.person("Ann").wallet
            val pairing = owner.devices.show()
            val phone = town.phone()
            phone.empty().join(pairing.offer).use { joining ->
                assertEquals(pairing.checkCode(), joining.checkCode)
                joining.reject()
            }
            pairing.reject()
            assertEquals(1, owner.devices.list().size)
            assertInstanceOf(Opened.Empty::class.java, phone.open())
            owner.close()
        }
    }
}
