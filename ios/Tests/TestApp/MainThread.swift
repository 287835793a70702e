#if os(Linux)
import Farthing
import FarthingTestKit
import Foundation
import Probe

/// Calls everything from the main thread, and tells what each call asked of files and sockets: on that thread, and on others.
func probeMainThread() async throws {
    try await Town.with { town in
        let ben = try await town.person("Ben").wallet
        let asked = try await ben.requests.create(Money("4.50", "USD", scale: 6))
        try await probe(town.phone(key: OffMainThread()), invite: town.verifier.invite(), asked: .scanned(asked.link))
        await ben.close()
    }
}

@MainActor
private func probe(_ phone: Phone, invite: String, asked: PayTo) async throws {
    try watched("a file") { _ = try Data(contentsOf: URL(filePath: "/proc/self/status")) }
    let (keys, folder) = (phone.keys(), phone.wallet)
    var opened: (any Wallet)?
    try await watched("enrol") {
        if case .empty(let empty) = try await Farthing.open(folder: folder, keys: keys) {
            opened = try await empty.enrol(invite: invite, name: "Ann")
        }
    }
    await opened?.close()
    try await watched("open") {
        if case .ready(let wallet) = try await Farthing.open(folder: folder, keys: keys) { opened = wallet }
    }
    guard let wallet = opened else { throw Wrong("there is no wallet in the folder") }
    try await call(wallet, asked: asked)
    try await watched("close") { _ = await wallet.close() }
    try await letGo(of: phone)
}

@MainActor
private func call(_ wallet: any Wallet, asked: PayTo) async throws {
    let amount = try Money("1", "USD", scale: 6)
    try await watched("status") { _ = try await wallet.status() }
    try await watched("balances") { _ = try await wallet.balances() }
    try await watched("parseMoney") { _ = try await wallet.parseMoney("4.50 USD") }
    try await watched("sync") { _ = try await wallet.sync() }
    try await watched("pay") {
        let draft = try await wallet.prepare(asked, memo: "two tacos")
        _ = try await wallet.draft(draft.id)
        let payment = try await wallet.confirm(draft)
        _ = try await wallet.outcome(of: payment.id)
        _ = try await wallet.payment(payment.id)
        _ = try await wallet.receipt(of: payment.id)
    }
    try await watched("history") { _ = try await wallet.history() }
    try await watched("events") { for try await _ in wallet.events(after: .start) { break } }
    try await watched("connection") { for try await _ in wallet.connection { break } }
    try await watched("requests") {
        let request = try await wallet.requests.create(amount)
        for try await _ in wallet.requests.watch(request.id) { break }
        _ = try await wallet.requests.list()
        _ = try await wallet.requests.cancel(request.id)
    }
    try await watched("tabs") {
        let offer = try await wallet.tabs.offer(OfferTerms(price: amount, unit: "ride", cap: amount))
        _ = try await wallet.tabs.offers()
        _ = try await wallet.tabs.cancel(offer.id)
        _ = try await wallet.tabs.list()
        _ = try await wallet.tabs.claim()
    }
    try await watched("offline") {
        let draft = try await wallet.offline.prepare(AllowanceTerms(cap: amount))
        let allowance = try await wallet.offline.confirm(draft).id
        _ = try await wallet.offline.outcome(of: allowance)
        _ = try await wallet.offline.ask(OfflineTerms(amount: amount))
        _ = try await wallet.offline.lossLimits()
        _ = try await wallet.offline.claim()
        _ = try await wallet.offline.revoke(allowance)
        _ = try await wallet.offline.allowances()
    }
    try await watched("contacts") { _ = try await wallet.contacts.list() }
    try await watched("pairing") { _ = try await wallet.pairing.show().checkCode(wait: .milliseconds(1)) }
    try await watched("devices") {
        _ = try await wallet.devices.list()
        _ = try await wallet.devices.show().checkCode(wait: .milliseconds(1))
    }
    try await watched("account") {
        _ = try await wallet.account.aliases()
        _ = try await wallet.account.keepsPhrase()
        _ = try await wallet.account.loss()
        _ = try await wallet.account.checkpoint()
    }
    try await watched("phrase") { _ = try await wallet.revealPhrase().word(1) }
    try await watched("diagnostics") { _ = try await wallet.diagnostics() }
    try await watched("catchUp") { _ = try await wallet.catchUp(timeout: .seconds(20)) }
    try await watched("pause") {
        try await wallet.pause()
        try await wallet.resume()
    }
    try watched("recognise") { _ = try? Farthing.recognise("tacos!") }
    try watched("shownCodes") { _ = try CodeCollector().add(Farthing.shownCodes("farthing")[0]) }
    try watched("drawQR") { _ = try Farthing.drawQR("farthing", scale: 4) }
}

/// An app that closes nothing.
@MainActor
private func letGo(of phone: Phone) async throws {
    var opened: (any Wallet)? = try await phone.ready()
    _ = try await opened?.status()
    try watched("let go of") { opened = nil }
}

/// Makes a call, and tells what it asked of files and sockets.
@MainActor
private func watched(_ what: String, _ call: @MainActor () async throws -> Void) async throws {
    try begin()
    defer { tell(what) }
    try await call()
}

@MainActor
private func watched(_ what: String, _ call: () throws -> Void) throws {
    try begin()
    defer { tell(what) }
    try call()
}

@MainActor
private func begin() throws {
    guard Thread.isMainThread else { throw Wrong("this is not the main thread") }
    farthing_probe_watch(true)
}

@MainActor
private func tell(_ what: String) {
    farthing_probe_watch(false)
    print("\(what): \(asked(byWatched: true)); others: \(asked(byWatched: false))")
}

private func asked(byWatched: Bool) -> String {
    var asked: [String] = []
    var function: Int32 = 0
    while let name = farthing_probe_name(function) {
        if farthing_probe_count(function, byWatched) > 0 { asked.append(String(cString: name)) }
        function += 1
    }
    return asked.isEmpty ? "nothing" : asked.joined(separator: " ")
}

/// A platform's key may wait for a person, and so must not be asked for on the main thread.
private struct OffMainThread: SealingKey {
    func part(_ index: Int) throws(SealingKeyError) -> UInt64 {
        guard !Thread.isMainThread else { throw .unavailable }
        return KeptKey(17).part(index)
    }
}
#endif
