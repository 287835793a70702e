import Foundation

/// Whether money moved.
public enum MoneyMoved: Hashable, Sendable {
    /// It did not, and will not by what was tried.
    case no

    /// It did.
    case yes

    /// Not known yet: ``Wallet/sync()`` finds out, and nothing is done twice.
    case unknown
}

/// Whether and when to try again.
public enum Retry: Hashable, Sendable {
    /// It will not work.
    case never

    /// At once.
    case now

    /// Later: it is the network or the verifier.
    case later

    /// After what ``Action`` says.
    case afterAction
}

/// What the person or the app can do.
public enum Action: Hashable, Sendable {
    /// Nothing.
    case none

    /// Correct the input.
    case correctInput

    /// Look at the new draft and confirm it.
    case confirmAgain

    /// Call ``Wallet/sync()``.
    case sync

    /// Unlock the phone, or whatever keeps the keys.
    case unlock

    /// Ask the payee for another request.
    case askPayee

    /// Ask the verifier's operator.
    case askOperator

    /// Add money first.
    case addMoney

    /// Make room on the disk, or make the folder writable.
    case fixStorage

    /// Install a newer version.
    case update

    /// Restore the account from its phrase.
    case restore

    /// Finish the enrolment that was begun.
    case enrol
}

/// What a failure is about: the same for those that are thrown and those that are the end of a payment.
public struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// The stable number; 0 for what only this library knows of.
    public let code: Int

    /// The stable name, such as `insufficient_balance`.
    public let kind: String

    /// A sentence in English that says what to do.
    public let sentence: String

    /// Whether money moved.
    public let moneyMoved: MoneyMoved

    /// Whether to try again.
    public let retry: Retry

    /// What can be done.
    public let action: Action

    /// When to try again, when the verifier said so.
    public let retryAfter: Duration?

    /// For wallets of an app's own, such as those of its tests.
    public init(
        code: Int, kind: String, sentence: String, moneyMoved: MoneyMoved, retry: Retry, action: Action,
        retryAfter: Duration? = nil
    ) {
        self.code = code
        self.kind = kind
        self.sentence = sentence
        self.moneyMoved = moneyMoved
        self.retry = retry
        self.action = action
        self.retryAfter = retryAfter
    }

    public var description: String { "\(kind) (\(code)): \(sentence)" }
}

/// Why a call did not do what it was asked to; the case says whose fault it is.
public enum FarthingError: Error, Hashable, Sendable {
    /// What was given cannot be read.
    case unreadable(Problem)

    /// A rule forbids it.
    case denied(Problem)

    /// The verifier or a payee broke the protocol.
    case misbehaved(Problem)

    /// The network, or a busy verifier: later.
    case offline(Problem)

    /// What keeps the keys did not give them.
    case locked(Problem)

    /// The disk or the database.
    case storage(Problem)

    /// The app or the person asked for what makes no sense now.
    case misuse(Problem)

    /// The wallet was closed.
    case closed(Problem)

    /// The task was cancelled, and so was its waiting. What the call had begun goes on: ask the wallet what became of it.
    case cancelled

    /// The native library is of another version than this code: the two were not built together. Nothing was called yet, and
    /// no wallet was touched. `found` is nil when the library says no version.
    case library(expected: UInt32, found: UInt32?)

    /// What it is about.
    public var problem: Problem {
        switch self {
        case .unreadable(let problem), .denied(let problem), .misbehaved(let problem), .offline(let problem),
            .locked(let problem), .storage(let problem), .misuse(let problem), .closed(let problem):
            problem
        case .cancelled:
            Problem(
                code: 0, kind: "waiting_cancelled",
                sentence: "Nobody waits for this any more; what was begun goes on, and a sync finds out what became of it.",
                moneyMoved: .unknown, retry: .now, action: .sync)
        case .library(let expected, let found):
            Problem(
                code: 0, kind: "library_mismatch",
                sentence: "The app was built from parts that do not belong together: its library has the version "
                    + "\(found.map(String.init) ?? "none"), and \(expected) is needed. Install another version of the app.",
                moneyMoved: .no, retry: .never, action: .update)
        }
    }

    /// The stable number.
    public var code: Int { problem.code }

    /// The stable name, such as `insufficient_balance`.
    public var kind: String { problem.kind }

    /// A sentence in English that says what to do.
    public var sentence: String { problem.sentence }

    /// Whether money moved.
    public var moneyMoved: MoneyMoved { problem.moneyMoved }

    /// Whether to try again.
    public var retry: Retry { problem.retry }

    /// What can be done.
    public var action: Action { problem.action }

    /// When to try again, when the verifier said so.
    public var retryAfter: Duration? { problem.retryAfter }
}

extension FarthingError: LocalizedError {
    public var errorDescription: String? { localizedSentence }
}
