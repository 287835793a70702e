import Farthing
import FarthingTestKit
import Foundation
import Testing

/// Everything that a wallet knows, as files that others can check.
@Suite struct ExportTests {
    @Test func whoeverHasTheFilesAndTheRootCanCheckAReceipt() async throws {
        try await World.with { world in
            let (ann, draft) = (world.ann.wallet, try await world.draft(memo: "two tacos"))
            let payment = try await ann.confirm(draft)
            #expect(try await ann.outcome(of: payment.id, wait: .seconds(20)).isSettled)
            let out = world.town.folder.appending(path: "export")
            let written = try await ann.account.export(to: out)
            let files = try FileManager.default.contentsOfDirectory(atPath: out.path).sorted()
            #expect(try await written == Exported(files: files.count, payments: ann.history().count, requests: 0))
            let told = try String(contentsOf: out.appending(path: "wallet.json"), encoding: .utf8)
            #expect(told.contains("two tacos"))

            let verifier = try await ann.status().verifier
            let checked = try await verify(payment.id, in: out, root: verifier)
            #expect(checked.contains(#""kind":"receipt""#) && checked.contains(#""valid":true"#), "\(checked)")
            await #expect(throws: Unexpected.self) {
                try await verify(payment.id, in: out, root: String(repeating: "ab", count: 32))
            }

            let full = try await failure(FarthingError.storage) { try await ann.account.export(to: out) }
            #expect(full.kind == "storage")
            #expect(try FileManager.default.contentsOfDirectory(atPath: out.path).sorted() == files)
        }
    }

    /// By the real program.
    @discardableResult
    private func verify(_ payment: PaymentID, in folder: URL, root: String) async throws -> String {
        let programs = try #require(ProcessInfo.processInfo.environment["FARTHING_PROGRAMS"])
        let (receipt, certificate) = ("\(payment.text).receipt.cose", "verifier-certificate-1.cose")
        return try await program(
            "\(programs)/farthing",
            [
                "--json", "verify", folder.appending(path: receipt).path, "--root", root, "--certificate",
                folder.appending(path: certificate).path,
            ])
    }
}
