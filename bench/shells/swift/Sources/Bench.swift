import Farthing
import Foundation

/// What bench/src/shells.rs runs in each language. `cold FOLDER LINK` pays once, and says a word after each step. `pair PAYER PAYEE`
/// opens two folders and answers commands, one a line, with nanoseconds, until its input ends.
@main
enum Bench {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count == 3 else { fatalError("farthing-bench cold FOLDER LINK | pair PAYER PAYEE") }
        switch arguments[0] {
        case "cold": try await cold(URL(filePath: arguments[1]), link: arguments[2])
        case "pair": try await answer(payer: URL(filePath: arguments[1]), payee: URL(filePath: arguments[2]))
        default: fatalError("not a command: \(arguments[0])")
        }
    }
}

private func cold(_ folder: URL, link: String) async throws {
    say("started")
    // Here the system has loaded the native library before the program ran; what is left is to compare the versions.
    try Farthing.load()
    say("loaded")
    let wallet = try await wallet(in: folder)
    say("opened")
    let draft = try await wallet.prepare(.scanned(link), memo: memo)
    say("prepared")
    let payment = try await wallet.confirm(draft)
    say("confirmed")
    guard try await wallet.outcome(of: payment.id).isSettled else { fatalError("the payment is not settled") }
    say("settled")
    await wallet.close()
}

private func answer(payer: URL, payee: URL) async throws {
    let pair = try await Pair.open(payer: payer, payee: payee)
    let calls = Calls(phrase: try await pair.payer.revealPhrase())
    say("ready")
    // Reading holds up a thread of the tasks' while none of them has anything to do.
    while let line = readLine() {
        let words = line.split(separator: " ")
        guard words.count == 2, let times = Int(words[1]) else { fatalError("not a command: \(line)") }
        let took =
            switch words[0] {
            case "call": try calls.ours(times)
            case "call-floor": calls.floor(times)
            case "await": try await pair.awaited(times)
            case "await-floor": await calls.awaitedFloor(times)
            case "page": try await pair.pages(limit: 100, times)
            case "pay": try await pair.pay(times)
            default: fatalError("not a command: \(line)")
            }
        say("\(took)")
    }
    await pair.close()
}

/// At once: whoever started this takes the time of it.
private func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

/// The wallet in a folder as the bench has made it: sealed by the key in a file.
func wallet(in folder: URL) async throws -> any Wallet {
    let key = try FileKey(at: folder.appending(path: "key"))
    let keys = Keys.sealed(file: folder.appending(path: "secrets"), stateFolder: folder.appending(path: "state"), key: key)
    guard case .ready(let wallet) = try await Farthing.open(folder: folder.appending(path: "wallet"), keys: keys) else {
        fatalError("there is no wallet in \(folder.path)")
    }
    return wallet
}

/// As the wallets in Rust write it.
let memo = "two tacos, no onions"
