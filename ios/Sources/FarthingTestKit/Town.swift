public import Farthing
public import Foundation

/// A verifier, and people whose phones are folders of this machine.
public final class Town: Sendable {
    public let verifier: LocalVerifier

    /// A folder that is gone with the town.
    public let folder: URL

    /// Runs `body` in a town of its own.
    public static func with<Result: Sendable>(
        options: [String] = [], _ body: (Town) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "farthing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let town = Town(verifier: try await LocalVerifier(in: folder, options: options), folder: folder)
        do {
            let result = try await body(town)
            await town.verifier.stop()
            return result
        } catch {
            await town.verifier.stop()
            throw error
        }
    }

    private init(verifier: LocalVerifier, folder: URL) {
        self.verifier = verifier
        self.folder = folder
    }

    /// A phone that nobody has used yet.
    public func phone(key: (any SealingKey)? = nil) throws -> Phone {
        try Phone(in: folder.appending(path: "phone-\(UUID().uuidString)"), key: key ?? KeptKey(.random(in: 0..<1 << 32)))
    }

    /// Somebody with an account, and 20.00 USD.
    public func person(_ name: String) async throws -> Person {
        let phone = try phone()
        return Person(phone: phone, wallet: try await phone.empty().enrol(invite: verifier.invite(), name: name))
    }
}

/// What of a phone outlives the app: its folder, and the key that the platform keeps.
public struct Phone: Sendable {
    private let folder: URL
    private let key: any SealingKey

    public init(in folder: URL, key: any SealingKey) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.folder = folder
        self.key = key
    }

    public var wallet: URL { folder.appending(path: "wallet") }

    /// The keys as an app names them; `key` may be another one than the platform had.
    public func keys(_ key: (any SealingKey)? = nil) -> Keys {
        .sealed(file: folder.appending(path: "keys"), stateFolder: folder.appending(path: "state"), key: key ?? self.key)
    }

    /// As an app does when it starts.
    public func open(_ key: (any SealingKey)? = nil) async throws(FarthingError) -> Opened {
        try await Farthing.open(folder: wallet, keys: keys(key))
    }

    public func empty() async throws -> EmptyFolder {
        guard case .empty(let folder) = try await open() else { throw Failed(what: "the folder is not empty") }
        return folder
    }

    public func ready() async throws -> any Wallet {
        guard case .ready(let wallet) = try await open() else { throw Failed(what: "there is no wallet in the folder") }
        return wallet
    }
}

/// Somebody with a phone and an account.
public struct Person: Sendable {
    public let phone: Phone
    public let wallet: any Wallet
}

/// A key as a platform keeps it: the same each time.
public struct KeptKey: SealingKey {
    private let seed: UInt64

    public init(_ seed: UInt64) { self.seed = seed }

    public func part(_ index: Int) -> UInt64 { (seed + 1) &* 0x1000_0000_0000_0061 &+ UInt64(index) }
}
