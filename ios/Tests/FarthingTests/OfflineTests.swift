import Farthing
import FarthingTestKit
import Foundation
import Testing

/// Money without network, and the verifier that it is claimed from, which is real: Ann pays, Ben has a stall.
@Suite struct OfflineTests {
    private func allowance(_ cap: String, of wallet: any Wallet) async throws -> Allowance {
        let confirmed = try await wallet.offline.confirm(wallet.offline.prepare(AllowanceTerms(cap: usd(cap))))
        let outcome = try await wallet.offline.outcome(of: confirmed.id, wait: .seconds(20))
        #expect(outcome.isDone)
        return outcome.allowance
    }

    private func ask(_ amount: String, of stall: any Wallet) async throws -> OfflineRequest {
        try await stall.offline.ask(OfflineTerms(amount: usd(amount), memo: "lunch"))
    }

    private func prompt(_ shown: String, of ann: any Wallet) async throws -> OfflinePrompt {
        guard case .new(let prompt) = try await ann.offline.look(shown) else { throw Unexpected("it was paid before") }
        return prompt
    }

    private func pay(_ amount: String, _ world: World) async throws -> String {
        let shown = try await ask(amount, of: world.ben.wallet).text
        return try await world.ann.wallet.offline.pay(prompt(shown, of: world.ann.wallet)).text
    }

    private func offer(_ payment: String, of stall: any Wallet) async throws -> OfflineOffer {
        guard case .good(let offer) = try await stall.offline.examine(payment) else { throw Unexpected("it was taken before") }
        return offer
    }

    /// As a camera sees what is shown again and again, and misses every third code.
    private func filmed(_ text: String) throws -> String {
        let codes = try Farthing.shownCodes(text)
        // Others in each round.
        let rounds = (0..<3).map { round in codes.enumerated().filter { $0.offset % 3 != round }.map(\.element) }
        return try film(rounds.flatMap { $0 })
    }

    private func balance(_ wallet: any Wallet) async throws -> [String] {
        let balance = try #require(try await wallet.balances().first)
        return [balance.available, balance.held].map(\.description)
    }

    private func synced(_ test: (World) async throws -> Void) async throws {
        try await World.with { world in
            try await world.ann.wallet.sync()
            try await world.ben.wallet.sync()
            try await test(world)
        }
    }

    @Test func anAllowanceIsPaidWithoutNetworkTakenOnceAndClaimed() async throws {
        try await synced { world in
            let (ann, stall) = (world.ann.wallet, world.ben.wallet)
            let draft = try await ann.offline.prepare(AllowanceTerms(cap: usd("5")))
            #expect([draft.setAside, draft.atStake].map(\.description) == ["5.00 USD", "10.00 USD"])
            #expect(draft.lasts == .seconds(7 * 86_400) && draft.grace == .seconds(3 * 86_400))
            #expect(try await ann.offline.draft(draft.id) == draft)
            let confirmed = try await ann.offline.confirm(draft)
            let open = try await ann.offline.outcome(of: confirmed.id, wait: .seconds(20)).allowance
            #expect(open.state == .open && open.left.description == "5.00 USD")
            #expect(try await balance(ann) == ["15.00 USD", "5.00 USD"])

            let asked = try await ask("2", of: stall)
            #expect(try Farthing.recognise(asked.text) == .offlineRequest)
            #expect(try await stall.offline.asked(asked.id) == asked)
            let prompt = try await prompt(filmed(asked.text), of: ann)
            #expect(prompt.calledItself == "Ben" && prompt.memo == "lunch" && prompt.left.description == "3.00 USD")
            var altered = prompt
            altered.shown = String(repeating: "00", count: 32)
            let other = try await failure(FarthingError.misuse) { [altered] in try await ann.offline.pay(altered) }
            #expect(other.kind == "not_what_was_approved")
            let paid = try await ann.offline.pay(prompt)
            #expect(try await ann.offline.look(asked.text) == .again(paid))
            #expect(try await ann.offline.pay(prompt) == paid)
            #expect(try Farthing.recognise(paid.text) == .offlinePayment)

            let offer = try await offer(filmed(paid.text), of: stall)
            let lose = offer.couldLose
            #expect([lose.all, lose.ofPayer, lose.limit].map(\.description) == ["2.00 USD", "2.00 USD", "25.00 USD"])
            let taken = try await stall.offline.take(offer)
            #expect(try await stall.offline.take(offer) == taken)
            #expect(try await stall.offline.examine(paid.text) == .taken(taken))
            #expect(try await stall.offline.unsettled().map(\.amount.description) == ["2.00 USD"])
            #expect(try await balance(stall)[0] == "20.00 USD")
            let claimed = try await stall.offline.claim()
            #expect(claimed.claimed.map(\.id) == [taken.id] && claimed.claimed[0].state == .claimed && claimed.refused.isEmpty)
            #expect(try await stall.offline.taken(taken.id) == claimed.claimed[0])
            #expect(try await ann.offline.payments(from: open.id).map(\.number) == [1])
            #expect(try await ann.offline.allowances().map(\.left.description) == ["3.00 USD"])
        }
    }

    @Test func nothingIsPaidFromWhatIsRevokedAndNobodyTakesMoreThanItMayLose() async throws {
        try await synced { world in
            let (ann, stall) = (world.ann.wallet, world.ben.wallet)
            let allowance = try await allowance("10", of: ann)
            let (first, second) = (try await pay("2", world), try await pay("1.50", world))
            try await stall.offline.setLossLimit(usd("3"))
            #expect(try await stall.offline.lossLimits() == [usd("3")])
            _ = try await stall.offline.take(offer(first, of: stall))
            let above = try await failure(FarthingError.denied) { try await stall.offline.examine(second) }
            #expect(above.kind == "loss_limit")
            let foreign = try await failure(FarthingError.misbehaved) { try await ann.offline.examine(second) }
            #expect(foreign.kind == "payment_not_good")
            let large = try await ask("8", of: stall).text
            let usedUp = try await failure(FarthingError.denied) { try await ann.offline.look(large) }
            #expect(usedUp.kind == "allowance_used_up")
            let revoked = try await ann.offline.revoke(allowance.id)
            #expect(revoked.isDone && revoked.allowance.state == .revoked && revoked.allowance.left.description == "0.00 USD")
            let third = try await ask("1", of: stall).text
            let notOpen = try await failure(FarthingError.misuse) { try await ann.offline.look(third) }
            #expect(notOpen.kind == "allowance_not_open")
            // What was signed before stays good.
            #expect(try await stall.offline.claim().claimed.count == 1)
            await ann.close()
            _ = try await failure(FarthingError.closed) { try await ann.offline.allowances() }
        }
    }

    @Test func thePayeePostsWhatThePayerHasSigned() async throws {
        try await synced { world in
            let (ann, stall) = (world.ann.wallet, world.ben.wallet)
            let request = try await stall.requests.create(usd("4.50"))
            let whole = try await stall.carried.whole(request.id)
            #expect(try Farthing.recognise(whole) == .wholeRequest)
            let draft = try await ann.carried.prepare(filmed(whole), amount: nil, memo: "two tacos")
            #expect(draft.payee.calledItself == "Ben" && draft.total.description == "4.50 USD")
            let carried = try await ann.carried.confirm(draft)
            #expect(try await ann.carried.payment(carried.payment.id).payment == carried.payment)
            let reply = try await stall.carried.post(filmed(carried.text))
            guard case .paid(let amount, let toUs, let answer?) = reply else { throw Unexpected("it was refused") }
            #expect(amount.description == "4.50 USD" && toUs)
            guard case .settled(let payment) = try await ann.carried.take(filmed(answer)) else { throw Unexpected("not settled") }
            #expect(payment.id == draft.id.payment)
            #expect(try await balance(ann)[0] == "15.50 USD")
            #expect(try await balance(stall)[0] == "24.50 USD")
            let again = try await ann.carried.confirm(ann.carried.prepare(whole))
            guard case .refused(let why, _?) = try await stall.carried.post(again.text) else { throw Unexpected("paid twice") }
            #expect(why.kind == "request_used")
        }
    }

    /// Says what it was told to.
    private actor Scripted: Approver {
        var answer: Result<Approval, ApprovalError> = .failure(.declined)
        private(set) var shown: [OfflineQuestion] = []

        func approve(_ draft: Draft, message: Data?) async throws(ApprovalError) -> Approval { throw .unavailable }

        func approveOffline(_ question: OfflineQuestion, message: Data?) async throws(ApprovalError) -> Approval {
            shown.append(question)
            return try answer.get()
        }

        func say(_ answer: Result<Approval, ApprovalError>) { self.answer = answer }
    }

    @Test func anApproverIsAskedAboutWhatIsDoneWithoutNetwork() async throws {
        try await synced { world in
            let approver = Scripted()
            let phone = world.town.folder.appending(path: "payers phone")
            try FileManager.default.createDirectory(at: phone, withIntermediateDirectories: true)
            let keys = Keys.sealed(
                file: phone.appending(path: "keys"), stateFolder: phone.appending(path: "state"), key: KeptKey(5),
                approver: approver)
            guard case .empty(let empty) = try await Farthing.open(folder: phone.appending(path: "wallet"), keys: keys) else {
                throw Unexpected("it is not empty")
            }
            let payer = try await empty.enrol(invite: world.town.verifier.invite(), name: "Payer")
            let draft = try await payer.offline.prepare(AllowanceTerms(cap: usd("5")))
            let declined = try await failure(FarthingError.locked) { try await payer.offline.confirm(draft) }
            #expect(declined.kind == "vault_cancelled")
            await approver.say(.success(.confirmed))
            let allowance = try await payer.offline.confirm(draft)
            #expect(try await payer.offline.outcome(of: allowance.id, wait: .seconds(20)).isDone)
            let prompt = try await prompt(ask("1", of: world.ben.wallet).text, of: payer)
            _ = try await payer.offline.pay(prompt)
            #expect(await approver.shown == [.allow(draft), .allow(draft), .pay(prompt)])
            await payer.close()
        }
    }

    @Test func thePageShowsTheseFunctionsAndTheyDoWhatTheySay() async throws {
        let here = URL(filePath: #filePath).deletingLastPathComponent()
        let example = try String(contentsOf: here.appending(path: "OfflineExample.swift"), encoding: .utf8)
        let page = here.appending(path: "../../../docs/embedding.md")
        #expect(try String(contentsOf: page, encoding: .utf8).contains("```swift\n\(example)```"))
        try await synced { world in
            let (ann, stall) = (world.ann.wallet, world.ben.wallet)
            _ = try #require(try await setAside(usd("5"), of: ann))
            let paid = try await payOffline(handOver(usd("2"), of: stall), from: ann)
            #expect(try await takeOffline(paid, by: stall) == "deliver for 2.00 USD")
            #expect(try await takeOffline(paid, by: stall) == "deliver nothing")
        }
    }
}
