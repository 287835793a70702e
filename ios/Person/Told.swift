import Farthing
import Foundation

// What a wallet says, as JSON: the same members and words in every language, by scenarios/README.md.

extension FarthingError {
    var told: JSON { .object(problem.told.merging(["class": .text(name)]) { $1 }) }

    private var name: String {
        switch self {
        case .unreadable: "unreadable"
        case .denied: "denied"
        case .misbehaved: "misbehaved"
        case .offline: "offline"
        case .locked: "locked"
        case .storage: "storage"
        case .misuse: "misuse"
        case .closed: "closed"
        case .cancelled: "cancelled"
        case .library: "library"
        }
    }
}

extension Problem {
    var told: Told {
        [
            "code": JSON(code), "kind": .text(kind), "sentence": .text(sentence), "moneyMoved": word(moneyMoved),
            "retry": word(retry), "action": word(action),
        ]
    }
}

/// The name of a case without values: `afterAction` is `after_action`.
func word(_ value: some Hashable) -> JSON {
    .text("\(value)".reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : "\($1)" })
}

extension Balance {
    var told: JSON {
        .object(["available": .text("\(available)"), "held": .text("\(held)"), "incoming": .text("\(incoming)")])
    }
}

extension Item {
    var told: JSON { .object(["name": .text(name), "amount": .text("\(amount)")]) }
}

extension Draft {
    var told: Told {
        [
            "id": .text(id.text),
            "payee": .object(payee.told),
            "amount": .text("\(amount)"), "fee": .text("\(fee)"), "total": .text("\(total)"),
            "requestMemo": JSON(requestMemo), "items": .list(items.map(\.told)), "memo": JSON(memo),
            "expires": .flag(expires != nil), "warnings": .list(warnings.map(\.told)),
        ]
    }
}

extension Payee {
    var told: Told {
        [
            "calledItself": JSON(calledItself), "contact": JSON(contact), "alias": JSON(alias), "trust": word(trust),
        ]
    }
}

extension Warning {
    var told: JSON {
        switch self {
        case .unverifiedPayee: "unverified_payee"
        case .expiresSoon: "expires_soon"
        }
    }
}

extension Payment {
    var told: Told {
        [
            "id": .text(id.text), "direction": word(direction), "state": word(state), "amount": .text("\(amount)"),
            "fee": JSON(fee?.description), "name": JSON(name), "alias": JSON(alias), "memo": JSON(memo),
            "items": .list(items.map(\.told)), "request": JSON(request?.text),
            "position": ledgerPosition.map { JSON($0) } ?? .null,
            "code": code.map { JSON($0) } ?? .null, "replacedBy": JSON(replacedBy?.text), "reason": JSON(reason),
            "lost": .flag(lost),
        ]
    }
}

extension Outcome {
    var told: Told {
        let (end, why): (JSON, Problem?) =
            switch self {
            case .settled: ("settled", nil)
            case .refused(_, let why): ("refused", why)
            case .unknown(_, let because): ("unknown", because)
            }
        return ["end": end, "payment": .object(payment.told), "why": why.map { .object($0.told) } ?? .null]
    }
}

extension Request {
    var told: Told {
        ["id": .text(id.text), "state": word(state), "link": .text(link), "payment": JSON(payment?.text)]
    }
}

extension Event {
    var told: Told {
        ["seq": JSON(seq.number)].merging(kind.told) { $1 }
    }
}

extension Event.Kind {
    /// By its stable name.
    fileprivate var told: Told {
        switch self {
        case .paymentAuthorised(let payment): ["name": "payment_authorised", "payment": .text(payment.text)]
        case .paymentSettled(let payment): ["name": "payment_settled", "payment": .text(payment.text)]
        case .paymentRefused(let payment, let code):
            ["name": "payment_refused", "payment": .text(payment.text), "code": JSON(code)]
        case .paymentExpired(let payment): ["name": "payment_expired", "payment": .text(payment.text)]
        case .received(let payment): ["name": "received", "payment": .text(payment.text)]
        case .issued(let payment): ["name": "issued", "payment": .text(payment.text)]
        case .requestOpen(let request): ["name": "request_open", "request": .text(request.text)]
        case .requestPaid(let request, let payment):
            ["name": "request_paid", "request": .text(request.text), "payment": .text(payment.text)]
        case .requestCancelled(let request): ["name": "request_cancelled", "request": .text(request.text)]
        case .requestFailed(let request, let code):
            ["name": "request_failed", "request": .text(request.text), "code": JSON(code)]
        case .contactMet(let contact): ["name": "contact_met", "contact": .text(contact.text)]
        case .contactVerified(let contact): ["name": "contact_verified", "contact": .text(contact.text)]
        case .tabOpened(let tab): ["name": "tab_opened", "tab": .text(tab.text)]
        case .tabChanged(let tab): ["name": "tab_changed", "tab": .text(tab.text)]
        case .tabClosed(let tab): ["name": "tab_closed", "tab": .text(tab.text)]
        case .tabClaimed(let tab): ["name": "tab_claimed", "tab": .text(tab.text)]
        case .tabEnded(let tab): ["name": "tab_ended", "tab": .text(tab.text)]
        case .tabRefused(let tab, let code): ["name": "tab_refused", "tab": .text(tab.text), "code": JSON(code)]
        case .voucherReceived(let tab): ["name": "voucher_received", "tab": .text(tab.text)]
        case .offerReceived(let offer, let contact):
            ["name": "offer_received", "offer": .text(offer.text), "contact": .text(contact.text)]
        case .other(let name, let payment, let contact, let device, let code, let tab, let offer):
            [
                "name": .text(name), "payment": JSON(payment?.text), "contact": JSON(contact?.text), "device": JSON(device),
                "code": code.map { JSON($0) } ?? .null, "tab": JSON(tab?.text), "offer": JSON(offer?.text),
            ]
        }
    }
}

extension Synced {
    var told: Told {
        [
            "resolved": .list(resolved.map { .text($0.text) }), "received": JSON(received), "messages": JSON(messages),
            "unfinished": JSON(unfinished),
        ]
    }
}

extension Status {
    var told: Told {
        [
            "verifier": .text(verifier), "url": .text(url), "account": .text(account), "device": .text(device),
            "alias": .text(alias), "name": JSON(name), "unfinished": JSON(unfinished), "historyLost": .flag(historyLost),
            "doubted": .flag(doubted), "copied": .flag(copied), "revoked": .flag(revoked),
        ]
    }
}

extension Contact {
    var told: Told {
        [
            "id": .text(id.text), "name": .text(name), "calledItself": JSON(calledItself), "alias": .text(alias),
            "verified": .flag(verified), "blocked": .flag(blocked),
        ]
    }
}

extension Connection {
    var told: Told { ["line": word(line), "trouble": trouble.map { .object($0.told) } ?? .null] }
}

extension Device {
    var told: Told {
        [
            "id": .text(id.text), "this": .flag(isThis), "active": .flag(active), "pays": .flag(pays),
            "administers": .flag(administers), "perOrder": .list(perOrder.map { .text("\($0)") }),
            "perDay": .list(perDay.map { .text("\($0)") }), "expires": .flag(expires != nil),
        ]
    }
}

extension Note {
    var told: Told { ["id": .text(id.text), "state": word(state), "text": JSON(text)] }
}

extension Loss {
    var told: Told {
        [
            "payments": .list(payments.map { .object($0.told) }),
            "owed": .list(owed.map { .object(["received": .text("\($0.received)"), "paid": .text("\($0.paid)")]) }),
        ]
    }
}
