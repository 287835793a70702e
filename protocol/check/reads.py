"""Signed reads: HTTP Message Signatures (chapter 11)."""

import base64
import re

from .cbor import Refused, require
from .keys import ED25519, algorithm, check_signature, sha256

COVERED = '("@method" "@path" "@query" "@authority" "content-digest")'
PARAMETERS = re.compile(
    r'sig=(\(.*\);created=([0-9]{1,15});nonce="([0-9a-f]{32})";alg="ed25519";keyid="([0-9a-f]{32})";tag="([^"]*)")'
)
MAX_HEADER = 1024
LATEST = (2**48 - 1) // 1000


def content_digest(body):
    """The Content-Digest header (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(sha256(body)).decode()}:"


def parameters(created, nonce, keyid, verifier):
    """What @signature-params holds; the header is `sig=` and the same."""
    return (
        f'{COVERED};created={created};nonce="{nonce.hex()}";alg="ed25519"'
        f';keyid="{keyid.hex()}";tag="farthing/1/{verifier.hex()}"'
    )


def signature_base(method, path, query, authority, digest, params):
    """The six lines, joined by LF (RFC 9421 §2.5)."""
    lines = (
        ("@method", method),
        ("@path", path),
        ("@query", f"?{query}"),
        ("@authority", authority),
        ("content-digest", digest),
        ("@signature-params", params),
    )
    return "\n".join(f'"{name}": {value}' for name, value in lines)


def signed_headers(signer, method, path, query, authority, created, nonce, keyid, verifier):
    """The three headers of a read, whose body is empty."""
    digest, params = content_digest(b""), parameters(created, nonce, keyid, verifier)
    signature = signer.sign(signature_base(method, path, query, authority, digest, params).encode())
    return {
        "content-digest": digest,
        "signature-input": f"sig={params}",
        "signature": f"sig=:{base64.b64encode(signature).decode()}:",
    }


class Read:
    """A signed read as a verifier gets it: of the profile, but its signature not checked yet."""

    def __init__(self, call, authority, verifier):
        digest, given, signature = (call[name] for name in ("content-digest", "signature-input", "signature"))
        if max(map(len, (digest, given, signature))) > MAX_HEADER:
            raise Refused("too_large", "a header of more than 1024 bytes")
        for part in (call["method"], call["path"], call["query"]):
            require(re.fullmatch("[!-~]*", part), "a call with characters that need encoding")
        require(digest == content_digest(bytes.fromhex(call["body"])), "the digest of another body")
        found = PARAMETERS.fullmatch(given)
        require(found, "a Signature-Input outside the profile")
        self.created, self.nonce, self.keyid = int(found[2]), bytes.fromhex(found[3]), bytes.fromhex(found[4])
        params = parameters(self.created, self.nonce, self.keyid, verifier)
        require(self.created <= LATEST, "a time beyond 2^48 ms")
        require(given == f"sig={params}", "a Signature-Input outside the profile, or another verifier's tag")
        encoded = re.fullmatch("sig=:([A-Za-z0-9+/]{86}==):", signature)
        require(encoded, "a Signature outside the profile")
        self.signature = base64.b64decode(encoded[1])
        self.base = signature_base(call["method"], call["path"], call["query"], authority, digest, params)

    def verify(self, key):
        """With the device's session key, or the account key."""
        if algorithm(key) != ED25519:
            raise Refused("wrong_algorithm", "a read is signed with Ed25519")
        check_signature(key, self.base.encode(), self.signature)
