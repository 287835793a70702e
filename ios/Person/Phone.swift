import Farthing
import Foundation

/// What of a phone outlives the app: its folder, and the keys that the platform keeps. And the app: what it has open.
actor Phone {
    let key: PlatformKey
    private let asked: Asked?
    private var folder: URL

    /// What was found in the folder when it was looked at last.
    private var found: Opened?
    private var held: (any Wallet)?

    /// Drafts as they were shown.
    private var drafts: [DraftID: Draft] = [:]

    /// Drafts of tabs as they were shown.
    private var tabs: [TabID: TabDraft] = [:]

    /// Pairings under way, by the scenario's names.
    private var pairings: [String: any Pairing] = [:]

    /// The device that is being added on this phone.
    private var added: (any DevicePairing)?

    /// The account that this phone is about to become a device of.
    private var joins: (any Joining)?

    init(in folder: URL, seed: UInt64, asked: Asked?) {
        self.folder = folder
        self.asked = asked
        key = PlatformKey(seed)
    }

    /// Who is asked before a payment is signed.
    var approver: Asked {
        get throws {
            guard let asked else { throw Wrong("nobody is asked on this phone") }
            return asked
        }
    }

    /// The wallet, also one that was closed: what it says then is the scenario's to see.
    var wallet: any Wallet {
        get throws {
            guard let held else { throw Wrong("no wallet was opened") }
            return held
        }
    }

    func open() async throws -> Opened {
        let opened = try await Farthing.open(folder: folder.appending(path: "wallet"), keys: keys(in: folder))
        found = opened
        if case .ready(let wallet) = opened { held = wallet }
        return opened
    }

    /// As an app does: it was told that there is nothing yet.
    func enrol(invite: String, name: String?, alias: String?) async throws {
        held = try await empty().enrol(invite: invite, name: name, alias: alias)
    }

    func restore(invite: String, words: [UInt16], name: String?, keepDevices: Bool, into: String?) async throws {
        let phrase = try typed(words)
        guard let into else {
            held = try await empty().restore(invite: invite, phrase: phrase, name: name, keepDevices: keepDevices)
            return
        }
        guard case .needsRecovery(let lost) = found else { throw Wrong("what was opened needs no recovery") }
        folder = URL(filePath: into)
        held = try await lost.restore(
            into: folder.appending(path: "wallet"), keys: keys(in: folder), invite: invite, phrase: phrase, name: name,
            keepDevices: keepDevices)
    }

    @discardableResult
    func close() async -> Problem? { await held?.close() }

    /// Typed word by word.
    func typed(_ words: [UInt16]) throws -> PhraseEntry {
        let phrase = try PhraseEntry()
        for word in words { try phrase.add(word) }
        return phrase
    }

    /// A draft was shown.
    func saw(_ draft: Draft) -> Draft {
        drafts[draft.id] = draft
        return draft
    }

    /// A draft as it was shown in this process, or as it is stored.
    func seen(_ id: DraftID) async throws -> Draft {
        if let shown = drafts[id] { return shown }
        return saw(try await wallet.draft(id))
    }

    /// The draft of a tab was shown.
    func saw(_ draft: TabDraft) -> TabDraft {
        tabs[draft.id] = draft
        return draft
    }

    /// The draft of a tab as it was shown in this process, or as it is stored.
    func seen(_ id: TabID) async throws -> TabDraft {
        if let shown = tabs[id] { return shown }
        return saw(try await wallet.tabs.draft(id))
    }

    func pair(_ name: String?, _ pairing: any Pairing) { pairings[name ?? ""] = pairing }

    func pairing(_ name: String?) throws -> any Pairing {
        guard let pairing = pairings[name ?? ""] else { throw Wrong("there is no pairing \(name ?? "")") }
        return pairing
    }

    func contact(_ name: String) async throws -> Contact {
        guard let contact = try await wallet.contacts.list().first(where: { $0.name == name }) else {
            throw Wrong("there is no contact \(name)")
        }
        return contact
    }

    /// What was typed, as the wallet reads it.
    func money(_ typed: String?) async throws -> Money? {
        guard let typed else { return nil }
        return try await wallet.parseMoney(typed)
    }

    /// The phrase is typed where the wallet does not keep it.
    func add(_ words: [UInt16]?) async throws -> String {
        let shown = try await wallet.devices.show(phrase: words.map(typed))
        added = shown
        return shown.offer
    }

    var adding: any DevicePairing {
        get throws {
            guard let added else { throw Wrong("no device is being added") }
            return added
        }
    }

    func join(_ offer: String) async throws -> String {
        let joining = try await empty().join(offer)
        joins = joining
        return joining.checkCode
    }

    var joining: any Joining {
        get throws {
            guard let joins else { throw Wrong("no account is being joined") }
            return joins
        }
    }

    /// It is let go of, whatever came of it: the folder is free then.
    func joined(name: String?) async throws {
        defer { joins = nil }
        held = try await joining.confirm(name: name)
    }

    func unjoined() async throws {
        defer { joins = nil }
        try await joining.reject()
    }

    private func empty() async throws -> EmptyFolder {
        let opened: Opened
        if let found { opened = found } else { opened = try await open() }
        guard case .empty(let empty) = opened else { throw Wrong("it is not empty") }
        return empty
    }

    private func keys(in folder: URL) -> Keys {
        .sealed(file: folder.appending(path: "keys"), stateFolder: folder.appending(path: "state"), key: key, approver: asked)
    }
}

/// The platform's key, and what the platform does when it is asked for it.
final class PlatformKey: SealingKey, @unchecked Sendable {
    private let lock = NSLock()
    private var seed: UInt64
    private var says = "kept"

    init(_ seed: UInt64) { self.seed = seed }

    func become(_ says: String, seed: UInt64?) {
        lock.withLock {
            self.says = says
            if let seed { self.seed = seed }
        }
    }

    func part(_ index: Int) throws -> UInt64 {
        let (says, seed) = lock.withLock { (self.says, self.seed) }
        switch says {
        case "kept": return (seed &+ 1) &* 0x1000_0000_0000_0061 &+ UInt64(index)
        case "locked": throw SealingKeyError.locked
        case "cancelled": throw SealingKeyError.cancelled
        case "invalidated": throw SealingKeyError.invalidated
        case "unavailable": throw SealingKeyError.unavailable
        case "garbage": return UInt64.random(in: 0...UInt64.max)
        case "throws": throw Wrong("thrown by the platform")
        case "hangs":
            Thread.sleep(forTimeInterval: 45)
            throw SealingKeyError.unavailable
        default: throw Wrong("a platform does not say \(says)")
        }
    }
}
