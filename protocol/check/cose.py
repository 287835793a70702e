"""Signed objects: the COSE profile (chapter 5)."""

from . import keys
from .cbor import Refused, decode, decode_loosely, encode, require_canonical
from .keys import sha256
from .objects import OBJECTS

MAX_SIGNED = 8192


def external_aad(kind):
    """The text that keeps one type from being passed off as another."""
    return f"farthing/1/{kind}".encode()


def to_be_signed(kind, protected, payload):
    """The Sig_structure."""
    return encode(["Signature1", protected, external_aad(kind), payload])


class Signed:
    """A signed object as it was read; `fields` is its payload, by member number."""

    def __init__(self, kind, raw):
        """Read an object of the given type, in the order of chapter 5; nothing is verified yet."""
        if len(raw) > MAX_SIGNED:
            raise Refused("too_large", f"a {kind} of {len(raw)} bytes")
        outer = decode_loosely(raw)
        if type(outer) is not list or len(outer) != 4:
            raise Refused("cbor", f"a {kind} is an array of four")
        protected, unprotected, payload, signature = outer
        kinds = (bytes,), (dict,), (bytes, type(None)), (bytes,)
        if any(type(part) not in allowed for part, allowed in zip(outer, kinds)):
            raise Refused("cbor", f"{kind}: a part of another type")
        try:
            header = decode_loosely(protected)
        except Refused as error:
            raise Refused("header", f"{kind}: the protected header is not CBOR") from error
        if type(header) is not dict:
            raise Refused("header", f"{kind}: the protected header is not a map")
        if set(header) != {1, 4} or header[1] not in (keys.ED25519, keys.ESP256):
            raise Refused("header", f"{kind}: protected header {header}")
        if type(header[4]) is not bytes or len(header[4]) != 8:
            raise Refused("header", f"{kind}: the kid is not 8 bytes")
        if unprotected or payload is None:
            raise Refused("header", f"{kind}: an unprotected header, or no payload")
        require_canonical(header, protected, f"the protected header of a {kind}")
        require_canonical(outer, raw, f"a {kind}")
        if len(signature) != 64:
            raise Refused("value", f"{kind}: a signature of {len(signature)} bytes")
        self.kind, self.raw, self.protected, self.payload, self.signature = kind, raw, protected, payload, signature
        self.algorithm, self.kid = header[1], header[4]
        self.fields = OBJECTS[kind](decode(payload, f"the payload of a {kind}"), kind)

    def __getitem__(self, member):
        return self.fields[member]

    def get(self, member):
        """A member, or None when it is absent."""
        return self.fields.get(member)

    @property
    def to_be_signed(self):
        """What the signature covers, over the bytes as they came."""
        return to_be_signed(self.kind, self.protected, self.payload)

    @property
    def hash(self):
        """Names orders, issues and checkpoints: it is the same whatever the signature."""
        return sha256(self.to_be_signed)

    @property
    def bytes_hash(self):
        """Names requests, device certificates and device lists."""
        return sha256(self.raw)

    def verify(self, key):
        """Verify with a known key, in the order of chapter 5; returns the object."""
        if self.kid != keys.kid(key):
            raise Refused("wrong_key", f"{self.kind}: the kid is another key's")
        if self.algorithm != keys.algorithm(key):
            raise Refused("wrong_algorithm", f"{self.kind}: the algorithm is not the key's")
        keys.check_signature(key, self.to_be_signed, self.signature)
        return self


def signed_bytes(kind, fields, signer):
    """An object's bytes, whatever it says: also what nobody would read."""
    protected = encode({1: keys.algorithm(signer.public), 4: keys.kid(signer.public)})
    payload = encode(fields)
    return encode([protected, {}, payload, signer.sign(to_be_signed(kind, protected, payload))])


def sign(kind, fields, signer):
    """Make an object, and read it back as everybody else would."""
    return Signed(kind, signed_bytes(kind, fields, signer)).verify(signer.public)
