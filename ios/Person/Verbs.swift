import Farthing
import Foundation

typealias Told = [String: JSON]

/// Does what a call says, and says what came of it.
extension Phone {
    func perform(_ call: [String: JSON]) async throws -> Told {
        var call = try Arguments(call)
        if let told = try await opening(&call) { return told }
        if let told = try await living(&call) { return told }
        if let told = try await paying(&call) { return told }
        if let told = try await asking(&call) { return told }
        if let told = try await meeting(&call) { return told }
        if let told = try await writing(&call) { return told }
        if let told = try await account(&call) { return told }
        if let told = try await devices(&call) { return told }
        if let told = try await payingTabs(&call) { return told }
        if let told = try await earningTabs(&call) { return told }
        if let told = try await allowing(&call) { return told }
        if let told = try await withoutNetwork(&call) { return told }
        if let told = try await showing(&call) { return told }
        if let told = try await carrying(&call) { return told }
        throw Unsupported(verb: call.verb)
    }

    private func opening(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "key":
            let (says, seed) = (try call.text("says"), try call.numberOrNil("seed"))
            try call.done()
            key.become(says, seed: seed.map { UInt64(bitPattern: $0) })
            return [:]
        case "open":
            try call.done()
            return switch try await open() {
            case .ready: ["opened": "ready", "reason": .null]
            case .empty: ["opened": "empty", "reason": .null]
            case .needsRecovery(let lost): ["opened": "needs_recovery", "reason": .object(lost.reason.told)]
            }
        case "enrol":
            let (invite, name, alias) = (try call.text("invite"), try call.textOrNil("name"), try call.textOrNil("alias"))
            try call.done()
            try await enrol(invite: invite, name: name, alias: alias)
            return [:]
        case "restore":
            let (invite, words) = (try call.text("invite"), try call.words())
            let (name, keep, into) = (try call.textOrNil("name"), try call.flag("keepDevices"), try call.textOrNil("into"))
            try call.done()
            try await restore(invite: invite, words: words, name: name, keepDevices: keep, into: into)
            return [:]
        case "approver":
            let (answer, seed) = (try call.textOrNil("answer"), try call.numberOrNil("seed"))
            try call.done()
            if let answer { try approver.answers(answer) }
            if let seed { try approver.renew(UInt64(bitPattern: seed)) }
            return [:]
        case "asked":
            try call.done()
            return try approver.told
        case "type_phrase":
            let words = try call.words()
            try call.done()
            try typed(words).check()
            return [:]
        case "recognise":
            let text = try call.text("text")
            try call.done()
            return ["is": word(try Farthing.recognise(text))]
        case "draw_qr":
            let text = try call.text("text")
            try call.done()
            return ["side": JSON(try Farthing.drawQR(text, scale: 4).side)]
        default: return nil
        }
    }

    private func living(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "close":
            try call.done()
            if let problem = try await wallet.close() { throw FarthingError.storage(problem) }
            return [:]
        case "reveal_phrase":
            try call.done()
            let words = try await wallet.withPhrase { phrase throws(FarthingError) in
                var words: [JSON] = []
                for position in 1...phrase.count { words.append(JSON(try phrase.word(position))) }
                return words
            }
            return ["words": .list(words)]
        case "status":
            try call.done()
            return try await wallet.status().told
        case "events": return try await events(&call)
        case "sync":
            try call.done()
            return try await wallet.sync().told
        case "catch_up":
            let wait = try call.wait()
            try call.done()
            return ["done": .flag(try await wallet.catchUp(timeout: wait) != nil)]
        case "pause":
            try call.done()
            try await wallet.pause()
            return [:]
        case "resume":
            try call.done()
            try await wallet.resume()
            return [:]
        default: return nil
        }
    }

    private func paying(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "balances":
            try call.done()
            return ["balances": .list(try await wallet.balances().map(\.told))]
        case "parse":
            let text = try call.text("text")
            try call.done()
            return ["money": .text("\(try await wallet.parseMoney(text))")]
        case "prepare":
            let (payee, contact) = (try call.textOrNil("payee"), try call.textOrNil("contact"))
            let (amount, memo) = (try call.textOrNil("amount"), try call.textOrNil("memo"))
            try call.done()
            let to: PayTo
            if let contact {
                to = .contact(try await self.contact(contact))
            } else if let payee {
                to = .scanned(payee)
            } else {
                throw Wrong("payee is missing")
            }
            return saw(try await wallet.prepare(to, amount: money(amount), memo: memo)).told
        case "draft":
            let id = try call.text("draft")
            try call.done()
            return saw(try await wallet.draft(DraftID(id))).told
        case "discard":
            let id = try call.text("draft")
            try call.done()
            try await wallet.discard(DraftID(id))
            return [:]
        case "confirm":
            let (id, other) = (try call.text("draft"), try call.textOrNil("shownLike"))
            try call.done()
            var draft = try await seen(DraftID(id))
            if let other { draft.shown = try await seen(DraftID(other)).shown }
            return try await wallet.confirm(draft).told
        case "outcome":
            let (payment, wait) = (try call.text("payment"), try call.wait())
            try call.done()
            return try await wallet.outcome(of: PaymentID(payment), wait: wait).told
        case "payment":
            let payment = try call.text("payment")
            try call.done()
            return try await wallet.payment(PaymentID(payment)).told
        case "history":
            let (before, limit) = (try call.textOrNil("before"), try call.numberOrNil("limit"))
            try call.done()
            let page = try await wallet.history(before: before.map(PaymentID.init), limit: limit.map(Int.init) ?? 50)
            return ["payments": .list(page.map { .object($0.told) })]
        case "receipt":
            let payment = try call.text("payment")
            try call.done()
            let receipt = try await wallet.receipt(of: PaymentID(payment))
            return ["receipt": .text(receipt.hex)]
        default: return nil
        }
    }

    private func asking(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "request":
            let (amount, memo) = (try call.textOrNil("amount"), try call.textOrNil("memo"))
            let sold = try call.list("items").map { try $0.members }
            let (expires, standing) = (try call.numberOrNil("expiresS") ?? 900, try call.flag("standing"))
            try call.done()
            var items: [Item] = []
            for each in sold {
                guard case .text(let name) = each["name"], case .text(let amount) = each["amount"] else {
                    throw Wrong("an item has a name and an amount")
                }
                items.append(Item(name, try await wallet.parseMoney(amount)))
            }
            let made = try await wallet.requests.create(
                money(amount), items: items, memo: memo, expires: .seconds(expires), standing: standing)
            return made.told
        case "requests":
            let limit = try call.numberOrNil("limit")
            try call.done()
            return ["requests": .list(try await wallet.requests.list(limit: limit.map(Int.init) ?? 50).map { .object($0.told) })]
        case "cancel_request":
            let request = try call.text("request")
            try call.done()
            return ["state": word(try await wallet.requests.cancel(RequestID(request)))]
        default: return nil
        }
    }

    private func meeting(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "pair_show":
            let name = try call.textOrNil("pairing")
            try call.done()
            let shown = try await wallet.pairing.show()
            pair(name, shown)
            return ["offer": JSON(shown.offer)]
        case "pair_scan":
            let (link, name) = (try call.text("link"), try call.textOrNil("pairing"))
            try call.done()
            pair(name, try await wallet.pairing.scan(link))
            return [:]
        case "pair_code":
            let (wait, name) = (try call.wait(), try call.textOrNil("pairing"))
            try call.done()
            return ["digits": JSON(try await pairing(name).checkCode(wait: wait))]
        case "pair_answer":
            let (same, name) = (try call.flag("same"), try call.textOrNil("pairing"))
            try call.done()
            try await pairing(name).answer(same: same)
            return [:]
        case "pair_contact":
            let (wait, name) = (try call.wait(), try call.textOrNil("pairing"))
            try call.done()
            return ["contact": try await pairing(name).contact(wait: wait).map { .object($0.told) } ?? .null]
        case "contacts":
            try call.done()
            return ["contacts": .list(try await wallet.contacts.list().map { .object($0.told) })]
        case "rename":
            let (contact, name) = (try call.text("contact"), try call.text("name"))
            try call.done()
            return try await wallet.contacts.rename(self.contact(contact), to: name).told
        case "block":
            let contact = try call.text("contact")
            try call.done()
            return try await wallet.contacts.block(self.contact(contact)).told
        case "unblock":
            let contact = try call.text("contact")
            try call.done()
            return try await wallet.contacts.unblock(self.contact(contact)).told
        default: return nil
        }
    }

    /// What happens after a position, up to what is awaited.
    private func events(_ call: inout Arguments) async throws -> Told {
        let (after, wait) = (try call.number("after"), try call.wait())
        let (until, count) = (try call.textOrNil("until"), try call.numberOrNil("count"))
        try call.done()
        let events = try wallet.events(after: EventSeq(UInt64(clamping: after)))
        let told = try await collect(for: wait) { seen in
            for try await event in events {
                let told = event.told
                if await seen.append(.object(told)) == count || told["name"] == until.map(JSON.text) { return }
            }
        }
        return ["events": .list(told)]
    }
}

/// What came within a time, or before whoever listens had enough.
func collect(for wait: Duration, _ listen: @escaping @Sendable (Seen) async throws -> Void) async throws -> [JSON] {
    let seen = Seen()
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await listen(seen) }
        group.addTask { try await Task.sleep(for: wait) }
        try await group.next()
        group.cancelAll()
    }
    return await seen.all
}

actor Seen {
    private(set) var all: [JSON] = []

    @discardableResult
    func append(_ one: JSON) -> Int64 {
        all.append(one)
        return Int64(all.count)
    }
}
