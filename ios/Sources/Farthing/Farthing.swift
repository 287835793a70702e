internal import FarthingGenerated
import Foundation

/// What needs no wallet, and the way to one.
public enum Farthing {
    private static let loaded = checkedLibrary()

    private static let words = FarthingGenerated.wordList()

    /// Checks that the native library belongs to this code. Everything else here does so, too; call it first to hear early that
    /// the app was built wrongly.
    ///
    /// - Throws: ``FarthingError/library(expected:found:)``.
    public static func load() throws(FarthingError) { try loaded.get() }

    /// Opens the wallet in a folder. Never makes one.
    ///
    /// - Throws: what stands in the way for now: the folder is open elsewhere, the platform's key is locked, the file is of a
    ///   newer version.
    public static func open(folder: URL, keys: Keys) async throws(FarthingError) -> Opened {
        try load()
        return try await opened(folder: folder, keys: keys)
    }

    /// What the library does, line by line: lines of `level`, and those that matter more, from now on until nobody iterates them any
    /// more.
    ///
    /// There is one such stream in a process; another takes its place, and it ends. Whoever is slower than the library holds up
    /// nothing, and misses lines; the next line says how many.
    public static func log(_ level: LogLevel = .debug) throws(FarthingError) -> AsyncStream<LogLine> {
        try load()
        return try logged(level)
    }

    /// Says what a text from a QR code, a link or a keyboard is.
    ///
    /// - Throws: ``FarthingError/unreadable(_:)`` when it is nothing.
    public static func recognise(_ text: String) throws(FarthingError) -> Scanned {
        try load()
        return try translated { try FarthingGenerated.recognise(scanned: text) }.crossed
    }

    /// Draws a text as a QR code, `scale` pixels to a module; at least one.
    ///
    /// - Throws: ``FarthingError/unreadable(_:)`` when it is too long.
    public static func drawQR(_ text: String, scale: Int) throws(FarthingError) -> QRPicture {
        try load()
        let scale = UInt32(clamping: max(scale, 1))
        return try translated { try FarthingGenerated.drawQr(shown: text, scale: scale) }.crossed
    }

    /// The texts of the QR codes that show what is shown without network: itself where one code holds it, or its parts. Draw each by
    /// ``drawQR(_:scale:)``, and show one after the other, some five a second, again and again: a camera need not see all of them.
    ///
    /// - Throws: ``FarthingError/unreadable(_:)`` when it is longer than one code holds, and nothing of that kind.
    public static func shownCodes(_ text: String) throws(FarthingError) -> [String] {
        try load()
        return try translated { try FarthingGenerated.shownCodes(shown: text) }
    }

    /// The public list of words that recovery phrases are made of (BIP-39, English), by number.
    public static func wordList() throws(FarthingError) -> [String] {
        try load()
        return words
    }
}
