package farthing.packaging

import java.util.zip.ZipFile
import java.io.ByteArrayInputStream
import java.nio.file.Files
import java.util.zip.ZipInputStream
import kotlin.io.path.extension
import kotlin.io.path.name
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class AarTest {
    private val entries: Map<String, ByteArray> by lazy {
        ZipFile(Built.aar.toFile()).use { zip ->
            zip.entries().asSequence().filter { !it.isDirectory }.associate { it.name to zip.getInputStream(it).readBytes() }
        }
    }

    private val classes: Map<String, ByteArray> by lazy {
        val found = LinkedHashMap<String, ByteArray>()
        ZipInputStream(ByteArrayInputStream(entries.getValue("classes.jar"))).use { zip ->
            generateSequence { zip.nextEntry }.filter { it.name.endsWith(".class") }.forEach { found[it.name] = zip.readBytes() }
        }
        found
    }

    @Test
    fun `it holds what Android's build looks for, and nothing else`() {
        val expected = setOf(
            "AndroidManifest.xml", "R.txt", "classes.jar", "proguard.txt", "res/values/strings.xml", "res/raw/farthing_keep.xml",
            "res/values/farthing_errors.xml", "res/values-ko/farthing_errors.xml", "res/values-es/farthing_errors.xml",
            "res/xml/farthing_backup_rules.xml", "res/xml/farthing_data_extraction_rules.xml",
        )
        assertEquals(expected, entries.keys.filterNot { it.startsWith("jni/") }.toSet())
        assertTrue(entries.keys.filter { it.startsWith("jni/") }.all { it.matches(Regex("jni/[a-z0-9_-]+/libfarthing_ffi\\.so")) })
    }

    @Test
    fun `without native code it is small`() {
        val native = ZipFile(Built.aar.toFile()).use { zip ->
            zip.entries().asSequence().filter { it.name.startsWith("jni/") }.sumOf { it.compressedSize }
        }
        val size = Files.size(Built.aar) - native
        assertTrue(size < 200 * 1024, "it has $size bytes")
    }

    @Test
    fun `its names of resources are its own alone`() {
        val names = String(entries.getValue("R.txt")).lines().filter { it.isNotBlank() }.map { it.split(' ')[2] }
        assertTrue("farthing_data_extraction_rules" in names)
        assertEquals(emptyList<String>(), names.filterNot { it.startsWith("farthing_") })
    }

    @Test
    fun `classes for resources come from the app's build`() {
        assertEquals(emptyList<String>(), classes.keys.filter { it.substringAfterLast('/').matches(Regex("R(\\$.*)?\\.class")) })
        assertTrue(classes.keys.all { it.startsWith("farthing/android/") })
    }

    @Test
    fun `its code uses the libraries that it names, and no others`() {
        val named = listOf("annotation", "biometric", "core", "fragment", "lifecycle", "activity")
        val used = classes.values.flatMap { bytes ->
            Regex("androidx/([a-z0-9]+)/").findAll(String(bytes, Charsets.ISO_8859_1)).map { it.groupValues[1] }
        }.toSet()
        assertEquals(emptySet<String>(), used - named.toSet())
    }

    @Test
    fun `the same sources make the same bytes`() {
        val times = ZipFile(Built.aar.toFile()).use { zip -> zip.entries().asSequence().map { it.timeLocal.toString() }.toSet() }
        assertEquals(1, times.size, "$times")
        val inner = HashSet<String>()
        ZipInputStream(ByteArrayInputStream(entries.getValue("classes.jar"))).use { zip ->
            generateSequence { zip.nextEntry }.forEach { inner += it.timeLocal.toString() }
        }
        assertEquals(1, inner.size, "$inner")
    }

    @Test
    fun `JNA comes once, as an AAR to phones and as a jar to JVMs`() {
        val app = Sample(Built.android, Built.android.resolve("packaging/target/apk")).libraries
        assertEquals(listOf("aar"), app.filter { it.startsWith("jna-") }.map { it.substringAfterLast('.') })
        val jvm = Built.classPath.filter { it.name.startsWith("jna-") }
        assertEquals(listOf("jar"), jvm.map { it.extension })
        assertTrue(Files.exists(jvm.single()))
    }
}
