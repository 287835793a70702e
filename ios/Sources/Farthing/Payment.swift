import Foundation

/// Whom to pay.
public struct PayTo: Hashable, Sendable {
    enum Target: Hashable, Sendable {
        case text(String)
        case note(NoteID, of: Contact)
    }

    let target: Target

    /// What a QR code, a link or a keyboard gave: a request's link, or an alias.
    public static func scanned(_ text: String) -> PayTo { PayTo(target: .text(text)) }

    /// A contact.
    public static func contact(_ contact: Contact) -> PayTo { PayTo(target: .text(contact.alias)) }

    /// What a contact asks for in a note. The note says how much.
    public static func request(_ contact: Contact, _ note: Note) -> PayTo { PayTo(target: .note(note.id, of: contact)) }
}

/// How sure the wallet is of a payee.
public enum Trust: Hashable, Sendable {
    /// The request is genuine; who made it is not known.
    case request

    /// An alias that was typed, never paid before.
    case unverifiedAlias

    /// An alias that was paid before, with the same key.
    case knownAlias

    /// A contact whose codes were compared here; their own yes has not come yet.
    case metContact

    /// A contact: both sides have compared the codes.
    case verifiedContact
}

/// What a person should notice before confirming.
public enum Warning: Hashable, Sendable {
    /// Nobody has checked who the payee is.
    case unverifiedPayee

    /// The request expires in so long.
    case expiresSoon(Duration)
}

/// Who is paid, and how sure the wallet is of it.
public struct Payee: Hashable, Sendable {
    /// What the payee calls itself; show it as such.
    public var calledItself: String?

    /// The contact that it is, by our own name.
    public var contact: String?

    /// The alias that is paid.
    public var alias: String?

    public var trust: Trust

    public init(calledItself: String? = nil, contact: String? = nil, alias: String? = nil, trust: Trust) {
        self.calledItself = calledItself
        self.contact = contact
        self.alias = alias
        self.trust = trust
    }
}

/// What a person must see before it is asked.
public struct Draft: Hashable, Sendable, Identifiable {
    public var id: DraftID
    public var payee: Payee

    /// What the payee gets.
    public var amount: Money

    /// What comes on top.
    public var fee: Money

    /// Both.
    public var total: Money

    /// What the request says.
    public var requestMemo: String?

    /// What is bought.
    public var items: [Item]

    /// What we write to the payee.
    public var memo: String?

    /// When the request expires.
    public var expires: Date?

    /// What to notice.
    public var warnings: [Warning]

    /// Stands for all of the above: what is signed is what was seen.
    public var shown: String

    public init(
        id: DraftID, payee: Payee, amount: Money, fee: Money, total: Money, requestMemo: String? = nil, items: [Item] = [],
        memo: String? = nil, expires: Date? = nil, warnings: [Warning] = [], shown: String
    ) {
        self.id = id
        self.payee = payee
        self.amount = amount
        self.fee = fee
        self.total = total
        self.requestMemo = requestMemo
        self.items = items
        self.memo = memo
        self.expires = expires
        self.warnings = warnings
        self.shown = shown
    }
}

/// Which way money went.
public enum Direction: Hashable, Sendable {
    /// We paid.
    case out

    /// We were paid.
    case `in`

    /// The operator issued money to us.
    case issue
}

/// Where a payment stands.
public enum PaymentState: Hashable, Sendable {
    /// Prepared; nothing was signed.
    case draft

    /// Signed and stored; perhaps on its way.
    case authorised

    /// Sent at least once, without a final answer.
    case sent

    /// A receipt proves it.
    case settled

    /// A signed refusal ended it.
    case refused

    /// The verifier's signed word that it was never applied.
    case expired
}

/// A payment, either way, as it was stored when it was read.
public struct Payment: Hashable, Sendable, Identifiable {
    public var id: PaymentID
    public var direction: Direction
    public var state: PaymentState

    /// What the payee gets.
    public var amount: Money

    /// What comes on top; unknown to a payee.
    public var fee: Money?

    /// What the other side calls itself.
    public var name: String?

    /// The alias that was paid.
    public var alias: String?

    /// What was written with it.
    public var memo: String?

    /// What was bought.
    public var items: [Item]

    /// Our request that it paid.
    public var request: RequestID?

    /// When it was made; when it was applied, once it is settled.
    public var at: Date

    /// Its position in the ledger, once it is settled.
    public var ledgerPosition: UInt64?

    /// The number of the refusal, or of the last problem while it is not final.
    public var code: Int?

    /// The draft that replaces it, after a changed fee.
    public var replacedBy: DraftID?

    /// The operator's reason for an issue.
    public var reason: String?

    /// The verifier has lost it, and the person has accepted that: it counts for nothing. Its receipt stays.
    public var lost: Bool

    public init(
        id: PaymentID, direction: Direction, state: PaymentState, amount: Money, fee: Money? = nil, name: String? = nil,
        alias: String? = nil, memo: String? = nil, items: [Item] = [], request: RequestID? = nil, at: Date,
        ledgerPosition: UInt64? = nil, code: Int? = nil, replacedBy: DraftID? = nil, reason: String? = nil, lost: Bool = false
    ) {
        self.id = id
        self.direction = direction
        self.state = state
        self.amount = amount
        self.fee = fee
        self.name = name
        self.alias = alias
        self.memo = memo
        self.items = items
        self.request = request
        self.at = at
        self.ledgerPosition = ledgerPosition
        self.code = code
        self.replacedBy = replacedBy
        self.reason = reason
        self.lost = lost
    }
}

/// How a payment ended, as far as is known.
public enum Outcome: Hashable, Sendable {
    /// A receipt proves it.
    case settled(Payment)

    /// A signed refusal ended it.
    case refused(Payment, why: Problem)

    /// Not known yet: it is stored, and ``Wallet/sync()`` finishes it. Never pay it again.
    case unknown(Payment, because: Problem)

    /// The payment, as it is stored now.
    public var payment: Payment {
        switch self {
        case .settled(let payment), .refused(let payment, _), .unknown(let payment, _): payment
        }
    }

    /// Whether a receipt proves it.
    public var isSettled: Bool { if case .settled = self { true } else { false } }
}
