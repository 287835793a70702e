package farthing.packaging

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.nio.file.Path
import java.util.zip.ZipFile
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

class ApkTest {
    @TempDir
    lateinit var folder: Path

    /** The library for this machine stands for one for phones: as a file it is treated alike. */
    private fun native(): Path {
        val jni = Files.createDirectories(folder.resolve("jni/x86_64"))
        Files.write(jni.resolve("libfarthing_ffi.so"), ByteArray(100_000) { it.toByte() })
        return folder.resolve("jni")
    }

    @Test
    fun `all code goes through R8, nothing is missing, and the signatures hold`() {
        val apk = Sample(Built.android, folder.resolve("work")).apk(native(), folder.resolve("sample.apk"))
        assertEquals(emptyList<String>(), complaints(apk))
        ZipFile(apk.toFile()).use { zip ->
            val names = zip.entries().asSequence().map { it.name }.toSet()
            assertTrue(names.containsAll(setOf("AndroidManifest.xml", "classes.dex", "resources.arsc")), "$names")
            assertTrue(names.containsAll(setOf("lib/x86_64/libfarthing_ffi.so", "lib/x86_64/libjnidispatch.so")), "$names")
        }
        assertEquals(emptyList<String>(), misplaced(apk))

        val altered = folder.resolve("altered.apk")
        Files.write(altered, Files.readAllBytes(apk).also { it[5_000] = (it[5_000].toInt() xor 1).toByte() })
        assertFalse(complaints(altered).isEmpty())
    }

    /** What the system maps into memory and cannot, since it does not begin at a page. */
    private fun misplaced(apk: Path): List<String> {
        val bytes = ByteBuffer.wrap(Files.readAllBytes(apk)).order(ByteOrder.LITTLE_ENDIAN)
        val end = (bytes.limit() - 22 downTo 0).first { bytes.getInt(it) == 0x06054B50 }
        var at = bytes.getInt(end + 16)
        return List(bytes.getShort(end + 10).toInt()) {
            val name = ByteArray(bytes.getShort(at + 28).toInt()).also { bytes.get(at + 46, it) }.decodeToString()
            val local = bytes.getInt(at + 42)
            val data = local + 30 + bytes.getShort(local + 26) + bytes.getShort(local + 28)
            val stored = bytes.getShort(at + 10).toInt() == 0
            at += 46 + bytes.getShort(at + 28) + bytes.getShort(at + 30) + bytes.getShort(at + 32)
            when {
                name.endsWith(".so") && (!stored || data % PAGE_BYTES != 0) -> name
                name == "resources.arsc" && (!stored || data % 4 != 0) -> name
                else -> null
            }
        }.filterNotNull()
    }
}
