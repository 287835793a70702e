/// A payment from what was scanned to its end, as states for a screen to draw.
///
/// ```
/// idle ─read→ reading ─→ amountNeeded ─choose→ reading
///                 ├────→ review ─approve→ paying ─→ ended
///                 │         ↑                ├────→ review (the fee has changed, or it was refused before it was signed)
///                 │         └────────────────┘ └──→ unresolved ─check→ paying
///                 └────→ failed ─read→ reading
/// ```
///
/// What it does goes on when a screen that waits for it goes away. After a kill, ``init(wallet:payment:wait:)`` goes on from what the
/// wallet has stored.
public actor PayFlow {
    /// Where it is.
    public enum State: Hashable, Sendable {
        /// Nothing was scanned.
        case idle

        /// The payee is asked, and everything is checked.
        case reading

        /// The payee does not say how much: ``PayFlow/choose(_:)``.
        case amountNeeded

        /// To be shown and asked: ``PayFlow/approve(_:)``. When it was asked before, `because` says why again.
        case review(Draft, because: Problem?)

        /// Signed and stored; the outcome is waited for.
        case paying(PaymentID)

        /// Nobody knows yet whether it was paid: ``PayFlow/check()``. It is never to be paid again.
        case unresolved(Payment, because: Problem)

        /// Paid, or refused for ever.
        case ended(Outcome)

        /// It came to no payment.
        case failed(FarthingError)
    }

    private let wallet: any Wallet
    private let wait: Duration
    private let current: Current<State>
    private var asked: (payee: PayTo, memo: String?)?

    /// `wait` is for how long an outcome is waited for before it counts as unresolved.
    public init(wallet: any Wallet, wait: Duration = .seconds(10)) {
        self.wallet = wallet
        self.wait = wait
        current = Current(.idle)
    }

    /// Goes on with a payment of an earlier process: ``check()``.
    public init(wallet: any Wallet, payment: PaymentID, wait: Duration = .seconds(10)) {
        self.wallet = wallet
        self.wait = wait
        current = Current(.paying(payment))
    }

    /// Where it is now.
    public nonisolated var state: State { current.state }

    /// Where it is now, and then where it gets to.
    public nonisolated func states() -> AsyncStream<State> { current.states() }

    /// Reads what was scanned or typed. Does nothing while a payment is under way.
    public func read(_ text: String, memo: String? = nil) async {
        switch state {
        case .reading, .paying, .unresolved: return
        case .idle, .amountNeeded, .review, .ended, .failed: break
        }
        asked = (.scanned(text), memo)
        await prepare(amount: nil)
    }

    /// Says how much, to a payee that does not.
    public func choose(_ amount: Money) async {
        guard state == .amountNeeded else { return }
        await prepare(amount: amount)
    }

    /// Pays a draft, as it was shown. Does nothing when another one is shown by now.
    public func approve(_ draft: Draft) async {
        guard case .review(draft, _) = state else { return }
        current.become(.paying(draft.id.payment))
        await toItsEnd { [self] in
            do throws(FarthingError) {
                _ = try await wallet.confirm(draft)
            } catch {
                await notConfirmed(draft, because: error)
                return
            }
            await resolve(draft.id.payment)
        }
    }

    /// Finds out what became of a payment that is unresolved, or of one of an earlier process.
    public func check() async {
        let payment: PaymentID
        switch state {
        case .unresolved(let unresolved, _): payment = unresolved.id
        case .paying(let id): payment = id
        case .idle, .reading, .amountNeeded, .review, .ended, .failed: return
        }
        current.become(.paying(payment))
        await toItsEnd { [self] in
            // When the network is away, the wallet's own answer is all there is.
            _ = try? await wallet.sync()
            await resolve(payment)
        }
    }

    private func prepare(amount: Money?) async {
        guard let asked else { return }
        current.become(.reading)
        await toItsEnd { [self] in
            do throws(FarthingError) {
                let draft = try await wallet.prepare(asked.payee, amount: amount, memo: asked.memo)
                current.become(.review(draft, because: nil))
            } catch {
                current.become(error.kind == "amount_needed" ? .amountNeeded : .failed(error))
            }
        }
    }

    private func resolve(_ id: PaymentID) async {
        do {
            switch try await wallet.outcome(of: id, wait: wait) {
            case .unknown(let payment, let because):
                current.become(.unresolved(payment, because: because))
            case .refused(let payment, let why):
                guard let next = payment.replacedBy else {
                    current.become(.ended(.refused(payment, why: why)))
                    return
                }
                current.become(.review(try await wallet.draft(next), because: why))
            case .settled(let payment):
                current.become(.ended(.settled(payment)))
            }
        } catch {
            current.become(.failed(error))
        }
    }

    /// A draft that was not signed is one still. What nobody knows is asked of the wallet.
    private func notConfirmed(_ draft: Draft, because error: FarthingError) async {
        do {
            let payment = try await wallet.payment(draft.id.payment)
            guard payment.state == .draft else { return await resolve(payment.id) }
            current.become(.review(try await wallet.draft(draft.id), because: error.problem))
        } catch {
            current.become(.failed(error))
        }
    }

    /// A task of its own: whoever waits for it may go away.
    private func toItsEnd(_ work: @escaping @Sendable () async -> Void) async { await Task { await work() }.value }
}
