import Foundation

// What a phone shows, in its language: English, Korean or Spanish. On Apple's systems it is in the String Catalog that
// scripts/texts writes from texts/errors.json. Elsewhere catalogs are not compiled, and it is English.

extension Problem {
    /// A sentence for the person who holds the phone. Show that of ``moneyMoved`` beside it: it does not say that itself.
    public var localizedSentence: String { localized("error.\(kind)", else: sentence) }
}

extension FarthingError {
    /// A sentence for the person who holds the phone. Show that of ``moneyMoved`` beside it: it does not say that itself.
    public var localizedSentence: String { problem.localizedSentence }
}

extension MoneyMoved {
    /// A sentence that says it to the person who holds the phone.
    public var localizedSentence: String {
        switch self {
        case .no: localized("money_moved.no", else: "Your money has not moved.")
        case .yes: localized("money_moved.yes", else: "Your money has moved.")
        case .unknown:
            localized(
                "money_moved.unknown",
                else:
                    "It is not known yet whether your money has moved. Do not pay again; open the app again when you are online.")
        }
    }
}

extension Action {
    /// What a button says that does it.
    public var localizedLabel: String {
        switch self {
        case .none: localized("action.none", else: "OK")
        case .correctInput: localized("action.correct_input", else: "Correct it")
        case .confirmAgain: localized("action.confirm_again", else: "Review and confirm")
        case .sync: localized("action.sync", else: "Check now")
        case .unlock: localized("action.unlock", else: "Unlock")
        case .askPayee: localized("action.ask_payee", else: "Ask the payee")
        case .askOperator: localized("action.ask_operator", else: "Contact the payment service")
        case .addMoney: localized("action.add_money", else: "Add money")
        case .fixStorage: localized("action.fix_storage", else: "Check storage")
        case .update: localized("action.update", else: "Update the app")
        case .restore: localized("action.restore", else: "Restore wallet")
        case .enrol: localized("action.enrol", else: "Finish setup")
        }
    }
}

/// What the catalog has in the phone's language, or else this in English.
private func localized(_ key: String, else english: String) -> String {
    #if canImport(Darwin)
    Bundle.module.localizedString(forKey: key, value: english, table: "Errors")
    #else
    english
    #endif
}
