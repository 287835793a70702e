internal import FarthingGenerated

/// A recovery phrase that is being typed, word by word, by their numbers in ``Farthing/wordList()``. It is wiped when it is let
/// go of.
public final class PhraseEntry: Sendable {
    let native: FarthingGenerated.WordsEntry

    /// Nothing yet.
    public init() throws(FarthingError) {
        try Farthing.load()
        native = FarthingGenerated.WordsEntry()
    }

    /// Adds the next word.
    public func add(_ number: UInt16) throws(FarthingError) { try translated { try native.add(number: number) } }

    /// Takes the last word away; does nothing when there is none.
    public func removeLast() { native.removeLast() }

    /// Checks what was typed.
    ///
    /// - Throws: ``FarthingError/unreadable(_:)`` when it is not 24 words whose checksum is right.
    public func check() throws(FarthingError) { try translated { try native.check() } }
}
