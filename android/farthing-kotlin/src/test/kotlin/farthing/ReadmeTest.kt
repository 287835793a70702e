package farthing

import farthing.testkit.KeptKey
import farthing.testkit.Town
import java.nio.file.Files
import java.nio.file.Path
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** What README.md shows is what runs here. */
class ReadmeTest {
    @TempDir
    lateinit var dir: Path

    // README
    suspend fun pay(folder: Path, key: SealingKey, invite: String, scanned: String): String {
        val keys = Keys.sealed(folder.resolve("keys"), folder.resolve("state"), key)
        val wallet = when (val opened = Farthing.open(folder.resolve("wallet"), keys)) {
            is Opened.Ready -> opened.wallet
            is Opened.Empty -> opened.enrol(invite, name = "Ann")
            is Opened.NeedsRecovery -> return opened.reason.sentence
        }
        try {
            val draft = wallet.prepare(PayTo.scanned(scanned), memo = "two tacos")
            // Show draft.payee, draft.amount, draft.fee and draft.warnings here, and ask.
            val payment = wallet.confirm(draft)
            return when (val end = wallet.outcome(payment.id, wait = 10.seconds)) {
                is Outcome.Settled -> "Paid ${end.payment.amount}"
                is Outcome.Refused -> end.why.sentence
                is Outcome.Unknown -> end.because.sentence
            }
        } catch (failure: FarthingException) {
            return "${failure.problem.sentence} Money moved: ${failure.moneyMoved}"
        } finally {
            wallet.close()
        }
    }
    // README

    @Test
    fun `the example pays`() = runBlocking<Unit> {
        Town(dir).use { town ->
            val truck = town.person("Taco Truck")
            val request = truck.wallet.requests.create(Money.of("4.50", "USD", 6))
            val folder = Files.createDirectory(dir.resolve("ann"))
            val invite = town.verifier.invite()
            assertEquals("Paid 4.50 USD", pay(folder, KeptKey(17), invite, request.link))
            // The wallet is there now; the request is not to be paid again.
            assertEquals("This request has already been paid.", pay(folder, KeptKey(17), invite, request.link))
            truck.wallet.close()
        }
    }

    @Test
    fun `the example is the one in the README`() {
        val source = Files.readString(Path.of("src/test/kotlin/farthing/ReadmeTest.kt"))
        val example = source.split("    // README\n")[1].trimIndent()
        val readme = Files.readString(Path.of("../README.md"))
        assertTrue(readme.contains("```kotlin\n$example\n```"), "README.md shows another example than this:\n$example")
    }
}
