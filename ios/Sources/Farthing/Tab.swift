import Foundation

/// With whom a tab is to be.
public struct TabWith: Hashable, Sendable {
    enum Target: Hashable, Sendable {
        case text(String)
        case offer(OfferID, of: Contact)
    }

    let target: Target

    /// What a QR code, a link or a keyboard gave: an offer's link, or an alias.
    public static func scanned(_ text: String) -> TabWith { TabWith(target: .text(text)) }

    /// A contact, without an offer.
    public static func contact(_ contact: Contact) -> TabWith { TabWith(target: .text(contact.alias)) }

    /// What a contact has offered, as ``Tabs/received(from:)`` shows it.
    public static func offer(_ contact: Contact, _ offer: TabOffer) -> TabWith {
        TabWith(target: .offer(offer.id, of: contact))
    }
}

/// What a payer wants of a tab; what is left out is as the offer suggests.
public struct TabTerms: Hashable, Sendable {
    /// The most that the payee gets in all; needed without an offer.
    public var cap: Money?

    /// For how long it is paid from; a day without an offer.
    public var lasts: Duration?

    /// How long the payee may claim after that; as long as it needs at least, a day without an offer.
    public var grace: Duration?

    /// What we write to the payee.
    public var memo: String?

    public init(cap: Money? = nil, lasts: Duration? = nil, grace: Duration? = nil, memo: String? = nil) {
        self.cap = cap
        self.lasts = lasts
        self.grace = grace
        self.memo = memo
    }
}

/// What we offer: so much for each unit.
public struct OfferTerms: Hashable, Sendable {
    /// The price of one unit.
    public var price: Money

    /// What the price is for: a minute, an article.
    public var unit: String

    /// The cap that we suggest.
    public var cap: Money

    /// For how long we suggest that the tab is paid from.
    public var lasts: Duration

    /// How long we need at least to claim after that.
    public var grace: Duration

    /// What the payer reads.
    public var memo: String?

    /// For how long it can be accepted.
    public var expires: Duration

    /// Any number of people may accept it, on our alias.
    public var standing: Bool

    public init(
        price: Money, unit: String, cap: Money, lasts: Duration = .seconds(86_400), grace: Duration = .seconds(3 * 86_400),
        memo: String? = nil, expires: Duration = .seconds(15 * 60), standing: Bool = false
    ) {
        self.price = price
        self.unit = unit
        self.cap = cap
        self.lasts = lasts
        self.grace = grace
        self.memo = memo
        self.expires = expires
        self.standing = standing
    }
}

/// Where an offer of ours stands.
public enum OfferState: Hashable, Sendable {
    /// Stored; the verifier has not yet confirmed it.
    case binding

    /// Can be accepted until it expires.
    case open

    /// Accepted.
    case accepted

    /// We asked to cancel; the verifier has not yet answered.
    case cancelling

    /// Cannot be accepted any more.
    case cancelled

    /// The verifier did not take it.
    case failed
}

/// An offer of a tab: so much for each unit.
public struct TabOffer: Hashable, Sendable, Identifiable {
    public var id: OfferID

    /// Where it stands; nil for one that is not ours.
    public var state: OfferState?

    /// Its link, which is also the QR code's text; nil for one that is not ours.
    public var link: String?

    /// What the payee calls itself; show it as such.
    public var calledItself: String?

    /// The price of one unit.
    public var price: Money

    /// What the price is for: a minute, an article.
    public var unit: String

    /// The cap that it suggests.
    public var cap: Money

    /// For how long it suggests that the tab is paid from.
    public var lasts: Duration

    /// How long the payee needs at least to claim after that.
    public var grace: Duration

    /// What the payee wrote.
    public var memo: String?

    /// Any number of people may accept it.
    public var standing: Bool

    /// From then on it cannot be accepted.
    public var expires: Date

    /// The tab that accepted it, where it is ours and for one payer.
    public var tab: TabID?

    /// Why the verifier did not take it.
    public var code: Int?

    public init(
        id: OfferID, state: OfferState? = nil, link: String? = nil, calledItself: String? = nil, price: Money, unit: String,
        cap: Money, lasts: Duration, grace: Duration, memo: String? = nil, standing: Bool = false, expires: Date,
        tab: TabID? = nil, code: Int? = nil
    ) {
        self.id = id
        self.state = state
        self.link = link
        self.calledItself = calledItself
        self.price = price
        self.unit = unit
        self.cap = cap
        self.lasts = lasts
        self.grace = grace
        self.memo = memo
        self.standing = standing
        self.expires = expires
        self.tab = tab
        self.code = code
    }
}

/// What a person must see before it is asked whether to open or to change a tab.
public struct TabDraft: Hashable, Sendable, Identifiable {
    /// The tab that it would become, or change.
    public var id: TabID

    /// It changes a tab that is there.
    public var changes: Bool

    public var payee: Payee

    /// The price of one unit, where there is an offer.
    public var price: Money?

    /// What the price is for.
    public var unit: String?

    /// The most that the payee gets in all.
    public var cap: Money

    /// The most that comes on top.
    public var fee: Money

    /// What is set aside by this: cap and fee, or so much more than before.
    public var setAside: Money

    /// For how long it is paid from, from the person's yes on; of a change, from now on.
    public var lasts: Duration

    /// How long the payee may claim after that.
    public var grace: Duration

    /// What the offer says.
    public var offerMemo: String?

    /// What we write to the payee.
    public var memo: String?

    /// When the offer expires.
    public var expires: Date?

    /// What to notice.
    public var warnings: [Warning]

    /// Stands for all of the above: what is signed is what was seen.
    public var shown: String

    public init(
        id: TabID, changes: Bool = false, payee: Payee, price: Money? = nil, unit: String? = nil, cap: Money, fee: Money,
        setAside: Money, lasts: Duration, grace: Duration, offerMemo: String? = nil, memo: String? = nil,
        expires: Date? = nil, warnings: [Warning] = [], shown: String
    ) {
        self.id = id
        self.changes = changes
        self.payee = payee
        self.price = price
        self.unit = unit
        self.cap = cap
        self.fee = fee
        self.setAside = setAside
        self.lasts = lasts
        self.grace = grace
        self.offerMemo = offerMemo
        self.memo = memo
        self.expires = expires
        self.warnings = warnings
        self.shown = shown
    }
}

/// On which side of a tab we are.
public enum TabSide: Hashable, Sendable {
    /// We pay from it.
    case paid

    /// We earn by it.
    case earned
}

/// Where a tab stands.
public enum TabState: Hashable, Sendable {
    /// Prepared; nothing was signed.
    case draft

    /// Signed and stored, without a final answer.
    case opening

    /// Money is set aside for it.
    case open

    /// Nothing more is paid from it; the payee may claim.
    case closed

    /// What was not claimed went back.
    case ended

    /// The verifier's signed word that there is none.
    case refused

    /// The verifier lost it.
    case lost
}

/// What the verifier has not answered.
public enum TabPending: Hashable, Sendable {
    /// The tab's opening.
    case opening

    /// A higher cap, or later times.
    case change

    /// The payer's closing.
    case closing

    /// The payee's claim.
    case claim

    /// The payee lets go of the rest.
    case release
}

/// How what was sent about a tab ended, as far as is known.
public enum TabOutcome: Hashable, Sendable {
    /// A receipt proves it.
    case done(PaymentTab)

    /// A signed refusal ended it.
    case refused(PaymentTab, why: Problem)

    /// Not known yet: it is stored, and ``Wallet/sync()`` finishes it.
    case unknown(PaymentTab, because: Problem)

    /// The tab, as it is stored now.
    public var tab: PaymentTab {
        switch self {
        case .done(let tab), .refused(let tab, _), .unknown(let tab, _): tab
        }
    }

    /// Whether a receipt proves it.
    public var isDone: Bool { if case .done = self { true } else { false } }
}

/// A drop that was paid.
public struct Drop: Hashable, Sendable {
    /// From which tab.
    public var tab: TabID

    /// What all drops come to.
    public var total: Money

    /// The voucher as text, for the payee: a QR code's, or what is sent.
    public var voucher: String

    public init(tab: TabID, total: Money, voucher: String) {
        self.tab = tab
        self.total = total
        self.voucher = voucher
    }
}

/// What became of a voucher that somebody has shown.
public enum Taken: Hashable, Sendable {
    /// It is stored. Deliver for what was gained, and for nothing when the voucher was known.
    case stored(TabID, gained: Money, total: Money)

    /// It is for less than the newest. Deliver nothing, and show the newest to the payer, who has forgotten: ``Tabs/catchUp(_:)``.
    case behind(TabID, newest: String)

    /// Of which tab.
    public var tab: TabID {
        switch self {
        case .stored(let tab, _, _), .behind(let tab, _): tab
        }
    }
}

/// What was claimed.
public struct Claimed: Hashable, Sendable {
    /// Tabs from which something came.
    public var tabs: [TabID]

    /// Tabs whose claim was refused, and why.
    public var refused: [TabID: Problem]

    /// Claims that are not decided: they are stored, and ``Wallet/sync()`` sends them again.
    public var waiting: UInt64

    public init(tabs: [TabID], refused: [TabID: Problem] = [:], waiting: UInt64 = 0) {
        self.tabs = tabs
        self.refused = refused
        self.waiting = waiting
    }
}
