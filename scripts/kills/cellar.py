"""Money without network: what is set aside, paid from, taken and claimed. Somebody is killed in the middle of it; it goes on from
what is stored."""

from .world import Failed

CAP, CAP_UNITS, DROP, DROP_UNITS = "0.40 USD", 400_000, "0.01 USD", 10_000
# A payer may have eight that are not settled, which takes days: then somebody else pays.
ALLOWANCES_EACH = 7

WRITER = ("writer-before-commit", "writer-after-commit-before-reply", "after-reply-sign")
ANSWERED = ("allowance-before-store", "allowance-after-store")
# What each step comes by: the points of the wallet, then those of the verifier.
STEPS = {
    "allow": (("draft-before-store", "draft-after-store", "allowance-after-key", "allowance-after-anchor",
               "order-before-store", "order-after-store", *ANSWERED), WRITER),
    "pay": (("offline-after-anchor", "offline-after-store"), ()),
    "accept": (("offline-before-taken", "offline-after-taken"), ()),
    "claim": (("offline-claim-after-store", "offline-claim-after-answer"), (*WRITER, "offline-claim-after-commit")),
    "revoke": (ANSWERED, ("writer-before-commit", "writer-after-commit-before-reply")),
}
# What nothing else comes by; and what only time brings about, which the verifier's own tests do.
ALONE = ("allowance", "offline")
OF_TIME = ("settlement",)


def each():
    """A kill at every point of every step: who, where, in which step."""
    for step, points in STEPS.items():
        for kind, some in zip(("wallet", "verifier"), points):
            yield from ((kind, point, step) for point in some)


def live(world, kind, point, step):
    """One payment in a cellar in which somebody is killed."""
    if not world.cellar or world.cellar.is_full():
        world.cellar = Cellar(world)
    world.cellar.live(kind, point, step)


class Cellar:
    """One who pays and one who is paid, neither of them with network."""

    def __init__(self, world):
        self.world, self.payer, self.payee = world, world.spare(), world.spare()
        for name in (self.payer, self.payee):
            world.init(name)
            world.wallet(name, "sync")
        self.paid = self.burnt = 0

    def is_full(self):
        return len(self.allowances()) >= ALLOWANCES_EACH

    def live(self, kind, point, step):
        self.kind, self.point, self.step, self.hit = kind, point, step, False
        if step == "allow":
            self.end_those_before()
        if not (mine := self.open()) or int(mine[0]["left"]["value"]) < 3 * DROP_UNITS:
            self.end_those_before()
            self.allow()
        self.pay_one()
        if step == "revoke":
            self.revoke()
        self.look()
        if not self.hit:
            raise Failed(f"without network, {step} does not come by {point}")

    # What is done, one command each, until it is.

    def end_those_before(self):
        """So that one is open at most."""
        for own in self.open():
            self.world.wallet(self.payer, "offline", "revoke", own["id"])

    def allow(self):
        call = ("--yes", "offline", "allow", CAP, "--lasts", "1d", "--wait", "5s")
        if not self.do("allow", self.payer, *call):
            self.world.wallet(self.payer, "sync")
            # Where nothing is set aside, it was killed before there was an order.
            if not self.open():
                self.world.wallet(self.payer, *call)
        if len(self.open()) != 1:
            raise Failed(f"set aside: {self.open()}")

    def pay_one(self):
        asked = self.world.wallet(self.payee, "offline", "request", DROP)
        number = max([0, *(payment["number"] for payment in self.open()[0]["payments"])])
        spent = int(self.open()[0]["spent"]["value"])
        call = ("--yes", "offline", "pay", asked["request"])
        if not (paid := self.do("pay", self.payer, *call)):
            paid = self.world.wallet(self.payer, *call)
        again = self.world.wallet(self.payer, *call)
        if paid["payment"] != again["payment"]:
            raise Failed("one request is answered in two ways")
        # A number whose voucher nobody has seen stays counted.
        burnt = (int(self.open()[0]["spent"]["value"]) - spent) // DROP_UNITS - 1
        if burnt != (self.hit and self.point == "offline-after-anchor") or paid["number"] < number + 1 + burnt:
            raise Failed(f"after {self.point}: number {paid['number']} after {number}, {burnt} of them burnt")
        self.burnt += burnt
        self.paid += 1
        self.accept(paid["payment"])

    def accept(self, payment):
        call = ("--yes", "offline", "accept", payment)
        self.do("accept", self.payee, *call)
        taken = self.world.wallet(self.payee, *call)
        if taken["new"] and not (self.hit and self.point == "offline-before-taken"):
            raise Failed("what was taken is forgotten")
        if not self.do("claim", self.payee, "offline", "claim"):
            self.world.wallet(self.payee, "sync")
            self.world.wallet(self.payee, "offline", "claim")

    def revoke(self):
        mine = self.open()[0]["id"]
        if not self.do("revoke", self.payer, "offline", "revoke", mine):
            self.world.wallet(self.payer, "sync")
            # The verifier may have died over what comes before it.
            self.end_those_before()
        if self.open():
            raise Failed("what was revoked is spent from")

    # How it stands.

    def look(self):
        """Everything that was paid was taken and claimed, once; what is set aside is what was ordered."""
        taken = self.world.wallet(self.payee, "offline", "list")["taken"]
        states = [payment["state"] for payment in taken]
        if states != ["claimed"] * self.paid:
            raise Failed(f"{self.paid} payments were made without network, they are {states}")
        spent = sum(int(own["spent"]["value"]) for own in self.allowances())
        if spent != (self.paid + self.burnt) * DROP_UNITS:
            raise Failed(f"{spent} units are spent by {self.paid} payments, {self.burnt} numbers are burnt")
        held = int(self.world.balance(self.payer)["held"]["value"])
        if held != len(self.allowances()) * CAP_UNITS or any(own["frozen"] for own in self.allowances()):
            raise Failed(f"{held} units are set aside: {self.allowances()}")

    def allowances(self):
        return [own for own in self.world.wallet(self.payer, "offline", "list")["allowances"] if own["state"] != "refused"]

    def open(self):
        return [own for own in self.allowances() if own["state"] in ("ordering", "open")]

    def do(self, step, name, *arguments):
        """Runs a command, with the kill when it is time for it. None when somebody was killed meanwhile."""
        if self.hit or step != self.step:
            return self.world.wallet(name, *arguments)
        done, self.hit = self.world.killed(self.kind, self.point, name, *arguments)
        return done
