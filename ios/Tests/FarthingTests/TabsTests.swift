import Farthing
import FarthingTestKit
import Foundation
import Testing

/// Money by the drop, against the real verifier: Ann reads, Ben is the paper.
@Suite struct TabsTests {
    private func offer(_ paper: any Wallet) async throws -> TabOffer {
        try await paper.tabs.offer(OfferTerms(price: usd("0.02"), unit: "article", cap: usd("5"), memo: "the paper"))
    }

    /// The same tab, in both wallets' words.
    private func open(_ world: World) async throws -> (paid: TabID, earned: TabID) {
        let link = try #require(try await offer(world.ben.wallet).link)
        let paid = try #require(try await openTab(of: world.ann.wallet, scanned: link))
        try await world.ben.wallet.sync()
        return (paid, try #require(try await world.ben.wallet.tabs.list().first).id)
    }

    private func balance(_ wallet: any Wallet) async throws -> [String] {
        let balance = try #require(try await wallet.balances().first)
        return [balance.available, balance.held, balance.incoming].map(\.description)
    }

    private func gained(_ taken: Taken) -> String? {
        if case .stored(_, let gained, _) = taken { gained.description } else { nil }
    }

    @Test func dropsArePaidTakenOnceClaimedAndTheRestComesBack() async throws {
        try await World.with { world in
            let (reader, paper) = (world.ann.wallet, world.ben.wallet)
            let tab = try await open(world)
            #expect(try await balance(reader) == ["15.00 USD", "5.00 USD", "0.00 USD"])
            let first = try await reader.tabs.pay(from: tab.paid, usd("0.02"))
            #expect(try Farthing.recognise(first.voucher) == .voucher)
            #expect(gained(try await paper.tabs.take(first.voucher)) == "0.02 USD")
            #expect(gained(try await paper.tabs.take(first.voucher)) == "0.00 USD")
            let second = try await reader.tabs.pay(from: tab.paid, usd("0.04"))
            #expect(second.total.description == "0.06 USD")
            #expect(gained(try await paper.tabs.take(second.voucher)) == "0.04 USD")
            #expect(try await paper.tabs.take(first.voucher) == .behind(tab.earned, newest: second.voucher))
            #expect(try await !reader.tabs.catchUp(second.voucher))
            #expect(try await balance(paper) == ["20.00 USD", "0.00 USD", "0.06 USD"])
            #expect(try await paper.tabs.claim() == Claimed(tabs: [tab.earned]))
            #expect(try await balance(paper) == ["20.06 USD", "0.00 USD", "0.00 USD"])
            let closed = try await reader.tabs.close(tab.paid)
            #expect(closed.isDone && closed.tab.state == .closed && closed.tab.side == .paid)
            try await paper.sync()
            #expect(try await paper.tabs.release(tab.earned).state == .ended)
            try await reader.sync()
            #expect(try await balance(reader) == ["19.94 USD", "0.00 USD", "0.00 USD"])
            let told = try await reader.until { $0 == .tabEnded(tab.paid) }
            #expect(told.map(\.kind).contains(.tabOpened(tab.paid)))
            #expect(try await reader.tabs.receipts(of: tab.paid).count >= 3)
        }
    }

    @Test func termsAreShownAndRaised() async throws {
        try await World.with { world in
            let (reader, paper) = (world.ann.wallet, world.ben.wallet)
            let link = try #require(try await offer(paper).link)
            let read = try await reader.tabs.read(link)
            #expect(read.calledItself == "Ben" && read.unit == "article" && read.lasts == .seconds(86_400))
            let draft = try await reader.tabs.prepare(.scanned(link), terms: TabTerms(cap: usd("2"), memo: "daily"))
            #expect(draft.setAside.description == "2.00 USD" && draft.offerMemo == "the paper" && draft.memo == "daily")
            #expect(try await reader.tabs.draft(draft.id) == draft)
            try await reader.tabs.confirm(draft)
            #expect(try await reader.tabs.outcome(of: draft.id, wait: .seconds(20)).isDone)
            let more = try await reader.tabs.raise(draft.id, cap: usd("3"), longer: .seconds(86_400))
            #expect(more.changes && more.setAside.description == "1.00 USD")
            try await reader.tabs.confirm(more)
            let raised = try await reader.tabs.outcome(of: draft.id, wait: .seconds(20))
            #expect(raised.isDone && raised.tab.cap?.description == "3.00 USD")
        }
    }

    @Test func whatNoTabCanDoIsRefused() async throws {
        try await World.with { world in
            let (reader, paper) = (world.ann.wallet, world.ben.wallet)
            let tab = try await open(world)
            let above = try await failure(FarthingError.denied) { try await reader.tabs.pay(from: tab.paid, usd("6")) }
            #expect(above.kind == "tab_limit")
            let foreign = try await failure(FarthingError.misuse) { try await reader.tabs.pay(from: tab.earned, usd("1")) }
            #expect(foreign.kind == "tab_unknown")
            let voucher = try await reader.tabs.pay(from: tab.paid, usd("1")).voucher
            let cut = try await failure(FarthingError.unreadable) { try await paper.tabs.take(String(voucher.dropFirst())) }
            #expect(cut.kind == "not_recognised")
            _ = try await paper.tabs.take(voucher)
            let unclaimed = try await failure(FarthingError.misuse) { try await paper.tabs.release(tab.earned) }
            #expect(unclaimed.kind == "tab_unclaimed")
            let offer = try await offer(paper)
            #expect(try await paper.tabs.cancel(offer.id) == .cancelled)
            #expect(try await paper.tabs.offers().first?.state == .cancelled)
            await reader.close()
            let closed = try await failure(FarthingError.closed) { try await reader.tabs.list() }
            #expect(closed.kind == "closed")
            _ = try await failure(FarthingError.closed) { try await reader.tabs.pay(from: tab.paid, usd("1")) }
        }
    }

    /// Says what it was told to.
    private actor Scripted: Approver {
        var answer: Result<Approval, ApprovalError> = .failure(.declined)
        private(set) var shown: [TabDraft] = []

        func approve(_ draft: Draft, message: Data?) async throws(ApprovalError) -> Approval { throw .unavailable }

        func approveTab(_ draft: TabDraft, message: Data?) async throws(ApprovalError) -> Approval {
            shown.append(draft)
            return try answer.get()
        }

        func say(_ answer: Result<Approval, ApprovalError>) { self.answer = answer }
    }

    @Test func anApproverIsAskedAboutATabToo() async throws {
        try await World.with { world in
            let approver = Scripted()
            let phone = world.town.folder.appending(path: "readers phone")
            try FileManager.default.createDirectory(at: phone, withIntermediateDirectories: true)
            let keys = Keys.sealed(
                file: phone.appending(path: "keys"), stateFolder: phone.appending(path: "state"), key: KeptKey(5),
                approver: approver)
            guard case .empty(let empty) = try await Farthing.open(folder: phone.appending(path: "wallet"), keys: keys) else {
                throw Unexpected("it is not empty")
            }
            let reader = try await empty.enrol(invite: world.town.verifier.invite(), name: "Reader")
            let link = try #require(try await offer(world.ben.wallet).link)
            let draft = try await reader.tabs.prepare(.scanned(link))
            let declined = try await failure(FarthingError.locked) { try await reader.tabs.confirm(draft) }
            #expect(declined.kind == "vault_cancelled")
            #expect(try await reader.tabs.tab(draft.id).state == .draft)
            await approver.say(.success(.confirmed))
            try await reader.tabs.confirm(draft)
            #expect(await approver.shown == [draft, draft])
            await reader.close()
        }
    }

    @Test func thePageShowsTheseFunctionsAndTheyDoWhatTheySay() async throws {
        let here = URL(filePath: #filePath).deletingLastPathComponent()
        let example = try String(contentsOf: here.appending(path: "TabExample.swift"), encoding: .utf8)
        let page = here.appending(path: "../../../docs/embedding.md")
        #expect(try String(contentsOf: page, encoding: .utf8).contains("```swift\n\(example)```"))
        try await World.with { world in
            let (reader, paper) = (world.ann.wallet, world.ben.wallet)
            let tab = try await open(world)
            let voucher = try await payArticle(from: tab.paid, of: reader)
            #expect(try await deliver(for: voucher, to: paper) == "deliver for 0.02 USD")
            #expect(try await deliver(for: voucher, to: paper) == "deliver for 0.00 USD")
            #expect(try await settle(paper) == ["0.02 USD claimed"])
            try await reader.sync()
            #expect(try await balance(reader) == ["19.98 USD", "0.00 USD", "0.00 USD"])
        }
    }
}
