"""Tabs within a device's scope, after its revocation, and as many as there may be (9, 19.7)."""

from . import keys
from .cbor import encode
from .client import CBOR, COSE, ORDER
from .cose import Signed
from .scenario import DEVICES
from .tab import Tab
from .tab_calls import CENT, CHANGES, CLOSES, HOLDS, RELEASES, TabCalls
from .tabs import DAY
from .wallet import Device, Target, Wallet

LIMIT = 20 * CENT
OF_A_PAIR, OF_A_PAYER = 8, 256


class Limited(TabCalls):
    """Every method is a part of the scenario, in the order of `PARTS`."""

    PARTS = ("enrol", "limits", "permissions", "receiving", "revoked", "of_a_pair", "of_a_payer")

    def begin(self):
        """A payer, a payee, and somebody else who is paid."""
        self.mina, self.jun = Wallet(self.verifier, "ESP256"), Wallet(self.verifier, "Ed25519")
        self.ada = Wallet(self.verifier, "Ed25519")

    def enrol(self):
        """Three accounts with a grant each, and a hold between two of them."""
        self.enrol_parties(self.mina, self.jun, self.ada)
        self.alias, self.other = Target.of_alias(self.jun.record), Target.of_alias(self.ada.record)
        self.tab = self.place(self.mina, self.jun, self.alias, 2 * LIMIT, "", "a hold by alias")

    def add(self, wallet, *scopes):
        """Devices of an account with these scopes, by a new list."""
        devices = [Device(self.verifier, "Ed25519") for _ in scopes]
        fresh = [wallet.admit(device, scope) for device, scope in zip(devices, scopes, strict=True)]
        fresh.sort(key=lambda each: keys.first_16(each[3]))
        known = [wallet.certificates[row[0]] for row in wallet.devices[4]]
        self.put(wallet, [*known, *fresh], fresh)
        return devices

    def put(self, wallet, listed, fresh=()):
        """A list in force, and its entry."""
        listed = wallet.list_of(listed)
        receipt = self.list_in_force(self.put_list(wallet, listed, fresh), listed)
        wallet.devices = listed
        self.told("a list", (wallet, [receipt[1], receipt[2], DEVICES, receipt.raw, listed.raw, *[None] * 5]))

    def forbids(self, device, kind, label, cap=1, target=None, payee=None):
        """A hold that its device may not place."""
        tab = Tab(device, payee or self.jun, target or self.alias, self.amount(cap))
        self.refuses_hold(tab, kind, f"{label}: a hold")

    def limits(self):
        """An order's limit bounds the whole cap; a day's, what is added; what goes back is not taken off again."""
        each, daily, foreign, foreign_daily = self.add(
            self.mina,
            {0: 2, 1: [self.amount(LIMIT)]},
            {0: 2, 2: [self.amount(2 * LIMIT)]},
            {0: 7, 1: [[LIMIT, "ZZZ", 2]]},
            {0: 7, 2: [[LIMIT, "ZZZ", 2]]},
        )
        for device, kind in ((foreign, "order_limit"), (foreign_daily, "day_limit")):
            self.forbids(device, kind, "limits in another currency")
            self.refuses(CHANGES, self.tab.change(more=1, device=device), kind, "another currency: a change")
        self.forbids(each, "order_limit", "above an order's limit", LIMIT + 1)
        tab = self.place(each, self.jun, self.alias, LIMIT, "", "up to an order's limit", owner=self.mina)
        self.refuses(CHANGES, tab.change(more=1), "order_limit", "above an order's limit after a change")
        self.act(tab, "change", tab.change(longer=DAY), "a longer hold of the same cap")
        self.refuses(CHANGES, self.tab.change(device=each), "order_limit", "another device's hold above the limit")
        self.act(tab, "change", tab.change(more=LIMIT, device=self.mina), "raised by another device")
        self.ended(tab, tab.release(0), "the limited device's hold")

        tab = self.place(daily, self.jun, self.alias, LIMIT, "", "half of a day's limit", owner=self.mina)
        unknown = {7: bytes(32)}
        for kind, more in (("hold_unknown", 0), ("day_limit", 1)):
            change = tab.change(more=more, device=daily, members=unknown)
            self.refuses(CHANGES, change, kind, "an unknown hold counts whole")
        self.refuses(CHANGES, tab.change(more=LIMIT + 1), "day_limit", "above a day's limit by a change")
        self.act(tab, "change", tab.change(more=LIMIT), "up to a day's limit")
        self.act(tab, "change", tab.change(longer=DAY), "longer, when the day's limit is used up")
        self.refuses(CHANGES, tab.change(more=1), "day_limit", "a unit above a day's limit")
        self.ended(tab, tab.release(0), "the hold of a day's limit")
        self.forbids(daily, "day_limit", "what went back is not taken off again")
        order, bundle = daily.order(self.alias, self.amount(1), {})
        self.refused(self.post(order, bundle), order, "day_limit")

    def permissions(self):
        """Who may place, change and close; and for whom."""
        soon = self.verifier.now() - 1
        receives, expired, only, pays = self.add(
            self.mina, {0: 5}, {0: 7, 4: soon}, {0: 2, 3: [self.alias.handle]}, {0: 2}
        )
        for device, kind, label in (
            (receives, "scope_forbids", "without the permission to pay"),
            (expired, "device_expired", "expired"),
        ):
            self.forbids(device, kind, label)
            self.refuses(CHANGES, self.tab.change(more=1, device=device), kind, f"{label}: a change")
            missing = self.tab.change(device=device, members={7: bytes(32)})
            self.refuses(CHANGES, missing, kind, f"{label}: a change of nothing")
            self.wrong(CLOSES, self.tab.close(device).raw, COSE, "forbidden", f"{label}: a close")
        self.forbids(only, "scope_forbids", "another payee", 1, self.other, self.ada)
        theirs = self.place(self.mina, self.ada, self.other, CENT, "", "a hold for another")
        self.refuses(CHANGES, theirs.change(more=1, device=only), "scope_forbids", "another payee: a change")
        missing = theirs.change(device=only, members={7: bytes(32)})
        self.refuses(CHANGES, missing, "hold_unknown", "of nothing the permission alone counts")
        self.act(self.tab, "change", self.tab.change(more=1, device=only), "a change for the only payee")
        self.act(theirs, "close", theirs.close(only), "a close for any payee")
        raw = self.client.post(CLOSES, theirs.close(pays).raw, COSE).expect(200, COSE)
        self.report.equal(raw, theirs.raw, "a close again by a device that pays alone")
        self.ended(theirs, theirs.release(0), "the other payee's hold")

    def receiving(self):
        """A payee's devices claim and release when they may receive."""
        receives, pays, soon = self.add(self.jun, {0: 1}, {0: 6}, {0: 7, 4: self.verifier.now() - 1})
        voucher = self.tab.voucher(CENT)
        for device, label in ((pays, "that may not receive"), (soon, "that has expired")):
            self.refuses_claim(self.tab.claim(voucher, CENT, device), "forbidden", f"a claim by a device {label}")
            release = self.tab.release(0, device)
            self.wrong(RELEASES, release.raw, COSE, "forbidden", f"a release by a device {label}")
        self.drop(self.tab, CENT, device=receives, label="a claim by a device that receives alone")
        tab = self.place(self.mina, self.jun, self.alias, CENT, "", "a hold for a till")
        self.ended(tab, tab.release(0, receives), "a release by a device that receives alone")
        self.put(self.jun, [self.jun.certificates[self.jun.device]])
        self.refuses_claim(self.tab.claim(voucher, 1, receives), "device_is_revoked", "a claim by a revoked device")
        release = self.tab.release(CENT, receives)
        self.wrong(RELEASES, release.raw, COSE, "device_is_revoked", "a release by a revoked device")

    def revoked(self):
        """A revoked device places and changes nothing; its vouchers stay good, and another device closes (19.7)."""
        (lost,) = self.add(self.mina, {0: 7})
        tab = self.place(lost, self.jun, self.alias, LIMIT, "", "a hold of a phone", owner=self.mina)
        voucher, late = tab.voucher(CENT), tab.voucher(2 * CENT)
        self.drop(tab, CENT // 2, label="before the revocation")
        remaining = [self.mina.certificates[row[0]] for row in self.mina.devices[4] if row[0] != lost.device]
        self.put(self.mina, remaining)
        self.forbids(lost, "device_revoked", "a revoked device")
        self.refuses(CHANGES, tab.change(more=1), "device_revoked", "a revoked device's change")
        self.wrong(CLOSES, tab.close().raw, COSE, "device_is_revoked", "a revoked device's close")
        again = self.client.post(HOLDS, tab.body, ORDER).expect(200, COSE)
        self.report.equal(Signed("hold-receipt", again)[5], tab.hold, "its hold order is in the journal")
        for word, label in ((voucher, "a voucher of before"), (late, "a voucher after the close")):
            self.charge(tab, tab.claim(word, word[3][0]), word, label)
            if word is voucher:
                self.act(tab, "close", tab.close(self.mina), "the owner closes")
        self.ended(tab, tab.release(2 * CENT), "the lost phone's hold")
        self.ended(self.tab, self.tab.release(CENT), "the first hold")

    def of_a_pair(self):
        """8 holds for one handle that have not ended; another handle of the same account says nothing of it."""
        record, held = self.jun.name(), []
        body = encode([self.jun.act_of("alias-register", {6: record.bytes_hash}).raw, record.raw])
        self.done("/v1/aliases", body, CBOR, "a second alias")
        second = Target.of_alias(record)
        for number in range(OF_A_PAIR):
            held.append(self.place(self.mina, self.jun, self.alias, number + 1, "", f"hold {number + 1} of a pair"))
        self.act(held[0], "close", held[0].close(), "a hold that is closed has not ended")
        for cap in (1, self.grant):
            ninth = Tab(self.mina, self.jun, self.alias, self.amount(cap))
            self.refuses_hold(ninth, "too_many_holds", "a ninth hold of a pair")
        self.unmoved("after a ninth hold")
        held.append(self.place(self.mina, self.jun, second, 1, "", "a hold for another handle of the payee"))
        held.append(self.place(self.mina, self.ada, self.other, 1, "", "a hold for another"))
        held.append(self.place(self.ada, self.jun, self.alias, 1, "", "another's hold"))
        self.ended(held[0], held.pop(0).release(0), "the closed one")
        held.append(self.place(self.mina, self.jun, self.alias, 1, "", "an eighth hold again"))
        for tab in held:
            self.ended(tab, tab.release(0), "one of many")

    def of_a_payer(self):
        """256 holds of an account that have not ended, for as many payees as it takes."""
        payees = [Wallet(self.verifier, "Ed25519") for _ in range(OF_A_PAYER // OF_A_PAIR + 1)]
        self.enrol_all(*payees)
        named = [(payee, Target.of_alias(payee.record)) for payee in payees for _ in range(OF_A_PAIR)]
        tabs = [Tab(self.mina, payee, target, self.amount(1)) for payee, target in named[: OF_A_PAYER + 1]]
        for tab in tabs[:-1]:
            raw = self.client.post(HOLDS, tab.body, ORDER).expect(200, COSE)
            self.report.equal(Signed("hold-receipt", raw)[5], tab.hold, "one of very many holds")
        self.refuses_hold(tabs[-1], "too_many_holds", "a hold too many")
        cost = OF_A_PAYER * (1 + self.fee(self.amount(1)))
        [[*_, balance]] = self.account(self.mina).balances
        before = self.grant - sum(tab.cost() for tab in self.tabs.values() if tab.payer.account == self.mina.account)
        self.report.equal(balance, before - cost, "what very many holds set aside")
