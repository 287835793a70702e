"""Further aliases, standing requests, and two people who pair and pay each other (6.17, 6.18, 7.6, 10.12, 10.15)."""

import os

from . import messages, pairing
from .cbor import encode
from .client import CBOR, COSE, OCTETS
from .cose import Signed, sign
from .keys import sha256
from .meeting import Meeting
from .scenario import CREDIT
from .sealing import Pointer
from .wallet import MINUTE, Target, Wallet, uuid7

DAY = 24 * 60 * MINUTE


class People(Meeting):
    """Every method is a part of the scenario, in the order of `PARTS`."""

    PARTS = ("enrol", "alias", "acts", "publish", "withdraw", "rendezvous", "pair", "contacts", "burnt")

    def begin(self):
        """Two fresh wallets, whose act keys are of both algorithms."""
        self.mina, self.jun = Wallet(self.verifier, "ESP256"), Wallet(self.verifier, "Ed25519")

    def enrol(self):
        """Two accounts with a grant each."""
        grant = self.enrol_all(self.mina, self.jun)
        self.asset, self.amount = grant[1:], [grant[0] // 20, *grant[1:]]

    def register(self, wallet, record, **changed):
        """An alias-body (10.12)."""
        act = wallet.act_of("alias-register", {6: record.bytes_hash} | changed)
        return encode([act.raw, record.raw])

    def alias(self):
        """A further alias, up to as many as there may be."""
        record = self.mina.name()
        body = self.register(self.mina, record)
        for label in ("a further alias", "the same again"):
            self.done("/v1/aliases", body, CBOR, label)
        self.report.equal(
            sorted(self.account(self.mina).aliases), sorted([self.mina.record.raw, record.raw]), "the account's aliases"
        )
        reply, _ = self.verifier.read(self.jun, f"/v1/aliases/{record[2]}")
        self.report.equal(reply.expect(200, COSE), record.raw, "the further alias's record")
        self.wrong("/v1/aliases", self.register(self.mina, record), CBOR, "alias_taken", "one's own alias again")
        self.wrong("/v1/aliases", self.register(self.jun, record), CBOR, "alias_taken", "another's alias")
        named, other = self.mina.aliases[:], self.mina.name()
        body = encode([self.mina.act_of("alias-register", {6: record.bytes_hash}).raw, other.raw])
        self.wrong("/v1/aliases", body, CBOR, "malformed", "another record than the act's")
        fields = {**other.fields, 3: self.jun.aliases[0].signer.public}
        forged = sign("alias-record", fields, self.jun.aliases[0].signer)
        broken = encode([forged.protected, {}, forged.payload, bytes(64)])
        act = self.mina.act_of("alias-register", {6: sha256(broken)})
        self.wrong("/v1/aliases", encode([act.raw, broken]), CBOR, "bad_signature", "a record that nobody signed")
        self.mina.aliases = named
        for _ in range(6):
            self.done("/v1/aliases", self.register(self.mina, self.mina.name()), CBOR, "an alias up to the eighth")
        named = self.mina.aliases[:]
        body = self.register(self.mina, self.mina.name())
        self.wrong("/v1/aliases", body, CBOR, "too_many_aliases", "a ninth alias")
        body = self.register(self.mina, self.jun.record)
        self.wrong("/v1/aliases", body, CBOR, "too_many_aliases", "a ninth alias that is another's")
        self.mina.aliases = named

    def acts(self):
        """What every session act is checked for (10.5), with one that changes little."""
        withdraw = {6: os.urandom(16)}
        act = self.mina.act_of("request-withdraw", withdraw)
        self.done("/v1/withdrawals", act.raw, COSE, "a withdrawal of what is not there")
        other = self.mina.act_of("request-withdraw", {6: os.urandom(16)}, act[4])
        self.wrong("/v1/withdrawals", other.raw, COSE, "id_conflict", "other bytes with an act's id")
        broken = encode([act.protected, {}, act.payload, bytes(64)])
        self.wrong("/v1/withdrawals", broken, COSE, "bad_signature", "an act that is not signed")
        self.wrong("/v1/withdrawals", act.raw[:-1], COSE, "malformed", "a cut act")
        self.wrong("/v1/withdrawals", act.raw, CBOR, "media_type", "an act as another media type")
        self.wrong("/v1/cancellations", act.raw, COSE, "bad_signature", "an act at another path")
        stranger = Wallet(self.verifier, "Ed25519")
        self.wrong(
            "/v1/withdrawals", stranger.act_of("request-withdraw", withdraw).raw, COSE, "device_unknown", "of nobody"
        )
        for label, member, kind in (
            ("another verifier", {1: bytes(32)}, "wrong_verifier"),
            ("another account", {2: self.jun.account}, "device_unknown"),
        ):
            act = self.mina.act_of("request-withdraw", withdraw | member)
            self.wrong("/v1/withdrawals", act.raw, COSE, kind, f"an act that names {label}")
        for minutes, kind in ((5, "created_ahead"), (-25 * 60, "malformed")):
            made = uuid7(self.verifier.now() + minutes * MINUTE)
            record = self.mina.record
            act = self.mina.act_of("alias-register", {6: record.bytes_hash}, made)
            self.wrong("/v1/aliases", encode([act.raw, record.raw]), CBOR, kind, f"an act {minutes} minutes on")
        made = uuid7(self.verifier.now() - 25 * 60 * MINUTE)
        old = self.mina.act_of("request-withdraw", withdraw, made)
        self.done("/v1/withdrawals", old.raw, COSE, "a withdrawal is never too old")

    def publication(self, wallet, pointer, handle, content, **changed):
        """A publish-body (10.12)."""
        expires = changed.get("expires", self.verifier.now() + 100 * DAY)
        fields = {6: handle, 7: expires, 8: pointer.locator, 9: sha256(content)}
        act = wallet.act_of("request-publish", fields, changed.get("act_id"))
        return encode([act.raw, content])

    def publish(self):
        """A standing request is read by its link, and paid twice."""
        named = self.mina.aliases[1]
        self.standing = self.mina.request(named, self.amount, "Coffee of the day", 1, 200 * DAY)
        self.pointer = Pointer.of(self.invite[2], self.standing.raw)
        content = self.pointer.seal(self.standing.raw)
        publish = ("/v1/publications", self.publication(self.mina, self.pointer, named.handle, content), CBOR)
        for label in ("a publication", "the same publication"):
            self.done(*publish, label)
        later = self.publication(
            self.mina, self.pointer, named.handle, content, expires=self.verifier.now() + 200 * DAY
        )
        self.done("/v1/publications", later, CBOR, "a publication that prolongs")
        scanned = Pointer.read(self.pointer.link)
        reply, _ = self.verifier.read(self.jun, f"/v1/requests/{scanned.locator.hex()}")
        read = scanned.open(reply.expect(200, OCTETS))
        self.report.equal((read.raw, read[12]), (self.standing.raw, 1), "the standing request from its link")
        target = Target(read[3], read[4], read[5])  # its orders carry no reference (10.4)
        for label in ("a standing request", "a standing request again"):
            order, _, _ = self.pay(self.jun, target, read[6], "Coffee", label)
            entry = self.entries(self.mina)[0][-1]
            self.report.equal((entry[2], entry[6], entry[8]), (CREDIT, order[1], named.handle), f"{label}: entry")
            self.memo(entry, named.hpke, "Coffee")
        order, bundle = self.jun.order(Target.of_request(read), read[6], {})
        self.refused(self.post(order, bundle), order, "request_mismatch")
        self.refused_publications(named, content)

    def refused_publications(self, named, content):
        """What 10.12 refuses, in its order."""
        other = bytes([content[0] ^ 1]) + content[1:]
        past = uuid7(self.verifier.now() - 10 * MINUTE)
        fresh = Pointer.of(self.invite[2], os.urandom(64))
        now = self.verifier.now()
        cases = (
            ("malformed", "no padded size", (self.mina, fresh, named.handle, content[:-1]), {}),
            ("forbidden", "another's alias", (self.jun, fresh, named.handle, content), {}),
            ("forbidden", "a one-time handle", (self.mina, fresh, self.mina.stock[1].handle, content), {}),
            (
                "malformed",
                "expired",
                (self.mina, fresh, named.handle, content),
                {"act_id": past, "expires": now - MINUTE},
            ),
            ("locator_taken", "other bytes", (self.mina, self.pointer, named.handle, other), {}),
            ("locator_taken", "another account", (self.jun, self.pointer, self.jun.aliases[0].handle, content), {}),
        )
        for kind, label, arguments, changed in cases:
            body = self.publication(*arguments, **changed)
            self.wrong("/v1/publications", body, CBOR, kind, f"a publication: {label}")
        act = self.mina.act_of("request-publish", {6: named.handle, 7: now + DAY, 8: fresh.locator, 9: bytes(32)})
        body = encode([act.raw, content])
        self.wrong("/v1/publications", body, CBOR, "malformed", "a publication of another content")

    def withdraw(self):
        """Only one's own publication; the alias can be paid as before."""
        bound = self.mina.request(self.mina.stock[1], self.amount, "Once")
        pointer = Pointer.of(self.invite[2], bound.raw)
        self.done("/v1/requests", self.mina.bind(bound, pointer)[1], CBOR, "a bind")
        for wallet, locator, label in (
            (self.jun, self.pointer.locator, "another account's"),
            (self.mina, pointer.locator, "a bound request's"),
        ):
            act = wallet.act_of("request-withdraw", {6: locator})
            self.wrong("/v1/withdrawals", act.raw, COSE, "forbidden", f"a withdrawal of {label}")
        for label in ("a withdrawal", "a withdrawal of what is gone"):
            act = self.mina.act_of("request-withdraw", {6: self.pointer.locator})
            self.done("/v1/withdrawals", act.raw, COSE, label)
        reply, _ = self.verifier.read(self.jun, f"/v1/requests/{self.pointer.locator.hex()}")
        self.problem(reply, "request_unknown", "a request that was withdrawn")
        target = Target(self.standing[3], self.standing[4], self.standing[5])
        self.pay(self.jun, target, self.amount, "Still", "an alias whose request was withdrawn")

    def rendezvous(self):
        """10.15, and what it refuses."""
        name = os.urandom(16).hex()
        for path, kind in (
            (f"/v1/rendezvous/{name}/1", "slot_empty"),
            (f"/v1/rendezvous/{name}/0", "not_found"),
            (f"/v1/rendezvous/{name}/9", "not_found"),
            (f"/v1/rendezvous/{name[:-2]}/1", "not_found"),
        ):
            self.problem(self.client.call("GET", path), kind, path)
        path = f"/v1/rendezvous/{name}/8"
        for body, media, kind in (
            (b"", OCTETS, "malformed"),
            (bytes(1025), OCTETS, "too_large"),
            (b"x", CBOR, "media_type"),
        ):
            self.wrong(path, body, media, kind, f"{len(body)} bytes in a slot as {media}")
        for label in ("a slot", "the same bytes again"):
            self.done(path, bytes(1024), OCTETS, label)
        self.wrong(path, b"other", OCTETS, "slot_taken", "other bytes in a slot")
        self.report.equal(self.client.call("GET", path).expect(200, OCTETS), bytes(1024), "a slot's bytes")
        self.problem(self.client.call("GET", path[:-1] + "7", "wait=200"), "slot_empty", "a slot after a short wait")
        self.problem(self.client.call("GET", path, "wait=soon"), "malformed", "a wait that is no number")

    def pair(self):
        """7.6 with purpose 1: the same code, and both cards as chapter 14 checks them."""
        shower, scanner = self.meet(pairing.CONTACT)
        cards = {}
        for side, wallet, name in ((shower, self.mina, "Mina"), (scanner, self.jun, "Jun")):
            cards[side.role] = self.card(side, wallet, name)
            self.write(side, side.role + 2, side.seal(cards[side.role].raw))
        for side, wallet, other in ((shower, self.mina, self.jun), (scanner, self.jun, self.mina)):
            card = self.read_card(side, wallet)
            self.report.equal(card.raw, cards[card[2]].raw, "the card as it was made")
            wallet.contact = Signed("alias-record", card[4])
            certificate = Signed("device-certificate", card[3])
            self.report.equal(certificate[2], other.account_public, "the contact's account key")
        confirms = {}
        for side, wallet in ((shower, self.mina), (scanner, self.jun)):
            hashes = {3: cards[pairing.SHOWER].bytes_hash, 4: cards[pairing.SCANNER].bytes_hash}
            confirm = sign("pair-confirm", {0: 1, 1: side.transcript, 2: side.role} | hashes, wallet.session)
            confirms[side.role] = confirm
        for side, wallet, other in ((shower, self.mina, self.jun), (scanner, self.jun, self.mina)):
            said = {0: 1, 1: os.urandom(16), 2: self.verifier.now(), 3: [1, confirms[3 - side.role].raw]}
            body, _ = self.message(other, wallet, messages.envelope(said))
            self.done("/v1/messages", body, CBOR, "a confirmation")
            [[_, account, device, _, content]], _ = self.mailbox(wallet)
            self.report.equal((account, device), (other.account, other.device), "whose confirmation it is")
            kind, said = messages.read_envelope(messages.read_content(content)[1])[3]
            confirm = Signed("pair-confirm", said).verify(other.session.public)
            got = (kind, confirm[1], confirm[2], confirm[3], confirm[4])
            expected = (1, side.transcript, 3 - side.role, cards[1].bytes_hash, cards[2].bytes_hash)
            self.report.equal(got, expected, "the other's confirmation")

    def contacts(self):
        """Contacts read each other's devices, and pay each other's alias, of which the card told them."""
        for wallet, other in ((self.mina, self.jun), (self.jun, self.mina)):
            status = self.devices(wallet, other.account_public, f"account={other.account.hex()}")
            self.report.equal(status.devices.raw, other.devices.raw, "the contact's device list")
            self.report.equal(status.former, [], "another account's former devices are not shown")
            self.pay(wallet, Target.of_alias(wallet.contact), self.amount, "For you", "a contact")
            entry = self.entries(other, wait=1000)[0][-1]
            self.report.equal(entry[8:], [other.aliases[0].handle, None], "a contact's entry")
            self.memo(entry, other.aliases[0].hpke, "For you")
        reply, _ = self.verifier.read(self.mina, "/v1/devices", f"account={os.urandom(16).hex()}")
        self.problem(reply, "account_unknown", "devices of nobody")
        reply, _ = self.verifier.read(self.mina, "/v1/devices", "account=none")
        self.problem(reply, "malformed", "devices of what is no account")

    def burnt(self):
        """Somebody else answers first: the scanner sees no code, and its person is told (7.6)."""
        shower = pairing.Shower(self.invite[2], pairing.CONTACT, self.verifier.pinned)
        first, second = (pairing.Scanner(shower.offer.link) for _ in range(2))
        self.write(first, 1, first.message_1)
        path = f"/v1/rendezvous/{shower.offer[3].hex()}/1"
        self.wrong(path, second.message_1, OCTETS, "slot_taken", "an offer that somebody else has answered")
        self.write(shower, 2, shower.accept(self.slot(shower, 1)))
        first.learn(self.slot(first, 2))
        self.report.equal(first.code, shower.code, "the code of who was first")
        self.refuses("cannot_open", lambda: second.learn(self.slot(second, 2)), "the reveal to somebody else")
        self.wrong_cards(shower, first)

    def wrong_cards(self, shower, scanner):
        """Cards that open, but are not what chapter 14 asks for."""
        card = self.card(shower, self.mina, "Mina")
        other = Wallet(self.verifier, "Ed25519")
        foreign = sign(
            "alias-record", Signed("alias-record", card[4]).fields | {1: bytes(32)}, self.mina.aliases[0].signer
        )
        for error, label, change, signer in (
            ("value", "another transcript", {1: bytes(32)}, self.mina.session),
            ("value", "the reader's role", {2: pairing.SCANNER}, self.mina.session),
            ("wrong_key", "another key", {}, other.session),
            ("value", "a record of another verifier", {4: foreign.raw}, self.mina.session),
        ):
            wrong = shower.seal(sign("contact-card", card.fields | change, signer).raw)
            self.refuses(error, lambda: self.check_card(scanner, self.jun, scanner.open(wrong)), f"a card: {label}")
        own = scanner.seal(self.card(scanner, self.mina, "Mina").raw)
        self.refuses(
            "value", lambda: self.check_card(shower, self.mina, shower.open(own)), "a card of one's own account"
        )
