internal import FarthingGenerated
import Foundation

/// A wallet of the library.
struct NativeWallet: Wallet {
    private let native: FarthingGenerated.Wallet
    private let life = Life()

    init(_ native: FarthingGenerated.Wallet) { self.native = native }

    var requests: any Requests { NativeRequests(native: native, life: life) }
    var tabs: any Tabs { NativeTabs(native: native) }
    var offline: any Offline { NativeOffline(native: native) }
    var carried: any Carried { NativeCarried(native: native) }
    var contacts: any Contacts { NativeContacts(native: native) }
    var pairing: any Pairings { NativePairings(native: native) }
    var devices: any Devices { NativeDevices(native: native) }
    var account: any Account { NativeAccount(native: native) }

    var connection: Updates<Connection> {
        Updates { [native, life] in
            let listening = LineListening(native, life: life)
            return { () async throws(FarthingError) -> Connection? in try await listening.next() }
        }
    }

    func status() async throws(FarthingError) -> Status {
        try await awaited { [native] in try await native.status().crossed }
    }

    func balances() async throws(FarthingError) -> [Balance] {
        try await awaited { [native] in try await native.balances().map(\.crossed) }
    }

    func parseMoney(_ typed: String) async throws(FarthingError) -> Money {
        try await awaited { [native] in try await native.parseMoney(typed: typed).crossed }
    }

    func prepare(_ payee: PayTo, amount: Money?, memo: String?) async throws(FarthingError) -> Draft {
        switch payee.target {
        case .text(let text):
            return try await awaited { [native] in
                try await native.prepare(payee: text, amount: amount?.native, memo: memo).crossed
            }
        case .note(let note, of: let contact):
            guard amount == nil else { throw .misuse(.amountIsSaid) }
            return try await awaited { [native] in
                try await native.prepareNote(contact: contact.name, note: note.text, memo: memo).crossed
            }
        }
    }

    func draft(_ id: DraftID) async throws(FarthingError) -> Draft {
        try await awaited { [native] in try await native.draft(id: id.text).crossed }
    }

    func discard(_ id: DraftID) async throws(FarthingError) {
        try await awaited { [native] in try await native.discard(id: id.text) }
    }

    func confirm(_ draft: Draft) async throws(FarthingError) -> Payment {
        try await awaited { [native] in try await native.confirm(id: draft.id.text, shown: draft.shown).crossed }
    }

    func outcome(of payment: PaymentID, wait: Duration) async throws(FarthingError) -> Outcome {
        try await awaited { [native] in try await native.outcome(id: payment.text, waitMs: wait.ms).crossed }
    }

    func payment(_ id: PaymentID) async throws(FarthingError) -> Payment {
        try await awaited { [native] in try await native.payment(id: id.text).crossed }
    }

    func history(before: PaymentID?, limit: Int) async throws(FarthingError) -> [Payment] {
        try await awaited { [native] in
            try await native.history(before: before?.text, limit: UInt32(clamping: limit)).map(\.crossed)
        }
    }

    func receipt(of payment: PaymentID) async throws(FarthingError) -> Data {
        try await awaited { [native] in try await native.receipt(id: payment.text) }
    }

    func events(after position: EventSeq) -> Events {
        Events { [native, life] in
            let listening = Listening(native, life: life, after: position)
            return { () async throws(FarthingError) -> Event? in try await listening.next() }
        }
    }

    func sync() async throws(FarthingError) -> Synced {
        try await awaited { [native] in try await native.sync().crossed }
    }

    func catchUp(timeout: Duration) async throws(FarthingError) -> Synced? {
        try await awaited { [native] in try await native.catchUp(timeoutMs: timeout.ms)?.crossed }
    }

    func pause() async throws(FarthingError) {
        try await completed { [native, life] in
            // Said before it is so, and taken back after it ended: whoever pulls events never finds it paused unawares.
            life.become(.paused)
            do {
                try await native.pause()
            } catch {
                life.become(.open)
                throw error
            }
        }
    }

    func resume() async throws(FarthingError) {
        try await completed { [native, life] in
            try await native.resume()
            life.become(.open)
        }
    }

    func revealPhrase() async throws(FarthingError) -> RecoveryPhrase {
        let words = try await awaited { [native] in try await native.phrase() }
        return RecoveryPhrase(count: Int(words.count())) { position throws(FarthingError) in
            try translated { try words.word(position: UInt32(clamping: position)) }
        }
    }

    func diagnostics() async throws(FarthingError) -> String {
        try await awaited { [native] in try await native.diagnostics() }
    }

    // Apps close where they clean up, which is also after they were cancelled: the folder must be free when this returns.
    func close() async -> Problem? {
        await Task.detached { [native, life] in
            // Whoever waits for the end of a pause finds the wallet closed.
            defer { life.become(.closed) }
            do {
                try await native.close()
                return nil
            } catch {
                return FarthingError(generated: error).problem
            }
        }.value
    }
}

private struct NativeRequests: Requests {
    let native: FarthingGenerated.Wallet
    let life: Life

    func create(_ terms: Terms) async throws(FarthingError) -> Request {
        try await awaited { [native] in try await native.request(terms: terms.native).crossed }
    }

    func list(limit: Int) async throws(FarthingError) -> [Request] {
        try await awaited { [native] in try await native.requests(limit: UInt32(clamping: limit)).map(\.crossed) }
    }

    func watch(_ id: RequestID) -> Updates<Request> {
        Updates { [native, life] in
            let listening = RequestListening(native, life: life, id: id)
            return { () async throws(FarthingError) -> Request? in try await listening.next() }
        }
    }

    func cancel(_ id: RequestID) async throws(FarthingError) -> RequestState {
        try await awaited { [native] in try await native.cancel(id: id.text).crossed }
    }
}

private struct NativeContacts: Contacts {
    let native: FarthingGenerated.Wallet

    func list() async throws(FarthingError) -> [Contact] {
        try await awaited { [native] in try await native.contacts().map(\.crossed) }
    }

    func rename(_ contact: Contact, to name: String) async throws(FarthingError) -> Contact {
        try await awaited { [native] in try await native.renameContact(name: contact.name, new: name).crossed }
    }

    func block(_ contact: Contact) async throws(FarthingError) -> Contact { try await set(contact, blocked: true) }

    func unblock(_ contact: Contact) async throws(FarthingError) -> Contact { try await set(contact, blocked: false) }

    func write(_ text: String, to contact: Contact) async throws(FarthingError) {
        try await awaited { [native] in try await native.writeNote(contact: contact.name, note: text) }
    }

    func send(_ request: RequestID, to contact: Contact) async throws(FarthingError) {
        try await awaited { [native] in try await native.sendRequest(contact: contact.name, request: request.text) }
    }

    func notes(of contact: Contact) async throws(FarthingError) -> [Note] {
        try await awaited { [native] in try await native.notes(contact: contact.name).map(\.crossed) }
    }

    private func set(_ contact: Contact, blocked: Bool) async throws(FarthingError) -> Contact {
        try await awaited { [native] in try await native.blockContact(name: contact.name, blocked: blocked).crossed }
    }
}

private struct NativePairings: Pairings {
    let native: FarthingGenerated.Wallet

    func show() async throws(FarthingError) -> any Pairing {
        let offer = try await awaited { [native] in try await native.pairShow() }
        return NativePairing(native: native, id: offer.id, offer: offer.link)
    }

    func scan(_ link: String) async throws(FarthingError) -> any Pairing {
        let id = try await awaited { [native] in try await native.pairScan(link: link) }
        return NativePairing(native: native, id: id, offer: nil)
    }
}

private struct NativePairing: Pairing {
    let native: FarthingGenerated.Wallet
    let id: String
    let offer: String?

    func checkCode(wait: Duration) async throws(FarthingError) -> String? {
        try await awaited { [native, id] in try await native.pairCode(id: id, waitMs: wait.ms) }
    }

    func answer(same: Bool) async throws(FarthingError) {
        try await awaited { [native, id] in try await native.pairConfirm(id: id, same: same) }
    }

    func contact(wait: Duration) async throws(FarthingError) -> Contact? {
        try await awaited { [native, id] in try await native.pairContact(id: id, waitMs: wait.ms)?.crossed }
    }
}

extension Problem {
    /// A request in a note says how much.
    fileprivate static let amountIsSaid = Problem(
        code: 0, kind: "amount_is_said", sentence: "The request says how much; no other amount can be paid for it.",
        moneyMoved: .no, retry: .never, action: .correctInput)
}
