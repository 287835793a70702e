package farthing.person

import farthing.FarthingException
import java.util.concurrent.ConcurrentHashMap
import kotlin.system.exitProcess
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancelChildren
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.nio.file.Path
import kotlin.concurrent.thread

/**
 * Somebody with a wallet, who does what JSON lines say: a person of the scenarios, as `scenarios/README.md` describes one. It
 * uses what an app can use, and nothing else.
 *
 * Its arguments are a folder to keep a phone in, a number that the platform's keys are made from, and who is asked before a
 * payment is signed.
 */
fun main(arguments: Array<String>) {
    val (folder, seed) = arguments
    val phone = Phone(Path.of(folder), seed.toLong(), arguments.getOrElse(2) { "none" })
    runBlocking(Dispatchers.Default) {
        val calls = ConcurrentHashMap<Long, Job>()
        for (line in input()) {
            val call = Json.read(line).members()
            val cancelled = call["cancel"]
            if (cancelled != null) {
                calls[cancelled as Long]?.cancel()
                continue
            }
            val id = call["id"] as Long
            val job = launch(start = CoroutineStart.LAZY) { answer(mapOf("id" to id) + phone.answerTo(call - "id")) }
            calls[id] = job
            // Also told of one that was cancelled before it began.
            job.invokeOnCompletion {
                calls.remove(id)
                if (it is CancellationException) answer(mapOf("id" to id, "cancelled" to true))
            }
            job.start()
        }
        // An app that ends properly closes its wallet; what waits, ends by that.
        phone.close()
        coroutineContext.cancelChildren()
    }
    exitProcess(0)
}

/** What standard input says, line by line. Reading blocks, and a coroutine that blocks cannot be cancelled. */
private fun input(): Channel<String> = Channel<String>(Channel.UNLIMITED).also { lines ->
    thread(isDaemon = true, name = "input") {
        generateSequence(::readLine).forEach { lines.trySend(it) }
        lines.close()
    }
}

private suspend fun Phone.answerTo(call: Map<String, Any?>): Map<String, Any?> = try {
    mapOf("ok" to perform(Arguments(call)))
} catch (failure: FarthingException) {
    mapOf("error" to failure.told())
} catch (cancelled: CancellationException) {
    throw cancelled
} catch (unsupported: Unsupported) {
    mapOf("unsupported" to unsupported.message)
} catch (wrong: Throwable) {
    mapOf("wrong" to wrong.stackTraceToString())
}

/** In one write, so that two answers do not mix. */
@Synchronized
private fun answer(answer: Map<String, Any?>) {
    System.out.println(Json.write(answer))
    System.out.flush()
}

/** A verb that this person does not know. */
class Unsupported(verb: String) : Exception(verb)

/** What a call says. What nobody asked for is a mistake in the scenario. */
class Arguments(private val call: Map<String, Any?>) {
    private val unread = call.keys.toMutableSet()

    val verb: String = text("do")

    fun text(name: String): String = checkNotNull(textOrNull(name)) { "$name is missing" }

    fun textOrNull(name: String): String? = read(name) as String?

    fun number(name: String): Long = checkNotNull(numberOrNull(name)) { "$name is missing" }

    fun numberOrNull(name: String): Long? = read(name) as Long?

    fun flag(name: String): Boolean = read(name) as Boolean? ?: false

    fun list(name: String): List<Any?> = listOrNull(name).orEmpty()

    fun listOrNull(name: String): List<Any?>? = read(name) as List<*>?

    fun members(name: String): Map<String, Any?> = checkNotNull(read(name)) { "$name is missing" }.members()

    fun done(): Unit = check(unread.isEmpty()) { "$verb takes no $unread" }

    private fun read(name: String): Any? {
        unread -= name
        return call[name]
    }
}
