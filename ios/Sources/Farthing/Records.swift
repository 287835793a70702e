import Foundation

/// What there is of a currency.
public struct Balance: Hashable, Sendable {
    /// Can be spent now.
    public var available: Money

    /// Authorised, without a final answer.
    public var held: Money

    /// Taken without network and not settled: it counts for nothing yet.
    public var incoming: Money

    public init(available: Money, held: Money, incoming: Money) {
        self.available = available
        self.held = held
        self.incoming = incoming
    }
}

/// Something that is sold.
public struct Item: Hashable, Sendable {
    public var name: String
    public var amount: Money

    public init(_ name: String, _ amount: Money) {
        self.name = name
        self.amount = amount
    }
}

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

/// Somebody one knows.
public struct Contact: Hashable, Sendable, Identifiable {
    public var id: ContactID

    /// Our own name for them.
    public var name: String

    /// What they call themselves.
    public var calledItself: String?

    /// Where they are paid.
    public var alias: String

    /// Both sides have compared the codes.
    public var verified: Bool

    /// Neither paid nor listened to.
    public var blocked: Bool

    public init(
        id: ContactID, name: String, calledItself: String? = nil, alias: String, verified: Bool = false, blocked: Bool = false
    ) {
        self.id = id
        self.name = name
        self.calledItself = calledItself
        self.alias = alias
        self.verified = verified
        self.blocked = blocked
    }
}

/// Where a note stands.
public enum NoteState: Hashable, Sendable {
    /// It came from the contact.
    case received

    /// Ours; it is not in any of the contact's mailboxes yet.
    case waiting

    /// Ours; at least one of the contact's devices can fetch it.
    case sent

    /// Ours; it reached none of the contact's devices.
    case undelivered
}

/// What a contact wrote, or we to the contact.
public struct Note: Hashable, Sendable, Identifiable {
    public var id: NoteID
    public var at: Date
    public var state: NoteState

    /// What it says; nil for a request, which ``PayTo/request(_:_:)`` takes.
    public var text: String?

    public init(id: NoteID, at: Date, state: NoteState, text: String?) {
        self.id = id
        self.at = at
        self.state = state
        self.text = text
    }
}

/// What a text turned out to be. Well-formed; nobody has vouched for it yet.
public enum Scanned: Hashable, Sendable {
    /// A payment request: ``Wallet/prepare(_:amount:memo:)`` takes it.
    case request

    /// An invite to a verifier: ``EmptyFolder/enrol(invite:name:alias:)`` takes it.
    case invite

    /// Another phone's pairing code: ``Pairings/scan(_:)`` takes it.
    case pairing

    /// Somebody's alias: ``Wallet/prepare(_:amount:memo:)`` takes it.
    case alias
}

/// A QR code.
public struct QRPicture: Hashable, Sendable {
    /// Modules of one side, without the quiet zone of four.
    public var side: Int

    /// The picture with its quiet zone, as a PNG.
    public var png: Data

    public init(side: Int, png: Data) {
        self.side = side
        self.png = png
    }
}
