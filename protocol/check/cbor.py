"""Deterministic CBOR (chapter 2) and the values that every object is made of (chapter 3)."""

import io
import re
import unicodedata

import cbor2

MAX_AMOUNT = 10**15
# Unicode's White_Space (chapter 3).
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
FORBIDDEN = {0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}


class Refused(Exception):
    """What was read is refused; `name` is one of chapter 17's names of errors."""

    def __init__(self, name, why):
        super().__init__(f"{name}: {why}")
        self.name = name


def encode(value):
    """The one encoding of a value (chapter 2)."""
    return cbor2.dumps(value, canonical=True)


def decode_loosely(data):
    """Decode exactly one item, in any encoding: header checks come before the deterministic ones."""
    stream = io.BytesIO(data)
    try:
        value = cbor2.CBORDecoder(stream).decode()
    except cbor2.CBORDecodeEOF as error:
        raise Refused("truncated", "the bytes end too early") from error
    except Exception as error:  # whatever a decoder of foreign bytes may raise
        raise Refused("cbor", f"not well-formed: {error}") from error
    rest = len(data) - stream.tell()
    if rest:
        raise Refused("cbor", f"{rest} bytes follow the item")
    return value


def require_canonical(value, data, what):
    """Encode again and compare: chapter 2's surest way."""
    try:
        again = encode(value)
    except Exception as error:
        raise Refused("cbor", f"{what}: a value outside the profile: {error}") from error
    if again != data:
        raise Refused("not_canonical", f"{what} is not in the deterministic encoding")


def decode(data, what):
    """Decode one item in the deterministic encoding."""
    value = decode_loosely(data)
    require_canonical(value, data, what)
    return value


# Each of the following makes a reader: a function of (value, where) that returns the value or refuses it.


def uint(low, high):
    """An unsigned integer within limits; a wrong type is `cbor`, a number outside is `value`."""

    def read(value, where):
        if type(value) is not int or value < 0:
            raise Refused("cbor", f"{where} is not an unsigned integer")
        if not low <= value <= high:
            raise Refused("value", f"{where} is {value}, not within {low} and {high}")
        return value

    return read


def one_of(*choices):
    """An integer that says what follows, or one of a closed list: others are not of version 1."""

    def read(value, where):
        if type(value) is not int or value not in choices:
            raise Refused("cbor", f"{where} is none of {choices}")
        return value

    return read


def boolean(value, where):
    """`true` or `false`."""
    if type(value) is not bool:
        raise Refused("cbor", f"{where} is not a boolean")
    return value


def bstr(*sizes):
    """A byte string of one of the given sizes; of any size when none is given."""

    def read(value, where):
        if type(value) is not bytes:
            raise Refused("cbor", f"{where} is not a byte string")
        if sizes and len(value) not in sizes:
            raise Refused("value", f"{where} has {len(value)} bytes, not {sizes}")
        return value

    return read


def bstr_up_to(most):
    """A byte string that may not grow beyond a limit of size."""

    def read(value, where):
        bstr()(value, where)
        if len(value) > most:
            raise Refused("too_large", f"{where} has more than {most} bytes")
        return value

    return read


def text(most):
    """Text that a person will read (chapter 3): `text<n>`."""

    def read(value, where):
        if type(value) is not str:
            raise Refused("cbor", f"{where} is not text")
        if not 1 <= len(value.encode()) <= most:
            raise Refused("text", f"{where} has {len(value.encode())} bytes, not 1 to {most}")
        if any(ord(char) in FORBIDDEN or unicodedata.category(char) == "Cc" for char in value):
            raise Refused("text", f"{where} holds a character that could deceive")
        if not unicodedata.is_normalized("NFC", value):
            raise Refused("text", f"{where} is not in NFC")
        return value

    return read


def pattern(expression):
    """Text of a given form that is no `text<n>`: codes of assets, aliases."""
    form = re.compile(expression)

    def read(value, where):
        if type(value) is not str:
            raise Refused("cbor", f"{where} is not text")
        if not form.fullmatch(value):
            raise Refused("value", f"{where} {value!r} is not of the form {expression}")
        return value

    return read


def nullable(reader):
    """An array element that may be absent: then it is `null` (chapter 2)."""
    return lambda value, where: None if value is None else reader(value, where)


def array(reader, low, high):
    """An array of one kind of element."""

    def read(value, where):
        if type(value) is not list:
            raise Refused("cbor", f"{where} is not an array")
        if not low <= len(value) <= high:
            raise Refused("value", f"{where} has {len(value)} elements, not {low} to {high}")
        return [reader(element, f"{where}[{index}]") for index, element in enumerate(value)]

    return read


def row(*readers):
    """An array with a fixed number of elements, each with a meaning of its own."""

    def read(value, where):
        if type(value) is not list or len(value) != len(readers):
            raise Refused("cbor", f"{where} is not an array of {len(readers)}")
        return [reader(element, f"{where}[{i}]") for i, (reader, element) in enumerate(zip(readers, value))]

    return read


def variant(choices):
    """An array whose first element says what follows; each choice reads the rest."""

    def read(value, where):
        if type(value) is not list or not value:
            raise Refused("cbor", f"{where} is not an array that says what it is")
        kind = one_of(*choices)(value[0], f"{where}[0]")
        return [kind, *choices[kind](value[1:], where)]

    return read


def members(required, optional=None, versioned=False):
    """A map with integer keys; member 0 of a map object is its version (chapter 2)."""
    optional = optional or {}

    def read(value, where):
        if type(value) is not dict:
            raise Refused("cbor", f"{where} is not a map")
        if versioned:
            if type(value.get(0)) is not int or value[0] < 0:
                raise Refused("cbor", f"{where} has no version")
            if value[0] != 1:
                raise Refused("unknown_version", f"{where} has version {value[0]}")
        if any(type(key) is not int for key in value):
            raise Refused("cbor", f"{where} has keys that are no integers")
        known = ({0: lambda version, _: version} if versioned else {}) | required | optional
        for key in value:
            if key not in known:
                raise Refused("not_canonical", f"{where} has an unknown member {key}")
        for key in required:
            if key not in value:
                raise Refused("cbor", f"{where} has no member {key}")
        return {key: known[key](member, f"{where}.{key}") for key, member in value.items()}

    return read


TIME = uint(0, 2**48 - 1)
COUNTER = uint(0, 2**63 - 1)
HASH = bstr(32)
ID = bstr(16)
CODE = pattern("[A-Z][A-Z0-9]{2,7}")
SCALE = uint(0, 12)
AMOUNT = row(uint(0, MAX_AMOUNT), CODE, SCALE)
ALIAS = pattern("[a-z0-9][a-z0-9-]{1,30}[a-z0-9]")


def require(condition, why):
    """One of chapter 6's checks: a failed one is `value`."""
    if not condition:
        raise Refused("value", why)


def require_uuid7(value, created=None):
    """A UUIDv7 (chapter 3), whose time is the object's `created` when one is given."""
    require(value[6] >> 4 == 7 and value[8] >> 6 == 2, "the id is not a UUIDv7")
    require(created is None or int.from_bytes(value[:6], "big") == created, "the id is of another time")
