import Farthing
import FarthingTestKit
import Foundation
import Testing

/// A till that acts for somebody's account, within limits.
@Suite struct DevicesTests {
    private func join(_ owner: any Wallet, _ phone: Phone, _ scope: Scope) async throws -> any Wallet {
        let pairing = try await owner.devices.show()
        async let joined = {
            let joining = try await phone.empty().join(pairing.offer)
            #expect(try await pairing.checkCode() == joining.checkCode)
            return try await joining.confirm(name: "Till")
        }()
        #expect(try await pairing.checkCode() != nil)
        // The owner's answer waits for the other phone's.
        try await pairing.confirm(scope)
        return try await joined
    }

    @Test func aTillIsPaidForTheAccountPaysWithinItsLimitAndNothingAfterItWasRevoked() async throws {
        try await Town.with { town in
            let owner = try await town.person("Taco Truck").wallet
            let ann = try await town.person("Ann").wallet
            let till = try await join(owner, town.phone(), Scope(pay: true, perOrder: [usd("2")]))
            let request = try await till.requests.create(usd("4.50"))
            let paid = try await ann.confirm(ann.prepare(.scanned(request.link)))
            #expect(try await ann.outcome(of: paid.id, wait: .seconds(20)).isSettled)
            try await till.sync()
            try await owner.sync()
            #expect(try await owner.available() == "24.50 USD")
            // One account.
            #expect(try await till.balances() == owner.balances())

            let alias = PayTo.scanned(try await ann.status().alias)
            let refused = try await failure(FarthingError.denied) { try await till.prepare(alias, amount: usd("3")) }
            #expect(refused.kind == "over_order_limit")
            let draft = try await till.prepare(alias, amount: usd("2"))

            let devices = try await owner.devices.list()
            try #require(devices.count == 2)
            let (own, added) = (devices[0], devices[1])
            #expect(own.isThis && own.administers && own.active)
            #expect(!added.isThis && !added.administers)
            #expect(added.perOrder.map(\.description) == ["2.00 USD"])
            try await owner.devices.revoke(added.id)
            #expect(try await owner.devices.list().last?.active == false)
            do {
                let end = try await till.outcome(of: till.confirm(draft).id, wait: .seconds(20))
                guard case .refused(_, let why) = end else { throw Unexpected("\(end)") }
                #expect(why.moneyMoved == .no)
            } catch let error as FarthingError {
                #expect(error.moneyMoved == .no)
            }
            try await owner.sync()
            #expect(try await owner.available() == "24.50 USD")
            for wallet in [owner, ann, till] { await wallet.close() }
        }
    }

    @Test func aNoOnEitherPhoneAddsNothing() async throws {
        try await Town.with { town in
            let owner = try await town.person("Ann").wallet
            let pairing = try await owner.devices.show()
            let phone = try town.phone()
            do {
                let joining = try await phone.empty().join(pairing.offer)
                #expect(try await pairing.checkCode() == joining.checkCode)
                try await joining.reject()
            }
            try await pairing.reject()
            #expect(try await owner.devices.list().count == 1)
            guard case .empty = try await phone.open() else { throw Unexpected("something is in the folder") }
            await owner.close()
        }
    }
}
