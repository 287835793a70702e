import Farthing

/// While there is network: sets money aside for whoever is paid without.
func setAside(_ cap: Money, of wallet: any Wallet) async throws(FarthingError) -> AllowanceID? {
    let draft = try await wallet.offline.prepare(AllowanceTerms(cap: cap))
    // An app shows draft.setAside, lasts, grace and what a thief could cost, draft.atStake, and asks.
    let allowance = try await wallet.offline.confirm(draft).id
    return try await wallet.offline.outcome(of: allowance).isDone ? allowance : nil
}

/// The payee, without network: codes to show one after the other, again and again.
func handOver(_ price: Money, of wallet: any Wallet) async throws(FarthingError) -> [String] {
    try Farthing.shownCodes(try await wallet.offline.ask(OfflineTerms(amount: price, memo: "lunch")).text)
}

/// What a camera sees; each code adds to what there is.
func film(_ codes: [String]) throws(FarthingError) -> String {
    let camera = try CodeCollector()
    for code in codes { if case .whole(let text) = try camera.add(code) { return text } }
    return ""
}

/// The payer, without network: what is shown back.
func payOffline(_ codes: [String], from wallet: any Wallet) async throws(FarthingError) -> [String] {
    switch try await wallet.offline.look(film(codes)) {
    case .again(let payment): try Farthing.shownCodes(payment.text)
    // An app shows who it is that asks, and how much, and asks.
    case .new(let prompt): try Farthing.shownCodes(try await wallet.offline.pay(prompt).text)
    }
}

/// The payee: deliver once it is taken. The next sync claims it.
func takeOffline(_ codes: [String], by wallet: any Wallet) async throws(FarthingError) -> String {
    switch try await wallet.offline.examine(film(codes)) {
    case .taken: "deliver nothing"
    // An app shows "You could lose up to", offer.couldLose.all, and asks.
    case .good(let offer): "deliver for \(try await wallet.offline.take(offer).amount)"
    }
}
