"""The life of a tab, from the offer to its end. Somebody is killed in the middle of it; it goes on from what is stored."""

import time

from . import meeting
from .world import Failed

PRICE, CAP, RAISED, DROPS = "0.02 USD", "1.00 USD", "2.00 USD", (20_000, 30_000, 50_000)
RAISED_UNITS = 2_000_000

WRITER = ("writer-before-commit", "writer-after-commit-before-reply", "after-reply-sign")
DRAFTED = ("draft-before-store", "draft-after-store")
ORDERED = ("order-before-store", "order-after-store")
ANSWERED = ("tab-before-store", "tab-after-store")
CLAIMED = ("tab-claim-after-store", "tab-claim-after-answer")
# What each step comes by: the points of the wallet, then those of the verifier.
STEPS = {
    "offer": (("request-after-store", "act-after-answer"), ("bind-after-commit",)),
    "open": ((*DRAFTED, *ORDERED, *ANSWERED), WRITER),
    "raise": ((*DRAFTED, *ORDERED, *ANSWERED), WRITER),
    "pay": (("voucher-after-store",), ()),
    "take": (("entries-before-store", "entries-after-store", "voucher-before-taken", "voucher-after-taken"), ()),
    "claim": (CLAIMED, WRITER),
    "close": (("close-after-store", *ANSWERED), WRITER),
    "release": (CLAIMED, WRITER),
}
# The same where offer and vouchers go from contact to contact.
MESSAGES = {
    "offer": (("message-before-store", "message-after-store", "message-after-answer"), ("message-after-commit",)),
    "pay": (("message-before-store", "message-after-store", "message-after-answer"), ("message-after-commit",)),
    "take": (("inbox-before-store", "inbox-after-store"), ()),
}
# What no payment comes by.
ALONE = ("tab", "close", "voucher")


def each():
    """A kill at every point of every step: who, where, in which life."""
    for carrier, steps in ((False, STEPS), (True, MESSAGES)):
        for step, points in steps.items():
            for kind, some in zip(("wallet", "verifier"), points):
                yield from ((kind, point, (step, carrier)) for point in some)


def live(world, kind, point, life):
    """One tab in which somebody is killed. Returns what was hit when that was a random moment."""
    step, by_message = life or (world.random.choice(list(STEPS)), world.random.random() < 0.2)
    if by_message and not world.acquainted:
        meeting.pair(world, "ann", "truck")
        for name in ("ann", "truck", "ann"):
            world.wallet(name, "sync")
        world.acquainted = meeting.contact(world, "truck", "ann")[0]["name"]
    tab = Tab(world, kind, point, step, by_message)
    tab.run()
    return tab.hit


class Tab:
    """A tab of ann's at the truck."""

    def __init__(self, world, kind, point, step, by_message):
        self.world, self.kind, self.point, self.step, self.by_message = world, kind, point, step, by_message
        self.hit = None
        self.paid = 0

    def run(self):
        """From the offer to the end."""
        self.open(self.offer())
        self.drop(DROPS[0])
        if self.step == "raise" or self.chance():
            self.raise_cap()
        if self.step == "claim" or self.chance():
            self.drop(DROPS[1])
            self.claim()
        if self.chance():
            # It is not shown; the next one is for both.
            self.pay(DROPS[1])
        self.drop(DROPS[2])
        if self.chance():
            self.look()
        # Whoever lets go before it was closed has claimed everything.
        if self.step == "close" or self.chance():
            self.close()
        else:
            self.claim()
        self.release()
        if self.point and not self.hit:
            raise Failed(f"a tab's {self.step} does not come by {self.point}")

    def chance(self):
        return self.world.random.random() < 0.3

    # What is done, one command each, until it is.

    def offer(self):
        """The link or id by which an offer can be accepted; one that a kill has left is good."""
        given = ["--to", self.world.acquainted] if self.by_message else []
        made = self.do("offer", "truck", "tab", "offer", PRICE, "--unit", "article", "--cap", CAP, *given)
        if not made:
            self.world.settle()
            offers = self.world.wallet("truck", "tab", "offers")["offers"]
            mine = [offer for offer in offers if offer["own"] and offer["state"] == "open"]
            made = mine[0] if mine and not given else None
        made = made or self.world.wallet("truck", "tab", "offer", PRICE, "--unit", "article", "--cap", CAP, *given)
        if not self.by_message:
            return made["link"]
        self.world.wallet("ann", "sync")
        sent = [o["id"] for o in self.world.wallet("ann", "tab", "offers")["offers"] if o["id"] == made["id"]]
        if len(sent) != 1:
            raise Failed(f"an offer that was sent is there {len(sent)} times")
        return made["id"]

    def open(self, target):
        call = ("--yes", "tab", "open", target, "--wait", "5s")
        opened = self.do("open", "ann", *call)
        if not opened:
            self.world.wallet("ann", "sync")
            # Where nothing lives, it was killed before there was an order.
            opened = self.live("ann")[0] if self.live("ann") else self.world.wallet("ann", *call)
        self.id = opened["id"]

    def raise_cap(self):
        call = ("--yes", "tab", "raise", self.id, RAISED, "--longer", "1h", "--wait", "5s")
        self.do("raise", "ann", *call)
        for again in (("sync",), call):
            if int(self.mine("ann")["cap"]["value"]) != RAISED_UNITS:
                self.world.wallet("ann", *again)
        if int(self.mine("ann")["cap"]["value"]) != RAISED_UNITS:
            raise Failed("a tab is not raised")

    def pay(self, units):
        """Pays a drop; its voucher's text, unless that goes by message."""
        call = ("tab", "pay", self.id, f"0.{units // 10_000:02} USD")
        paid = self.do("pay", "ann", *call)
        if not paid:
            # Killed after the voucher was stored, it is paid and shown to nobody; its message a sync sends.
            total = int(self.mine("ann")["total"]["value"])
            if total not in (self.paid, self.paid + units):
                raise Failed(f"a drop of {units} units makes {total} of {self.paid}")
            if self.by_message and total > self.paid:
                self.world.wallet("ann", "sync")
                self.paid = total
                return None
            self.paid = total
            paid = self.world.wallet("ann", *call)
        self.paid += units
        if int(paid["total"]["value"]) != self.paid:
            raise Failed(f"a voucher is for {paid['total']} after drops of {self.paid} units")
        if self.by_message and not paid["sent"]:
            # The verifier was away when it went out.
            self.world.wallet("ann", "sync")
        return paid["voucher"]

    def drop(self, units):
        """Pays and takes a drop."""
        voucher = self.pay(units)
        call = ("sync",) if self.by_message else ("tab", "take", voucher)
        taken = self.do("take", "truck", *call) or self.world.wallet("truck", *call)
        taken = (self.mine("truck") if self.by_message else taken)["total"]["value"]
        if int(taken) != self.paid:
            raise Failed(f"{taken} units are taken of {self.paid} that were paid")

    def claim(self):
        if not self.do("claim", "truck", "tab", "claim"):
            self.world.wallet("truck", "sync")
            self.world.wallet("truck", "tab", "claim")
        claimed = self.mine("truck")["claimed"]["value"]
        if int(claimed) != self.paid:
            raise Failed(f"{claimed} units are claimed of {self.paid} that were taken")

    def close(self):
        closed = self.do("close", "ann", "tab", "close", self.id)
        if not closed:
            self.world.wallet("ann", "sync")
            closed = self.world.wallet("ann", "tab", "close", self.id)
        if closed["state"] != "closed" or self.world.wallet("ann", "tab", "pay", self.id, PRICE, may_fail=True):
            raise Failed("more is paid from a tab that is closed")
        # Who earns by it hears of it, and claims.
        self.world.wallet("truck", "sync")

    def release(self):
        earned = self.mine("truck")["id"]
        if not self.do("release", "truck", "tab", "release", earned):
            self.world.wallet("truck", "sync")
            if self.live("truck"):
                self.world.wallet("truck", "tab", "release", earned)
        self.world.wallet("ann", "sync")
        for name, tab in (("ann", self.id), ("truck", earned)):
            tab = next(known for known in self.world.tabs(name) if known["id"] == tab)
            if (tab["state"], int(tab["claimed"]["value"]), tab["pending"]) != ("ended", self.paid, []):
                raise Failed(f"{name}'s tab over {self.paid} units: {tab}")

    def look(self):
        """In the middle of it: what is set aside, and what is on its way."""
        self.world.wallet("ann", "sync")
        tab = self.mine("ann")
        aside = int(tab["cap"]["value"]) - int(tab["claimed"]["value"])
        coming = self.paid - int(self.mine("truck")["claimed"]["value"])
        found = [int(self.world.balance("ann")["held"]["value"]), int(self.world.balance("truck")["incoming"]["value"])]
        if found != [aside, coming]:
            raise Failed(f"held and incoming are {found} units, and not {[aside, coming]}")

    # How it stands.

    def live(self, name):
        """Tabs of this wallet that have not ended."""
        return [tab for tab in self.world.tabs(name) if tab["state"] in ("open", "closed")]

    def mine(self, name):
        """This tab, by one of its sides: the only one that has not ended."""
        found = self.live(name)
        if len(found) != 1:
            raise Failed(f"{name} has {len(found)} such tabs: {found}")
        return found[0]

    # Who is killed, and when.

    def do(self, step, name, *arguments):
        """Runs a command, with the kill when it is time for it. None when somebody was killed meanwhile."""
        if self.hit or step != self.step:
            return self.world.wallet(name, *arguments)
        if not self.point:
            return self.at_random(step, name, *arguments)
        done, self.hit = self.world.killed(self.kind, self.point, name, *arguments)
        return done

    def at_random(self, step, name, *arguments):
        """Kills wallet or verifier in the middle of it, or, when it was over before, in the step that comes next."""
        process = self.world.popen(name, *arguments)
        time.sleep(self.world.random.uniform(0.0, self.world.command_s))
        is_over = process.poll() is not None
        self.world.command_s = min(1.0, self.world.command_s * (0.8 if is_over else 1.1))
        if is_over:
            self.step = list(STEPS)[(list(STEPS).index(step) + 1) % len(STEPS)]
            return self.world.said(process, name, arguments)
        if self.world.random.random() < 0.5:
            self.hit = "random moment of the wallet in a tab"
            process.kill()
        else:
            self.hit = "random moment of the verifier in a tab"
            self.world.kill_verifier()
            self.world.start()
        return self.world.said(process, name, arguments, may_fail=True)
