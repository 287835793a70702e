"""One cycle of each kind: something is begun, somebody is killed in the middle of it, and everything comes back."""

import re
import time
from collections import Counter

from . import cellar, losing, meeting, tabs
from .world import ROOT, Failed

# The points that two wallets come by when they meet: pairing, and the confirmations that go through the mailbox.
MEETING = ("pairing", "card", "claim", "message", "inbox")
SLOW = (*MEETING, "restore", "devices", "epoch", "loss")
# So many cycles between two looks at everything.
CHECK_EVERY = 25


def points(source):
    """The named points that a crash.rs lists."""
    return re.findall(r'= "([a-z-]+)";', (ROOT / source).read_text())


class Plan:
    """Which kills come, in which order: every point, then the quick ones and random moments again and again.

    A kill is who dies, where, and in which step of a tab's life, or of a payment without network (its name), if in one."""

    def __init__(self, cycles, only="", story="all"):
        kinds = {"wallet": "core/src/crash.rs", "verifier": "verifier/src/crash.rs"}
        told = {"tabs": list(tabs.each()), "cellar": list(cellar.each())}
        alone = {p for lives in told.values() for _, p, _ in lives if p.startswith((*tabs.ALONE, *cellar.ALONE))}
        told["payments"] = [(kind, p, None) for kind, source in kinds.items() for p in points(source)
                            if p not in alone and not p.startswith(cellar.OF_TIME)]
        lives = told["tabs"] if story in ("tabs", "all") else []
        each = [kill for name in ("payments", "tabs", "cellar") if story in (name, "all") for kill in told[name]]
        each = [kill for kill in each if kill[1].startswith(only)]
        self.points = list(dict.fromkeys(p for _, p, _ in each))
        # Meetings, losses and tabs take long: killed at every point once in a few hundred kills.
        quick = [kill for kill in each if only or not (kill[2] or kill[1].startswith(SLOW))]
        if not only:
            quick += [("random", None, None)] * len(quick) + [("random tab", None, None)] * (len(lives) // 4)
        self.kills = []
        while len(self.kills) < cycles:
            self.kills += each
            for _ in range(5):
                self.kills += quick
        del self.kills[cycles:]
        # The slow ones first, so that nobody waits for them in the end.
        self.kills.sort(key=lambda kill: not (kill[1] and (kill[2] or kill[1].startswith(SLOW))))

    def missed(self, counts):
        """Points that were to be hit and were not."""
        wanted = {p for _, p, _ in self.kills if p}
        return [p for p in self.points if p in wanted and not counts[p]]


def live(world, kills):
    """Kills until there is nothing left to do; `kills` is shared with other worlds. Returns the random moments by kind."""
    counts = Counter()
    for done, (kind, point, life) in enumerate(kills, 1):
        if isinstance(life, str):
            cellar.live(world, kind, point, life)
        elif life or kind == "random tab":
            # So with a tab that was over.
            while not (hit := tabs.live(world, kind, point, life)):
                pass
            counts[hit] += not point
        elif kind == "wallet":
            at_wallet_point(world, point)
        elif kind == "verifier":
            at_verifier_point(world, point)
        else:
            # A payment that was over before the kill is none.
            while not (hit := at_random(world)):
                pass
            counts[hit] += 1
        world.settle()
        if done % CHECK_EVERY == 0:
            world.check()
    return counts


def at_wallet_point(world, point):
    if point.startswith("enrol"):
        name = world.spare()
        if world.init(name, point=point) is not None:
            raise Failed(f"{point} did not end init")
        if world.init(name) is None:
            raise Failed(f"init after {point} was killed, without being asked to")
    elif point.startswith("generation"):
        world.wallet("ann", "sync", point=point)
    elif point.startswith("checkpoint"):
        world.pay(world.request()["link"])
        world.operator("checkpoint")
        world.wallet("ann", "sync", point=point)
    elif point.startswith(("restore", "devices")):
        losing.lose_a_phone(world, point)
    elif point.startswith(MEETING):
        meeting.meet(world, point=point)
    elif point.startswith(("epoch", "loss")):
        losing.lose_the_ledger(world, point)
    elif point.startswith("entries"):
        world.pay(world.request()["link"])
        world.wallet("truck", "sync", point=point)
    elif point.startswith(("request", "act")):
        world.request(point=point)
    elif point.startswith(("draft", "order", "answer")):
        world.pay(world.request()["link"], point=point)
    else:
        raise Failed(f"no action is known that comes by {point}")


def at_verifier_point(world, point):
    if point.startswith("devices"):
        return losing.lose_a_phone(world, point, verifier=point)
    if point.startswith(MEETING):
        return meeting.meet(world, verifier=point)
    link = world.request()["link"]
    world.kill_verifier()
    world.start(point)
    if point.startswith("enrolment"):
        name = world.spare()
        world.init(name, may_fail=True)
        world.verifier.wait(timeout=30)
        world.start()
        return world.init(name)
    if point.startswith("seal"):
        world.pay(link, may_fail=True)
        try:
            world.operator("checkpoint")
        except Failed:
            # It was killed while it made one.
            pass
        world.verifier.wait(timeout=30)
        return world.start()
    # It is started again while the wallet still tries.
    world.away(world.popen(*(world.asking() if point.startswith("bind") else world.paying(link))))


def at_random(world):
    """Kills wallet or verifier during a payment; `None` when the payment was over before."""
    process = world.popen(*world.paying(world.request()["link"]))
    time.sleep(world.random.uniform(0.0, world.payment_s))
    hit = process.poll() is None
    world.payment_s = min(1.0, world.payment_s * (1.1 if hit else 0.8))
    if not hit:
        process.communicate()
        return None
    if world.random.random() < 0.5:
        process.kill()
        process.communicate()
        return "random moment of the wallet"
    world.kill_verifier()
    world.start()
    process.communicate(timeout=90)
    return "random moment of the verifier"
