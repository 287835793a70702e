import Farthing
import FarthingTestKit
import Foundation
import Testing

/// The programs that are built beside the library.
@Suite struct ProgramTests {
    private var repository: URL { URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL }

    @Test func theExamplePaysOnceAlsoWhenItIsStartedTwice() async throws {
        try await Town.with { town in
            let truck = try await town.person("Taco Truck").wallet
            let request = try await truck.requests.create(usd("4.50"))
            let folder = town.folder.appending(path: "ann").path
            let invite = try await town.verifier.invite()
            let run = {
                try await program(TestApp.built.appending(path: "farthing-example").path, [folder, invite, request.link])
            }
            #expect(try await run() == "Pay 4.50 USD to Taco Truck\nPaid 4.50 USD; 15.50 USD left\n")
            #expect(try await run() == "Pay 4.50 USD to Taco Truck\nThis request has already been paid.\n")
            await truck.close()
            #expect(
                try await program(TestApp.built.appending(path: "farthing-example").path, [folder, invite, "tacos!"])
                    .hasSuffix(" Money moved: No\n"))
        }
    }

    @Test func thePageShowsThisProgramInLessThanSixtyLines() throws {
        let example = try String(contentsOf: repository.appending(path: "ios/Examples/Pay/main.swift"), encoding: .utf8)
        #expect(example.split(separator: "\n", omittingEmptySubsequences: false).count < 60)
        let page = try String(contentsOf: repository.appending(path: "docs/embedding.md"), encoding: .utf8)
        #expect(page.contains("```swift\n\(example)```"), "docs/embedding.md shows another program than this")
    }

    @Test func aPersonAnswersEachCallAndEndsWithItsInput() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "farthing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let person = Process()
        let (input, output) = (Pipe(), Pipe())
        person.executableURL = TestApp.built.appending(path: "farthing-person")
        person.arguments = [folder.path, "7", "wallet"]
        (person.standardInput, person.standardOutput) = (input, output)
        let (ended, end) = AsyncStream<Int32>.makeStream()
        person.terminationHandler = { person in
            end.yield(person.terminationStatus)
            end.finish()
        }
        try person.run()
        func said(_ call: String) throws -> [String: Any] {
            try input.fileHandleForWriting.write(contentsOf: Data("\(call)\n".utf8))
            var answer = Data()
            while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8), !byte.isEmpty {
                answer += byte
            }
            return try #require(JSONSerialization.jsonObject(with: answer) as? [String: Any])
        }
        let empty = try said(#"{"id": 1, "do": "open"}"#)
        #expect(empty["id"] as? Int == 1)
        #expect((empty["ok"] as? [String: Any])?["opened"] as? String == "empty")
        let nothing = try said(#"{"id": 2, "do": "recognise", "text": "two \"tacos\", please"}"#)["error"] as? [String: Any]
        #expect(["kind", "moneyMoved", "class"].map { nothing?[$0] as? String } == ["not_recognised", "no", "unreadable"])
        #expect(try said(#"{"id": 3, "do": "dance"}"#)["unsupported"] as? String == "dance")
        #expect(try said(#"{"id": 4, "do": "open", "window": true}"#)["wrong"] != nil)
        #expect(try said(#"{"id": 5, "do": "approver", "answer": "maybe"}"#)["wrong"] != nil)
        #expect(try said(#"{"id": 6, "do": "approver", "answer": "declined"}"#)["ok"] != nil)
        let asked = try said(#"{"id": 7, "do": "asked"}"#)["ok"] as? [String: Any]
        #expect((asked?["questions"] as? [Any])?.isEmpty == true)
        try input.fileHandleForWriting.close()
        for await status in ended { #expect(status == 0) }
    }
}
