package farthing

import farthing.testkit.KeptKey
import farthing.testkit.Phone
import farthing.testkit.Town
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir

/** A wallet that is opened and closed again and again leaves nothing behind: no memory, no threads, no open files. */
class OpenCloseTest {
    @TempDir
    lateinit var folder: Path

    /** `scripts/kotlin --endurance` makes it 10,000, and shows the figures. */
    private val cycles = Integer.getInteger("farthing.cycles")

    @Test
    @Timeout(2, unit = TimeUnit.HOURS)
    fun `opening and closing leaves nothing behind`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val phone = Phone(folder.resolve("phone"), OpenCloseApp.key)
            phone.empty().enrol(town.verifier.invite(), "Ann").close()
            val measured = app("${folder.resolve("phone")}", "$cycles")
            val (before, after) = measured[measured.size / 3] to measured.last()
            assertEquals(cycles, after.cycles)
            val grown = after.cycles - before.cycles
            // Threads come and go by a few; one for each cycle, or for each tenth, is another thing.
            assertTrue(after.threads - before.threads < grown / 10, "threads: $measured")
            assertTrue(after.files - before.files < grown / 10, "open files: $measured")
            assertTrue(after.resident - before.resident < SETTLING + grown * PER_CYCLE, "KiB: $measured")
        }
    }

    private data class Figures(val cycles: Int, val threads: Int, val files: Int, val resident: Int)

    /** Runs in a process of its own, whose heap has its size from the beginning: what grows then is not Java's. */
    private fun app(vararg arguments: String): List<Figures> {
        val java = Path.of(System.getProperty("java.home"), "bin", "java")
        val process = ProcessBuilder(
            "$java", "-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC",
            "-Djna.library.path=${System.getProperty("jna.library.path")}",
            "-cp", System.getProperty("java.class.path"), "farthing.OpenCloseApp", *arguments,
        ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val figures = process.inputReader().useLines { lines ->
            lines.map { line ->
                if (cycles > SHOWN_FROM) println(line)
                line.split(' ').map(String::toInt).let { (cycles, threads, files, resident) -> Figures(cycles, threads, files, resident) }
            }.toList()
        }
        assertEquals(0, process.waitFor())
        return figures
    }

    private companion object {
        /** KiB that a virtual machine takes while it finds out what is used often. */
        const val SETTLING = 24 * 1024
        const val PER_CYCLE = 1
        const val SHOWN_FROM = 1000
    }
}

/** An app that is started once, and opens and closes its wallet so often. Says what it has ten times. */
internal object OpenCloseApp {
    val key = KeptKey(7)

    @JvmStatic
    fun main(arguments: Array<String>) = runBlocking {
        val (phone, cycles) = Phone(Path.of(arguments[0]), key) to arguments[1].toInt()
        for (cycle in 1..cycles) {
            val wallet = phone.ready()
            wallet.balances()
            wallet.events(EventSeq.Start).first()
            wallet.connection.first { it.line == Line.Stream }
            wallet.close()
            if (cycle % (cycles / 10) == 0) {
                System.gc()
                println("$cycle ${entries("task")} ${entries("fd")} ${residentKib()}")
            }
        }
    }

    private fun entries(of: String): Int = Files.list(Path.of("/proc/self", of)).use { it.count().toInt() }

    private fun residentKib(): Int {
        val status = Files.readAllLines(Path.of("/proc/self/status"))
        return status.single { it.startsWith("VmRSS:") }.filter(Char::isDigit).toInt()
    }
}
