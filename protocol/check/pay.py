"""Two fresh accounts pay each other at a running verifier (chapters 10 to 14)."""

import copy
import os

from . import keys, merkle
from .bodies import parse_body
from .cbor import Refused, encode
from .client import CBOR, COSE, OCTETS, ORDER
from .cose import Signed
from .scenario import CREDIT, DEBIT, ISSUE, Scenario
from .sealing import Pointer, request_reference
from .wallet import Target, Wallet, alias_handle

MEMO = "For lunch, thank you"


class Pay(Scenario):
    """Every method is a part of the scenario, in the order of `PARTS`."""

    PARTS = ("enrol", "granted", "pay_request", "alter", "credited", "pay_alias", "checkpoints", "refusals", "borders", "clock")

    def begin(self):
        """Two fresh wallets, whose act keys are of both algorithms."""
        self.payer, self.payee = Wallet(self.verifier, "ESP256"), Wallet(self.verifier, "Ed25519")

    def enrol(self):
        """10.2: both accounts, with the same bytes once more."""
        for wallet in (self.payer, self.payee):
            body = wallet.enrolment_body(self.invite.get(3))
            for label in ("an enrolment", "the same enrolment"):
                reply = self.client.post("/v1/enrolments", body, CBOR)
                self.report.equal((reply.status, reply.body), (204, b""), f"{label} ({reply})")
        other = copy.copy(self.payer).enrolment_body(self.invite.get(3))
        again = self.client.post("/v1/enrolments", other, CBOR)
        self.problem(again, "account_conflict", "another enrolment of the same account")

    def granted(self):
        """Kind 3: the grant, and the account that shows it (10.9, 10.10, chapter 14)."""
        self.grants = {}
        for wallet in (self.payer, self.payee):
            entries, more = self.entries(wallet)
            self.report.check(len(entries) == 1 and not more, "a fresh account has one entry", len(entries))
            if not entries:
                raise Refused("value", "the verifier grants no money: start it with a grant")
            self.report.equal(entries[0][2], ISSUE, "the grant's kind")
            issue = Signed("issue", entries[0][4])
            self.grants[id(wallet)] = issue[4]
        self.asset = self.grants[id(self.payer)][1:]
        self.amount = [self.grants[id(self.payer)][0] // 5, *self.asset]
        self.balances("before any payment", 0, 0)

    def checkpoints(self):
        """10.17: the newest checkpoint holds our first entry, and says of the account what its owner was told."""
        reply, _ = self.verifier.read(self.payer, "/v1/checkpoints")
        raw, at, around, _ = parse_body("checkpoint-status", reply.expect(200, CBOR))
        newest = self.verifier.certified(Signed("checkpoint", raw))
        self.report.equal((at, around), (None, None), "there is nothing before the first place")
        self.report.equal(newest[1], self.verifier.pinned, "a checkpoint of this verifier")
        size, (log, _) = newest[3] - 1, newest[5]
        known = f"epoch={newest[2]}&seq={newest[3]}"
        reply, _ = self.verifier.read(self.payer, "/v1/checkpoints", known)
        latest, at, _, path = parse_body("checkpoint-status", reply.expect(200, CBOR))
        self.report.equal(at, raw, "the checkpoint at its own place")
        latest = self.verifier.certified(Signed("checkpoint", latest))
        grown = latest.raw == raw or merkle.follows(latest[5][0], latest[3] - 1, log, size, path)
        self.report.check(grown, "the newest log begins with it")
        entries, _ = self.entries(self.payer)
        for _, seq, _, receipt, *_ in entries:
            reply, _ = self.verifier.read(self.payer, "/v1/checkpoints/entry", f"seq={seq}&size={size}")
            if seq > size:
                self.problem(reply, "not_found", "an entry that no checkpoint covers yet")
                continue
            (path,) = parse_body("entry-proof", reply.expect(200, CBOR))
            held = merkle.includes(log, size, seq - 1, merkle.leaf(receipt), path)
            self.report.check(held, f"entry {seq} is in the log")
        others = f"seq={entries[0][1]}&size={size}"
        reply, _ = self.verifier.read(self.payee, "/v1/checkpoints/entry", others)
        self.problem(reply, "not_found", "another account's entry")
        reply, _ = self.verifier.read(self.payer, "/v1/checkpoints/account")
        raw, leaf, index, of, path = parse_body("account-proof", reply.expect(200, CBOR))
        speaking = self.verifier.certified(Signed("checkpoint", raw))
        held = merkle.includes(speaking[5][1], of, index, merkle.leaf_hash(leaf), path)
        self.report.check(held, "what it says of the account is under its root")
        self.report.equal(leaf[1], self.payer.account, "the leaf's account")
        self.report.check(leaf[2] in [entry[1] for entry in entries], "the leaf's last entry is one of ours", leaf[2])

    def balances(self, label, *got):
        """`GET /v1/account`: the grant, less what was paid with fees, plus what was got."""
        for wallet, credit in zip((self.payer, self.payee), got, strict=True):
            status = self.account(wallet)
            self.report.equal((status.generation, status.prekeys), (None, 0), "no generation and no prekeys yet")
            self.report.equal(status.aliases, [wallet.record.raw], "the records of the aliases")
            code, scale = self.asset
            expected = self.grants[id(wallet)][0] - self.spent[id(wallet)] + credit
            self.report.check([code, scale, expected] in status.balances, f"balance {label}", status.balances)
            order = [tuple(balance[:2]) for balance in status.balances]
            self.report.check(order == sorted(set(order)), "balances are ascending", order)
            self.report.equal(status.devices, wallet.devices.raw, "the device list")
            self.stock = status.stock

    def ask(self, index, memo):
        """The payee asks: request, pointer, bind (7.5, 10.4); the payer reads it from the link alone (10.6)."""
        request = self.payee.request(self.payee.stock[index], self.amount, memo)
        pointer = Pointer.of(self.invite[2], request.raw)
        act, body = self.payee.bind(request, pointer)
        reply, _ = self.verifier.read(self.payer, f"/v1/requests/{pointer.locator.hex()}")
        self.problem(reply, "request_unknown", "a request that is not bound yet")
        for label in ("a bind", "the same bind"):
            self.report.equal(self.client.post("/v1/requests", body, CBOR).status, 204, label)
        for act_id, kind in ((act[4], "id_conflict"), (None, "handle_not_in_stock")):
            _, other = self.payee.bind(request, pointer, act_id, [1, *self.asset])
            self.problem(self.client.post("/v1/requests", other, CBOR), kind, "a handle bound twice")
        scanned = Pointer.read(pointer.link)
        reply, _ = self.verifier.read(self.payer, f"/v1/requests/{scanned.locator.hex()}")
        read = scanned.open(reply.expect(200, OCTETS))
        self.report.equal(read.raw, request.raw, "the request from the link")
        self.report.equal(read[2], self.verifier.pinned, "the request's verifier")
        self.report.check(self.verifier.now() < read[8], "the request has not expired", read[8])
        return read

    def pay_request(self):
        """The request is paid once: the same bytes have the same answer, other orders are refused."""
        self.request = self.ask(0, "Lunch at the truck, 김밥 and tea")
        target = Target.of_request(self.request)
        self.order, bundle, raw = self.pay(self.payer, target, self.request[6], MEMO, "a request")
        self.report.equal(self.post(self.order, bundle).expect(200, COSE), raw, "the same order again")
        self.report.equal(self.carry(self.order, bundle).expect(200, COSE), raw, "the same order, carried")
        order_id = self.order[1].hex()
        dashed = "-".join(order_id[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))
        for name in (order_id, dashed):
            reply, _ = self.verifier.read(self.payer, f"/v1/orders/{name}")
            self.report.equal(reply.expect(200, COSE), raw, f"the stored answer at {name}")
        reply, _ = self.verifier.read(self.payee, f"/v1/orders/{order_id}")
        self.problem(reply, "order_unknown", "an order of another account")

        second, sealed = self.payer.order(target, self.request[6], {})
        reply = self.post(second, sealed)
        self.refused(reply, second, "request_used")
        self.report.equal(self.post(second, sealed).expect(409, COSE), reply.body, "the same refused order again")
        self.report.equal(self.carry(second, sealed).expect(409, COSE), reply.body, "the same refused order, carried")
        reply, _ = self.verifier.read(self.payer, f"/v1/orders/{second[1].hex()}")
        self.refused(reply, second, "request_used")

        other, sealed = self.payer.order(target, self.request[6], {}, created=self.order[5])
        same_id = other.fields | {1: self.order[1]}
        conflicting, _ = self.payer.order(target, self.request[6], {}, created=self.order[5], members=same_id)
        self.problem(self.post(conflicting, sealed), "id_conflict", "another order with the same id")

    def alter(self):
        """Altered bytes are nobody's (13.1, steps 1 to 5)."""
        order, bundle = self.payer.order(Target.of_alias(self.payee.record), [1, *self.asset], {})
        parts = [order.protected, {}, order.payload, order.signature]
        broken = parts[:3] + [order.signature[:-1] + bytes([order.signature[-1] ^ 1])]
        dearer = order.fields | {8: [1, order[8][1] | {2: [2, *self.asset]}]}
        for label, array in (("signature", broken), ("amount", [parts[0], {}, encode(dearer), order.signature])):
            self.problem(self.post(Signed("order", encode(array)), bundle), "bad_signature", f"an altered {label}")
        for label, sealed in (("no bundle", None), ("an altered bundle", bundle[:-1] + bytes([bundle[-1] ^ 1]))):
            self.problem(self.post(order, sealed), "bundle_mismatch", label)
        target = Target.of_alias(self.payee.record)
        foreign, sealed = self.payer.order(target, [1, *self.asset], {}, members={2: bytes(32)})
        self.problem(self.post(foreign, sealed), "wrong_verifier", "an order to another verifier")
        carried = self.sealed(order, bundle, self.verifier.pinned)
        for label, sealed, kind in (
            ("to another verifier", self.sealed(order, bundle, bytes(32)), "wrong_verifier"),
            ("altered", carried[:-1] + bytes([carried[-1] ^ 1]), "sealed_elsewhere"),
            ("that is cut", carried[:-1], "malformed"),
        ):
            self.problem(self.client.post("/v1/carried-orders", sealed, CBOR), kind, f"a carried order {label}")
        self.problem(self.carry(order, bundle[:-1]), "bundle_mismatch", "a carried order with another bundle")
        body = encode([order.raw, bundle, None])
        self.problem(self.client.post("/v1/orders", body, CBOR), "media_type", "another media type")
        self.problem(self.client.post("/v1/orders", body[:-1], ORDER), "malformed", "a cut body")
        self.problem(self.client.post("/v1/orders", bytes(32 * 1024 + 1), ORDER), "too_large", "more than 32 KiB")
        self.problem(self.client.call("PUT", "/v1/orders", body=body, media=ORDER), "method_not_allowed", "PUT")
        self.problem(self.client.call("GET", "/v1/nothing"), "not_found", "an unknown path")

    def credited(self):
        """Kind 1 as the payee checks it, kind 2 as the payer does (10.9, chapter 14)."""
        entries, _ = self.entries(self.payee)
        self.report.equal(len(entries), 2, "the payee's entries")
        epoch, seq, kind, raw, _, _, order_id, _, handle, device = entries[-1]
        receipt = Signed("receipt", raw)
        self.report.equal((kind, order_id, receipt[8]), (CREDIT, self.order[1], self.order.hash), "the credit's entry")
        self.report.equal((handle, device), (self.request[3], self.payee.device), "the credit's handle and device")
        self.report.equal(receipt[6], keys.thumbprint(self.payee.stock[0].signer.public), "the credit's payee key")
        self.report.equal(receipt[7], request_reference(self.request.raw), "the credit's request")
        self.report.equal(receipt[5], self.request[6], "the credit's amount")
        self.memo(entries[-1], self.payee.stock[0].hpke, MEMO)
        entries, _ = self.entries(self.payer)
        paid = [self.fee(self.amount), *self.asset]
        self.report.equal(
            entries[-1][:3] + entries[-1][4:],
            [epoch, seq, DEBIT, self.order.raw, None, None, paid, None, None],
            "the debit's entry",
        )
        self.report.equal(entries[-1][3], raw, "both sides have the same receipt")
        entries, more = self.entries(self.payer, most=1)
        self.report.equal((len(entries), more), (1, True), "a page of one")
        entries, more = self.entries(self.payer, self.verifier.highest, wait=300)
        self.report.equal((entries, more), ([], False), "nothing after the head")
        self.balances("after a request", 0, self.amount[0])
        self.report.equal(self.stock, len(self.payee.stock) - 1, "handles in stock")

    def pay_alias(self):
        """By alias in both directions, so that both algorithms sign; and a standing request on an alias."""
        amount = [self.amount[0] // 10, *self.asset]
        for wallet, other in ((self.payer, self.payee), (self.payee, self.payer)):
            reply, _ = self.verifier.read(wallet, f"/v1/aliases/{other.record[2]}")
            record = Signed("alias-record", reply.expect(200, COSE))
            record.verify(record[3])
            self.report.equal((record[1], record[2]), (self.verifier.pinned, other.record[2]), "the alias record")
            self.report.equal(record.raw, other.record.raw, "the alias record as enrolled")
            order, _, _ = self.pay(wallet, Target.of_alias(record), amount, "By name", "an alias")
            entry = self.entries(other, wait=1000)[0][-1]
            self.report.equal((entry[2], entry[6]), (CREDIT, order[1]), "the alias's entry")
            self.memo(entry, other.aliases[0].hpke, "By name")
        reply, _ = self.verifier.read(self.payer, "/v1/aliases/nobody-has-this")
        self.problem(reply, "alias_unknown", "an unknown alias")
        named = self.payee.aliases[0]
        standing = self.payee.request(named, amount, "Tip", 1)
        target = Target(standing[3], standing[4], standing[5])  # its orders carry no reference (10.4)
        self.pay(self.payer, target, amount, "Tip", "a standing request, by a carried order", carried=True)
        self.memo(self.entries(self.payee)[0][-1], named.hpke, "Tip")
        self.balances("after aliases", amount[0], self.amount[0] + 2 * amount[0])

    def refusals(self):
        """13.1's decisions that a single device can bring about, each signed."""
        request = self.ask(1, "Tea")
        bound, record = Target.of_request(request), self.payee.record
        alias, one, fees = Target.of_alias(record), [1, *self.asset], self.verifier.fees
        stranger = Target(os.urandom(16), record[3], record[4])
        another_key = Target(alias_handle(record[2]), self.payer.record[3], record[4])
        another_request = Target(request[3], request[4], request[5], bytes(32))
        referring = Target(alias_handle(record[2]), record[3], record[4], bytes(32))
        opened = self.verifier.checkpoint[6]
        cases = (
            ("handle_unknown", stranger, one, {}),
            ("payee_key_mismatch", another_key, one, {}),
            ("own_handle", Target.of_alias(self.payer.record), one, {}),
            ("amount_mismatch", bound, [self.amount[0] + 1, *self.asset], {}),
            ("request_mismatch", another_request, self.amount, {}),
            ("request_mismatch", referring, one, {}),
            ("insufficient_funds", alias, [10**15, *self.asset], {}),
            ("asset_unknown", alias, [1, "NONE", 2], {}),
            ("fee_changed", alias, one, {"members": {7: fees[2] + 1}}),
            ("expired_never_applied", alias, one, {"created": opened, "life": 1}),
        )
        for kind, target, amount, changed in cases:
            order, bundle = self.payer.order(target, amount, {}, **changed)
            refusal = self.refused(self.post(order, bundle), order, kind)
            if kind == "fee_changed":
                self.report.equal(refusal.get(7), fees.raw, "fee_changed holds the schedule in force")
        early, late = opened - 1000, self.verifier.now() + 5 * 60_000
        for kind, created in (("before_epoch", early), ("created_ahead", late)):
            order, bundle = self.payer.order(alias, one, {}, created=created, life=600_000)
            self.problem(self.post(order, bundle), kind, kind)
        cancel = self.payee.act_of("handle-cancel", {6: request[3]})
        for label in ("a cancellation", "the same cancellation"):
            self.report.equal(self.client.post("/v1/cancellations", cancel.raw, COSE).status, 204, label)
        order, bundle = self.payer.order(bound, self.amount, {})
        self.refused(self.post(order, bundle), order, "request_cancelled")
        late = self.payee.act_of("handle-cancel", {6: self.request[3]})
        reply = self.client.post("/v1/cancellations", late.raw, COSE)
        self.problem(reply, "request_already_used", "a cancellation that is too late")

    def borders(self):
        """What chapters 10.1, 10.4, 10.5, 10.9 and 11 say of unusual calls."""
        self.verifier.fetch(with_nonce=False)
        for query, count in (("", None), ("max=1000&other=1", None), ("max=1", 1), ("max=0", 1)):
            entries, _ = self.page(self.payer, query)
            self.report.check(len(entries) == count if count else len(entries) > 1, f"entries?{query}", len(entries))
        for path, query, kind in (
            ("/v1/entries", "seq=one", "malformed"),
            ("/v1/entries", "max=-1", "malformed"),
            ("/v1/orders/none", "", "not_found"),
            ("/v1/requests/none", "", "not_found"),
            (f"/v1/orders/{os.urandom(16).hex()}", "", "order_unknown"),
        ):
            reply, _ = self.verifier.read(self.payer, path, query)
            self.problem(reply, kind, f"{path}?{query}")
        reply, _ = self.verifier.read(self.payer, "/v1/account", authority="pay.example.org")
        self.problem(reply, "wrong_verifier", "a read by another authority")
        for handle, kind in ((os.urandom(16), "request_unknown"), (self.payee.aliases[0].handle, "forbidden")):
            cancel = self.payee.act_of("handle-cancel", {6: handle})
            self.problem(self.client.post("/v1/cancellations", cancel.raw, COSE), kind, "a cancellation")
        request = self.payee.request(self.payee.stock[2], self.amount, "Soup")
        pointer = Pointer.of(self.invite[2], request.raw)
        act, body = self.payee.bind(request, pointer)
        for label, content in (("other content", bytes(1024)), ("no content", b"")):
            reply = self.client.post("/v1/requests", encode([act.raw, content]), CBOR)
            self.problem(reply, "malformed", f"a bind with {label}")
        early = Wallet(self.verifier, "Ed25519")
        foreign = early.act_of("handle-register", {6: [[os.urandom(16), keys.Signer().public]]})
        self.problem(self.client.post("/v1/handles", foreign.raw, COSE), "device_unknown", "handles of nobody")
        register = self.payee.act_of("handle-register", {6: [[os.urandom(16), keys.Signer().public]]})
        for label in ("handles", "the same handles"):
            self.report.equal(self.client.post("/v1/handles", register.raw, COSE).status, 204, label)
        taken = self.payer.act_of("handle-register", {6: [[register[6][0][0], early.act.public]]})
        self.problem(self.client.post("/v1/handles", taken.raw, COSE), "handle_taken", "handles of another account")
        self.one_name_space()
        reply = self.client.post("/v1/handles", register.raw, f"{COSE}; charset=utf-8")
        self.problem(reply, "media_type", "a media type with a parameter")
        reply = self.client.call("GET", "/v1/verifier", f"nonce={'0' * 512}")
        self.problem(reply, "too_large", "a query of more than 512 bytes")
        many = [[os.urandom(16), keys.Signer().public] for _ in range(20)]
        full = self.payee.act_of("handle-register", {6: many})
        self.problem(self.client.post("/v1/handles", full.raw, COSE), "stock_full", "more handles than 20")

    def one_name_space(self):
        """13.2: an alias's handle is no one-time handle, and the other way round."""
        alias = self.payer.act_of("handle-register", {6: [[self.payee.aliases[0].handle, keys.Signer().public]]})
        self.problem(self.client.post("/v1/handles", alias.raw, COSE), "handle_taken", "an alias's handle as one-time")
        late = Wallet(self.verifier, "Ed25519")
        body = late.enrolment_body(self.invite.get(3))
        ahead = self.payee.act_of("handle-register", {6: [[late.aliases[0].handle, keys.Signer().public]]})
        self.report.equal(self.client.post("/v1/handles", ahead.raw, COSE).status, 204, "a handle like an alias's")
        reply = self.client.post("/v1/enrolments", body, CBOR)
        self.problem(reply, "alias_taken", "an alias whose handle is in stock")

    def clock(self):
        """A read by a wrong clock brings the right time (chapter 11); unsigned and unknown ones are refused."""
        reply, nonce = self.verifier.read(self.payer, "/v1/account", behind=600)
        problem = self.problem(reply, "stale_signature", "a read by a clock that is 10 minutes behind")
        self.report.check(problem.head is not None, "stale_signature has a head")
        self.verifier.read_head(problem.head or b"", nonce)
        problem = self.problem(self.client.call("GET", "/v1/account"), "bad_signature", "a read that is not signed")
        self.report.check(problem.detail, "a read that is not signed has a detail")
        reply, _ = self.verifier.read(Wallet(self.verifier, "Ed25519"), "/v1/account")
        self.problem(reply, "device_unknown", "a device that is not enrolled")
        before = self.verifier.highest
        head = self.verifier.fetch()
        self.report.check((head[1], head[2]) >= before, "the head has not gone back", before)
        self.report.check(self.verifier.highest > (head[1], 0), "the head counts the entries", self.verifier.highest)
