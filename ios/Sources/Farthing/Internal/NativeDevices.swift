internal import FarthingGenerated
import Foundation

struct NativeDevices: Devices {
    let native: FarthingGenerated.Wallet

    func list() async throws(FarthingError) -> [Device] {
        try await awaited { [native] in try await native.devices().map(\.crossed) }
    }

    func revoke(_ device: DeviceID, phrase: PhraseEntry?) async throws(FarthingError) {
        try await awaited { [native] in try await native.revoke(device: device.text, words: phrase?.native) }
    }

    func show(phrase: PhraseEntry?) async throws(FarthingError) -> any DevicePairing {
        let offer = try await awaited { [native] in try await native.deviceShow(words: phrase?.native) }
        return NativeDevicePairing(native: native, id: offer.id, offer: offer.link, phrase: phrase)
    }
}

private struct NativeDevicePairing: DevicePairing {
    let native: FarthingGenerated.Wallet
    let id: String
    let offer: String
    let phrase: PhraseEntry?

    func checkCode(wait: Duration) async throws(FarthingError) -> String? {
        try await awaited { [native, id] in try await native.pairCode(id: id, waitMs: wait.ms) }
    }

    func confirm(_ scope: Scope) async throws(FarthingError) -> DeviceID {
        DeviceID(try await answer(same: true, scope))
    }

    func reject() async throws(FarthingError) {
        do throws(FarthingError) { _ = try await answer(same: false, Scope()) } catch { try error.unlessRejected() }
    }

    private func answer(same: Bool, _ scope: Scope) async throws(FarthingError) -> String {
        try await awaited { [native, id, phrase] in
            try await native.deviceConfirm(id: id, same: same, scope: scope.native, words: phrase?.native)
        }
    }
}

struct NativeJoining: Joining {
    let native: FarthingGenerated.Joining

    var checkCode: String { native.code() }

    func confirm(name: String?) async throws(FarthingError) -> any Wallet {
        NativeWallet(try await awaited { [native] in try await native.finish(same: true, name: name) })
    }

    func reject() async throws(FarthingError) {
        do throws(FarthingError) {
            _ = try await awaited { [native] in try await native.finish(same: false, name: nil) }
        } catch { try error.unlessRejected() }
    }
}

extension FarthingError {
    /// A no is answered as such: that nothing was added is what was wanted.
    fileprivate func unlessRejected() throws(FarthingError) {
        if case .misbehaved(let problem) = self, problem.kind == "codes_differ" { return }
        throw self
    }
}

extension Scope {
    fileprivate var native: FarthingGenerated.Scope {
        .init(
            pay: pay, perOrder: perOrder.map(\.native), perDay: perDay.map(\.native), payees: payees,
            lifeS: life.map { UInt64(clamping: $0.components.seconds) })
    }
}

extension FarthingGenerated.Device {
    fileprivate var crossed: Device {
        Device(
            id: DeviceID(id), isThis: this, active: active, pays: pays, administers: administers,
            perOrder: perOrder.map(\.crossed), perDay: perDay.map(\.crossed), expires: expiresMs.map(Date.init(ms:)),
            created: Date(ms: createdMs), revoked: revokedMs.map(Date.init(ms:)))
    }
}
