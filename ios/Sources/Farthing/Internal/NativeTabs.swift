internal import FarthingGenerated
import Foundation

struct NativeTabs: Tabs {
    let native: FarthingGenerated.Wallet

    func offer(_ terms: OfferTerms) async throws(FarthingError) -> TabOffer {
        try await awaited { [native] in try await native.offerTab(terms: terms.native).crossed }
    }

    func offers(limit: Int) async throws(FarthingError) -> [TabOffer] {
        try await awaited { [native] in try await native.tabOffers(limit: UInt32(clamping: limit)).map(\.crossed) }
    }

    func offer(_ id: OfferID) async throws(FarthingError) -> TabOffer {
        try await awaited { [native] in try await native.tabOffer(id: id.text).crossed }
    }

    func cancel(_ id: OfferID) async throws(FarthingError) -> OfferState {
        try await awaited { [native] in try await native.cancel(id: id.text).ofOffer }
    }

    func send(_ offer: OfferID, to contact: Contact) async throws(FarthingError) {
        try await awaited { [native] in try await native.sendTabOffer(contact: contact.name, offer: offer.text) }
    }

    func received(from contact: Contact) async throws(FarthingError) -> [TabOffer] {
        try await awaited { [native] in try await native.receivedTabOffers(contact: contact.name).map(\.crossed) }
    }

    func read(_ link: String) async throws(FarthingError) -> TabOffer {
        try await awaited { [native] in try await native.readTabOffer(link: link).crossed }
    }

    func prepare(_ with: TabWith, terms: TabTerms) async throws(FarthingError) -> TabDraft {
        switch with.target {
        case .text(let text):
            try await awaited { [native] in try await native.prepareTab(payee: text, terms: terms.native).crossed }
        case .offer(let offer, of: let contact):
            try await awaited { [native] in
                try await native.prepareReceivedTab(contact: contact.name, offer: offer.text, terms: terms.native).crossed
            }
        }
    }

    func raise(_ tab: TabID, cap: Money?, longer: Duration) async throws(FarthingError) -> TabDraft {
        try await awaited { [native] in
            try await native.prepareTabChange(id: tab.text, cap: cap?.native, longerMs: longer.span).crossed
        }
    }

    func draft(_ id: TabID) async throws(FarthingError) -> TabDraft {
        try await awaited { [native] in try await native.tabDraft(id: id.text).crossed }
    }

    func discard(_ id: TabID) async throws(FarthingError) {
        try await awaited { [native] in try await native.discardTab(id: id.text) }
    }

    func confirm(_ draft: TabDraft) async throws(FarthingError) -> PaymentTab {
        try await awaited { [native] in try await native.confirmTab(id: draft.id.text, shown: draft.shown).crossed }
    }

    func outcome(of tab: TabID, wait: Duration) async throws(FarthingError) -> TabOutcome {
        try await awaited { [native] in try await native.tabOutcome(id: tab.text, waitMs: wait.ms).crossed }
    }

    func pay(from tab: TabID, _ amount: Money) async throws(FarthingError) -> Drop {
        try await awaited { [native] in try await native.payTab(id: tab.text, amount: amount.native).crossed }
    }

    func take(_ voucher: String) async throws(FarthingError) -> Taken {
        try await awaited { [native] in try await native.takeVoucher(shown: voucher).crossed }
    }

    func catchUp(_ voucher: String) async throws(FarthingError) -> Bool {
        try await awaited { [native] in try await native.catchUpTab(shown: voucher) }
    }

    func close(_ tab: TabID) async throws(FarthingError) -> TabOutcome {
        try await awaited { [native] in try await native.closeTab(id: tab.text).crossed }
    }

    func claim(_ tab: TabID?) async throws(FarthingError) -> Claimed {
        try await awaited { [native] in try await native.claimTabs(id: tab?.text).crossed }
    }

    func release(_ tab: TabID) async throws(FarthingError) -> PaymentTab {
        try await awaited { [native] in try await native.releaseTab(id: tab.text).crossed }
    }

    func list(limit: Int) async throws(FarthingError) -> [PaymentTab] {
        try await awaited { [native] in try await native.tabs(limit: UInt32(clamping: limit)).map(\.crossed) }
    }

    func tab(_ id: TabID) async throws(FarthingError) -> PaymentTab {
        try await awaited { [native] in try await native.tab(id: id.text).crossed }
    }

    func receipts(of tab: TabID) async throws(FarthingError) -> [Data] {
        try await awaited { [native] in try await native.tabReceipts(id: tab.text) }
    }
}

extension Duration {
    /// A time that is said, not waited for, in whole milliseconds: the library refuses what nothing can have.
    var span: UInt64 {
        let (seconds, attoseconds) = components
        if seconds < 0 || attoseconds < 0 { return 0 }
        let (whole, isTooLong) = UInt64(seconds).multipliedReportingOverflow(by: 1000)
        return isTooLong ? .max : whole + UInt64(attoseconds / 1_000_000_000_000_000)
    }

    init(ms: UInt64) { self = .milliseconds(Int64(clamping: ms)) }
}

extension OfferTerms {
    fileprivate var native: FarthingGenerated.OfferTerms {
        .init(
            price: price.native, unit: unit, cap: cap.native, lastsMs: lasts.span, graceMs: grace.span, memo: memo,
            lifeMs: expires.span, standing: standing)
    }
}

extension TabTerms {
    fileprivate var native: FarthingGenerated.TabTerms {
        .init(cap: cap?.native, lastsMs: lasts?.span, graceMs: grace?.span, memo: memo)
    }
}

extension FarthingGenerated.RequestState {
    /// An offer is published as a request is; what is paid there is accepted here.
    fileprivate var ofOffer: OfferState {
        switch self {
        case .binding: .binding
        case .open: .open
        case .paid: .accepted
        case .cancelling: .cancelling
        case .cancelled: .cancelled
        case .failed: .failed
        }
    }
}

extension FarthingGenerated.TabOffer {
    fileprivate var crossed: TabOffer {
        TabOffer(
            id: OfferID(id), state: state?.ofOffer, link: link, calledItself: payeeName, price: price.crossed, unit: unit,
            cap: cap.crossed, lasts: Duration(ms: lastsMs), grace: Duration(ms: graceMs), memo: memo, standing: standing,
            expires: Date(ms: expiresMs), tab: tab.map(TabID.init), code: code.map(Int.init))
    }
}

extension FarthingGenerated.TabDraft {
    var crossed: TabDraft {
        TabDraft(
            id: TabID(id),
            changes: changes,
            payee: Payee(calledItself: payeeName, contact: contact, alias: alias, trust: trust.crossed),
            price: price?.crossed,
            unit: unit,
            cap: cap.crossed,
            fee: fee.crossed,
            setAside: setAside.crossed,
            lasts: Duration(ms: lastsMs),
            grace: Duration(ms: graceMs),
            offerMemo: offerMemo,
            memo: memo,
            expires: expiresMs.map(Date.init(ms:)),
            warnings: warnings.map(\.crossed),
            shown: shown)
    }
}

extension FarthingGenerated.Tab {
    fileprivate var crossed: PaymentTab {
        PaymentTab(
            id: TabID(id),
            side: side.crossed,
            state: state.crossed,
            name: name,
            contact: contact,
            alias: alias,
            cap: cap?.crossed,
            total: total.crossed,
            left: left.crossed,
            claimed: claimed.crossed,
            unclaimed: unclaimed.crossed,
            fees: fees?.crossed,
            setAside: setAside?.crossed,
            spendUntil: spendUntilMs.map(Date.init(ms:)),
            claimUntil: claimUntilMs.map(Date.init(ms:)),
            price: price?.crossed,
            unit: unit,
            memo: memo,
            offerMemo: offerMemo,
            offer: offer.map(OfferID.init),
            differs: differs,
            at: Date(ms: atMs),
            pending: pending.map(\.crossed),
            elsewhere: elsewhere,
            code: code.map(Int.init),
            lost: lost)
    }
}

extension FarthingGenerated.TabSide {
    fileprivate var crossed: TabSide {
        switch self {
        case .paid: .paid
        case .earned: .earned
        }
    }
}

extension FarthingGenerated.TabState {
    fileprivate var crossed: TabState {
        switch self {
        case .draft: .draft
        case .opening: .opening
        case .open: .open
        case .closed: .closed
        case .ended: .ended
        case .refused: .refused
        case .lost: .lost
        }
    }
}

extension FarthingGenerated.TabPending {
    fileprivate var crossed: TabPending {
        switch self {
        case .opening: .opening
        case .change: .change
        case .closing: .closing
        case .claim: .claim
        case .release: .release
        }
    }
}

extension FarthingGenerated.TabOutcome {
    fileprivate var crossed: TabOutcome {
        switch self {
        case .done(let tab): .done(tab.crossed)
        case .refused(let tab, let why): .refused(tab.crossed, why: Problem(why))
        case .unknown(let tab, let because): .unknown(tab.crossed, because: Problem(because))
        }
    }
}

extension FarthingGenerated.PaidDrop {
    fileprivate var crossed: Drop { Drop(tab: TabID(tab), total: total.crossed, voucher: voucher) }
}

extension FarthingGenerated.TakenVoucher {
    fileprivate var crossed: Taken {
        switch self {
        case .taken(let tab, let gained, let total): .stored(TabID(tab), gained: gained.crossed, total: total.crossed)
        case .behind(let tab, let newest): .behind(TabID(tab), newest: newest)
        }
    }
}

extension FarthingGenerated.Claimed {
    fileprivate var crossed: Claimed {
        let refused = refused.map { (TabID($0.tab), Problem($0.why)) }
        return Claimed(
            tabs: tabs.map(TabID.init), refused: Dictionary(refused) { $1 }, waiting: waiting)
    }
}
