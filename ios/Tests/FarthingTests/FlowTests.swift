import Farthing
import FarthingTestKit
import Foundation
import Testing

@Suite struct PayFlowTests {
    @Test func fromWhatWasScannedToTheEnd() async throws {
        try await World.with { world in
            let request = try await world.ben.wallet.requests.create(usd("4.50"))
            let flow = PayFlow(wallet: world.ann.wallet)
            #expect(flow.state == .idle)
            await flow.read(request.link, memo: "two tacos")
            guard case .review(let draft, because: nil) = flow.state else { throw Unexpected("\(flow.state)") }
            #expect(draft.memo == "two tacos")
            // What is not shown is not paid.
            var other = draft
            other.shown = "another"
            await flow.approve(other)
            #expect(flow.state == .review(draft, because: nil))
            await flow.approve(draft)
            guard case .ended(.settled(let payment)) = flow.state else { throw Unexpected("\(flow.state)") }
            #expect(payment.id == draft.id.payment)
            await flow.approve(draft)
            #expect(try await world.received().count == 1)
        }
    }

    @Test func theAmountIsAskedForWhenThePayeeDoesNotSayIt() async throws {
        try await World.with { world in
            let jar = try await world.ben.wallet.requests.create(nil, standing: true)
            let flow = PayFlow(wallet: world.ann.wallet)
            await flow.read(jar.link)
            #expect(flow.state == .amountNeeded)
            await flow.choose(try usd("2.00"))
            guard case .review(let draft, _) = flow.state else { throw Unexpected("\(flow.state)") }
            #expect(try draft.amount == usd("2.00"))
        }
    }

    @Test func whatIsNothingToPayFailsAndAnotherTextIsRead() async throws {
        try await World.with { world in
            let flow = PayFlow(wallet: world.ann.wallet)
            await flow.read("two tacos, please")
            guard case .failed(.unreadable(let problem)) = flow.state else { throw Unexpected("\(flow.state)") }
            #expect(problem.kind == "not_recognised")
            await flow.read(try await world.ben.wallet.requests.create(usd("1.00")).link)
            guard case .review = flow.state else { throw Unexpected("\(flow.state)") }
        }
    }

    @Test func aScreenThatGoesAwayStopsNothingAndAnUnresolvedPaymentIsChecked() async throws {
        try await World.with { world in
            let request = try await world.ben.wallet.requests.create(usd("4.50"))
            let flow = PayFlow(wallet: world.ann.wallet, wait: .milliseconds(500))
            await flow.read(request.link)
            guard case .review(let draft, _) = flow.state else { throw Unexpected("\(flow.state)") }
            await world.town.verifier.stop()
            let screen = Task { await flow.approve(draft) }
            screen.cancel()
            await screen.value
            guard case .unresolved(let payment, let because) = flow.state else { throw Unexpected("\(flow.state)") }
            #expect(because.moneyMoved == .unknown)
            await flow.read(request.link)
            await flow.check()
            guard case .unresolved = flow.state else { throw Unexpected("\(flow.state)") }
            try await world.town.verifier.start()

            // A process that was started again knows the payment's id, and nothing else.
            let later = PayFlow(wallet: world.ann.wallet, payment: payment.id)
            await later.check()
            guard case .ended(.settled) = later.state else { throw Unexpected("\(later.state)") }
            #expect(try await world.received().count == 1)
        }
    }

    @Test func statesAreWatched() async throws {
        try await World.with { world in
            let request = try await world.ben.wallet.requests.create(usd("4.50"))
            let flow = PayFlow(wallet: world.ann.wallet)
            let watching = Task {
                var last = PayFlow.State.idle
                for await state in flow.states() {
                    last = state
                    if case .review(let draft, _) = state { Task { await flow.approve(draft) } }
                    if case .ended = state { break }
                }
                return last
            }
            await flow.read(request.link)
            guard case .ended(.settled) = await watching.value else { throw Unexpected("not settled") }
        }
    }
}

@Suite struct SaleFlowTests {
    @Test func aSaleIsPaid() async throws {
        try await World.with { world in
            let request = try await world.ben.wallet.requests.create(usd("4.50"))
            let other = try await world.ben.wallet.requests.create(usd("1.00"))
            let ann = world.ann.wallet
            var states: [SaleFlow.State] = []
            for try await state in SaleFlow(wallet: world.ben.wallet, request: request) {
                states.append(state)
                // Another sale is none of ours.
                for link in [other.link, request.link] where state == .waiting {
                    _ = try await ann.confirm(ann.prepare(.scanned(link)))
                }
            }
            #expect(states.count == 2)
            #expect(states.first == .waiting)
            guard case .paid(let payment, late: false) = states.last else { throw Unexpected("\(states)") }
            #expect(payment.request == request.id)
            #expect(try payment.amount == usd("4.50"))
        }
    }

    @Test func aSaleIsCancelled() async throws {
        try await World.with { world in
            let ben = world.ben.wallet
            let request = try await ben.requests.create(usd("4.50"))
            var states: [SaleFlow.State] = []
            for try await state in SaleFlow(wallet: ben, request: request) {
                states.append(state)
                if state == .waiting { try await ben.requests.cancel(request.id) }
            }
            #expect(states == [.waiting, .cancelled])
        }
    }

    @Test func aSaleExpiresAndMayHaveBeenPaidInTime() async throws {
        try await World.with { world in
            let (ann, ben) = (world.ann.wallet, world.ben.wallet)
            let request = try await ben.requests.create(usd("4.50"), expires: .seconds(4))
            let draft = try await ann.prepare(.scanned(request.link))
            // Ben hears nothing while it is paid: his phone sleeps.
            try await ben.pause()
            let sale = Task {
                var states: [SaleFlow.State] = []
                for try await state in SaleFlow(wallet: ben, request: request) {
                    states.append(state)
                    if state == .expired { try await ben.resume() }
                }
                return states
            }
            let paid = try await ann.outcome(of: ann.confirm(draft).id)
            #expect(paid.isSettled)
            let states = try await sale.value
            #expect(states.prefix(2) == [.waiting, .expired])
            guard case .paid(_, late: true) = states.last else { throw Unexpected("\(states)") }
        }
    }

    @Test func aSaleEndsWithTheWallet() async throws {
        try await World.with { world in
            let request = try await world.ben.wallet.requests.create(usd("4.50"))
            var states: [SaleFlow.State] = []
            for try await state in SaleFlow(wallet: world.ben.wallet, request: request) {
                states.append(state)
                await world.ben.wallet.close()
            }
            #expect(states == [.waiting])
        }
    }
}

@Suite struct StatusFlowTests {
    @Test func aBannerIsToldWhatHasChanged() async throws {
        try await World.with { world in
            let (ann, draft) = (world.ann.wallet, try await world.draft())
            await world.town.verifier.stop()
            var unfinished: [UInt64] = []
            for try await status in StatusFlow(wallet: ann) {
                unfinished.append(status.unfinished)
                switch unfinished {
                case [0]: _ = try await ann.confirm(draft)
                case [0, 1]: try await world.town.verifier.start()
                default: await ann.close()
                }
            }
            #expect(unfinished == [0, 1, 0])
        }
    }
}

@Suite struct LifecycleTests {
    @Test func aWalletSleepsInTheBackgroundAndIsAwakeInTheForeground() async throws {
        try await World.with { world in
            let ben = world.ben.wallet
            let lifecycle = Lifecycle(wallet: ben, catchUp: .seconds(5))
            try await lifecycle.enter(.background)
            #expect(try await failure(FarthingError.storage) { try await ben.balances() }.kind == "paused")
            try await lifecycle.enter(.foreground)
            #expect(try await ben.available() == "20.00 USD")
        }
    }

    @Test func onlyTheLastPhaseCounts() async throws {
        try await World.with { world in
            let ben = world.ben.wallet
            let lifecycle = Lifecycle(wallet: ben)
            for last in [Lifecycle.Phase.foreground, .background] {
                await withTaskGroup(of: Void.self) { group in
                    for turn in 0..<20 {
                        group.addTask { try? await lifecycle.enter(turn.isMultiple(of: 2) ? .background : .foreground) }
                    }
                }
                try await lifecycle.enter(last)
                let asleep = await (try? ben.balances()) == nil
                #expect(asleep == (last == .background))
            }
            try await lifecycle.enter(.foreground)
            await ben.close()
            try await lifecycle.enter(.background)
        }
    }
}
