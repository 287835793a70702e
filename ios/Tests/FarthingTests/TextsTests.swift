import Farthing
import Foundation
import Testing

/// What a phone shows is what texts/errors.json says; here, in English.
@Suite struct TextsTests {
    private struct Texts: Decodable {
        let ios: [String: [String: String]]
        let moneyMoved: [String: [String: String]]
        let action: [String: [String: String]]

        enum CodingKeys: String, CodingKey {
            case ios
            case moneyMoved = "money_moved"
            case action
        }
    }

    private struct Catalog: Decodable {
        struct Entry: Decodable {}

        let strings: [String: Entry]
    }

    private var repository: URL { URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL }

    @Test func englishIsThatOfTheTable() throws {
        let texts = try JSONDecoder().decode(
            Texts.self, from: Data(contentsOf: repository.appending(path: "texts/errors.json")))
        let moved: [String: MoneyMoved] = ["no": .no, "yes": .yes, "unknown": .unknown]
        #expect(moved.mapValues(\.localizedSentence) == texts.moneyMoved.compactMapValues { $0["en"] })
        let actions: [String: Action] = [
            "none": .none, "correct_input": .correctInput, "confirm_again": .confirmAgain, "sync": .sync, "unlock": .unlock,
            "ask_payee": .askPayee, "ask_operator": .askOperator, "add_money": .addMoney, "fix_storage": .fixStorage,
            "update": .update, "restore": .restore, "enrol": .enrol,
        ]
        #expect(actions.mapValues(\.localizedLabel) == texts.action.compactMapValues { $0["en"] })
    }

    @Test func everyKeyThatIsAskedForIsInTheCatalog() throws {
        let sources = repository.appending(path: "ios/Sources/Farthing")
        let catalog = try JSONDecoder().decode(
            Catalog.self, from: Data(contentsOf: sources.appending(path: "Resources/Errors.xcstrings")))
        let code = try String(contentsOf: sources.appending(path: "Texts.swift"), encoding: .utf8)
        let asked = code.matches(of: /"((?:money_moved|action)\.[a-z_]+)"/).map { String($0.1) }
        #expect(Set(asked) == Set(catalog.strings.keys.filter { !$0.hasPrefix("error.") }))
    }

    @Test func theLibrarysOwnErrorsAreInTheCatalog() throws {
        let sources = repository.appending(path: "ios/Sources/Farthing")
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)?.allObjects ?? []
        let code = try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }
        let own = Set(code.flatMap { $0.matches(of: /code: 0, kind: "([a-z_]+)"/).map { String($0.1) } })
        let texts = try JSONDecoder().decode(
            Texts.self, from: Data(contentsOf: repository.appending(path: "texts/errors.json")))
        #expect(own == Set(texts.ios.keys))
        #expect(own.contains(FarthingError.cancelled.kind))
        let catalog = try JSONDecoder().decode(
            Catalog.self, from: Data(contentsOf: sources.appending(path: "Resources/Errors.xcstrings")))
        #expect(own.isSubset(of: catalog.strings.keys.map { $0.replacing("error.", with: "") }))
    }

    @Test func withoutATextInThePhonesLanguageThereIsTheWalletsOwn() {
        let problem = Problem(
            code: 1, kind: "nobody_knows_it", sentence: "What nobody knows.", moneyMoved: .no, retry: .never, action: .none)
        #expect(problem.localizedSentence == "What nobody knows.")
        #expect(FarthingError.misuse(problem).localizedDescription == "What nobody knows.")
    }
}
