/// How a wallet stands, at once and whenever that becomes otherwise, for a banner. It ends when the wallet is closed.
///
/// Clocks do not count as a change: they never stand still.
public struct StatusFlow: AsyncSequence, Sendable {
    public typealias Element = Status
    public typealias Failure = FarthingError

    private let wallet: any Wallet
    private let position: EventSeq

    /// `position` is the last event that the app has dealt with; without it the whole log is read.
    public init(wallet: any Wallet, after position: EventSeq = .start) {
        self.wallet = wallet
        self.position = position
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(wallet: wallet, events: wallet.events(after: position).makeAsyncIterator())
    }

    /// One iteration, which begins with how the wallet stands.
    public struct Iterator: AsyncIteratorProtocol {
        public typealias Failure = FarthingError

        fileprivate let wallet: any Wallet
        fileprivate var events: Events.Iterator
        fileprivate var last: Status?

        public mutating func next() async throws(FarthingError) -> Status? {
            do {
                while true {
                    if last != nil, try await events.next() == nil { return nil }
                    let status = try await standing()
                    if last == nil || !status.isAs(last) {
                        last = status
                        return status
                    }
                }
            } catch .closed {
                return nil
            } catch {
                throw error
            }
        }

        /// A wallet that was paused just now is asked again after the pause.
        private func standing() async throws(FarthingError) -> Status {
            while true {
                do {
                    return try await wallet.status()
                } catch .storage(let problem) where problem.kind == FarthingError.pausedKind {
                    var lines = wallet.connection.makeAsyncIterator()
                    while try await lines.next()?.line == .paused {}
                } catch {
                    throw error
                }
            }
        }
    }
}

extension Status {
    fileprivate func isAs(_ other: Status?) -> Bool {
        guard var other else { return false }
        other.verifierTime = verifierTime
        other.clockOffset = clockOffset
        return self == other
    }
}
