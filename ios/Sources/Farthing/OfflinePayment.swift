import Foundation

/// What a payee asks for without network.
public struct OfflineTerms: Hashable, Sendable {
    /// How much.
    public var amount: Money

    /// What is sold; must add up to the amount.
    public var items: [Item]

    /// A few sentences, shown beside the request.
    public var memo: String?

    /// For how long it can be paid; a day at most.
    public var expires: Duration

    public init(amount: Money, items: [Item] = [], memo: String? = nil, expires: Duration = .seconds(15 * 60)) {
        self.amount = amount
        self.items = items
        self.memo = memo
        self.expires = expires
    }
}

/// A request that a payer without network can pay.
public struct OfflineRequest: Hashable, Sendable, Identifiable {
    public var id: OfflineRequestID

    public var amount: Money

    /// From then on it cannot be paid.
    public var expires: Date

    /// What is shown to the payer.
    public var text: String

    public init(id: OfflineRequestID, amount: Money, expires: Date, text: String) {
        self.id = id
        self.amount = amount
        self.expires = expires
        self.text = text
    }
}

/// What a person must see before it pays without network.
public struct OfflinePrompt: Hashable, Sendable {
    /// The request, as it was shown.
    public var request: String

    public var amount: Money

    /// What the payee calls itself: nobody has checked that. A request can be shown in front of another's goods.
    public var calledItself: String?

    /// What the payee wrote.
    public var memo: String?

    /// What is bought.
    public var items: [Item]

    /// From which allowance.
    public var allowance: AllowanceID

    /// What is left of it afterwards.
    public var left: Money

    /// When the request expires.
    public var expires: Date

    /// When the same payee was paid, if that was within the last ten minutes: perhaps for the same goods.
    public var paidLately: Date?

    /// Stands for what is shown: what is paid is what was seen.
    public var shown: String

    public init(
        request: String, amount: Money, calledItself: String? = nil, memo: String? = nil, items: [Item] = [],
        allowance: AllowanceID, left: Money, expires: Date, paidLately: Date? = nil, shown: String
    ) {
        self.request = request
        self.amount = amount
        self.calledItself = calledItself
        self.memo = memo
        self.items = items
        self.allowance = allowance
        self.left = left
        self.expires = expires
        self.paidLately = paidLately
        self.shown = shown
    }
}

/// A payment that was signed without network.
public struct OfflinePayment: Hashable, Sendable {
    /// From which allowance.
    public var allowance: AllowanceID

    /// Its number there.
    public var number: UInt64

    public var amount: Money

    /// What is shown to the payee.
    public var text: String

    public init(allowance: AllowanceID, number: UInt64, amount: Money, text: String) {
        self.allowance = allowance
        self.number = number
        self.amount = amount
        self.text = text
    }
}

/// What a request is to this wallet.
public enum OfflineLook: Hashable, Sendable {
    /// It was paid before: the same payment is shown again.
    case again(OfflinePayment)

    /// It waits for a person.
    case new(OfflinePrompt)
}

/// What can be lost of payments that are not settled.
public struct CouldLose: Hashable, Sendable {
    /// Of all payers.
    public var all: Money

    /// Of it, of this payer.
    public var ofPayer: Money

    /// What the person is ready to lose.
    public var limit: Money

    public init(all: Money, ofPayer: Money, limit: Money) {
        self.all = all
        self.ofPayer = ofPayer
        self.limit = limit
    }
}

/// What a person must see before it takes a payment without network.
public struct OfflineOffer: Hashable, Sendable {
    /// The payment, as it was shown.
    public var payment: String

    public var amount: Money

    /// What we wrote beside the request.
    public var memo: String?

    /// What is sold.
    public var items: [Item]

    /// What could be lost, this payment included.
    public var couldLose: CouldLose

    /// Claims are taken before: connect until then.
    public var claimUntil: Date

    /// When the list of revoked allowances was made that this was held against; nil when none was ever read.
    public var listOf: Date?

    /// Stands for the payment and for what could be lost.
    public var shown: String

    public init(
        payment: String, amount: Money, memo: String? = nil, items: [Item] = [], couldLose: CouldLose, claimUntil: Date,
        listOf: Date? = nil, shown: String
    ) {
        self.payment = payment
        self.amount = amount
        self.memo = memo
        self.items = items
        self.couldLose = couldLose
        self.claimUntil = claimUntil
        self.listOf = listOf
        self.shown = shown
    }
}

/// Where a payment stands that was taken without network.
public enum TakenState: Hashable, Sendable {
    /// It is stored; the verifier does not know of it.
    case taken

    /// The verifier has it, and what is guaranteed of it is here.
    case claimed

    /// Its share is here.
    case settled

    /// The verifier's signed no to its claim.
    case refused
}

/// A payment that was taken without network, as it was stored when it was read.
public struct TakenPayment: Hashable, Sendable, Identifiable {
    public var id: TakenID

    public var state: TakenState

    public var amount: Money

    /// What of it is guaranteed, and has arrived.
    public var guaranteed: Money

    /// What its share was, once it is settled.
    public var received: Money?

    /// The settlement says that two payments of its allowance contradict each other.
    public var contradicts: Bool

    /// The payer's allowance.
    public var allowance: AllowanceID

    /// Claims are taken before.
    public var claimUntil: Date?

    /// What we wrote beside the request.
    public var memo: String?

    /// What was sold.
    public var items: [Item]

    /// When it was taken, by this device's clock.
    public var at: Date

    /// Why its claim was refused.
    public var code: Int?

    public init(
        id: TakenID, state: TakenState, amount: Money, guaranteed: Money, received: Money? = nil, contradicts: Bool = false,
        allowance: AllowanceID, claimUntil: Date? = nil, memo: String? = nil, items: [Item] = [], at: Date, code: Int? = nil
    ) {
        self.id = id
        self.state = state
        self.amount = amount
        self.guaranteed = guaranteed
        self.received = received
        self.contradicts = contradicts
        self.allowance = allowance
        self.claimUntil = claimUntil
        self.memo = memo
        self.items = items
        self.at = at
        self.code = code
    }
}

/// What a payment is to this wallet.
public enum OfflineExamined: Hashable, Sendable {
    /// It was taken before, and brings nothing: deliver nothing for it.
    case taken(TakenPayment)

    /// It waits for a person.
    case good(OfflineOffer)
}

/// What was claimed.
public struct ClaimedOffline: Hashable, Sendable {
    /// Payments whose claim the verifier has taken.
    public var claimed: [TakenPayment]

    /// Payments whose claim was refused, and why.
    public var refused: [TakenPayment: Problem]

    public init(claimed: [TakenPayment], refused: [TakenPayment: Problem] = [:]) {
        self.claimed = claimed
        self.refused = refused
    }
}

/// What was taken without network and is not settled, of a currency.
public struct Unsettled: Hashable, Sendable {
    public var amount: Money

    /// What of it is guaranteed, and has arrived.
    public var arrived: Money

    public init(amount: Money, arrived: Money) {
        self.amount = amount
        self.arrived = arrived
    }
}

/// A payment that waits for the payee to post it.
public struct CarriedPayment: Hashable, Sendable {
    public var payment: Payment

    /// What is shown to the payee.
    public var text: String

    public init(payment: Payment, text: String) {
        self.payment = payment
        self.text = text
    }
}

/// What the verifier said to a payer's order. The answer is what is shown to the payer; nil when it is too long for that.
public enum CarriedReply: Hashable, Sendable {
    /// It was paid: to us, or there is nothing to deliver for.
    case paid(Money, toUs: Bool, answer: String?)

    /// It will never be.
    case refused(why: Problem, answer: String?)

    /// What is shown to the payer.
    public var answer: String? {
        switch self {
        case .paid(_, _, let answer), .refused(_, let answer): answer
        }
    }
}

/// What a person is asked about money without network.
public enum OfflineQuestion: Hashable, Sendable {
    /// Whether to set an allowance aside.
    case allow(AllowanceDraft)

    /// Whether to pay from one.
    case pay(OfflinePrompt)

    /// Whether to take a payment, which can be lost.
    case take(OfflineOffer)
}
