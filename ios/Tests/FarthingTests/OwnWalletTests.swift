import Farthing
import Foundation
import Testing

/// An app's tests put a wallet of their own in the place of the library's. It needs nothing but what is public.
@Suite struct OwnWalletTests {
    @Test func aChangedFeeIsShownAgainAndTheNewDraftIsPaid() async throws {
        let old = try draft("old", fee: "0.00")
        let new = try draft("new", fee: "0.25")
        let why = problem("fee_changed", .no)
        let wallet = OwnWallet(
            drafts: [old, new],
            outcomes: [
                .refused(try payment(old, .refused, replacedBy: new.id), why: why), .settled(try payment(new, .settled)),
            ])
        let flow = PayFlow(wallet: wallet)
        await flow.read("anything")
        #expect(flow.state == .review(old, because: nil))
        await flow.approve(old)
        #expect(flow.state == .review(new, because: why))
        // The old one is gone from the screen.
        await flow.approve(old)
        #expect(flow.state == .review(new, because: why))
        await flow.approve(new)
        #expect(try flow.state == .ended(.settled(payment(new, .settled))))
        #expect(await wallet.log.confirmed == [old.id, new.id])
    }

    @Test func aDraftThatWasNotSignedIsShownAgainWithTheReason() async throws {
        let draft = try draft("one", fee: "0.00")
        let why = problem("insufficient_balance", .no)
        let wallet = OwnWallet(drafts: [draft], refusal: .denied(why), states: [draft.id.payment: .draft])
        let flow = PayFlow(wallet: wallet)
        await flow.read("anything")
        await flow.approve(draft)
        #expect(flow.state == .review(draft, because: why))
    }

    @Test func aConfirmationThatNobodyHeardOfIsLookedUpAndNotRepeated() async throws {
        let draft = try draft("one", fee: "0.00")
        let wallet = OwnWallet(
            drafts: [draft], outcomes: [.settled(try payment(draft, .settled))], refusal: .misuse(problem("internal", .unknown)),
            states: [draft.id.payment: .sent])
        let flow = PayFlow(wallet: wallet)
        await flow.read("anything")
        await flow.approve(draft)
        #expect(try flow.state == .ended(.settled(payment(draft, .settled))))
        #expect(await wallet.log.confirmed == [draft.id])
    }

    @Test func itsPhraseIsShownAndGone() async throws {
        let wallet = OwnWallet()
        let words = try await wallet.withPhrase { phrase throws(FarthingError) in
            [try phrase.word(1), try phrase.word(phrase.count)]
        }
        #expect(words == [1, 24])
    }

    @Test func itsEventsAreASequence() async throws {
        let wallet = OwnWallet()
        var seen: [EventSeq] = []
        for try await event in wallet.events(after: EventSeq(7)) { seen.append(event.seq) }
        #expect(seen == [EventSeq(8), EventSeq(9)])
    }
}

private func problem(_ kind: String, _ moved: MoneyMoved) -> Problem {
    Problem(code: 1, kind: kind, sentence: "\(kind).", moneyMoved: moved, retry: .afterAction, action: .confirmAgain)
}

private func draft(_ id: String, fee: String) throws -> Draft {
    let (amount, fee) = (try usd("4.50"), try usd(fee))
    return Draft(
        id: DraftID(id), payee: Payee(calledItself: "Ben", trust: .request), amount: amount, fee: fee,
        total: try amount + fee, shown: "shown-\(id)")
}

private func payment(_ draft: Draft, _ state: PaymentState, replacedBy: DraftID? = nil) throws -> Payment {
    Payment(
        id: draft.id.payment, direction: .out, state: state, amount: draft.amount, at: Date(timeIntervalSince1970: 0),
        replacedBy: replacedBy)
}

private struct OwnWallet: Wallet {
    actor Log {
        var confirmed: [DraftID] = []
        var outcomes: [Outcome]

        init(outcomes: [Outcome]) { self.outcomes = outcomes }

        func confirm(_ id: DraftID) { confirmed.append(id) }

        func next() -> Outcome? { outcomes.isEmpty ? nil : outcomes.removeFirst() }
    }

    let drafts: [Draft]
    let refusal: FarthingError?
    let states: [PaymentID: PaymentState]
    let log: Log

    init(
        drafts: [Draft] = [], outcomes: [Outcome] = [], refusal: FarthingError? = nil, states: [PaymentID: PaymentState] = [:]
    ) {
        self.drafts = drafts
        self.refusal = refusal
        self.states = states
        log = Log(outcomes: outcomes)
    }

    var requests: any Requests { OwnBranch() }
    var contacts: any Contacts { OwnBranch() }
    var tabs: any Tabs { OwnTabs() }
    var offline: any Offline { OwnOffline() }
    var carried: any Carried { OwnOffline() }
    var pairing: any Pairings { OwnBranch() }
    var devices: any Devices { OwnAccount() }
    var account: any Account { OwnAccount() }
    var connection: Updates<Connection> { .none }

    func prepare(_ payee: PayTo, amount: Money?, memo: String?) throws(FarthingError) -> Draft {
        guard let first = drafts.first else { throw .misuse(.missing) }
        return first
    }

    func draft(_ id: DraftID) throws(FarthingError) -> Draft {
        guard let found = drafts.first(where: { $0.id == id }) else { throw .misuse(.missing) }
        return found
    }

    func confirm(_ draft: Draft) async throws(FarthingError) -> Payment {
        await log.confirm(draft.id)
        if let refusal { throw refusal }
        return try await payment(draft.id.payment)
    }

    func payment(_ id: PaymentID) async throws(FarthingError) -> Payment {
        guard let draft = drafts.first(where: { $0.id.payment == id }) else { throw .misuse(.missing) }
        return Payment(
            id: id, direction: .out, state: states[id] ?? .authorised, amount: draft.amount, at: Date(timeIntervalSince1970: 0))
    }

    func outcome(of payment: PaymentID, wait: Duration) async throws(FarthingError) -> Outcome {
        guard let next = await log.next() else { throw .misuse(.missing) }
        return next
    }

    func events(after position: EventSeq) -> Events {
        Events {
            let left = Left(position.number)
            return { () async throws(FarthingError) -> Event? in
                guard let number = await left.next() else { return nil }
                return Event(
                    seq: EventSeq(number), at: Date(timeIntervalSince1970: 0), kind: .received(PaymentID("\(number)")))
            }
        }
    }

    func revealPhrase() throws(FarthingError) -> RecoveryPhrase {
        RecoveryPhrase(count: 24) { position throws(FarthingError) in UInt16(position) }
    }

    func status() throws(FarthingError) -> Status { throw .misuse(.missing) }
    func balances() throws(FarthingError) -> [Balance] { [] }
    func parseMoney(_ typed: String) throws(FarthingError) -> Money { throw .misuse(.missing) }
    func discard(_ id: DraftID) throws(FarthingError) {}
    func history(before: PaymentID?, limit: Int) throws(FarthingError) -> [Payment] { [] }
    func receipt(of payment: PaymentID) throws(FarthingError) -> Data { Data() }
    func sync() throws(FarthingError) -> Synced { Synced() }
    func catchUp(timeout: Duration) throws(FarthingError) -> Synced? { Synced() }
    func pause() throws(FarthingError) {}
    func resume() throws(FarthingError) {}
    func diagnostics() throws(FarthingError) -> String { "" }
    func close() -> Problem? { nil }
}

private actor Left {
    private var number: UInt64

    init(_ number: UInt64) { self.number = number }

    func next() -> UInt64? {
        number += 1
        return number < 10 ? number : nil
    }
}

private struct OwnBranch: Requests, Contacts, Pairings {
    func create(_ terms: Terms) throws(FarthingError) -> Request { throw .misuse(.missing) }
    func list(limit: Int) throws(FarthingError) -> [Request] { [] }
    func watch(_ id: RequestID) -> Updates<Request> { .none }
    func cancel(_ id: RequestID) throws(FarthingError) -> RequestState { .cancelled }
    func list() throws(FarthingError) -> [Contact] { [] }
    func rename(_ contact: Contact, to name: String) throws(FarthingError) -> Contact { contact }
    func block(_ contact: Contact) throws(FarthingError) -> Contact { contact }
    func unblock(_ contact: Contact) throws(FarthingError) -> Contact { contact }
    func write(_ text: String, to contact: Contact) throws(FarthingError) {}
    func send(_ request: RequestID, to contact: Contact) throws(FarthingError) {}
    func notes(of contact: Contact) throws(FarthingError) -> [Note] { [] }
    func show() throws(FarthingError) -> any Pairing { throw .misuse(.missing) }
    func scan(_ link: String) throws(FarthingError) -> any Pairing { throw .misuse(.missing) }
}

private struct OwnTabs: Tabs {
    func offer(_ terms: OfferTerms) throws(FarthingError) -> TabOffer { throw .misuse(.missing) }
    func offers(limit: Int) throws(FarthingError) -> [TabOffer] { [] }
    func offer(_ id: OfferID) throws(FarthingError) -> TabOffer { throw .misuse(.missing) }
    func cancel(_ id: OfferID) throws(FarthingError) -> OfferState { .cancelled }
    func send(_ offer: OfferID, to contact: Contact) throws(FarthingError) {}
    func received(from contact: Contact) throws(FarthingError) -> [TabOffer] { [] }
    func read(_ link: String) throws(FarthingError) -> TabOffer { throw .misuse(.missing) }
    func prepare(_ with: TabWith, terms: TabTerms) throws(FarthingError) -> TabDraft { throw .misuse(.missing) }
    func raise(_ tab: TabID, cap: Money?, longer: Duration) throws(FarthingError) -> TabDraft { throw .misuse(.missing) }
    func draft(_ id: TabID) throws(FarthingError) -> TabDraft { throw .misuse(.missing) }
    func discard(_ id: TabID) throws(FarthingError) {}
    func confirm(_ draft: TabDraft) throws(FarthingError) -> PaymentTab { throw .misuse(.missing) }
    func outcome(of tab: TabID, wait: Duration) throws(FarthingError) -> TabOutcome { throw .misuse(.missing) }
    func pay(from tab: TabID, _ amount: Money) throws(FarthingError) -> Drop { throw .misuse(.missing) }
    func take(_ voucher: String) throws(FarthingError) -> Taken { throw .misuse(.missing) }
    func catchUp(_ voucher: String) throws(FarthingError) -> Bool { false }
    func close(_ tab: TabID) throws(FarthingError) -> TabOutcome { throw .misuse(.missing) }
    func claim(_ tab: TabID?) throws(FarthingError) -> Claimed { Claimed(tabs: []) }
    func release(_ tab: TabID) throws(FarthingError) -> PaymentTab { throw .misuse(.missing) }
    func list(limit: Int) throws(FarthingError) -> [PaymentTab] { [] }
    func tab(_ id: TabID) throws(FarthingError) -> PaymentTab { throw .misuse(.missing) }
    func receipts(of tab: TabID) throws(FarthingError) -> [Data] { [] }
}

private struct OwnOffline: Offline, Carried {
    func prepare(_ terms: AllowanceTerms) throws(FarthingError) -> AllowanceDraft { throw .misuse(.missing) }
    func draft(_ id: AllowanceDraftID) throws(FarthingError) -> AllowanceDraft { throw .misuse(.missing) }
    func discard(_ id: AllowanceDraftID) throws(FarthingError) {}
    func confirm(_ draft: AllowanceDraft) throws(FarthingError) -> Allowance { throw .misuse(.missing) }
    func outcome(of allowance: AllowanceID, wait: Duration) throws(FarthingError) -> AllowanceOutcome { throw .misuse(.missing) }
    func revoke(_ allowance: AllowanceID) throws(FarthingError) -> AllowanceOutcome { throw .misuse(.missing) }
    func allowances(limit: Int) throws(FarthingError) -> [Allowance] { [] }
    func allowance(_ id: AllowanceID) throws(FarthingError) -> Allowance { throw .misuse(.missing) }
    func payments(from allowance: AllowanceID) throws(FarthingError) -> [PaidOffline] { [] }
    func look(_ shown: String, from allowance: AllowanceID?) throws(FarthingError) -> OfflineLook { throw .misuse(.missing) }
    func pay(_ prompt: OfflinePrompt) throws(FarthingError) -> OfflinePayment { throw .misuse(.missing) }
    func ask(_ terms: OfflineTerms) throws(FarthingError) -> OfflineRequest { throw .misuse(.missing) }
    func asked(_ id: OfflineRequestID) throws(FarthingError) -> OfflineRequest { throw .misuse(.missing) }
    func examine(_ shown: String) throws(FarthingError) -> OfflineExamined { throw .misuse(.missing) }
    func take(_ offer: OfflineOffer) throws(FarthingError) -> TakenPayment { throw .misuse(.missing) }
    func claim() throws(FarthingError) -> ClaimedOffline { ClaimedOffline(claimed: []) }
    func taken(limit: Int) throws(FarthingError) -> [TakenPayment] { [] }
    func taken(_ id: TakenID) throws(FarthingError) -> TakenPayment { throw .misuse(.missing) }
    func unsettled() throws(FarthingError) -> [Unsettled] { [] }
    func lossLimits() throws(FarthingError) -> [Money] { [] }
    func setLossLimit(_ most: Money) throws(FarthingError) {}
    func whole(_ request: RequestID) throws(FarthingError) -> String { throw .misuse(.missing) }
    func prepare(_ request: String, amount: Money?, memo: String?) throws(FarthingError) -> Draft { throw .misuse(.missing) }
    func confirm(_ draft: Draft) throws(FarthingError) -> CarriedPayment { throw .misuse(.missing) }
    func payment(_ id: PaymentID) throws(FarthingError) -> CarriedPayment { throw .misuse(.missing) }
    func post(_ order: String) throws(FarthingError) -> CarriedReply { throw .misuse(.missing) }
    func take(_ answer: String) throws(FarthingError) -> Outcome { throw .misuse(.missing) }
}

private struct OwnAccount: Devices, Account {
    func list() throws(FarthingError) -> [Device] { [] }
    func revoke(_ device: DeviceID, phrase: PhraseEntry?) throws(FarthingError) {}
    func show(phrase: PhraseEntry?) throws(FarthingError) -> any DevicePairing { throw .misuse(.missing) }
    func aliases() throws(FarthingError) -> [String] { [] }
    func register(_ alias: String) throws(FarthingError) {}
    func keepsPhrase() throws(FarthingError) -> Bool { false }
    func confirmPhrase(_ phrase: PhraseEntry) throws(FarthingError) {}
    func loss() throws(FarthingError) -> Loss? { nil }
    func acceptLoss() throws(FarthingError) -> Loss { Loss(payments: [], owed: []) }
    func checkpoint() throws(FarthingError) -> Data? { nil }
    func compareCheckpoint(_ checkpoint: Data) throws(FarthingError) -> Standing { .agreed }
    func export(to folder: URL) throws(FarthingError) -> Exported { Exported(files: 0, payments: 0, requests: 0) }
}

extension Updates {
    fileprivate static var none: Self { Updates { { () async throws(FarthingError) -> Element? in nil } } }
}

extension Problem {
    fileprivate static let missing = Problem(
        code: 1, kind: "missing", sentence: "This wallet has none.", moneyMoved: .no, retry: .never, action: .none)
}
