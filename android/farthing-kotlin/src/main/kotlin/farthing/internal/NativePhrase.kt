package farthing.internal

import farthing.PhraseEntry
import farthing.RecoveryPhrase
import farthing.generated.Words
import farthing.generated.WordsEntry

internal class NativePhrase(private val words: Words) : RecoveryPhrase {
    override val size: Int get() = translated { words.count() }.toInt()

    override fun word(position: Int): Int {
        require(position >= 1) { "the first word is 1" }
        return translated { words.word(position.toUInt()) }.toInt()
    }

    override fun close(): Unit = words.destroy()
}

internal class NativePhraseEntry : PhraseEntry {
    val native = WordsEntry()

    override fun add(number: Int) {
        require(number in 0..UShort.MAX_VALUE.toInt()) { "a word's number is 0 to 2047" }
        translated { native.add(number.toUShort()) }
    }

    override fun removeLast(): Unit = translated { native.removeLast() }

    override fun check(): Unit = translated { native.check() }

    override fun close(): Unit = native.destroy()
}

internal fun PhraseEntry.native(): WordsEntry {
    require(this is NativePhraseEntry) { "a phrase to restore from comes from Farthing.phraseEntry()" }
    return native
}
