package farthing.android

import android.content.Context
import android.content.res.Configuration
import farthing.Action
import farthing.MoneyMoved
import farthing.testkit.FakeWallet
import java.util.Locale
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test

class TextsTest : AndroidTest() {
    private fun phone(language: String): Context =
        app.createConfigurationContext(Configuration().apply { setLocale(Locale.forLanguageTag(language)) })

    private val problem = FakeWallet.problem(327, "insufficient_balance", "The library's sentence.")

    @Test
    fun `what went wrong is said in the phone's language`() {
        val said = listOf("en", "ko", "es", "fr").map { problem.sentence(phone(it)) }
        assertEquals("There is not enough money for the amount and the fee. Add money first.", said[0])
        assertTrue(said[1].any { it in '가'..'힣' })
        assertNotEquals(said[0], said[2])
        assertEquals("a language without texts has the English ones", said[0], said[3])
    }

    @Test
    fun `an error of a later library has that one's sentence`() {
        val later = FakeWallet.problem(9_999, "of_a_later_version", "The library's sentence.")
        assertEquals("The library's sentence.", later.sentence(phone("ko")))
    }

    @Test
    fun `money and actions have their words in each language`() {
        for (language in listOf("en", "ko", "es")) {
            assertEquals(3, MoneyMoved.entries.map { it.sentence(phone(language)) }.filter { ' ' in it }.toSet().size)
            assertNull(Action.None.label(phone(language)))
            val labels = (Action.entries - Action.None).map { checkNotNull(it.label(phone(language))) { "$it in $language" } }
            assertEquals(labels.size, labels.toSet().size)
        }
    }
}
