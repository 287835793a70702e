package farthing

import java.math.BigDecimal

/**
 * So many [units] of 10^-[scale] of a currency: 4.50 USD at scale 6 is 4 500 000 units. Never a float, never without its
 * currency.
 *
 * The scale is the verifier's, and never changes; take it from a [Balance] when you make an amount of your own.
 *
 * @throws IllegalArgumentException for less than 0 or more than 10^15 units, a code that is not 3 to 8 capital letters or
 *   digits, or a scale beyond 12.
 */
public class Money(public val units: Long, public val code: String, public val scale: Int) : Comparable<Money> {
    init {
        require(units in 0..UNITS_MAX) { "an amount has 0 to 10^15 units, not $units" }
        require(CODE.matches(code)) { "a currency's code has 3 to 8 capital letters or digits" }
        require(scale in 0..SCALE_MAX) { "a scale is 0 to $SCALE_MAX, not $scale" }
    }

    /** The number alone, as exactly as it is. */
    public val number: BigDecimal get() = BigDecimal.valueOf(units, scale)

    /** The number alone, with the decimals that people expect, and more only where they are not zero: `4.50`. */
    public val numberText: String
        get() {
            // The verifiers' scales have 4 decimals more, for small payments, than people use.
            val shown = maxOf(scale - 4, 0)
            val shortest = number.stripTrailingZeros()
            return shortest.setScale(maxOf(shortest.scale(), shown)).toPlainString()
        }

    /** The sum. @throws IllegalArgumentException when the currencies differ, or it is more than 10^15 units. */
    public operator fun plus(other: Money): Money = Money(units + same(other).units, code, scale)

    /** The difference. @throws IllegalArgumentException when the currencies differ, or it is less than nothing. */
    public operator fun minus(other: Money): Money = Money(units - same(other).units, code, scale)

    /** @throws IllegalArgumentException when the currencies differ. */
    override fun compareTo(other: Money): Int = units.compareTo(same(other).units)

    override fun equals(other: Any?): Boolean =
        other is Money && units == other.units && code == other.code && scale == other.scale

    override fun hashCode(): Int = (units.hashCode() * 31 + code.hashCode()) * 31 + scale

    /** As people read it: `4.50 USD`. */
    override fun toString(): String = "$numberText $code"

    private fun same(other: Money): Money {
        require(code == other.code && scale == other.scale) { "$code and ${other.code} cannot be mixed" }
        return other
    }

    public companion object {
        private const val UNITS_MAX = 1_000_000_000_000_000L
        private const val SCALE_MAX = 12
        private val CODE = Regex("[A-Z][A-Z0-9]{2,7}")
        private val NUMBER = Regex("[0-9]+(\\.[0-9]+)?")

        /**
         * Reads a number such as `4.50` as an amount of a currency.
         *
         * @throws IllegalArgumentException when it is no such number, has more decimals than the scale, or is too large.
         */
        public fun of(number: String, code: String, scale: Int): Money {
            // No sign, no exponent, no grouping: what looks like an amount to one person may be another to the next.
            require(NUMBER.matches(number)) { "not an amount: write it like 4.50" }
            val units = BigDecimal(number).movePointRight(scale)
            require(units <= BigDecimal.valueOf(UNITS_MAX)) { "more than the largest amount" }
            val exact = units.stripTrailingZeros()
            require(exact.scale() <= 0) { "too many decimals: $code has at most $scale" }
            return Money(exact.longValueExact(), code, scale)
        }
    }
}
