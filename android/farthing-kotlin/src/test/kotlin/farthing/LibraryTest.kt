package farthing

import java.nio.file.Files
import java.nio.file.Path
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Each case needs a process of its own: a library that was loaded stays. */
class LibraryTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `the library that belongs to this code is loaded`() {
        assertEquals("loaded", load(Path.of(System.getProperty("jna.library.path"))))
    }

    @Test
    fun `a library that is missing is told as missing`() {
        assertEquals("missing", load(folder))
    }

    @Test
    fun `a library of another version is told as such, with both versions`() {
        compile("unsigned farthing_abi(void) { return 4000000000u; }")
        assertEquals("mismatch: found 4000000000", load(folder))
    }

    @Test
    fun `a library that does not know of versions is another version`() {
        compile("int something_else(void) { return 1; }")
        assertEquals("mismatch: found null", load(folder))
    }

    private fun compile(source: String) {
        val file = Files.writeString(folder.resolve("library.c"), source)
        val library = folder.resolve(System.mapLibraryName("farthing_ffi"))
        assertEquals(0, ProcessBuilder("cc", "-shared", "-fPIC", "-o", "$library", "$file").inheritIO().start().waitFor())
    }

    /** What an app hears whose libraries are in this folder. */
    private fun load(libraries: Path): String {
        val java = Path.of(System.getProperty("java.home"), "bin", "java")
        val app = ProcessBuilder(
            "$java", "-cp", System.getProperty("java.class.path"), "-Djna.library.path=$libraries", "farthing.LoadingApp",
        )
        return app.redirectError(ProcessBuilder.Redirect.INHERIT).start().inputReader().readText().trim()
    }
}

/** An app that does nothing but load the library. */
internal object LoadingApp {
    @JvmStatic
    fun main(arguments: Array<String>) {
        check(arguments.isEmpty())
        val heard = try {
            Farthing.load()
            "loaded"
        } catch (_: LibraryException.Missing) {
            "missing"
        } catch (other: LibraryException.Mismatch) {
            "mismatch: found ${other.found}"
        }
        println(heard)
    }
}
