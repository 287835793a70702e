"""Two wallets meet, and one of the processes is killed over it."""

import secrets
import signal
import time

from .world import GRANT_UNITS, SUM, Failed


def meet(world, point=None, verifier=None):
    """Two wallets pair, killed at a point, or the verifier is; after that they know each other, or pair again."""
    new, before = world.spare(), world.hit(point)
    world.init(new)
    if verifier:
        world.kill_verifier()
        world.start(verifier)
    pair(world, "pal", new, point)
    if verifier:
        world.verifier.wait(timeout=30)
        world.start()
    pals = ("pal", new, "pal", new)
    for name in pals:
        # Whether messages came while they met depends on who was quicker. If nobody died at the point, somebody does now.
        world.wallet(name, "sync", point=point if world.hit(point) == before else None)
    # Before a side has stored that the codes are the same, nobody was met.
    if strangers(world, new) and (point or "") == "pairing-before-store":
        if pair(world, "pal", new):
            raise Failed(f"after {point or verifier} they cannot pair again")
        for name in pals:
            world.wallet(name, "sync")
    if strangers(world, new):
        raise Failed(f"after {point or verifier} they do not know each other: {strangers(world, new)}")
    called = contact(world, "pal", new)[0]["name"]
    world.wallet("pal", "--yes", "pay", called, SUM)
    world.wallet(new, "sync")
    if int(world.wallet(new, "balance")["balances"][0]["available"]["value"]) != GRANT_UNITS + 10_000:
        raise Failed(f"after {point or verifier} a payment to the contact does not arrive")


def pair(world, one, other, point=None):
    """Runs both sides of a pairing; whoever is left alone is interrupted. Returns what went wrong, if anything."""
    stem = world.work / secrets.token_hex(4)
    picture, shown, scanned = (stem.with_suffix(f".{kind}") for kind in ("png", "shown", "scanned"))
    show = world.popen(one, "pair", "show", "--png", picture, "--code-out", shown, "--expect-code-file", scanned,
                      point=point)
    while not picture.exists() or not picture.stat().st_size:
        if show.poll() is not None:
            raise Failed(f"pair show: {show.communicate()[1]}")
        time.sleep(0.02)
    scan = world.popen(other, "pair", "scan", picture, "--code-out", scanned, "--expect-code-file", shown, point=point)
    sides = [show, scan]
    while all(side.poll() is None for side in sides) and world.verifier.poll() is None:
        time.sleep(0.02)
    if any(side.poll() for side in sides) or world.verifier.poll() is not None:
        # Somebody died: the other has its time to go on, and is not waited for any longer.
        time.sleep(0.7)
        for side in sides:
            if side.poll() is None:
                side.send_signal(signal.SIGINT)
    said = [side.communicate(timeout=90)[1] for side in sides]
    return [err for side, err in zip(sides, said) if side.returncode]


def contact(world, name, other):
    """What a wallet knows of another."""
    handle = world.wallet(other, "status")["handle"]
    return [contact for contact in world.wallet(name, "contacts")["contacts"] if contact["handle"] == handle]


def strangers(world, new):
    """What is missing for both to know each other, once and verified."""
    found = {name: contact(world, name, other) for name, other in (("pal", new), (new, "pal"))}
    return {name: known for name, known in found.items() if len(known) != 1 or not known[0]["verified"]}
