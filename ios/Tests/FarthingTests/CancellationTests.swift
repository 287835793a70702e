import Farthing
import FarthingTestKit
import Foundation
import Testing

/// Whoever stops waiting returns at once; what it began goes on.
@Suite struct CancellationTests {
    /// Cancels a call while it waits. It must end as cancelled, and before what it waits for could have come.
    private func cancelled<Value: Sendable>(_ call: @escaping @Sendable () async throws -> Value) async throws {
        let waiting = Task {
            do {
                _ = try await call()
                return FarthingError?.none
            } catch { return error as? FarthingError }
        }
        try await Task.sleep(for: .milliseconds(200))
        let began = ContinuousClock.now
        waiting.cancel()
        #expect(await waiting.value == .cancelled)
        #expect(ContinuousClock.now - began < .seconds(5))
    }

    @Test func whoStopsWaitingHasPaidAllTheSameOnce() async throws {
        try await World.with { world in
            let (ann, draft) = (world.ann.wallet, try await world.draft())
            await world.town.verifier.stop()
            let payment = try await ann.confirm(draft)
            // Waits for the network, and is told to stop while it does.
            try await cancelled { try await ann.outcome(of: payment.id, wait: .seconds(600)) }
            try await world.town.verifier.start()
            try await ann.sync()
            #expect(try await ann.outcome(of: payment.id).isSettled)
            #expect(try await world.received().count == 1)
        }
    }

    @Test(arguments: [0, 1, 3, 10, 30]) func whoStopsWaitingWhileConfirmingFindsThePaymentByItsID(ms: Int) async throws {
        try await World.with { world in
            let (ann, draft) = (world.ann.wallet, try await world.draft())
            let confirming = Task { try await ann.confirm(draft) }
            try await Task.sleep(for: .milliseconds(ms))
            confirming.cancel()
            let confirmed = await confirming.result
            // Either it was cancelled before it began, and the draft is one still; or it was begun, and is done.
            if case .failure(let error) = confirmed { #expect(error as? FarthingError == .cancelled) }
            try await ann.sync()
            let payment = try await ann.payment(draft.id.payment)
            if payment.state == .draft {
                #expect(try await world.received().isEmpty)
                #expect(try await ann.confirm(draft).id == payment.id)
            }
            #expect(try await ann.outcome(of: draft.id.payment, wait: .seconds(60)).isSettled)
            #expect(try await world.received().count == 1)
            #expect(try await ann.available() == "15.50 USD")
        }
    }

    @Test func aTaskThatWasCancelledBeforeBeginsNothing() async throws {
        try await World.with { world in
            let (ann, draft) = (world.ann.wallet, try await world.draft())
            let confirming = Task {
                try? await Task.sleep(for: .seconds(600))
                return try await ann.confirm(draft)
            }
            confirming.cancel()
            let result = await confirming.result
            #expect(throws: FarthingError.cancelled) { try result.get() }
            try await ann.sync()
            #expect(try await ann.payment(draft.id.payment).state == .draft)
            #expect(try await world.received().isEmpty)
        }
    }

    @Test func waitingForEventsIsCancelledAndNothingIsLost() async throws {
        try await World.with { world in
            let ben = world.ben.wallet
            let request = try await ben.requests.create(usd("4.50"))
            let heard = Heard()
            try await cancelled {
                for try await event in ben.events(after: .start) { await heard.append(event) }
            }
            let before = await heard.events
            let draft = try await world.ann.wallet.prepare(.scanned(request.link))
            #expect(try await world.ann.wallet.outcome(of: world.ann.wallet.confirm(draft).id).isSettled)
            let after = try await ben.until(after: before.last?.seq ?? .start) { $0.isRequestPaid }
            let all = before + after
            #expect(all.map(\.seq.number) == Array(1...UInt64(all.count)))
        }
    }

    @Test func waitingForTheEndOfAPauseIsCancelled() async throws {
        try await World.with { world in
            let ben = world.ben.wallet
            try await ben.pause()
            try await cancelled { for try await _ in ben.events(after: .start) {} }
            try await ben.resume()
        }
    }

    @Test func waitingForAPairingIsCancelledAndThePairingGoesOn() async throws {
        try await World.with { world in
            let shown = try await world.ann.wallet.pairing.show()
            try await cancelled { try await shown.checkCode(wait: .seconds(600)) }
            let scanned = try await world.ben.wallet.pairing.scan(#require(shown.offer))
            async let ours = shown.checkCode()
            async let theirs = scanned.checkCode()
            let codes = try await (ours, theirs)
            #expect(codes.0 != nil)
            #expect(codes.0 == codes.1)
            try await shown.answer(same: true)
            try await cancelled { try await shown.contact(wait: .seconds(600)) }
            try await scanned.answer(same: true)
            async let met = shown.contact()
            async let metBack = scanned.contact()
            let contacts = try await (met, metBack)
            #expect(contacts.0?.name == "Ben")
            #expect(contacts.1?.name == "Ann")
        }
    }

    @Test func aPauseThatNobodyWaitsForIsOneAllTheSame() async throws {
        try await World.with { world in
            let ben = world.ben.wallet
            for _ in 0..<5 {
                let pausing = Task { try await ben.pause() }
                pausing.cancel()
                _ = await pausing.result
                // Begun or not: a resumption ends it, and the wallet is as before.
                try await ben.resume()
                #expect(try await ben.available() == "20.00 USD")
            }
        }
    }

    @Test func anOpenWalletThatNobodyWaitedForIsClosed() async throws {
        try await Town.with { town in
            let ann = try await town.person("Ann")
            await ann.wallet.close()
            for ms in [0, 1, 5, 20] {
                let opening = Task { try await ann.phone.open() }
                try await Task.sleep(for: .milliseconds(ms))
                opening.cancel()
                if case .success(.ready(let wallet)) = await opening.result { await wallet.close() }
            }
            // What was being opened is closed by the library.
            guard case .ready(let wallet) = try await free(ann.phone) else { throw Unexpected("no wallet") }
            await wallet.close()
        }
    }

    /// What waits here for longer than the tests take, if it is not told to stop; the folder is locked as long as any of it goes on.
    private func waitForEverything(_ ann: any Wallet, with ben: any Wallet, in town: Town) async throws {
        let asked = PayTo.scanned(try await ben.requests.create(usd("4.50")).link)
        let draft = try await ann.prepare(asked)
        let request = try await ann.requests.create(usd("1"))
        try await ended(ann) { for try await _ in ann.events(after: .start) {} }
        try await ended(ann) { for try await _ in ann.requests.watch(request.id) {} }
        try await ended(ann) { for try await _ in ann.connection {} }
        let shown = try await ann.pairing.show()
        try await ended(ann) { try await shown.checkCode(wait: .seconds(600)) }
        let scanned = try await ben.pairing.scan(#require(shown.offer))
        #expect(try await shown.checkCode() == scanned.checkCode())
        try await shown.answer(same: true)
        try await ended(ann) { try await shown.contact(wait: .seconds(600)) }
        let device = try await ann.devices.show()
        try await ended(ann) { try await device.checkCode(wait: .seconds(600)) }
        await town.verifier.freeze()
        let payment = try await ann.confirm(draft)
        try await ended(ann) { try await ann.outcome(of: payment.id, wait: .seconds(600)) }
        try await ended(ann) { try await ann.catchUp(timeout: .seconds(600)) }
        // These go on in the library, until the wallet is closed.
        try await cancelled { try await ann.sync() }
        try await cancelled { try await ann.prepare(asked) }
        await town.verifier.thaw()
    }

    /// The same, and the library has ended it, too.
    private func ended<Value: Sendable>(
        _ wallet: any Wallet, _ call: @escaping @Sendable () async throws -> Value
    ) async throws {
        try await cancelled(call)
        let deadline = ContinuousClock.now + .seconds(20)
        while try await !wallet.diagnostics().contains("other calls under way: 0\n") {
            try #require(ContinuousClock.now < deadline, "it goes on")
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test func aWalletThatNobodyWaitsForAndNobodyClosesLeavesAFreeFolder() async throws {
        try await Town.with { town in
            let (ann, ben) = (try await town.person("Ann"), try await town.person("Ben").wallet)
            await ann.wallet.close()
            try await waitForEverything(ann.phone.ready(), with: ben, in: town)
            guard case .ready(let wallet) = try await free(ann.phone) else { throw Unexpected("no wallet") }
            await wallet.close()
            await ben.close()
        }
    }

    @Test func aPhoneThatStopsToJoinLeavesAFreeFolder() async throws {
        try await Town.with { town in
            let owner = try await town.person("Ann").wallet
            let till = try town.phone()
            let shown = try await owner.devices.show()
            do {
                let joining = try await till.empty().join(shown.offer)
                #expect(try await shown.checkCode() == joining.checkCode)
                // The owner does not answer.
                try await cancelled { try await joining.confirm(name: "Till") }
            }
            let again = try await owner.devices.show()
            guard case .empty(let folder) = try await free(till) else { throw Unexpected("something is in the folder") }
            await town.verifier.freeze()
            try await cancelled { try await folder.join(again.offer) }
            await town.verifier.thaw()
            guard case .empty = try await free(till) else { throw Unexpected("something is in the folder") }
            await owner.close()
        }
    }

    /// What is in a folder that is free, or becomes so soon.
    private func free(_ phone: Phone) async throws -> Opened {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            do {
                return try await phone.open()
            } catch {
                guard error.kind == "database_busy", ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}

private actor Heard {
    private(set) var events: [Event] = []

    func append(_ event: Event) { events.append(event) }
}
