"""Money without network: what contradicts what, proofs, what payees take, anchors, settlements, frames (7.12, 7.13, 20)."""

from . import keys, merkle, money, tabs
from .cbor import Refused, bstr_up_to, decode, encode, row
from .cose import Signed
from .keys import cose_key
from .objects import SIGNED, obj
from .offline import CLAIMS_MOST, VOUCHERS_MOST
from .sealing import MAX_CARRIED

ALLOWANCE, VOUCHER, REQUEST = bstr_up_to(220), bstr_up_to(180), bstr_up_to(240)
MAX_PROOF = MAX_FRAME = 2048
PROOF = obj({1: SIGNED, 2: ALLOWANCE, 3: VOUCHER, 4: VOUCHER}, {5: REQUEST, 6: REQUEST})
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
FRAMES = {
    "FR": REQUEST,
    "FD": row(REQUEST, bstr_up_to(MAX_FRAME)),
    "FA": ALLOWANCE,
    "FV": VOUCHER,
    "FP": row(ALLOWANCE, VOUCHER),
    "FT": bstr_up_to(192),
    "FQ": bstr_up_to(MAX_FRAME),
    "FC": bstr_up_to(MAX_CARRIED),
    "FS": bstr_up_to(MAX_FRAME),
}


def contradict(one, other, at_payee=False):
    """What two vouchers of one allowance contradict each other in, or None. Each is [number, amount, total, payee's total]."""
    (n, _, total, of_payee), (m, amount, later, later_of_payee) = sorted((one, other))
    if n == m:
        return "same_number"
    for name, before, after in (("totals", total, later), ("payee_totals", of_payee, later_of_payee))[: 1 + at_payee]:
        if after - amount < before or (m == n + 1 and after - amount != before):
            return name
    return None


def shape(voucher):
    """A voucher as `contradict` takes it."""
    return [voucher[member] for member in (2, 3, 4, 5)]


def found_in(one, other, at_payee):
    """As `contradict`, of whole vouchers: the same one does not contradict itself."""
    if one.fields == other.fields or one[1] != other[1]:
        return None
    return contradict(shape(one), shape(other), at_payee)


def prove(raw, verifier):
    """Read a proof, and what it proves, which is to be called (7.12)."""
    if len(raw) > MAX_PROOF:
        raise Refused("too_large", f"a proof of {len(raw)} bytes")
    fields = PROOF(decode(raw, "proof"), "proof")
    if (5 in fields) != (6 in fields):
        raise Refused("value", "one request of two")
    return fields, lambda: proven(fields, verifier)


def signed_by(signed, key):
    """Verified; of a proof it counts only whether."""
    try:
        return signed.verify(key)
    except Refused as refused:
        raise Refused("wrong_key", f"{signed.kind}: {refused}") from refused


def proven(fields, verifier):
    """What the two vouchers contradict each other in."""
    certificate = Signed("verifier-certificate", fields[1])
    if keys.thumbprint(certificate[1]) != verifier:
        raise Refused("wrong_key", "a certificate of another root")
    signed_by(certificate, certificate[1])
    allowance = signed_by(Signed("allowance", fields[2]), certificate[3])
    timely = certificate[7] <= allowance[3] < certificate[8]
    if (certificate[5], certificate[6] <= allowance[2], timely) != (allowance[1], True, True):
        raise Refused("wrong_key", "an allowance outside of its certificate")
    one, other = (signed_by(Signed("offline-voucher", fields[member]), cose_key(allowance[5])) for member in (3, 4))
    if {one[1], other[1]} != {allowance[4]}:
        raise Refused("wrong_key", "a voucher of another allowance")
    if 5 in fields:
        asked = [Signed("offline-request", fields[member]) for member in (5, 6)]
        for request, voucher in zip(asked, (one, other), strict=True):
            signed_by(request, cose_key(request[3]))
            if request.hash != voucher[6]:
                raise Refused("value", "a request of another voucher")
        if asked[0][3] != asked[1][3]:
            raise Refused("value", "requests of two payees")
    found = found_in(one, other, 5 in fields)
    if found is None:
        raise Refused("value", "both can be honest")
    return found


def fault(allowance, voucher, request):
    """What payee and verifier both ask of a voucher (20.4); the first that is wrong, or None."""
    if voucher[1] != allowance[4]:
        return "other_allowance"
    try:
        voucher.verify(cose_key(allowance[5]))
    except Refused:
        return "other_key"
    if voucher[6] != request.hash:
        return "other_request"
    if request[4] != [voucher[3], *allowance[6][1:]]:
        return "other_amount"
    if voucher[3] > allowance[7]:
        return "above_limit"
    return "above_cap" if voucher[4] > allowance[6][0] else None


def may_spend(allowance, time):
    """Vouchers are signed and taken at this time."""
    return time < allowance[8] - tabs.MARGIN


def takes(allowance, voucher, request, held, revoked, time):
    """What a payee finds wrong with a voucher, or None. `held` has the vouchers that are known, each with its payee key."""
    found = fault(allowance, voucher, request)
    for other, payee in held if found is None else []:
        found = found or found_in(other, voucher, payee == request[3])
    if found:
        return found
    if not may_spend(allowance, time) or time >= request[5]:
        return "too_late"
    return "revoked" if revoked and allowance[4][:8] in revoked[4] else None


def resume(anchor, stored):
    """What a wallet does when it starts (20.5)."""
    if anchor == stored:
        return "go_on"
    ahead = anchor["allowance"] == stored["allowance"] and anchor["next"] == stored["next"] + 1
    return "burnt" if ahead and anchor["total"] > stored["total"] else "frozen"


def next_voucher(anchor, allowance, request, promised, time):
    """A fault's name, or the voucher's members and the anchor after it (20.3)."""
    amount, asset = request[4][0], request[4][1:]
    payee, total, last = request[3].hex(), anchor["total"] + amount, anchor["last"]
    for name, wrong in (
        ("other_allowance", anchor["allowance"] != allowance[4].hex()),
        ("other_amount", asset != allowance[6][1:]),
        ("above_limit", amount > allowance[7]),
        ("above_cap", total > allowance[6][0] or anchor["next"] > VOUCHERS_MOST),
        ("too_late", not may_spend(allowance, time) or time >= request[5]),
    ):
        if wrong:
            return name, None
    of_payee = amount + (max(promised, last[1]) if last and last[0] == payee else promised)
    voucher = {0: 1, 1: allowance[4], 2: anchor["next"], 3: amount, 4: total, 5: of_payee, 6: request.hash}
    return voucher, anchor | {"next": anchor["next"] + 1, "total": total, "last": [payee, of_payee]}


def divide(pot, wanted):
    """Shares by the largest remainder, ties to the lower hash; all where the pot suffices. `wanted` is by hash."""
    whole = sum(wanted.values())
    if whole <= pot:
        return dict(wanted)
    shares = {voucher: pot * part // whole for voucher, part in wanted.items()}
    by_rest = sorted(wanted, key=lambda voucher: (-(pot * wanted[voucher] % whole), voucher))
    for voucher in by_rest[: pot - sum(shares.values())]:
        shares[voucher] += 1
    return shares


def settle(cap, balance, claims):
    """20.7: the shares, ascending by the voucher's hash, and the five sums."""
    by_request = {}
    for claim in sorted(claims, key=lambda claim: (claim["seq"], claim["voucher"])):
        first = by_request.setdefault(claim["request"], dict(claim))
        first["guaranteed"] = min(first["amount"], max(first["guaranteed"], claim["guaranteed"]))
    counted = {claim["voucher"]: claim for claim in by_request.values()}
    amounts = {voucher: counted[voucher]["amount"] for voucher in sorted(counted)}
    reserve = divide(cap, amounts)
    missing = {voucher: amount - reserve[voucher] for voucher, amount in amounts.items()}
    out_of_balance = divide(min(balance, cap), missing)
    shares = []
    for voucher, amount in amounts.items():
        paid = reserve[voucher] + out_of_balance[voucher]
        guaranteed = counted[voucher]["guaranteed"]
        fund = max(0, guaranteed - paid)
        shares.append(
            {
                "voucher": voucher,
                "reserve": reserve[voucher],
                "balance": out_of_balance[voucher],
                "fund": fund,
                "back_to_fund": guaranteed - fund,
                "lost": amount - paid - fund,
            }
        )
    sums = [sum(share[name] for share in shares) for name in ("reserve", "balance", "fund")]
    lines = [[bytes.fromhex(share["voucher"]), bytes.fromhex(counted[share["voucher"]]["payee_key"]),
              amounts[share["voucher"]], share["reserve"], share["balance"], share["fund"]] for share in shares]
    root = merkle.root([merkle.leaf(encode(line)) for line in lines])
    return shares, [len(shares), sum(amounts.values()), *sums], root


def room(cap, own, everybodys, amount):
    """The refusal of a claim for which there is no room, or None (20.7)."""
    if len(own) >= VOUCHERS_MOST or sum(own) + amount > cap:
        return 145
    left = max(1, (CLAIMS_MOST - (everybodys - len(own))) // 16)
    return 147 if everybodys >= CLAIMS_MOST or len(own) >= left else None


def goes_back(flat, bps, cap, paid):
    """What the payer gets back of what was set aside."""
    return tabs.reserve(cap, flat, bps) - paid - (money.fee(paid, flat, bps) if paid else 0)


def base45(data):
    """RFC 9285."""
    text = ""
    for at in range(0, len(data), 2):
        group = data[at : at + 2]
        number = int.from_bytes(group, "big")
        for _ in range(len(group) + 1):
            number, digit = divmod(number, 45)
            text += BASE45[digit]
    return text


def read_base45(text):
    """RFC 9285; what is none is `value`."""
    data = b""
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        number = 0
        for letter in reversed(group):
            if letter not in BASE45:
                raise Refused("value", f"{letter!r} is not of base45")
            number = number * 45 + BASE45.index(letter)
        if len(group) == 1 or number >= 256 ** (len(group) - 1):
            raise Refused("value", f"{group!r} is no group of base45")
        data += number.to_bytes(len(group) - 1, "big")
    return data


def frame(kind, parts):
    """The text of a frame (7.13)."""
    return f"{kind}:{base45(encode(parts) if len(parts) == 2 else parts[0])}"


def read_frame(text):
    """The kind and the parts of a frame (7.13)."""
    kind = text[:2]
    if kind not in FRAMES or text[2:3] != ":":
        raise Refused("value", "not a frame")
    if len(text) - 3 > (MAX_CARRIED if kind == "FC" else MAX_FRAME) // 2 * 3:
        raise Refused("too_large", f"a frame of {len(text)} characters")
    data = read_base45(text[3:])
    if kind in ("FD", "FP"):
        return kind, FRAMES[kind](decode(data, "frame"), "frame")
    return kind, [FRAMES[kind](data, "frame")]
