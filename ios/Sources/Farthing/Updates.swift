/// What comes while somebody waits for it. Each iteration begins anew.
public struct Updates<Element: Sendable>: AsyncSequence, Sendable {
    public typealias Failure = FarthingError

    /// Waits for the next one; nil at the end.
    public typealias Next = @Sendable () async throws(FarthingError) -> Element?

    private let begin: @Sendable () -> Next

    /// For wallets of an app's own, such as those of its tests: `begin` begins an iteration.
    public init(_ begin: @escaping @Sendable () -> Next) { self.begin = begin }

    public func makeAsyncIterator() -> Iterator { Iterator(step: begin()) }

    /// One iteration. It waits for the next one for as long as that takes.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        public typealias Failure = FarthingError

        fileprivate let step: Next

        public mutating func next() async throws(FarthingError) -> Element? { try await step() }
    }
}
