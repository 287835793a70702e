package farthing.packaging

import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.name

/** What the modules beside have built. */
object Built {
    val android: Path = Path.of("..").toAbsolutePath().normalize()
    val rules: Path = android.resolve("farthing-android/proguard.txt")
    val aar: Path = android.resolve("farthing-android/target/farthing-android-0.1.0.aar")
    val programs: Path = Path.of(System.getProperty("farthing.programs"))

    /** What this JVM runs with. */
    val classPath: List<Path> = System.getProperty("java.class.path").split(java.io.File.pathSeparator).map { Path.of(it) }

    /** The library and all that it needs on a JVM. */
    fun onTheJvm(): List<Path> = listOf(
        "farthing-kotlin-", "farthing-generated-", "kotlin-stdlib-", "kotlinx-coroutines-core-jvm-", "annotations-", "jna-",
    ).map { start -> classPath.single { Files.isRegularFile(it) && it.name.startsWith(start) && it.name[start.length].isDigit() } }
}
