"""Tabs in their whole life: offered, placed, spent drop by drop, raised, closed, released (19)."""

from . import tabs
from .cbor import encode
from .client import CBOR, COSE, OCTETS, ORDER
from .cose import Signed
from .sealing import Pointer
from .tab import GRACE, LASTS, Tab, bind_offer, make_offer
from .tab_calls import CENT, CHANGES, CLAIMS, CLOSES, HOLDS, RECEIPT, RELEASES, TabCalls
from .tabs import CLAIM, DAY, MINUTE, SPENT, TAB
from .wallet import Target, Wallet, uuid7

DOLLAR = 100 * CENT
MEMO = "Two cents an article"


class Holding(TabCalls):
    """Every method is a part of the scenario, in the order of `PARTS`."""

    PARTS = ("enrol", "offered", "named", "drops", "batch", "raised", "closed", "released", "events", "most", "end")

    def begin(self):
        """A reader, a newspaper, and somebody else."""
        self.mina, self.jun = Wallet(self.verifier, "ESP256"), Wallet(self.verifier, "Ed25519")
        self.ada = Wallet(self.verifier, "Ed25519")

    def enrol(self):
        """Three accounts with a grant each."""
        self.enrol_parties(self.mina, self.jun, self.ada)
        self.report.check(self.flat > 0 and self.bps > 0, "the verifier takes fees of both kinds")

    def publish(self, handle):
        """A single offer is bound to its handle; whoever has it reads what it accepts."""
        offer = make_offer(self.jun, handle, self.amount(2 * CENT), self.amount(5 * DOLLAR))
        pointer = Pointer.of(self.invite[2], offer.raw)
        body = bind_offer(self.jun, offer, pointer)
        for label in ("an offer is bound", "the same bind"):
            self.done("/v1/requests", body, CBOR, label)
        reply, _ = self.verifier.read(self.mina, f"/v1/requests/{pointer.locator.hex()}")
        self.report.equal(reply.expect(200, OCTETS), pointer.seal(offer.raw), "the offer's ciphertext")
        read = Signed("hold-offer", offer.raw)
        return read.verify(read[4])

    def offered(self):
        """A single offer: one hold accepts it, and its handle is burnt as by a payment (19.2, 19.6)."""
        handle = self.jun.stock[0]
        offer = self.publish(handle)
        target, terms = Target.of_offer(offer), offer[8]
        self.report.equal((terms[3], terms[4]), (LASTS, GRACE), "the offer's times")
        self.offer_tab = tab = self.place(self.mina, self.jun, target, terms[2][0], MEMO, "a hold of an offer")
        receipt = Signed("hold-receipt", tab.raw)
        self.report.equal(receipt[14], target.reference, "the payee's offer was accepted")
        in_time = receipt[6] < offer[7] and receipt[13] - receipt[12] >= terms[4]
        self.report.check(in_time and receipt[11][0] >= terms[0][0], "the hold keeps the offer's terms")
        entry = next(entry for entry in self.entries(self.jun)[0] if entry[2] == TAB)
        self.opens(entry, handle.hpke, receipt[8], receipt[15], MEMO)
        again = self.client.post(HOLDS, tab.body, ORDER).expect(200, COSE)
        self.report.equal(again, tab.raw, "the same hold order again")
        reply, _ = self.verifier.read(self.mina, f"/v1/orders/{tab.order[1].hex()}")
        self.problem(reply, "order_unknown", "a hold is no order")
        second = Tab(self.mina, self.jun, target, terms[2])
        self.refuses_hold(second, "request_used", "a second hold of a single offer")
        order, bundle = self.mina.order(target, self.amount(CENT), {})
        self.refused(self.post(order, bundle), order, "request_used")
        cancel = self.jun.act_of("handle-cancel", {6: offer[3]})
        self.wrong("/v1/cancellations", cancel.raw, COSE, "request_already_used", "an offer is taken back too late")
        self.report.equal(self.account(self.jun).stock, len(self.jun.stock) - 1, "handles in stock")
        self.unmoved("after a second hold")

    def named(self):
        """By alias, without an offer and with a standing one, whose reference the verifier does not know."""
        alias = Target.of_alias(self.jun.record)
        self.tab = self.place(self.mina, self.jun, alias, 3 * DOLLAR, MEMO, "a hold by alias")
        named = self.jun.aliases[0]
        standing = make_offer(self.jun, named, self.amount(CENT), self.amount(DOLLAR), usage=1, life=300 * DAY)
        self.standing = self.place(self.mina, self.jun, Target.of_offer(standing), DOLLAR, "", "a standing offer")
        self.again = self.place(self.mina, self.jun, Target.of_offer(standing), DOLLAR, "", "a standing offer again")
        entry = self.entries(self.jun)[0][-3]
        self.opens(entry, named.hpke, self.tab.order[9], self.tab.order[15], MEMO)

    def stays(self, tab, voucher, total, label):
        """A claim of no more than was claimed: nothing changes, and the last claim-receipt is the answer."""
        claim = tab.claim(voucher, total)
        self.report.equal(self.outcomes(claim), [[RECEIPT, tab.raw]], label)
        self.unmoved(label)
        return claim

    def drops(self):
        """Vouchers, and claims of all, a part, more, and nothing more: fees come to those of the total."""
        tab = self.tab
        first, older = self.drop(tab, 62 * 2 * CENT, label="sixty-two articles")
        self.report.equal(self.outcomes(first), [[RECEIPT, tab.raw]], "the same claim again")
        answer = tab.raw
        _, later = self.drop(tab, 2 * DOLLAR, 3 * DOLLAR // 2 + 1, label="less than the voucher is for")
        self.report.equal(self.outcomes(first), [[RECEIPT, answer]], "the first claim again, after another")
        self.stays(tab, later, tab.rules.claimed, "a claim of as much as was claimed")
        self.stays(tab, later, 1, "a claim of less than was claimed")
        self.stays(tab, older, 62 * 2 * CENT, "an older voucher")
        refused = tab.claim(older, tab.rules.claimed + 1)
        self.refuses_claim(refused, "above_voucher", "more than an older voucher is for")
        self.drop(tab, 2 * DOLLAR, label="the rest of the voucher")
        self.drop(tab, 2 * DOLLAR + 1, label="the smallest drop")
        above = tab.claim(tab.voucher(3 * DOLLAR + 1), 3 * DOLLAR + 1)
        self.refuses_claim(above, "above_cap", "a claim above the cap")
        self.drop(tab, 3 * DOLLAR, label="all of the cap")
        self.report.equal(tab.rules.held(), 0, "nothing is held of a hold that is spent")
        fee = self.fee(self.amount(3 * DOLLAR))
        self.report.equal(tab.cost(), 3 * DOLLAR + fee, "parts cost what the whole costs")
        self.refuses_claim(above, "above_cap", "what was refused stays refused")

    def batch(self):
        """64 claims of two tabs in one call, each decided as if it had come alone; 65 are none."""
        ours, other, stranger = self.offer_tab, self.standing, Wallet(self.verifier, "Ed25519")
        forged = ours.voucher(CENT, key=other.key)
        unsigned = ours.claim(ours.voucher(CENT), CENT)
        unsigned.raw = encode([unsigned.protected, {}, unsigned.payload, bytes(64)])
        late = uuid7(self.verifier.now() - 25 * 60 * MINUTE)
        ahead = uuid7(self.verifier.now() + 5 * MINUTE)
        good = ours.voucher(CENT)
        first = ours.claim(good, CENT)
        cases = [
            (first, None),
            (ours.claim(ours.voucher(CENT), CENT - 1), "stays"),
            (ours.claim(good, CENT + 1), "above_voucher"),
            (ours.claim(forged, CENT + 1), "voucher_invalid"),
            (ours.claim(ours.voucher(2, amount=[2 * CENT, "ZZZ", 6]), CENT + 1), "voucher_invalid"),
            (ours.claim(good, CENT, members={7: [CENT, self.asset[0], 2]}), "voucher_invalid"),
            (ours.claim(ours.voucher(CENT, hold=bytes(32)), CENT), "hold_unknown"),
            (ours.claim(good, CENT, device=self.ada), "hold_unknown"),
            (ours.claim(ours.voucher(5 * DOLLAR + 1), 5 * DOLLAR + 1), "above_cap"),
            (ours.claim(ours.voucher(5 * DOLLAR + 1, version=2), 1), "stays"),
            (ours.claim(ours.voucher(2 * CENT, version=2), 1), "stays"),
            (ours.claim(ours.voucher(CENT), 2 * CENT, act_id=first[4]), "id_conflict"),
            (ours.claim(good, CENT, members={1: bytes(32)}), "wrong_verifier"),
            (ours.claim(good, CENT, members={2: self.ada.account}), "device_unknown"),
            (ours.claim(good, CENT, device=stranger), "device_unknown"),
            (ours.claim(good, CENT, act_id=late), "malformed"),
            (ours.claim(good, CENT, act_id=ahead), "created_ahead"),
            (unsigned, "bad_signature"),
            (ours.claim(good, CENT, members={6: good.raw[:-1]}), "malformed"),
            (ours.claim(good, CENT, members={6: b""}), "malformed"),
            (first, "same"),
        ]
        for number in range(64 - len(cases)):
            tab = (ours, other)[number % 2]
            cases.append((tab.claim(tab.voucher((number + 2) * CENT), (number + 2) * CENT), None))
        self.check_batch(cases)
        claims = [claim for claim, _ in cases]
        reply = self.client.post(CLAIMS, encode([[claim.raw for claim in [*claims, first]]]), CBOR)
        self.problem(reply, "malformed", "65 claims")
        self.wrong(CLAIMS, encode([[]]), CBOR, "malformed", "no claims")
        self.report.equal(self.outcomes(*claims[-1:], first), [self.answers[-1], self.answers[0]], "in other company")
        self.unmoved("after a batch that came again")

    def check_batch(self, cases):
        """Outcomes in the order of the claims, and the entries of what moved, in this order."""
        claims = [claim for claim, _ in cases]
        self.answers, rows, last = self.outcomes(*claims), [], None
        for number, ((claim, kind), outcome) in enumerate(zip(cases, self.answers, strict=True)):
            label = f"claim {number} of a batch"
            if kind is None:
                voucher = Signed("voucher", claim[6])
                rows.append(self.charged(self.tabs[voucher[1]], outcome, claim, voucher, label))
                last = last or outcome
            elif kind in ("stays", "same"):
                self.report.equal(outcome, last, f"{label}: nothing new")
            else:
                self.expect(claim, outcome, kind, label)
        self.told("a batch", (self.jun, *(row for row, _ in rows)), (self.mina, *(row for _, row in rows)))
        decided = [number for number, (_, kind) in enumerate(cases) if kind in (None, "stays", "same")]
        again = self.outcomes(*claims)
        self.report.equal([again[n] for n in decided], [self.answers[n] for n in decided], "the same batch again")
        refused = [n for n, outcome in enumerate(self.answers) if outcome[0] != RECEIPT]
        self.report.equal([again[n] for n in refused], [self.answers[n] for n in refused], "refused as before")

    def raised(self):
        """A hold gets more and lasts longer, never less; vouchers of a version are good once it is there."""
        tab = self.offer_tab
        claimed = tab.rules.claimed
        later = tab.voucher(tab.rules.bounds[1] + 1, version=2)
        early = tab.claim(later, tab.rules.bounds[1] + 1)
        self.refuses_claim(early, "above_cap", "a claim above the cap of the version that is there")
        change = tab.change(more=DOLLAR, longer=DAY)
        raw = self.act(tab, "change", change, "more, and a day longer")
        self.report.equal(self.client.post(CHANGES, change.raw, COSE).expect(200, COSE), raw, "the same change again")
        self.refuses_claim(early, "above_cap", "what was refused is never applied later")
        self.charge(tab, tab.claim(later, claimed + 1), later, "the same voucher, in a new claim")
        self.act(tab, "change", tab.change(), "a change that changes nothing is a version")
        self.act(tab, "change", tab.change(grace=DAY), "a longer grace")
        for label, kind, arguments in (
            ("the version in force", "hold_version", {"members": {8: tab.rules.bounds[0]}}),
            ("the version after the next", "hold_version", {"members": {8: tab.rules.bounds[0] + 2}}),
            ("another version before a lower cap", "hold_version", {"more": -1, "members": {8: 2}}),
            ("a lower cap", "hold_lowered", {"more": -1}),
            ("an earlier end of spending", "hold_lowered", {"longer": -1, "grace": 1}),
            ("an earlier end", "hold_lowered", {"grace": -1}),
            ("all of it earlier", "hold_lowered", {"longer": -1}),
            ("a shorter grace with a later end", "hold_lowered", {"longer": 2, "grace": -1}),
            ("more than there is", "insufficient_funds", {"more": 20 * DOLLAR}),
            ("more than can be set aside", "insufficient_funds", {"more": 10**15 - tab.rules.bounds[1]}),
            ("another account's", "hold_unknown", {"device": self.jun}),
            ("of nothing", "hold_unknown", {"members": {7: bytes(32)}}),
        ):
            self.refuses(CHANGES, tab.change(**arguments), kind, f"a change: {label}")
        self.unmoved("after refused changes")
        self.drop(tab, tab.rules.bounds[1], label="all of the raised cap")

    def closed(self):
        """The payer closes: the payee has its whole grace from then on, and what is left can be released."""
        tab = self.again
        signed = tab.voucher(DOLLAR // 2)
        self.drop(tab, DOLLAR // 4, label="before the closing")
        for device, label in ((self.jun, "the payee's"), (self.ada, "somebody's")):
            self.refuses(CLOSES, tab.close(device), "hold_unknown", f"a close: {label}")
        old = uuid7(self.verifier.now() - 30 * DAY)
        close = tab.close(act_id=old)
        raw = self.act(tab, "close", close, "a close is never too old")
        receipt = Signed("hold-receipt", raw)
        self.report.equal((receipt[12], receipt[13]), (receipt[4], receipt[4] + GRACE), "the grace begins")
        for label, act in (("the same close", close), ("another close", tab.close())):
            self.report.equal(self.client.post(CLOSES, act.raw, COSE).expect(200, COSE), raw, label)
        self.unmoved("closed twice")
        self.refuses(CHANGES, tab.change(longer=DAY), "hold_closed", "a change of a closed hold")
        self.refuses(CHANGES, tab.change(longer=DAY, members={8: 9}), "hold_closed", "a wrong change of a closed hold")
        self.charge(tab, tab.claim(signed, signed[3][0]), signed, "within the grace")
        self.report.equal(self.client.post(CLOSES, tab.close().raw, COSE).expect(200, COSE), raw, "after a claim")
        self.finish(tab, signed)

    def finish(self, tab, newest):
        """The payee releases, and nothing follows but answers."""
        total = tab.rules.claimed
        for wrong in sorted({total + 1, abs(total - 1), 0} - {total}):
            self.refuses(RELEASES, tab.release(wrong), "other_total", f"a release of {wrong} where {total} was claimed")
        for device, label in ((self.mina, "the payer's"), (self.ada, "somebody's")):
            self.refuses(RELEASES, tab.release(total, device), "hold_unknown", f"a release: {label}")
        self.unmoved("after refused releases")
        release = tab.release(total)
        raw = self.ended(tab, release, "a release")
        self.report.equal(self.client.post(RELEASES, release.raw, COSE).expect(200, COSE), raw, "the same release")
        self.refuses(RELEASES, tab.release(total), "hold_ended", "another release")
        self.refuses(CLOSES, tab.close(), "hold_ended", "a close after the end")
        self.refuses(CHANGES, tab.change(longer=DAY), "hold_ended", "a change after the end")
        if total:
            self.stays(tab, newest, total, "an equal claim is answered by the final receipt")
        more = tab.claim(tab.voucher(total + 1), total + 1)
        self.refuses_claim(more, "hold_ended", "a claim for more after the end")
        self.refuses_claim(tab.claim(newest, total + 1, device=self.ada), "hold_unknown", "somebody's claim")
        self.unmoved("after the end")

    def released(self):
        """A hold of which nothing is claimed costs nothing; one may end while it is open, and spent."""
        tab = self.place(self.mina, self.jun, Target.of_alias(self.jun.record), DOLLAR, "", "a hold of nothing")
        self.finish(tab, tab.voucher(CENT))
        self.report.equal(tab.cost(), 0, "nothing was claimed, and it costs nothing")
        self.ended(self.tab, self.tab.release(3 * DOLLAR), "a release of what is spent")
        late = uuid7(self.verifier.now() - 25 * 60 * MINUTE)
        old = self.standing.release(self.standing.rules.claimed, act_id=late)
        self.wrong(RELEASES, old.raw, COSE, "malformed", "a release that is too old")

    def events(self):
        """Both sides hear of it, each of the other's doing (10.11)."""
        tab = self.standing
        with self.verifier.stream(self.jun) as payee, self.verifier.stream(self.mina) as payer:
            for stream in (payee, payer):
                self.report.equal(len([stream.next() for _ in range(3)]), 3, "a stream begins")
            self.act(tab, "close", tab.close(), "a close that the payee hears of")
            for stream, label in ((payee, "the payee"), (payer, "the payer")):
                place = f"{self.verifier.checkpoint[2]} {tab.last[0]}"
                self.report.equal(stream.next(), ("entries", place), f"{label} hears of a close")
            self.ended(tab, tab.release(tab.rules.claimed), "a release that the payer hears of")
            for stream, label in ((payee, "the payee"), (payer, "the payer")):
                place = f"{self.verifier.checkpoint[2]} {tab.last[0]}"
                self.report.equal(stream.next(), ("entries", place), f"{label} hears of the end")

    def most(self):
        """The greatest hold that an account can have, and one unit more."""
        caps = range(self.grant * 9 // 10, self.grant)
        cap = max(cap for cap in caps if tabs.reserve(cap, self.flat, self.bps) <= self.grant)
        alias = Target.of_alias(self.jun.record)
        more = Tab(self.ada, self.jun, alias, self.amount(cap + 1))
        self.refuses_hold(more, "insufficient_funds", "one unit more than there is")
        tab = self.place(self.ada, self.jun, alias, cap, "", "all that there is")
        rest = self.grant - tabs.reserve(cap, self.flat, self.bps)
        order, bundle = self.ada.order(alias, self.amount(rest + 1), {})
        self.refused(self.post(order, bundle), order, "insufficient_funds")
        self.drop(tab, cap - 1, label="all but a unit")
        self.ended(tab, tab.release(cap - 1), "the unit and its fee go back")

    def end(self):
        """All tabs end, and what remains is what was claimed, by the entries of each side alone."""
        self.ended(self.offer_tab, self.offer_tab.release(self.offer_tab.rules.claimed), "the last release")
        for wallet in self.parties:
            entries, more = self.entries(wallet)
            self.report.check(not more, "all entries")
            money, holds = self.grant, {}
            for _, _, kind, raw, _, _, _, fee, _, _ in entries:
                if kind in (CLAIM, SPENT):
                    receipt = Signed("claim-receipt", raw)
                    money += receipt[8][0] if kind == CLAIM else -receipt[8][0] - fee[0]
                    holds.setdefault(receipt[5], []).append(receipt)
            for receipts in holds.values():
                amounts = sum(each[8][0] for each in receipts)
                self.report.equal(amounts, receipts[-1][7][0], "amounts add up to the total")
                finals = [each.get(11) for each in receipts]
                self.report.equal(finals, [None] * (len(receipts) - 1) + [True], "the last receipt is the final one")
            self.report.equal(self.account(wallet).balances, [[*self.asset, money]], "the balance by the entries")
