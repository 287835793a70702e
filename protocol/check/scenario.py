"""What every scenario at a running verifier is made of (chapters 10 to 14)."""

import os
from collections import defaultdict
from http.client import HTTPException
from typing import NamedTuple

from . import keys, messages, money, sealing
from .bodies import parse_body
from .cbor import Refused, encode, require
from .client import CBOR, COSE, ORDER, Client, Verifier
from .cose import Signed
from .keys import sha256
from .problems import BY_KIND
from .report import Report
from .sealing import details_hash, open_bundle

CREDIT, DEBIT, ISSUE, DEVICES = 1, 2, 3, 4


class AccountStatus(NamedTuple):
    """What an account-status says after its head."""

    balances: list
    stock: int
    devices: bytes
    generation: list | None
    prekeys: int
    aliases: list


class DevicesStatus(NamedTuple):
    """What a devices-status says, checked."""

    devices: Signed
    certificates: list
    former: list
    counter: int


class Scenario:
    """A verifier that an invite leads to, and what a wallet checks of its answers."""

    PARTS = ()

    def __init__(self, report, link):
        self.report = report
        self.invite = sealing.read_invite_link(link)
        self.client = Client(self.invite[2])
        self.verifier = Verifier(self.client, self.invite[1])
        self.invite = self.verifier.certified(self.invite)
        report.check(True, "the certificates, checkpoint, fee schedule, head and invite end in the pinned root")
        expires = self.invite.get(5)
        report.check(expires is None or self.verifier.now() < expires, "the invite has not expired")
        self.spent = defaultdict(int)
        self.begin()

    def begin(self):
        """What a scenario starts with."""

    def problem(self, reply, kind, label):
        """The reply is this problem, with this status (chapter 12)."""
        problem, code = reply.problem(), BY_KIND[kind]
        got = (reply.status, problem.code.kind, problem.members.get("status"))
        self.report.equal(got, (code.status, kind, code.status), label)
        row = [problem.members.get(name) for name in ("type", "kind", "retryable", "title")]
        self.report.equal(row, ["about:blank", kind, code.again, code.sentence], f"{label}: members")
        return problem

    def done(self, path, body, media, label):
        """A call that is answered 204."""
        reply = self.client.post(path, body, media)
        self.report.equal((reply.status, reply.body), (204, b""), f"{label} ({reply})")

    def wrong(self, path, body, media, kind, label):
        """A call that is answered with this problem."""
        return self.problem(self.client.post(path, body, media), kind, label)

    def enrol_all(self, *wallets):
        """Accounts of their own, each with the verifier's grant, which is returned."""
        for wallet in wallets:
            self.done("/v1/enrolments", wallet.enrolment_body(self.invite.get(3)), CBOR, "an enrolment")
        entries, _ = self.entries(wallets[0])
        require(entries, "the verifier grants no money: start it with a grant")
        return Signed("issue", entries[0][4])[4]

    def account(self, device):
        """`GET /v1/account` (10.10), but for its head."""
        reply, nonce = self.verifier.read(device, "/v1/account")
        head, *status = parse_body("account-status", reply.expect(200, CBOR))
        self.verifier.read_head(head, nonce)
        aliases = [Signed("alias-record", raw)[2] for raw in status[-1]]
        self.report.check(aliases == sorted(set(aliases)), "aliases are ascending", aliases)
        return AccountStatus(*status)

    def devices(self, reader, account_key, query=""):
        """`GET /v1/devices` (10.13), with all that a wallet checks of it (chapter 14)."""
        reply, nonce = self.verifier.read(reader, "/v1/devices", query)
        head, account, raw, certificates, former, counter = parse_body("devices-status", reply.expect(200, CBOR))
        self.verifier.read_head(head, nonce)
        self.report.equal(account, account_key, "the devices' account key")
        listed = Signed("device-list", raw).verify(account_key)
        current, revoked = (
            [Signed("device-certificate", each).verify(account_key) for each in part] for part in (certificates, former)
        )
        pinned, of = self.verifier.pinned, keys.first_16(account_key)
        self.report.equal((listed[1], listed[2]), (pinned, of), "the list's verifier and account")
        rows = [[keys.first_16(each[3]), each.bytes_hash] for each in current]
        self.report.equal(rows, listed[4], "the list holds exactly these certificates, in this order")
        mine = all((each[1], each[2]) == (pinned, account_key) for each in (*current, *revoked))
        self.report.check(mine, "the certificates name verifier and account key")
        self.report.check(counter >= listed[3], "the counter is not below the list's", counter)
        return DevicesStatus(listed, current, revoked, counter)

    def put_list(self, wallet, listed, certificates, handles=None):
        """`POST /v1/devices` (10.13)."""
        body = encode([listed.raw, [each.raw for each in certificates], handles and handles.raw])
        return self.client.post("/v1/devices", body, CBOR)

    def list_in_force(self, reply, listed):
        """A list-receipt as an answer (chapter 14)."""
        receipt = self.verifier.receipt(reply.expect(200, COSE), "list-receipt")
        self.report.equal(receipt[5], listed.bytes_hash, "the list-receipt's list")
        self.report.equal(receipt[3], self.verifier.checkpoint.hash, "the list-receipt's checkpoint")
        return receipt

    def message(self, wallet, other, ciphertext=None, content=None):
        """A message-body (10.14), and its content; the ciphertext is any bytes, for there is no Olm here."""
        content = messages.content(messages.PRE_KEY, ciphertext or os.urandom(200)) if content is None else content
        act = wallet.act_of("message", {6: other.account, 7: other.device, 8: sha256(content)})
        return encode([act.raw, content]), content

    def mailbox(self, wallet, query=""):
        """A page of a device's mailbox: (messages, more)."""
        reply, nonce = self.verifier.read(wallet, "/v1/messages", query)
        head, queued, more = parse_body("messages-page", reply.expect(200, CBOR))
        self.verifier.read_head(head, nonce)
        return queued, more

    def post(self, order, bundle):
        """`POST /v1/orders` (10.7)."""
        return self.client.post("/v1/orders", encode([order.raw, bundle, None]), ORDER)

    def carry(self, order, bundle):
        """`POST /v1/carried-orders` (7.11): the same, sealed to the verifier, by whoever was handed it."""
        return self.client.post("/v1/carried-orders", self.sealed(order, bundle, self.verifier.pinned), CBOR)

    def sealed(self, order, bundle, verifier):
        """A carried order (7.11)."""
        return sealing.seal_carried(encode([order.raw, bundle, None]), verifier, self.verifier.current[4])

    def refused(self, reply, order, kind):
        """A signed refusal as an answer."""
        return self.refusal(reply.expect(409, COSE), order, kind)

    def refusal(self, raw, order, kind):
        """A signed refusal, complete (chapter 14)."""
        refusal, code = self.verifier.refusal(raw), BY_KIND[kind]
        got = (refusal[4], refusal[3], refusal[5])
        self.report.equal(got, (code.number, order.hash, code.again), f"refused as {kind}")
        self.report.equal(refusal[6], code.sentence, f"{kind}: the sentence")
        self.report.equal(refusal[1], self.verifier.checkpoint[2], f"{kind}: the epoch")
        return refusal

    def settled(self, raw, order, label):
        """A receipt as the payer checks it (chapter 14)."""
        receipt, payment = self.verifier.receipt(raw), order[8][1]
        self.report.equal(receipt[8], order.hash, f"{label}: order hash")
        self.report.equal(receipt[5], payment[2], f"{label}: amount")
        self.report.equal(receipt[6], payment[1], f"{label}: payee key hash")
        self.report.equal(receipt.get(7), payment.get(3), f"{label}: request reference")
        self.report.equal(receipt[9], payment[4], f"{label}: details hash")
        self.report.equal(receipt[3], self.verifier.checkpoint.hash, f"{label}: checkpoint")
        self.report.equal(receipt[1], self.verifier.checkpoint[2], f"{label}: epoch")
        self.report.check(order[5] <= receipt[4] + 120_000 and receipt[4] < order[6], f"{label}: time", receipt[4])
        return receipt

    def fee(self, amount):
        """What a payment costs on top (chapter 8)."""
        _, flat, bps = self.verifier.terms(amount[1])
        return money.fee(amount[0], flat, bps)

    def pay(self, wallet, target, amount, memo, label, carried=False):
        """Pay, and check the receipt; returns (order, bundle, receipt's bytes)."""
        order, bundle = wallet.order(target, amount, {0: memo, 2: "Mina"})
        raw = (self.carry if carried else self.post)(order, bundle).expect(200, COSE)
        self.settled(raw, order, f"{label}: receipt")
        self.spent[id(wallet)] += amount[0] + self.fee(amount)
        return order, bundle, raw

    def entries(self, wallet, after=(0, 0), most=100, wait=0):
        """The account's entries after a position."""
        return self.page(wallet, f"epoch={after[0]}&seq={after[1]}&max={most}&wait={wait}", after)

    def page(self, wallet, query, after=(0, 0)):
        """A page of an account's entries (10.9): its head, and of each entry what everybody can check."""
        reply, nonce = self.verifier.read(wallet, "/v1/entries", query)
        head, entries, more = parse_body("entries-page", reply.expect(200, CBOR))
        self.verifier.read_head(head, nonce)
        positions = [(entry[0], entry[1]) for entry in entries]
        self.report.check(positions == sorted(set(positions)), "entries are ascending", positions)
        self.report.check(all(position > after for position in positions), "entries are after the given one", positions)
        for entry in entries:
            self.check_entry(wallet, *entry)
        return entries, more

    def check_entry(self, wallet, epoch, seq, kind, raw, cause, *columns):
        """An entry as its account's wallet checks it (10.9, chapter 14)."""
        bundle, order_id, fee, handle, device = columns
        receipt = self.verifier.receipt(raw, "list-receipt" if kind == DEVICES else "receipt")
        self.report.equal((receipt[1], receipt[2]), (epoch, seq), "an entry's receipt has its position")
        if kind == CREDIT:
            got = (cause, order_id is None, fee, handle is None)
            self.report.equal(got, (None, False, None, False), "a credit's columns")
            named = handle in [payee.handle for payee in wallet.aliases]
            self.report.equal(device is None, named, "a credit's device: null for an alias's handle alone")
        elif kind == DEBIT:
            order = Signed("order", cause or b"")
            order.verify(wallet.certificates[order[4]][3])
            self.settled(raw, order, "a debit's receipt")
            paid = [self.fee(receipt[5]), *receipt[5][1:]]
            self.report.equal(columns, (None, None, paid, None, None), "a debit's columns")
        elif kind == ISSUE:
            issue = self.verifier.certified(Signed("issue", cause or b""))
            self.report.equal(columns, (None,) * 5, "an issue's columns")
            self.report.equal((issue[2], issue[3]), (self.verifier.pinned, wallet.account), "an issue's account")
            account = keys.thumbprint(wallet.account_public)
            got = (receipt[6], receipt[8], receipt[9], receipt[5], receipt.get(7))
            self.report.equal(got, (account, issue.hash, issue.bytes_hash, issue[4], None), "an issue's receipt")
        else:
            devices = Signed("device-list", cause or b"").verify(wallet.account_public)
            self.report.equal(columns, (None,) * 5, "a list's columns")
            self.report.equal((devices[2], receipt[5]), (wallet.account, devices.bytes_hash), "a list's receipt")

    def memo(self, entry, hpke, memo):
        """The bundle of a credit says this, and is the one of its receipt."""
        receipt = Signed("receipt", entry[3])
        self.opens(entry, hpke, receipt[6], receipt[9], memo)

    def opens(self, entry, hpke, payee_key_hash, hashed, memo):
        """An entry's bundle, bound to its order and payee, opens the details hash (7.2, 7.3)."""
        disclosure, opened = open_bundle(entry[5], sealing.bundle_aad(entry[6], payee_key_hash), hpke)
        self.report.equal(opened, hashed, "the bundle's details hash is the receipt's")
        self.report.equal(opened, details_hash(disclosure[1], disclosure[2]), "the details hash made again")
        self.report.equal(disclosure[2], {0: memo, 2: "Mina"}, "the memo")


def run(scenario, link, *more):
    """The parts of a scenario in their order; returns the exit code."""
    report = Report()
    try:
        held = scenario(report, link, *more)
        for part in held.PARTS:
            before = report.passed, report.failed
            getattr(held, part)()
            print(f"{part:22} {report.passed - before[0]:4} passed, {report.failed - before[1]} failed")
    except (Refused, OSError, HTTPException) as error:
        report.check(False, "the scenario was stopped", f"{type(error).__name__}: {error}")
    return report.summary()
