package farthing.testkit

import farthing.RecoveryPhrase

/** The words of a phrase that opens nothing. */
internal class FakePhrase : RecoveryPhrase {
    override val size: Int get() = 24

    override fun word(position: Int): Int {
        require(position in 1..size) { "the first word is 1" }
        return position * 64
    }

    override fun close(): Unit = Unit
}
