package farthing.packaging

import java.nio.file.Files
import java.nio.file.Path
import java.util.zip.ZipFile
import kotlin.io.path.createDirectories
import kotlin.io.path.extension
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.name

/** Makes the sample's APK from what the modules beside have built. [android] is the folder of all of them. */
class Sample(private val android: Path, private val out: Path) {
    private val parts = android.resolve("sample/target/app").listDirectoryEntries().sorted()
    private val aar = parts.single { it.extension == "aar" }
    private val system = parts.single { it.name.startsWith("android-all-") }
    private val jars: List<Path> = parts.filter { it.extension == "jar" && it != system } +
        android.resolve("sample/target").listDirectoryEntries("sample-*.jar")

    /** What an app has of others: how JNA comes is seen here. */
    val libraries: List<String> = parts.filter { it != system }.map { it.name }

    /** Puts all code through R8. */
    fun dex(output: Path = out.resolve("dex.zip")): Shrunk {
        out.createDirectories()
        val jna = out.resolve("jna.jar")
        ZipFile(aar.toFile()).use { zip -> Files.write(jna, zip.getInputStream(zip.getEntry("classes.jar")).readBytes()) }
        val rules = listOf(
            android.resolve("android-libs/target/proguard.txt"),
            android.resolve("android-libs/target/aapt-rules.txt"),
            android.resolve("farthing-android/proguard.txt"),
            android.resolve("sample/proguard-rules.pro"),
        ) + rulesWithin(jars, out.resolve("rules"))
        // Robolectric's Android has no java.lang of its own; the JVM's stands in.
        val libraries = listOf(Path.of(System.getProperty("java.home")), system)
        return shrink(Form.Dex, jars.plusElement(jna), libraries, rules, output)
    }

    /** An APK with a debug signature. [own] are the wallet's libraries, a folder for each ABI; there may be none. */
    fun apk(own: Path, output: Path): Path {
        val dex = out.resolve("dex.zip")
        val shrunk = dex(dex)
        check(shrunk.succeeded) { "R8: ${shrunk.said}" }
        val abis = if (Files.isDirectory(own)) own.listDirectoryEntries().filter { Files.isDirectory(it) } else emptyList()
        val natives = abis.associate { abi -> abi.name to abi.listDirectoryEntries("*.so").plusElement(jna(abi.name)) }
        val unsigned = out.resolve("unsigned.apk")
        assemble(android.resolve("android-libs/target/resources.apk"), dex, natives, unsigned)
        sign(unsigned, debugKeys(out.resolve("debug.p12")), output)
        val complaints = complaints(output)
        check(complaints.isEmpty()) { "$complaints" }
        return output
    }

    private fun jna(abi: String): Path {
        val library = out.resolve("jna/$abi").createDirectories().resolve("libjnidispatch.so")
        ZipFile(aar.toFile()).use { zip ->
            Files.write(library, zip.getInputStream(checkNotNull(zip.getEntry("jni/$abi/libjnidispatch.so"))).readBytes())
        }
        return library
    }
}
