import Foundation

/// Money without network on either side. A payer sets an *allowance* aside while it has network; without, it signs a payment for each
/// request that it is shown, and the payee claims them when it has network again.
///
/// What a payee takes can be lost, as a payer can show one payment to many: so it is told how much before, and there is a limit. Where
/// the payee has network, ``Carried`` is without that risk; where the payee is known before, so is a tab.
///
/// What people show each other is text: ``Farthing/shownCodes(_:)`` makes QR codes of it, and a ``CodeCollector`` text of them.
public protocol Offline: Sendable {
    /// Reads everything that an allowance needs, and stores a draft to be shown.
    func prepare(_ terms: AllowanceTerms) async throws(FarthingError) -> AllowanceDraft

    /// The draft of an allowance, as it is to be shown now.
    func draft(_ id: AllowanceDraftID) async throws(FarthingError) -> AllowanceDraft

    /// Forgets the draft of an allowance.
    func discard(_ id: AllowanceDraftID) async throws(FarthingError)

    /// Signs and stores a draft as it was shown, and begins to send it. Where there is an ``Approver``, it is asked before. The same
    /// draft gives the same allowance, however often it is confirmed.
    @discardableResult
    func confirm(_ draft: AllowanceDraft) async throws(FarthingError) -> Allowance

    /// Waits for the outcome of what was confirmed about an allowance, or of its revocation, so long at most.
    func outcome(of allowance: AllowanceID, wait: Duration) async throws(FarthingError) -> AllowanceOutcome

    /// Revokes an allowance: nothing more is paid from it. What was paid before stays good, and is claimed as before.
    @discardableResult
    func revoke(_ allowance: AllowanceID) async throws(FarthingError) -> AllowanceOutcome

    /// Allowances of the account, newest first; `limit` is 1 to 500.
    func allowances(limit: Int) async throws(FarthingError) -> [Allowance]

    /// An allowance by its id, also one of an earlier process.
    func allowance(_ id: AllowanceID) async throws(FarthingError) -> Allowance

    /// What was paid from an allowance here, by number.
    func payments(from allowance: AllowanceID) async throws(FarthingError) -> [PaidOffline]

    /// Looks at a request that a payee shows, without network: `from` this allowance or, with nil, from the first that it can be paid
    /// from.
    func look(_ shown: String, from allowance: AllowanceID?) async throws(FarthingError) -> OfflineLook

    /// Signs the payment of a request as it was looked at, without network. Where there is an ``Approver``, it is asked before. Called
    /// again, it is the same payment.
    func pay(_ prompt: OfflinePrompt) async throws(FarthingError) -> OfflinePayment

    /// Makes a request that a payer without network can pay, without network. ``Wallet/sync()`` at least once before the first one.
    func ask(_ terms: OfflineTerms) async throws(FarthingError) -> OfflineRequest

    /// A request of ours, to be shown again.
    func asked(_ id: OfflineRequestID) async throws(FarthingError) -> OfflineRequest

    /// Judges a payment that a payer shows, without network. When it throws, deliver nothing.
    func examine(_ shown: String) async throws(FarthingError) -> OfflineExamined

    /// Takes a payment as it was examined, without network; it is stored when this returns, and may be delivered for. Where there is an
    /// ``Approver``, it is asked before. Called again, it is the same one.
    func take(_ offer: OfflineOffer) async throws(FarthingError) -> TakenPayment

    /// Claims what was taken, also what was refused before. A sync claims by itself, too.
    @discardableResult
    func claim() async throws(FarthingError) -> ClaimedOffline

    /// Payments that were taken without network, newest first; `limit` is 1 to 500.
    func taken(limit: Int) async throws(FarthingError) -> [TakenPayment]

    /// One of them by its id, also one of an earlier process.
    func taken(_ id: TakenID) async throws(FarthingError) -> TakenPayment

    /// What was taken and is not settled, of each currency: it counts for nothing in ``Wallet/balances()`` yet.
    func unsettled() async throws(FarthingError) -> [Unsettled]

    /// What the person is ready to lose of what is not settled, of each currency.
    func lossLimits() async throws(FarthingError) -> [Money]

    /// Sets what the person is ready to lose of a currency. With nothing, nothing is taken.
    func setLossLimit(_ most: Money) async throws(FarthingError)
}

extension Offline {
    /// Waits for the outcome of what was confirmed about an allowance, 10 seconds at most.
    public func outcome(of allowance: AllowanceID) async throws(FarthingError) -> AllowanceOutcome {
        try await outcome(of: allowance, wait: .seconds(10))
    }

    /// The newest 50 allowances.
    public func allowances() async throws(FarthingError) -> [Allowance] { try await allowances(limit: 50) }

    /// Looks at a request that a payee shows, to be paid from the first allowance that it can be paid from.
    public func look(_ shown: String) async throws(FarthingError) -> OfflineLook { try await look(shown, from: nil) }

    /// The newest 50 payments that were taken.
    public func taken() async throws(FarthingError) -> [TakenPayment] { try await taken(limit: 50) }
}

/// Paying without network a payee that has some: the payee posts what the payer has signed, and shows the verifier's answer back. Nobody
/// risks anything.
///
/// What people show each other is text: ``Farthing/shownCodes(_:)`` makes QR codes of it, and a ``CodeCollector`` text of them.
public protocol Carried: Sendable {
    /// A request of ours as text, whole: a payer without network cannot fetch what its link points to.
    func whole(_ request: RequestID) async throws(FarthingError) -> String

    /// Stores the draft of a payment to a whole request, without network. `amount` is for payees that do not say how much.
    func prepare(_ request: String, amount: Money?, memo: String?) async throws(FarthingError) -> Draft

    /// Signs and stores a draft as it was shown, for the payee to post, without network. Where there is an ``Approver``, it is asked
    /// before. The same draft gives the same payment, and ``Wallet/sync()`` posts it, too: it is paid once.
    func confirm(_ draft: Draft) async throws(FarthingError) -> CarriedPayment

    /// What the payee is to post, to be shown again, of a payment that is not decided.
    func payment(_ id: PaymentID) async throws(FarthingError) -> CarriedPayment

    /// At the payee: posts what a payer has shown. A refusal is an answer, too, which the payer wants to see.
    func post(_ order: String) async throws(FarthingError) -> CarriedReply

    /// At the payer: takes the answer that the payee shows.
    func take(_ answer: String) async throws(FarthingError) -> Outcome
}

extension Carried {
    /// Stores the draft of a payment to a whole request that says how much.
    public func prepare(_ request: String) async throws(FarthingError) -> Draft {
        try await prepare(request, amount: nil, memo: nil)
    }
}
