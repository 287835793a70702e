import Foundation

/// What a payer wants to set aside.
public struct AllowanceTerms: Hashable, Sendable {
    /// The most that all payees get of what is set aside.
    public var cap: Money

    /// The most of one payment; all of it where it is left out.
    public var perPayment: Money?

    /// For how long it is spent from.
    public var lasts: Duration

    /// How long payees may claim after that.
    public var grace: Duration

    public init(
        cap: Money, perPayment: Money? = nil, lasts: Duration = .seconds(7 * 86_400), grace: Duration = .seconds(3 * 86_400)
    ) {
        self.cap = cap
        self.perPayment = perPayment
        self.lasts = lasts
        self.grace = grace
    }
}

/// What a person must see before it is asked whether to set an allowance aside.
public struct AllowanceDraft: Hashable, Sendable, Identifiable {
    public var id: AllowanceDraftID

    /// The most that all payees get of what is set aside.
    public var cap: Money

    /// The most of one payment.
    public var perPayment: Money

    /// The most that comes on top.
    public var fee: Money

    /// What is set aside: cap and fee.
    public var setAside: Money

    /// What a thief with this phone can cost, revoked or not: what is set aside, and the cap once more out of the balance.
    public var atStake: Money

    /// For how long it is spent from, from the person's yes on.
    public var lasts: Duration

    /// How long payees may claim after that; then what is left comes back.
    public var grace: Duration

    /// Stands for all of the above: what is signed is what was seen.
    public var shown: String

    public init(
        id: AllowanceDraftID, cap: Money, perPayment: Money, fee: Money, setAside: Money, atStake: Money, lasts: Duration,
        grace: Duration, shown: String
    ) {
        self.id = id
        self.cap = cap
        self.perPayment = perPayment
        self.fee = fee
        self.setAside = setAside
        self.atStake = atStake
        self.lasts = lasts
        self.grace = grace
        self.shown = shown
    }
}

/// Where an allowance stands.
public enum AllowanceState: Hashable, Sendable {
    /// Signed and stored, without a final answer.
    case ordering

    /// It is set aside, and can be paid from.
    case open

    /// Nothing more is paid from it; payees claim.
    case revoked

    /// Who claimed has its share; the rest is back.
    case settled

    /// The verifier's signed word that there is none.
    case refused

    /// The verifier lost it.
    case lost
}

/// What became of an allowance that is settled.
public struct AllowanceEnd: Hashable, Sendable {
    /// What payees got of what was set aside.
    public var claimed: Money

    /// What was taken from the balance, because payments of one number were claimed for more than the cap.
    public var fromBalance: Money

    /// What payees lack all the same: a debt.
    public var unpaid: Money

    /// Two payments contradict each other.
    public var contradicts: Bool

    public init(claimed: Money, fromBalance: Money, unpaid: Money, contradicts: Bool = false) {
        self.claimed = claimed
        self.fromBalance = fromBalance
        self.unpaid = unpaid
        self.contradicts = contradicts
    }
}

/// An allowance of the account, as it was stored when it was read.
public struct Allowance: Hashable, Sendable, Identifiable {
    public var id: AllowanceID

    public var state: AllowanceState

    /// The most that all payees get of what is set aside.
    public var cap: Money

    /// The most of one payment.
    public var perPayment: Money

    /// What was paid from it here, with what may have been.
    public var spent: Money

    /// What can still be paid from it here.
    public var left: Money

    /// Payments are made until shortly before.
    public var spendUntil: Date

    /// What was not claimed comes back then.
    public var claimUntil: Date

    /// Nothing more is paid from it here: the wallet's memory was put back, or it is another device's.
    public var frozen: Bool

    /// What became of it, once it is settled.
    public var end: AllowanceEnd?

    /// When it was ordered.
    public var at: Date

    /// Why something was refused, or why there is no answer yet.
    public var code: Int?

    public init(
        id: AllowanceID, state: AllowanceState, cap: Money, perPayment: Money, spent: Money, left: Money, spendUntil: Date,
        claimUntil: Date, frozen: Bool = false, end: AllowanceEnd? = nil, at: Date, code: Int? = nil
    ) {
        self.id = id
        self.state = state
        self.cap = cap
        self.perPayment = perPayment
        self.spent = spent
        self.left = left
        self.spendUntil = spendUntil
        self.claimUntil = claimUntil
        self.frozen = frozen
        self.end = end
        self.at = at
        self.code = code
    }
}

/// How what was sent about an allowance ended, as far as is known.
public enum AllowanceOutcome: Hashable, Sendable {
    /// The verifier's signed word proves it.
    case done(Allowance)

    /// A signed refusal ended it.
    case refused(Allowance, why: Problem)

    /// Not known yet: it is stored, and ``Wallet/sync()`` finishes it.
    case unknown(Allowance, because: Problem)

    /// The allowance, as it is stored now.
    public var allowance: Allowance {
        switch self {
        case .done(let allowance), .refused(let allowance, _), .unknown(let allowance, _): allowance
        }
    }

    /// Whether the verifier's signed word proves it.
    public var isDone: Bool { if case .done = self { true } else { false } }
}

/// A payment that was made from an allowance.
public struct PaidOffline: Hashable, Sendable {
    /// Its number there.
    public var number: UInt64

    public var amount: Money

    /// What the payee calls itself: nobody has checked that.
    public var calledItself: String?

    /// What the payee wrote.
    public var memo: String?

    /// When it was signed, by this device's clock.
    public var at: Date

    public init(number: UInt64, amount: Money, calledItself: String? = nil, memo: String? = nil, at: Date) {
        self.number = number
        self.amount = amount
        self.calledItself = calledItself
        self.memo = memo
        self.at = at
    }
}
