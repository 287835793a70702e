import Foundation

/// What the compiled module lets an app see, by the compiler's own tool, from the module that the tests are linked with.
struct ModuleGraph: Decodable {
    struct Symbol: Decodable {
        struct Fragment: Decodable {
            let spelling: String
            let preciseIdentifier: String?
        }

        struct Comment: Decodable {}

        struct Kind: Decodable { let identifier: String }

        struct Identifier: Decodable { let precise: String }

        let identifier: Identifier
        let kind: Kind
        let pathComponents: [String]
        let declarationFragments: [Fragment]?
        let docComment: Comment?
    }

    struct Relationship: Decodable {
        let kind: String
        let source: String
        let target: String
        let targetFallback: String?
    }

    let symbols: [Symbol]
    let relationships: [Relationship]

    static var repository: URL { URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL }

    /// Writes the graph into a folder that is gone afterwards.
    static func with(_ body: (_ folder: URL) async throws -> Void) async throws {
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
    static func tool(_ name: String, _ arguments: [String]) async throws {
        let beside = #"exec "$(dirname "$(realpath "$(command -v swiftc)")")/$0" "$@""#
        try await program("/bin/sh", ["-c", beside, name] + arguments)
    }

    init(in folder: URL) throws {
        let file = folder.appending(path: "Farthing.symbols.json")
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
    }
}

extension ModuleGraph {
    /// All that an app may name, one type after the other, as Swift writes it.
    var surface: String {
        let names = Dictionary(symbols.map { ($0.identifier.precise, $0.name) }) { first, _ in first }
        let conformances = Dictionary(grouping: relationships.filter { $0.kind == "conformsTo" }, by: \.source)
        let types = symbols.filter(\.isType).sorted { $0.name < $1.name }
        let protocols = Set(types.filter(\.isProtocol).map(\.name))
        let required = Set(relationships.filter { $0.kind == "requirementOf" }.map(\.source))
        let members = Dictionary(grouping: symbols.filter { !$0.isType && !$0.isImplied }) { symbol in
            let place = symbol.pathComponents.dropLast().joined(separator: ".")
            // What every conforming type is given, beside what it must have.
            return protocols.contains(place) && !required.contains(symbol.identifier.precise) ? "extension \(place)" : place
        }
        let typeNames = Set(types.map(\.name))
        let blocks = types.map { type in
            let told = (conformances[type.identifier.precise] ?? []).compactMap { $0.targetFallback ?? names[$0.target] }
            let conforms = Set(told).subtracting(Self.everyType).map { $0.replacing("Swift.", with: "") }.sorted()
            let head = ([type.heading] + (conforms.isEmpty ? [] : [conforms.joined(separator: ", ")])).joined(separator: ": ")
            return ([head] + Self.lines(members[type.name])).joined(separator: "\n")
        }
        // What protocols give, and what belongs to no type.
        let others = members.keys.filter { !typeNames.contains($0) }.sorted().map { name in
            ([name.isEmpty ? "module" : name] + Self.lines(members[name])).joined(separator: "\n")
        }
        return (blocks + others).joined(separator: "\n\n") + "\n"
    }

    /// What the compiler lets every type conform to.
    private static let everyType: Set = [
        "Swift.Copyable", "Swift.Escapable", "Swift.BitwiseCopyable", "Swift.SendableMetatype",
    ]

    private static func lines(_ members: [Symbol]?) -> [String] {
        (members ?? []).map { "    \($0.declaration)" }.sorted()
    }
}

extension ModuleGraph.Symbol {
    fileprivate var name: String { pathComponents.joined(separator: ".") }

    fileprivate var isType: Bool { isProtocol || ["swift.struct", "swift.enum", "swift.class"].contains(kind.identifier) }

    fileprivate var isProtocol: Bool { kind.identifier == "swift.protocol" }

    /// Said by a conformance already.
    fileprivate var isImplied: Bool {
        ["==(_:_:)", "hash(into:)", "hashValue"].contains(pathComponents.last)
    }

    fileprivate var declaration: String {
        (declarationFragments ?? []).map(\.spelling).joined().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// With the names of what it is in, and without what it conforms to, which a relationship says.
    fileprivate var heading: String {
        let own = isProtocol ? declaration.components(separatedBy: " : ")[0] : declaration
        guard pathComponents.count > 1, let last = pathComponents.last else { return own }
        return own.replacing(" \(last)", with: " \(name)", maxReplacements: 1)
    }
}
