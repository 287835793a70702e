"""What devices write to each other (7.8), but for Olm: there is no library for it here, its ciphertext is any bytes."""

from .cbor import Refused, decode, encode
from .objects import CONTENT, ENVELOPE, MAX_CONTENT
from .sealing import pad, unpad

PLAINTEXT_STEPS, CONTENT_STEPS = (47, 815, 3887), (256, 1024, 4096)
PRE_KEY, NORMAL = 0, 1


def envelope(fields):
    """What Olm encrypts."""
    return pad(encode(fields), PLAINTEXT_STEPS)


def read_envelope(plaintext):
    """The other way."""
    return ENVELOPE(decode(unpad(plaintext, PLAINTEXT_STEPS), "an envelope"), "envelope")


def content(kind, ciphertext):
    """What travels and lies in the mailbox."""
    return pad(encode([kind, ciphertext]), CONTENT_STEPS)


def read_content(data):
    """The other way: [type, ciphertext]."""
    if len(data) > MAX_CONTENT:
        raise Refused("too_large", f"a content of {len(data)} bytes")
    return CONTENT(decode(unpad(data, CONTENT_STEPS), "a content"), "content")
