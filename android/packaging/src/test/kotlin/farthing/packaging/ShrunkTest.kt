package farthing.packaging

import farthing.Money
import farthing.testkit.Town
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream
import kotlin.io.path.name
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/**
 * R8 says nothing when a rule is missing: the app fails when it first calls the native library. So the shrunk classes are run, on
 * this machine's JVM, against the real library and a real verifier.
 */
class ShrunkTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `an app that was shrunk by the AAR's rules pays, and one without them does not`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val truck = town.person("Taco Truck")
            val rules = Files.readString(Built.rules)
            assertEquals("Paid 4.50 USD", pays(town, truck.wallet.requests.create(usd("4.50")).link, "all", rules))
            val without = pays(town, truck.wallet.requests.create(usd("4.50")).link, "none", "")
            assertNotEquals("Paid 4.50 USD", without)
            truck.wallet.close()
        }
    }

    private fun usd(number: String) = Money.of(number, "USD", 6)

    private fun pays(town: Town, link: String, name: String, rules: String): String {
        val jar = shrunk(name, rules)
        val java = Path.of(System.getProperty("java.home"), "bin", "java")
        val app = ProcessBuilder(
            "$java", "-Djna.library.path=${Built.programs}", "-cp", "$jar", "farthing.packaging.Consumer",
            "${Files.createDirectories(folder.resolve("app-$name"))}", town.verifier.invite(), link,
        ).redirectError(folder.resolve("errors-$name").toFile()).start()
        val said = app.inputReader().readText().trim()
        assertTrue(app.waitFor(1, TimeUnit.MINUTES))
        return said.ifEmpty { Files.readString(folder.resolve("errors-$name")) }
    }

    private fun shrunk(name: String, rules: String): Path {
        val all = folder.resolve("rules-$name.pro")
        Files.writeString(all, "$rules\n-keep class farthing.packaging.Consumer { public static void main(java.lang.String[]); }\n")
        val inputs = Built.onTheJvm().plusElement(consumer())
        val output = folder.resolve("$name.jar")
        val home = Path.of(System.getProperty("java.home"))
        val embedded = rulesWithin(inputs, folder.resolve("embedded"))
        val result = shrink(Form.Jar, inputs, listOf(home), embedded.plusElement(all), output, missingAllowed = rules.isEmpty())
        assertTrue(result.succeeded, result.said)
        return output
    }

    private fun consumer(): Path {
        val jar = folder.resolve("consumer.jar")
        if (Files.exists(jar)) return jar
        val classes = Path.of(Consumer::class.java.protectionDomain.codeSource.location.toURI())
        ZipOutputStream(Files.newOutputStream(jar)).use { zip ->
            Files.list(classes.resolve("farthing/packaging")).use { files ->
                files.filter { it.name == "Consumer.class" || it.name.startsWith("Consumer$") }.forEach {
                    zip.putNextEntry(ZipEntry("farthing/packaging/${it.name}"))
                    zip.write(Files.readAllBytes(it))
                }
            }
        }
        return jar
    }
}
