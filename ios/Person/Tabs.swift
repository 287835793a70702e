import Farthing
import Foundation

/// Money by the drop.
extension Phone {
    func payingTabs(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "tab_read":
            let link = try call.text("link")
            try call.done()
            return try await wallet.tabs.read(link).told
        case "tab_prepare": return try await prepareTab(&call)
        case "tab_raise":
            let (tab, cap) = (try call.text("tab"), try call.textOrNil("cap"))
            let longer = try call.numberOrNil("longerS") ?? 0
            try call.done()
            return saw(try await wallet.tabs.raise(TabID(tab), cap: money(cap), longer: .seconds(longer))).told
        case "tab_draft":
            let tab = try call.text("tab")
            try call.done()
            return saw(try await wallet.tabs.draft(TabID(tab))).told
        case "tab_discard":
            let tab = try call.text("tab")
            try call.done()
            try await wallet.tabs.discard(TabID(tab))
            return [:]
        case "tab_confirm":
            let tab = try call.text("tab")
            try call.done()
            return try await wallet.tabs.confirm(seen(TabID(tab))).told
        case "tab_outcome":
            let (tab, wait) = (try call.text("tab"), try call.wait())
            try call.done()
            return try await wallet.tabs.outcome(of: TabID(tab), wait: wait).told
        case "tab_pay":
            let (tab, amount) = (try call.text("tab"), try call.text("amount"))
            try call.done()
            return try await wallet.tabs.pay(from: TabID(tab), wallet.parseMoney(amount)).told
        case "tab_catch_up":
            let voucher = try call.text("voucher")
            try call.done()
            return ["greater": .flag(try await wallet.tabs.catchUp(voucher))]
        case "tab_close":
            let tab = try call.text("tab")
            try call.done()
            return try await wallet.tabs.close(TabID(tab)).told
        default: return nil
        }
    }

    private func prepareTab(_ call: inout Arguments) async throws -> Told {
        let (payee, contact, offer) = (try call.textOrNil("payee"), try call.textOrNil("contact"), try call.textOrNil("offer"))
        let (cap, memo) = (try call.textOrNil("cap"), try call.textOrNil("memo"))
        let (lasts, grace) = (try call.numberOrNil("lastsS"), try call.numberOrNil("graceS"))
        try call.done()
        let with: TabWith
        switch (payee, contact, offer) {
        case (let payee?, nil, nil): with = .scanned(payee)
        case (nil, let name?, nil): with = .contact(try await self.contact(name))
        case (nil, let name?, let offer?):
            let from = try await self.contact(name)
            guard let sent = try await wallet.tabs.received(from: from).first(where: { $0.id.text == offer }) else {
                throw Wrong("there is no offer \(offer)")
            }
            with = .offer(from, sent)
        default: throw Wrong("whom the tab is with is not clear")
        }
        let terms = TabTerms(
            cap: try await money(cap), lasts: lasts.map { .seconds($0) }, grace: grace.map { .seconds($0) }, memo: memo)
        return saw(try await wallet.tabs.prepare(with, terms: terms)).told
    }

    func earningTabs(_ call: inout Arguments) async throws -> Told? {
        switch call.verb {
        case "tab_offer": return try await offerTab(&call)
        case "tab_offers":
            let limit = try call.numberOrNil("limit")
            try call.done()
            return ["offers": .list(try await wallet.tabs.offers(limit: limit.map(Int.init) ?? 50).map { .object($0.told) })]
        case "tab_cancel_offer":
            let offer = try call.text("offer")
            try call.done()
            return ["state": word(try await wallet.tabs.cancel(OfferID(offer)))]
        case "tab_send_offer":
            let (contact, offer) = (try call.text("contact"), try call.text("offer"))
            try call.done()
            try await wallet.tabs.send(OfferID(offer), to: self.contact(contact))
            return [:]
        case "tab_received":
            let contact = try call.text("contact")
            try call.done()
            return ["offers": .list(try await wallet.tabs.received(from: self.contact(contact)).map { .object($0.told) })]
        case "tab_take":
            let voucher = try call.text("voucher")
            try call.done()
            return try await wallet.tabs.take(voucher).told
        case "tab_claim":
            let tab = try call.textOrNil("tab")
            try call.done()
            return try await wallet.tabs.claim(tab.map(TabID.init)).told
        case "tab_release":
            let tab = try call.text("tab")
            try call.done()
            return try await wallet.tabs.release(TabID(tab)).told
        case "tab_list":
            let limit = try call.numberOrNil("limit")
            try call.done()
            return ["tabs": .list(try await wallet.tabs.list(limit: limit.map(Int.init) ?? 50).map { .object($0.told) })]
        case "tab_show":
            let tab = try call.text("tab")
            try call.done()
            return try await wallet.tabs.tab(TabID(tab)).told
        case "tab_receipts":
            let tab = try call.text("tab")
            try call.done()
            return ["receipts": .list(try await wallet.tabs.receipts(of: TabID(tab)).map { .text($0.hex) })]
        default: return nil
        }
    }

    private func offerTab(_ call: inout Arguments) async throws -> Told {
        let (price, unit, cap) = (try call.text("price"), try call.text("unit"), try call.text("cap"))
        let (lasts, grace) = (try call.numberOrNil("lastsS") ?? 86_400, try call.numberOrNil("graceS") ?? 3 * 86_400)
        let (memo, expires) = (try call.textOrNil("memo"), try call.numberOrNil("expiresS") ?? 900)
        let standing = try call.flag("standing")
        try call.done()
        let terms = OfferTerms(
            price: try await wallet.parseMoney(price), unit: unit, cap: try await wallet.parseMoney(cap),
            lasts: .seconds(lasts), grace: .seconds(grace), memo: memo, expires: .seconds(expires), standing: standing)
        return try await wallet.tabs.offer(terms).told
    }
}

extension TabDraft {
    var told: Told {
        [
            "id": .text(id.text), "changes": .flag(changes), "payee": .object(payee.told), "price": JSON(price?.description),
            "unit": JSON(unit), "cap": .text("\(cap)"), "fee": .text("\(fee)"), "setAside": .text("\(setAside)"),
            "lastsS": JSON(lasts.components.seconds), "graceS": JSON(grace.components.seconds),
            "offerMemo": JSON(offerMemo), "memo": JSON(memo), "expires": .flag(expires != nil),
            "warnings": .list(warnings.map(\.told)),
        ]
    }
}

extension TabOffer {
    fileprivate var told: Told {
        [
            "id": .text(id.text), "state": state.map { word($0) } ?? .null, "link": JSON(link),
            "calledItself": JSON(calledItself), "price": .text("\(price)"), "unit": .text(unit), "cap": .text("\(cap)"),
            "lastsS": JSON(lasts.components.seconds), "graceS": JSON(grace.components.seconds), "memo": JSON(memo),
            "standing": .flag(standing), "tab": JSON(tab?.text), "code": code.map { JSON($0) } ?? .null,
        ]
    }
}

extension PaymentTab {
    fileprivate var told: Told {
        let terms: Told = [
            "price": JSON(price?.description), "unit": JSON(unit), "memo": JSON(memo), "offerMemo": JSON(offerMemo),
            "offer": JSON(offer?.text), "differs": .flag(differs), "pending": .list(pending.map { word($0) }),
            "elsewhere": .flag(elsewhere), "code": code.map { JSON($0) } ?? .null, "lost": .flag(lost),
        ]
        let standing: Told = [
            "id": .text(id.text), "side": word(side), "state": word(state), "name": JSON(name), "contact": JSON(contact),
            "alias": JSON(alias), "cap": JSON(cap?.description), "total": .text("\(total)"), "left": .text("\(left)"),
            "claimed": .text("\(claimed)"), "unclaimed": .text("\(unclaimed)"), "fees": JSON(fees?.description),
            "setAside": JSON(setAside?.description),
        ]
        return standing.merging(terms) { $1 }
    }
}

extension TabOutcome {
    fileprivate var told: Told {
        let (end, why): (JSON, Problem?) =
            switch self {
            case .done: ("done", nil)
            case .refused(_, let why): ("refused", why)
            case .unknown(_, let because): ("unknown", because)
            }
        return ["end": end, "tab": .object(tab.told), "why": why.map { .object($0.told) } ?? .null]
    }
}

extension Drop {
    fileprivate var told: Told { ["tab": .text(tab.text), "total": .text("\(total)"), "voucher": .text(voucher)] }
}

extension Taken {
    fileprivate var told: Told {
        switch self {
        case .stored(let tab, let gained, let total):
            ["tab": .text(tab.text), "gained": .text("\(gained)"), "total": .text("\(total)"), "newest": .null]
        case .behind(let tab, let newest):
            ["tab": .text(tab.text), "gained": .null, "total": .null, "newest": .text(newest)]
        }
    }
}

extension Claimed {
    fileprivate var told: Told {
        [
            "tabs": .list(tabs.map { .text($0.text) }),
            "refused": .list(refused.map { .object(["tab": .text($0.key.text), "why": .object($0.value.told)]) }),
            "waiting": JSON(waiting),
        ]
    }
}
