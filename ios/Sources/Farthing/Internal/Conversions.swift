internal import FarthingGenerated
import Foundation

extension Date {
    init(ms: UInt64) { self.init(timeIntervalSince1970: Double(ms) / 1000) }
}

extension Duration {
    /// What Rust takes: whole milliseconds, from none to a day. Who waits longer asks again.
    var ms: UInt64 {
        let (seconds, attoseconds) = components
        if seconds >= 86_400 { return 86_400_000 }
        if seconds < 0 || attoseconds < 0 { return 0 }
        return UInt64(seconds) * 1000 + UInt64(attoseconds / 1_000_000_000_000_000)
    }
}

extension FarthingGenerated.Money {
    var crossed: Money { Money(trusted: value, code: code, scale: Int(scale)) }
}

extension Money {
    var native: FarthingGenerated.Money { .init(value: units, code: code, scale: UInt8(clamping: scale), text: description) }
}

extension FarthingGenerated.Item {
    var crossed: Item { Item(name, amount.crossed) }
}

extension Item {
    var native: FarthingGenerated.Item { .init(name: name, amount: amount.native) }
}

extension FarthingGenerated.Balance {
    var crossed: Balance { Balance(available: available.crossed, held: held.crossed, incoming: incoming.crossed) }
}

extension FarthingGenerated.Trust {
    var crossed: Trust {
        switch self {
        case .request: .request
        case .unverifiedAlias: .unverifiedAlias
        case .knownAlias: .knownAlias
        case .metContact: .metContact
        case .verifiedContact: .verifiedContact
        }
    }
}

extension FarthingGenerated.Warning {
    var crossed: Warning {
        switch self {
        case .unverifiedPayee: .unverifiedPayee
        case .expiresSoon(let seconds): .expiresSoon(.seconds(Int64(clamping: seconds)))
        }
    }
}

extension FarthingGenerated.Draft {
    var crossed: Draft {
        Draft(
            id: DraftID(id),
            payee: Payee(calledItself: payeeName, contact: contact, alias: alias, trust: trust.crossed),
            amount: amount.crossed,
            fee: fee.crossed,
            total: total.crossed,
            requestMemo: requestMemo,
            items: items.map(\.crossed),
            memo: memo,
            expires: expiresMs.map(Date.init(ms:)),
            warnings: warnings.map(\.crossed),
            shown: shown)
    }
}

extension FarthingGenerated.Payment {
    var crossed: Payment {
        Payment(
            id: PaymentID(id),
            direction: direction.crossed,
            state: state.crossed,
            amount: amount.crossed,
            fee: fee?.crossed,
            name: name,
            alias: alias,
            memo: memo,
            items: items.map(\.crossed),
            request: request.map(RequestID.init),
            at: Date(ms: atMs),
            ledgerPosition: seq,
            code: code.map(Int.init),
            replacedBy: replacedBy.map(DraftID.init),
            reason: reason,
            lost: lost)
    }
}

extension FarthingGenerated.Direction {
    fileprivate var crossed: Direction {
        switch self {
        case .out: .out
        case .in: .in
        case .issue: .issue
        }
    }
}

extension FarthingGenerated.PaymentState {
    fileprivate var crossed: PaymentState {
        switch self {
        case .draft: .draft
        case .authorised: .authorised
        case .sent: .sent
        case .settled: .settled
        case .refused: .refused
        case .expired: .expired
        }
    }
}

extension FarthingGenerated.Outcome {
    var crossed: Outcome {
        switch self {
        case .settled(let payment): .settled(payment.crossed)
        case .refused(let payment, let why): .refused(payment.crossed, why: Problem(why))
        case .unknown(let payment, let because): .unknown(payment.crossed, because: Problem(because))
        }
    }
}

extension Terms {
    var native: FarthingGenerated.Terms {
        .init(
            amount: amount?.native,
            memo: memo,
            items: items.map(\.native),
            lifeS: UInt64(clamping: expires.components.seconds),
            standing: standing)
    }
}

extension FarthingGenerated.RequestState {
    var crossed: RequestState {
        switch self {
        case .binding: .binding
        case .open: .open
        case .paid: .paid
        case .cancelling: .cancelling
        case .cancelled: .cancelled
        case .failed: .failed
        }
    }
}

extension FarthingGenerated.Request {
    var crossed: Request {
        Request(
            id: RequestID(id), state: state.crossed, link: link, expires: Date(ms: expiresMs),
            payment: payment.map(PaymentID.init))
    }
}

extension FarthingGenerated.Synced {
    var crossed: Synced {
        Synced(resolved: resolved.map(PaymentID.init), received: received, messages: messages, unfinished: unfinished)
    }
}

extension FarthingGenerated.Status {
    var crossed: Status {
        Status(
            verifier: verifier,
            url: url,
            account: account,
            device: device,
            alias: alias,
            name: name,
            verifierTime: verifierTimeMs.map(Date.init(ms:)),
            clockOffset: clockOffsetMs.map { .milliseconds($0) },
            unfinished: unfinished,
            historyLost: historyLost,
            doubted: doubted,
            copied: copied,
            revoked: revoked)
    }
}

extension FarthingGenerated.Contact {
    var crossed: Contact {
        Contact(
            id: ContactID(account), name: name, calledItself: ownName, alias: alias, verified: verified, blocked: blocked)
    }
}

extension FarthingGenerated.Note {
    var crossed: Note { Note(id: NoteID(id), at: Date(ms: atMs), state: state.crossed, text: text) }
}

extension FarthingGenerated.NoteState {
    fileprivate var crossed: NoteState {
        switch self {
        case .received: .received
        case .waiting: .waiting
        case .sent: .sent
        case .undelivered: .undelivered
        }
    }
}

extension FarthingGenerated.Connection {
    var crossed: Connection { Connection(line: line.crossed, trouble: trouble.map(Problem.init)) }
}

extension FarthingGenerated.Line {
    fileprivate var crossed: Line {
        switch self {
        case .connecting: .connecting
        case .stream: .stream
        case .polling: .polling
        case .away: .away
        }
    }
}

extension FarthingGenerated.Scanned {
    var crossed: Scanned {
        switch self {
        case .request: .request
        case .invite: .invite
        case .pairing: .pairing
        case .alias: .alias
        case .voucher: .voucher
        case .offlineRequest: .offlineRequest
        case .offlinePayment: .offlinePayment
        case .wholeRequest: .wholeRequest
        case .carriedOrder: .carriedOrder
        case .carriedAnswer: .carriedAnswer
        }
    }
}

extension FarthingGenerated.QrPicture {
    var crossed: QRPicture { QRPicture(side: Int(side), png: png) }
}

extension FarthingGenerated.Event {
    var crossed: Event { Event(seq: EventSeq(seq), at: Date(ms: atMs), kind: knownKind ?? otherKind) }

    /// By its stable name. One whose members are not as its name has them is told as it came.
    private var knownKind: Event.Kind? {
        let payment = payment.map(PaymentID.init)
        let request = request.map(RequestID.init)
        let contact = account.map(ContactID.init)
        let tab = tab.map(TabID.init)
        let offer = offer.map(OfferID.init)
        let code = code.map(Int.init) ?? 0
        return switch name {
        case "payment_authorised": payment.map { .paymentAuthorised($0) }
        case "payment_settled": payment.map { .paymentSettled($0) }
        case "payment_refused": payment.map { .paymentRefused($0, code: code) }
        case "payment_expired": payment.map { .paymentExpired($0) }
        case "received": payment.map { .received($0) }
        case "issued": payment.map { .issued($0) }
        case "request_open": request.map { .requestOpen($0) }
        case "request_paid": request.flatMap { request in payment.map { .requestPaid(request, by: $0) } }
        case "request_cancelled": request.map { .requestCancelled($0) }
        case "request_failed": request.map { .requestFailed($0, code: code) }
        case "contact_met": contact.map { .contactMet($0) }
        case "contact_verified": contact.map { .contactVerified($0) }
        case "tab_opened": tab.map { .tabOpened($0) }
        case "tab_changed": tab.map { .tabChanged($0) }
        case "tab_closed": tab.map { .tabClosed($0) }
        case "tab_claimed": tab.map { .tabClaimed($0) }
        case "tab_ended": tab.map { .tabEnded($0) }
        case "tab_refused": tab.map { .tabRefused($0, code: code) }
        case "voucher_received": tab.map { .voucherReceived($0) }
        case "offer_received": contact.flatMap { contact in offer.map { .offerReceived($0, from: contact) } }
        default: nil
        }
    }

    private var otherKind: Event.Kind {
        .other(
            name: name, payment: payment.map(PaymentID.init), contact: account.map(ContactID.init), device: device,
            code: code.map(Int.init), tab: tab.map(TabID.init), offer: offer.map(OfferID.init))
    }
}
