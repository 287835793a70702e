/// Where a wallet is in its life, for those who go on afterwards.
final class Life: Sendable {
    enum Phase: Sendable {
        case open
        case paused
        /// For ever.
        case closed
    }

    private struct State {
        var phase = Phase.open
        /// How many pauses were begun.
        var pauses: UInt64 = 0
        var waiting: [ObjectIdentifier: @Sendable () -> Void] = [:]
    }

    private let state = Guarded(State())

    var phase: Phase { state.withLock { $0.phase } }

    /// How many pauses were begun: who finds the wallet paused learns from it that this was meanwhile.
    var pauses: UInt64 { state.withLock { $0.pauses } }

    func become(_ phase: Phase) {
        let waiting = state.withLock { state -> [@Sendable () -> Void] in
            guard state.phase != .closed else { return [] }
            state.phase = phase
            if phase == .paused { state.pauses += 1 }
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for each in waiting { each() }
    }

    /// Returns when there is no pause.
    func goesOn() async throws(FarthingError) {
        while phase == .paused {
            let waiting = Waiting<Void>()
            defer { forget(waiting) }
            try await waiting.answer { tell(waiting, after: .paused) { waiting.give(.success(())) } }
        }
    }

    /// Tells somebody, once, when it is not in this phase any more.
    func tell(_ whom: AnyObject, after phase: Phase, _ told: @escaping @Sendable () -> Void) {
        let over = state.withLock { state in
            if state.phase == phase { state.waiting[ObjectIdentifier(whom)] = told }
            return state.phase != phase
        }
        if over { told() }
    }

    /// Whoever was to be told need not be any more.
    func forget(_ whom: AnyObject) { _ = state.withLock { $0.waiting.removeValue(forKey: ObjectIdentifier(whom)) } }

    /// Whether a call failed because of a pause that was begun meanwhile: then it is made again afterwards.
    func explains(_ problem: Problem, since pauses: UInt64) -> Bool {
        problem.kind == FarthingError.pausedKind && self.pauses != pauses
    }
}
