"""Keys, thumbprints and bare signatures (chapter 4)."""

import hashlib
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .cbor import Refused, bstr, encode

ED25519, ESP256 = -19, -9
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
P256_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def sha256(data):
    """SHA-256 (chapter 1)."""
    return hashlib.sha256(data).digest()


def edwards_point(encoded):
    """The point that 32 bytes encode (RFC 8032 §5.1.3), or None when there is none."""
    number = int.from_bytes(encoded, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_ONE % P
    if x * x % P != square or (x == 0 and sign):
        return None
    return (x if x & 1 == sign else P - x), y


def doubled(point):
    """Twice a point, in affine coordinates."""
    x, y = point
    product = D * x * x * y * y % P
    return 2 * x * y * pow(1 + product, -1, P) % P, (y * y + x * x) * pow(1 - product, -1, P) % P


def public_key(value, where):
    """Read a COSE_Key of the profile: required members only, and a point that may be used."""
    if type(value) is not dict:
        raise Refused("cbor", f"{where} is not a map")
    if any(type(key) is not int for key in value):
        raise Refused("key", f"{where} has keys that are no integers")
    kind, curve, x, y = (value.get(key) for key in (1, -1, -2, -3))
    coordinates = [number for number in (x, y) if number is not None]
    if any(type(number) is not bytes or len(number) != 32 for number in coordinates):
        raise Refused("key", f"{where} has a coordinate that is not 32 bytes")
    if set(value) == {1, -1, -2} and (kind, curve) == (1, 6):
        point = edwards_point(x)
        if point is None:
            raise Refused("key", f"{where} is no canonical encoding of a point on the curve")
        if doubled(doubled(doubled(point))) == (0, 1):
            raise Refused("key", f"{where} is of small order")
    elif set(value) == {1, -1, -2, -3} and (kind, curve) == (2, 1):
        try:
            load_p256(value)
        except ValueError as error:
            raise Refused("key", f"{where} is not on P-256") from error
    else:
        raise Refused("key", f"{where} is no key of the profile")
    return value


def bare_key(value, where):
    """Read an Ed25519 key as its 32 bytes (chapter 4)."""
    bstr(32)(value, where)
    public_key(cose_key(value), where)
    return value


def cose_key(bare):
    """The COSE_Key of a bare key."""
    return {1: 1, -1: 6, -2: bare}


def olm_key(value, where):
    """Read a Curve25519 key of Olm, with which a secret can be agreed on (chapter 4)."""
    bstr(32)(value, where)
    x, z = int.from_bytes(value, "little") & (2**255 - 1), 1
    for _ in range(3):
        x, z = (x * x - z * z) ** 2 % P, 4 * x * z * (x * x + 486662 * x * z + z * z) % P
    if z == 0:
        raise Refused("key", f"{where} is of small order")
    return value


def load_p256(key):
    """The P-256 key that a COSE_Key holds; ValueError when it is not on the curve."""
    x, y = (int.from_bytes(key[name], "big") for name in (-2, -3))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def thumbprint(key):
    """SHA-256 of the COSE_Key's bytes (RFC 9679)."""
    return sha256(encode(key))


def first_16(key):
    """How accounts and devices are named (chapter 3)."""
    return thumbprint(key)[:16]


def kid(key):
    """The hint which key to try."""
    return thumbprint(key)[:8]


def algorithm(key):
    """The key decides the algorithm."""
    return ED25519 if key[1] == 1 else ESP256


def check_signature(key, message, signature):
    """Steps 3 and 4 of verifying (chapter 5); cryptography refuses S ≥ L and uses no cofactor."""
    try:
        if algorithm(key) == ED25519:
            ed25519.Ed25519PublicKey.from_public_bytes(key[-2]).verify(signature, message)
            return
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        if s > P256_N // 2:
            raise Refused("high_s", "s is above n/2")
        load_p256(key).verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Refused("bad_signature", "the signature does not fit") from error


class Signer:
    """A private key of either algorithm, from its 32 secret bytes; fresh when none are given."""

    def __init__(self, name="Ed25519", secret=None):
        secret = secret or os.urandom(32)
        if name == "Ed25519":
            self.private = ed25519.Ed25519PrivateKey.from_private_bytes(secret)
            raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            self.public = {1: 1, -1: 6, -2: raw}
        elif name == "ESP256":
            self.private = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
            numbers = self.private.public_key().public_numbers()
            self.public = {1: 2, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        else:
            raise ValueError(f"no such algorithm: {name}")

    def sign(self, message):
        """64 bytes; with P-256, the lower s of the two that fit."""
        if algorithm(self.public) == ED25519:
            return self.private.sign(message)
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + min(s, P256_N - s).to_bytes(32, "big")
