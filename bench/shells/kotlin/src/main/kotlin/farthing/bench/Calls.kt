package farthing.bench

import farthing.RecoveryPhrase
import farthing.floor.Empty

/** Calls across the boundary, beside those of an object that does nothing. Each answers what one of so many took. */
internal class Calls(private val phrase: RecoveryPhrase) {
    private val empty = Empty()

    /** One with an argument, an answer, and errors that it might have. */
    fun ours(times: Int): Double = nanoseconds(times) { check(phrase.word(1) >= 0) }

    fun floor(times: Int): Double = nanoseconds(times) { empty.call() }

    /** One that is awaited, and has its answer at once. */
    suspend fun awaitedFloor(times: Int): Double = nanoseconds(times) { empty.callLater() }
}

/** What one of so many calls took. */
internal inline fun nanoseconds(times: Int, call: () -> Unit): Double {
    val began = System.nanoTime()
    repeat(times) { call() }
    return (System.nanoTime() - began).toDouble() / times
}
