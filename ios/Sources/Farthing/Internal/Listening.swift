internal import FarthingGenerated

/// One iteration over a wallet's events, a page at a time. It keeps the wallet current for as long as it lives.
actor Listening {
    private let native: FarthingGenerated.Wallet
    private let pausing: Pausing
    private var watch: FarthingGenerated.Watch?
    private var cursor: EventSeq
    private var page: ArraySlice<Event> = []
    private var closed = false

    init(_ native: FarthingGenerated.Wallet, pausing: Pausing, after position: EventSeq) {
        self.native = native
        self.pausing = pausing
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
        let pauses = pausing.begun
        do {
            try await pausing.over()
            if watch == nil { watch = try await awaited { [native] in try await native.watch() } }
            let found = try await awaited { [native, cursor] in
                try await native.events(after: cursor.number, limit: Self.pageMax, waitMs: Self.waitMs).map(\.crossed)
            }
            page.append(contentsOf: found.filter { $0.seq > cursor })
            cursor = max(cursor, found.last?.seq ?? cursor)
        } catch .closed {
            watch = nil
            closed = true
        } catch .storage(let problem) where problem.kind == FarthingError.pausedKind && pausing.begun != pauses {
            // Paused just now: the next turn waits for the end of it.
        } catch {
            throw error
        }
    }

    private static let pageMax: UInt32 = 100
    private static let waitMs: UInt64 = 30_000
}
