package farthing

import farthing.testkit.Town
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** The program of docs/embedding.md, from nothing to a payment. */
class EmbeddingTest {
    @TempDir
    lateinit var folder: Path

    /** In a process of its own, as a person starts it. */
    private fun run(vararg arguments: String): String {
        val java = Path.of(System.getProperty("java.home"), "bin", "java")
        val library = "-Djna.library.path=" + System.getProperty("jna.library.path")
        val process = ProcessBuilder(listOf("$java", library, "-cp", System.getProperty("java.class.path"), MAIN) + arguments)
            .redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val said = process.inputReader().readText()
        assertTrue(process.waitFor(1, TimeUnit.MINUTES))
        assertEquals(0, process.exitValue(), said)
        return said
    }

    @Test
    fun `the program pays once, also when it is started twice`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val truck = town.person("Taco Truck").wallet
            val request = truck.requests.create(truck.parseMoney("4.50 USD"))
            val phone = "${folder.resolve("ann")}"
            val invite = town.verifier.invite()
            assertEquals("Pay 4.50 USD to Taco Truck\nPaid 4.50 USD; 15.50 USD left\n", run(phone, invite, request.link))
            val again = run(phone, invite, request.link)
            assertEquals("Pay 4.50 USD to Taco Truck\nThis request has already been paid.\n", again)
            truck.close()
        }
    }

    @Test
    fun `the page shows this program, in less than sixty lines`() {
        val program = Files.readString(Path.of("src/test/kotlin/farthing/example/Main.kt"))
        assertTrue(program.lines().size < 60)
        assertTrue(Files.readString(Path.of("../../docs/embedding.md")).contains("```kotlin\n$program```"))
    }

    private companion object {
        const val MAIN = "farthing.example.MainKt"
    }
}
