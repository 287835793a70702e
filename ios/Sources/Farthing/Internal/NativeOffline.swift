internal import FarthingGenerated
import Foundation

struct NativeOffline: Offline {
    let native: FarthingGenerated.Wallet

    func prepare(_ terms: AllowanceTerms) async throws(FarthingError) -> AllowanceDraft {
        try await awaited { [native] in try await native.prepareAllowance(terms: terms.native).crossed }
    }

    func draft(_ id: AllowanceDraftID) async throws(FarthingError) -> AllowanceDraft {
        try await awaited { [native] in try await native.allowanceDraft(id: id.text).crossed }
    }

    func discard(_ id: AllowanceDraftID) async throws(FarthingError) {
        try await awaited { [native] in try await native.discardAllowance(id: id.text) }
    }

    func confirm(_ draft: AllowanceDraft) async throws(FarthingError) -> Allowance {
        try await awaited { [native] in try await native.confirmAllowance(id: draft.id.text, shown: draft.shown).crossed }
    }

    func outcome(of allowance: AllowanceID, wait: Duration) async throws(FarthingError) -> AllowanceOutcome {
        try await awaited { [native] in try await native.allowanceOutcome(id: allowance.text, waitMs: wait.ms).crossed }
    }

    func revoke(_ allowance: AllowanceID) async throws(FarthingError) -> AllowanceOutcome {
        try await awaited { [native] in try await native.revokeAllowance(id: allowance.text).crossed }
    }

    func allowances(limit: Int) async throws(FarthingError) -> [Allowance] {
        try await awaited { [native] in try await native.allowances(limit: UInt32(clamping: limit)).map(\.crossed) }
    }

    func allowance(_ id: AllowanceID) async throws(FarthingError) -> Allowance {
        try await awaited { [native] in try await native.allowance(id: id.text).crossed }
    }

    func payments(from allowance: AllowanceID) async throws(FarthingError) -> [PaidOffline] {
        try await awaited { [native] in try await native.allowancePayments(id: allowance.text).map(\.crossed) }
    }

    func look(_ shown: String, from allowance: AllowanceID?) async throws(FarthingError) -> OfflineLook {
        try await awaited { [native] in try await native.lookOffline(shown: shown, from: allowance?.text).crossed }
    }

    func pay(_ prompt: OfflinePrompt) async throws(FarthingError) -> OfflinePayment {
        try await awaited { [native] in
            try await native.payOffline(
                request: prompt.request, allowance: prompt.allowance.text, shown: prompt.shown
            ).crossed
        }
    }

    func ask(_ terms: OfflineTerms) async throws(FarthingError) -> OfflineRequest {
        try await awaited { [native] in try await native.askOffline(terms: terms.native).crossed }
    }

    func asked(_ id: OfflineRequestID) async throws(FarthingError) -> OfflineRequest {
        try await awaited { [native] in try await native.askedOffline(id: id.text).crossed }
    }

    func examine(_ shown: String) async throws(FarthingError) -> OfflineExamined {
        try await awaited { [native] in try await native.examineOffline(shown: shown).crossed }
    }

    func take(_ offer: OfflineOffer) async throws(FarthingError) -> TakenPayment {
        try await awaited { [native] in try await native.takeOffline(payment: offer.payment, shown: offer.shown).crossed }
    }

    func claim() async throws(FarthingError) -> ClaimedOffline {
        try await awaited { [native] in try await native.claimOffline().crossed }
    }

    func taken(limit: Int) async throws(FarthingError) -> [TakenPayment] {
        try await awaited { [native] in try await native.takenOffline(limit: UInt32(clamping: limit)).map(\.crossed) }
    }

    func taken(_ id: TakenID) async throws(FarthingError) -> TakenPayment {
        try await awaited { [native] in try await native.takenPayment(id: id.text).crossed }
    }

    func unsettled() async throws(FarthingError) -> [Unsettled] {
        try await awaited { [native] in
            try await native.unsettledOffline().map { Unsettled(amount: $0.amount.crossed, arrived: $0.arrived.crossed) }
        }
    }

    func lossLimits() async throws(FarthingError) -> [Money] {
        try await awaited { [native] in try await native.lossLimits().map(\.crossed) }
    }

    func setLossLimit(_ most: Money) async throws(FarthingError) {
        try await awaited { [native] in try await native.setLossLimit(most: most.native) }
    }
}

struct NativeCarried: Carried {
    let native: FarthingGenerated.Wallet

    func whole(_ request: RequestID) async throws(FarthingError) -> String {
        try await awaited { [native] in try await native.wholeRequest(id: request.text) }
    }

    func prepare(_ request: String, amount: Money?, memo: String?) async throws(FarthingError) -> Draft {
        try await awaited { [native] in
            try await native.prepareWhole(request: request, amount: amount?.native, memo: memo).crossed
        }
    }

    func confirm(_ draft: Draft) async throws(FarthingError) -> CarriedPayment {
        try await awaited { [native] in try await native.confirmCarried(id: draft.id.text, shown: draft.shown).crossed }
    }

    func payment(_ id: PaymentID) async throws(FarthingError) -> CarriedPayment {
        try await awaited { [native] in try await native.carriedPayment(id: id.text).crossed }
    }

    func post(_ order: String) async throws(FarthingError) -> CarriedReply {
        try await awaited { [native] in try await native.carry(order: order).crossed }
    }

    func take(_ answer: String) async throws(FarthingError) -> Outcome {
        try await awaited { [native] in try await native.takeAnswer(answer: answer).crossed }
    }
}

extension AllowanceTerms {
    fileprivate var native: FarthingGenerated.AllowanceTerms {
        .init(cap: cap.native, perPayment: perPayment?.native, lastsMs: lasts.span, graceMs: grace.span)
    }
}

extension OfflineTerms {
    fileprivate var native: FarthingGenerated.OfflineTerms {
        .init(amount: amount.native, memo: memo, items: items.map(\.native), lifeMs: expires.span)
    }
}

extension FarthingGenerated.AllowanceDraft {
    fileprivate var crossed: AllowanceDraft {
        AllowanceDraft(
            id: AllowanceDraftID(id), cap: cap.crossed, perPayment: perPayment.crossed, fee: fee.crossed,
            setAside: setAside.crossed, atStake: atStake.crossed, lasts: Duration(ms: lastsMs), grace: Duration(ms: graceMs),
            shown: shown)
    }
}

extension FarthingGenerated.AllowanceState {
    fileprivate var crossed: AllowanceState {
        switch self {
        case .ordering: .ordering
        case .open: .open
        case .revoked: .revoked
        case .settled: .settled
        case .refused: .refused
        case .lost: .lost
        }
    }
}

extension FarthingGenerated.AllowanceEnd {
    fileprivate var crossed: AllowanceEnd {
        AllowanceEnd(
            claimed: claimed.crossed, fromBalance: fromBalance.crossed, unpaid: unpaid.crossed, contradicts: contradicts)
    }
}

extension FarthingGenerated.Allowance {
    fileprivate var crossed: Allowance {
        Allowance(
            id: AllowanceID(id), state: state.crossed, cap: cap.crossed, perPayment: perPayment.crossed, spent: spent.crossed,
            left: left.crossed, spendUntil: Date(ms: spendUntilMs), claimUntil: Date(ms: claimUntilMs), frozen: frozen,
            end: end?.crossed, at: Date(ms: atMs), code: code.map(Int.init))
    }
}

extension FarthingGenerated.AllowanceOutcome {
    fileprivate var crossed: AllowanceOutcome {
        switch self {
        case .done(let allowance): .done(allowance.crossed)
        case .refused(let allowance, let why): .refused(allowance.crossed, why: Problem(why))
        case .unknown(let allowance, let because): .unknown(allowance.crossed, because: Problem(because))
        }
    }
}

extension FarthingGenerated.PaidOffline {
    fileprivate var crossed: PaidOffline {
        PaidOffline(number: number, amount: amount.crossed, calledItself: payeeName, memo: memo, at: Date(ms: atMs))
    }
}

extension FarthingGenerated.OfflineRequest {
    fileprivate var crossed: OfflineRequest {
        OfflineRequest(id: OfflineRequestID(id), amount: amount.crossed, expires: Date(ms: expiresMs), text: text)
    }
}

extension FarthingGenerated.OfflinePrompt {
    fileprivate var crossed: OfflinePrompt {
        OfflinePrompt(
            request: request, amount: amount.crossed, calledItself: payeeName, memo: memo, items: items.map(\.crossed),
            allowance: AllowanceID(allowance), left: left.crossed, expires: Date(ms: expiresMs),
            paidLately: paidLatelyMs.map(Date.init(ms:)), shown: shown)
    }
}

extension FarthingGenerated.OfflinePayment {
    fileprivate var crossed: OfflinePayment {
        OfflinePayment(allowance: AllowanceID(allowance), number: number, amount: amount.crossed, text: text)
    }
}

extension FarthingGenerated.OfflineLook {
    fileprivate var crossed: OfflineLook {
        switch self {
        case .again(let payment): .again(payment.crossed)
        case .new(let prompt): .new(prompt.crossed)
        }
    }
}

extension FarthingGenerated.OfflineOffer {
    fileprivate var crossed: OfflineOffer {
        let lose = CouldLose(all: couldLose.all.crossed, ofPayer: couldLose.ofPayer.crossed, limit: couldLose.limit.crossed)
        return OfflineOffer(
            payment: payment, amount: amount.crossed, memo: memo, items: items.map(\.crossed), couldLose: lose,
            claimUntil: Date(ms: claimUntilMs), listOf: listOfMs.map(Date.init(ms:)), shown: shown)
    }
}

extension FarthingGenerated.TakenState {
    fileprivate var crossed: TakenState {
        switch self {
        case .taken: .taken
        case .claimed: .claimed
        case .settled: .settled
        case .refused: .refused
        }
    }
}

extension FarthingGenerated.TakenPayment {
    fileprivate var crossed: TakenPayment {
        TakenPayment(
            id: TakenID(id), state: state.crossed, amount: amount.crossed, guaranteed: guaranteed.crossed,
            received: received?.crossed, contradicts: contradicts, allowance: AllowanceID(allowance),
            claimUntil: claimUntilMs.map(Date.init(ms:)), memo: memo, items: items.map(\.crossed), at: Date(ms: atMs),
            code: code.map(Int.init))
    }
}

extension FarthingGenerated.OfflineExamined {
    fileprivate var crossed: OfflineExamined {
        switch self {
        case .taken(let payment): .taken(payment.crossed)
        case .good(let offer): .good(offer.crossed)
        }
    }
}

extension FarthingGenerated.ClaimedOffline {
    fileprivate var crossed: ClaimedOffline {
        let refused = refused.map { ($0.payment.crossed, Problem($0.why)) }
        return ClaimedOffline(claimed: claimed.map(\.crossed), refused: Dictionary(refused) { $1 })
    }
}

extension FarthingGenerated.CarriedPayment {
    fileprivate var crossed: CarriedPayment { CarriedPayment(payment: payment.crossed, text: text) }
}

extension FarthingGenerated.CarriedReply {
    fileprivate var crossed: CarriedReply {
        switch self {
        case .paid(let amount, let toUs, let answer): .paid(amount.crossed, toUs: toUs, answer: answer)
        case .refused(let why, let answer): .refused(why: Problem(why), answer: answer)
        }
    }
}

extension FarthingGenerated.OfflineQuestion {
    var crossed: OfflineQuestion {
        switch self {
        case .allow(let draft): .allow(draft.crossed)
        case .pay(let prompt): .pay(prompt.crossed)
        case .take(let offer): .take(offer.crossed)
        }
    }
}
