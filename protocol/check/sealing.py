"""Sealing (chapter 7): padding, HPKE, bundles, details, pointers and links."""

import base64
import hashlib
import hmac
import os
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .bodies import parse_body
from .cbor import HASH, WHITE_SPACE, Refused, bstr, decode, encode, require
from .cose import Signed
from .keys import sha256
from .objects import MAX_CONTENT, obj, parse_bundle, parse_disclosure, require_url

MAX_URL = 128
STEPS = (240, 1008, 4080)
INFO = b"farthing/1/bundle"
OFFER_REFERENCE = b"farthing/1/offer-ref"
CARRIED_STEPS, MAX_CARRIED = (496, 1008, 2032, 5104), 5248
CARRIED_INFO = b"farthing/1/carried-order"
CARRIED = obj({1: HASH, 2: bstr(32), 3: bstr(512, 1024, 2048, 5120)})
DIRECT_STEPS, MAX_DIRECT = (240,), 384
DIRECT_INFO, DIRECT_ANSWER = b"farthing/1/direct-voucher", b"farthing/1/direct-answer"
DIRECT_REQUEST = obj({1: HASH, 2: bstr(32), 3: bstr(256)})
DIRECT_ANSWERED = obj({1: bstr(32), 2: bstr(256)})
KEM = b"KEM" + (0x0020).to_bytes(2, "big")
HPKE = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x0020, 0x0001, 0x0003))


def pad(plaintext, steps=STEPS):
    """Length, plaintext, zeros up to the smallest step that fits (7.1)."""
    for step in steps:
        if len(plaintext) + 2 <= step:
            return (len(plaintext).to_bytes(2, "big") + plaintext).ljust(step, b"\0")
    raise Refused("too_large", f"a plaintext of {len(plaintext)} bytes")


def unpad(padded, steps=STEPS):
    """The plaintext; refused when `pad` would have made something else."""
    length = int.from_bytes(padded[:2], "big")
    if len(padded) < 2 or length > len(padded) - 2:
        raise Refused("truncated", "the padding ends too early")
    plaintext = padded[2 : 2 + length]
    if length > steps[-1] - 2 or pad(plaintext, steps) != padded:
        raise Refused("not_canonical", "padding that pad would not have made")
    return plaintext


def aead_seal(key, aad, plaintext, nonce=bytes(12)):
    """ChaCha20-Poly1305 under a key that seals one message (7.1)."""
    return ChaCha20Poly1305(key).encrypt(nonce, plaintext, aad)


def aead_open(key, aad, ciphertext, nonce=bytes(12)):
    """The other way."""
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, ciphertext, aad)
    except InvalidTag as error:
        raise Refused("cannot_open", "not for this key, or altered") from error


def extract(salt, secret):
    """HKDF-Extract (RFC 5869)."""
    return hmac.new(salt or bytes(32), secret, hashlib.sha256).digest()


def expand(prk, info, length):
    """HKDF-Expand (RFC 5869), for at most 32 bytes."""
    return hmac.new(prk, info + b"\x01", hashlib.sha256).digest()[:length]


def labeled_extract(suite, salt, label, secret):
    """RFC 9180 §4."""
    return extract(salt, b"HPKE-v1" + suite + label + secret)


def labeled_expand(suite, prk, label, info, length):
    """RFC 9180 §4."""
    return expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def x25519_public(private):
    """The bare public key of 32 secret bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def exchange(private, public):
    """X25519; an all-zero secret is refused (chapter 4)."""
    try:
        return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:
        raise Refused("key", "an HPKE key that makes the shared secret all zeros") from error


def derive_private(ikm):
    """DeriveKeyPair's private half (RFC 9180 §7.1.3); the vectors' HPKE seeds are such an input, too."""
    return labeled_expand(KEM, labeled_extract(KEM, b"", b"dkp_prk", ikm), b"sk", b"", 32)


class Context:
    """An HPKE context of one message: DHKEM's shared secret, key, nonce and exporter (RFC 9180 §4.1, §5.1)."""

    def __init__(self, dh, enc, public, info):
        shared = labeled_expand(KEM, labeled_extract(KEM, b"", b"eae_prk", dh), b"shared_secret", enc + public, 32)
        hashed = [(b"psk_id_hash", b""), (b"info_hash", info)]
        context = b"\x00" + b"".join(labeled_extract(HPKE, b"", label, data) for label, data in hashed)
        secret = labeled_extract(HPKE, shared, b"secret", b"")
        self.enc = enc
        self.key = labeled_expand(HPKE, secret, b"key", context, 32)
        self.nonce = labeled_expand(HPKE, secret, b"base_nonce", context, 12)
        self.exporter = labeled_expand(HPKE, secret, b"exp", context, 32)

    @classmethod
    def sender(cls, public, info, ikm=None):
        """SetupBaseS; `ikm` makes the ephemeral key, fresh when none is given."""
        ephemeral = derive_private(ikm or os.urandom(32))
        return cls(exchange(ephemeral, public), x25519_public(ephemeral), public, info)

    @classmethod
    def receiver(cls, private, enc, info):
        """SetupBaseR."""
        return cls(exchange(private, enc), enc, x25519_public(private), info)

    def seal(self, aad, plaintext):
        """The only message."""
        return aead_seal(self.key, aad, plaintext, self.nonce)

    def open(self, aad, ciphertext):
        """The other way."""
        return aead_open(self.key, aad, ciphertext, self.nonce)

    def export(self, exporter_context):
        """32 bytes that both ends have (RFC 9180 §5.3)."""
        return labeled_expand(HPKE, self.exporter, b"sec", exporter_context, 32)


def bundle_aad(order_id, payee_key_hash):
    """What binds a bundle to its order and payee (7.2)."""
    return order_id + payee_key_hash


def seal_bundle(disclosure, aad, publics, key=None, ikm=None):
    """A bundle's bytes (7.2); key and ikm are fresh but where a vector gives them."""
    key = key or os.urandom(32)
    body = aead_seal(key, aad, pad(disclosure))
    contexts = [Context.sender(public, INFO, ikm) for public in publics]
    return encode({0: 1, 1: body, 2: [[1, context.enc, context.seal(aad, key)] for context in contexts]})


def open_bundle(data, aad, private):
    """The disclosure in a bundle: (fields, details hash) (7.2, 7.3)."""
    bundle = parse_bundle(data)
    for _, enc, wrapped in bundle[2]:
        try:
            key = Context.receiver(private, enc, INFO).open(aad, wrapped)
        except Refused:
            continue  # of another recipient
        body = aead_open(key, aad, bundle[1])  # of the first that opens; further ones are not tried
        try:
            disclosure = parse_disclosure(unpad(body))
        except Refused as error:
            raise Refused("cannot_open", "the body holds no disclosure") from error
        return disclosure, details_hash(disclosure[1], disclosure[2])
    raise Refused("cannot_open", "no recipient is this key")


def parse_carried(data):
    """Read a carried order (7.11)."""
    if len(data) > MAX_CARRIED:
        raise Refused("too_large", f"a carried order of {len(data)} bytes")
    return CARRIED(decode(data, "carried order"), "carried order")


def seal_carried(body, verifier, public, ikm=None):
    """A carried order's bytes; ikm is fresh but where a vector gives it."""
    context = Context.sender(public, CARRIED_INFO, ikm)
    return encode({0: 1, 1: verifier, 2: context.enc, 3: context.seal(verifier, pad(body, CARRIED_STEPS))})


def open_carried(data, private):
    """The order-body in a carried order: whatever fails is `cannot_open`."""
    carried = parse_carried(data)
    try:
        padded = Context.receiver(private, carried[2], CARRIED_INFO).open(carried[1], carried[3])
        body = unpad(padded, CARRIED_STEPS)
        parse_body("order-body", body)
    except Refused as error:
        raise Refused("cannot_open", "no order-body for this key") from error
    return body


def parse_direct(data, shape):
    """Read half of a direct call (19.9)."""
    if len(data) > MAX_DIRECT:
        raise Refused("too_large", f"half of a direct call of {len(data)} bytes")
    return shape(decode(data, "direct call"), "direct call")


def direct_key(context, enc, nonce):
    """The key of an answer (19.9)."""
    return expand(extract(enc + nonce, context.export(DIRECT_ANSWER)), DIRECT_ANSWER, 32)


def seal_direct(voucher, public, ikm=None):
    """A request's bytes, and the context of its answer."""
    context, hold = Context.sender(public, DIRECT_INFO, ikm), Signed("voucher", voucher)[1]
    sealed = context.seal(hold, pad(voucher, DIRECT_STEPS))
    return encode({0: 1, 1: hold, 2: context.enc, 3: sealed}), context


def open_direct(data, private):
    """The voucher in a request, and the context of its answer: whatever fails is `cannot_open`."""
    request = parse_direct(data, DIRECT_REQUEST)
    try:
        context = Context.receiver(private, request[2], DIRECT_INFO)
        voucher = unpad(context.open(request[1], request[3]), DIRECT_STEPS)
        require(Signed("voucher", voucher)[1] == request[1], "a voucher of another tab")
    except Refused as error:
        raise Refused("cannot_open", "no voucher of this tab for this key") from error
    return voucher, context


def answer_direct(context, hold, said, nonce):
    """An answer's bytes."""
    sealed = aead_seal(direct_key(context, context.enc, nonce), hold, pad(said, DIRECT_STEPS))
    return encode({0: 1, 1: nonce, 2: sealed})


def hear_direct(context, hold, data):
    """What a payee has said: whatever fails is `cannot_open`."""
    try:
        answer = parse_direct(data, DIRECT_ANSWERED)
        return unpad(aead_open(direct_key(context, context.enc, answer[1]), hold, answer[2]), DIRECT_STEPS)
    except Refused as error:
        raise Refused("cannot_open", "no answer to this request by its payee") from error


def details_hash(salt, details):
    """What order and receipt hold of the details (7.3)."""
    return sha256(salt + encode(details))


def request_reference(request):
    """What the verifier sees of a request (7.4)."""
    return expand(extract(b"", sha256(request)), b"farthing/1/request-ref", 32)


def offer_reference(offer):
    """What the verifier sees of a tab's offer (6.24)."""
    return expand(extract(b"", sha256(offer)), OFFER_REFERENCE, 32)


def base32(data):
    """Capitals, no padding (chapter 1)."""
    return base64.b32encode(data).decode().rstrip("=")


def unbase32(letters):
    """Either case; unused bits must be zero."""
    letters = letters.upper()
    require(re.fullmatch("[A-Z2-7]*", letters), "a letter outside base32")
    require(len(letters) % 8 in (0, 2, 4, 5, 7), "no length of base32")
    data = base64.b32decode(letters + "=" * (-len(letters) % 8))
    require(base32(data) == letters, "unused bits that are not zero")
    return data


def split_link(link, mark):
    """The URL in front of /R#, /I# or /P#, and the bytes behind it."""
    url, found, letters = link.strip(WHITE_SPACE).partition(f"/{mark}#")
    require(found, f"no link with /{mark}#")
    url = url.lower() if url.isascii() else url
    require_url(url)
    require(len(url) <= MAX_URL, "a URL of more than 128 bytes")
    return url, unbase32(letters)


class Pointer:
    """What QR and link hold of a request (7.5)."""

    def __init__(self, url, secret):
        require_url(url)
        require(len(url.split("://", 1)[1]) <= 49, "a URL that is too long for a QR code")
        require(len(secret) == 20, "h has not 20 bytes")
        prk = extract(b"", secret)
        self.url, self.secret = url, secret
        self.locator = expand(prk, b"farthing/1/locator", 16)
        self.key = expand(prk, b"farthing/1/content", 32)

    @classmethod
    def of(cls, url, request):
        """The pointer to a request's bytes."""
        return cls(url, sha256(request)[:20])

    @classmethod
    def read(cls, link):
        """The pointer in a link."""
        return cls(*split_link(link, "R"))

    @property
    def link(self):
        """The link, as the QR code holds it."""
        return f"{self.url}/R#{base32(self.secret)}"

    def seal(self, request):
        """The content that the verifier keeps at the locator."""
        return aead_seal(self.key, self.locator, pad(request))

    def open(self, content):
        """Open, compare with h, parse and verify with the key inside; the pinned verifier is the caller's affair."""
        if len(content) > MAX_CONTENT:
            raise Refused("too_large", f"a ciphertext of {len(content)} bytes")
        raw = unpad(aead_open(self.key, self.locator, content))
        require(sha256(raw)[:20] == self.secret, "another request than the link's")
        request = Signed("request", raw)
        return request.verify(request[4])


def read_invite_link(link):
    """The invite in a link, its signature not checked yet (6.5)."""
    url, raw = split_link(link, "I")
    invite = Signed("invite", raw)
    require(url == invite[2], "the URL in front is not the invite's")
    return invite


def invite_link(invite):
    """The link of an invite's bytes."""
    return f"{Signed('invite', invite)[2]}/I#{base32(invite)}"
