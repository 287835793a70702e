import Farthing
import Foundation

/// Arguments: a folder for the wallet, the verifier's invite, and what was scanned.
let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 3 else { fatalError("farthing-example FOLDER INVITE SCANNED") }
await run(folder: URL(filePath: arguments[1]), invite: arguments[2], scanned: arguments[3])

func run(folder: URL, invite: String, scanned: String) async {
    do throws(FarthingError) {
        let wallet = try await wallet(in: folder, invite: invite)
        do throws(FarthingError) {
            print(try await pay(from: wallet, scanned: scanned))
        } catch {
            print("\(error.sentence) Money moved: \("\(error.moneyMoved)".capitalized)")
        }
        await wallet.close()
    } catch {
        print(error.sentence)
    }
}

/// The wallet that is there, or a new one. On Apple's systems the key is kept by KeychainKey, which asks no file.
func wallet(in folder: URL, invite: String) async throws(FarthingError) -> any Wallet {
    let file = folder.appending(path: "key")
    let key: FileKey
    do throws(SealingKeyError) {
        let there = FileManager.default.fileExists(atPath: folder.path(percentEncoded: false))
        key = if there { try FileKey(at: file) } else { try FileKey.make(at: file) }
    } catch {
        fatalError("the key is \(error)")
    }
    let keys = Keys.sealed(file: folder.appending(path: "secrets"), stateFolder: folder.appending(path: "state"), key: key)
    switch try await Farthing.open(folder: folder.appending(path: "wallet"), keys: keys) {
    case .ready(let wallet): return wallet
    case .empty(let empty): return try await empty.enrol(invite: invite, name: "Ann")
    // The account is there, its keys are not: an app asks for the phrase here, and restores into a new folder.
    case .needsRecovery(let lost): throw .locked(lost.reason)
    }
}

func pay(from wallet: any Wallet, scanned: String) async throws(FarthingError) -> String {
    let draft = try await wallet.prepare(.scanned(scanned), memo: "two tacos")
    // An app shows draft.payee, draft.items, draft.total and draft.warnings here, and asks.
    print("Pay \(draft.total) to \(draft.payee.calledItself ?? "somebody")")
    let payment = try await wallet.confirm(draft)
    switch try await wallet.outcome(of: payment.id, wait: .seconds(10)) {
    case .settled(let payment):
        let left = try await wallet.balances().map { "\($0.available) left" }
        return "Paid \(payment.amount); \(left.joined(separator: ", "))"
    case .refused(_, let why): return why.sentence
    case .unknown(_, let because): return because.sentence
    }
}
