package farthing.person

import java.nio.file.Path
import java.util.HexFormat
import java.util.concurrent.TimeUnit
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** A person starts and answers; `scripts/scenarios` plays all of them. */
class PersonTest {
    @TempDir
    lateinit var folder: Path

    /** The class path of these tests: of this module, what was generated for it, and the libraries. */
    private val classPath = System.getProperty("java.class.path")

    @Test
    fun `a person answers each call, and ends with its input`() {
        val person = ProcessBuilder(
            "${System.getProperty("java.home")}/bin/java",
            "-Djna.library.path=${System.getProperty("jna.library.path")}",
            "-cp", classPath, "farthing.person.MainKt", "$folder", "7",
        ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val (input, output) = person.outputWriter() to person.inputReader()
        fun said(line: String): Any? {
            input.write("$line\n")
            input.flush()
            return Json.read(output.readLine())
        }
        val empty = mapOf("opened" to "empty", "reason" to null)
        assertEquals(mapOf("id" to 1L, "ok" to empty), said("""{"id": 1, "do": "open"}"""))
        val nothing = said("""{"id": 2, "do": "recognise", "text": "two \"tacos\", please"}""").members()["error"].members()
        assertEquals(listOf("not_recognised", "no", "unreadable"), listOf("kind", "moneyMoved", "class").map(nothing::get))
        assertTrue(said("""{"id": 3, "do": "dance"}""").members().containsKey("unsupported"))
        assertTrue(said("""{"id": 4, "do": "open", "window": true}""").members().containsKey("wrong"))
        input.close()
        assertTrue(person.waitFor(30, TimeUnit.SECONDS), "it goes on without input")
        assertEquals(0, person.exitValue())
    }

    /** As the key of the same number in Rust. */
    @Test
    fun `the key in hardware is the same in every language`() {
        val point = "040b69f1031bde1e0700b11870f5d693807e62dfa617ba28e0afa3a1e11ed914bb" +
            "636f97f2dd6bd8ba36367cacbea6afa18d42f2923c20362f72a74fe99d13e9aa"
        assertEquals(point, HexFormat.of().formatHex(Hardware(7).point))
    }

    @Test
    fun `what is written is read again`() {
        val value = mapOf("a" to listOf(1L, -2L, null, true), "b" to mapOf("c" to "\"\\\n\u0007ü"), "d" to emptyList<Any>())
        assertEquals(value, Json.read(Json.write(value)))
    }
}
