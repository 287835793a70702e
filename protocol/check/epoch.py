"""A verifier is restored from a backup, and gets a new key: what wallets find, and what is lost (13.5, 14, 15.6)."""

import os

from .bodies import parse_body
from .client import CBOR, COSE
from .cose import Signed
from .scenario import CREDIT, Scenario
from .wallet import Device, Target, Wallet


class Epoch(Scenario):
    """Every method is a part of the scenario, in the order of `PARTS`."""

    PARTS = ("before", "lose", "opened", "orders", "read_on", "anew", "certified_anew")

    def __init__(self, report, link, server):
        self.server = server
        super().__init__(report, link)

    def begin(self):
        """Two wallets from before the backup, one from after it."""
        self.mina, self.jun = Wallet(self.verifier, "ESP256"), Wallet(self.verifier, "Ed25519")
        self.late, self.tablet = Wallet(self.verifier, "Ed25519"), Device(self.verifier, "Ed25519")

    def told(self, number):
        """Jun's generation of this number."""
        act = self.jun.act_of("generation", {6: number, 7: os.urandom(16)})
        self.done("/v1/generations", act.raw, COSE, f"generation {number}")

    def before(self):
        """What the backup holds: a payment, prekeys, a message, a generation."""
        grant = self.enrol_all(self.mina, self.jun)
        self.amount = [grant[0] // 20, *grant[1:]]
        self.to_jun = Target.of_alias(self.jun.record)
        self.kept = self.pay(self.mina, self.to_jun, self.amount, "Kept", "a payment before the backup")
        self.prekeys = self.jun.act_of("prekeys", {6: [os.urandom(32) for _ in range(3)], 7: os.urandom(32)})
        self.done("/v1/prekeys", self.prekeys.raw, COSE, "prekeys")
        self.done("/v1/messages", self.message(self.mina, self.jun)[0], CBOR, "a message before the backup")
        self.told(1)
        self.old, self.head = self.verifier.current, self.verifier.fetch()
        self.old_checkpoint = self.verifier.checkpoint
        self.server.backup()

    def lose(self):
        """What comes after it: a payment, an account, a device; and an order that is never sent before the end."""
        self.gone = self.pay(self.mina, self.to_jun, self.amount, "Gone", "a payment after the backup")
        self.unsent = self.mina.order(self.to_jun, self.amount, {})
        self.body = self.late.enrolment_body(self.invite.get(3))
        self.done("/v1/enrolments", self.body, CBOR, "an enrolment")
        self.certificate = self.mina.admit(self.tablet)
        self.listed = self.mina.list_of([self.mina.certificates[self.mina.device], self.certificate])
        reply = self.put_list(self.mina, self.listed, [self.certificate])
        self.last = self.list_in_force(reply, self.listed)
        self.done("/v1/messages", self.message(self.mina, self.jun)[0], CBOR, "a message after the backup")
        self.number = self.mailbox(self.jun)[0][-1][0]
        self.told(2)
        self.server.restore()

    def opened(self):
        """A certificate and an opening checkpoint of a higher epoch; what this wallet knew is lost from its seq on."""
        verifier = self.verifier
        verifier.fetch()
        current, checkpoint = verifier.current, verifier.checkpoint
        self.report.check(current[2] > self.old[2] and current[5] > self.old[5], "serial and epoch are higher")
        self.report.check(current[3] != self.old[3] and current[4] != self.old[4], "signing and HPKE key are new")
        self.report.equal(current[6], self.head[2] + 1, "the first seq is one above the backup's last")
        got = (checkpoint[2], checkpoint[3], checkpoint.get(4), checkpoint[5])
        expected = (current[5], current[6], self.old_checkpoint.hash, [])
        self.report.equal(got, expected, "the opening checkpoint")
        self.report.check(checkpoint[6] >= self.head[3], "its time is not before the backup's", checkpoint[6])
        known = [each.raw for each in verifier.certificates]
        self.report.equal(known[1:], [self.old.raw], "the earlier certificate is shown, too")
        kept, gone = (Signed("receipt", paid[2]) for paid in (self.kept, self.gone))
        lost = [each[2] >= current[6] for each in (kept, gone, self.last)]
        self.report.equal(lost, [False, True, True], "which receipts are lost (14)")

    def orders(self):
        """13.1: the journal's answer, or `before_epoch`; new orders are decided in the new epoch."""
        order, bundle, receipt = self.kept
        self.report.equal(self.post(order, bundle).expect(200, COSE), receipt, "an order in the journal")
        for order, bundle in (self.gone[:2], self.unsent):
            self.problem(self.post(order, bundle), "before_epoch", "an order of an earlier epoch")
        reply, _ = self.verifier.read(self.mina, f"/v1/orders/{self.gone[0][1].hex()}")
        self.problem(reply, "order_unknown", "the stored answer to a lost order")
        self.again = self.pay(self.mina, self.to_jun, self.amount, "Again", "a payment in the new epoch")

    def read_on(self):
        """Entries keep their epoch; who stood behind the backup's end reads on with the new epoch."""
        entries, _ = self.entries(self.jun)
        credits = [entry for entry in entries if entry[2] == CREDIT]
        self.report.equal([entry[3] for entry in credits], [self.kept[2], self.again[2]], "the credits")
        self.report.equal([entry[0] for entry in credits], [1, 2], "their epochs")
        stood = Signed("receipt", self.gone[2])
        entries, _ = self.entries(self.jun, (stood[1], stood[2]))
        self.report.equal([entry[3] for entry in entries], [self.again[2]], "what follows a lost entry")

    def anew(self):
        """What was lost is done anew: an account, a device; prekeys, messages and generations stand it."""
        reply, _ = self.verifier.read(self.late, "/v1/account")
        self.problem(reply, "device_unknown", "an account that is lost")
        self.done("/v1/enrolments", self.body, CBOR, "the same enrolment again")
        reply, _ = self.verifier.read(self.tablet, "/v1/account")
        self.problem(reply, "device_unknown", "a device that is lost")
        status = self.devices(self.mina, self.mina.account_public)
        self.report.equal(status.devices.raw, self.mina.devices.raw, "the list of before the backup")
        listed = self.mina.list_of([self.mina.certificates[self.mina.device], self.certificate])
        self.report.check(listed[3] > self.listed[3], "a counter higher than any before", listed[3])
        self.list_in_force(self.put_list(self.mina, listed, [self.certificate]), listed)
        self.devices(self.tablet, self.mina.account_public)
        self.report.equal(self.account(self.jun).prekeys, 0, "the one-time keys in stock are forgotten")
        claim = self.mina.act_of("prekey-claim", {6: self.jun.account, 7: self.jun.device})
        raw, index = parse_body("claimed-prekey", self.client.post("/v1/claims", claim.raw, COSE).expect(200, CBOR))
        self.report.equal((raw, index), (self.prekeys.raw, None), "the fallback key is left")
        self.done("/v1/messages", self.message(self.mina, self.jun)[0], CBOR, "a message in the new epoch")
        queued, _ = self.mailbox(self.jun)
        self.report.equal(len(queued), 2, "the message of before the backup, and the new one")
        self.report.check(queued[-1][0] > self.number, "numbers go on ascending", queued[-1][0])
        self.told(3)

    def certified_anew(self):
        """A new signing key within the epoch: the next serial, and everything else stays."""
        before, checkpoint = self.verifier.current, self.verifier.checkpoint
        head = self.verifier.fetch()
        self.server.certify()
        self.verifier.fetch()
        current = self.verifier.current
        got = (current[2], current[5], current[6], self.verifier.checkpoint.hash)
        self.report.equal(got, (before[2] + 1, before[5], head[2] + 1, checkpoint.hash), "the new certificate")
        self.report.check(current[3] != before[3], "the signing key is new")
        self.pay(self.mina, self.to_jun, self.amount, "Later", "a payment under the new key")
        credits = [entry for entry in self.entries(self.jun)[0] if entry[2] == CREDIT]
        self.report.equal(len(credits), 3, "receipts of all three keys are good")
