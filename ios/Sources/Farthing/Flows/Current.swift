/// A state that many may watch. Each of them gets the present one, and then those that follow; who is slow misses the ones
/// between, as a screen may.
final class Current<State: Sendable & Equatable>: Sendable {
    private struct Watched {
        var state: State
        var next = 0
        var watchers: [Int: AsyncStream<State>.Continuation] = [:]
    }

    private let watched: Guarded<Watched>

    init(_ state: State) { watched = Guarded(Watched(state: state)) }

    var state: State { watched.withLock { $0.state } }

    func become(_ state: State) {
        watched.withLock { watched in
            guard watched.state != state else { return }
            watched.state = state
            for watcher in watched.watchers.values { watcher.yield(state) }
        }
    }

    func states() -> AsyncStream<State> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { watcher in
            let key = watched.withLock { watched in
                watcher.yield(watched.state)
                watched.next += 1
                watched.watchers[watched.next] = watcher
                return watched.next
            }
            watcher.onTermination = { [watched] _ in _ = watched.withLock { $0.watchers.removeValue(forKey: key) } }
        }
    }

    deinit {
        for watcher in watched.withLock({ $0.watchers.values }) { watcher.finish() }
    }
}
