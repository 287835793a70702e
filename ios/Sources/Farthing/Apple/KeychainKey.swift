#if canImport(Security)
import Foundation
import Security

/// A key in the keychain of this device. It can be read after the device was unlocked for the first time since it started, so that
/// a payment arrives while nobody looks; it leaves the device in no backup and is on no other one.
///
/// It seals the wallet's own file of keys, and does not ask the person: ``SecureEnclaveKey`` asks before each payment, and the app
/// with LocalAuthentication before ``Wallet/withPhrase(isolation:_:)``.
public struct KeychainKey: SealingKey {
    private let service: String
    private let account: String
    private let accessGroup: String?

    /// A key that was made before. It is never made anew: a wallet that was sealed by it would be lost without a word.
    ///
    /// Extensions of the app read it, too, when `accessGroup` names a group that they share.
    public init(account: String, service: String = "farthing", accessGroup: String? = nil) {
        self.account = account
        self.service = service
        self.accessGroup = accessGroup
    }

    /// The key for a file of keys: made when there is neither it nor the file. When there is the file, the key must be there.
    public static func sealing(
        _ file: URL, service: String = "farthing", accessGroup: String? = nil
    ) throws(SealingKeyError) -> KeychainKey {
        let key = KeychainKey(account: file.lastPathComponent, service: service, accessGroup: accessGroup)
        if !FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) { try key.makeUnlessThere() }
        return key
    }

    public func part(_ index: Int) throws(SealingKeyError) -> UInt64 {
        guard (0..<4).contains(index) else { throw .unavailable }
        var query = item
        query[kSecReturnData] = true
        query[kSecMatchLimit] = kSecMatchLimitOne
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        guard status == errSecSuccess else { throw SealingKeyError(status) }
        guard var bytes = found as? Data, bytes.count == Self.size else { throw .invalidated }
        defer { bytes.resetBytes(in: bytes.startIndex..<bytes.endIndex) }
        return bytes.dropFirst(index * 8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func makeUnlessThere() throws(SealingKeyError) {
        var bytes = Data(count: Self.size)
        defer { bytes.resetBytes(in: bytes.startIndex..<bytes.endIndex) }
        let made = bytes.withUnsafeMutableBytes { buffer -> OSStatus in
            guard let start = buffer.baseAddress else { return errSecAllocate }
            return SecRandomCopyBytes(kSecRandomDefault, buffer.count, start)
        }
        guard made == errSecSuccess else { throw .unavailable }
        var new = item
        new[kSecAttrAccessible] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
        new[kSecValueData] = bytes
        let status = SecItemAdd(new as CFDictionary, nil)
        // One that is there stays: another wallet may be sealed by it.
        guard status == errSecSuccess || status == errSecDuplicateItem else { throw SealingKeyError(status) }
    }

    private var item: [CFString: Any] {
        var item: [CFString: Any] = [
            kSecClass: kSecClassGenericPassword,
            kSecAttrService: service,
            kSecAttrAccount: account,
            kSecAttrSynchronizable: false,
            kSecUseDataProtectionKeychain: true,
        ]
        if let accessGroup { item[kSecAttrAccessGroup] = accessGroup }
        return item
    }

    private static let size = 32
}

extension SealingKeyError {
    fileprivate init(_ status: OSStatus) {
        self =
            switch status {
            // Not unlocked yet since the device started; or it must not ask now.
            case errSecInteractionNotAllowed, errSecAuthFailed, errSecInteractionRequired: .locked
            case errSecUserCanceled: .cancelled
            // A device that was set up from a backup has the files, and not the key.
            case errSecItemNotFound: .invalidated
            default: .unavailable
            }
    }
}
#endif
