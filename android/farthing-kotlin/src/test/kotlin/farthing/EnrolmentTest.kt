package farthing

import farthing.testkit.KeptKey
import farthing.testkit.Town
import java.nio.file.Path
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

class EnrolmentTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `an invite opens an account, and the folder holds it from then on`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val phone = town.phone()
            val invite = town.verifier.invite("7.50 USD")
            val wallet = phone.empty().enrol(invite, "Ann", "ann-7")
            assertEquals("7.50 USD", wallet.balances().single().available.toString())
            val status = wallet.status()
            assertEquals("Ann", status.name)
            assertEquals("ann-7", status.alias)
            wallet.close()

            val again = phone.ready()
            assertEquals(status.account, again.status().account)
            again.close()
        }
    }

    @Test
    fun `a second enrolment is refused in the same folder, and with the same invite`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val phone = town.phone()
            val empty = phone.empty()
            val invite = town.verifier.invite()
            empty.enrol(invite).close()

            val twice = failure<FarthingException.Misuse> { empty.enrol(town.verifier.invite()) }
            assertEquals("already_enrolled", twice.kind)
            assertEquals(351, twice.code)
            assertEquals(MoneyMoved.No, twice.moneyMoved)
            assertEquals(Retry.Never, twice.retry)

            val usedUp = failure<FarthingException.Denied> { town.phone().empty().enrol(invite) }
            assertEquals(MoneyMoved.No, usedUp.moneyMoved)
            assertEquals(Retry.Never, usedUp.retry)

            // Neither attempt has done anything to the wallet that was there.
            val wallet = phone.ready()
            assertEquals("20.00 USD", wallet.balances().single().available.toString())
            wallet.close()
        }
    }

    @Test
    fun `a folder has one owner at a time`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            val refused = failure<FarthingException.Storage> { ann.phone.open() }
            assertEquals("database_busy", refused.kind)
            assertEquals(MoneyMoved.No, refused.moneyMoved)
            assertEquals(Retry.Later, refused.retry)
            ann.wallet.close()
            ann.phone.ready().close()
        }
    }

    @Test
    fun `a phrase brings the account back on another phone, and the old phone is refused`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            val account = ann.wallet.status().account
            val numbers = ann.wallet.revealPhrase().use { phrase ->
                assertEquals(24, phrase.size)
                (1..phrase.size).map(phrase::word)
            }
            assertTrue(numbers.all { Farthing.wordList()[it].isNotEmpty() })

            val found = Farthing.phraseEntry().use { typed ->
                val incomplete = numbers.dropLast(1)
                incomplete.forEach(typed::add)
                assertEquals("wrong_phrase", failure<FarthingException.Unreadable> { typed.check() }.kind)
                typed.add(numbers.last())
                typed.check()
                town.phone().empty().restore(town.verifier.invite(grant = null), typed, "Ann")
            }
            found.sync()
            assertEquals(account, found.status().account)
            assertEquals("20.00 USD", found.balances().single().available.toString())

            val ben = town.person("Ben")
            val request = ben.wallet.requests.create(Money.of("1.00", "USD", 6))
            val lost = failure<FarthingException.Denied> {
                ann.wallet.confirm(ann.wallet.prepare(PayTo.scanned(request.link)))
            }
            assertEquals("revoked", lost.kind)
            listOf(found, ann.wallet, ben.wallet).forEach { it.close() }
        }
    }

    @Test
    fun `a wallet whose key is gone needs its phrase, and is never taken for an empty folder`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            ann.wallet.close()
            val opened = ann.phone.open(KeptKey(4711))
            val reason = (opened as Opened.NeedsRecovery).reason
            assertEquals("key_invalidated", reason.kind)
            assertEquals(Action.Restore, reason.action)

            // With its own key it is what it was.
            ann.phone.ready().close()
        }
    }
}
