import Farthing
import FarthingTestKit
import Foundation
import Testing

/// What an app hears of the library's work; and one that does not listen, with which everything goes on.
@Suite(.serialized) struct LogTests {
    private func pay(_ world: World) async throws {
        let draft = try await world.draft(memo: "two tacos")
        let payment = try await world.ann.wallet.confirm(draft)
        #expect(try await world.ann.wallet.outcome(of: payment.id, wait: .seconds(20)).isSettled)
    }

    /// The lines up to one that begins like this.
    private func heard(_ beginning: String, in lines: inout AsyncStream<LogLine>.Iterator) async throws -> [LogLine] {
        var heard: [LogLine] = []
        while let line = await lines.next() {
            heard.append(line)
            if line.text.hasPrefix(beginning) { return heard }
        }
        throw Unexpected("\(beginning) is not in \(heard)")
    }

    @Test(.timeLimit(.minutes(2))) func aPaymentIsToldAndNothingOfWhomAndHowMuch() async throws {
        try await World.with { world in
            var lines = try Farthing.log().makeAsyncIterator()
            try await pay(world)
            let told = try await heard("payment state=settled", in: &lines)
            #expect(told.last?.level == .debug)
            let text = told.map(\.text).joined(separator: "\n")
            #expect(text.contains("operation done name=Authorise ms="))
            let status = try await world.ann.wallet.status()
            let secrets = [status.account, status.device, status.alias, status.verifier, "Ann", "Ben", "tacos", "4.5", "USD"]
            for secret in secrets { #expect(!text.contains(secret), "\(secret) is in\n\(text)") }
        }
    }

    @Test(.timeLimit(.minutes(2))) func anotherTakesItsPlaceAndItEnds() async throws {
        let first = try Farthing.log(.trace)
        let second = try Farthing.log(.error)
        for await _ in first {}
        let waiting = Task { for await _ in second {} }
        waiting.cancel()
        await waiting.value
    }

    @Test(.timeLimit(.minutes(2))) func whoDoesNotListenHoldsUpNothingAndHearsHowMuchItMissed() async throws {
        try await World.with { world in
            var lines = try Farthing.log(.trace).makeAsyncIterator()
            for _ in 0..<4 { try await pay(world) }
            for _ in 0..<30 { try await world.ben.wallet.sync() }
            // There is room again, and the next line says it.
            for _ in 0..<100 { _ = await lines.next() }
            try await world.ben.wallet.sync()
            let missed = try #require(try await heard("lines missed here: ", in: &lines).last)
            #expect(missed.level == .warn)
        }
    }
}
