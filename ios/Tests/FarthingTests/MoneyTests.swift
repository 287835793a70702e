import Farthing
import Testing

@Suite struct MoneyTests {
    @Test(arguments: [
        ("4.50", 4_500_000, "4.50 USD"), ("4.5", 4_500_000, "4.50 USD"), ("0.000001", 1, "0.000001 USD"),
        ("12", 12_000_000, "12.00 USD"), ("0.0230", 23_000, "0.023 USD"), ("0", 0, "0.00 USD"),
        ("100", 100_000_000, "100.00 USD"), ("0000000000000000000000001", 1_000_000, "1.00 USD"),
        ("1000000000", 1_000_000_000_000_000, "1000000000.00 USD"),
    ])
    func isReadExactlyAndShownAsPeopleWriteIt(number: String, units: UInt64, shown: String) throws {
        #expect(try usd(number).units == units)
        #expect(try usd(number).description == shown)
    }

    @Test func hasTheDecimalsOfItsCurrency() throws {
        #expect(try Money("1500", "KRW", scale: 4).description == "1500 KRW")
        #expect(try Money("1500.5", "KRW", scale: 4).description == "1500.5 KRW")
        #expect(try Money("7", "PTS", scale: 0).description == "7 PTS")
        #expect(try Money(units: 5, code: "USD", scale: 12).description == "0.000000000005 USD")
    }

    @Test(arguments: [
        "", "four", "1.", ".5", ".", "+1", "-1", "1e3", "1,5", " 1", "1 ", "\u{661}", "1.2.3", "0.0000001", "1000000000.000001",
        "99999999999999999999", "1\u{301}",
    ])
    func refusesWhatCouldBeAnotherAmountToSomebodyElse(number: String) {
        #expect(throws: MoneyError.self) { try usd(number) }
    }

    @Test func refusesWhatIsNoCurrency() {
        #expect(throws: MoneyError.notACode) { try Money("1", "usd", scale: 6) }
        #expect(throws: MoneyError.notACode) { try Money("1", "US", scale: 6) }
        #expect(throws: MoneyError.notACode) { try Money("1", "1US", scale: 6) }
        #expect(throws: MoneyError.notAScale) { try Money("1", "USD", scale: 13) }
        #expect(throws: MoneyError.notAScale) { try Money("1", "USD", scale: -1) }
        #expect(throws: MoneyError.outOfRange) { try Money(units: .max, code: "USD", scale: 6) }
    }

    @Test func addsAndSubtractsWithinACurrencyAndNeverBelowNothing() throws {
        #expect(try usd("4.50") + usd("0.50") == usd("5.00"))
        #expect(try usd("4.50") - usd("0.50") == usd("4.00"))
        #expect(try usd("4.50") > usd("0.50"))
        #expect(try Money("1", "USD", scale: 6) != Money("1", "EUR", scale: 6))
        #expect(throws: MoneyError.outOfRange) { try usd("0.50") - usd("4.50") }
        #expect(throws: MoneyError.otherCurrency) { try usd("1") + Money("1", "KRW", scale: 4) }
        #expect(throws: MoneyError.otherCurrency) { try usd("1") < Money("1", "USD", scale: 2) }
        #expect(throws: MoneyError.outOfRange) { try usd("1000000000") + usd("0.000001") }
    }
}
