import Farthing
import FloorGenerated

/// Calls across the boundary, beside those of an object that does nothing. Each answers what one of so many took.
struct Calls: ~Copyable {
    private let phrase: RecoveryPhrase
    private let empty = Empty()

    init(phrase: consuming RecoveryPhrase) { self.phrase = phrase }

    /// One with an argument, an answer, and errors that it might have.
    borrowing func ours(_ times: Int) throws -> Double {
        try nanoseconds(times) {
            let word = try phrase.word(1)
            precondition(word < 2048)
        }
    }

    borrowing func floor(_ times: Int) -> Double { nanoseconds(times) { empty.call() } }

    /// One that is awaited, and has its answer at once.
    borrowing func awaitedFloor(_ times: Int) async -> Double { await nanoseconds(times) { await empty.callLater() } }
}

/// What one of so many calls took.
func nanoseconds(_ times: Int, _ call: () throws -> Void) rethrows -> Double {
    let took = try ContinuousClock().measure { for _ in 0..<times { try call() } }
    return took.nanoseconds / Double(times)
}

/// What one of so many awaited calls took.
func nanoseconds(_ times: Int, _ call: () async throws -> Void) async rethrows -> Double {
    let took = try await ContinuousClock().measure { for _ in 0..<times { try await call() } }
    return took.nanoseconds / Double(times)
}

extension Duration {
    var nanoseconds: Double { self / .nanoseconds(1) }
}
