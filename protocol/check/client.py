"""Calls over HTTP (chapter 10), and a verifier as a wallet knows it (chapter 14)."""

import http.client
import os
import time

from . import keys, reads
from .bodies import parse_body
from .cbor import Refused, require
from .cose import Signed
from .problems import Problem
from .stream import Stream

CBOR, COSE = "application/cbor", "application/cose"
ORDER, OCTETS, PROBLEM = "application/vnd.farthing.order+cbor", "application/octet-stream", "application/problem+json"


class Reply:
    """What came back."""

    def __init__(self, response):
        self.status, self.media = response.status, response.getheader("content-type")
        self.body = response.read()

    def __str__(self):
        shown = self.body.decode() if self.media == PROBLEM else f"{len(self.body)} bytes"
        if (self.status, self.media) == (409, COSE):
            shown = f"refusal: {Signed('refusal', self.body)[6]}"
        return f"{self.status} {self.media} {shown}"

    def expect(self, status, media=None):
        """The body of a reply with this status and media type."""
        if (self.status, self.media) != (status, media):
            raise Refused("value", f"{status} {media} was expected, not {self}")
        return self.body

    def problem(self):
        """The problem that this is."""
        if self.media != PROBLEM:
            raise Refused("value", f"a problem was expected, not {self}")
        return Problem(self.body)


class Client:
    """Plain HTTP to a verifier on loopback; every call is a connection of its own."""

    def __init__(self, url):
        scheme, _, self.authority = url.partition("://")
        if scheme != "http":
            raise Refused("value", f"{url} is not on loopback; this check speaks plain HTTP only")

    def call(self, method, path, query="", body=None, media=None, headers=None):
        """One call; the path and query are sent as they are."""
        headers = dict(headers or {}) | ({"content-type": media} if media else {})
        connection = http.client.HTTPConnection(self.authority, timeout=40)
        try:
            connection.request(method, f"{path}?{query}" if query else path, body, headers)
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def post(self, path, body, media):
        """A call that carries signed objects."""
        return self.call("POST", path, body=body, media=media)


class Verifier:
    """A verifier behind a pinned root (chapter 14); it keeps its time as a wallet does (chapter 16)."""

    def __init__(self, client, pinned):
        self.client, self.pinned, self.highest = client, pinned, (0, 0)
        self.fetch()

    def fetch(self, with_nonce=True):
        """`GET /v1/verifier`, and all that is checked of it; without a nonce the head has zeros (10.1)."""
        nonce = os.urandom(16) if with_nonce else bytes(16)
        reply = self.client.call("GET", "/v1/verifier", f"nonce={nonce.hex()}" if with_nonce else "")
        certificates, checkpoint, fees, head = parse_body("verifier-status", reply.expect(200, CBOR))
        self.certificates = [Signed("verifier-certificate", raw) for raw in certificates]
        for certificate in self.certificates:
            if keys.thumbprint(certificate[1]) != self.pinned:
                raise Refused("wrong_key", "a certificate of another root")
            certificate.verify(certificate[1])
        serials = [certificate[2] for certificate in self.certificates]
        require(serials == sorted(set(serials), reverse=True), f"serials {serials} are not newest first")
        self.current = self.certificates[0]
        self.checkpoint = self.certified(Signed("checkpoint", checkpoint))
        require(self.checkpoint[1] == self.pinned, "a checkpoint of another verifier")
        self.fees = self.certified(Signed("fee-schedule", fees))
        require(self.fees[1] == self.pinned, "a fee schedule of another verifier")
        head = self.read_head(head, nonce)
        head.verify(self.current[3])
        require(head[1] == self.current[5] == self.checkpoint[2], "a head of another epoch")
        require(self.current[7] <= head[3] < self.current[8], "a head outside the certificate's time")
        return head

    def read_head(self, raw, nonce):
        """A head is the wallet's time source; it may never go back."""
        head = self.certified(Signed("head", raw))
        require(head[5] == nonce, "a head with another nonce")
        require(head[4] == self.checkpoint.hash, "a head with another checkpoint")
        require((head[1], head[2]) >= self.highest, "the verifier lost history")
        self.highest = head[1], head[2]
        self.time, self.measured = head[3], time.monotonic()
        return head

    def now(self):
        """The last head's time plus what was measured since."""
        return self.time + int((time.monotonic() - self.measured) * 1000)

    def certified(self, signed, when=None, epoch=None, seq=None):
        """Verify with the certificate that fits: its key, and epoch, first seq and time where they are known."""
        for certificate in self.certificates:
            if signed.kid != keys.kid(certificate[3]):
                continue
            signed.verify(certificate[3])
            require(epoch is None or epoch == certificate[5], "signed in another epoch than the certificate's")
            require(seq is None or seq >= certificate[6], "signed before the certificate's first seq")
            require(when is None or certificate[7] <= when < certificate[8], "signed outside the certificate's time")
            return signed
        raise Refused("wrong_key", f"no certificate has the key of this {signed.kind}")

    def receipt(self, raw, kind="receipt"):
        """A receipt of any kind by a certified key: all of them begin with a position and its time."""
        receipt = Signed(kind, raw)
        return self.certified(receipt, receipt[4], receipt[1], receipt[2])

    def refusal(self, raw):
        """A refusal by a certified key."""
        refusal = Signed("refusal", raw)
        return self.certified(refusal, refusal[2], refusal[1])

    def terms(self, code):
        """(scale, flat, bps) of an asset."""
        return next(terms[1:] for terms in self.fees[4] if terms[0] == code)

    def headers(self, reader, path, query, nonce, created, authority):
        """The headers of a signed read (chapter 11)."""
        place = ("GET", path, query, authority)
        return reads.signed_headers(reader.session, *place, created, nonce, reader.device, self.pinned)

    def read(self, reader, path, query="", behind=0, authority=None):
        """A signed read by a device, or an account's `owner`; returns the reply and the nonce."""
        nonce, created, authority = os.urandom(16), self.now() // 1000 - behind, authority or self.client.authority
        headers = self.headers(reader, path, query, nonce, created, authority)
        return self.client.call("GET", path, query, headers=headers | {"host": authority}), nonce

    def stream(self, reader):
        """`GET /v1/events` (10.11)."""
        authority = self.client.authority
        headers = self.headers(reader, "/v1/events", "", os.urandom(16), self.now() // 1000, authority)
        return Stream(authority, "/v1/events", headers)
