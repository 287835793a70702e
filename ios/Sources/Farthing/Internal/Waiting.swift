/// The waiting of one task for one answer. Generated calls do not notice that their task was cancelled; whoever waits by this
/// does. It is answered once: by the work, or by the cancellation, whichever comes first.
final class Waiting<Value: Sendable>: Sendable {
    typealias Answer = Result<Value, FarthingError>

    private enum State {
        case nobody
        case somebody(CheckedContinuation<Answer, Never>)
        case answered(Answer)
    }

    private let state = Guarded(State.nobody)

    /// Waits; `begin` is called when there is something to wait for, and not when the task was cancelled before. `dropped` is
    /// called when nobody waits any more.
    func answer(
        begin: () -> Void, dropped: @Sendable () -> Void = {}
    ) async throws(FarthingError) -> Value {
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known: Answer? = state.withLock { state in
                    if case .answered(let answer) = state { return answer }
                    state = .somebody(continuation)
                    return nil
                }
                if let known { continuation.resume(returning: known) } else { begin() }
            }
        } onCancel: {
            give(.failure(.cancelled))
            dropped()
        }
        return try answer.get()
    }

    /// Gives the answer; false when another one was given before.
    @discardableResult
    func give(_ answer: Answer) -> Bool {
        let (first, waiting) = state.withLock { state -> (Bool, CheckedContinuation<Answer, Never>?) in
            defer { if case .answered = state {} else { state = .answered(answer) } }
            switch state {
            case .nobody: return (true, nil)
            case .somebody(let continuation): return (true, continuation)
            case .answered: return (false, nil)
            }
        }
        waiting?.resume(returning: answer)
        return first
    }
}

/// Makes a generated call that waits. Cancelling the task ends the waiting at once, and not the call; what it brings then goes
/// to `orphaned`. `dropped` is told of the cancellation.
func awaited<Value: Sendable>(
    _ call: @escaping @Sendable () async throws -> Value,
    orphaned: @escaping @Sendable (Value) async -> Void = { _ in },
    dropped: @Sendable () -> Void = {}
) async throws(FarthingError) -> Value {
    let waiting = Waiting<Value>()
    return try await waiting.answer(
        begin: {
            Task.detached(priority: Task.currentPriority) {
                do {
                    let value = try await call()
                    if !waiting.give(.success(value)) { await orphaned(value) }
                } catch {
                    waiting.give(.failure(FarthingError(generated: error)))
                }
            }
        }, dropped: dropped)
}
