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
        var end = run(inside = Files.createDirectory(folder.resolve("1")))
        for (attempt in 2..TRIES) {
            if (end.status == 0 && end.waited.isEmpty()) break
            end = run(inside = Files.createDirectory(folder.resolve("$attempt")))
        }
        assertEquals(0, end.status, "it ended in ${end.lastCall}")
        assertEquals(emptyMap<String, Long>(), end.waited)
        assertEquals(public(), end.waits.keys.toSortedSet())
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
    fun `who waits is found`() = assertEquals(setOf("Waiting"), run(Planted.Waiting).waited.keys)

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
        const val TRIES = 3
        const val SIGNALLED = 128
        const val SIGSYS = 31

        /** What only holds values, and what an app gives to the library. */
        val VALUES_AND_OURS = setOf(
            "Approval", "Approver", "Event", "Opened", "Outcome", "SealingKey", "Warning",
        )
    }
}
