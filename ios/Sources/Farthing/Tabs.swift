import Foundation

/// A tab, of either side, as it was stored when it was read. SwiftUI has another `Tab`.
public struct PaymentTab: Hashable, Sendable, Identifiable {
    public var id: TabID
    public var side: TabSide
    public var state: TabState

    /// What the other side calls itself.
    public var name: String?

    /// The contact that it is with, by our own name.
    public var contact: String?

    /// The alias that is paid.
    public var alias: String?

    /// The most that the payee gets in all; nil for what was refused.
    public var cap: Money?

    /// What vouchers were signed for, or taken.
    public var total: Money

    /// What can still be paid from it.
    public var left: Money

    /// What the payee got.
    public var claimed: Money

    /// What vouchers are good for and was not claimed.
    public var unclaimed: Money

    /// What we paid on top; nil for what we earn by.
    public var fees: Money?

    /// What lies aside now, with the fee; nil for what we earn by.
    public var setAside: Money?

    /// Vouchers are taken until shortly before.
    public var spendUntil: Date?

    /// Claims are applied before.
    public var claimUntil: Date?

    /// The price of one unit, where there is an offer.
    public var price: Money?

    /// What the price is for.
    public var unit: String?

    /// What the payer wrote.
    public var memo: String?

    /// What the offer says.
    public var offerMemo: String?

    /// The offer of ours that it accepts.
    public var offer: OfferID?

    /// It does not keep to that offer's terms: no voucher of it is taken.
    public var differs: Bool

    /// When it was made or placed.
    public var at: Date

    /// What the verifier has not answered.
    public var pending: [TabPending]

    /// Another device of the account pays from it.
    public var elsewhere: Bool

    /// Why something was refused, or why there is no answer yet.
    public var code: Int?

    /// The verifier does not have it any more.
    public var lost: Bool

    public init(
        id: TabID, side: TabSide, state: TabState, name: String? = nil, contact: String? = nil, alias: String? = nil,
        cap: Money? = nil, total: Money, left: Money, claimed: Money, unclaimed: Money, fees: Money? = nil,
        setAside: Money? = nil, spendUntil: Date? = nil, claimUntil: Date? = nil, price: Money? = nil, unit: String? = nil,
        memo: String? = nil, offerMemo: String? = nil, offer: OfferID? = nil, differs: Bool = false, at: Date,
        pending: [TabPending] = [], elsewhere: Bool = false, code: Int? = nil, lost: Bool = false
    ) {
        self.id = id
        self.side = side
        self.state = state
        self.name = name
        self.contact = contact
        self.alias = alias
        self.cap = cap
        self.total = total
        self.left = left
        self.claimed = claimed
        self.unclaimed = unclaimed
        self.fees = fees
        self.setAside = setAside
        self.spendUntil = spendUntil
        self.claimUntil = claimUntil
        self.price = price
        self.unit = unit
        self.memo = memo
        self.offerMemo = offerMemo
        self.offer = offer
        self.differs = differs
        self.at = at
        self.pending = pending
        self.elsewhere = elsewhere
        self.code = code
        self.lost = lost
    }
}

/// Money by the drop. A payer sets a cap aside for one payee, and signs a voucher for each drop, without network; the payee takes the
/// vouchers, without network, and claims when it likes. What was not claimed comes back.
public protocol Tabs: Sendable {
    /// Offers a tab; it can be accepted when this returns.
    func offer(_ terms: OfferTerms) async throws(FarthingError) -> TabOffer

    /// Our offers, newest first; `limit` is 1 to 500.
    func offers(limit: Int) async throws(FarthingError) -> [TabOffer]

    /// An offer of ours.
    func offer(_ id: OfferID) async throws(FarthingError) -> TabOffer

    /// Takes an offer of ours back.
    @discardableResult
    func cancel(_ id: OfferID) async throws(FarthingError) -> OfferState

    /// Sends an offer of ours to a contact, who can accept it without scanning anything.
    func send(_ offer: OfferID, to contact: Contact) async throws(FarthingError)

    /// Offers that a contact has sent, oldest first.
    func received(from contact: Contact) async throws(FarthingError) -> [TabOffer]

    /// Reads the offer that a scanned link points to, without accepting it.
    func read(_ link: String) async throws(FarthingError) -> TabOffer

    /// Reads and checks everything that a tab needs, and stores a draft to be shown.
    func prepare(_ with: TabWith, terms: TabTerms) async throws(FarthingError) -> TabDraft

    /// Prepares a higher cap for a tab that is open, and times that are longer. The tab goes on meanwhile.
    func raise(_ tab: TabID, cap: Money?, longer: Duration) async throws(FarthingError) -> TabDraft

    /// The draft of a tab, or of a change, as it is to be shown now.
    func draft(_ id: TabID) async throws(FarthingError) -> TabDraft

    /// Forgets the draft of a tab, or of a change.
    func discard(_ id: TabID) async throws(FarthingError)

    /// Signs and stores a draft as it was shown, and begins to send it. Where there is an ``Approver``, it is asked before. The same
    /// draft gives the same tab, however often it is confirmed.
    @discardableResult
    func confirm(_ draft: TabDraft) async throws(FarthingError) -> PaymentTab

    /// Waits for the outcome of what was confirmed about a tab, or of its closing, so long at most.
    func outcome(of tab: TabID, wait: Duration) async throws(FarthingError) -> TabOutcome

    /// Pays a drop from a tab, without network: so much more than before. Its voucher is for the payee; where that is a contact, it is
    /// sent there, too. Called twice, it pays twice; cancelled, it may have paid, and the next voucher is for that, too: look at
    /// ``tab(_:)``.
    func pay(from tab: TabID, _ amount: Money) async throws(FarthingError) -> Drop

    /// Takes a voucher that the payer has shown, without network; it is stored when this returns. ``Wallet/sync()`` before the first
    /// one, and at least twice within the tab's grace: that it was closed is heard of by that alone.
    func take(_ voucher: String) async throws(FarthingError) -> Taken

    /// At the payer: goes on from the newest voucher of our own, which the payee has shown. True when it is greater than ours.
    @discardableResult
    func catchUp(_ voucher: String) async throws(FarthingError) -> Bool

    /// Closes a tab that we pay from: nothing more is paid from it, and the payee has its grace to claim.
    @discardableResult
    func close(_ tab: TabID) async throws(FarthingError) -> TabOutcome

    /// Claims what vouchers are good for, of one tab or, with nil, of all. A sync claims by itself what should not wait.
    @discardableResult
    func claim(_ tab: TabID?) async throws(FarthingError) -> Claimed

    /// Ends a tab that we earn by: what was not claimed goes back to the payer at once. Claim first.
    @discardableResult
    func release(_ tab: TabID) async throws(FarthingError) -> PaymentTab

    /// Tabs of both sides that somebody has agreed to, newest first; `limit` is 1 to 500.
    func list(limit: Int) async throws(FarthingError) -> [PaymentTab]

    /// A tab by its id, also one of an earlier process.
    func tab(_ id: TabID) async throws(FarthingError) -> PaymentTab

    /// The signed receipts of a tab, in the order of the ledger: they prove it to anybody who knows the verifier's root.
    func receipts(of tab: TabID) async throws(FarthingError) -> [Data]
}

extension Tabs {
    /// The newest 50 of our offers.
    public func offers() async throws(FarthingError) -> [TabOffer] { try await offers(limit: 50) }

    /// Reads and checks everything that a tab needs, as its offer suggests, and stores a draft to be shown.
    public func prepare(_ with: TabWith) async throws(FarthingError) -> TabDraft { try await prepare(with, terms: TabTerms()) }

    /// Prepares a higher cap for a tab that is open.
    public func raise(_ tab: TabID, cap: Money) async throws(FarthingError) -> TabDraft {
        try await raise(tab, cap: cap, longer: .zero)
    }

    /// Waits for the outcome of what was confirmed about a tab, 10 seconds at most.
    public func outcome(of tab: TabID) async throws(FarthingError) -> TabOutcome {
        try await outcome(of: tab, wait: .seconds(10))
    }

    /// Claims what vouchers are good for, of all tabs.
    @discardableResult
    public func claim() async throws(FarthingError) -> Claimed { try await claim(nil) }

    /// The newest 50 tabs.
    public func list() async throws(FarthingError) -> [PaymentTab] { try await list(limit: 50) }
}
