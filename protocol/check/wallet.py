"""A wallet: its keys, and the objects that it signs (chapter 6)."""

import os

from . import keys, sealing
from .cbor import encode
from .cose import sign
from .keys import Signer, sha256

MINUTE = 60 * 1000


def uuid7(created):
    """A UUIDv7 of a given time (chapter 3)."""
    random = bytearray(os.urandom(10))
    random[0], random[2] = random[0] & 0x0F | 0x70, random[2] & 0x3F | 0x80
    return created.to_bytes(6, "big") + bytes(random)


def alias_handle(alias):
    """The handle of an alias (chapter 3)."""
    return sha256(b"farthing/1/alias" + alias.encode())[:16]


class Target:
    """Whom an order pays: a handle, its payee key, the key that a bundle is sealed to, and the request, if any."""

    def __init__(self, handle, payee_key, hpke, reference=None):
        self.handle, self.payee_key_hash, self.hpke = handle, keys.thumbprint(payee_key), hpke
        self.reference = reference

    @classmethod
    def of_request(cls, request):
        """A request that was read."""
        return cls(request[3], request[4], request[5], sealing.request_reference(request.raw))

    @classmethod
    def of_alias(cls, record):
        """An alias record that was read."""
        return cls(alias_handle(record[2]), record[3], record[4])


class Wallet:
    """A fresh account with one device; its act key is of the given algorithm."""

    def __init__(self, verifier, algorithm):
        self.verifier = verifier
        self.account_key, self.act, self.session = Signer(), Signer(algorithm), Signer()
        self.account, self.device = keys.first_16(self.account_key.public), keys.first_16(self.act.public)
        self.stock = [(os.urandom(16), Signer(name)) for name in ("ESP256", "Ed25519", "Ed25519", "ESP256")]
        self.alias, self.alias_key, self.alias_hpke = f"check-{os.urandom(6).hex()}", Signer(), os.urandom(32)

    def enrolment_body(self, code):
        """All five objects of an enrolment (10.2)."""
        pinned, now = self.verifier.pinned, self.verifier.now()
        account = self.account_key.public
        certificate = sign(
            "device-certificate",
            {0: 1, 1: pinned, 2: account, 3: self.act.public, 4: self.session.public, 6: {0: 7}, 7: 1, 8: now},
            self.account_key,
        )
        rows = [[self.device, certificate.bytes_hash]]
        devices = sign("device-list", {0: 1, 1: pinned, 2: self.account, 3: 2, 4: rows, 5: now}, self.account_key)
        enrolment = {0: 1, 1: pinned, 2: account, 3: 3, 5: certificate.bytes_hash, 6: devices.bytes_hash, 7: now}
        enrolment |= {4: code} if code else {}
        stock = [[handle, signer.public] for handle, signer in self.stock]
        record = {0: 1, 1: pinned, 2: self.alias, 3: self.alias_key.public, 5: now}
        record[4] = sealing.x25519_public(self.alias_hpke)
        self.devices, self.record = devices, sign("alias-record", record, self.alias_key)
        signed = (
            sign("enrolment", enrolment, self.account_key),
            certificate,
            devices,
            self.act_of("handle-register", {6: stock}),
            self.record,
        )
        return encode([each.raw for each in signed])

    def act_of(self, kind, fields, act_id=None):
        """A handle act (6.9), signed by the session key; with another act's id, of that act's time."""
        act_id = act_id or uuid7(self.verifier.now())
        created = int.from_bytes(act_id[:6], "big")
        act = {0: 1, 1: self.verifier.pinned, 2: self.account, 3: self.device, 4: act_id, 5: created}
        return sign(kind, act | fields, self.session)

    def request(self, handle, signer, amount, memo, usage=0, hpke=None):
        """A request (6.11), of a handle of the stock or, standing, of the alias; returns it and its HPKE key."""
        hpke, now = hpke or os.urandom(32), self.verifier.now()
        items = [["Gimbap", [amount[0] - 1, *amount[1:]]], ["Tea", [1, *amount[1:]]]]
        fields = {0: 1, 1: os.urandom(16), 2: self.verifier.pinned, 3: handle, 4: signer.public}
        fields |= {5: sealing.x25519_public(hpke), 6: amount, 7: now, 8: now + 15 * MINUTE, 9: memo, 10: items}
        return sign("request", fields | {11: "Truck 7", 12: usage}, signer), hpke

    def bind(self, request, pointer, act_id=None, amount=None):
        """The bind-body that puts a request's handle to use (10.4)."""
        content = pointer.seal(request.raw)
        bind = {6: request[3], 7: amount or request[6], 8: request[8], 9: pointer.locator, 10: sha256(content)}
        bind[11] = sealing.request_reference(request.raw)
        act = self.act_of("handle-bind", bind, act_id)
        return act, encode([act.raw, content])

    def order(self, target, amount, details, **changed):
        """An order (6.12) and its bundle (7.2); `changed` replaces members, to be refused."""
        created = changed.pop("created", self.verifier.now())
        order_id, salt = uuid7(created), os.urandom(32)
        aad = sealing.bundle_aad(order_id, target.payee_key_hash)
        bundle = sealing.seal_bundle(encode({0: 1, 1: salt, 2: details}), aad, [target.hpke])
        payment = {0: target.handle, 1: target.payee_key_hash, 2: amount}
        payment |= {3: target.reference} if target.reference else {}
        payment |= {4: sealing.details_hash(salt, details), 5: sha256(bundle)}
        fields = {0: 1, 1: order_id, 2: self.verifier.pinned, 3: self.account, 4: self.device, 5: created}
        fields |= {6: created + changed.pop("life", 2 * MINUTE), 7: self.verifier.fees[2], 8: [1, payment]}
        return sign("order", fields | changed.pop("members", {}), self.act), bundle
