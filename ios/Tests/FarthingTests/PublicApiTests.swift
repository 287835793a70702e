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
    private func graph() async throws -> Graph {
        let folder = FileManager.default.temporaryDirectory.appending(path: "farthing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        #if arch(arm64)
        let target = "aarch64-unknown-linux-gnu"
        #else
        let target = "x86_64-unknown-linux-gnu"
        #endif
        try await program(
            "/usr/bin/env",
            [
                "swift-symbolgraph-extract", "-module-name", "Farthing", "-target", target,
                "-I", TestApp.built.appending(path: "Modules").path,
                "-Xcc", "-fmodule-map-file=\(repository.appending(path: "ios/Generated/FarthingFFI/module.modulemap").path)",
                "-output-dir", folder.path, "-minimum-access-level", "public", "-skip-synthesized-members",
            ])
        return try JSONDecoder().decode(
            Graph.self, from: Data(contentsOf: folder.appending(path: "Farthing.symbols.json")))
    }

    private var repository: URL { URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL }

    @Test func noSignatureNamesWhatIsGeneratedAndEverythingIsDocumented() async throws {
        let graph = try await graph()
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
