import Foundation

/// A real verifier, run by the real program in a folder of its own, on a free port of this machine.
///
/// Its address stays the same over ``stop()`` and ``start()``. The folder is the caller's.
public actor LocalVerifier {
    private let folder: URL
    private let data: String
    private var running: Running?

    /// Makes an empty ledger in `folder` and runs it.
    public init(in folder: URL, options: [String] = []) async throws {
        self.folder = folder
        data = folder.appending(path: "verifier").path(percentEncoded: false)
        let root = folder.appending(path: "root.key").path(percentEncoded: false)
        let arguments = [
            "init", "--data", data, "--root-out", root, "--listen", "127.0.0.1:\(try freePort())", "--asset", "USD",
            "--invite-only",
        ]
        try await run(arguments + options)
        try await start()
    }

    /// A link that opens `uses` accounts, each of which gets `grant`.
    public func invite(grant: String? = "20.00 USD", uses: Int = 1) async throws -> String {
        let grant = grant.map { ["--grant", $0] } ?? []
        let said = try await run(["invite", "--data", data, "--uses", "\(uses)"] + grant)
        struct Invite: Decodable { let link: String }
        return try JSONDecoder().decode(Invite.self, from: said).link
    }

    /// Issues money to an account or alias.
    public func fund(_ target: String, _ amount: String, reason: String) async throws {
        try await run(["fund", "--data", data, "--reason", reason, target, amount])
    }

    /// Checks every balance, signature and sum of the ledger.
    public func audit() async throws { try await run(["audit", "--data", data]) }

    /// Runs it, and returns when it answers.
    public func start() async throws {
        guard running == nil else { throw Failed(what: "it runs already") }
        let run = try await Running.begin(["run", "--data", data, "--json"], log: log, untilTold: true)
        // Its first line says where it listens; the end of the stream, that it never will.
        guard try await run.firstLine() != nil else { throw Failed(what: "the verifier did not start: \(try logged())") }
        running = run
    }

    /// Ends it as an operator does; what was sent to it before is answered.
    public func stop() async {
        guard let run = running else { return }
        running = nil
        await run.end()
    }

    /// Lets it do nothing until ``thaw()``: whoever calls it waits.
    public func freeze() { running?.send(SIGSTOP) }

    public func thaw() { running?.send(SIGCONT) }

    @discardableResult
    private func run(_ arguments: [String]) async throws -> Data {
        let run = try await Running.begin(["--json"] + arguments, log: log)
        let (said, status) = try await run.all()
        guard status == 0 else {
            throw Failed(what: "\(arguments[0]) failed: \(String(decoding: said, as: UTF8.self)) \(try logged())")
        }
        return said
    }

    private var log: URL { folder.appending(path: "verifier.log") }

    private func logged() throws -> String { try String(contentsOf: log, encoding: .utf8) }
}

/// Why a verifier did not do what a test needs.
public struct Failed: Error, CustomStringConvertible {
    let what: String

    public var description: String { what }
}

/// A running program. Its pipe and its end are waited for on threads that may wait, which are not those of tasks.
private final class Running: @unchecked Sendable {
    private let process = Process()
    private let output = Pipe()
    private let life = Pipe()
    private let ended = DispatchSemaphore(value: 0)

    /// `untilTold` is for a program that does not end by itself: it is ended when it is told to, and when the tests are gone,
    /// however that came.
    static func begin(_ arguments: [String], log: URL, untilTold: Bool = false) async throws -> Running {
        try await onThread {
            // Threads of tasks block every signal, and so would the program that one of them begins: it could not be told to end.
            var none = sigset_t()
            sigemptyset(&none)
            pthread_sigmask(SIG_SETMASK, &none, nil)
            return try Running(arguments, log: log, untilTold: untilTold)
        }
    }

    private init(_ arguments: [String], log: URL, untilTold: Bool) throws {
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let errors = try FileHandle(forWritingTo: log)
        try errors.seekToEnd()
        let program = try programs().appending(path: "farthing-verifier")
        process.executableURL = untilTold ? URL(filePath: "/bin/sh") : program
        process.arguments = untilTold ? ["-c", Self.untilTold, "sh", program.path] + arguments : arguments
        process.standardInput = untilTold ? life : FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
    }

    /// The pipe ends with the process that holds its other end.
    private static let untilTold = #""$@" </dev/null & running=$!; exec >&-; read -r _; kill "$running"; wait "$running""#

    func firstLine() async throws -> Data? {
        try await onThread { [output] in
            var line = Data()
            while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
                if byte == Data("\n".utf8) { return line }
                line += byte
            }
            return nil
        }
    }

    func all() async throws -> (Data, Int32) {
        try await onThread { [self] in
            let said = try output.fileHandleForReading.readToEnd() ?? Data()
            ended.wait()
            return (said, process.terminationStatus)
        }
    }

    /// It leads a group of its own.
    func send(_ signal: Int32) { kill(-process.processIdentifier, signal) }

    func end() async {
        send(SIGCONT)
        try? await onThread { [self] in
            try life.fileHandleForWriting.close()
            if ended.wait(timeout: .now() + 10) == .timedOut {
                send(SIGKILL)
                ended.wait()
            }
        }
    }
}

private func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
    }
}

/// Where the programs are: the variable `FARTHING_PROGRAMS`.
private func programs() throws -> URL {
    guard let folder = ProcessInfo.processInfo.environment["FARTHING_PROGRAMS"] else {
        throw Failed(what: "FARTHING_PROGRAMS does not say where the verifier is; scripts/swift-linux says it")
    }
    return URL(filePath: folder)
}

private func freePort() throws -> UInt16 {
    #if canImport(Darwin)
    let stream = SOCK_STREAM
    #else
    let stream = Int32(SOCK_STREAM.rawValue)
    #endif
    let listener = socket(AF_INET, stream, 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let found = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            bind(listener, pointer, size) == 0 && getsockname(listener, pointer, &size) == 0
        }
    }
    guard found else { throw Failed(what: "no free port") }
    return UInt16(bigEndian: address.sin_port)
}
