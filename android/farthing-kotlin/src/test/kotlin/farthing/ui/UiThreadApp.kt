package farthing.ui

import java.net.ServerSocket
import java.net.URI
import java.nio.file.Files
import java.nio.file.Path
import java.util.jar.JarFile
import kotlin.io.path.extension
import kotlin.io.path.isDirectory
import kotlin.io.path.relativeTo
import kotlin.streams.asSequence
import kotlinx.coroutines.runBlocking

/** What the thread is made to do beside, to see that it is noticed. */
internal enum class Planted(val act: (Path) -> Unit) {
    File({ Files.exists(it.resolve("anything")) }),
    Socket({ ServerSocket().bind(null) }),
    Waiting({ Thread.sleep(1) }),
}

/**
 * Makes every call on the thread that draws the screen, after the kernel was told what that thread may not do. Arguments: a
 * folder, an invite, and perhaps what is planted. Says each call, and how often it made the thread wait at least.
 */
internal object UiThreadApp {
    private val used = listOf("farthing/", "kotlin/", "kotlinx/coroutines/", "com/sun/jna/")

    /** So often: a garbage collection makes a thread wait, too, but not each time. */
    private const val TIMES = 3

    @JvmStatic
    fun main(arguments: Array<String>) {
        val folder = Path.of(arguments[0])
        val invite = arguments[1]
        // What has to be read before anything can be called: code, the native library, and its threads.
        loadAll()
        UiThread(folder.resolve("beforehand")).use { runBlocking(it) { EveryCall(folder.resolve("town-0"), invite, it).live() } }

        UiThread(folder.resolve("progress")).use { ui ->
            ui.confine()
            val planted = arguments.getOrNull(2)?.let(Planted::valueOf)
            val runs = (1..TIMES).map { run ->
                runBlocking(ui) {
                    planted?.let { ui.call(it.name) { it.act(folder) } }
                    EveryCall(folder.resolve("town-$run"), invite, ui).live()
                }
                ui.noted()
            }
            for (name in runs.first().keys) println("$name ${runs.minOf { it.getValue(name) }}")
        }
    }

    /** Classes of the class path, and of the virtual machine: one is read from a file when it is first used. */
    private fun loadAll() {
        val places = System.getProperty("java.class.path").split(':').map(Path::of)
        places.flatMap(::classes).filter { used.any(it::startsWith) }.forEach(::load)
        classes(Path.of(URI("jrt:/java.base"))).forEach(::load)
    }

    private fun classes(place: Path): List<String> = when {
        place.isDirectory() ->
            Files.walk(place).use { all -> all.asSequence().map { it.relativeTo(place).toString() }.toList() }
        place.extension == "jar" ->
            JarFile(place.toFile()).use { jar -> jar.entries().asSequence().map { it.name }.toList() }
        else -> emptyList()
    }.filter { it.endsWith(".class") }

    private fun load(name: String) {
        try {
            Class.forName(name.removeSuffix(".class").replace('/', '.'), false, javaClass.classLoader)
        } catch (_: LinkageError) {
            // Made for something that is not here, so nothing of ours uses it.
        } catch (_: ClassNotFoundException) {
            // A module's own description, which is no class.
        }
    }
}
