/// Lets a wallet sleep while its app is in the background, and wakes it. A platform tells of phases faster than a wallet follows:
/// only the last one counts, and one change is made at a time.
public actor Lifecycle {
    /// Where an app is.
    public enum Phase: Hashable, Sendable {
        case foreground
        case background
    }

    private let wallet: any Wallet
    private let catchUp: Duration
    private var wanted = Phase.foreground
    private var reached = Phase.foreground
    private var work: Task<Void, Never>?
    private var problem: FarthingError?

    /// In the background the wallet catches up for so long at most before it sleeps.
    public init(wallet: any Wallet, catchUp: Duration = .seconds(10)) {
        self.wallet = wallet
        self.catchUp = catchUp
    }

    /// Returns when the wallet has followed, or could not. The app may end its background task then.
    ///
    /// - Throws: why not; ``FarthingError/closed(_:)`` is none of it: a closed wallet sleeps.
    public func enter(_ phase: Phase) async throws(FarthingError) {
        wanted = phase
        problem = nil
        if work == nil { work = Task { await self.follow() } }
        await work?.value
        if let problem { throw problem }
    }

    private func follow() async {
        while reached != wanted {
            let next = wanted
            do {
                switch next {
                case .background:
                    // Without network there is nothing to catch up with, and it sleeps all the same.
                    _ = try? await wallet.catchUp(timeout: catchUp)
                    // The app may be back by now.
                    guard wanted == next else { continue }
                    try await wallet.pause()
                case .foreground:
                    try await wallet.resume()
                }
                reached = next
            } catch .closed {
                reached = next
            } catch {
                problem = error
                break
            }
        }
        work = nil
    }
}
