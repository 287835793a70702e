import Farthing
import FarthingTestKit
import Foundation
import Testing

/// A person's yes before each payment, with and without a key in hardware, and approvers that go wrong.
@Suite struct ApproverTests {
    /// A key as hardware keeps it: what has it is another program.
    private struct Hardware: Sendable {
        let folder: URL

        init(in folder: URL) async throws {
            self.folder = folder
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try await openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path("key"))
            try await openssl("pkey", "-in", path("key"), "-pubout", "-outform", "DER", "-out", path("point"))
        }

        /// The last member of a key that is known to all.
        var point: Data { get throws { try Data(contentsOf: folder.appending(path: "point")).suffix(65) } }

        func sign(_ message: Data) async throws -> Data {
            let name = UUID().uuidString
            try message.write(to: folder.appending(path: name))
            try await openssl("dgst", "-sha256", "-sign", path("key"), "-out", path("\(name).signed"), path(name))
            return try Data(contentsOf: folder.appending(path: "\(name).signed"))
        }

        private func path(_ name: String) -> String { folder.appending(path: name).path }

        private func openssl(_ arguments: String...) async throws { try await program("/usr/bin/openssl", arguments) }
    }

    private typealias Script = @Sendable (Draft, Data?) async throws(ApprovalError) -> Approval

    /// Does what each test says.
    private actor Scripted: Approver {
        nonisolated let hardware: Hardware?
        private var script: Script?
        private(set) var shown: [Draft] = []
        private(set) var messages: [Data?] = []

        init(_ hardware: Hardware?) { self.hardware = hardware }

        nonisolated func spendingKey() throws(ApprovalError) -> Data? {
            guard let hardware else { return nil }
            guard let point = try? hardware.point else { throw .unavailable }
            return point
        }

        func approve(_ draft: Draft, message: Data?) async throws(ApprovalError) -> Approval {
            shown.append(draft)
            messages.append(message)
            if let script { return try await script(draft, message) }
            guard let message else { return .confirmed }
            guard let signature = try? await hardware?.sign(message) else { throw .unavailable }
            return .signed(signature)
        }

        func become(_ script: Script?) { self.script = script }
    }

    private struct Scene {
        let town: Town
        let approver: Scripted
        let ann: any Wallet
        let truck: any Wallet

        func draft() async throws -> Draft {
            try await ann.prepare(.scanned(truck.requests.create(usd("4.50")).link))
        }

        func pays(_ draft: Draft) async throws {
            let payment = try await ann.confirm(draft)
            #expect(try await ann.outcome(of: payment.id, wait: .seconds(20)).isSettled)
        }

        func isDraft(_ draft: Draft) async throws -> Bool { try await ann.payment(draft.id.payment).state == .draft }

        func open(_ approver: (any Approver)?) async throws -> Opened { try await ApproverTests.open(town, approver) }
    }

    private static func open(_ town: Town, _ approver: (any Approver)?) async throws -> Opened {
        let phone = town.folder.appending(path: "anns phone")
        try FileManager.default.createDirectory(at: phone, withIntermediateDirectories: true)
        let keys = Keys.sealed(
            file: phone.appending(path: "keys"), stateFolder: phone.appending(path: "state"), key: KeptKey(5),
            approver: approver)
        return try await Farthing.open(folder: phone.appending(path: "wallet"), keys: keys)
    }

    private func scene(hardware: Bool, _ body: (Scene) async throws -> Void) async throws {
        try await Town.with { town in
            let key = hardware ? try await Hardware(in: town.folder.appending(path: "hardware")) : nil
            let approver = Scripted(key)
            guard case .empty(let empty) = try await Self.open(town, approver) else { throw Unexpected("not empty") }
            let scene = Scene(
                town: town, approver: approver, ann: try await empty.enrol(invite: town.verifier.invite(), name: "Ann"),
                truck: try await town.person("Taco Truck").wallet)
            let result: Result<Void, any Error>
            do { result = .success(try await body(scene)) } catch { result = .failure(error) }
            await scene.ann.close()
            await scene.truck.close()
            try result.get()
        }
    }

    @Test func aPersonIsShownTheDraftAndAYesPaysIt() async throws {
        try await scene(hardware: false) { scene in
            let draft = try await scene.draft()
            try await scene.pays(draft)
            #expect(await scene.approver.shown == [draft])
            // Without a key in hardware the wallet signs itself.
            #expect(await scene.approver.messages == [nil])
            // The same payment: nobody is asked again.
            try await scene.pays(draft)
            #expect(await scene.approver.shown.count == 1)
        }
    }

    @Test func aKeyInHardwareSignsAndTheWalletAloneCannot() async throws {
        try await scene(hardware: true) { scene in
            try await scene.pays(scene.draft())
            #expect(await scene.approver.messages.count == 1)
            #expect(await scene.approver.messages[0] != nil)
            let draft = try await scene.draft()
            await scene.ann.close()
            guard case .ready(let alone) = try await scene.open(nil) else { throw Unexpected("no wallet") }
            let problem = try await failure(FarthingError.misuse) { try await alone.confirm(draft) }
            #expect(problem.kind == "signs_elsewhere")
            await alone.close()
        }
    }

    @Test func whateverAnApproverAnswersLeavesTheDraft() async throws {
        try await scene(hardware: true) { scene in
            let draft = try await scene.draft()
            let other = try await Hardware(in: scene.town.folder.appending(path: "other hardware"))
            let answers: [(String, Script)] = [
                ("vault_cancelled", { _, _ throws(ApprovalError) in throw .declined }),
                ("vault_timed_out", { _, _ throws(ApprovalError) in throw .timedOut }),
                ("vault_locked", { _, _ throws(ApprovalError) in throw .locked }),
                ("key_invalidated", { _, _ throws(ApprovalError) in throw .invalidated }),
                ("vault_unavailable", { _, _ throws(ApprovalError) in throw .unavailable }),
                ("approval_unsigned", { _, _ throws(ApprovalError) in .confirmed }),
                ("approval_unsigned", { _, _ throws(ApprovalError) in .signed(Data()) }),
                (
                    "approval_unsigned",
                    { _, message throws(ApprovalError) in
                        guard let message, let signature = try? await other.sign(message) else { throw .unavailable }
                        return .signed(signature)
                    }
                ),
            ]
            for (kind, script) in answers {
                await scene.approver.become(script)
                let problem = try await failure(FarthingError.locked) { try await scene.ann.confirm(draft) }
                #expect(problem.kind == kind)
                #expect(problem.moneyMoved == .no)
                #expect(try await scene.isDraft(draft))
            }
            await scene.approver.become(nil)
            try await scene.pays(draft)
        }
    }

    @Test(arguments: [false, true]) func cancellingWhileThePersonDecidesTakesTheQuestionBack(hardware: Bool) async throws {
        try await scene(hardware: hardware) { scene in
            let draft = try await scene.draft()
            let (asked, ask) = AsyncStream<Void>.makeStream()
            let (dismissed, dismiss) = AsyncStream<Void>.makeStream()
            await scene.approver.become { _, _ throws(ApprovalError) in
                ask.finish()
                try? await Task.sleep(for: .seconds(600))
                dismiss.finish()
                // What is said to a question that was taken back does not count.
                return .confirmed
            }
            let confirming = Task { try await scene.ann.confirm(draft) }
            for await _ in asked {}
            confirming.cancel()
            let result = await confirming.result
            #expect(throws: FarthingError.cancelled) { try result.get() }
            for await _ in dismissed {}
            #expect(try await scene.isDraft(draft))
            await scene.approver.become(nil)
            try await scene.pays(draft)
        }
    }

    @Test(arguments: [0, 1, 3, 10, 30, 100]) func whoeverCancelsAtAnyTimeFindsADraftOrAPayment(ms: Int) async throws {
        try await scene(hardware: false) { scene in
            let draft = try await scene.draft()
            let confirming = Task { try await scene.ann.confirm(draft) }
            try await Task.sleep(for: .milliseconds(ms))
            confirming.cancel()
            if case .failure(let error) = await confirming.result { #expect(error as? FarthingError == .cancelled) }
            // Whatever it came to, the same draft is paid once. What is done to its end may be stored just while it is asked for.
            do throws(FarthingError) { _ = try await scene.ann.confirm(draft) } catch {
                #expect(error.kind == "not_a_draft")
            }
            #expect(try await scene.ann.outcome(of: draft.id.payment, wait: .seconds(20)).isSettled)
            try await scene.truck.sync()
            #expect(try await scene.truck.available() == "24.50 USD")
        }
    }

    @Test func closingTakesTheQuestionBack() async throws {
        try await scene(hardware: false) { scene in
            let draft = try await scene.draft()
            let (asked, ask) = AsyncStream<Void>.makeStream()
            let (dismissed, dismiss) = AsyncStream<Void>.makeStream()
            await scene.approver.become { _, _ throws(ApprovalError) in
                ask.finish()
                try? await Task.sleep(for: .seconds(600))
                dismiss.finish()
                return .confirmed
            }
            let confirming = Task { try await scene.ann.confirm(draft) }
            for await _ in asked {}
            await scene.ann.close()
            _ = try await failure(FarthingError.closed) { try await confirming.value }
            for await _ in dismissed {}
        }
    }
}
