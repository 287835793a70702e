internal import FarthingGenerated

/// One iteration over a wallet's events, a page at a time. It keeps the wallet current for as long as it lives.
actor Listening {
    private let native: FarthingGenerated.Wallet
    private let life: Life
    private var watch: FarthingGenerated.Watch?
    private var cursor: EventSeq
    private var page: ArraySlice<Event> = []
    private var closed = false

    init(_ native: FarthingGenerated.Wallet, life: Life, after position: EventSeq) {
        self.native = native
        self.life = life
        cursor = position
    }

    /// Waits for the next event; nil when the wallet was closed.
    func next() async throws(FarthingError) -> Event? {
        while page.isEmpty, !closed {
            // Another iteration may still use the iterator while this one waits: what comes is taken only once.
            try await fetch()
        }
        guard let event = page.popFirst() else { return nil }
        return event
    }

    /// Fetches a page, which is empty when nothing happened for long.
    private func fetch() async throws(FarthingError) {
        let pauses = life.pauses
        do {
            try await life.goesOn()
            if watch == nil { watch = try await awaited { [native] in try await native.watch() } }
            let found = try await awaited { [native, cursor] in
                try await native.events(after: cursor.number, limit: Self.pageMax, waitMs: Self.waitMs).map(\.crossed)
            }
            page.append(contentsOf: found.filter { $0.seq > cursor })
            cursor = max(cursor, found.last?.seq ?? cursor)
        } catch .closed {
            watch = nil
            closed = true
        } catch .storage(let problem) where life.explains(problem, since: pauses) {
            // Paused just now: the next turn waits for the end of it.
        } catch {
            throw error
        }
    }

    private static let pageMax: UInt32 = 100
    private static let waitMs: UInt64 = 30_000
}

/// One iteration over what becomes of a request of ours.
actor RequestListening {
    private let native: FarthingGenerated.Wallet
    private let life: Life
    private let id: RequestID
    private var watch: FarthingGenerated.Watch?
    private var known: FarthingGenerated.RequestState?
    private var over = false

    init(_ native: FarthingGenerated.Wallet, life: Life, id: RequestID) {
        self.native = native
        self.life = life
        self.id = id
    }

    /// Waits for another state; nil after the last one that there can be.
    func next() async throws(FarthingError) -> Request? {
        while !over {
            if let found = try await fetch(), found.state != known {
                known = found.state
                over = !found.state.canChange
                if over { watch = nil }
                return found.crossed
            }
        }
        return nil
    }

    private func fetch() async throws(FarthingError) -> FarthingGenerated.Request? {
        let pauses = life.pauses
        do {
            try await life.goesOn()
            if watch == nil { watch = try await awaited { [native] in try await native.watch() } }
            return try await awaited { [native, id, known] in
                try await native.requestState(id: id.text, known: known, waitMs: Self.waitMs)
            }
        } catch .storage(let problem) where life.explains(problem, since: pauses) {
            return nil
        } catch {
            throw error
        }
    }

    private static let waitMs: UInt64 = 30_000
}

extension FarthingGenerated.RequestState {
    fileprivate var canChange: Bool {
        switch self {
        case .binding, .open, .cancelling: true
        case .paid, .cancelled, .failed: false
        }
    }
}

/// One iteration over how a wallet stands to its verifier. It keeps the wallet current for as long as it lives.
actor LineListening {
    private enum Heard: Sendable {
        case connection(FarthingGenerated.Connection)
        /// The wallet was paused, or closed.
        case phase
    }

    private let native: FarthingGenerated.Wallet
    private let life: Life
    private var watch: FarthingGenerated.Watch?
    private var known: FarthingGenerated.Connection?
    private var saidPaused = false

    init(_ native: FarthingGenerated.Wallet, life: Life) {
        self.native = native
        self.life = life
    }

    /// Waits for a change; nil when the wallet was closed.
    func next() async throws(FarthingError) -> Connection? {
        while true {
            switch life.phase {
            case .closed:
                watch = nil
                return nil
            case .paused where saidPaused:
                try await life.goesOn()
            case .paused:
                // What is heard after it is told in any case.
                (watch, known, saidPaused) = (nil, nil, true)
                return Connection(line: .paused)
            case .open:
                guard let found = try await fetch(), found != known else { continue }
                (known, saidPaused) = (found, false)
                return found.crossed
            }
        }
    }

    /// What there is other than what is known; nil when the wallet's life has changed instead.
    private func fetch() async throws(FarthingError) -> FarthingGenerated.Connection? {
        let pauses = life.pauses
        do {
            let watching: FarthingGenerated.Watch
            if let watch { watching = watch } else { watching = try await awaited { [native] in try await native.watch() } }
            watch = watching
            guard case .connection(let found) = try await heard(watching) else { return nil }
            return found
        } catch .closed {
            life.become(.closed)
            return nil
        } catch .storage(let problem) where life.explains(problem, since: pauses) {
            return nil
        } catch {
            throw error
        }
    }

    private func heard(_ watching: FarthingGenerated.Watch) async throws(FarthingError) -> Heard {
        let waiting = Waiting<Heard>()
        let listening = Guarded<Task<Void, Never>?>(nil)
        defer {
            life.forget(waiting)
            listening.withLock { $0?.cancel() }
        }
        return try await waiting.answer { [life, known] in
            life.tell(waiting, after: .open) { waiting.give(.success(.phase)) }
            let call = Task.detached(priority: Task.currentPriority) {
                do {
                    let found = try await watching.connection(known: known, waitMs: Self.waitMs)
                    waiting.give(.success(.connection(found)))
                } catch {
                    waiting.give(.failure(FarthingError(generated: error)))
                }
            }
            listening.withLock { $0 = call }
        }
    }

    private static let waitMs: UInt64 = 30_000
}
