import Foundation

/// What the account is, and what the verifier knows of it.
public protocol Account: Sendable {
    /// The aliases that it is paid at, the first one first.
    func aliases() async throws(FarthingError) -> [String]

    /// Registers a further one. Again is harmless.
    func register(_ alias: String) async throws(FarthingError)

    /// Whether the recovery phrase is kept here.
    func keepsPhrase() async throws(FarthingError) -> Bool

    /// The person has typed the phrase again, so it is on paper: it is forgotten here.
    func confirmPhrase(_ phrase: PhraseEntry) async throws(FarthingError)

    /// What a restored verifier does not have any more, while nothing is paid because of it.
    func loss() async throws(FarthingError) -> Loss?

    /// Goes on with what the verifier has; what comes back does not count any more. Asks it for everything first.
    @discardableResult
    func acceptLoss() async throws(FarthingError) -> Loss

    /// The newest checkpoint that this wallet believes, signed: for others, by any way that is not the verifier's.
    func checkpoint() async throws(FarthingError) -> Data?

    /// Holds a checkpoint that somebody gave us against what the verifier tells us.
    func compareCheckpoint(_ checkpoint: Data) async throws(FarthingError) -> Standing
}

/// What a restored verifier does not have any more.
public struct Loss: Hashable, Sendable {
    /// The payments, newest first. Those without a receipt were under way.
    public var payments: [Payment]

    /// Sums of those with a receipt, by currency.
    public var owed: [Owed]

    public init(payments: [Payment], owed: [Owed]) {
        self.payments = payments
        self.owed = owed
    }
}

/// Sums of one currency that the verifier has lost.
public struct Owed: Hashable, Sendable {
    /// What we had received.
    public var received: Money

    /// What we had paid, with the fees.
    public var paid: Money

    public init(received: Money, paid: Money) {
        self.received = received
        self.paid = paid
    }
}

/// Whether the verifier tells this wallet what it tells others.
public enum Standing: Hashable, Sendable {
    /// All that is known fits together.
    case agreed

    /// The verifier does not account for a checkpoint that it signed: nothing is paid until it does.
    case unaccounted

    /// The verifier signed two histories: nothing is paid until the person has accepted it.
    case contradicted
}
