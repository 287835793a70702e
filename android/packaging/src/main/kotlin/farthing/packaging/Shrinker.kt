package farthing.packaging

import java.nio.file.Files
import java.nio.file.Path
import java.util.zip.ZipFile

/** What R8 makes. */
enum class Form(internal val options: List<String>) {
    /** Classes for a JVM. */
    Jar(listOf("--classfile")),

    /** Code for phones from Android 9 on. */
    Dex(listOf("--min-api", "28")),
}

/** What R8 said. */
class Shrunk(val succeeded: Boolean, val said: String)

/**
 * Runs R8 in full mode, in a process of its own: it takes a gigabyte. [missingAllowed] lets classes be missing, which otherwise
 * are errors.
 */
fun shrink(
    form: Form, inputs: List<Path>, libraries: List<Path>, rules: List<Path>, output: Path, missingAllowed: Boolean = false,
): Shrunk {
    val java = Path.of(System.getProperty("java.home"), "bin", "java")
    val r8 = Path.of(com.android.tools.r8.R8::class.java.protectionDomain.codeSource.location.toURI())
    val further = Files.createTempFile("r8", ".pro")
    Files.writeString(further, if (missingAllowed) "-ignorewarnings\n" else "")
    val command = listOf("$java", "-Xmx1500m", "-cp", "$r8", "com.android.tools.r8.R8", "--release", "--output", "$output") +
        form.options + libraries.flatMap { listOf("--lib", "$it") } + rules.plusElement(further).flatMap { listOf("--pg-conf", "$it") } +
        inputs.map { "$it" }
    val process = ProcessBuilder(command).redirectErrorStream(true).start()
    val said = process.inputReader().readText()
    val succeeded = process.waitFor() == 0
    Files.delete(further)
    return Shrunk(succeeded, said)
}

/** The rules that jars bring along, written into [folder]: R8's command line does not look for them. */
fun rulesWithin(jars: List<Path>, folder: Path): List<Path> {
    Files.createDirectories(folder)
    return jars.flatMap { jar ->
        ZipFile(jar.toFile()).use { zip ->
            val names = zip.entries().asSequence().filter { !it.isDirectory }.map { it.name }.toList()
            val own = names.filter { it.startsWith("META-INF/com.android.tools/r8/") }
            own.ifEmpty { names.filter { it.startsWith("META-INF/proguard/") } }.map { name ->
                val file = folder.resolve("${jar.fileName}-${name.substringAfterLast('/')}.pro")
                zip.getInputStream(zip.getEntry(name)).use { Files.write(file, it.readBytes()) }
                file
            }
        }
    }
}
