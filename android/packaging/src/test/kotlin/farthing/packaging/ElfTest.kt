package farthing.packaging

import java.nio.file.Files
import java.nio.file.Path
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

class ElfTest {
    @TempDir
    lateinit var folder: Path

    private fun linked(page: Int): Path {
        val source = Files.writeString(folder.resolve("one.c"), "int one(void) { return 1; }")
        val library = folder.resolve("lib$page.so")
        val options = listOf("-shared", "-fPIC", "-Wl,-z,max-page-size=$page", "-o", "$library", "$source")
        assertEquals(0, ProcessBuilder(listOf("cc") + options).inheritIO().start().waitFor())
        return library
    }

    @Test
    fun `what is aligned to 4 KiB does not fit, to 16 KiB it does`() {
        assertFalse(fitsLargePages(linked(4096)))
        assertTrue(fitsLargePages(linked(16384)))
        assertTrue(loadAlignments(linked(65536)).all { it == 65536L })
    }

    @Test
    fun `what is no library is said so`() {
        val text = Files.writeString(folder.resolve("text.so"), "no library".repeat(20))
        assertThrows(IllegalArgumentException::class.java) { loadAlignments(text) }
    }
}
