import Farthing
import Foundation

/// Who is asked before a payment is signed: somebody who does what the scenario says, and perhaps a key in hardware.
final class Asked: Approver, @unchecked Sendable {
    private enum State {
        case open
        case answered
        case dismissed
    }

    private struct Question {
        let draft: Told
        let signs: Bool
        var state = State.open

        /// Where whoever thinks about it hears what is said from now on.
        let hears: AsyncStream<String>.Continuation
    }

    private let lock = NSLock()
    private var key: Hardware?
    private var answer = "yes"
    private var questions: [Question] = []

    /// nil where nobody is asked.
    static func named(_ name: String, seed: UInt64) throws -> Asked? {
        switch name {
        case "none": nil
        case "wallet": Asked(nil)
        case "hardware": Asked(Hardware(seed: seed))
        default: throw Wrong("there is no approver \(name)")
        }
    }

    private init(_ key: Hardware?) { self.key = key }

    /// From now on, and to what is open.
    func answers(_ answer: String) throws {
        guard Self.known.contains(answer) else { throw Wrong("nobody answers \(answer)") }
        lock.withLock {
            self.answer = answer
            for question in questions { question.hears.yield(answer) }
        }
    }

    /// From now on the phone has another key.
    func renew(_ seed: UInt64) { lock.withLock { key = Hardware(seed: seed) } }

    var told: Told {
        let questions = lock.withLock { self.questions }
        return [
            "questions": .list(
                questions.map {
                    .object(["draft": .object($0.draft), "signs": .flag($0.signs), "state": word($0.state)])
                })
        ]
    }

    func spendingKey() throws(ApprovalError) -> Data? { try lock.withLock { key }?.point() }

    func approve(_ draft: Draft, message: Data?) async throws(ApprovalError) -> Approval {
        try await answer(to: draft.told, message)
    }

    func approveTab(_ draft: TabDraft, message: Data?) async throws(ApprovalError) -> Approval {
        try await answer(to: draft.told, message)
    }

    func approveOffline(_ question: OfflineQuestion, message: Data?) async throws(ApprovalError) -> Approval {
        try await answer(to: question.told, message)
    }

    private func answer(to draft: Told, _ message: Data?) async throws(ApprovalError) -> Approval {
        let (said, hears) = AsyncStream<String>.makeStream()
        let number = lock.withLock {
            questions.append(Question(draft: draft, signs: message != nil, hears: hears))
            hears.yield(answer)
            return questions.count - 1
        }
        // Whoever is silent thinks, until it is said what of, or until the task is cancelled.
        let given = await said.first { $0 != "silent" }
        lock.withLock { questions[number].state = given == nil ? .dismissed : .answered }
        return try result(of: given, message)
    }

    private func result(of answer: String?, _ message: Data?) throws(ApprovalError) -> Approval {
        switch answer {
        case "yes": if let message { try signed(message) } else { .confirmed }
        case "declined": throw .declined
        case "timed_out": throw .timedOut
        case "locked": throw .locked
        case "invalidated": throw .invalidated
        case "signs_other": lock.withLock { key } == nil ? .signed(Self.noSignature) : try signed(Data("something else".utf8))
        case "unsigned": message == nil ? .signed(Self.noSignature) : .confirmed
        // Nothing can be thrown that was not declared: an approver that has another error says that it is unavailable.
        default: throw .unavailable
        }
    }

    private func signed(_ message: Data) throws(ApprovalError) -> Approval {
        guard let key = lock.withLock({ key }) else { throw .unavailable }
        return .signed(try key.sign(message))
    }

    private static let known: Set = [
        "yes", "declined", "timed_out", "locked", "invalidated", "unavailable", "throws", "signs_other", "unsigned", "silent",
    ]

    /// A signature of the right size, of nothing.
    private static let noSignature = Data(repeating: 1, count: 64)
}

/// A phone's key in hardware, made from its number. Swift has no P-256 on every system: the person in Rust signs, whom the
/// environment names.
private struct Hardware: Sendable {
    let seed: UInt64

    /// Uncompressed.
    func point() throws(ApprovalError) -> Data { try said(["--point", "\(seed)"]) }

    func sign(_ message: Data) throws(ApprovalError) -> Data { try said(["--sign", "\(seed)", message.hex]) }

    private func said(_ arguments: [String]) throws(ApprovalError) -> Data {
        guard let path = ProcessInfo.processInfo.environment["FARTHING_HARDWARE"] else { throw .unavailable }
        let (program, output) = (Process(), Pipe())
        program.executableURL = URL(filePath: path)
        program.arguments = arguments
        program.standardInput = FileHandle.nullDevice
        program.standardOutput = output
        guard (try? program.run()) != nil, let said = try? output.fileHandleForReading.readToEnd() else { throw .unavailable }
        program.waitUntilExit()
        let text = String(decoding: said, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard program.terminationStatus == 0, let bytes = Data(hex: text) else { throw .unavailable }
        return bytes
    }
}
