import Foundation

/// What becomes of a request that is paid once, for the screen of whoever sells.
///
/// ```
/// waiting ─→ paid
///    ├─────→ cancelled, failed
///    └─────→ expired ─→ paid, late
/// ```
///
/// It ends when the request has: when it was paid or cannot be paid any more, and when the wallet is closed. An expired one may
/// still turn out to have been paid in time, by what was on its way: whoever serves the next customer meanwhile is told `late`.
public struct SaleFlow: AsyncSequence, Sendable {
    /// How it stands.
    public enum State: Hashable, Sendable {
        /// It can be paid.
        case waiting

        /// Paid; `late` when it was told as expired before.
        case paid(Payment, late: Bool)

        /// It cannot be paid any more, by the clock.
        case expired

        /// We have cancelled it.
        case cancelled

        /// The verifier did not take it, with this number.
        case failed(code: Int)
    }

    public typealias Element = State
    public typealias Failure = FarthingError

    private let wallet: any Wallet
    private let request: Request
    private let position: EventSeq

    /// `position` is the last event that the app had dealt with when it made the request; without it the whole log is read.
    public init(wallet: any Wallet, request: Request, after position: EventSeq = .start) {
        self.wallet = wallet
        self.request = request
        self.position = position
    }

    public func makeAsyncIterator() -> Iterator { Iterator(sale: Sale(wallet: wallet, request: request, after: position)) }

    /// One iteration, which begins with ``State/waiting``.
    public struct Iterator: AsyncIteratorProtocol {
        public typealias Failure = FarthingError

        fileprivate let sale: Sale

        public mutating func next() async throws(FarthingError) -> State? { try await sale.next() }
    }
}

/// One iteration.
private actor Sale {
    private enum Heard: Sendable {
        case expired
        case event(Event.Kind)
        case ended(FarthingError?)
    }

    private let wallet: any Wallet
    private let request: RequestID
    private let heard: AsyncStream<Heard>
    private let work: Task<Void, Never>
    private var begun = false
    private var expired = false
    private var over = false

    init(wallet: any Wallet, request: Request, after position: EventSeq) {
        self.wallet = wallet
        self.request = request.id
        let (stream, to) = AsyncStream<Heard>.makeStream()
        heard = stream
        work = Task {
            async let clock: Void = {
                // The verifier's clock counts, and this device's may be another.
                let ahead = (try? await wallet.status().clockOffset) ?? .zero
                let left = Duration.seconds(request.expires.timeIntervalSinceNow) + ahead
                try? await Task.sleep(for: Swift.max(left, .zero))
                if !Task.isCancelled { to.yield(.expired) }
            }()
            do {
                for try await event in wallet.events(after: position) { to.yield(.event(event.kind)) }
                to.yield(.ended(nil))
            } catch {
                to.yield(.ended(error as? FarthingError))
            }
            await clock
        }
    }

    deinit { work.cancel() }

    func next() async throws(FarthingError) -> SaleFlow.State? {
        guard begun else {
            begun = true
            return .waiting
        }
        guard !over else { return nil }
        for await next in heard {
            switch next {
            case .expired:
                expired = true
                return .expired
            case .event(.requestPaid(request, by: let payment)):
                return end(.paid(try await wallet.payment(payment), late: expired))
            case .event(.requestCancelled(request)):
                return end(.cancelled)
            case .event(.requestFailed(request, code: let code)):
                return end(.failed(code: code))
            case .event:
                continue
            case .ended(let error):
                over = true
                work.cancel()
                if let error { throw error }
                return nil
            }
        }
        throw .cancelled
    }

    private func end(_ state: SaleFlow.State) -> SaleFlow.State {
        over = true
        work.cancel()
        return state
    }
}
