/// The waiting of one task for one answer. It is answered once: by the work, or by the cancellation, whichever comes first.
final class Waiting<Value: Sendable>: Sendable {
    typealias Answer = Result<Value, FarthingError>

    private enum State {
        case nobody
        case somebody(CheckedContinuation<Answer, Never>)
        case answered(Answer)
    }

    private let state = Guarded(State.nobody)

    /// Waits; `begin` is called when there is something to wait for, and not when the task was cancelled before.
    func answer(begin: () -> Void) async throws(FarthingError) -> Value {
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

/// Makes a generated call. Cancelling the task ends the waiting at once, in the library too: what only waits there is over, and
/// what was begun goes on. A wallet that comes of it then is closed by the library.
func awaited<Value: Sendable>(_ call: @Sendable () async throws -> Value) async throws(FarthingError) -> Value {
    guard !Task.isCancelled else { throw .cancelled }
    do { return try await call() } catch { throw FarthingError(generated: error) }
}

/// Makes generated calls with what belongs to them: all of it is done to its end, whether or not somebody waits.
func completed<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws(FarthingError) -> Value {
    let waiting = Waiting<Value>()
    return try await waiting.answer {
        Task.detached(priority: Task.currentPriority) {
            do {
                waiting.give(.success(try await work()))
            } catch {
                waiting.give(.failure(FarthingError(generated: error)))
            }
        }
    }
}
