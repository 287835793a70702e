/// Why there is no such amount.
public enum MoneyError: Error, Hashable, Sendable {
    /// Less than nothing, or more than 10^15 units.
    case outOfRange

    /// A currency's code has 3 to 8 capital letters or digits, and begins with a letter.
    case notACode

    /// A scale is 0 to 12.
    case notAScale

    /// Not an amount: write it like 4.50.
    case notANumber

    /// More decimals than the currency has.
    case tooManyDecimals

    /// Two currencies cannot be mixed.
    case otherCurrency
}

/// So many ``units`` of 10^-``scale`` of a currency: 4.50 USD at scale 6 is 4 500 000 units. Never a float, never without its
/// currency.
///
/// The scale is the verifier's, and never changes; take it from a ``Balance`` when you make an amount of your own.
///
/// Operators throw where there is no answer: an app that adds dollars to won must hear of it, and must not be ended by it.
public struct Money: Hashable, Sendable, CustomStringConvertible {
    public let units: UInt64
    public let code: String
    public let scale: Int

    public init(units: UInt64, code: String, scale: Int) throws(MoneyError) {
        guard units <= Self.unitsMax else { throw .outOfRange }
        guard Self.isCode(code) else { throw .notACode }
        guard (0...Self.scaleMax).contains(scale) else { throw .notAScale }
        self.init(trusted: units, code: code, scale: scale)
    }

    /// Reads a number such as `4.50` as an amount of a currency.
    public init(_ number: String, _ code: String, scale: Int) throws(MoneyError) {
        guard (0...Self.scaleMax).contains(scale) else { throw .notAScale }
        // No sign, no exponent, no grouping: what looks like an amount to one person may be another to the next.
        let parts = Array(number.utf8).split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Self.isDigit) }) else { throw .notANumber }
        let decimals = (parts.count > 1 ? parts[1] : []).reversed().drop { $0 == UInt8(ascii: "0") }.reversed()
        guard decimals.count <= scale else { throw .tooManyDecimals }
        let digits = parts[0] + decimals + Array(repeating: UInt8(ascii: "0"), count: scale - decimals.count)
        var units: UInt64 = 0
        for digit in digits {
            units = units * 10 + UInt64(digit - UInt8(ascii: "0"))
            guard units <= Self.unitsMax else { throw .outOfRange }
        }
        try self.init(units: units, code: code, scale: scale)
    }

    /// What the library itself says needs no check.
    init(trusted units: UInt64, code: String, scale: Int) {
        self.units = units
        self.code = code
        self.scale = scale
    }

    /// The number alone, with the decimals that people expect, and more only where they are not zero: `4.50`.
    public var number: String {
        // The verifiers' scales have 4 decimals more, for small payments, than people use.
        let shown = max(scale - 4, 0)
        let padded = String(repeating: "0", count: max(scale + 1 - String(units).count, 0)) + String(units)
        let whole = padded.dropLast(scale)
        var decimals = padded.suffix(scale)
        while decimals.count > shown, decimals.last == "0" { decimals.removeLast() }
        return decimals.isEmpty ? String(whole) : "\(whole).\(decimals)"
    }

    /// As people read it: `4.50 USD`.
    public var description: String { "\(number) \(code)" }

    public static func + (left: Money, right: Money) throws(MoneyError) -> Money {
        // Neither is more than 10^15: the sum fits.
        try Money(units: left.units + left.same(right).units, code: left.code, scale: left.scale)
    }

    /// The difference, which is never less than nothing.
    public static func - (left: Money, right: Money) throws(MoneyError) -> Money {
        guard try left.same(right).units <= left.units else { throw .outOfRange }
        return try Money(units: left.units - right.units, code: left.code, scale: left.scale)
    }

    public static func < (left: Money, right: Money) throws(MoneyError) -> Bool { try left.units < left.same(right).units }

    public static func > (left: Money, right: Money) throws(MoneyError) -> Bool { try right < left }

    private func same(_ other: Money) throws(MoneyError) -> Money {
        guard code == other.code, scale == other.scale else { throw .otherCurrency }
        return other
    }

    private static let unitsMax: UInt64 = 1_000_000_000_000_000
    private static let scaleMax = 12

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

    private static func isCode(_ code: String) -> Bool {
        guard (3...8).contains(code.utf8.count), let first = code.utf8.first else { return false }
        return isCapital(first) && code.utf8.allSatisfy { isCapital($0) || isDigit($0) }
    }
}
