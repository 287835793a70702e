package farthing.ui

import farthing.Farthing
import farthing.testkit.LocalVerifier
import java.lang.reflect.Modifier
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.name
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS
import org.junit.jupiter.api.io.TempDir

/**
 * Every call can be made on the thread that draws the screen. The kernel sees to it: that thread may touch no file and no socket,
 * or the process ends ([Confined]). Each case is a process of its own.
 */
@EnabledOnOs(OS.LINUX, architectures = ["amd64"])
class UiThreadTest {
    @TempDir
    lateinit var folder: Path

    private class End(val status: Int, val lastCall: String, val waits: Map<String, Long>) {
        val waited = waits.filterValues { it > 0 }
    }

    private fun run(planted: Planted? = null, inside: Path = folder): End = LocalVerifier.start(inside).use { verifier ->
        val java = "${System.getProperty("java.home")}/bin/java"
        val library = "-Djna.library.path=${System.getProperty("jna.library.path")}"
        val classPath = System.getProperty("java.class.path")
        val arguments = listOfNotNull("$inside", verifier.invite(uses = ACCOUNTS), planted?.name)
        val app = ProcessBuilder(listOf(java, library, "-cp", classPath, "farthing.ui.UiThreadApp") + arguments)
            .redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val said = app.inputReader().readLines()
        val waits = said.map { it.split(' ') }.filter { it.size == 2 }.associate { (name, waits) -> name to waits.toLong() }
        End(app.waitFor(), Files.readString(inside.resolve("progress")).trim(), waits)
    }

    @Test
    fun `no call touches a file or a socket on the thread that makes it, or lets it wait`() {
        // The virtual machine reads files of its own, and waits for itself, on any thread, but not each time; a call of ours would.
        val ends = mutableListOf<End>()
        do ends += run(inside = Files.createDirectory(folder.resolve("${ends.size}")))
        while (ends.size < TRIES && (ends.none { it.status == 0 } || alwaysWaited(ends).isNotEmpty()))
        assertTrue(ends.any { it.status == 0 }, "it ended in ${ends.map { it.lastCall }}")
        assertEquals(emptySet<String>(), alwaysWaited(ends))
        assertEquals(public(), ends.first { it.status == 0 }.waits.keys.toSortedSet())
    }

    @Test
    fun `who touches a file ends there`() = assertEnds(Planted.File)

    @Test
    fun `who touches a socket ends there`() = assertEnds(Planted.Socket)

    private fun assertEnds(planted: Planted) {
        val end = run(planted)
        assertEquals(SIGNALLED + SIGSYS, end.status)
        assertEquals(planted.name, end.lastCall)
    }

    @Test
    fun `who waits is found`() = assertTrue("Waiting" in run(Planted.Waiting).waited)

    /** The calls that made their thread wait in each process that came to its end. */
    private fun alwaysWaited(ends: List<End>): Set<String> =
        ends.filter { it.status == 0 }.map { it.waited.keys }.reduceOrNull { some, others -> some intersect others }.orEmpty()

    /** What an app can call: functions of what the library gives out, and what there is without it. */
    private fun public(): Set<String> {
        val root = Path.of(Farthing::class.java.protectionDomain.codeSource.location.toURI()).resolve("farthing")
        val found = Files.list(root).use { files -> files.map { it.name.removeSuffix(".class") }.toList() }
            .filter { it.first().isUpperCase() }
            .map { Class.forName("farthing.$it") }
            .filter { Modifier.isPublic(it.modifiers) && it.isInterface && it.name.removePrefix("farthing.") !in VALUES_AND_OURS }
        assertTrue(found.size > 10, "$found")
        val named = (found + Farthing::class.java).flatMap { type ->
            type.methods.filter { !Modifier.isStatic(it.modifiers) && !it.isSynthetic && it.declaringClass != Any::class.java }
                .map { "${type.simpleName}.${it.name.substringBefore('-')}" }
        }
        return (named + listOf("Keys.inMemory", "Keys.sealed")).toSortedSet()
    }

    private companion object {
        const val ACCOUNTS = 100
        const val TRIES = 5
        const val SIGNALLED = 128
        const val SIGSYS = 31

        /** What only holds values, and what an app gives to the library. */
        val VALUES_AND_OURS = setOf(
            "AllowanceOutcome", "Approval", "Approver", "CarriedReply", "Event", "Opened", "Outcome", "SealingKey", "TabOutcome",
            "Taken", "Warning",
        )
    }
}
