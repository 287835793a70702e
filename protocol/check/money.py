"""Money and fees (chapter 8)."""

import re

from .cbor import MAX_AMOUNT, WHITE_SPACE

SEPARATOR = re.compile(f"[{WHITE_SPACE}]+")


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
    """What a person typed, with the verifier's assets as {code: scale}, in chapter 8's order of faults."""
    words = [word for word in SEPARATOR.split(typed) if word]
    if not words:
        raise NoAmount("not_a_number", typed)
    if len(words) == 1 and len(assets) != 1:
        raise NoAmount("unknown_asset", typed)
    code = words[1] if len(words) > 1 else next(iter(assets))
    code = code.upper() if code.isascii() else code
    if code not in assets:
        raise NoAmount("unknown_asset", typed)
    number = words[0]
    if len(words) > 2:
        raise NoAmount("not_a_number", typed)
    if number.startswith("-"):
        raise NoAmount("negative", typed)
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", number):
        raise NoAmount("not_a_number", typed)
    whole, _, decimals = number.partition(".")
    if len(decimals) > assets[code]:
        raise NoAmount("too_many_decimals", typed)
    value = int(whole + decimals.ljust(assets[code], "0"))
    if value > MAX_AMOUNT:
        raise NoAmount("too_large", typed)
    return [value, code, assets[code]]
