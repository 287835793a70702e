"""Tabs when the operator acts: a restore from a backup (13.5, 19.6), new fees (19.2), a checkpoint (10.17)."""

import copy

from . import merkle
from .bodies import parse_body
from .client import CBOR, COSE, ORDER
from .cose import Signed
from .tab import Tab
from .tab_calls import CENT, CHANGES, CLOSES, HOLDS, RECEIPT, RELEASES, TabCalls
from .tabs import DAY
from .wallet import Target, Wallet

KEPT = ("rules", "last", "raw")


class EpochTabs(TabCalls):
    """Every method is a part of the scenario, in the order of `PARTS`."""

    PARTS = ("before", "lose", "known", "unknown", "anew", "fees", "logged", "audited")

    def __init__(self, report, link, server):
        self.server = server
        super().__init__(report, link)

    def begin(self):
        """A payer and a payee."""
        self.mina, self.jun = Wallet(self.verifier, "ESP256"), Wallet(self.verifier, "Ed25519")

    def hold(self, cap, label):
        """A hold by alias."""
        return self.place(self.mina, self.jun, Target.of_alias(self.jun.record), cap, "", label)

    def before(self):
        """What the backup holds: three tabs, one of them claimed from."""
        self.enrol_parties(self.mina, self.jun)
        self.tab, self.closing, self.ending = (self.hold(100 * CENT, f"tab {number}") for number in (1, 2, 3))
        self.claim, _ = self.drop(self.tab, 10 * CENT, label="a claim before the backup")
        self.stood = dict(self.seen)
        self.backed = [(tab, {name: copy.deepcopy(getattr(tab, name)) for name in KEPT}) for tab in self.tabs.values()]
        self.server.backup()

    def lose(self):
        """What comes after it: a claim, a change, a close, a release, a hold."""
        self.gone_claim, self.gone_voucher = self.drop(self.tab, 30 * CENT, label="a claim after the backup")
        self.gone_change = self.tab.change(more=CENT)
        self.act(self.tab, "change", self.gone_change, "a change after the backup")
        self.gone_close, self.gone_release = self.closing.close(), self.ending.release(0)
        self.act(self.closing, "close", self.gone_close, "a close after the backup")
        self.ended(self.ending, self.gone_release, "a release after the backup")
        self.gone = self.hold(CENT, "a hold after the backup")
        self.gone_drop, _ = self.drop(self.gone, CENT, label="a claim from it")
        self.server.restore()
        self.verifier.fetch()
        self.report.equal(self.verifier.checkpoint[2], 2, "the epoch")
        self.seen = self.stood
        del self.tabs[self.gone.hold]
        for tab, kept in self.backed:
            for name in KEPT:
                setattr(tab, name, kept[name])

    def known(self):
        """The journal of the backup answers as before; both sides have what they had."""
        self.unmoved("as the backup has it")
        receipt = Signed("claim-receipt", self.tab.raw)
        self.report.equal(self.outcomes(self.claim), [[RECEIPT, self.tab.raw]], "a claim in the journal")
        self.report.equal(receipt[1], 1, "its epoch")
        raw = self.client.post(HOLDS, self.ending.body, ORDER).expect(200, COSE)
        self.report.equal(raw, self.ending.raw, "a hold order in the journal")

    def unknown(self):
        """A hold that is lost is unknown, and its vouchers with it; orders and changes of then are not decided."""
        self.wrong(HOLDS, self.gone.body, ORDER, "before_epoch", "a hold order that is lost")
        self.wrong(CHANGES, self.gone_change.raw, COSE, "before_epoch", "a change that is lost")
        self.refuses_claim(self.gone_drop, "hold_unknown", "a claim from a hold that is lost")
        for path, act in ((CLOSES, self.gone.close()), (RELEASES, self.gone.release(CENT))):
            self.refuses(path, act, "hold_unknown", f"a hold that is lost: {path}")
        self.refuses(CHANGES, self.gone.change(longer=DAY), "hold_unknown", "a change of a hold that is lost")
        self.unmoved("after what is lost")

    def anew(self):
        """Session acts that are lost can come again, also as they were; what they moved, moves again."""
        self.charge(self.tab, self.gone_claim, self.gone_voucher, "a lost claim again")
        self.drop(self.tab, 31 * CENT, label="a new claim")
        self.act(self.closing, "close", self.gone_close, "a lost close again")
        self.ended(self.ending, self.gone_release, "a lost release again")
        self.act(self.tab, "change", self.tab.change(more=CENT), "a change in the new epoch")
        again = self.hold(CENT, "a hold in the new epoch")
        self.drop(again, CENT, label="a claim from it")
        for tab in (self.tab, self.closing, again):
            self.ended(tab, tab.release(tab.rules.claimed), "what is left goes back")

    def fees(self):
        """A hold's fees are those that its payer saw, whatever schedule comes later (19.2)."""
        tab = self.hold(100 * CENT, "a hold of before")
        self.drop(tab, 10 * CENT, label="a claim under the fees of before")
        self.server.command("fee", "0.03 USD + 125 bps")
        late = Tab(self.mina, self.jun, Target.of_alias(self.jun.record), self.amount(CENT))
        self.verifier.fetch()
        refusal = self.refuses_hold(late, "fee_changed", "a hold at the fees of before")
        self.report.equal(refusal.get(7), self.verifier.fees.raw, "the schedule in force")
        self.drop(tab, 20 * CENT, label="a claim after it")
        self.act(tab, "change", tab.change(more=100 * CENT), "a change after it")
        self.drop(tab, 150 * CENT, label="a claim above the cap of before")
        newer = self.hold(100 * CENT, "a hold under the new fees")
        self.report.check(newer.cost() > 100 * CENT + self.flat + 100 * CENT * self.bps // 10_000, "they are higher")
        self.drop(newer, 33 * CENT, label="a claim under the new fees")
        for each in (tab, newer):
            self.ended(each, each.release(each.rules.claimed), "what is left goes back")

    def logged(self):
        """The receipts of tabs are leaves of the log, and the account's leaf has what tabs left (7.9, 10.17)."""
        self.server.command("checkpoint")
        for wallet in self.parties:
            reply, _ = self.verifier.read(wallet, "/v1/checkpoints")
            newest, *_ = parse_body("checkpoint-status", reply.expect(200, CBOR))
            newest = self.verifier.certified(Signed("checkpoint", newest))
            size, (log, accounts) = newest[3] - 1, newest[5]
            entries, _ = self.entries(wallet)
            self.report.equal(entries[-1][1], size, "the checkpoint covers the last entry")
            for _, seq, kind, receipt, *_ in entries:
                reply, _ = self.verifier.read(wallet, "/v1/checkpoints/entry", f"seq={seq}&size={size}")
                (path,) = parse_body("entry-proof", reply.expect(200, CBOR))
                held = merkle.includes(log, size, seq - 1, merkle.leaf(receipt), path)
                self.report.check(held, f"an entry of kind {kind} is in the log")
            reply, _ = self.verifier.read(wallet, "/v1/checkpoints/account")
            raw, leaf, index, of, path = parse_body("account-proof", reply.expect(200, CBOR))
            self.report.equal(raw, newest.raw, "the checkpoint that speaks of the account")
            held = merkle.includes(accounts, of, index, merkle.leaf_hash(leaf), path)
            self.report.check(held, "what it says of the account is under its root")
            told = (leaf[1], leaf[2], leaf[3])
            self.report.equal(told, (wallet.account, size, self.account(wallet).balances), "the account's leaf")

    def audited(self):
        """The operator's own audit finds nothing, and all money of the ledger adds up to none."""
        found = self.server.command("audit")
        self.report.equal((found["ok"], found["sums"]), (True, {self.asset[0]: "0"}), "the audit")
