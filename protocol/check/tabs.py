"""Tabs: the checks of their objects (6.24 to 6.30), and the rules of a hold's money (chapter 19)."""

from . import money
from .cbor import MAX_AMOUNT, require, require_uuid7
from .keys import first_16, thumbprint

MINUTE = 60 * 1000
DAY = 24 * 60 * MINUTE
SPEND_MOST, GRACE_LEAST, GRACE_MOST, MARGIN = 31 * DAY, DAY, 31 * DAY, 5 * MINUTE
METER_TIME, METER_COUNTED = 1, 2
HOLD, TAB, CLAIM, SPENT = ENTRIES = (5, 6, 7, 8)  # kinds of entries (10.9)
UNKNOWN, ENDED, CLOSED, VERSION, LOWERED = 130, 131, 132, 133, 134
INVALID, ABOVE_VOUCHER, ABOVE_CAP, OTHER_TOTAL, FUNDS = 136, 137, 138, 139, 101


def check_bounds(cap, spend_until, claim_until):
    """What holds for the bounds of every version (6.25)."""
    require(cap[0] > 0, "a cap of nothing")
    require(GRACE_LEAST <= claim_until - spend_until <= GRACE_MOST, "a grace that is too short or too long")


def check_asked(created, expires, cap, spend_until, claim_until):
    """What holds for the bounds that an order asks for."""
    require(created < expires <= created + 10 * MINUTE, "a life that is empty or too long")
    require(expires < spend_until <= created + SPEND_MOST, "an end of spending that is too early or too late")
    check_bounds(cap, spend_until, claim_until)


def check_voucher_key(key, payee):
    """A voucher key is Ed25519, and not the payee's."""
    require(key[1] == 1, "the voucher key is not Ed25519")
    require(thumbprint(key) != payee, "the payee's key as voucher key")


def check_offer(f):
    """6.24"""
    price, _, cap, lasts, grace = (f[8][member] for member in range(5))
    require(f[6] < f[7] <= f[6] + (366 if f[11] else 30) * DAY, "a life that is empty or too long")
    require(price[0] > 0, "a price of nothing")
    require(cap[1:] == price[1:] and cap[0] >= price[0], "a cap that buys nothing")
    require(10 * MINUTE < lasts <= SPEND_MOST, "a hold that is too short or too long")
    require(GRACE_LEAST <= grace <= GRACE_MOST, "a grace that is too short or too long")
    if 5 in f[8]:
        check_meter(f[8][5], price[0], cap[0])


def check_meter(meter, price, cap):
    """6.24: a meter's quantum takes its time, costs something, and is within the cap."""
    if meter[0][0] == METER_TIME:
        require(1000 <= meter[3] <= 60 * MINUTE, "a quantum that is too short or too long")
    require(1000 <= meter[4] <= 10 * MINUTE, "a meter's grace that is too short or too long")
    require(0 < price * meter[3] // meter[1] <= cap, "a quantum for nothing, or above the cap")


def meter_due(meter, price, ticks):
    """19.10: what so many ticks from the beginning on cost."""
    return min(price * max(ticks - meter[2], 0) // meter[1], MAX_AMOUNT)


def meter_covers(meter, price, total):
    """19.10: for how many ticks a total of vouchers pays, the free ones among them."""
    return meter[2] + ((total + 1) * meter[1] - 1) // price


def meter_loss(meter, price):
    """19.10: the most that either side loses by the other."""
    grace = meter[4] if meter[0][0] == METER_TIME else meter[0][1] * meter[4] // 1000
    return min(-(-price * (meter[3] + grace) // meter[1]), MAX_AMOUNT)


def check_hold_order(f):
    """6.25"""
    require_uuid7(f[1], f[5])
    check_asked(f[5], f[6], f[10], f[11], f[12])
    check_voucher_key(f[13], f[9])
    require(first_16(f[13]) not in (f[3], f[4]), "the account's or the device's key as voucher key")
    require(thumbprint(f[13]) != f[2], "the verifier's key as voucher key")


def check_hold_change(f):
    """6.26"""
    require_uuid7(f[1], f[5])
    check_asked(f[5], f[6], f[9], f[10], f[11])


def check_hold_receipt(f):
    """6.27"""
    check_bounds(f[11], f[12], f[13])
    check_voucher_key(f[9], f[8])
    first = f[10] == 1 and 16 not in f
    require(first == (f[7] == f[5]), "a first receipt that answers no order, or another that does")
    require(f[6] == f[4] if first else f[6] <= f[4], "placed at another time")


def check_claim_receipt(f):
    """6.30"""
    total, amount = f[7], f[8]
    require(amount[1:] == total[1:] and amount[0] <= total[0], "more than the total")
    if 11 in f:
        require(amount[0] == 0 and 10 not in f, "an end that moves something to the payee")
    else:
        require(amount[0] > 0 and 9 in f and 10 in f, "a claim of nothing, or of nobody")


class Refusal(Exception):
    """A hold's rule refuses; `code` is chapter 12's."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def refuse_if(condition, code):
    """One of chapter 19's checks, in their order."""
    if condition:
        raise Refusal(code)


def fee_of(total, flat, bps):
    """What is due in fees once so much was claimed in all."""
    return money.fee(total, flat, bps) if total else 0


def reserve(cap, flat, bps):
    """What is set aside for a cap; None when that is no amount."""
    fee = money.fee(cap, flat, bps)
    return cap + fee if fee <= MAX_AMOUNT and cap + fee <= MAX_AMOUNT else None


def closed(bounds, time):
    """The bounds after the payer's closing."""
    version, cap, spend_until, claim_until = bounds
    if time >= spend_until:
        return bounds
    return [version, cap, time, time + claim_until - spend_until]


def follow(before, after):
    """Whether bounds may follow: None, or the refusal's code."""
    if after[0] != before[0] + 1:
        return VERSION
    kept = all(new >= old for old, new in zip(before[1:], after[1:], strict=True))
    return None if kept and after[3] - after[2] >= before[3] - before[2] else LOWERED


def fault(voucher):
    """What payee and verifier both ask of a voucher."""
    return "other_hold" if voucher["foreign"] else "other_key" if voucher["forged"] else None


def takes(bounds, voucher, newest, time):
    """What a payee finds wrong with a voucher, or None."""
    found = fault(voucher)
    for name, wrong in (("later_version", voucher["version"] > bounds[0]), ("above_cap", voucher["total"] > bounds[1])):
        found = found or (name if wrong else None)
    if not found and newest is not None and voucher["total"] <= newest:
        found = "not_greater"
    return found or (None if time < bounds[2] - MARGIN else "too_late")


class Hold:
    """A hold as the verifier keeps it; what is refused changes nothing."""

    def __init__(self, flat, bps, bounds):
        self.fees, self.bounds, self.claimed, self.state = (flat, bps), bounds, 0, "open"

    def held(self):
        """What lies in the held account."""
        if self.state == "ended":
            return 0
        return reserve(self.bounds[1], *self.fees) - self.claimed - fee_of(self.claimed, *self.fees)

    def live(self, time):
        """Something may still change."""
        refuse_if(self.state == "ended" or time >= self.bounds[3], ENDED)

    def claim(self, time, do):
        """19.4"""
        total, voucher = do["claim"], do["voucher"]
        found = fault(voucher)
        refuse_if(found, {"other_hold": UNKNOWN, "other_key": INVALID}.get(found))
        refuse_if(total > voucher["total"], ABOVE_VOUCHER)
        refuse_if(total > self.bounds[1], ABOVE_CAP)
        if total <= self.claimed:
            return {"before": True}
        self.live(time)
        fee = fee_of(total, *self.fees) - fee_of(self.claimed, *self.fees)
        amount, self.claimed = total - self.claimed, total
        return {"amount": amount, "fee": fee}

    def change(self, time, do):
        """19.3"""
        self.live(time)
        refuse_if(self.state == "closed", CLOSED)
        wrong = follow(self.bounds, do["change"])
        refuse_if(wrong, wrong)
        refuse_if(reserve(do["change"][1], *self.fees) is None, FUNDS)
        before, self.bounds = self.held(), do["change"]
        return {"more": self.held() - before}

    def close(self, time, _):
        """19.5"""
        self.live(time)
        if self.state == "open":
            self.bounds, self.state = closed(self.bounds, time), "closed"
        return {}

    def release(self, time, do):
        """19.5"""
        self.live(time)
        refuse_if(do["release"] != self.claimed, OTHER_TOTAL)
        return self.let_go()

    def end(self, time, _):
        """19.5"""
        if self.state == "ended" or time < self.bounds[3]:
            return {"before": True}
        return self.let_go()

    def let_go(self):
        """What goes back to the payer."""
        back, self.state = self.held(), "ended"
        return {"back": back}
