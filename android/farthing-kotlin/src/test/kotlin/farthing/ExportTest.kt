package farthing

import farthing.testkit.Town
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.listDirectoryEntries
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Everything that a wallet knows, as files that others can check. */
class ExportTest {
    @TempDir
    lateinit var folder: Path

    /** The exit code of the real program, and what it printed. */
    private fun verify(vararg arguments: String): Pair<Int, String> {
        val program = Path.of(System.getProperty("farthing.programs"), "farthing").toString()
        val process = ProcessBuilder(listOf(program, "--json", "verify") + arguments).redirectErrorStream(true).start()
        return process.inputReader().readText().let { process.waitFor() to it }
    }

    @Test
    fun `whoever has the files and the root can check a receipt`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val (ann, truck) = listOf("Ann", "Taco Truck").map { town.person(it).wallet }
            val request = truck.requests.create(truck.parseMoney("4.50 USD"))
            val payment = ann.confirm(ann.prepare(PayTo.scanned(request.link), memo = "two tacos"))
            assertInstanceOf(Outcome.Settled::class.java, ann.outcome(payment.id, 20.seconds))

            val out = folder.resolve("export")
            val written = ann.account.export(out)
            val files = out.listDirectoryEntries()
            assertEquals(files.size, written.files)
            assertEquals(ann.history().size, written.payments)
            assertEquals(0, written.requests)
            assertTrue("two tacos" in Files.readString(out.resolve("wallet.json")))

            val receipt = out.resolve("${payment.id.text}.receipt.cose").toString()
            val certificate = out.resolve("verifier-certificate-1.cose").toString()
            val (code, told) = verify(receipt, "--root", ann.status().verifier, "--certificate", certificate)
            assertEquals(0, code, told)
            assertTrue("\"kind\":\"receipt\"" in told && "\"valid\":true" in told, told)
            assertEquals(6, verify(receipt, "--root", "ab".repeat(32), "--certificate", certificate).first)

            val full = failure<FarthingException.Storage> { ann.account.export(out) }
            assertEquals("storage", full.kind)
            assertEquals(files, out.listDirectoryEntries())
            for (wallet in listOf(ann, truck)) wallet.close()
        }
    }
}
