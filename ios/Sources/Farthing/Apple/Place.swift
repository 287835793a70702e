#if canImport(Darwin)
import Foundation

/// A folder for a wallet, as Apple's systems want it.
public struct Place: Sendable {
    /// For ``Farthing/open(folder:keys:)``.
    public let wallet: URL

    /// The wallet's own file of keys, sealed by the platform's key.
    public let keys: URL

    /// Not in any backup: from it the wallet learns that it is an older copy of itself.
    public let state: URL

    /// Makes what is missing. Files can be read after the first unlock, as the key can: a payment arrives while nobody looks.
    public init(in folder: URL) throws {
        wallet = folder.appending(path: "wallet")
        keys = folder.appending(path: "keys")
        state = folder.appending(path: "state")
        for each in [folder, state] {
            try FileManager.default.createDirectory(at: each, withIntermediateDirectories: true)
        }
        #if os(iOS)
        try FileManager.default.setAttributes(
            [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication],
            ofItemAtPath: folder.path(percentEncoded: false))
        #endif
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        var excluded = state
        try excluded.setResourceValues(values)
    }
}
#endif
