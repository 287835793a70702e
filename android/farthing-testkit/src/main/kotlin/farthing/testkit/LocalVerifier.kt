package farthing.testkit

import java.net.ServerSocket
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit

/**
 * A real verifier, run by the real program in a folder of its own, on a free port of this machine.
 *
 * Its address stays the same over [stop] and [start]. [close] ends it; the folder is the caller's.
 */
public class LocalVerifier private constructor(private val folder: Path) : AutoCloseable {
    private val data = folder.resolve("verifier")
    private val log = folder.resolve("verifier.log")
    private var running: Process? = null

    /** A link that opens [uses] accounts, each of which gets [grant]. */
    public fun invite(grant: String? = "20.00 USD", uses: Int = 1): String {
        val options = if (grant == null) emptyList() else listOf("--grant", grant)
        return run("invite", "--data", "$data", "--uses", "$uses", *options.toTypedArray()).text("link")
    }

    /** Issues money to an account or alias. */
    public fun fund(target: String, amount: String, reason: String) {
        run("fund", "--data", "$data", "--reason", reason, target, amount)
    }

    /** Checks every balance, signature and sum of the ledger. @throws IllegalStateException when anything is wrong. */
    public fun audit(): String = run("audit", "--data", "$data")

    /** Runs it, and returns when it answers. */
    public fun start() {
        check(running == null) { "it runs already" }
        val process = ProcessBuilder(program, "run", "--data", "$data", "--json")
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start()
        // Its first line says where it listens; the end of the stream, that it never will.
        val listening = process.inputReader().readLine()
        checkNotNull(listening) { "the verifier did not start:\n${Files.readString(log)}" }
        running = process
    }

    /** Ends it as an operator does; what was sent to it before is answered. */
    public fun stop() {
        val process = running ?: return
        running = null
        process.destroy()
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly().waitFor()
    }

    override fun close(): Unit = stop()

    private fun run(vararg arguments: String): String {
        val process = ProcessBuilder(listOf(program, "--json") + arguments)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start()
        val output = process.inputReader().readText()
        check(process.waitFor() == 0) { "${arguments.first()} failed:\n$output${Files.readString(log)}" }
        return output
    }

    public companion object {
        private const val STOP_SECONDS = 10L

        /** Where the programs are: the property `farthing.programs`. */
        private val program: String =
            Path.of(checkNotNull(System.getProperty("farthing.programs")), "farthing-verifier").toString()

        /** Makes an empty ledger in [folder] and runs it. */
        public fun start(folder: Path, vararg options: String): LocalVerifier {
            val verifier = LocalVerifier(folder)
            val root = folder.resolve("root.key")
            verifier.run(
                "init", "--data", "${verifier.data}", "--root-out", "$root", "--listen", "127.0.0.1:${freePort()}",
                "--asset", "USD", "--invite-only", *options,
            )
            verifier.start()
            return verifier
        }

        private fun freePort(): Int = ServerSocket(0).use { it.localPort }
    }
}

/** The text at a key of a JSON object; enough for what the program says. */
private fun String.text(key: String): String {
    val found = Regex("\"" + Regex.escape(key) + "\":\"([^\"\\\\]*)\"").find(this)
    return checkNotNull(found) { "there is no $key in $this" }.groupValues[1]
}
