import Farthing

/// The reader scans the paper's offer, sees what is set aside, and says yes.
func openTab(of reader: any Wallet, scanned: String) async throws(FarthingError) -> TabID? {
    let draft = try await reader.tabs.prepare(.scanned(scanned))
    // An app shows draft.payee, price, unit, cap, fee, setAside, lasts and grace here, and asks.
    let tab = try await reader.tabs.confirm(draft)
    return try await reader.tabs.outcome(of: tab.id).isDone ? tab.id : nil
}

/// For each article, without network: the reader pays, and shows the voucher as a QR code or sends it.
func payArticle(from tab: TabID, of reader: any Wallet) async throws(FarthingError) -> String {
    let price = try await reader.parseMoney("0.02 USD")
    return try await reader.tabs.pay(from: tab, price).voucher
}

/// Delivers for what is new in a voucher; whoever shows one twice is given nothing twice.
func deliver(for voucher: String, to paper: any Wallet) async throws(FarthingError) -> String {
    switch try await paper.tabs.take(voucher) {
    case .stored(_, let gained, _): "deliver for \(gained)"
    case .behind(_, let newest): "show \(newest) to the reader, whose app catches up"
    }
}

/// In the evening: what was earned comes in, and what was not paid goes back to the reader.
func settle(_ paper: any Wallet) async throws(FarthingError) -> [String] {
    var claimed: [String] = []
    for tab in try await paper.tabs.claim().tabs { claimed.append("\(try await paper.tabs.release(tab).claimed) claimed") }
    return claimed
}
