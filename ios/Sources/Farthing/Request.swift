import Foundation

/// Something that is sold.
public struct Item: Hashable, Sendable {
    public var name: String
    public var amount: Money

    public init(_ name: String, _ amount: Money) {
        self.name = name
        self.amount = amount
    }
}

/// What we ask for.
public struct Terms: Hashable, Sendable {
    /// How much; without it the payer chooses.
    public var amount: Money?

    /// What is sold; must add up to the amount.
    public var items: [Item]

    /// A few sentences.
    public var memo: String?

    /// For how long it can be paid, in whole seconds.
    public var expires: Duration

    /// Can be paid again and again, until it expires or is cancelled.
    public var standing: Bool

    public init(
        amount: Money?, items: [Item] = [], memo: String? = nil, expires: Duration = .seconds(15 * 60), standing: Bool = false
    ) {
        self.amount = amount
        self.items = items
        self.memo = memo
        self.expires = expires
        self.standing = standing
    }
}

/// Where a request of ours stands.
public enum RequestState: Hashable, Sendable {
    /// Stored; the verifier has not yet confirmed it.
    case binding

    /// Can be paid until it expires.
    case open

    /// Paid.
    case paid

    /// We asked to cancel; the verifier has not yet answered.
    case cancelling

    /// Cannot be paid any more.
    case cancelled

    /// The verifier did not take it.
    case failed
}

/// A request of ours.
public struct Request: Hashable, Sendable, Identifiable {
    public var id: RequestID
    public var state: RequestState

    /// Its link, which is also the QR code's text.
    public var link: String

    /// When it expires, by the verifier's clock.
    public var expires: Date

    /// The payment that paid it.
    public var payment: PaymentID?

    public init(id: RequestID, state: RequestState, link: String, expires: Date, payment: PaymentID? = nil) {
        self.id = id
        self.state = state
        self.link = link
        self.expires = expires
        self.payment = payment
    }
}
