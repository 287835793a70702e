import Foundation

/// What there is of a currency.
public struct Balance: Hashable, Sendable {
    /// Can be spent now.
    public var available: Money

    /// Authorised, without a final answer, or set aside for tabs.
    public var held: Money

    /// Vouchers of tabs that are not claimed: it counts for nothing yet.
    public var incoming: Money

    public init(available: Money, held: Money, incoming: Money) {
        self.available = available
        self.held = held
        self.incoming = incoming
    }
}

/// How the wallet stands.
public struct Status: Hashable, Sendable {
    /// The verifier's identity.
    public var verifier: String

    /// Where it is.
    public var url: String

    public var account: String

    /// This device.
    public var device: String

    /// Our own reusable address.
    public var alias: String

    /// What we call ourselves.
    public var name: String?

    /// The verifier's time, once it was heard.
    public var verifierTime: Date?

    /// How far this device's clock is ahead of it.
    public var clockOffset: Duration?

    /// Payments without a final answer.
    public var unfinished: UInt64

    /// The verifier lost history, and nothing is paid.
    public var historyLost: Bool

    /// The verifier told others something else, or does not account for what it said: nothing is paid.
    public var doubted: Bool

    /// Other copies of this wallet's folder are or were in use.
    public var copied: Bool

    /// This device was revoked.
    public var revoked: Bool

    public init(
        verifier: String, url: String, account: String, device: String, alias: String, name: String? = nil,
        verifierTime: Date? = nil, clockOffset: Duration? = nil, unfinished: UInt64 = 0, historyLost: Bool = false,
        doubted: Bool = false, copied: Bool = false, revoked: Bool = false
    ) {
        self.verifier = verifier
        self.url = url
        self.account = account
        self.device = device
        self.alias = alias
        self.name = name
        self.verifierTime = verifierTime
        self.clockOffset = clockOffset
        self.unfinished = unfinished
        self.historyLost = historyLost
        self.doubted = doubted
        self.copied = copied
        self.revoked = revoked
    }
}

/// What a sync did.
public struct Synced: Hashable, Sendable {
    /// Payments that became final.
    public var resolved: [PaymentID]

    /// Credits and issues that were new.
    public var received: UInt64

    /// Messages that were new.
    public var messages: UInt64

    /// Payments that still have no final answer.
    public var unfinished: UInt64

    public init(resolved: [PaymentID] = [], received: UInt64 = 0, messages: UInt64 = 0, unfinished: UInt64 = 0) {
        self.resolved = resolved
        self.received = received
        self.messages = messages
        self.unfinished = unfinished
    }
}
