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
    try await reopen()
default:
    print("farthing-test-app load | reopen")
    exit(2)
}

/// Opens and closes a wallet again and again, uses it each time, and tells what the process holds after some rounds and at the
/// end.
func reopen() async throws {
    try await Town.with { town in
        let ann = try await town.person("Ann")
        await ann.wallet.close()
        for round in 1...200 {
            let wallet = try await ann.phone.ready()
            // Each round listens and stops listening, as an app does that is put aside.
            for try await event in wallet.events(after: .start) {
                _ = event
                break
            }
            _ = try await wallet.balances()
            await wallet.close()
            if round == 20 || round == 200 { print("\(round) \(try held("fd")) \(try held("task"))") }
        }
    }
}

/// How many file handles or threads this process has.
func held(_ what: String) throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(what)").count }
