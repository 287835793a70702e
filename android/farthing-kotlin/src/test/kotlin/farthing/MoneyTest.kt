package farthing

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test

class MoneyTest {
    private fun usd(number: String) = Money.of(number, "USD", 6)

    @Test
    fun `is read exactly and shown as people write it`() {
        for ((number, units, shown) in listOf(
            Triple("4.50", 4_500_000L, "4.50 USD"),
            Triple("4.5", 4_500_000L, "4.50 USD"),
            Triple("0.000001", 1L, "0.000001 USD"),
            Triple("12", 12_000_000L, "12.00 USD"),
            Triple("0.0230", 23_000L, "0.023 USD"),
            Triple("0", 0L, "0.00 USD"),
            Triple("100", 100_000_000L, "100.00 USD"),
        )) {
            assertEquals(units, usd(number).units, number)
            assertEquals(shown, usd(number).toString(), number)
        }
        assertEquals("1500 KRW", Money.of("1500", "KRW", 4).toString())
        assertEquals("1000000000.00 USD", usd("1000000000").toString())
    }

    @Test
    fun `refuses what could be another amount to somebody else`() {
        for (number in listOf(
            "", "four", "1.", ".5", "+1", "-1", "1e3", "1,5", " 1", "1 ", "\u0661", "0.0000001", "1000000000.000001",
            "99999999999999999999",
        )) {
            assertThrows(IllegalArgumentException::class.java, { usd(number) }, number)
        }
        assertThrows(IllegalArgumentException::class.java) { Money.of("1", "usd", 6) }
        assertThrows(IllegalArgumentException::class.java) { Money.of("1", "USD", 13) }
        assertThrows(IllegalArgumentException::class.java) { Money(-1, "USD", 6) }
    }

    @Test
    fun `adds and subtracts within a currency, and never below nothing`() {
        assertEquals(usd("5.00"), usd("4.50") + usd("0.50"))
        assertEquals(usd("4.00"), usd("4.50") - usd("0.50"))
        assertEquals(true, usd("4.50") > usd("0.50"))
        assertNotEquals(Money.of("1", "USD", 6), Money.of("1", "EUR", 6))
        assertThrows(IllegalArgumentException::class.java) { usd("0.50") - usd("4.50") }
        assertThrows(IllegalArgumentException::class.java) { usd("1") + Money.of("1", "KRW", 4) }
        assertThrows(IllegalArgumentException::class.java) { usd("1") < Money.of("1", "USD", 2) }
        assertThrows(IllegalArgumentException::class.java) { usd("1000000000") + usd("0.000001") }
    }
}
