import Foundation
import Testing

/// What the compiled module lets an app see.
@Suite struct PublicApiTests {
    private struct Graph: Decodable {
        struct Symbol: Decodable {
            struct Fragment: Decodable {
                let spelling: String
                let preciseIdentifier: String?
            }

            struct Comment: Decodable {}

            struct Kind: Decodable { let identifier: String }

            let kind: Kind
            let pathComponents: [String]
            let declarationFragments: [Fragment]?
            let docComment: Comment?
        }

        struct Relationship: Decodable {
            let kind: String
            let target: String
        }

        let symbols: [Symbol]
        let relationships: [Relationship]
    }

    /// By the compiler's own tool, from the module that the tests are linked with.
    private func withGraph(_ body: (_ folder: URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "farthing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await tool(
            "swift-symbolgraph-extract",
            [
                "-module-name", "Farthing",
                // SwiftPM names its folder after what it builds for.
                "-target", TestApp.built.deletingLastPathComponent().lastPathComponent,
                "-I", TestApp.built.appending(path: "Modules").path,
                "-Xcc", "-fmodule-map-file=\(repository.appending(path: "ios/Generated/FarthingFFI/module.modulemap").path)",
                "-output-dir", folder.path, "-minimum-access-level", "public", "-skip-synthesized-members",
            ])
        try await body(folder)
    }

    /// A tool that is beside the compiler, and not always where commands are looked for.
    private func tool(_ name: String, _ arguments: [String]) async throws {
        let beside = #"exec "$(dirname "$(realpath "$(command -v swiftc)")")/$0" "$@""#
        try await program("/bin/sh", ["-c", beside, name] + arguments)
    }

    private var repository: URL { URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL }

    @Test func noSignatureNamesWhatIsGeneratedAndEverythingIsDocumented() async throws {
        try await withGraph { folder in
            try check(
                JSONDecoder().decode(Graph.self, from: Data(contentsOf: folder.appending(path: "Farthing.symbols.json"))))
        }
    }

    private func check(_ graph: Graph) throws {
        #expect(graph.symbols.count > 300)
        // The compiler's name of a thing begins with the length and name of its module.
        for symbol in graph.symbols {
            for fragment in symbol.declarationFragments ?? [] {
                let named = fragment.preciseIdentifier ?? ""
                #expect(
                    !named.contains("17FarthingGenerated") && !named.contains("FarthingFFI")
                        && !fragment.spelling.contains("FarthingGenerated"),
                    "\(symbol.pathComponents.joined(separator: "."))")
            }
        }
        for relationship in graph.relationships {
            #expect(!relationship.target.contains("17FarthingGenerated"))
        }
        let types: Set = ["swift.struct", "swift.enum", "swift.class", "swift.protocol"]
        let silent = graph.symbols.filter { types.contains($0.kind.identifier) && $0.docComment == nil }
        #expect(silent.map { $0.pathComponents.joined(separator: ".") } == [])
    }

    @Test func theDocumentationIsWholeAndItsLinksLeadSomewhere() async throws {
        try await withGraph { folder in
            try await tool(
                "docc",
                [
                    "convert", repository.appending(path: "ios/Sources/Farthing/Farthing.docc").path,
                    "--additional-symbol-graph-dir", folder.path,
                    "--output-path", folder.appending(path: "out").path, "--warnings-as-errors",
                ])
        }
    }

    @Test func whatIsGeneratedIsImportedForTheInsideOnly() throws {
        let sources = repository.appending(path: "ios/Sources/Farthing")
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)?.allObjects ?? []
        let swift = files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        #expect(swift.count > 20)
        for file in swift {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                guard line.contains("import Farthing") else { continue }
                #expect(line.hasPrefix("internal import "), "\(file.lastPathComponent): \(line)")
            }
        }
    }
}
