"""Devices and accounts: their keys, and the objects that they sign (chapter 6)."""

import os
from types import SimpleNamespace
from typing import NamedTuple

from . import derive, keys, sealing
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


class Payee(NamedTuple):
    """A handle with the keys of whom it pays."""

    handle: bytes
    signer: Signer
    hpke: bytes  # private


class Target:
    """Whom an order pays: a handle, its payee key, the key that a bundle is sealed to, and the request, if any."""

    def __init__(self, handle, payee_key, hpke, reference=None):
        self.handle, self.payee_key_hash, self.hpke = handle, keys.thumbprint(payee_key), hpke
        self.reference = reference

    def seal(self, order_id, details):
        """What an order says to its payee alone: the bundle (7.2), and the details hash (7.3)."""
        salt = os.urandom(32)
        aad = sealing.bundle_aad(order_id, self.payee_key_hash)
        bundle = sealing.seal_bundle(encode({0: 1, 1: salt, 2: details}), aad, [self.hpke])
        return bundle, sealing.details_hash(salt, details)

    @classmethod
    def of_request(cls, request):
        """A request that was read."""
        return cls(request[3], request[4], request[5], sealing.request_reference(request.raw))

    @classmethod
    def of_offer(cls, offer):
        """A tab's offer that was read."""
        return cls(offer[3], offer[4], offer[5], sealing.offer_reference(offer.raw))

    @classmethod
    def of_alias(cls, record):
        """An alias record that was read."""
        return cls(alias_handle(record[2]), record[3], record[4])


class Device:
    """The keys of one device; its act key is of the given algorithm. Without a receive seed it cannot be restored."""

    def __init__(self, verifier, algorithm):
        self.verifier = verifier
        self.act, self.session = Signer(algorithm), Signer()
        self.olm = sealing.x25519_public(os.urandom(32))
        self.device = keys.first_16(self.act.public)
        self.certificates, self.aliases, self.stock = {}, [], []

    def belong(self, account_public):
        """The account that this device is of."""
        self.account_public, self.account = account_public, keys.first_16(account_public)

    def stock_up(self, seed):
        """Four one-time handles; all payee keys but the first, in hardware, follow from the device receive seed."""
        handles = [os.urandom(16) for _ in range(4)]
        self.stock = [Payee(handle, *derive.payee_keys(seed, handle)) for handle in handles]
        self.stock[0] = Payee(handles[0], Signer("ESP256"), os.urandom(32))
        return self.act_of("handle-register", {6: [[payee.handle, payee.signer.public] for payee in self.stock]})

    def act_of(self, kind, fields, act_id=None):
        """A session act (6.9); with another act's id, of that act's time."""
        act_id = act_id or uuid7(self.verifier.now())
        created = int.from_bytes(act_id[:6], "big")
        act = {0: 1, 1: self.verifier.pinned, 2: self.account, 3: self.device, 4: act_id, 5: created}
        return sign(kind, act | fields, self.session)

    def request(self, payee, amount, memo, usage=0, life=15 * MINUTE):
        """A request (6.11), of a handle of the stock or, standing, of an alias."""
        now = self.verifier.now()
        items = [["Gimbap", [amount[0] - 1, *amount[1:]]], ["Tea", [1, *amount[1:]]]]
        fields = {0: 1, 1: os.urandom(16), 2: self.verifier.pinned, 3: payee.handle, 4: payee.signer.public}
        fields |= {5: sealing.x25519_public(payee.hpke), 6: amount, 7: now, 8: now + life, 9: memo, 10: items}
        return sign("request", fields | {11: "Truck 7", 12: usage}, payee.signer)

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
        order_id = uuid7(created)
        bundle, hashed = target.seal(order_id, details)
        payment = {0: target.handle, 1: target.payee_key_hash, 2: amount}
        payment |= {3: target.reference} if target.reference else {}
        payment |= {4: hashed, 5: sha256(bundle)}
        fields = {0: 1, 1: order_id, 2: self.verifier.pinned, 3: self.account, 4: self.device, 5: created}
        fields |= {6: created + changed.pop("life", 2 * MINUTE), 7: self.verifier.fees[2], 8: [1, payment]}
        return sign("order", fields | changed.pop("members", {}), self.act), bundle


class Wallet(Device):
    """A device that holds the account key: of a fresh account, or of the one that a phrase's seed brings back."""

    def __init__(self, verifier, algorithm, seed=None):
        super().__init__(verifier, algorithm)
        self.seed = seed or os.urandom(64)
        self.account_key, self.receive = derive.account_key(self.seed), derive.receive_seed(self.seed)
        self.belong(self.account_key.public)
        self.owner = SimpleNamespace(session=self.account_key, device=self.account)  # reads as the account (11)
        self.counter = 0

    def count(self):
        """The account key's counter grows by one with each object that it signs (6.8)."""
        self.counter += 1
        return self.counter

    def certify(self, act, session, olm, scope=None):
        """A device certificate (6.6) with a device's public keys."""
        fields = {0: 1, 1: self.verifier.pinned, 2: self.account_public, 3: act, 4: session, 5: olm}
        fields |= {6: scope or {0: 7}, 7: self.count(), 8: self.verifier.now()}
        certificate = sign("device-certificate", fields, self.account_key)
        self.certificates = self.certificates | {keys.first_16(act): certificate}
        return certificate

    def admit(self, device, scope=None):
        """A certificate of a device whose keys are at hand; from now on it is of this account."""
        device.belong(self.account_public)
        return self.certify(device.act.public, device.session.public, device.olm, scope)

    def list_of(self, certificates, changed=None):
        """A device list (6.7) of certificates; `changed` replaces members, to be refused."""
        rows = sorted([keys.first_16(each[3]), each.bytes_hash] for each in certificates)
        fields = {0: 1, 1: self.verifier.pinned, 2: self.account, 3: self.count(), 4: rows, 5: self.verifier.now()}
        return sign("device-list", fields | (changed or {}), self.account_key)

    def keys_of(self, handle, device=None):
        """The keys of any handle of the account: an alias's, or a one-time handle of a device."""
        secret = derive.device_seed(self.receive, device) if device else self.receive
        return Payee(handle, *derive.payee_keys(secret, handle))

    def name(self):
        """A further alias, and its record (6.10)."""
        alias = f"check-{os.urandom(6).hex()}"
        payee = self.keys_of(alias_handle(alias))
        record = {0: 1, 1: self.verifier.pinned, 2: alias, 3: payee.signer.public, 5: self.verifier.now()}
        record[4] = sealing.x25519_public(payee.hpke)
        self.aliases = [*self.aliases, payee]
        return sign("alias-record", record, payee.signer)

    def enrolment_body(self, code):
        """All five objects of an enrolment (10.2)."""
        certificate = self.admit(self)
        self.devices, self.record = self.list_of([certificate]), self.name()
        enrolment = {0: 1, 1: self.verifier.pinned, 2: self.account_public, 3: self.count()}
        enrolment |= {5: certificate.bytes_hash, 6: self.devices.bytes_hash, 7: self.verifier.now()}
        enrolment |= {4: code} if code else {}
        signed = (
            sign("enrolment", enrolment, self.account_key),
            certificate,
            self.devices,
            self.stock_up(derive.device_seed(self.receive, self.device)),
            self.record,
        )
        return encode([each.raw for each in signed])
