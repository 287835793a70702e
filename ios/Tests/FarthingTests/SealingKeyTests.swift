import Farthing
import FarthingTestKit
import Foundation
import Testing

@Suite struct SealingKeyTests {
    @Test func aPlatformsNoIsToldAsSuch() async throws {
        try await Town.with { town in
            let ann = try await town.person("Ann")
            await ann.wallet.close()
            for (reason, kind) in [
                (SealingKeyError.locked, "vault_locked"),
                (SealingKeyError.cancelled, "vault_cancelled"),
                (SealingKeyError.unavailable, "vault_unavailable"),
            ] {
                let refused = try await failure(FarthingError.locked) {
                    try await ann.phone.open(OtherKey { _ in throw reason })
                }
                #expect(refused.kind == kind)
                #expect(refused.action == .unlock)
                #expect(refused.moneyMoved == .no)
            }
            let opened = try await ann.phone.open(OtherKey { _ in throw SealingKeyError.invalidated })
            guard case .needsRecovery(let lost) = opened else { throw Unexpected("it opened") }
            #expect(lost.reason.kind == "key_invalidated")
            await (try ann.phone.ready()).close()
        }
    }

    @Test func whateverAnAdapterThrowsIsANoAtEachPartOfTheKey() async throws {
        struct Confused: Error {}
        try await Town.with { town in
            let ann = try await town.person("Ann")
            await ann.wallet.close()
            let thrown: [any Error] = [
                Confused(), CancellationError(), FarthingError.cancelled, CocoaError(.fileReadNoPermission),
                NSError(domain: "keys", code: -34018),
            ]
            for part in 0...3 {
                for error in thrown {
                    let refused = try await failure(FarthingError.locked) {
                        try await ann.phone.open(OtherKey { index in if index == part { throw error } else { 0 } })
                    }
                    #expect(refused.kind == "vault_unavailable", "\(error) at part \(part)")
                }
            }
            await (try ann.phone.ready()).close()
        }
    }

    @Test func aKeyThatIsAnotherEachTimeOpensNothing() async throws {
        try await Town.with { town in
            let ann = try await town.person("Ann")
            await ann.wallet.close()
            let opened = try await ann.phone.open(OtherKey { _ in UInt64.random(in: 0 ... .max) })
            guard case .needsRecovery(let lost) = opened else { throw Unexpected("it opened") }
            #expect(lost.reason.kind == "key_invalidated")
            await (try ann.phone.ready()).close()
        }
    }

    @Test func aKeyInAFileIsTheSameEachTimeAndNobodyElseReadsIt() async throws {
        try await Town.with { town in
            let file = town.folder.appending(path: "sealing.key")
            #expect(throws: SealingKeyError.unavailable) { try FileKey(at: file) }
            let phone = try Phone(in: town.folder.appending(path: "phone"), key: FileKey.make(at: file))
            await (try phone.empty().enrol(invite: await town.verifier.invite())).close()
            // An app that starts again reads the same key, and never makes another one in its place.
            let again = try FileKey(at: file)
            guard case .ready(let wallet) = try await phone.open(again) else { throw Unexpected("it did not open") }
            await wallet.close()
            #expect(throws: SealingKeyError.unavailable) { try FileKey.make(at: file) }
            #expect(try (0...3).map { try again.part($0) } == (0...3).map { try FileKey(at: file).part($0) })
            let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            #expect(Set(try (0...3).map { try again.part($0) }).count == 4)
            #expect(throws: SealingKeyError.unavailable) { try again.part(4) }

            // The key is not in the text that describes it.
            #expect(!"\(again)".contains(String(try again.part(0))))

            try Data("short".utf8).write(to: file)
            #expect(throws: SealingKeyError.invalidated) { try FileKey(at: file) }
        }
    }
}

/// A key as a test says it.
private struct OtherKey: SealingKey {
    let answer: @Sendable (Int) throws -> UInt64

    init(_ answer: @escaping @Sendable (Int) throws -> UInt64) { self.answer = answer }

    func part(_ index: Int) throws -> UInt64 { try answer(index) }
}
