"""Prekeys, messages, generations and events (6.19 to 6.21, 10.11, 10.14, 10.16). There is no Olm library here: the
ciphertext of a message is any bytes, which is all that a verifier ever sees of it."""

import os

from . import messages
from .bodies import parse_body
from .cbor import encode
from .client import CBOR, COSE
from .cose import Signed
from .keys import sha256
from .scenario import Scenario
from .wallet import Wallet

PREKEYS, CLAIMS, MESSAGES, DONE = "/v1/prekeys", "/v1/claims", "/v1/messages", "/v1/acknowledgements"
GENERATIONS = "/v1/generations"


class Mailbox(Scenario):
    """Every method is a part of the scenario, in the order of `PARTS`."""

    PARTS = ("enrol", "prekeys", "claims", "write", "acknowledge", "quotas", "generation", "events")

    def begin(self):
        """Two fresh wallets, whose act keys are of both algorithms."""
        self.mina, self.jun = Wallet(self.verifier, "ESP256"), Wallet(self.verifier, "Ed25519")

    def enrol(self):
        """Two accounts, that have left no keys yet."""
        self.enrol_all(self.mina, self.jun)
        claim = self.claim(self.jun, self.mina)
        self.wrong(CLAIMS, claim.raw, COSE, "no_prekeys", "a claim where nothing was left")

    def upload(self, wallet, count):
        """A `prekeys` (6.20) with fresh keys."""
        return wallet.act_of("prekeys", {6: [os.urandom(32) for _ in range(count)], 7: os.urandom(32)})

    def claim(self, wallet, other):
        """A `prekey-claim` (6.20)."""
        return wallet.act_of("prekey-claim", {6: other.account, 7: other.device})

    def claimed(self, wallet, other):
        """A claim's answer as chapter 14 checks it: (prekeys, index)."""
        claim = self.claim(wallet, other)
        raw = self.client.post(CLAIMS, claim.raw, COSE).expect(200, CBOR)
        again = self.client.post(CLAIMS, claim.raw, COSE).expect(200, CBOR)
        self.report.equal(again, raw, "the same claim again")
        prekeys, index = parse_body("claimed-prekey", raw)
        prekeys = Signed("prekeys", prekeys).verify(other.session.public)
        self.report.equal((prekeys[2], prekeys[3]), (other.account, other.device), "whose prekeys they are")
        self.report.check(index is None or index < len(prekeys[6]), "the index is one of the keys", index)
        return prekeys, index

    def prekeys(self):
        """At most 100 one-time keys stay in stock; the fallback key is replaced."""
        first = self.upload(self.jun, 2)
        for label in ("prekeys", "the same prekeys"):
            self.done(PREKEYS, first.raw, COSE, label)
        self.report.equal(self.account(self.jun).prekeys, 2, "one-time prekeys in stock")
        for _ in range(2):
            self.done(PREKEYS, self.upload(self.jun, 50).raw, COSE, "more prekeys")
        self.report.equal(self.account(self.jun).prekeys, 100, "one-time prekeys in stock at most")
        kept = [self.claimed(self.mina, self.jun)[0].raw for _ in range(3)]
        self.report.check(first.raw not in kept, "the oldest prekeys were dropped")
        twice = self.jun.act_of("prekeys", {6: [], 7: os.urandom(32)})
        parts = [twice.protected, {}, encode(twice.fields | {6: [twice[7]]}), twice.signature]
        self.wrong(PREKEYS, encode(parts), COSE, "malformed", "a key twice")

    def claims(self):
        """Each one-time key is given out once; then the fallback key, as often as asked."""
        left = self.upload(self.mina, 3)
        self.done(PREKEYS, left.raw, COSE, "prekeys")
        given = [self.claimed(self.jun, self.mina) for _ in range(5)]
        self.report.equal({prekeys.raw for prekeys, _ in given}, {left.raw}, "the prekeys that were left")
        indices = [index for _, index in given]
        self.report.equal((sorted(indices[:3]), indices[3:]), ([0, 1, 2], [None, None]), "each key once")
        self.report.equal(self.account(self.mina).prekeys, 0, "no one-time prekeys in stock")
        for label, account, device in (
            ("a device of nobody", self.mina.account, os.urandom(16)),
            ("another's device", self.jun.account, self.mina.device),
        ):
            claim = self.jun.act_of("prekey-claim", {6: account, 7: device})
            self.wrong(CLAIMS, claim.raw, COSE, "recipient_unknown", f"a claim of {label}")
        for _ in range(95):
            self.client.post(CLAIMS, self.claim(self.jun, self.mina).raw, COSE).expect(200, CBOR)
        self.wrong(CLAIMS, self.claim(self.jun, self.mina).raw, COSE, "rate_limited", "a claim too many in 24 h")

    def write(self):
        """What was sent comes as it was sent, from whom it came, once."""
        self.report.equal(self.mailbox(self.jun, "wait=200"), ([], False), "an empty mailbox, after a short wait")
        note = messages.envelope({0: 1, 1: os.urandom(16), 2: self.verifier.now(), 3: [4, "Tea at three?"]})
        sent = []
        for ciphertext in (note, None, os.urandom(3000)):  # Olm would have encrypted the first
            body, content = self.message(self.mina, self.jun, ciphertext)
            for label in ("a message", "the same message"):
                self.done(MESSAGES, body, CBOR, label)
            sent.append(content)
        self.queued, more = self.mailbox(self.jun)
        self.report.equal(([row[4] for row in self.queued], more), (sent, False), "the mailbox")
        senders = {(account, device) for _, account, device, _, _ in self.queued}
        self.report.equal(senders, {(self.mina.account, self.mina.device)}, "who wrote")
        first, then = self.queued[0][0], self.queued[1][0]
        self.report.equal(self.mailbox(self.jun, "max=1"), (self.queued[:1], True), "a page of one")
        self.report.equal(self.mailbox(self.jun, f"after={first}&max=1"), ([self.queued[1]], True), "the next page")
        self.report.equal(self.mailbox(self.jun, f"after={then}"), (self.queued[2:], False), "the last page")
        self.report.equal(self.mailbox(self.mina), ([], False), "nothing in the sender's own mailbox")
        kind, ciphertext = messages.read_content(self.queued[0][4])
        self.report.equal(kind, messages.PRE_KEY, "a pre-key message")
        self.report.equal(messages.read_envelope(ciphertext)[3], [4, "Tea at three?"], "the note")
        self.refused_messages()

    def refused_messages(self):
        """What 10.14 refuses."""
        body, content = self.message(self.mina, self.jun)
        act = self.mina.act_of("message", {6: self.jun.account, 7: self.jun.device, 8: bytes(32)})
        self.wrong(MESSAGES, encode([act.raw, content]), CBOR, "malformed", "a message of another content")
        for label, content, kind in (
            ("no padded size", bytes(255), "malformed"),
            ("an empty content", b"", "malformed"),
            ("more than 4096 bytes", bytes(4097), "too_large"),
        ):
            self.wrong(MESSAGES, self.message(self.mina, self.jun, content=content)[0], CBOR, kind, label)
        for account, device in ((self.jun.account, os.urandom(16)), (os.urandom(16), self.jun.device)):
            act = self.mina.act_of("message", {6: account, 7: device, 8: sha256(bytes(256))})
            body = encode([act.raw, bytes(256)])
            self.wrong(MESSAGES, body, CBOR, "recipient_unknown", "a message to nobody")
        for query in ("after=one", "max=0x", "wait=-1"):
            reply, _ = self.verifier.read(self.jun, MESSAGES, query)
            self.problem(reply, "malformed", f"messages?{query}")

    def acknowledge(self):
        """All up to a number are gone, and numbers ascend from there."""
        for count, upto in ((1, 1), (1, 1), (3, 0)):
            number = self.queued[count - 1][0]
            act = self.jun.act_of("acknowledge", {6: number})
            self.done(DONE, act.raw, COSE, "an acknowledgement")
            left = self.queued[count:] if upto else []
            self.report.equal(self.mailbox(self.jun), (left, False), "what is left")
        self.done(MESSAGES, self.message(self.mina, self.jun)[0], CBOR, "a message")
        after = self.mailbox(self.jun)[0][0][0]
        self.report.check(after > self.queued[-1][0], "numbers ascend after an acknowledgement", after)

    def quotas(self):
        """8 from an account that the recipient never wrote to, more when it has written."""
        for _ in range(7):
            self.done(MESSAGES, self.message(self.mina, self.jun)[0], CBOR, "a stranger's message")
        body, _ = self.message(self.mina, self.jun)
        self.wrong(MESSAGES, body, CBOR, "mailbox_full", "a ninth message of a stranger")
        self.done(MESSAGES, self.message(self.jun, self.mina)[0], CBOR, "an answer")
        self.done(MESSAGES, body, CBOR, "the same message, now of an acquaintance")
        self.report.equal(len(self.mailbox(self.jun)[0]), 9, "the mailbox")

    def tell(self, number, mark, dropping=False):
        """A `generation` (6.19)."""
        return self.jun.act_of("generation", {6: number, 7: mark} | ({8: True} if dropping else {})).raw

    def generation(self):
        """Only a higher number, or the very same generation, is no old copy; the stock is dropped with member 8."""
        stock, (first, second, third) = self.account(self.jun).stock, (os.urandom(16) for _ in range(3))
        for number, mark, label in ((3, first, "a generation"), (3, first, "the same again"), (4, second, "the next")):
            self.done(GENERATIONS, self.tell(number, mark), COSE, label)
            self.report.equal(self.account(self.jun).generation, [number, mark], f"{label}: as known")
        for number, mark, label in ((4, third, "another mark"), (3, first, "a lower number"), (3, third, "both")):
            self.wrong(GENERATIONS, self.tell(number, mark), COSE, "old_copy", f"an old copy: {label}")
        self.done(GENERATIONS, self.tell(4, second, dropping=True), COSE, "the known one, dropping the stock")
        self.report.equal(self.account(self.jun).stock, stock, "the known one changes nothing, also the stock")
        self.done(GENERATIONS, self.tell(5, third, dropping=True), COSE, "a generation above, dropping the stock")
        status = self.account(self.jun)
        self.report.equal((status.generation, status.stock), ([5, third], 0), "no stock is left")
        self.report.equal(self.account(self.mina).generation, None, "another device's generation")

    def events(self):
        """A stream begins with one event of each kind; then a message is an event."""
        number = self.mailbox(self.jun)[0][-1][0]
        with self.verifier.stream(self.jun) as stream:
            begun = dict(stream.next() for _ in range(3))
            epoch, seq, *_ = self.entries(self.jun)[0][-1]
            expected = {"entries": f"{epoch} {seq}", "messages": str(number), "devices": str(self.jun.devices[3])}
            self.report.equal(begun, expected, "how a stream begins")
            self.done(MESSAGES, self.message(self.mina, self.jun)[0], CBOR, "a message")
            name, position = stream.next()
            after = self.mailbox(self.jun, f"after={number}")[0][0][0]
            self.report.equal((name, position), ("messages", str(after)), "an event")
            with self.verifier.stream(self.jun) as newer:
                self.report.equal(len([newer.next() for _ in range(3)]), 3, "a newer stream begins")
                self.report.equal(stream.next(), None, "a newer stream ends the older")
