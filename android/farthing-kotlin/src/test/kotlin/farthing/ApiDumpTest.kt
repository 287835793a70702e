package farthing

import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import org.jetbrains.kotlin.abi.tools.AbiFilters
import org.jetbrains.kotlin.abi.tools.AbiTools
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What apps may call, written down: a change of it is seen by whoever reads the change. */
class ApiDumpTest {
    @Test
    fun `the public surface is the one that is written down`() {
        val dump = StringBuilder().also {
            // What is ours alone is no promise.
            val filters = AbiFilters(emptySet(), setOf("farthing.internal.**"), emptySet(), emptySet())
            val classes = File("target/classes").walk().filter { file -> file.extension == "class" }.toList()
            AbiTools.getInstance().printJvmDump(it, classes, filters)
        }.toString()
        assertTrue("public abstract interface class farthing/Wallet" in dump)
        val written = Path.of("api/farthing-kotlin.api")
        if (System.getProperty("farthing.api") == "write") Files.writeString(written, dump)
        assertEquals(
            Files.readString(written), dump,
            "The public surface has changed. Say so in CHANGELOG.md, and write it down with scripts/kotlin --api",
        )
    }
}
