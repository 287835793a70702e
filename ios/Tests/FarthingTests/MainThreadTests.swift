import Foundation
import Testing

#if os(Linux)
/// Every call can be made on the main thread: what it asks of files and sockets, it asks on others.
@Suite struct MainThreadTests {
    private struct Told {
        let call: String
        let main: [Substring]
        let others: Set<Substring>
    }

    @Test func noCallTouchesAFileOrASocketOnTheMainThread() async throws {
        let told = try await TestApp.run("main-thread").split(separator: "\n").map { line in
            let parts = try #require(line.wholeMatch(of: /(.+): (.+); others: (.+)/), "\(line)").output
            let (main, others) = (parts.2.split(separator: " "), parts.3.split(separator: " "))
            return Told(call: String(parts.1), main: main == ["nothing"] ? [] : main, others: Set(others))
        }
        // The probe sees what there is to see: on the main thread, and of the library's store and network.
        let (control, calls) = (try #require(told.first), told.dropFirst())
        #expect(control.call == "a file" && !control.main.isEmpty)
        let others = calls.reduce(into: Set<Substring>()) { $0.formUnion($1.others) }
        #expect(others.isSuperset(of: ["pread64", "pwrite64", "connect"]), "\(others)")
        #expect(!others.isDisjoint(with: ["fsync", "fdatasync"]), "\(others)")
        #expect(calls.count > 20)
        for call in calls { #expect(call.main.isEmpty, "\(call.call): \(call.main.joined(separator: " "))") }
    }
}
#endif
