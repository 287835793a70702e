import Farthing
import FarthingTestKit
import Foundation
import Testing

/// People who have met, write, and ask each other for money; and what else there is of an account.
@Suite struct NotesTests {
    /// Each as the other's contact.
    private func meet(_ one: any Wallet, _ other: any Wallet) async throws -> (oneAtOthers: Contact, otherAtOnes: Contact) {
        let shown = try await one.pairing.show()
        let scanned = try await other.pairing.scan(#require(shown.offer))
        #expect(try await shown.checkCode() == scanned.checkCode())
        async let here: Void = shown.answer(same: true)
        async let there: Void = scanned.answer(same: true)
        _ = try await (here, there)
        async let otherAtOnes = shown.contact()
        async let oneAtOthers = scanned.contact()
        return (try #require(try await oneAtOthers), try #require(try await otherAtOnes))
    }

    @Test func aNoteArrivesAndARequestInANoteIsPaidWithoutScanning() async throws {
        try await World.with { world in
            let (ann, ben) = (world.ann.wallet, world.ben.wallet)
            let (annAtBens, benAtAnns) = try await meet(ann, ben)
            try await ann.contacts.write("lunch?", to: benAtAnns)
            try await ben.sync()
            let notes = try await ben.contacts.notes(of: annAtBens)
            #expect(notes.map(\.text) == ["lunch?"])
            #expect(notes.map(\.state) == [.received])

            try await ben.contacts.send(ben.requests.create(usd("4.50")).id, to: annAtBens)
            try await ann.sync()
            let asked = try #require(try await ann.contacts.notes(of: benAtAnns).last)
            #expect(asked.text == nil)
            let chosen = try await failure(FarthingError.misuse) {
                try await ann.prepare(.request(benAtAnns, asked), amount: usd("1"))
            }
            #expect(chosen.kind == "amount_is_said")
            let draft = try await ann.prepare(.request(benAtAnns, asked), memo: "tacos")
            #expect(draft.total.description == "4.50 USD")
            #expect(try await ann.outcome(of: ann.confirm(draft).id, wait: .seconds(20)).isSettled)
            try await ben.sync()
            #expect(try await ben.available() == "24.50 USD")
        }
    }

    @Test func aliasesThePhraseCheckpointsAndDiagnostics() async throws {
        try await World.with { world in
            let (ann, ben) = (world.ann.wallet, world.ben.wallet)
            try await ann.account.register("Annas-Place")
            #expect(try await ann.account.aliases() == [ann.status().alias, "annas-place"])
            let draft = try await ben.prepare(.scanned("annas-place"), amount: usd("1"))
            #expect(try await ben.outcome(of: ben.confirm(draft).id, wait: .seconds(20)).isSettled)

            #expect(try await ann.account.keepsPhrase())
            let other = try await failure(FarthingError.misuse) { try await ann.account.confirmPhrase(typed(ben)) }
            #expect(other.kind == "other_phrase")
            try await ann.account.confirmPhrase(typed(ann))
            #expect(try await !ann.account.keepsPhrase())
            let gone = try await failure(FarthingError.misuse) { try await ann.withPhrase { _ in } }
            #expect(gone.kind == "phrase_gone")

            let foreign = try await failure(FarthingError.unreadable) {
                try await ann.account.compareCheckpoint(Data(count: 9))
            }
            #expect(foreign.kind == "not_a_checkpoint")
            if let checkpoint = try await ben.account.checkpoint() {
                #expect(try await ann.account.compareCheckpoint(checkpoint) == .agreed)
            }
            #expect(try await ann.account.loss() == nil)

            let told = try await ann.diagnostics()
            #expect(told.contains("state: ready\n"))
            for secret in [try await ann.status().account, "Ann", "annas-place", "USD"] { #expect(!told.contains(secret)) }
        }
    }

    /// As the person types what is on the paper.
    private func typed(_ wallet: any Wallet) async throws -> PhraseEntry {
        let entry = try PhraseEntry()
        try await wallet.withPhrase { phrase throws(FarthingError) in
            for position in 1...phrase.count { try entry.add(phrase.word(position)) }
        }
        return entry
    }
}
