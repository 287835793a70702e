"""Money without network: the checks of its objects (6.31 to 6.38)."""

from .cbor import MAX_AMOUNT, require, require_uuid7
from .keys import cose_key, first_16, thumbprint
from .tabs import DAY, MINUTE

SPEND_MOST, GRACE_LEAST, GRACE_MOST = 31 * DAY, 3 * DAY, 31 * DAY
VOUCHERS_MOST, CLAIMS_MOST = 256, 4096


def check_cap(cap, per_voucher):
    """A cap, and the most of one voucher."""
    require(0 < per_voucher <= cap[0], "vouchers of nothing, or above the cap")


def check_grace(grace):
    """The time between the end of spending and of claiming."""
    require(GRACE_LEAST <= grace <= GRACE_MOST, "too short or too long to claim")


def check_allowance_order(f):
    """6.31"""
    require_uuid7(f[1], f[5])
    require(f[5] < f[6] <= f[5] + 10 * MINUTE, "a life that is empty or too long")
    check_cap(f[8], f[9])
    require(f[6] < f[10] <= f[5] + SPEND_MOST, "an end of spending that is too early or too late")
    check_grace(f[11] - f[10])
    key = cose_key(f[12])
    require(first_16(key) not in (f[3], f[4]), "the account's or the device's key as allowance key")
    require(thumbprint(key) != f[2], "the verifier's key as allowance key")


def check_allowance(f):
    """6.32"""
    check_cap(f[6], f[7])
    check_grace(f[9])
    require(f[3] < f[8], "over when it begins")


def check_offline_voucher(f):
    """6.34"""
    require(0 < f[3] <= f[5] <= f[4], "for nothing, or more than its totals")
    require(f[2] > 1 or f[4] == f[3], "something before the first")


def check_revoked(f):
    """6.37"""
    require(all(a < b for a, b in zip(f[4], f[4][1:])), "names are not ascending, or one stands twice")


def in_proportion(share, pot, part, whole):
    """A part's share of a pot, rounded down or, where it is no whole number, up."""
    low, rest = divmod(pot * part, max(whole, 1))
    return part <= whole and share in (low, low + bool(rest))


def check_settlement(f):
    """6.38"""
    cap, (count, claimed, reserve, balance, fund) = f[6][0], f[7]
    require(cap > 0, "a cap of nothing")
    require(count <= claimed <= count * MAX_AMOUNT, "claims that cannot come to this")
    missing = claimed - reserve
    require(reserve == min(cap, claimed), "another sum than the cap, or all")
    require(balance <= min(cap, missing) and fund <= missing - balance, "more than is missing")
    if 9 in f:
        _, _, amount, of_reserve, of_balance, of_fund = f[9]
        rest = amount - of_reserve
        require(amount > 0 and in_proportion(of_reserve, reserve, amount, claimed), "a share out of proportion")
        require(in_proportion(of_balance, balance, rest, missing), "a share of the balance out of proportion")
        require(of_fund <= min(fund, rest - of_balance), "more out of the fund than is missing")
    require(10 in f or claimed <= cap, "more than the cap, and nothing says why")
    require(10 not in f or f[10][0] < f[10][1], "no two vouchers, in their order")
