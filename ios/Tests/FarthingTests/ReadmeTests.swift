import Farthing
import FarthingTestKit
import Foundation
import Testing

/// What README.md shows is what runs here.
@Suite struct ReadmeTests {
    // README
    func pay(folder: URL, key: any SealingKey, invite: String, scanned: String) async -> String {
        do {
            let keys = Keys.sealed(
                file: folder.appending(path: "keys"), stateFolder: folder.appending(path: "state"), key: key)
            let wallet =
                switch try await Farthing.open(folder: folder.appending(path: "wallet"), keys: keys) {
                case .ready(let wallet): wallet
                case .empty(let empty): try await empty.enrol(invite: invite, name: "Ann")
                case .needsRecovery(let lost): throw FarthingError.locked(lost.reason)
                }
            let said = await pay(from: wallet, scanned: scanned)
            await wallet.close()
            return said
        } catch {
            return error.localizedDescription
        }
    }

    func pay(from wallet: any Wallet, scanned: String) async -> String {
        do {
            let draft = try await wallet.prepare(.scanned(scanned), memo: "two tacos")
            // Show draft.payee, draft.amount, draft.fee and draft.warnings here, and ask.
            let payment = try await wallet.confirm(draft)
            switch try await wallet.outcome(of: payment.id, wait: .seconds(10)) {
            case .settled(let payment): return "Paid \(payment.amount)"
            case .refused(_, let why): return why.sentence
            case .unknown(_, let because): return because.sentence
            }
        } catch {
            return "\(error.sentence) Money moved: \(error.moneyMoved)"
        }
    }
    // README

    @Test func theExamplePays() async throws {
        try await Town.with { town in
            let truck = try await town.person("Taco Truck").wallet
            let request = try await truck.requests.create(usd("4.50"))
            let folder = town.folder.appending(path: "ann")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let invite = try await town.verifier.invite()
            let first = await pay(folder: folder, key: KeptKey(17), invite: invite, scanned: request.link)
            #expect(first == "Paid 4.50 USD")
            // The wallet is there now; the request is not to be paid again.
            let second = await pay(folder: folder, key: KeptKey(17), invite: invite, scanned: request.link)
            #expect(second == "This request has already been paid.")
            await truck.close()
        }
    }

    @Test func theExampleIsTheOneInTheReadme() throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let lines = source.components(separatedBy: "    // README\n")[1].components(separatedBy: "\n")
        let example = lines.map { $0.hasPrefix("    ") ? String($0.dropFirst(4)) : $0 }.joined(separator: "\n")
        #expect(lines.count < 60)
        let readme = try String(
            contentsOf: URL(filePath: #filePath).appending(path: "../../../README.md").standardizedFileURL, encoding: .utf8)
        #expect(readme.contains("```swift\n\(example)```"), "README.md shows another example than this:\n\(example)")
    }
}
