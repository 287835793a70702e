"""An account comes back from its phrase's seed, and its old device is revoked (10.13, 13.3, 15.5)."""

import os

from . import derive, keys, messages
from .cbor import encode
from .client import CBOR, COSE
from .cose import Signed
from .keys import sha256
from .scenario import CREDIT, DEBIT, DEVICES, ISSUE, Scenario
from .sealing import Pointer, x25519_public
from .wallet import Target, Wallet, alias_handle


class Restore(Scenario):
    """Every method is a part of the scenario, in the order of `PARTS`."""

    PARTS = ("enrol", "live", "restore", "learn", "revoked", "go_on", "back")

    def begin(self):
        """Two fresh wallets; the first one's device will be lost."""
        self.lost, self.jun = Wallet(self.verifier, "ESP256"), Wallet(self.verifier, "Ed25519")

    def enrol(self):
        """Two accounts with a grant each; the first has a name more."""
        grant = self.enrol_all(self.lost, self.jun)
        self.asset, self.amount = grant[1:], [grant[0] // 20, *grant[1:]]
        record = self.lost.name()
        body = encode([self.lost.act_of("alias-register", {6: record.bytes_hash}).raw, record.raw])
        self.done("/v1/aliases", body, CBOR, "a further alias")
        self.names = [self.lost.record, record]

    def ask(self, index, memo):
        """A request on a handle of the stock of the device that will be lost."""
        asked = self.lost.request(self.lost.stock[index], self.amount, memo)
        pointer = Pointer.of(self.invite[2], asked.raw)
        self.done("/v1/requests", self.lost.bind(asked, pointer)[1], CBOR, f"a bind: {memo}")
        return Target.of_request(asked)

    def live(self):
        """What the account did before the loss: paid, was paid by request and by name, asked."""
        self.paid = self.pay(self.lost, Target.of_alias(self.jun.record), self.amount, "Before", "a payment")
        self.pay(self.jun, self.ask(1, "Lunch"), self.amount, "Lunch", "a request")
        for record in self.names:
            self.pay(self.jun, Target.of_alias(record), self.amount, "By name", "a name")
        self.open = self.ask(2, "Dinner")
        prekeys = self.lost.act_of("prekeys", {6: [os.urandom(32)], 7: os.urandom(32)})
        self.done("/v1/prekeys", prekeys.raw, COSE, "prekeys")

    def restore(self):
        """15.5: the account key reads the devices, signs a list with a new one alone, and it is in force."""
        self.new = Wallet(self.verifier, "Ed25519", self.lost.seed)
        status = self.devices(self.new.owner, self.new.account_public)
        self.report.equal(status.devices.raw, self.lost.devices.raw, "the devices before")
        self.new.counter = status.counter
        self.new.certificates = {keys.first_16(each[3]): each for each in status.certificates}
        certificate = self.new.admit(self.new)
        handles = self.new.stock_up(derive.device_seed(self.new.receive, self.new.device))
        self.listed = self.new.list_of([certificate])
        with self.verifier.stream(self.lost) as stream:
            begun = [stream.next() for _ in range(3)]
            reply = self.put_list(self.new, self.listed, [certificate], handles)
            self.receipt = self.list_in_force(reply, self.listed)
            then = list(iter(stream.next, None))
        self.report.equal(len(begun), 3, "the stream of the lost device")
        self.report.check(all(name in ("entries", "devices") for name, _ in then), "it ends with the list", then)
        for beside in (([certificate], handles), ([], None)):
            again = self.put_list(self.new, self.listed, *beside)
            self.report.equal(again.expect(200, COSE), self.receipt.raw, "the same list again")
        for query in ("", f"account={self.new.account.hex()}"):
            status = self.devices(self.new, self.new.account_public, query)
            self.report.equal(status.devices.raw, self.listed.raw, "the devices afterwards")
            former = [each.raw for each in status.former]
            self.report.equal(former, [self.lost.certificates[self.lost.device].raw], "the former devices")
            self.report.equal(status.counter, self.new.counter, "the counter afterwards")

    def learn(self):
        """Everything comes back: names, money by receipts, and what was written with it."""
        account = self.account(self.new)
        self.report.equal(sorted(account.aliases), sorted(each.raw for each in self.names), "the names")
        self.report.equal((account.stock, account.prekeys), (4, 0), "the new device's stock")
        for raw in account.aliases:
            record = Signed("alias-record", raw)
            payee = self.new.keys_of(alias_handle(record[2]))
            self.report.equal(payee.signer.public, record.verify(record[3])[3], "an alias's payee key")
            self.new.aliases.append(payee)
        entries, _ = self.entries(self.new)
        last = entries[-1]
        self.report.equal(last[:5], [*self.place(), DEVICES, self.receipt.raw, self.listed.raw], "the last entry")
        money, memos = 0, []
        for entry in entries:
            kind, receipt, fee = entry[2], entry[3], entry[7]
            if kind == DEVICES:
                continue
            value = Signed("receipt", receipt)[5][0]
            money += -value - fee[0] if kind == DEBIT else value
            if kind == CREDIT:
                memos.append(self.opened(entry))
        self.report.equal(memos, ["Lunch", "By name", "By name"], "the memos")
        self.report.equal([[*self.asset, money]], account.balances, "the money by receipts is the balance")
        kinds = [entry[2] for entry in entries]
        self.report.equal(kinds, [ISSUE, DEBIT, CREDIT, CREDIT, CREDIT, DEVICES], "the account's history")

    def place(self):
        """The position of the list-receipt."""
        return self.receipt[1], self.receipt[2]

    def opened(self, entry):
        """A credit's memo: handle and device say which payee key it is (note in 4, 10.9)."""
        payee = self.new.keys_of(entry[8], entry[9])
        receipt = Signed("receipt", entry[3])
        self.report.equal(receipt[6], keys.thumbprint(payee.signer.public), "a credit's payee key")
        memo = "Lunch" if entry[9] else "By name"
        self.memo(entry, payee.hpke, memo)
        return memo

    def revoked(self):
        """The old device is answered as 13.3 says; what it did before stays."""
        target = Target.of_alias(self.jun.record)
        order, bundle = self.lost.order(target, [1, *self.asset], {})
        reply = self.post(order, bundle)
        self.refused(reply, order, "device_revoked")
        self.report.equal(self.post(order, bundle).expect(409, COSE), reply.body, "the same order again")
        order, bundle, receipt = self.paid
        self.report.equal(self.post(order, bundle).expect(200, COSE), receipt, "an order in the journal")
        for path in ("/v1/account", "/v1/entries", "/v1/devices", "/v1/messages", "/v1/events"):
            reply, _ = self.verifier.read(self.lost, path)
            self.problem(reply, "device_is_revoked", f"a revoked device reads {path}")
        for path, act in (
            ("/v1/cancellations", self.lost.act_of("handle-cancel", {6: self.lost.stock[3].handle})),
            ("/v1/generations", self.lost.act_of("generation", {6: 9, 7: os.urandom(16)})),
            ("/v1/acknowledgements", self.lost.act_of("acknowledge", {6: 0})),
        ):
            self.wrong(path, act.raw, COSE, "device_is_revoked", f"a revoked device acts at {path}")
        content = messages.content(messages.PRE_KEY, os.urandom(100))
        act = self.jun.act_of("message", {6: self.lost.account, 7: self.lost.device, 8: sha256(content)})
        self.wrong("/v1/messages", encode([act.raw, content]), CBOR, "recipient_unknown", "a message to it")
        claim = self.jun.act_of("prekey-claim", {6: self.lost.account, 7: self.lost.device})
        self.wrong("/v1/claims", claim.raw, COSE, "recipient_unknown", "a claim of its prekeys")

    def go_on(self):
        """What the old device had bound can still be paid; its stock is gone; the new one pays and is paid."""
        self.pay(self.jun, self.open, self.amount, "Dinner", "a request of the revoked device")
        entry = self.entries(self.new)[0][-1]
        self.report.equal(entry[9], self.lost.device, "the device of the old request")
        self.memo(entry, self.new.keys_of(entry[8], entry[9]).hpke, "Dinner")
        payee = self.lost.stock[3]
        for handle, kind in ((payee, "request_cancelled"), (self.new.stock[1], "handle_unknown")):
            target = Target(handle.handle, handle.signer.public, x25519_public(handle.hpke))
            order, bundle = self.jun.order(target, self.amount, {})
            self.refused(self.post(order, bundle), order, kind)
        bound = self.new.request(payee, self.amount, "Late")
        _, body = self.new.bind(bound, Pointer.of(self.invite[2], bound.raw))
        self.wrong("/v1/requests", body, CBOR, "handle_not_in_stock", "a bind of the old stock")
        again = self.new.act_of("handle-register", {6: [[payee.handle, payee.signer.public]]})
        self.wrong("/v1/handles", again.raw, COSE, "handle_taken", "a handle of the old stock")
        self.pay(self.new, Target.of_alias(self.jun.record), self.amount, "Again", "the new device's payment")

    def back(self):
        """A list that was signed earlier brings nobody back; nor does a new one."""
        reply = self.put_list(self.new, self.lost.devices, [])
        self.problem(reply, "list_conflict", "the list of before the loss")
        old = self.lost.certificates[self.lost.device]
        here = self.new.certificates[self.new.device]
        for certificates in ([], [old]):
            reply = self.put_list(self.new, self.new.list_of([old, here]), certificates)
            self.problem(reply, "account_conflict", "a revoked device in a new list")
        status = self.devices(self.jun, self.new.account_public, f"account={self.new.account.hex()}")
        self.report.equal(status.devices.raw, self.listed.raw, "the list in force, as others read it")
        self.report.equal(status.former, [], "former devices are nobody else's business")
