"""What is refused of tabs: by the rules of orders, at the borders, and before anything is decided (19)."""

import os

from . import keys
from .cbor import encode
from .client import CBOR, COSE, ORDER
from .cose import sign, signed_bytes
from .keys import Signer
from .sealing import Pointer
from .tab import Tab, bind_offer, make_offer
from .tab_calls import CENT, CHANGES, CLAIMS, CLOSES, HOLDS, RELEASES, TabCalls
from .tabs import DAY, MINUTE
from .wallet import Target, Wallet, uuid7

LIMIT = 20 * CENT
SHORT = 2500  # ms: long enough for a call, short enough to wait for


class Refusing(TabCalls):
    """Every method is a part of the scenario, in the order of `PARTS`."""

    PARTS = ("enrol", "orders", "handles", "changes", "borders", "malformed", "altered", "journal")

    def begin(self):
        """A payer, a payee, and somebody else."""
        self.mina, self.jun = Wallet(self.verifier, "ESP256"), Wallet(self.verifier, "Ed25519")
        self.ada = Wallet(self.verifier, "Ed25519")

    def enrol(self):
        """Three accounts with a grant each, and a hold between two of them."""
        self.enrol_parties(self.mina, self.jun, self.ada)
        self.alias = Target.of_alias(self.jun.record)
        self.tab = self.place(self.mina, self.jun, self.alias, LIMIT, "", "a hold by alias")

    def hold(self, target=None, cap=CENT, **changed):
        """A hold order that is about to be refused."""
        return Tab(self.mina, self.jun, target or self.alias, self.amount(cap), **changed)

    def orders(self):
        """13.1, with the cap as the amount."""
        record, fees, opened = self.jun.record, self.verifier.fees, self.verifier.checkpoint[6]
        stocked = self.jun.stock[3]
        unbound = Target(stocked.handle, stocked.signer.public, record[4])
        for kind, label, hold in (
            ("handle_unknown", "nobody's handle", self.hold(Target(os.urandom(16), record[3], record[4]))),
            ("handle_unknown", "a handle in stock", self.hold(unbound)),
            ("payee_key_mismatch", "another key", self.hold(Target(self.alias.handle, self.ada.record[3], record[4]))),
            ("own_handle", "one's own alias", self.hold(Target.of_alias(self.mina.record))),
            ("insufficient_funds", "more than there is", self.hold(cap=self.grant)),
            ("insufficient_funds", "more than can be set aside", self.hold(cap=10**15)),
            ("asset_unknown", "another currency", self.hold(members={10: [CENT, "NONE", 2]})),
            ("asset_unknown", "another scale", self.hold(members={10: [CENT, self.asset[0], 2]})),
            ("fee_changed", "other fees", self.hold(members={7: fees[2] + 1})),
            ("expired_never_applied", "expired", self.hold(created=opened, life=1)),
        ):
            refusal = self.refuses_hold(hold, kind, f"a hold: {label}")
            self.report.equal(refusal.get(7), fees.raw if kind == "fee_changed" else None, f"{label}: the attachment")
        for kind, created in (("before_epoch", opened - 1000), ("created_ahead", self.verifier.now() + 5 * MINUTE)):
            hold = self.hold(created=created, life=10 * MINUTE)
            self.wrong(HOLDS, hold.body, ORDER, kind, f"a hold: {kind}")
        self.unmoved("after refused holds")

    def bound(self, index, amount=None, life=15 * MINUTE):
        """An offer on a handle of the payee's stock."""
        offer = make_offer(self.jun, self.jun.stock[index], self.amount(CENT), self.amount(CENT), life=life)
        body = bind_offer(self.jun, offer, Pointer.of(self.invite[2], offer.raw), amount)
        self.done("/v1/requests", body, CBOR, "a bind")
        return offer

    def handles(self):
        """Steps 18 to 25 of 13.1 with one-time handles, and what became of them."""
        short, offer = self.bound(0, life=SHORT), self.bound(1)
        offered, asked = Target.of_offer(offer), Target.of_offer(self.bound(2, self.amount(CENT)))
        bare, other = (Target(offer[3], offer[4], offer[5], reference) for reference in (None, bytes(32)))
        self.refuses_hold(self.hold(bare), "request_mismatch", "no reference")
        self.refuses_hold(self.hold(other), "request_mismatch", "another reference")
        self.refuses_hold(self.hold(asked), "amount_mismatch", "a handle with an amount")
        for target in (bare, other):
            order, bundle = self.mina.order(target, self.amount(CENT), {})
            self.refused(self.post(order, bundle), order, "request_mismatch")
        cancel = self.jun.act_of("handle-cancel", {6: offer[3]})
        self.done("/v1/cancellations", cancel.raw, COSE, "an offer is taken back")
        self.refuses_hold(self.hold(offered), "request_cancelled", "an offer that was taken back")
        self.wait_until(short[7])
        self.refuses_hold(self.hold(Target.of_offer(short)), "request_expired", "an offer that has expired")
        self.unmoved("after refused handles")

    def changes(self):
        """Changes are decided as orders first (19.3)."""
        tab, opened = self.tab, self.verifier.checkpoint[6]
        expired = tab.change(created=opened, life=1)
        self.refused(self.client.post(CHANGES, expired.raw, COSE), expired, "expired_never_applied")
        for kind, created in (("before_epoch", opened - 1000), ("created_ahead", self.verifier.now() + 5 * MINUTE)):
            change = tab.change(created=created, life=10 * MINUTE)
            self.wrong(CHANGES, change.raw, COSE, kind, f"a change: {kind}")
        for label, amount in (("currency", [LIMIT, "NONE", 2]), ("scale", [LIMIT, self.asset[0], 2])):
            self.refuses(CHANGES, tab.change(members={9: amount}), "asset_unknown", f"a change: another {label}")
        ahead = uuid7(self.verifier.now() + 5 * MINUTE)
        for path, act in ((CLOSES, tab.close(act_id=ahead)), (RELEASES, tab.release(0, act_id=ahead))):
            self.wrong(path, act.raw, COSE, "created_ahead", f"ahead of time: {path}")
        self.unmoved("after refused changes")

    def borders(self):
        """The longest and shortest holds, what comes after spend_until, and 64 versions."""
        longest = self.lasting(31 * DAY, 31 * DAY, "the longest hold")
        tab = self.lasting(SHORT + 1, DAY, "the shortest hold")
        self.ended(longest, longest.release(0), "the longest hold is released")
        voucher = tab.voucher(2)
        self.wait_until(tab.order[11])
        self.charge(tab, tab.claim(voucher, 1), voucher, "a claim after spend_until")
        self.act(tab, "close", tab.close(), "a close after spend_until moves no time")
        self.ended(tab, tab.release(1), "a release after spend_until")
        tab = self.place(self.mina, self.jun, self.alias, 1, "", "a hold with many versions")
        for version in range(2, 65):
            self.act(tab, "change", tab.change(more=1), f"version {version}")
        self.drop(tab, 64, label="a voucher of the last version")
        self.ended(tab, tab.release(64), "the last version is released")

    def lasting(self, spending, grace, label):
        """A hold with these times, of an order of a short life."""
        now = self.verifier.now()
        members = {6: now + SHORT, 11: now + spending, 12: now + spending + grace}
        return self.place(self.mina, self.jun, self.alias, CENT, "", label, created=now, members=members)

    def malformed(self):
        """What chapter 6 does not read is decided by nobody."""
        good, change = self.hold().order, self.tab.change(more=1)
        created, until = good[5], good[11]
        for label, members in (
            ("a cap of nothing", {10: self.amount(0)}),
            ("a cap above 10^15", {10: self.amount(10**15 + 1)}),
            ("a life of more than 10 minutes", {6: created + 10 * MINUTE + 1}),
            ("spending that ends with the order's life", {11: good[6], 12: good[6] + DAY}),
            ("spending for more than 31 days", {11: created + 31 * DAY + 1, 12: created + 32 * DAY + 1}),
            ("a grace below a day", {12: until + DAY - 1}),
            ("a grace above 31 days", {12: until + 31 * DAY + 1}),
            ("an id of another time", {1: uuid7(created + 1)}),
            ("a voucher key in hardware", {13: Signer("ESP256").public}),
            ("the payee's key for vouchers", {9: keys.thumbprint(good[13])}),
            ("the account's key for vouchers", {13: self.mina.account_public}),
            ("a later member", {17: 1}),
            ("another version", {0: 2}),
        ):
            raw = signed_bytes("hold-order", good.fields | members, self.mina.act)
            self.wrong(HOLDS, encode([raw, None, None]), ORDER, "malformed", f"a hold: {label}")
        nothing = self.amount(0)
        for label, members in (("version 1", {8: 1}), ("version 65", {8: 65}), ("a cap of nothing", {9: nothing})):
            raw = signed_bytes("hold-change", change.fields | members, self.mina.act)
            self.wrong(CHANGES, raw, COSE, "malformed", f"a change: {label}")
        order, bundle = self.mina.order(self.alias, self.amount(1), {})
        self.wrong(HOLDS, encode([order.raw, bundle, None]), ORDER, "malformed", "an order in the place of a hold")
        hold = self.hold()
        self.wrong("/v1/orders", hold.body, ORDER, "malformed", "a hold in the place of an order")
        voucher = self.tab.voucher(1)
        worthless = signed_bytes("voucher", voucher.fields | {3: nothing}, self.tab.key)
        for kind, label, members in (
            ("malformed", "a claim of nothing", {7: nothing}),
            ("malformed", "a voucher of nothing", {6: worthless}),
            ("too_large", "a voucher of 193 bytes", {6: bytes(193)}),
        ):
            claim = self.tab.claim(voucher, 1)
            claim.raw = signed_bytes("claim", claim.fields | members, self.jun.session)
            self.refuses_claim(claim, kind, label)
        self.unmoved("after what nobody reads")

    def altered(self):
        """Steps 1 to 5 of 13.1 and of 10.5, for each call."""
        tab, stranger = self.tab, Wallet(self.verifier, "Ed25519")
        hold, other = self.hold(), self.hold()
        for label, bundle in (("no bundle", None), ("another bundle", other.bundle), ("no sealed message", b"x")):
            body = encode([hold.order.raw, bundle, None])
            self.wrong(HOLDS, body, ORDER, "bundle_mismatch", f"a hold: {label}")
        bare = sign("hold-order", {key: value for key, value in hold.order.fields.items() if key != 16}, self.mina.act)
        self.wrong(HOLDS, encode([bare.raw, hold.bundle, None]), ORDER, "bundle_mismatch", "an unnamed bundle")
        calls = (
            (HOLDS, ORDER, lambda raw: encode([raw, hold.bundle, None]), hold.order, self.mina.act, 2),
            (CHANGES, COSE, bytes, tab.change(more=1), self.mina.act, 2),
            (CLOSES, COSE, bytes, tab.close(), self.mina.session, 1),
            (RELEASES, COSE, bytes, tab.release(0), self.jun.session, 1),
        )
        for path, media, body, good, signer, member in calls:
            account, device = (3, 4) if member == 2 else (2, 3)
            for kind, members, key in (
                ("wrong_verifier", {member: bytes(32)}, signer),
                ("device_unknown", {account: self.ada.account}, signer),
                ("device_unknown", {device: stranger.device}, stranger.act),
                ("bad_signature", {}, stranger.act),
                ("bad_signature", {}, self.mina.session if member == 2 else self.jun.act),
            ):
                raw = signed_bytes(good.kind, good.fields | members, key)
                self.wrong(path, body(raw), media, kind, f"{path}: {kind}")
            raw = encode([good.protected, {}, good.payload, bytes(64)])
            self.wrong(path, body(raw), media, "bad_signature", f"{path}: not signed")
            self.wrong(path, body(good.raw)[:-1], media, "malformed", f"{path}: cut")
            for wrong in {COSE, CBOR, ORDER} - {media}:
                self.wrong(path, body(good.raw), wrong, "media_type", f"{path}: {wrong}")
            self.wrong(path, bytes(32 * 1024 + 1), media, "too_large", f"{path}: more than 32 KiB")
            self.problem(self.client.call("GET", path), "method_not_allowed", f"GET {path}")
        body = encode([[tab.claim(tab.voucher(1), 1).raw]])
        self.wrong(CLAIMS, body, COSE, "media_type", "claims as another media type")
        self.wrong(CLAIMS, body[:-1], CBOR, "malformed", "cut claims")
        self.wrong(CLAIMS, bytes(32 * 1024 + 1), CBOR, "too_large", "more than 32 KiB of claims")
        self.problem(self.client.call("GET", CLAIMS), "method_not_allowed", f"GET {CLAIMS}")
        self.unmoved("after what was altered")

    def journal(self):
        """By (account, id): another object of tabs with the id of one that was decided is a conflict (19.8)."""
        tab = self.tab
        claim, _ = self.drop(tab, CENT, label="a claim")
        placed, other = tab.order, self.hold(created=tab.order[5])
        second = sign("hold-order", other.order.fields | {1: placed[1]}, self.mina.act)
        self.wrong(HOLDS, encode([second.raw, other.bundle, None]), ORDER, "id_conflict", "a hold with a hold's id")
        change = tab.change(more=1, created=placed[5], members={1: placed[1]})
        self.wrong(CHANGES, change.raw, COSE, "id_conflict", "a change with a hold's id")
        close = tab.close(act_id=placed[1])
        self.wrong(CLOSES, close.raw, COSE, "id_conflict", "a close with a hold's id")
        self.refuses_claim(tab.claim(tab.voucher(CENT), 1, act_id=claim[4]), "id_conflict", "a claim with a claim's id")
        release = tab.release(CENT, act_id=claim[4])
        self.wrong(RELEASES, release.raw, COSE, "id_conflict", "a release with a claim's id")
        change = tab.change(more=1)
        self.act(tab, "change", change, "a change")
        another = tab.change(more=2, created=change[5], members={1: change[1]})
        self.wrong(CHANGES, another.raw, COSE, "id_conflict", "a change with a change's id")
        same = {"created": placed[5], "members": {1: placed[1]}}
        order, bundle = self.mina.order(Target.of_alias(self.mina.record), self.amount(1), {}, **same)
        self.refused(self.post(order, bundle), order, "own_handle")  # the journal of orders is another
        withdraw = self.jun.act_of("request-withdraw", {6: os.urandom(16)}, claim[4])
        self.done("/v1/withdrawals", withdraw.raw, COSE, "another session act with a claim's id")
        theirs = Tab(self.ada, self.jun, self.alias, self.amount(CENT), created=placed[5])
        members = theirs.order.fields | {1: placed[1], 13: placed[13], 15: placed[15], 16: placed[16]}
        theirs.order, theirs.bundle = sign("hold-order", members, self.ada.act), tab.bundle
        theirs.hold, theirs.key = theirs.order.hash, tab.key
        raw = self.client.post(HOLDS, theirs.body, ORDER).expect(200, COSE)
        self.held(theirs, raw, theirs.order, "place", "another account's hold with the same id and voucher key")
        self.report.check(theirs.hold != tab.hold, "each hold has its name")
        self.ended(theirs, theirs.release(0), "the other account's hold")
        self.ended(tab, tab.release(CENT), "the hold of all parts")
