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

    /// Writes everything that the wallet knows into a folder that is new or empty, for its owner alone: `wallet.json`, and the
    /// signed files, which `farthing verify` checks. No private key is among them; memos and names are. The folder is there as a
    /// whole or not at all.
    ///
    /// A person shares one file: make an archive of the folder, and delete both when it was shared.
    @discardableResult
    func export(to folder: URL) async throws(FarthingError) -> Exported
}

/// What an export consists of.
public struct Exported: Hashable, Sendable {
    /// Files in the folder.
    public var files: Int

    /// Payments among what they say, drafts too.
    public var payments: Int

    /// Requests of ours.
    public var requests: Int

    public init(files: Int, payments: Int, requests: Int) {
        self.files = files
        self.payments = payments
        self.requests = requests
    }
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
