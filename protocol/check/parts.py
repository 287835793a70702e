"""Frames in parts (7.13): Uniform Resources (BCR-2020-005), bytewords (BCR-2020-012), and the fountain code over them (BCR-2024-001)."""

import hashlib
import zlib

from .cbor import decode_loosely, require
from .offline_rules import base45, read_frame

# The first and the last letter of each word.
LETTERS = (
    "aeadaoaxaaahamatayasbkbdbnbtbabsbebybgbwbbbzcmchcscfcycwcecackctcxclcpcndkdadsdidedtdrdndwdpdmdldyeheyeoeeec"
    "enemetesftfrfnfsfmfhfzfpfwfxfyfefgflfdgagegrgsgtglgwgdgygmgughgohfhghdhkhthphhhlhyhehnhsidiaieihiyioisinimje"
    "jzjnjtjljojsjpjkjykpkoktkskkknkgkekikblblalylflslrlplnltloldlelulklgmnmymhmemomumwmdmtmsmknlnyndnsntnnnenboy"
    "oeotoxonolospdptpkpypspmplpepfpaprqdqzrerprlrorhrdrkrfryrnrsrtsesasrssskswstspsosgsbsfsntotktitttdtetytltbts"
    "tptatnuyuoutueurvtvyvovlvevwvavdvswlwdwmwpwewywswtwnwzwfwkykynylyaytzszoztzczezm"
)
WORDS = {LETTERS[at : at + 2]: at // 2 for at in range(0, 512, 2)}
PARTS_MOST = 64
MASK = (1 << 64) - 1


def turned(value, by):
    """A number of 64 bits, turned to the left."""
    return (value << by | value >> (64 - by)) & MASK


class Xoshiro:
    """Xoshiro256**, seeded by SHA-256."""

    def __init__(self, seed):
        digest = hashlib.sha256(seed).digest()
        self.state = [int.from_bytes(digest[at : at + 8], "big") for at in range(0, 32, 8)]

    def unit(self):
        """The next number from 0 to below 1, of 53 bits."""
        state = self.state
        number = turned(state[1] * 5 & MASK, 7) * 9 & MASK
        shifted = state[1] << 17 & MASK
        state[2] ^= state[0]
        state[3] ^= state[1]
        state[1] ^= state[2]
        state[0] ^= state[3]
        state[2] ^= shifted
        state[3] = turned(state[3], 45)
        return (number >> 11) / (1 << 53)


def degree(random, count):
    """How many fragments are mixed: k with a weight of 1/k, drawn by Vose's alias method."""
    weights = [1 / k for k in range(1, count + 1)]
    weights = [weight * (count / sum(weights)) for weight in weights]
    below = [at for at in reversed(range(count)) if weights[at] < 1]
    above = [at for at in reversed(range(count)) if weights[at] >= 1]
    odds, aliases = [1.0] * count, list(range(count))
    while below and above:
        small, large = below.pop(), above.pop()
        odds[small], aliases[small] = weights[small], large
        weights[large] += weights[small] - 1
        (below if weights[large] < 1 else above).append(large)
    at, chance = int(count * random.unit()), random.unit()
    return 1 + (at if chance < odds[at] else aliases[at])


def mixed(number, count, checksum):
    """Which fragments are in a part."""
    if number <= count:
        return {number - 1}
    random = Xoshiro(number.to_bytes(4, "big") + checksum.to_bytes(4, "big"))
    rest = list(range(count))
    return {rest.pop(int(random.unit() * len(rest))) for _ in range(degree(random, count))}


def read(text):
    """The kind, the number of parts and the members of a part."""
    pieces = text.lower().split("/")
    require(len(pieces) == 3 and pieces[0].startswith("ur:farthing-"), "no part")
    numbers = pieces[1].split("-")
    require(len(numbers) == 2 and all(n.isascii() and n.isdigit() for n in numbers), "its numbers")
    body = pieces[2]
    require(len(body) % 2 == 0, "its letters")
    values = [WORDS.get(body[at : at + 2]) for at in range(0, len(body), 2)]
    require(None not in values, "its letters")
    data, check = bytes(values[:-4]), bytes(values[-4:])
    require(zlib.crc32(data).to_bytes(4, "big") == check, "its checksum")
    part = decode_loosely(data)
    require(isinstance(part, list) and len(part) == 5, "its members")
    require([str(part[0]), str(part[1])] == numbers and 1 <= part[1] <= PARTS_MOST and part[0] >= 1, "its numbers")
    return pieces[0].removeprefix("ur:farthing-").upper(), part


def join(texts):
    """The frame whose parts these are; None while some are missing."""
    first, known, waiting = None, {}, []
    for text in texts:
        kind, (number, count, length, checksum, data) = read(text)
        header = (kind, count, length, checksum, len(data))
        first = first or header
        require(header == first, "parts of something else")
        waiting.append((mixed(number, count, checksum), data))
        while waiting:
            reduced = []
            for fragments, bits in waiting:
                for at in fragments & known.keys():
                    bits = bytes(a ^ b for a, b in zip(bits, known[at], strict=True))
                reduced.append((fragments - known.keys(), bits))
            found = {next(iter(fragments)): bits for fragments, bits in reduced if len(fragments) == 1}
            waiting = [(fragments, bits) for fragments, bits in reduced if len(fragments) > 1]
            if not found:
                break
            known |= found
    if first is None or len(known) < first[1]:
        return None
    kind, count, length, checksum, _ = first
    whole = b"".join(known[at] for at in range(count))
    require(not any(whole[length:]) and zlib.crc32(whole[:length]) == checksum, "parts that do not fit together")
    text = f"{kind}:{base45(whole[:length])}"
    read_frame(text)
    return text
