package farthing

/**
 * A recovery phrase to be shown. Its words are numbers in the public list [Farthing.wordList]: a text of the whole would stay in
 * memory wherever it went. [close] wipes it.
 */
public interface RecoveryPhrase : AutoCloseable {
    /** How many words it has: 24. */
    public val size: Int

    /** The number of a word in the list, 0 to 2047. The first word is 1. */
    public fun word(position: Int): Int
}

/** A recovery phrase that is being typed, word by word, by their numbers in [Farthing.wordList]. [close] wipes it. */
public interface PhraseEntry : AutoCloseable {
    /** Adds the next word. */
    public fun add(number: Int)

    /** Takes the last word away; does nothing when there is none. */
    public fun removeLast()

    /** Checks what was typed. @throws FarthingException.Unreadable when it is not 24 words whose checksum is right. */
    public fun check()
}
