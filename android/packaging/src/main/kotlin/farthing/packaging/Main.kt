package farthing.packaging

import java.nio.file.Files
import java.nio.file.Path
import kotlin.system.exitProcess

/** What scripts/build-android calls: `apk ANDROID JNI OUT`, or `pages LIBRARY…`. */
fun main(arguments: Array<String>) {
    when (arguments.firstOrNull()) {
        "apk" -> {
            val (android, jni, out) = arguments.drop(1).map { Path.of(it) }
            Sample(android, android.resolve("packaging/target/apk")).apk(jni, out)
            println("$out: ${Files.size(out)} bytes, signatures v2 and v3 hold")
        }
        "pages" -> {
            val small = arguments.drop(1).map { Path.of(it) }.filterNot(::fitsLargePages)
            if (small.isEmpty()) return
            System.err.println("Not aligned to 16 KiB, so that some phones cannot load it: ${small.joinToString()}")
            exitProcess(1)
        }
        else -> {
            System.err.println("packaging: apk ANDROID JNI OUT | pages LIBRARY…")
            exitProcess(2)
        }
    }
}
