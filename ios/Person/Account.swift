import Farthing
import Foundation

/// What belongs to an account: how it stands, what is written to people, and its devices.
extension Phone {
    func account(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "keeps_phrase":
            try call.done()
            return ["kept": .flag(try await wallet.account.keepsPhrase())]
        case "confirm_phrase":
            let words = try call.words()
            try call.done()
            try await wallet.account.confirmPhrase(typed(words))
            return [:]
        case "aliases":
            try call.done()
            return ["aliases": .list(try await wallet.account.aliases().map(JSON.text))]
        case "register":
            let alias = try call.text("alias")
            try call.done()
            try await wallet.account.register(alias)
            return [:]
        case "loss":
            try call.done()
            return ["loss": try await wallet.account.loss().map { .object($0.told) } ?? .null]
        case "accept_loss":
            try call.done()
            return ["loss": .object(try await wallet.account.acceptLoss().told)]
        case "checkpoint":
            try call.done()
            return ["checkpoint": JSON(try await wallet.account.checkpoint()?.hex)]
        case "compare_checkpoint":
            let checkpoint = try call.bytes("checkpoint")
            try call.done()
            return ["standing": word(try await wallet.account.compareCheckpoint(checkpoint))]
        case "diagnostics":
            try call.done()
            return ["text": .text(try await wallet.diagnostics())]
        case "connection": return try await connection(&call)
        case "watch_request": return try await watchRequest(&call)
        default: return nil
        }
    }

    func writing(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "write_note":
            let (contact, text) = (try call.text("contact"), try call.text("text"))
            try call.done()
            try await wallet.contacts.write(text, to: self.contact(contact))
            return [:]
        case "send_request":
            let (contact, request) = (try call.text("contact"), try call.text("request"))
            try call.done()
            try await wallet.contacts.send(RequestID(request), to: self.contact(contact))
            return [:]
        case "notes":
            let contact = try call.text("contact")
            try call.done()
            return ["notes": .list(try await wallet.contacts.notes(of: self.contact(contact)).map { .object($0.told) })]
        case "prepare_note":
            let (contact, id, memo) = (try call.text("contact"), try call.text("note"), try call.textOrNil("memo"))
            try call.done()
            let from = try await self.contact(contact)
            guard let note = try await wallet.contacts.notes(of: from).first(where: { $0.id.text == id }) else {
                throw Wrong("there is no note \(id)")
            }
            return saw(try await wallet.prepare(.request(from, note), memo: memo)).told
        default: return nil
        }
    }

    /// Phones and tills of one account: on the owner's phone, and on the other.
    func devices(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "devices":
            try call.done()
            return ["devices": .list(try await wallet.devices.list().map { .object($0.told) })]
        case "revoke":
            let (device, words) = (try call.text("device"), try call.wordsOrNil())
            try call.done()
            try await wallet.devices.revoke(DeviceID(device), phrase: words.map(typed))
            return [:]
        case "device_show":
            let words = try call.wordsOrNil()
            try call.done()
            return ["offer": .text(try await add(words))]
        case "device_code":
            let wait = try call.wait()
            try call.done()
            return ["digits": JSON(try await adding.checkCode(wait: wait))]
        case "device_confirm":
            var said = try call.arguments("scope")
            try call.done()
            let scope = try await scope(&said)
            return ["device": .text(try await adding.confirm(scope).text)]
        case "device_reject":
            try call.done()
            try await adding.reject()
            return [:]
        case "join":
            let link = try call.text("link")
            try call.done()
            return ["digits": .text(try await join(link))]
        case "join_confirm":
            let name = try call.textOrNil("name")
            try call.done()
            try await joined(name: name)
            return [:]
        case "join_reject":
            try call.done()
            try await unjoined()
            return [:]
        default: return nil
        }
    }

    private func scope(_ said: inout Arguments) async throws -> Scope {
        let (pay, perOrder, perDay) = (try said.flag("pay"), try said.texts("perOrder"), try said.texts("perDay"))
        let (payees, life) = (try said.texts("payees"), try said.numberOrNil("lifeS"))
        try said.done()
        return Scope(
            pay: pay, perOrder: try await amounts(perOrder), perDay: try await amounts(perDay), payees: payees,
            life: life.map { .seconds($0) })
    }

    private func amounts(_ typed: [String]) async throws -> [Money] {
        var amounts: [Money] = []
        for each in typed { amounts.append(try await wallet.parseMoney(each)) }
        return amounts
    }

    /// How the wallet stands to its verifier, each time that this changes, up to what is awaited.
    private func connection(_ call: inout Arguments) async throws -> Told {
        let (until, wait) = (try call.textOrNil("until"), try call.wait())
        try call.done()
        let lines = try wallet.connection
        let states = try await collect(for: wait) { seen in
            for try await connection in lines {
                await seen.append(.object(connection.told))
                if word(connection.line) == until.map(JSON.text) { return }
            }
        }
        return ["states": .list(states)]
    }

    /// A request of ours, each time that its state changes.
    private func watchRequest(_ call: inout Arguments) async throws -> Told {
        let (request, wait) = (try call.text("request"), try call.wait())
        try call.done()
        let changes = try wallet.requests.watch(RequestID(request))
        let states = try await collect(for: wait) { seen in
            for try await request in changes { await seen.append(.object(request.told)) }
        }
        return ["states": .list(states)]
    }
}
