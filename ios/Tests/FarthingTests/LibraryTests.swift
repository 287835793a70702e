import Farthing
import Foundation
import Testing

@Suite struct LibraryTests {
    @Test func theLibraryThatBelongsToThisCodeIsLoaded() async throws {
        try Farthing.load()
        #expect(try await TestApp.run("load") == "loaded\n")
    }

    @Test func aLibraryOfAnotherVersionIsToldAsSuchWithBothVersions() async throws {
        let heard = try await loaded(#"@_cdecl("farthing_abi") public func abi() -> UInt32 { 4_000_000_000 }"#)
        #expect(heard == "mismatch: found 4000000000\n")
    }

    @Test func aLibraryThatDoesNotKnowOfVersionsIsAnotherVersion() async throws {
        let heard = try await loaded(#"@_cdecl("something_else") public func other() -> UInt32 { 1 }"#)
        #expect(heard == "mismatch: found none\n")
    }

    @Test func theMismatchIsAnErrorThatSaysWhatToDo() {
        let error = FarthingError.library(expected: 2, found: nil)
        #expect(error.moneyMoved == .no)
        #expect(error.action == .update)
        #expect(error.localizedDescription == error.sentence)
    }

    @Test func qrCodesAreDrawn() throws {
        let picture = try Farthing.drawQR("farthing", scale: 4)
        #expect(picture.side == 21)
        #expect(picture.png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(try Farthing.drawQR("farthing", scale: 0) == Farthing.drawQR("farthing", scale: 1))
        #expect(throws: FarthingError.self) { try Farthing.drawQR(String(repeating: "a", count: 10_000), scale: 4) }
    }

    /// What an app hears whose library was made of this source.
    private func loaded(_ source: String) async throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "farthing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "library.swift")
        try Data(source.utf8).write(to: file)
        let library = folder.appending(path: "libfarthing_ffi.so").path
        try await program("/usr/bin/env", ["swiftc", "-emit-library", "-o", library, file.path])
        return try await TestApp.run("load", environment: ["LD_LIBRARY_PATH": folder.path])
    }
}

/// The app that does what must be tried in a process of its own.
enum TestApp {
    static func run(_ what: String..., environment: [String: String] = [:]) async throws -> String {
        try await program(built.appending(path: "farthing-test-app").path, what, environment: environment)
    }

    /// The folder of what was built: that of the tests' own program.
    static var built: URL {
        URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    }
}

/// What a program prints.
@discardableResult
func program(_ path: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = Pipe()
    process.standardOutput = output
    let (ended, end) = AsyncStream<Int32>.makeStream()
    process.terminationHandler = { process in
        end.yield(process.terminationStatus)
        end.finish()
    }
    try process.run()
    let said = await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(returning: (try? output.fileHandleForReading.readToEnd()) ?? Data())
        }
    }
    for await status in ended where status != 0 {
        throw Unexpected("\(path) \(arguments) failed: \(String(decoding: said, as: UTF8.self))")
    }
    return String(decoding: said, as: UTF8.self)
}
