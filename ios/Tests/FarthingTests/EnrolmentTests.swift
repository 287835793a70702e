import Farthing
import FarthingTestKit
import Foundation
import Testing

@Suite struct EnrolmentTests {
    @Test func anInviteOpensAnAccountAndTheFolderHoldsItFromThenOn() async throws {
        try await Town.with { town in
            let phone = try town.phone()
            let invite = try await town.verifier.invite(grant: "7.50 USD")
            let wallet = try await phone.empty().enrol(invite: invite, name: "Ann", alias: "ann-7")
            #expect(try await wallet.available() == "7.50 USD")
            let status = try await wallet.status()
            #expect(status.name == "Ann")
            #expect(status.alias == "ann-7")
            await wallet.close()

            let again = try await phone.ready()
            #expect(try await again.status().account == status.account)
            await again.close()
        }
    }

    @Test func aSecondEnrolmentIsRefusedInTheSameFolderAndWithTheSameInvite() async throws {
        try await Town.with { town in
            let phone = try town.phone()
            let empty = try await phone.empty()
            let invite = try await town.verifier.invite()
            await (try empty.enrol(invite: invite)).close()

            let twice = try await failure(FarthingError.misuse) { try await empty.enrol(invite: town.verifier.invite()) }
            #expect(twice.kind == "already_enrolled")
            #expect(twice.code == 351)
            #expect(twice.moneyMoved == .no)
            #expect(twice.retry == .never)

            let usedUp = try await failure(FarthingError.denied) { try await town.phone().empty().enrol(invite: invite) }
            #expect(usedUp.moneyMoved == .no)
            #expect(usedUp.retry == .never)

            // Neither attempt has done anything to the wallet that was there.
            let wallet = try await phone.ready()
            #expect(try await wallet.available() == "20.00 USD")
            await wallet.close()
        }
    }

    @Test func aFolderHasOneOwnerAtATime() async throws {
        try await Town.with { town in
            let ann = try await town.person("Ann")
            let refused = try await failure(FarthingError.storage) { try await ann.phone.open() }
            #expect(refused.kind == "database_busy")
            #expect(refused.moneyMoved == .no)
            #expect(refused.retry == .later)
            await ann.wallet.close()
            await (try ann.phone.ready()).close()
        }
    }

    @Test func aPhraseBringsTheAccountBackOnAnotherPhoneAndTheOldPhoneIsRefused() async throws {
        try await Town.with { town in
            let ann = try await town.person("Ann")
            let account = try await ann.wallet.status().account
            let numbers = try await ann.wallet.withPhrase { phrase throws(FarthingError) in
                var numbers: [UInt16] = []
                for position in 1...phrase.count { numbers.append(try phrase.word(position)) }
                return numbers
            }
            #expect(numbers.count == 24)
            let list = try Farthing.wordList()
            #expect(list.count == 2048)
            #expect(numbers.allSatisfy { !list[Int($0)].isEmpty })
            for position in [-1, 0, 25, .max] {
                let none = try await failure(FarthingError.unreadable) {
                    try await ann.wallet.withPhrase { phrase throws(FarthingError) in try phrase.word(position) }
                }
                #expect(none.moneyMoved == .no)
            }

            let typed = try PhraseEntry()
            for number in numbers.dropLast() { try typed.add(number) }
            #expect(try await failure(FarthingError.unreadable) { try typed.check() }.kind == "wrong_phrase")
            try typed.add(numbers[0])
            typed.removeLast()
            try typed.add(numbers[23])
            try typed.check()
            let invite = try await town.verifier.invite(grant: nil)
            let found = try await town.phone().empty().restore(invite: invite, phrase: typed, name: "Ann")
            try await found.sync()
            #expect(try await found.status().account == account)
            #expect(try await found.available() == "20.00 USD")

            let ben = try await town.person("Ben")
            let request = try await ben.wallet.requests.create(usd("1.00"))
            let lost = try await failure(FarthingError.denied) {
                try await ann.wallet.confirm(ann.wallet.prepare(.scanned(request.link)))
            }
            #expect(lost.kind == "revoked")
            for wallet in [found, ann.wallet, ben.wallet] { await wallet.close() }
        }
    }

    @Test func aWalletWhoseKeyIsGoneNeedsItsPhraseAndIsNeverTakenForAnEmptyFolder() async throws {
        try await Town.with { town in
            let ann = try await town.person("Ann")
            let account = try await ann.wallet.status().account
            let typed = try PhraseEntry()
            try await ann.wallet.withPhrase { phrase throws(FarthingError) in
                for position in 1...phrase.count { try typed.add(phrase.word(position)) }
            }
            await ann.wallet.close()
            guard case .needsRecovery(let lost) = try await ann.phone.open(KeptKey(4711)) else { throw Unexpected("it opened") }
            #expect(lost.reason.kind == "key_invalidated")
            #expect(lost.reason.action == .restore)

            // With its own key it is what it was.
            await (try ann.phone.ready()).close()

            // And its phrase brings it back in another folder.
            let other = try town.phone()
            let invite = try await town.verifier.invite(grant: nil)
            let found = try await lost.restore(into: other.wallet, keys: other.keys(), invite: invite, phrase: typed)
            #expect(try await found.status().account == account)
            await found.close()
        }
    }

    @Test func whatIsNoPlaceOnTheDeviceIsRefused() async throws {
        let page = try #require(URL(string: "https://example.com/wallet"))
        let refused = try await failure(FarthingError.misuse) { try await Farthing.open(folder: page, keys: .inMemory()) }
        #expect(refused.kind == "not_a_place")
        #expect(refused.moneyMoved == .no)
    }

    @Test func keysInMemoryServeATest() async throws {
        try await Town.with { town in
            let (folder, keys) = (town.folder.appending(path: "in-memory"), Keys.inMemory())
            guard case .empty(let empty) = try await Farthing.open(folder: folder, keys: keys) else {
                throw Unexpected("not empty")
            }
            await (try empty.enrol(invite: await town.verifier.invite())).close()
            guard case .ready(let wallet) = try await Farthing.open(folder: folder, keys: keys) else {
                throw Unexpected("no wallet")
            }
            #expect(try await wallet.available() == "20.00 USD")
            await wallet.close()
        }
    }
}
