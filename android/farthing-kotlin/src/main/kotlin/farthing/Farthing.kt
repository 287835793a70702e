package farthing

import farthing.generated.ABI
import farthing.generated.LIBRARY
import farthing.generated.keepThreads
import farthing.internal.NativeCollector
import farthing.internal.NativePhraseEntry
import farthing.internal.checkLibrary
import farthing.internal.crossed
import farthing.internal.logTo
import farthing.internal.openFolder
import farthing.internal.translated
import farthing.generated.drawQr as drawQrNative
import farthing.generated.recognise as recogniseNative
import farthing.generated.shownCodes as shownCodesNative
import farthing.generated.wordList as wordListNative
import java.nio.file.Path
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** What needs no wallet, and the way to one. */
public object Farthing {
    private val library = lazy {
        checkLibrary(LIBRARY, ABI)
        keepThreads()
    }

    private val words by lazy { wordListNative() }

    /**
     * Loads the native library. Everything else here does so, too; call it first to hear early that the app was packed wrongly.
     * The first time it reads a file of some megabytes where it is called; [open] does that elsewhere.
     *
     * @throws LibraryException which tells a library that is missing from one that does not belong to this code.
     */
    public fun load(): Unit = library.value

    /**
     * Opens the wallet in a folder. Never makes one.
     *
     * @throws FarthingException when something stands in the way for now: the folder is open elsewhere, the platform's key is
     *   locked, the file is of a newer version.
     */
    public suspend fun open(folder: Path, keys: Keys): Opened {
        // Once: whoever opens a wallet may be the one that draws the screen.
        if (!library.isInitialized()) withContext(Dispatchers.IO) { load() }
        return openFolder(folder, keys)
    }

    /** Says what a text from a QR code, a link or a keyboard is. @throws FarthingException.Unreadable when it is nothing. */
    public fun recognise(text: String): Scanned {
        load()
        return translated { recogniseNative(text) }.crossed()
    }

    /** Draws a text as a QR code, [scale] pixels to a module. @throws FarthingException.Unreadable when it is too long. */
    public fun drawQr(text: String, scale: Int): QrPicture {
        load()
        require(scale > 0) { "a module has at least one pixel" }
        return translated { drawQrNative(text, scale.toUInt()) }.crossed()
    }

    /**
     * The texts of the QR codes that show what is shown without network: itself where one code holds it, or its parts. Draw each by
     * [drawQr], and show one after the other, some five a second, again and again: a camera need not see all of them.
     *
     * @throws FarthingException.Unreadable when it is longer than one code holds, and nothing of that kind.
     */
    public fun shownCodes(text: String): List<String> {
        load()
        return translated { shownCodesNative(text) }
    }

    /** Puts together what a camera sees of [shownCodes]. */
    public fun codeCollector(): CodeCollector {
        load()
        return NativeCollector()
    }

    /** The public list of words that recovery phrases are made of (BIP-39, English), by number. */
    public fun wordList(): List<String> {
        load()
        return words
    }

    /**
     * Tells [sink] what the library does, line by line: lines of [level], and those that matter more. Closing what comes back ends it:
     * then at most the line that is being told is told to its end.
     *
     * There is one sink in a process; another takes its place. Lines come one after another on a thread of the library's. A sink that
     * throws has missed that line; one that holds the thread up holds up nothing else, and misses lines, too. The next line says how
     * many were missed.
     */
    public fun log(level: LogLevel = LogLevel.Debug, sink: (LogLine) -> Unit): AutoCloseable {
        load()
        return logTo(level, sink)
    }

    /** A recovery phrase to be typed, for [Opened.Empty.restore]. */
    public fun phraseEntry(): PhraseEntry {
        load()
        return NativePhraseEntry()
    }
}
