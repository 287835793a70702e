import Farthing
import Foundation

/// Somebody with a wallet, who does what JSON lines say: a person of the scenarios, as scenarios/README.md describes one. It uses
/// what an app can use, and nothing else.
///
/// Its arguments are a folder to keep a phone in, a number that the platform's keys are made from, and who is asked before a payment
/// is signed.
@main
struct Person {
    private let phone: Phone
    private let calls = Calls()

    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard (2...3).contains(arguments.count), let seed = UInt64(arguments[1]) else {
            FileHandle.standardError.write(Data("usage: farthing-person FOLDER SEED [none|wallet|hardware]\n".utf8))
            exit(2)
        }
        let asked = try Asked.named(arguments.count > 2 ? arguments[2] : "none", seed: seed)
        try await Person(phone: Phone(in: URL(filePath: arguments[0]), seed: seed, asked: asked)).live()
        exit(0)
    }

    private func live() async throws {
        for await line in input() {
            var call = try JSON(reading: line).members
            if let cancelled = call["cancel"] {
                calls.cancel(cancelled)
                continue
            }
            guard let id = call.removeValue(forKey: "id") else { throw Wrong("a call has an id: \(line)") }
            calls.begin(id) { [call] in await answer(to: call, of: id) }
        }
        // An app that ends properly closes its wallet; what waits, ends by that.
        await phone.close()
    }

    private func answer(to call: [String: JSON], of id: JSON) async {
        var answer = ["id": id]
        do {
            answer["ok"] = .object(try await phone.perform(call))
        } catch FarthingError.cancelled {
            answer["cancelled"] = true
        } catch is CancellationError {
            answer["cancelled"] = true
        } catch let failure as FarthingError {
            answer["error"] = failure.told
        } catch let unsupported as Unsupported {
            answer["unsupported"] = .text(unsupported.verb)
        } catch {
            answer["wrong"] = .text("\(error)")
        }
        calls.say(.object(answer), of: id)
    }
}

/// What standard input says, line by line. Reading blocks, and threads of tasks are few.
private func input() -> AsyncStream<String> {
    AsyncStream { lines in
        Thread.detachNewThread {
            while let line = readLine() { lines.yield(line) }
            lines.finish()
        }
    }
}

/// Calls under way, and what is said of them.
private final class Calls: @unchecked Sendable {
    private let lock = NSLock()
    private var tasks: [JSON: Task<Void, Never>] = [:]

    func begin(_ id: JSON, _ work: @escaping @Sendable () async -> Void) {
        lock.withLock { tasks[id] = Task.detached(operation: work) }
    }

    func cancel(_ id: JSON) {
        let task = lock.withLock { tasks[id] }
        task?.cancel()
    }

    /// In one write, so that two answers do not mix.
    func say(_ answer: JSON, of id: JSON) {
        lock.withLock {
            tasks[id] = nil
            FileHandle.standardOutput.write(answer.written + Data("\n".utf8))
        }
    }
}
