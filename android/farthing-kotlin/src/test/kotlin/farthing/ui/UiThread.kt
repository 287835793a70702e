package farthing.ui

import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Proxy
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Path
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE
import java.util.concurrent.Executors
import kotlin.coroutines.CoroutineContext
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Runnable

/**
 * A thread as the one that draws the screen: it does one thing after the other. Of each call that is made on it by [seen] and
 * [call] it notes how often it made the thread wait. The call that is being made is in a file that is memory, which can still be
 * read when the process has died of it.
 */
internal class UiThread(progress: Path) : CoroutineDispatcher(), AutoCloseable {
    private val loop = Executors.newSingleThreadExecutor { Thread(it, "ui") }
    private val now: ByteBuffer =
        FileChannel.open(progress, CREATE, READ, WRITE).use { it.map(FileChannel.MapMode.READ_WRITE, 0, NAME_MAX) }

    /** By the name of a call, how often it made the thread wait. Only the thread itself changes it. */
    private val waits = HashMap<String, Long>()
    private var current = NOTHING
    private var mark = 0L

    fun confine() = loop.submit(Confined::confine).get()

    /** What was noted since it was asked last. */
    fun noted(): Map<String, Long> = loop.submit<Map<String, Long>> { waits.toMap().also { waits.clear() } }.get() - NOTHING

    override fun dispatch(context: CoroutineContext, block: Runnable): Unit = loop.execute {
        mark = Confined.waits()
        block.run()
        settle()
    }

    /** Makes a call that has a name. */
    inline fun <T> call(name: String, call: () -> T): T {
        begin(name)
        return call()
    }

    /** The same object; each call of it has its name. */
    inline fun <reified T : Any> seen(of: T): T = seen(T::class.java, of)

    fun <T : Any> seen(type: Class<T>, of: T): T {
        val proxy = Proxy.newProxyInstance(type.classLoader, arrayOf(type)) { _, method, arguments ->
            begin("${type.simpleName}.${method.name.substringBefore('-')}")
            try {
                method.invoke(of, *arguments.orEmpty())
            } catch (thrown: InvocationTargetException) {
                throw thrown.targetException
            }
        }
        return type.cast(proxy)
    }

    fun begin(name: String) {
        settle()
        current = name
        now.put(0, name.padEnd(NAME_MAX.toInt()).toByteArray())
    }

    private fun settle() {
        val until = Confined.waits()
        waits.merge(current, until - mark, Long::plus)
        mark = until
    }

    override fun close() = loop.shutdown()

    private companion object {
        const val NOTHING = "nothing"
        const val NAME_MAX = 64L
    }
}
