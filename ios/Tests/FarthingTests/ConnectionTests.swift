import Farthing
import FarthingTestKit
import Foundation
import Testing

/// What a banner and a till's screen show while time goes by.
@Suite struct ConnectionTests {
    @Test func theLineComesAndGoesWithTheVerifierWithPausesAndEndsWithTheWallet() async throws {
        try await Town.with { town in
            let wallet = try await town.person("Ann").wallet
            let seen = Seen(wallet)
            _ = try await seen.until(.stream)
            await town.verifier.stop()
            #expect(try await seen.until(.away).trouble != nil)
            try await town.verifier.start()
            _ = try await seen.until(.stream)
            // Heard while it is waited for, and when it is looked at later.
            async let paused = seen.until(.paused)
            try await wallet.pause()
            #expect(try await paused == Connection(line: .paused))
            try await wallet.resume()
            _ = try await seen.until(.stream)
            try await wallet.pause()
            _ = try await seen.until(.paused)
            try await wallet.resume()
            _ = try await seen.until(.stream)
            await wallet.close()
            #expect(try await seen.ends())
        }
    }

    @Test func whoStopsListeningToTheLineReturnsAtOnce() async throws {
        try await World.with { world in
            let listening = Task { for try await _ in world.ann.wallet.connection {} }
            try await Task.sleep(for: .milliseconds(300))
            listening.cancel()
            let result = await listening.result
            #expect(throws: FarthingError.cancelled) { try result.get() }
        }
    }

    @Test func aSalesScreenTurnsGreenByItself() async throws {
        try await World.with { world in
            let (ann, truck) = (world.ann.wallet, world.ben.wallet)
            let sale = try await truck.requests.create(usd("4.50"))
            let screen = Task {
                var states: [Request] = []
                // It ends with the last state that there can be.
                for try await state in truck.requests.watch(sale.id) { states.append(state) }
                return states
            }
            // A pause is no end of it.
            try await truck.pause()
            try await truck.resume()
            #expect(try await ann.outcome(of: ann.confirm(ann.prepare(.scanned(sale.link))).id).isSettled)
            let states = try await screen.value
            #expect(states.map(\.state) == [.open, .paid])
            let received = try await truck.payment(#require(states.last?.payment))
            #expect(received.amount.description == "4.50 USD")
            await truck.close()
            _ = try await failure(FarthingError.closed) { for try await _ in truck.requests.watch(sale.id) {} }
        }
    }
}

/// The banner.
private actor Seen {
    private var lines: Updates<Connection>.Iterator

    init(_ wallet: any Wallet) { lines = wallet.connection.makeAsyncIterator() }

    func until(_ line: Line) async throws -> Connection {
        while let connection = try await next() {
            if connection.line == line { return connection }
        }
        throw Unexpected("ended before it was \(line)")
    }

    func ends() async throws -> Bool {
        while try await next() != nil {}
        return true
    }

    private func next() async throws(FarthingError) -> Connection? {
        var lines = lines
        return try await lines.next()
    }
}
