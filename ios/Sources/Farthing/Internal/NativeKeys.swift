internal import FarthingGenerated
import Foundation

/// Where keys come from. Made when they are first used: until then the library has not been checked.
protocol KeysSource: Sendable {
    func native() throws(FarthingError) -> FarthingGenerated.Keys
}

final class KeysInMemory: KeysSource {
    private let made = Guarded<FarthingGenerated.Keys?>(nil)

    func native() -> FarthingGenerated.Keys {
        made.withLock { made in
            let keys = made ?? FarthingGenerated.Keys.inMemory()
            made = keys
            return keys
        }
    }
}

struct SealedKeys: KeysSource {
    let file: URL
    let stateFolder: URL
    let key: any SealingKey
    let approver: (any Approver)?

    func native() throws(FarthingError) -> FarthingGenerated.Keys {
        let keys = try FarthingGenerated.Keys.sealed(
            file: file.place(), state: stateFolder.place(), key: SealingKeyAdapter(key: key))
        guard let approver else { return keys }
        return keys.approvedBy(approver: ApproverAdapter(approver: approver))
    }
}

/// What the library calls. It lets nothing through but what the library knows.
private final class SealingKeyAdapter: FarthingGenerated.SealingKey {
    private let key: any SealingKey

    init(key: any SealingKey) { self.key = key }

    func part(index: UInt32) throws -> UInt64 {
        do {
            return try key.part(Int(index))
        } catch let refused as SealingKeyError {
            throw switch refused {
            case .locked: FarthingGenerated.SealingFailure.Locked
            case .cancelled: FarthingGenerated.SealingFailure.Cancelled
            case .invalidated: FarthingGenerated.SealingFailure.Invalidated
            case .unavailable: FarthingGenerated.SealingFailure.Unavailable
            }
        } catch {
            throw FarthingGenerated.SealingFailure.Unavailable
        }
    }
}

extension URL {
    /// As a path of this machine.
    func place() throws(FarthingError) -> String {
        guard isFileURL else {
            throw .misuse(
                Problem(
                    code: 0, kind: "not_a_place", sentence: "This is not a place on this device.", moneyMoved: .no,
                    retry: .never, action: .correctInput))
        }
        return path(percentEncoded: false)
    }
}
