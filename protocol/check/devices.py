"""A device is added by pairing (7.7), scopes bind (6.6, 13.1), and lists are refused (10.13)."""

import os

from . import derive, keys, messages, pairing
from .cbor import encode, require
from .client import CBOR, COSE
from .cose import Signed, sign
from .keys import Signer, sha256
from .meeting import Meeting
from .scenario import CREDIT, DEBIT, DEVICES
from .sealing import Pointer, bundle_aad, details_hash, open_bundle
from .wallet import Device, Target, Wallet


class Devices(Meeting):
    """Every method is a part of the scenario, in the order of `PARTS`."""

    PARTS = ("enrol", "read", "add", "act", "tell", "scopes", "conflicts", "malformed", "handles", "too_many")

    def begin(self):
        """Two fresh wallets, and a tablet without an account."""
        self.mina, self.jun = Wallet(self.verifier, "ESP256"), Wallet(self.verifier, "Ed25519")
        self.tablet = Device(self.verifier, "Ed25519")

    def enrol(self):
        """Two accounts with a grant each."""
        grant = self.enrol_all(self.mina, self.jun)
        self.asset, self.amount = grant[1:], [grant[0] // 20, *grant[1:]]

    def read(self):
        """`GET /v1/devices` by a device, and by the account key (11)."""
        for reader, query in (
            (self.mina, ""),
            (self.mina.owner, ""),
            (self.mina.owner, f"account={self.mina.account.hex()}"),
        ):
            status = self.devices(reader, self.mina.account_public, query)
            self.report.equal((status.devices.raw, status.former), (self.mina.devices.raw, []), "the devices")
            self.report.equal(status.counter, 3, "the counter after an enrolment: certificate, list, enrolment")
        stranger = Wallet(self.verifier, "Ed25519")
        forged = Wallet(self.verifier, "Ed25519").owner
        forged.device = self.mina.account
        for label, reader, path, query, kind in (
            ("another's devices", self.mina.owner, "/v1/devices", f"account={self.jun.account.hex()}", "forbidden"),
            ("another path", self.mina.owner, "/v1/account", "", "device_unknown"),
            ("no account", stranger.owner, "/v1/devices", "", "device_unknown"),
            ("another key", forged, "/v1/devices", "", "bad_signature"),
        ):
            reply, _ = self.verifier.read(reader, path, query)
            self.problem(reply, kind, f"by the account key: {label}")
        reply, nonce = self.verifier.read(self.mina.owner, "/v1/devices", behind=600)
        problem = self.problem(reply, "stale_signature", "by the account key: a clock that is behind")
        self.verifier.read_head(problem.head or b"", nonce)

    def add(self):
        """7.7: the tablet scans, is certified and listed, and gets its grant."""
        limit = [self.amount[0], *self.asset]
        shower, scanner = self.meet(pairing.DEVICE)
        fields = {0: 1, 1: scanner.transcript, 2: self.tablet.act.public, 3: self.tablet.session.public}
        fields |= {4: self.tablet.olm, 5: self.verifier.now()}
        self.write(scanner, 4, scanner.seal(sign("device-offer", fields, self.tablet.act).raw))

        offered = Signed("device-offer", shower.open(self.slot(shower, 4)))
        offered.verify(offered[2])
        self.report.equal(offered[1], shower.transcript, "the new device's transcript hash")
        self.mina.counter = self.devices(self.mina, self.mina.account_public).counter
        scope = {0: 3, 1: [limit], 2: [[2 * limit[0], *self.asset]]}
        certificate = self.mina.certify(offered[2], offered[3], offered[4], scope)
        self.listed = self.mina.list_of([self.mina.certificates[self.mina.device], certificate])
        receipt = self.list_in_force(self.put_list(self.mina, self.listed, [certificate]), self.listed)
        again = self.put_list(self.mina, self.listed, [certificate])
        self.report.equal(again.expect(200, COSE), receipt.raw, "the same list again")
        seed = derive.device_seed(self.mina.receive, keys.first_16(offered[2]))
        grant = {0: 1, 1: shower.transcript, 2: certificate.raw, 3: self.mina.account_public, 4: self.invite[2]}
        grant |= {6: seed, 7: self.mina.record[2], 8: self.mina.counter}
        self.write(shower, 3, shower.seal(encode(grant)))

        granted = pairing.parse_grant(scanner.open(self.slot(scanner, 3)))
        certificate = Signed("device-certificate", granted[2]).verify(granted[3])
        require(granted[1] == scanner.transcript, "a grant of another pairing")
        got = (certificate[1], certificate[2], certificate[3], certificate[4])
        expected = (scanner.offer[2], granted[3], self.tablet.act.public, self.tablet.session.public)
        self.report.equal(got, expected, "the granted certificate")
        self.tablet.belong(granted[3])
        self.tablet.seed, self.tablet.aliases = granted[6], self.mina.aliases
        status = self.devices(self.tablet, granted[3])
        self.report.equal((status.devices.raw, status.counter), (self.listed.raw, granted[8]), "the tablet's devices")
        self.tablet.certificates = {keys.first_16(each[3]): each for each in status.certificates}
        entry = self.entries(self.tablet)[0][-1]
        self.report.equal(entry[:5], [receipt[1], receipt[2], DEVICES, receipt.raw, self.listed.raw], "kind 4")
        self.report.equal(self.account(self.mina).devices, self.listed.raw, "the account's list")

    def act(self):
        """The new device asks and is paid, pays itself, and stays within its limits."""
        register = self.tablet.stock_up(self.tablet.seed)
        self.done("/v1/handles", register.raw, COSE, "the tablet's handles")
        self.report.equal(self.account(self.tablet).stock, 4, "the tablet's stock")
        asked = self.tablet.request(self.tablet.stock[1], self.amount, "Tea")
        pointer = Pointer.of(self.invite[2], asked.raw)
        self.done("/v1/requests", self.tablet.bind(asked, pointer)[1], CBOR, "the tablet's bind")
        taken = self.mina.request(self.tablet.stock[2], self.amount, "Tea")
        _, body = self.mina.bind(taken, Pointer.of(self.invite[2], taken.raw))
        self.wrong("/v1/requests", body, CBOR, "handle_not_in_stock", "a bind of another device's handle")
        self.pay(self.jun, Target.of_request(asked), self.amount, "Tea", "the tablet's request")
        entry = self.entries(self.mina)[0][-1]
        self.report.equal((entry[2], entry[8], entry[9]), (CREDIT, asked[3], self.tablet.device), "the credit's entry")
        self.memo(entry, self.mina.keys_of(entry[8], entry[9]).hpke, "Tea")
        target = Target.of_alias(self.jun.record)
        order, _, _ = self.pay(self.tablet, target, self.amount, "From the tablet", "the tablet's payment")
        entry = self.entries(self.mina)[0][-1]
        self.report.equal((entry[2], entry[4]), (DEBIT, order.raw), "the tablet's debit, at the other device")
        for amount, kind in ((self.amount[0] + 1, "order_limit"), (self.amount[0], None), (1, "day_limit")):
            order, bundle = self.tablet.order(target, [amount, *self.asset], {})
            reply = self.post(order, bundle)
            self.refused(reply, order, kind) if kind else self.settled(reply.expect(200, COSE), order, "the rest")

    def tell(self):
        """A memo for all devices (7.8): what one opened, another takes only when a receipt has its details hash."""
        entry = next(entry for entry in self.entries(self.mina)[0] if entry[9] == self.tablet.device)
        receipt = Signed("receipt", entry[3])
        opened, _ = open_bundle(entry[5], bundle_aad(entry[6], receipt[6]), self.tablet.stock[1].hpke)
        told = {0: receipt[8], 1: opened[1], 2: opened[2]}
        said = {0: 1, 1: os.urandom(16), 2: self.verifier.now(), 3: [2, told]}
        body, _ = self.message(self.tablet, self.mina, messages.envelope(said))
        self.done("/v1/messages", body, CBOR, "a message to another device of the account")
        queued, _ = self.mailbox(self.mina)
        self.report.equal(queued[0][1:3], [self.mina.account, self.tablet.device], "who told it")
        read = messages.read_envelope(messages.read_content(queued[0][4])[1])[3][1]
        self.report.equal((read[0], details_hash(read[1], read[2])), (receipt[8], receipt[9]), "the memo that was told")
        content = messages.content(messages.NORMAL, os.urandom(100))
        act = self.mina.act_of("message", {6: self.mina.account, 7: self.tablet.device, 8: sha256(content)})
        own = encode([act.protected, {}, encode(act.fields | {7: self.mina.device}), act.signature])
        self.wrong("/v1/messages", encode([own, content]), CBOR, "malformed", "a message to the sending device itself")

    def scopes(self):
        """What a scope does not allow (6.6, 10.5, 11, 13.1)."""
        alias = self.jun.aliases[0].handle
        soon = self.verifier.now() - 1
        cases = (
            ("receive only", {0: 1}, None, None, "scope_forbids"),
            ("pay only", {0: 2}, None, "forbidden", None),
            ("administer only", {0: 4}, "forbidden", "forbidden", "scope_forbids"),
            ("expired", {0: 7, 4: soon}, "forbidden", "forbidden", "device_expired"),
            ("another payee", {0: 7, 3: [os.urandom(16)]}, None, None, "scope_forbids"),
            ("this payee", {0: 7, 3: [alias]}, None, None, None),
            ("another asset", {0: 7, 1: [[1, "ZZZ", 2]]}, None, None, "order_limit"),
            ("another asset a day", {0: 7, 2: [[1, "ZZZ", 2]]}, None, None, "day_limit"),
        )
        devices = [Device(self.verifier, "Ed25519") for _ in cases]
        known = [self.mina.certificates[each.device] for each in (self.mina, self.tablet)]
        fresh = [self.mina.admit(device, case[1]) for device, case in zip(devices, cases, strict=True)]
        fresh.sort(key=lambda each: keys.first_16(each[3]))
        self.listed = self.mina.list_of([*known, *fresh])
        self.list_in_force(self.put_list(self.mina, self.listed, fresh), self.listed)
        for device, (label, _, read, act, pay) in zip(devices, cases, strict=True):
            reply, _ = self.verifier.read(device, "/v1/account")
            self.problem(reply, read, f"{label}: a read") if read else reply.expect(200, CBOR)
            tell = device.act_of("generation", {6: 1, 7: os.urandom(16)}).raw
            acknowledge = device.act_of("acknowledge", {6: 0}).raw
            for path, body in (("/v1/generations", tell), ("/v1/acknowledgements", acknowledge)):
                if read:
                    self.wrong(path, body, COSE, "forbidden", f"{label}: {path}")
                else:
                    self.done(path, body, COSE, f"{label}: {path}")
            withdraw = device.act_of("request-withdraw", {6: os.urandom(16)}).raw
            if act:
                self.wrong("/v1/withdrawals", withdraw, COSE, act, f"{label}: an act")
            else:
                self.done("/v1/withdrawals", withdraw, COSE, f"{label}: an act")
            order, bundle = device.order(Target.of_alias(self.jun.record), [1, *self.asset], {})
            reply = self.post(order, bundle)
            self.refused(reply, order, pay) if pay else self.settled(reply.expect(200, COSE), order, label)

    def conflicts(self):
        """Lists that come too late, of nobody, or with devices that may not be listed."""
        old = self.mina.certificates[self.mina.device]
        for label, listed in (
            ("the enrolment's", self.mina.devices),
            ("a list of the same counter", self.mina.list_of([old], {3: self.listed[3]})),
            ("a list of a lower counter", self.mina.list_of([old], {3: self.listed[3] - 1})),
        ):
            self.problem(self.put_list(self.mina, listed, []), "list_conflict", label)
        stranger = Wallet(self.verifier, "Ed25519")
        certificate = stranger.admit(stranger)
        reply = self.put_list(stranger, stranger.list_of([certificate]), [certificate])
        self.problem(reply, "account_unknown", "a list of nobody")
        theirs = self.mina.certify(self.jun.act.public, self.jun.session.public, self.jun.olm)
        reply = self.put_list(self.mina, self.mina.list_of([old, theirs]), [theirs])
        self.problem(reply, "account_conflict", "another account's device")
        self.report.equal(self.account(self.mina).devices, self.listed.raw, "the list in force is as before")

    def malformed(self):
        """What does not fit together, or is not signed (10.13)."""
        rows = [keys.first_16(each[3]) for each in (self.mina.certificates[row[0]] for row in self.listed[4])]
        known = [self.mina.certificates[device] for device in rows]
        new = self.mina.admit(Device(self.verifier, "Ed25519"))
        other = self.mina.admit(Device(self.verifier, "Ed25519"))
        pair = sorted([new, other], key=lambda each: keys.first_16(each[3]))
        late = sign("device-certificate", new.fields | {7: self.mina.counter + 10}, self.mina.account_key)
        foreign = sign("device-certificate", new.fields | {1: bytes(32)}, self.mina.account_key)
        forged = sign("device-list", self.mina.list_of(known).fields, self.jun.account_key)
        theirs = self.jun.certify(new[3], new[4], new[5])
        unsigned = sign("device-certificate", new.fields, self.jun.account_key)
        changed = sign("device-certificate", known[0].fields | {8: 1}, self.mina.account_key)
        cases = (
            ("no certificate", "malformed", known + [new], []),
            ("a certificate that is not listed", "malformed", known, [new]),
            ("certificates in another order", "malformed", known + pair, pair[::-1]),
            ("a certificate of a known device", "malformed", known, known[:1]),
            ("a known device with another certificate", "malformed", [changed, *known[1:]], []),
            ("a counter above the list's", "malformed", known + [late], [late]),
            ("a certificate of another verifier", "wrong_verifier", known + [foreign], [foreign]),
            ("another account's certificate", "bad_signature", known + [theirs], [theirs]),
            ("a certificate that another signed", "bad_signature", known + [unsigned], [unsigned]),
        )
        for label, kind, listed, certificates in cases:
            reply = self.put_list(self.mina, self.mina.list_of(listed), certificates)
            self.problem(reply, kind, f"a list: {label}")
        self.problem(self.put_list(self.mina, forged, []), "bad_signature", "a list that another signed")
        listed = self.mina.list_of(known, {1: bytes(32)})
        self.problem(self.put_list(self.mina, listed, []), "wrong_verifier", "a list of another verifier")
        self.wrong("/v1/devices", encode([listed.raw, []]), CBOR, "malformed", "a body without its last element")

    def handles(self):
        """One-time handles that come with a list: of a device that is new with it."""
        known = [self.mina.certificates[row[0]] for row in self.listed[4]]
        new, stranger = Device(self.verifier, "ESP256"), Device(self.verifier, "Ed25519")
        certificate = self.mina.admit(new)
        stranger.belong(self.mina.account_public)
        rows = [[os.urandom(16), Signer().public]]
        used = self.mina.act_of("request-withdraw", {6: os.urandom(16)})
        self.done("/v1/withdrawals", used.raw, COSE, "an act")
        good = new.act_of("handle-register", {6: rows})
        taken = [[self.jun.stock[0].handle, rows[0][1]]]
        for label, kind, handles in (
            ("of a device that is not listed", "malformed", stranger.act_of("handle-register", {6: rows})),
            ("of a device that was listed before", "malformed", self.mina.act_of("handle-register", {6: rows})),
            ("of another account", "malformed", self.jun.act_of("handle-register", {6: rows})),
            ("that another signed", "bad_signature", sign("handle-register", good.fields, self.jun.session)),
            ("one that is taken", "handle_taken", new.act_of("handle-register", {6: taken})),
            ("with an id that was used", "id_conflict", new.act_of("handle-register", {6: rows}, used[4])),
        ):
            reply = self.put_list(self.mina, self.mina.list_of([*known, certificate]), [certificate], handles)
            self.problem(reply, kind, f"handles with a list: {label}")
        self.listed = self.mina.list_of([*known, certificate])
        self.list_in_force(self.put_list(self.mina, self.listed, [certificate], good), self.listed)
        self.report.equal(self.account(new).stock, 1, "the stock with the list's handle")

    def too_many(self):
        """An account has at most 256 devices, ever; and 100 lists a day."""
        crowd = Wallet(self.verifier, "Ed25519")
        self.done("/v1/enrolments", crowd.enrolment_body(self.invite.get(3)), CBOR, "an enrolment")
        kept = crowd.certificates[crowd.device]

        def replace(count):
            fresh = [crowd.admit(Device(self.verifier, "Ed25519")) for _ in range(count)]
            fresh.sort(key=lambda each: keys.first_16(each[3]))
            return self.put_list(crowd, crowd.list_of([kept, *fresh]), fresh)

        for _ in range(17):
            replace(15).expect(200, COSE)
        status = self.devices(crowd, crowd.account_public)
        self.report.equal((len(status.certificates), len(status.former)), (16, 240), "256 devices")
        self.problem(replace(1), "too_many_devices", "a device too many")
        for _ in range(83):
            self.put_list(crowd, crowd.list_of([kept]), []).expect(200, COSE)
        self.problem(self.put_list(crowd, crowd.list_of([kept]), []), "rate_limited", "a list too many")
