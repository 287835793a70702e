"""Tabs at a running verifier: every answer, entry and balance is held against an own calculation (10.9, 19)."""

import time

from . import tabs
from .bodies import parse_body
from .cbor import Refused, encode
from .client import CBOR, COSE, ORDER
from .problems import BY_KIND
from .scenario import Scenario
from .tab import Tab
from .tab_entries import check_tab_entry, receipt_of
from .tabs import CLAIM, HOLD, SPENT, TAB

CENT = 10_000
HOLDS, CHANGES, CLOSES, RELEASES = "/v1/holds", "/v1/holds/changes", "/v1/holds/closes", "/v1/holds/releases"
CLAIMS = "/v1/holds/claims"
RECEIPT, REFUSAL, PROBLEM = 1, 2, 3  # outcomes


class TabCalls(Scenario):
    """What scenarios with tabs have in common."""

    def enrol_parties(self, *wallets):
        """Accounts of their own; from here on every entry and balance of theirs is foreseen."""
        grant = self.enrol_all(*wallets)
        self.asset, self.grant, self.parties, self.tabs = grant[1:], grant[0], wallets, {}
        scale, self.flat, self.bps = self.verifier.terms(self.asset[0])
        self.report.equal(scale, self.asset[1], "the schedule's scale")
        self.seen = {wallet.account: tuple(self.entries(wallet)[0][-1][:2]) for wallet in wallets}

    def amount(self, value):
        """So many units."""
        return [value, *self.asset]

    def check_entry(self, wallet, epoch, seq, kind, raw, cause, *columns):
        """Of tabs: the receipt has the entry's position; it answers the cause, which one of the two signed."""
        if kind not in tabs.ENTRIES:
            super().check_entry(wallet, epoch, seq, kind, raw, cause, *columns)
            return
        receipt = self.verifier.receipt(raw, receipt_of(kind))
        self.report.equal((receipt[1], receipt[2]), (epoch, seq), "an entry's receipt has its position")
        cause = check_tab_entry(self.report, f"an entry of kind {kind} has its receipt's cause", kind, raw, cause)
        if cause and cause.kind == "voucher":
            cause.verify(self.tabs[receipt[5]].key.public)
        elif cause:
            ordered = cause.kind in ("hold-order", "hold-change")
            cause.verify(wallet.certificates[cause[4 if ordered else 3]][3 if ordered else 4])

    def same(self, got, expected, label):
        """Two maps are the same; where they are not, what differs is shown alone."""
        differ = sorted(name for name in got.keys() | expected.keys() if got.get(name) != expected.get(name))
        self.report.equal(*({name: each.get(name) for name in differ} for each in (got, expected)), label)

    def wait_until(self, when):
        """The verifier's time is then, or a little later."""
        time.sleep(max(when - self.verifier.now(), 0) / 1000 + 0.05)

    def told(self, label, *sides):
        """Each side's new entries are exactly these, and its account has what remains."""
        for wallet, *rows in sides:
            entries, more = self.entries(wallet, self.seen[wallet.account])
            self.report.equal((len(entries), more), (len(rows), False), f"{label}: entries")
            for entry, row in zip(entries, rows, strict=False):
                self.same(dict(enumerate(entry)), dict(enumerate(row)), f"{label}: an entry of kind {row[2]}")
            if entries:
                self.seen[wallet.account] = tuple(entries[-1][:2])
            self.balanced(wallet, label)

    def unmoved(self, label):
        """Nobody has a new entry or other money."""
        self.told(label, *((wallet,) for wallet in self.parties))

    def balanced(self, wallet, label):
        """The account has the grant, less what its tabs cost and set aside, plus what it claimed."""
        expected = self.grant
        for tab in self.tabs.values():
            expected -= tab.cost() if tab.payer.account == wallet.account else 0
            expected += tab.rules.claimed if tab.payee.account == wallet.account else 0
        balances = self.account(wallet).balances
        self.report.equal(balances, [[*self.asset, expected]], f"{label}: balance")

    def positioned(self, receipt, tab, cause, label):
        """The place and time of what was just decided: after the tab's last, and when the cause can have come."""
        checkpoint = self.verifier.checkpoint
        got = (receipt[1], receipt[3])
        self.report.equal(got, (checkpoint[2], checkpoint.hash), f"{label}: epoch and checkpoint")
        after = receipt[2] > tab.last[0] and receipt[4] >= tab.last[1]
        self.report.check(after, f"{label}: after the last", tab.last)
        tab.last = receipt[2], receipt[4]
        until = cause[6] if cause.kind in ("hold-order", "hold-change") else 2**48
        self.report.check(cause[5] <= receipt[4] + 120_000 and receipt[4] < until, f"{label}: time", receipt[4])
        return {member: receipt[member] for member in (0, 1, 2, 3, 4)}

    def due(self, tab, act, when, do):
        """What the rules make of an act that the verifier has taken."""
        try:
            return getattr(tab.rules, act)(when, do)
        except tabs.Refusal as refusal:
            raise Refused("value", f"a {act} was taken that the rules refuse with {refusal.code}") from refusal

    def held(self, tab, raw, cause, act, label):
        """A hold-receipt as both sides check it, and the entries of both; `act` is the rule that is due."""
        receipt, order, first = self.verifier.receipt(raw, "hold-receipt"), tab.order, tab.rules is None
        if first:
            tab.begin(receipt[4], *self.verifier.terms(tab.asset[0])[1:])
            self.tabs[tab.hold] = tab
        else:
            do = {"change": [cause[8], cause[9][0], cause[10], cause[11]]} if act == "change" else {}
            self.due(tab, act, receipt[4], do)
        version, cap, spend_until, claim_until = tab.rules.bounds
        expected = self.positioned(receipt, tab, cause, label) | {5: tab.hold, 6: tab.placed, 7: cause.hash}
        expected |= {8: order[9], 9: order[13], 10: version, 11: tab.amount(cap), 12: spend_until, 13: claim_until}
        expected |= {14: order[14]} if order.get(14) else {}
        expected |= {15: order[15]} | ({16: True} if tab.rules.state == "closed" else {})
        self.same(receipt.fields, expected, f"{label}: the hold-receipt")
        place, above = [receipt[1], receipt[2]], tab.amount(tabs.fee_of(cap, *tab.rules.fees))
        named = order[8] in [payee.handle for payee in tab.payee.aliases]
        beside = [tab.bundle, order[1]] if first else [None, None]
        owner = None if named else tab.payee.device
        of_payer = [*place, HOLD, raw, cause.raw, None, None, above, None, None]
        of_payee = [*place, TAB, raw, None, *beside, None, order[8], owner]
        self.told(label, (tab.owner, of_payer), (tab.payee, of_payee))
        tab.raw = raw
        return receipt

    def place(self, payer, payee, target, cap, memo, label, owner=None, **changed):
        """A hold is placed; where a limited device does it, `owner` is a wallet of the same account."""
        tab = Tab(payer, payee, target, self.amount(cap), memo, **changed)
        tab.owner = owner or payer
        raw = self.client.post(HOLDS, tab.body, ORDER).expect(200, COSE)
        self.held(tab, raw, tab.order, "place", label)
        return tab

    def act(self, tab, act, cause, label):
        """A change or close that is taken."""
        raw = self.client.post({"change": CHANGES, "close": CLOSES}[act], cause.raw, COSE).expect(200, COSE)
        self.held(tab, raw, cause, act, label)
        return raw

    def refuses_hold(self, tab, kind, label):
        """A hold order that is refused, by a signed word that stays."""
        reply = self.client.post(HOLDS, tab.body, ORDER)
        refusal = self.refused(reply, tab.order, kind)
        if kind != "expired_never_applied":
            again = self.client.post(HOLDS, tab.body, ORDER).expect(409, COSE)
            self.report.equal(again, reply.body, f"{label}: the same again")
        return refusal

    def refuses(self, path, signed, kind, label):
        """A change, close or release that is refused, by a signed word that stays."""
        reply = self.client.post(path, signed.raw, COSE)
        self.refused(reply, signed, kind)
        self.report.equal(self.client.post(path, signed.raw, COSE).expect(409, COSE), reply.body, f"{label}: again")

    def outcomes(self, *claims):
        """`POST /v1/holds/claims`: an outcome for each claim."""
        reply = self.client.post(CLAIMS, encode([[claim.raw for claim in claims]]), CBOR)
        (outcomes,) = parse_body("claim-outcomes", reply.expect(200, CBOR))
        self.report.equal(len(outcomes), len(claims), "as many outcomes as claims")
        return outcomes

    def charged(self, tab, outcome, claim, voucher, label):
        """A provisional claim-receipt: complete, and as the rules have it; returns the entries of both sides."""
        self.report.equal(outcome[0], RECEIPT, f"{label}: the outcome")
        total = claim[7][0]
        receipt = self.verifier.receipt(outcome[1], "claim-receipt")
        word = {"foreign": False, "forged": False, "version": voucher[2], "total": voucher[3][0]}
        moved = self.due(tab, "claim", receipt[4], {"claim": total, "voucher": word})
        expected = self.positioned(receipt, tab, claim, label) | {5: tab.hold, 6: tab.order[9], 7: tab.amount(total)}
        expected |= {8: tab.amount(moved["amount"]), 9: claim.hash, 10: voucher.hash}
        self.same(receipt.fields, expected, f"{label}: the claim-receipt")
        place, fee = [receipt[1], receipt[2]], tab.amount(moved["fee"])
        tab.raw = outcome[1]
        of_payee = [*place, CLAIM, outcome[1], claim.raw, *[None] * 5]
        of_payer = [*place, SPENT, outcome[1], voucher.raw, None, None, fee, None, None]
        return of_payee, of_payer

    def drop(self, tab, total, charge=None, device=None, label="a claim"):
        """A voucher that the payee takes, and a claim on it for all of it or less."""
        voucher = tab.voucher(total)
        word = {"foreign": False, "forged": False, "version": voucher[2], "total": total}
        taken = tabs.takes(tab.rules.bounds, word, None, self.verifier.now())
        self.report.equal(taken, None, f"{label}: the voucher")
        claim = tab.claim(voucher, charge or total, device)
        self.charge(tab, claim, voucher, label)
        return claim, voucher

    def charge(self, tab, claim, voucher, label):
        """A claim that moves something."""
        of_payee, of_payer = self.charged(tab, self.outcomes(claim)[0], claim, voucher, label)
        self.told(label, (tab.payee, of_payee), (tab.owner, of_payer))

    def refuses_claim(self, claim, kind, label):
        """A claim that is refused by a signed word that stays, or by a problem."""
        outcome, code = self.outcomes(claim)[0], BY_KIND[kind]
        self.expect(claim, outcome, kind, label)
        if code.number < 200:
            self.report.equal(self.outcomes(claim)[0], outcome, f"{label}: the same again")

    def expect(self, claim, outcome, kind, label):
        """An outcome that is no receipt."""
        code = BY_KIND[kind]
        if code.number >= 200:
            self.report.equal(outcome, [PROBLEM, code.number], label)
        elif self.report.equal(outcome[0], REFUSAL, f"{label}: {kind} is a refusal"):
            self.refusal(outcome[1], claim, kind)

    def ended(self, tab, release, label):
        """A release that is taken: the final receipt, and what goes back."""
        raw = self.client.post(RELEASES, release.raw, COSE).expect(200, COSE)
        receipt = self.verifier.receipt(raw, "claim-receipt")
        self.due(tab, "release", receipt[4], {"release": release[7][0]})
        expected = self.positioned(receipt, tab, release, label) | {5: tab.hold, 6: tab.order[9]}
        expected |= {7: tab.amount(tab.rules.claimed), 8: tab.amount(0), 9: release.hash, 11: True}
        self.same(receipt.fields, expected, f"{label}: the final claim-receipt")
        place = [receipt[1], receipt[2]]
        of_payee = [*place, CLAIM, raw, release.raw, *[None] * 5]
        of_payer = [*place, SPENT, raw, None, None, None, tab.amount(0), None, None]
        self.told(label, (tab.payee, of_payee), (tab.owner, of_payer))
        tab.raw = raw
        return raw
