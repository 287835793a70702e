/// A recovery phrase to be shown. Its words are numbers in the public list ``Farthing/wordList()``: a text of the whole would
/// stay in memory wherever it went. It cannot be copied, and is wiped when it is let go of.
public struct RecoveryPhrase: ~Copyable, Sendable {
    /// How many words it has: 24.
    public let count: Int

    private let number: @Sendable (Int) throws(FarthingError) -> UInt16

    /// For wallets of an app's own, such as those of its tests.
    public init(count: Int, number: @escaping @Sendable (Int) throws(FarthingError) -> UInt16) {
        self.count = count
        self.number = number
    }

    /// The number of a word in the list, 0 to 2047. The first word is 1.
    public borrowing func word(_ position: Int) throws(FarthingError) -> UInt16 { try number(position) }
}

extension Wallet {
    /// Shows the recovery phrase to `body`, while it is kept here, and wipes it afterwards. Ask the person for authorisation
    /// first. `body` runs where the caller does, so that it can draw.
    public func withPhrase<Result: Sendable>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (borrowing RecoveryPhrase) throws(FarthingError) -> Result
    ) async throws(FarthingError) -> Result {
        let phrase = try await revealPhrase()
        return try body(phrase)
    }
}
