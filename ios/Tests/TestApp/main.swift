// What must be tried in a process of its own: a library that was loaded stays, and what other tests open is counted, too.

import Farthing
import FarthingTestKit
import Foundation

switch CommandLine.arguments.dropFirst().first {
case "load":
    do {
        try Farthing.load()
        print("loaded")
    } catch .library(_, let found) {
        print("mismatch: found \(found.map(String.init) ?? "none")")
    } catch {
        print("unexpected: \(error)")
    }
case "reopen":
    guard let rounds = CommandLine.arguments.dropFirst(2).first.flatMap(Int.init), rounds > 0 else { usage() }
    onMainThread { try await reopen(rounds) }
#if os(Linux)
case "main-thread":
    onMainThread { try await probeMainThread() }
#endif
default:
    usage()
}

func usage() -> Never {
    print("farthing-test-app load | reopen ROUNDS | main-thread")
    exit(2)
}

/// Runs on the main thread and its run loop, as an app does, until it is done. (Where a program awaits at its top, Linux gives the
/// main thread away.)
func onMainThread(_ work: @escaping @MainActor () async throws -> Void) -> Never {
    Task { @MainActor in
        do {
            try await work()
            exit(0)
        } catch {
            print("\(error)")
            exit(1)
        }
    }
    // Without anything to wait for, a run loop ends.
    let ever = Timer.scheduledTimer(withTimeInterval: 3600, repeats: true) { _ in }
    defer { ever.invalidate() }
    while true { _ = RunLoop.main.run(mode: .default, before: .distantFuture) }
}

struct Wrong: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) { description = what }
}

/// Opens and closes a wallet again and again, uses it each time, and tells what the process holds after a tenth of the rounds and
/// at the end: file handles, threads, KiB of memory.
func reopen(_ rounds: Int) async throws {
    try await Town.with { town in
        let ann = try await town.person("Ann")
        await ann.wallet.close()
        for round in 1...rounds {
            let wallet = try await ann.phone.ready()
            // Each round listens and stops listening, as an app does that is put aside.
            for try await event in wallet.events(after: .start) {
                _ = event
                break
            }
            _ = try await wallet.balances()
            await wallet.close()
            if [max(rounds / 10, 1), rounds].contains(round) {
                print("\(round) \(try held("fd")) \(try held("task")) \(try memory())")
            }
        }
    }
}

/// How many file handles or threads this process has.
func held(_ what: String) throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(what)").count }

/// KiB of this process that are in memory.
func memory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    return status.firstMatch(of: /VmRSS:\s*([0-9]+) kB/).flatMap { Int($0.1) } ?? 0
}
