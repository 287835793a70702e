import Farthing
import Foundation

/// Without network.
extension Phone {
    func allowing(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "offline_allow":
            let (cap, each) = (try call.text("cap"), try call.textOrNil("perPayment"))
            let (lasts, grace) = (try call.numberOrNil("lastsS") ?? 7 * 86_400, try call.numberOrNil("graceS") ?? 3 * 86_400)
            try call.done()
            let terms = AllowanceTerms(
                cap: try await wallet.parseMoney(cap), perPayment: try await money(each), lasts: .seconds(lasts),
                grace: .seconds(grace))
            return try await wallet.offline.prepare(terms).told
        case "offline_discard":
            let draft = try call.text("draft")
            try call.done()
            try await wallet.offline.discard(AllowanceDraftID(draft))
            return [:]
        case "offline_confirm":
            let draft = try call.text("draft")
            try call.done()
            return try await wallet.offline.confirm(wallet.offline.draft(AllowanceDraftID(draft))).told
        case "offline_outcome":
            let (allowance, wait) = (try call.text("allowance"), try call.wait())
            try call.done()
            return try await wallet.offline.outcome(of: AllowanceID(allowance), wait: wait).told
        case "offline_revoke":
            let allowance = try call.text("allowance")
            try call.done()
            return try await wallet.offline.revoke(AllowanceID(allowance)).told
        case "offline_allowances":
            let limit = try call.numberOrNil("limit")
            try call.done()
            let found = try await wallet.offline.allowances(limit: limit.map(Int.init) ?? 50)
            return ["allowances": .list(found.map { .object($0.told) })]
        case "offline_payments":
            let allowance = try call.text("allowance")
            try call.done()
            let made = try await wallet.offline.payments(from: AllowanceID(allowance))
            return ["payments": .list(made.map { .object($0.told) })]
        default: return nil
        }
    }

    func withoutNetwork(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "offline_look":
            let (text, from) = (try call.text("text"), try call.textOrNil("from"))
            try call.done()
            return switch try await wallet.offline.look(text, from: from.map(AllowanceID.init)) {
            case .again(let payment): ["payment": .object(payment.told), "prompt": .null]
            case .new(let prompt): ["payment": .null, "prompt": .object(prompt.told)]
            }
        case "offline_pay":
            let (text, from) = (try call.text("text"), try call.textOrNil("from"))
            try call.done()
            switch try await wallet.offline.look(text, from: from.map(AllowanceID.init)) {
            case .again(let payment): return payment.told
            case .new(let prompt): return try await wallet.offline.pay(prompt).told
            }
        case "offline_ask":
            let (amount, memo) = (try call.text("amount"), try call.textOrNil("memo"))
            let expires = try call.numberOrNil("expiresS") ?? 900
            try call.done()
            let terms = OfflineTerms(amount: try await wallet.parseMoney(amount), memo: memo, expires: .seconds(expires))
            return try await wallet.offline.ask(terms).told
        case "offline_asked":
            let request = try call.text("request")
            try call.done()
            return try await wallet.offline.asked(OfflineRequestID(request)).told
        case "offline_examine":
            let text = try call.text("text")
            try call.done()
            return switch try await wallet.offline.examine(text) {
            case .taken(let payment): ["taken": .object(payment.told), "offer": .null]
            case .good(let offer): ["taken": .null, "offer": .object(offer.told)]
            }
        case "offline_take":
            let text = try call.text("text")
            try call.done()
            switch try await wallet.offline.examine(text) {
            case .taken(let payment): return payment.told
            case .good(let offer): return try await wallet.offline.take(offer).told
            }
        case "offline_claim":
            try call.done()
            return try await wallet.offline.claim().told
        case "offline_taken":
            let limit = try call.numberOrNil("limit")
            try call.done()
            let found = try await wallet.offline.taken(limit: limit.map(Int.init) ?? 50)
            return ["taken": .list(found.map { .object($0.told) })]
        default: return nil
        }
    }

    func showing(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "offline_unsettled":
            try call.done()
            let found = try await wallet.offline.unsettled()
            return [
                "unsettled": .list(
                    found.map { .object(["amount": .text("\($0.amount)"), "arrived": .text("\($0.arrived)")]) })
            ]
        case "offline_limit":
            let most = try call.textOrNil("most")
            try call.done()
            if let most = try await money(most) { try await wallet.offline.setLossLimit(most) }
            return ["limits": .list(try await wallet.offline.lossLimits().map { .text("\($0)") })]
        case "offline_codes":
            let text = try call.text("text")
            try call.done()
            return ["codes": .list(try Farthing.shownCodes(text).map(JSON.text))]
        case "offline_film":
            let codes = try call.texts("codes")
            try call.done()
            return try film(codes)
        default: return nil
        }
    }

    /// What a camera makes of codes.
    private func film(_ codes: [String]) throws -> Told {
        let camera = try CodeCollector()
        var (known, all) = (0, 0)
        for code in codes {
            switch try camera.add(code) {
            case .missing(let have, let of): (known, all) = (have, of)
            case .whole(let text): return ["text": .text(text), "have": .null, "of": .null]
            }
        }
        return ["text": .null, "have": JSON(known), "of": JSON(all)]
    }

    func carrying(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "carried_whole":
            let request = try call.text("request")
            try call.done()
            return ["text": .text(try await wallet.carried.whole(RequestID(request)))]
        case "carried_prepare":
            let (request, amount, memo) = (try call.text("request"), try call.textOrNil("amount"), try call.textOrNil("memo"))
            try call.done()
            return try await wallet.carried.prepare(request, amount: money(amount), memo: memo).told
        case "carried_confirm":
            let draft = try call.text("draft")
            try call.done()
            return try await wallet.carried.confirm(wallet.draft(DraftID(draft))).told
        case "carried_show":
            let payment = try call.text("payment")
            try call.done()
            return try await wallet.carried.payment(PaymentID(payment)).told
        case "carried_post":
            let order = try call.text("order")
            try call.done()
            return try await wallet.carried.post(order).told
        case "carried_answer":
            let answer = try call.text("answer")
            try call.done()
            return try await wallet.carried.take(answer).told
        default: return nil
        }
    }
}

extension OfflineQuestion {
    /// What is asked without network.
    var told: Told {
        switch self {
        case .allow(let draft): draft.told
        case .pay(let prompt): prompt.told
        case .take(let offer): offer.told
        }
    }
}

extension AllowanceDraft {
    fileprivate var told: Told {
        [
            "id": .text(id.text), "cap": .text("\(cap)"), "perPayment": .text("\(perPayment)"), "fee": .text("\(fee)"),
            "setAside": .text("\(setAside)"), "atStake": .text("\(atStake)"), "lastsS": JSON(lasts.components.seconds),
            "graceS": JSON(grace.components.seconds),
        ]
    }
}

extension AllowanceEnd {
    fileprivate var told: Told {
        [
            "claimed": .text("\(claimed)"), "fromBalance": .text("\(fromBalance)"), "unpaid": .text("\(unpaid)"),
            "contradicts": .flag(contradicts),
        ]
    }
}

extension Allowance {
    fileprivate var told: Told {
        [
            "id": .text(id.text), "state": word(state), "cap": .text("\(cap)"), "perPayment": .text("\(perPayment)"),
            "spent": .text("\(spent)"), "left": .text("\(left)"), "frozen": .flag(frozen),
            "end": end.map { .object($0.told) } ?? .null, "code": code.map { JSON($0) } ?? .null,
        ]
    }
}

extension AllowanceOutcome {
    fileprivate var told: Told {
        let (end, why): (JSON, Problem?) =
            switch self {
            case .done: ("done", nil)
            case .refused(_, let why): ("refused", why)
            case .unknown(_, let because): ("unknown", because)
            }
        return ["end": end, "allowance": .object(allowance.told), "why": why.map { .object($0.told) } ?? .null]
    }
}

extension OfflineRequest {
    fileprivate var told: Told { ["id": .text(id.text), "amount": .text("\(amount)"), "text": .text(text)] }
}

extension OfflinePrompt {
    fileprivate var told: Told {
        [
            "amount": .text("\(amount)"), "calledItself": JSON(calledItself), "memo": JSON(memo),
            "items": .list(items.map(\.told)), "allowance": .text(allowance.text), "left": .text("\(left)"),
            "paidLately": .flag(paidLately != nil),
        ]
    }
}

extension OfflinePayment {
    fileprivate var told: Told {
        ["allowance": .text(allowance.text), "number": JSON(number), "amount": .text("\(amount)"), "text": .text(text)]
    }
}

extension PaidOffline {
    fileprivate var told: Told {
        ["number": JSON(number), "amount": .text("\(amount)"), "calledItself": JSON(calledItself), "memo": JSON(memo)]
    }
}

extension OfflineOffer {
    fileprivate var told: Told {
        [
            "amount": .text("\(amount)"), "memo": JSON(memo), "items": .list(items.map(\.told)),
            "couldLose": .text("\(couldLose.all)"), "ofPayer": .text("\(couldLose.ofPayer)"),
            "limit": .text("\(couldLose.limit)"), "listed": .flag(listOf != nil),
        ]
    }
}

extension TakenPayment {
    fileprivate var told: Told {
        [
            "id": .text(id.text), "state": word(state), "amount": .text("\(amount)"), "guaranteed": .text("\(guaranteed)"),
            "received": JSON(received?.description), "contradicts": .flag(contradicts), "allowance": .text(allowance.text),
            "memo": JSON(memo), "items": .list(items.map(\.told)), "code": code.map { JSON($0) } ?? .null,
        ]
    }
}

extension ClaimedOffline {
    fileprivate var told: Told {
        [
            "claimed": .list(claimed.map { .object($0.told) }),
            "refused": .list(refused.map { .object(["payment": .object($0.key.told), "why": .object($0.value.told)]) }),
        ]
    }
}

extension CarriedPayment {
    fileprivate var told: Told { ["payment": .object(payment.told), "text": .text(text)] }
}

extension CarriedReply {
    fileprivate var told: Told {
        switch self {
        case .paid(let amount, let toUs, let answer):
            ["end": "paid", "amount": .text("\(amount)"), "toUs": .flag(toUs), "why": .null, "answer": JSON(answer)]
        case .refused(let why, let answer):
            ["end": "refused", "amount": .null, "toUs": false, "why": .object(why.told), "answer": JSON(answer)]
        }
    }
}
