"""Money and fees (chapter 8)."""

import re

from .cbor import MAX_AMOUNT


class NoAmount(Exception):
    """Text that is not an amount; `name` says why, as in amounts.json."""

    def __init__(self, name, typed):
        super().__init__(f"{name}: {typed!r}")
        self.name = name


def fee(value, flat, bps):
    """flat + floor(value × bps / 10000)."""
    return flat + value * bps // 10000


def shown(amount):
    """At least scale − 4 decimals, further ones only where they are not zero."""
    value, code, scale = amount
    whole, part = divmod(value, 10**scale)
    decimals = f"{part:0{scale}d}" if scale else ""
    kept = max(len(decimals.rstrip("0")), scale - 4, 0)
    return f"{whole}.{decimals[:kept]} {code}" if kept else f"{whole} {code}"


def read(typed, assets):
    """What a person typed, with the verifier's assets as {code: scale}; the code may be left out of one."""
    parts = typed.split()
    if not 1 <= len(parts) <= 2:
        raise NoAmount("not_a_number", typed)
    number = parts[0]
    if re.fullmatch(r"-[0-9]+(\.[0-9]+)?", number):
        raise NoAmount("negative", typed)
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", number):
        raise NoAmount("not_a_number", typed)
    if len(parts) == 1 and len(assets) != 1:
        raise NoAmount("unknown_asset", typed)
    code = parts[1].upper() if len(parts) == 2 else next(iter(assets))
    if code not in assets:
        raise NoAmount("unknown_asset", typed)
    whole, _, decimals = number.partition(".")
    if len(decimals) > assets[code]:
        raise NoAmount("too_many_decimals", typed)
    value = int(whole + decimals.ljust(assets[code], "0"))
    if value > MAX_AMOUNT:
        raise NoAmount("too_large", typed)
    return [value, code, assets[code]]
