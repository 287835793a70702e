import Farthing
import FarthingTestKit
import Foundation
import Testing

/// An app's life: closed, opened again, put aside.
@Suite struct LifeTests {
    @Test func aPaymentIsFoundAgainAfterTheAppWasClosedAndItsEventsGoOnWithoutGap() async throws {
        try await Town.with { town in
            let (ann, ben) = (try await town.person("Ann"), try await town.person("Ben"))
            let request = try await ben.wallet.requests.create(usd("4.50"))
            let draft = try await ann.wallet.prepare(.scanned(request.link))
            await town.verifier.stop()
            let payment = try await ann.wallet.confirm(draft)
            let before = try await ann.wallet.until { $0.isAuthorised }
            await ann.wallet.close()

            // What an app has kept: the payment's id, and the last event that it dealt with.
            let (id, cursor) = (PaymentID(payment.id.text), EventSeq(try #require(before.last).seq.number))
            let again = try await ann.phone.ready()
            #expect([.authorised, .sent].contains(try await again.payment(id).state))
            try await town.verifier.start()
            try await again.sync()
            #expect(try await again.outcome(of: id).isSettled)
            let after = try await again.until(after: cursor) { $0.isSettled }

            let all = before + after
            #expect(all.map(\.seq.number) == Array(1...UInt64(all.count)))
            var replayed: [Event] = []
            for try await event in again.events(after: .start) {
                replayed.append(event)
                if replayed.count == all.count { break }
            }
            #expect(replayed == all)
            #expect(all.filter { $0.kind.isAuthorised }.count == 1)
            #expect(all.last?.kind == .paymentSettled(id))
            #expect(try await again.available() == "15.50 USD")
            await again.close()
            await ben.wallet.close()
        }
    }

    @Test func historyComesInPagesNewestFirst() async throws {
        try await World.with { world in
            let ann = world.ann.wallet
            let jar = try await world.ben.wallet.requests.create(nil, standing: true)
            let amounts = ["1.00", "2.00", "3.00"]
            for amount in amounts {
                let draft = try await ann.prepare(.scanned(jar.link), amount: usd(amount))
                #expect(try await ann.outcome(of: ann.confirm(draft).id).isSettled)
            }
            var pages: [[Payment]] = []
            repeat {
                pages.append(try await ann.history(before: pages.last?.last?.id, limit: 2))
            } while !(pages.last?.isEmpty ?? true)
            #expect(pages.map(\.count) == [2, 2, 0])
            #expect(pages.joined().map(\.amount.number) == amounts.reversed() + ["20.00"])
            #expect(pages.joined().last?.direction == .issue)
        }
    }

    @Test func eventsGoOnAfterAPauseWithWhatHappenedMeanwhile() async throws {
        try await World.with { world in
            let (ann, ben) = (world.ann.wallet, world.ben.wallet)
            let request = try await ben.requests.create(usd("4.50"))
            let (started, start) = AsyncStream<Void>.makeStream()
            let paid = Task {
                for try await event in ben.events(after: .start) {
                    start.yield()
                    if event.kind.isRequestPaid { return event.kind }
                }
                throw Unexpected("the events ended")
            }
            for await _ in started { break }
            try await ben.pause()
            let asked = try await failure(FarthingError.storage) { try await ben.balances() }
            #expect(asked.kind == "paused")
            #expect(asked.retry == .later)
            let draft = try await ann.prepare(.scanned(request.link))
            let payment = try await ann.outcome(of: ann.confirm(draft).id)
            #expect(payment.isSettled)
            try await ben.resume()
            #expect(try await ben.catchUp(timeout: .seconds(60)) != nil)
            guard case .requestPaid(let id, _) = try await paid.value else { throw Unexpected("another event") }
            #expect(id == request.id)
        }
    }

    @Test func pausesThatComeAndGoEndNobodysEvents() async throws {
        try await World.with { world in
            let ben = world.ben.wallet
            let request = try await ben.requests.create(usd("4.50"))
            let paid = Task { try await ben.until { $0.isRequestPaid } }
            for _ in 0..<20 {
                try await ben.pause()
                try await ben.resume()
            }
            let draft = try await world.ann.wallet.prepare(.scanned(request.link))
            #expect(try await world.ann.wallet.outcome(of: world.ann.wallet.confirm(draft).id).isSettled)
            #expect(try await paid.value.map(\.seq.number).first == 1)
        }
    }

    @Test func twoListenersHearTheSame() async throws {
        try await World.with { world in
            let ben = world.ben.wallet
            let request = try await ben.requests.create(usd("4.50"))
            async let one = ben.until { $0.isRequestPaid }
            async let other = ben.until { $0.isRequestPaid }
            let draft = try await world.ann.wallet.prepare(.scanned(request.link))
            _ = try await world.ann.wallet.confirm(draft)
            let heard = try await (one, other)
            #expect(heard.0 == heard.1)
        }
    }

    @Test func closingEndsWhoeverWaitsAndNothingIsDoneAfterwards() async throws {
        try await World.with { world in
            let (ann, draft) = (world.ann.wallet, try await world.draft())
            await world.town.verifier.stop()
            let payment = try await ann.confirm(draft)
            let shown = try await Task { try await ann.status() }.value
            #expect(shown.unfinished == 1)
            let waiting = Task {
                try await failure(FarthingError.closed) { try await ann.outcome(of: payment.id, wait: .seconds(600)) }
            }
            let (started, start) = AsyncStream<Void>.makeStream()
            let listening = Task {
                // It ends by itself: there is nothing to catch.
                for try await _ in ann.events(after: .start) { start.yield() }
            }
            for await _ in started { break }
            #expect(await ann.close() == nil)
            #expect(try await waiting.value.kind == "closed")
            try await listening.value
            #expect(await ann.close() == nil)
            _ = try await failure(FarthingError.closed) { try await ann.status() }
            _ = try await failure(FarthingError.closed) { try await ann.confirm(draft) }
            for try await event in ann.events(after: .start) { throw Unexpected("\(event)") }
        }
    }

    @Test func closingEndsWhoeverWaitsForTheEndOfAPause() async throws {
        try await World.with { world in
            let ann = world.ann.wallet
            let (started, start) = AsyncStream<Void>.makeStream()
            let listening = Task { for try await _ in ann.events(after: .start) { start.yield() } }
            for await _ in started { break }
            try await ann.pause()
            await ann.close()
            try await listening.value
        }
    }

    @Test func whoClosesWhileBeingCancelledLeavesAFreeFolder() async throws {
        try await Town.with { town in
            let ann = try await town.person("Ann")
            let app = Task {
                try? await Task.sleep(for: .seconds(600))
                await ann.wallet.close()
            }
            app.cancel()
            await app.value
            await (try ann.phone.ready()).close()
        }
    }

    @Test func whatWasNotDoneInTimeIsTold() async throws {
        try await World.with { world in
            let done = try await world.ann.wallet.catchUp(timeout: .zero)
            #expect(done == nil)
        }
    }

    @Test func aWalletThatIsOpenedAgainAndAgainHoldsNoMoreThanBefore() async throws {
        let said = try await TestApp.run("reopen", "200")
        let rounds = said.split(separator: "\n").map { $0.split(separator: " ").compactMap { Int($0) } }
        try #require(rounds.map(\.count) == [4, 4], "\(said)")
        let (early, late) = (rounds[0], rounds[1])
        #expect(late[1] <= early[1] + 2, "file handles: \(said)")
        #expect(late[2] <= early[2] + 2, "threads: \(said)")
        #expect(late[3] <= early[3] + 16 * 1024, "KiB: \(said)")
    }
}
