/// Whether a wallet is paused, for those who go on afterwards.
final class Pausing: Sendable {
    private struct State {
        var paused = false
        /// How many pauses were begun.
        var begun: UInt64 = 0
        var waiting: [ObjectIdentifier: Waiting<Void>] = [:]
    }

    private let state = Guarded(State())

    /// How many pauses were begun: who finds the wallet paused learns from it that this was meanwhile.
    var begun: UInt64 { state.withLock { $0.begun } }

    func begin() {
        state.withLock { state in
            state.paused = true
            state.begun += 1
        }
    }

    func end() {
        let waiting = state.withLock { state in
            state.paused = false
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for each in waiting { each.give(.success(())) }
    }

    /// Returns when there is no pause.
    func over() async throws(FarthingError) {
        let waiting = Waiting<Void>()
        let key = ObjectIdentifier(waiting)
        defer { _ = state.withLock { $0.waiting.removeValue(forKey: key) } }
        try await waiting.answer {
            let paused = state.withLock { state in
                if state.paused { state.waiting[key] = waiting }
                return state.paused
            }
            if !paused { waiting.give(.success(())) }
        }
    }
}
