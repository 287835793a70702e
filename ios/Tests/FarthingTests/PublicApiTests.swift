import Foundation
import Testing

/// What the compiled module lets an app see.
@Suite struct PublicApiTests {
    private var repository: URL { ModuleGraph.repository }

    @Test func noSignatureNamesWhatIsGeneratedAndEverythingIsDocumented() async throws {
        try await ModuleGraph.with { folder in try check(ModuleGraph(in: folder)) }
    }

    private func check(_ graph: ModuleGraph) throws {
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
        try await ModuleGraph.with { folder in
            try await ModuleGraph.tool(
                "docc",
                [
                    "convert", repository.appending(path: "ios/Sources/Farthing/Farthing.docc").path,
                    "--additional-symbol-graph-dir", folder.path,
                    "--output-path", folder.appending(path: "out").path, "--warnings-as-errors",
                ])
        }
    }

    /// What apps may call is written down, so that whoever changes it sees and says so.
    @Test func theSurfaceIsWhatIsWrittenDown() async throws {
        let file = repository.appending(path: "ios/api/Farthing.api")
        try await ModuleGraph.with { folder in
            let surface = try ModuleGraph(in: folder).surface
            if ProcessInfo.processInfo.environment["FARTHING_API"] == "write" {
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try surface.write(to: file, atomically: true, encoding: .utf8)
            }
            let (found, written) = (surface.lines, ((try? String(contentsOf: file, encoding: .utf8)) ?? "").lines)
            let changes = found.difference(from: written).map { change in
                switch change {
                case .insert(_, let line, _): "+ \(line)"
                case .remove(_, let line, _): "- \(line)"
                }
            }
            #expect(
                changes.isEmpty,
                """
                The public surface is not what ios/api/Farthing.api says. Run scripts/swift-linux --api, and say in CHANGELOG.md \
                what changes for apps.
                \(changes.joined(separator: "\n"))
                """)
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

extension String {
    fileprivate var lines: [Substring] { split(separator: "\n", omittingEmptySubsequences: false) }
}
