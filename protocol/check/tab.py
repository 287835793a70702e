"""A tab: what both sides of it sign (6.24 to 6.29), and what the rules say of its money (chapter 19)."""

import os

from . import sealing, tabs
from .cbor import encode
from .cose import sign
from .keys import Signer, sha256
from .tabs import DAY, MINUTE
from .wallet import uuid7

LASTS, GRACE = DAY, 3 * DAY


def make_offer(device, payee, price, cap, **changed):
    """A payee's terms (6.24), of a handle of the stock or, standing, of an alias."""
    now = device.verifier.now()
    fields = {0: 1, 1: os.urandom(16), 2: device.verifier.pinned, 3: payee.handle, 4: payee.signer.public}
    fields |= {5: sealing.x25519_public(payee.hpke), 6: now, 7: now + changed.pop("life", 15 * MINUTE)}
    fields |= {8: {0: price, 1: "article", 2: cap, 3: LASTS, 4: GRACE}, 9: "Read as long as you like", 10: "Truck 7"}
    return sign("hold-offer", fields | {11: changed.pop("usage", 0)}, payee.signer)


def bind_offer(device, offer, pointer, amount=None):
    """The bind-body that puts an offer's handle to use (10.4): of any amount, since a hold has a cap."""
    content = pointer.seal(offer.raw)
    bind = {6: offer[3], 8: offer[7], 9: pointer.locator, 10: sha256(content)}
    bind |= {11: sealing.offer_reference(offer.raw)} | ({7: amount} if amount else {})
    return encode([device.act_of("handle-bind", bind).raw, content])


class Tab:
    """A hold, from its order on. `rules` is what ought to become of it: the verifier is held against that."""

    def __init__(self, payer, payee, target, cap, memo="", **changed):
        """The hold's order and bundle; `changed` replaces members, to be refused. The owner reads the payer's side."""
        verifier = payer.verifier
        created = changed.pop("created", verifier.now())
        order_id, until = uuid7(created), created + LASTS
        self.bundle, hashed = target.seal(order_id, {0: memo, 2: "Mina"} if memo else {})
        self.payer, self.payee, self.owner, self.key, self.asset = payer, payee, payer, Signer(), cap[1:]
        fields = {0: 1, 1: order_id, 2: verifier.pinned, 3: payer.account, 4: payer.device, 5: created}
        fields |= {6: created + changed.pop("life", 2 * MINUTE), 7: verifier.fees[2], 8: target.handle}
        fields |= {9: target.payee_key_hash, 10: cap, 11: until, 12: until + GRACE, 13: self.key.public}
        fields |= {14: target.reference} if target.reference else {}
        fields |= {15: hashed, 16: sha256(self.bundle)}
        self.order = sign("hold-order", fields | changed.pop("members", {}), payer.act)
        self.hold, self.rules, self.last = self.order.hash, None, (0, 0)

    @property
    def body(self):
        """The order-body that places it (19.8)."""
        return encode([self.order.raw, self.bundle, None])

    def begin(self, placed, flat, bps):
        """It was placed, under these fees."""
        self.placed = placed
        self.rules = tabs.Hold(flat, bps, [1, self.order[10][0], self.order[11], self.order[12]])

    def cost(self):
        """What the payer's account is short of by it: what is set aside, and what was spent."""
        return self.rules.held() + self.rules.claimed + tabs.fee_of(self.rules.claimed, *self.rules.fees)

    def amount(self, value):
        """So many units of its asset."""
        return [value, *self.asset]

    def voucher(self, total, key=None, **changed):
        """The payer's word for all drops so far (6.28), of the version in force."""
        fields = {0: 1, 1: changed.pop("hold", self.hold), 2: changed.pop("version", self.rules.bounds[0])}
        return sign("voucher", fields | {3: changed.pop("amount", self.amount(total))}, key or self.key)

    def claim(self, voucher, total, device=None, **changed):
        """The payee charges so much in all (6.29), by its device or the given one."""
        members = {6: voucher.raw, 7: self.amount(total)} | changed.pop("members", {})
        return (device or self.payee).act_of("claim", members, changed.pop("act_id", None))

    def release(self, total, device=None, **changed):
        """The payee lets go of what it has not claimed (6.29)."""
        members = {6: self.hold, 7: self.amount(total)} | changed.pop("members", {})
        return (device or self.payee).act_of("hold-release", members, changed.pop("act_id", None))

    def close(self, device=None, **changed):
        """The payer spends no more (6.29)."""
        members = {6: self.hold} | changed.pop("members", {})
        return (device or self.payer).act_of("hold-close", members, changed.pop("act_id", None))

    def change(self, more=0, longer=0, grace=0, device=None, **changed):
        """The next version (6.26): so much more of the cap, all of it so much longer, and of the grace besides."""
        device, created = device or self.payer, changed.pop("created", self.payer.verifier.now())
        version, cap, spend_until, claim_until = self.rules.bounds
        fields = {0: 1, 1: uuid7(created), 2: device.verifier.pinned, 3: device.account, 4: device.device, 5: created}
        fields |= {6: created + changed.pop("life", 2 * MINUTE), 7: self.hold, 8: version + 1}
        fields |= {9: self.amount(cap + more), 10: spend_until + longer, 11: claim_until + longer + grace}
        return sign("hold-change", fields | changed.pop("members", {}), device.act)
