"""The objects (chapter 6), and what is sealed: bundle, details, offer, grant, envelope (chapter 7)."""

import ipaddress
import re

from .cbor import (
    ALIAS,
    AMOUNT,
    CODE,
    COUNTER,
    HASH,
    ID,
    MAX_AMOUNT,
    SCALE,
    TIME,
    Refused,
    array,
    boolean,
    bstr,
    bstr_up_to,
    decode,
    encode,
    members,
    one_of,
    require,
    require_uuid7,
    row,
    text,
    uint,
    variant,
)
from .keys import bare_key, olm_key, public_key
from .offline import (
    CLAIMS_MOST,
    VOUCHERS_MOST,
    check_allowance,
    check_allowance_order,
    check_offline_voucher,
    check_revoked,
    check_settlement,
)
from .tabs import METER_COUNTED, METER_TIME, check_claim_receipt, check_hold_change, check_hold_order
from .tabs import check_hold_receipt, check_offer

DAY = 24 * 60 * 60 * 1000
MINUTE = 60 * 1000
MAX_SIGNED, MAX_BUNDLE, MAX_CONTENT = 8192, 8192, 4096
LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
HOST = rf"(?:{LABEL}(?:\.{LABEL})*|\[(?P<ipv6>[0-9a-f:.]+)\])"
LOOPBACK = r"(?:127\.0\.0\.1|\[::1\]|localhost)"
URL = re.compile(rf"(?:https://{HOST}|http://{LOOPBACK})(?::(?P<port>[1-9][0-9]{{0,4}}))?")


def require_url(value):
    """A verifier's URL (6.5): no path, no user, no slash at the end."""
    found = URL.fullmatch(value)
    require(found, f"{value!r} is no URL of a verifier")
    require(int(found["port"] or 1) < 65536, f"{value!r} has no port that exists")
    if found["ipv6"]:
        try:
            ipaddress.IPv6Address(found["ipv6"])
        except ValueError as error:
            raise Refused("value", f"{value!r} has no IPv6 address in its brackets") from error


def ascending(values, what):
    """In order, and each once."""
    require(all(a < b for a, b in zip(values, values[1:])), f"{what} are not ascending, or one stands twice")


def lifetime(created, expires, most):
    """created < expires ≤ created + most."""
    require(created < expires <= created + most, "a life that is empty or too long")


def one_asset(items):
    """Items are of one asset, and their sum is an amount, which it returns. An item may cost nothing."""
    require(len({tuple(amount[1:]) for _, amount in items}) == 1, "items of two assets")
    total = sum(amount[0] for _, amount in items)
    require(total <= MAX_AMOUNT, "the items' sum is too large")
    return [total, *items[0][1][1:]]


def checked(reader, check):
    """A reader, then the checks that chapter 6 gives beyond the CDDL."""

    def read(value, where):
        fields = reader(value, where)
        check(fields)
        return fields

    return read


def obj(required, optional=None, check=lambda fields: None):
    """A map object of version 1."""
    return checked(members(required, optional, versioned=True), check)


def check_certificate(f):
    """6.1"""
    require(f[7] < f[8], "never valid")


def check_fee_schedule(f):
    """6.4: codes ascending, bytewise."""
    ascending([code for code, *_ in f[4]], "codes")


def check_device(f):
    """6.6"""
    encoded = {encode(f[member]) for member in (2, 3, 4)}
    require(len(encoded) == 3, "two of the keys are the same")
    require(f[4][1] == 1, "the session key is not Ed25519")
    for limits in (1, 2):
        ascending([tuple(amount[1:]) for amount in f[6].get(limits, [])], "limits")


def check_list(f):
    """6.7"""
    ascending([device for device, _ in f[4]], "devices")


def check_act(f):
    """6.9, for every session act."""
    require_uuid7(f[4], f[5])


def check_register(f):
    """6.9"""
    check_act(f)
    require(len({handle for handle, _ in f[6]}) == len(f[6]), "a handle twice")
    require(len({encode(key) for _, key in f[6]}) == len(f[6]), "a payee key twice")


def check_bind(f):
    """6.9"""
    check_act(f)
    require(7 not in f or f[7][0] > 0, "an amount of nothing")
    lifetime(f[5], f[8], 30 * DAY)


def check_request(f):
    """6.11"""
    require(6 not in f or f[6][0] > 0, "an amount of nothing")
    lifetime(f[7], f[8], (366 if f[12] else 30) * DAY)
    if 10 in f:
        total = one_asset(f[10])
        require(6 not in f or total == f[6], "items that do not add up")


def check_publish(f):
    """6.18"""
    check_act(f)
    lifetime(f[5], f[7], 366 * DAY)


def check_prekeys(f):
    """6.20"""
    check_act(f)
    require(len({*f[6], f[7]}) == len(f[6]) + 1, "a key twice")


def check_message(f):
    """6.21"""
    check_act(f)
    require(f[7] != f[3], "a message to the sending device itself")


def check_offered(f):
    """6.23"""
    require(encode(f[2]) != encode(f[3]), "one key for both")
    require(f[3][1] == 1, "the session key is not Ed25519")


def check_pairing_offer(f):
    """7.6"""
    require(f[1] == 2 or 6 not in f, "a TLS certificate in an offer to a contact")


def only_true(value, where):
    """`true`; false is a failed check (6.19)."""
    require(boolean(value, where), f"{where} is false")
    return value


def check_order(f):
    """6.12"""
    require_uuid7(f[1], f[5])
    lifetime(f[5], f[6], 10 * MINUTE)
    require(f[8][1][2][0] > 0, "an amount of nothing")


def check_claim(f):
    """6.29"""
    check_act(f)
    require(f[7][0] > 0, "a claim for nothing")


def check_details(f):
    """7.3"""
    if 1 in f:
        one_asset(f[1])


SCOPE = members(
    {0: uint(0, 7)},
    {1: array(AMOUNT, 1, 32), 2: array(AMOUNT, 1, 32), 3: array(ID, 1, 8), 4: TIME},
)
ITEM = row(text(64), AMOUNT)
BALANCE = row(CODE, SCALE, COUNTER)
TERMS = row(CODE, SCALE, uint(0, MAX_AMOUNT), uint(0, 10000))
PAYMENT = members({0: ID, 1: HASH, 2: AMOUNT, 4: HASH}, {3: HASH, 5: HASH})
ORDER = {1: ID, 2: HASH, 3: ID, 4: ID, 5: TIME, 6: TIME}
PLACE = {1: COUNTER, 2: uint(1, 2**63 - 1), 3: HASH}
ACT = {1: HASH, 2: ID, 3: ID, 4: ID, 5: TIME}
DETAILS = checked(members({}, {0: text(1024), 1: array(ITEM, 1, 64), 2: text(64)}), check_details)
DISCLOSURE = obj({1: bstr(32), 2: DETAILS})
TOLD = members({0: HASH, 1: bstr(32), 2: DETAILS})
SIGNED, SEALED = bstr_up_to(MAX_SIGNED), bstr_up_to(MAX_BUNDLE)
SAID = variant(
    {1: row(SIGNED), 2: row(TOLD), 3: row(SIGNED), 4: row(text(1024)), 5: row()}
    | {6: row(SIGNED), 7: row(SIGNED), 8: row(SIGNED)}
)
ENVELOPE = obj({1: ID, 2: TIME, 3: SAID})
CONTENT = row(one_of(0, 1), bstr())
OFFER = obj({1: one_of(1, 2), 2: HASH, 3: ID, 4: bstr(32), 5: HASH}, {6: HASH}, check=check_pairing_offer)
TICKS = uint(1, 2**48)
METER = members(
    {0: variant({METER_TIME: row(), METER_COUNTED: row(TICKS)}), 1: TICKS, 2: uint(0, 2**48), 3: TICKS,
     4: uint(0, 2**64 - 1)},
)
OFFER_TERMS = members(
    {0: AMOUNT, 1: text(64), 2: AMOUNT, 3: uint(0, 2**64 - 1), 4: uint(0, 2**64 - 1)},
    {5: METER},
)
HOLD_VERSION = uint(1, 64)
UNITS, SUM = uint(0, MAX_AMOUNT), uint(0, 2**64 - 1)
GRANT = obj(
    {1: HASH, 2: SIGNED, 3: public_key, 4: text(128), 6: bstr(32), 8: COUNTER},
    {5: HASH, 7: ALIAS},
    check=lambda f: require_url(f[4]),
)
BUNDLE = obj({1: bstr(256, 1024, 4096), 2: array(row(one_of(1), bstr(32), bstr(48)), 1, 16)})

OBJECTS = {
    "verifier-certificate": obj(
        {1: public_key, 2: COUNTER, 3: public_key, 4: bstr(32), 5: COUNTER, 6: COUNTER, 7: TIME, 8: TIME},
        check=check_certificate,
    ),
    "checkpoint": obj({1: HASH, 2: COUNTER, 3: COUNTER, 5: array(HASH, 0, 4), 6: TIME}, {4: HASH}),
    "head": obj({1: COUNTER, 2: COUNTER, 3: TIME, 4: HASH, 5: bstr(16)}),
    "fee-schedule": obj({1: HASH, 2: COUNTER, 3: TIME, 4: array(TERMS, 1, 32)}, check=check_fee_schedule),
    "invite": obj(
        {1: HASH, 2: text(128)},
        {3: ID, 4: HASH, 5: TIME},
        check=lambda f: require_url(f[2]),
    ),
    "device-certificate": obj(
        {1: HASH, 2: public_key, 3: public_key, 4: public_key, 6: SCOPE, 7: COUNTER, 8: TIME},
        {5: olm_key},
        check=check_device,
    ),
    "device-list": obj({1: HASH, 2: ID, 3: COUNTER, 4: array(row(ID, HASH), 1, 16), 5: TIME}, check=check_list),
    "enrolment": obj({1: HASH, 2: public_key, 3: COUNTER, 5: HASH, 6: HASH, 7: TIME}, {4: ID}),
    "handle-register": obj({**ACT, 6: array(row(ID, public_key), 1, 20)}, check=check_register),
    "handle-bind": obj({**ACT, 6: ID, 8: TIME, 9: ID, 10: HASH, 11: HASH}, {7: AMOUNT}, check=check_bind),
    "handle-cancel": obj({**ACT, 6: ID}, check=check_act),
    "alias-record": obj({1: HASH, 2: ALIAS, 3: public_key, 4: bstr(32), 5: TIME}),
    "request": obj(
        {1: ID, 2: HASH, 3: ID, 4: public_key, 5: bstr(32), 7: TIME, 8: TIME, 12: one_of(0, 1)},
        {6: AMOUNT, 9: text(1024), 10: array(ITEM, 1, 64), 11: text(64)},
        check=check_request,
    ),
    "order": obj(
        {1: ID, 2: HASH, 3: ID, 4: ID, 5: TIME, 6: TIME, 7: COUNTER, 8: row(one_of(1), PAYMENT)},
        check=check_order,
    ),
    "receipt": obj(
        {1: COUNTER, 2: uint(1, 2**63 - 1), 3: HASH, 4: TIME, 5: AMOUNT, 6: HASH, 8: HASH, 9: HASH},
        {7: HASH},
        check=lambda f: require(f[5][0] > 0, "a receipt for nothing"),
    ),
    "refusal": obj(
        {1: COUNTER, 2: TIME, 3: HASH, 4: uint(100, 199), 5: boolean, 6: text(256)},
        {7: bstr_up_to(4096)},
    ),
    "issue": obj(
        {1: ID, 2: HASH, 3: ID, 4: AMOUNT, 5: text(256), 6: TIME},
        check=lambda f: (require_uuid7(f[1]), require(f[4][0] > 0, "an issue of nothing")),
    ),
    "list-receipt": obj({1: COUNTER, 2: uint(1, 2**63 - 1), 3: HASH, 4: TIME, 5: HASH}),
    "alias-register": obj({**ACT, 6: HASH}, check=check_act),
    "request-publish": obj({**ACT, 6: ID, 7: TIME, 8: ID, 9: HASH}, check=check_publish),
    "request-withdraw": obj({**ACT, 6: ID}, check=check_act),
    "generation": obj({**ACT, 6: COUNTER, 7: ID}, {8: only_true}, check=check_act),
    "prekeys": obj({**ACT, 6: array(olm_key, 0, 50), 7: olm_key}, check=check_prekeys),
    "prekey-claim": obj({**ACT, 6: ID, 7: ID}, check=check_act),
    "message": obj({**ACT, 6: ID, 7: ID, 8: HASH}, check=check_message),
    "acknowledge": obj({**ACT, 6: COUNTER}, check=check_act),
    "contact-card": obj({1: HASH, 2: one_of(1, 2), 3: SIGNED, 4: SIGNED, 6: TIME}, {5: text(64)}),
    "pair-confirm": obj({1: HASH, 2: one_of(1, 2), 3: HASH, 4: HASH}),
    "device-offer": obj({1: HASH, 2: public_key, 3: public_key, 5: TIME}, {4: olm_key}, check=check_offered),
    "hold-offer": obj(
        {1: ID, 2: HASH, 3: ID, 4: public_key, 5: bstr(32), 6: TIME, 7: TIME, 8: OFFER_TERMS, 11: one_of(0, 1)},
        {9: text(1024), 10: text(64)},
        check=check_offer,
    ),
    "hold-order": obj(
        {**ORDER, 7: COUNTER, 8: ID, 9: HASH, 10: AMOUNT, 11: TIME, 12: TIME, 13: public_key, 15: HASH},
        {14: HASH, 16: HASH},
        check=check_hold_order,
    ),
    "hold-change": obj(
        {**ORDER, 7: HASH, 8: uint(2, 64), 9: AMOUNT, 10: TIME, 11: TIME},
        check=check_hold_change,
    ),
    "hold-receipt": obj(
        {**PLACE, 4: TIME, 5: HASH, 6: TIME, 7: HASH, 8: HASH, 9: public_key, 10: HOLD_VERSION, 11: AMOUNT, 12: TIME,
         13: TIME, 15: HASH},
        {14: HASH, 16: only_true},
        check=check_hold_receipt,
    ),
    "voucher": obj(
        {1: HASH, 2: HOLD_VERSION, 3: AMOUNT},
        check=lambda f: require(f[3][0] > 0, "a voucher for nothing"),
    ),
    "claim": obj({**ACT, 6: bstr_up_to(192), 7: AMOUNT}, check=check_claim),
    "hold-release": obj({**ACT, 6: HASH, 7: AMOUNT}, check=check_act),
    "hold-close": obj({**ACT, 6: HASH}, check=check_act),
    "claim-receipt": obj(
        {**PLACE, 4: TIME, 5: HASH, 6: HASH, 7: AMOUNT, 8: AMOUNT},
        {9: HASH, 10: HASH, 11: only_true},
        check=check_claim_receipt,
    ),
    "allowance-order": obj(
        {**ORDER, 7: COUNTER, 8: AMOUNT, 9: UNITS, 10: TIME, 11: TIME, 12: bare_key},
        check=check_allowance_order,
    ),
    "allowance": obj(
        {1: COUNTER, 2: uint(1, 2**63 - 1), 3: TIME, 4: ID, 5: bare_key, 6: AMOUNT, 7: UNITS, 8: TIME, 9: SUM},
        check=check_allowance,
    ),
    "offline-request": obj(
        {1: ID, 2: ID, 3: bare_key, 4: AMOUNT, 5: TIME},
        {6: HASH},
        check=lambda f: require(f[4][0] > 0, "a request for nothing"),
    ),
    "offline-voucher": obj(
        {1: ID, 2: uint(1, VOUCHERS_MOST), 3: UNITS, 4: UNITS, 5: UNITS, 6: HASH},
        check=check_offline_voucher,
    ),
    "payee-account": obj({1: HASH, 2: ID}),
    "offline-claim": obj({**ACT, 6: bstr_up_to(180), 7: bstr_up_to(240), 8: bstr_up_to(160)}, check=check_act),
    "offline-receipt": obj(
        {**PLACE, 4: TIME, 5: ID, 6: HASH, 7: HASH, 8: AMOUNT, 9: UNITS, 10: HASH},
        check=lambda f: require(0 < f[8][0] >= f[9], "a claim for nothing, or more of it guaranteed"),
    ),
    "allowance-revoke": obj({**ACT, 6: ID}, check=check_act),
    "revoked-allowances": obj({1: HASH, 2: COUNTER, 3: TIME, 4: array(bstr(8), 0, 512)}, check=check_revoked),
    "settlement": obj(
        {**PLACE, 4: TIME, 5: ID, 6: AMOUNT, 7: row(uint(0, CLAIMS_MOST), SUM, SUM, SUM, SUM), 8: HASH},
        {9: row(HASH, HASH, UNITS, UNITS, UNITS, UNITS), 10: row(HASH, HASH)},
        check=check_settlement,
    ),
}


def parse_bundle(data):
    """Read a bundle (7.2)."""
    if len(data) > MAX_BUNDLE:
        raise Refused("too_large", f"a bundle of {len(data)} bytes")
    return BUNDLE(decode(data, "bundle"), "bundle")


def parse_disclosure(data):
    """Read what a bundle's body holds (7.3)."""
    return DISCLOSURE(decode(data, "disclosure"), "disclosure")
