import Foundation

/// A key in a file that only its owner can read: for systems without a keychain, and for tests. Whoever can read the file and
/// the wallet's folder can spend.
public struct FileKey: SealingKey, CustomStringConvertible {
    private let parts: [UInt64]

    /// The key in a file that was made before. A file that is missing is never made anew: a wallet that was sealed by its key
    /// would be lost without a word.
    ///
    /// - Throws: ``SealingKeyError/unavailable`` when it cannot be read, ``SealingKeyError/invalidated`` when it is no key.
    public init(at file: URL) throws(SealingKeyError) {
        guard let bytes = try? Data(contentsOf: file) else { throw .unavailable }
        guard bytes.count == Self.size else { throw .invalidated }
        parts = stride(from: 0, to: Self.size, by: 8).map { start in
            bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    /// Makes a new key in a file that is not there yet, and its folder, when that is not there either.
    ///
    /// - Throws: ``SealingKeyError/unavailable`` when there is such a file, or it cannot be made.
    public static func make(at file: URL) throws(SealingKeyError) -> FileKey {
        var random = SystemRandomNumberGenerator()
        let bytes = Data((0..<size).map { _ in random.next() as UInt8 })
        let folder = file.deletingLastPathComponent()
        guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)) != nil else {
            throw .unavailable
        }
        let new = folder.appending(path: ".\(file.lastPathComponent).\(UUID().uuidString)")
        defer { unlink(new.path(percentEncoded: false)) }
        // Whole and on the disk before it has its name, and a name is never taken from another key.
        let handle = open(new.path(percentEncoded: false), O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard handle >= 0 else { throw .unavailable }
        let written = bytes.withUnsafeBytes { write(handle, $0.baseAddress, $0.count) } == size && fsync(handle) == 0
        guard close(handle) == 0, written else { throw .unavailable }
        guard link(new.path(percentEncoded: false), file.path(percentEncoded: false)) == 0 else { throw .unavailable }
        return try FileKey(at: file)
    }

    public func part(_ index: Int) throws(SealingKeyError) -> UInt64 {
        guard parts.indices.contains(index) else { throw .unavailable }
        return parts[index]
    }

    /// Says nothing of the key.
    public var description: String { "FileKey" }

    private static let size = 32
}
