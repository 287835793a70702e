internal import FarthingGenerated

/// Makes a generated call; what it throws becomes an error of ours.
func translated<Value>(_ call: () throws -> Value) throws(FarthingError) -> Value {
    do { return try call() } catch { throw FarthingError(generated: error) }
}

extension FarthingError {
    init(generated error: any Error) {
        guard let failure = error as? FarthingGenerated.Failure else {
            self = error is CancellationError ? .cancelled : error as? FarthingError ?? .misuse(.internal)
            return
        }
        let info = failure.info
        let problem = Problem(info)
        // Closing is the app's own doing, and the only one that it waits for.
        if info.kind == Self.closedKind {
            self = .closed(problem)
            return
        }
        self =
            switch info.fault {
            case .malformed: .unreadable(problem)
            case .peerMisbehaved: .misbehaved(problem)
            case .refusedByPolicy: .denied(problem)
            case .tryLater: .offline(problem)
            case .misuse: .misuse(problem)
            case .storage: .storage(problem)
            case .vault: .locked(problem)
            }
    }

    /// The kinds that this code itself looks at.
    private static let closedKind = "closed"
    static let pausedKind = "paused"
}

extension FarthingGenerated.Failure {
    var info: FarthingGenerated.FailureInfo {
        switch self {
        case .Failed(let info): info
        }
    }
}

extension Problem {
    /// A fault in the library itself. What it was doing may have been stored before.
    static let `internal` = Problem(
        code: 399, kind: "internal", sentence: "Something went wrong inside the wallet; a sync finds out what became of it.",
        moneyMoved: .unknown, retry: .later, action: .sync)

    init(_ info: FarthingGenerated.FailureInfo) {
        self.init(
            code: Int(info.code),
            kind: info.kind,
            sentence: info.text,
            moneyMoved: MoneyMoved(info.moneyMoved),
            retry: Retry(info.retry),
            action: Action(info.action),
            retryAfter: info.retryAfterS.map { .seconds(Int64($0)) })
    }
}

extension MoneyMoved {
    fileprivate init(_ native: FarthingGenerated.MoneyMoved) {
        self =
            switch native {
            case .no: .no
            case .yes: .yes
            case .unknown: .unknown
            }
    }
}

extension Retry {
    fileprivate init(_ native: FarthingGenerated.Retry) {
        self =
            switch native {
            case .never: .never
            case .now: .now
            case .later: .later
            case .afterAction: .afterAction
            }
    }
}

extension Action {
    fileprivate init(_ native: FarthingGenerated.Action) {
        self =
            switch native {
            case .none: .none
            case .correctInput: .correctInput
            case .confirmAgain: .confirmAgain
            case .sync: .sync
            case .unlock: .unlock
            case .askPayee: .askPayee
            case .askOperator: .askOperator
            case .addMoney: .addMoney
            case .fixStorage: .fixStorage
            case .update: .update
            case .restore: .restore
            case .enrol: .enrol
            }
    }
}
