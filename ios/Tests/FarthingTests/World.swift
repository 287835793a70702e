import Farthing
import FarthingTestKit
import Foundation
import Testing

/// The failure that a call must end with: of this case, about this.
func failure<Value>(
    _ expected: (Problem) -> FarthingError, sourceLocation: SourceLocation = #_sourceLocation,
    _ call: () async throws -> Value
) async throws -> Problem {
    do {
        _ = try await call()
    } catch let error as FarthingError {
        #expect(error == expected(error.problem), sourceLocation: sourceLocation)
        return error.problem
    }
    throw Unexpected("nothing was thrown", sourceLocation)
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ what: String, _ location: SourceLocation = #_sourceLocation) { description = "\(what) (\(location))" }
}

func usd(_ number: String) throws -> Money { try Money(number, "USD", scale: 6) }

extension Wallet {
    /// What can be spent.
    func available() async throws -> String {
        let balances = try await balances()
        try #require(balances.count == 1)
        return balances[0].available.description
    }

    /// Everything up to the first event that is awaited, with that event.
    func until(after position: EventSeq = .start, _ awaited: (Event.Kind) -> Bool) async throws -> [Event] {
        var seen: [Event] = []
        for try await event in events(after: position) {
            seen.append(event)
            if awaited(event.kind) { return seen }
        }
        throw Unexpected("the events ended")
    }
}

extension Event.Kind {
    var isAuthorised: Bool { if case .paymentAuthorised = self { true } else { false } }
    var isSettled: Bool { if case .paymentSettled = self { true } else { false } }
    var isRequestPaid: Bool { if case .requestPaid = self { true } else { false } }
}

/// Ann pays, Ben is paid; both have 20.00 USD to begin with.
struct World {
    let town: Town
    let ann: Person
    let ben: Person

    static func with(_ body: (World) async throws -> Void) async throws {
        try await Town.with { town in
            let world = World(town: town, ann: try await town.person("Ann"), ben: try await town.person("Ben"))
            do {
                try await body(world)
            } catch {
                await world.close()
                throw error
            }
            await world.close()
        }
    }

    /// A draft of Ann's for a request of Ben's.
    func draft(_ amount: String = "4.50", memo: String? = nil) async throws -> Draft {
        let request = try await ben.wallet.requests.create(usd(amount), memo: "Order 17")
        return try await ann.wallet.prepare(.scanned(request.link), memo: memo)
    }

    /// What Ben was paid after everything has arrived, by the ledger's own books too.
    func received() async throws -> [Payment] {
        try await ann.wallet.sync()
        try await ben.wallet.sync()
        try await town.verifier.audit()
        return try await ben.wallet.history().filter { $0.direction == .in }
    }

    private func close() async {
        await ann.wallet.close()
        await ben.wallet.close()
    }
}
