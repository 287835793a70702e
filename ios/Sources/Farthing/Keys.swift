import Foundation

/// Where a wallet's secrets are kept.
public struct Keys: Sendable {
    let source: any KeysSource

    /// In memory, for tests: they are gone with the process, and whatever they opened with them.
    public static func inMemory() -> Keys { Keys(source: KeysInMemory()) }

    /// In `file`, sealed by a key that the platform keeps. `stateFolder` is a folder that no backup of the device takes along:
    /// from it the wallet learns that it is an older copy of itself. `approver` is asked before each payment is signed.
    public static func sealed(file: URL, stateFolder: URL, key: any SealingKey, approver: (any Approver)? = nil) -> Keys {
        Keys(source: SealedKeys(file: file, stateFolder: stateFolder, key: key, approver: approver))
    }
}

/// A random key of 256 bits that the platform keeps, and that is the same each time.
///
/// It is asked on a thread of its own, which it may hold up for 30 seconds. Anything that it throws beside ``SealingKeyError``
/// counts as ``SealingKeyError/unavailable``.
public protocol SealingKey: Sendable {
    /// A part of the key, 0 to 3; all 64 bits of each count.
    func part(_ index: Int) throws -> UInt64
}

/// Why a platform did not give its key.
public enum SealingKeyError: Error, Hashable, Sendable {
    /// The device is locked, or the key needs the person.
    case locked

    /// The person dismissed the prompt.
    case cancelled

    /// The platform threw the key away, as when fingerprints change.
    case invalidated

    /// Anything else.
    case unavailable
}
