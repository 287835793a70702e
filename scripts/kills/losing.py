"""A verifier loses its disk, or a person a phone, and one of the processes is killed over it."""

import secrets

from .world import GRANT_UNITS, Failed, World


def lose_the_ledger(world, point):
    """Another verifier loses its disk after a backup; a wallet is killed while it notices, or accepts that."""
    folder = world.work / f"epoch-{secrets.token_hex(4)}"
    folder.mkdir()
    other = World(folder, 0)
    other.hits = world.hits
    try:
        backup = folder / "backup"
        other.pay(other.request()["link"])
        other.operator("backup", str(backup))
        other.pay(other.request()["link"])
        for name in ("ann", "truck"):
            other.wallet(name, "sync")
        other.kill_verifier()
        (folder / "verifier").rename(folder / "lost")
        other.operator("restore", "--root", str(folder / "root.key"), str(backup))
        other.start()
        if point.startswith("epoch"):
            other.wallet("ann", "sync", point=point)
        for name in ("ann", "truck"):
            other.wallet(name, "sync")
        if point.startswith("loss"):
            other.wallet("ann", "--yes", "accept-loss", point=point)
        lost = [len(other.wallet(name, "--yes", "accept-loss")["payments"]) for name in ("ann", "truck")]
        # Killed after it was accepted, there is nothing left to accept.
        if lost != [0 if point == "loss-after-store" else 1, 1]:
            raise Failed(f"after {point} the wallets accepted {lost} lost payments")
        other.pay(other.request()["link"])
        other.settle()
        if other.check()[0] != 2:
            raise Failed(f"after {point} other payments are left than the verifier has")
    finally:
        other.kill_verifier()


def lose_a_phone(world, point, verifier=None):
    """Restores an account on another device, or revokes one there, killed in the middle and done again."""
    old, new, phrase = world.spare(), world.spare(), world.work / f"{secrets.token_hex(4)}.phrase"
    for name in (old, new):
        world.cheap_vault(name)
    world.wallet(old, "init", "--invite", world.link, "--phrase-out", phrase)
    restore = ["restore", "--invite", world.link, "--phrase-file", phrase]
    if verifier:
        world.kill_verifier()
        world.start(verifier)
        world.wallet(new, *restore, may_fail=True)
        world.verifier.wait(timeout=30)
        world.start()
        world.wallet(new, *restore)
    elif point.startswith("restore"):
        world.wallet(new, *restore, point=point)
        restored = world.wallet(new, *restore, may_fail=True)
        # Killed after everything was done, there was nothing left to do.
        if not restored and point != "restore-after-reading":
            raise Failed(f"restore after {point} did not finish")
    else:
        world.wallet(new, *restore, "--keep-devices", "--keep-phrase")
        device = world.wallet(old, "status")["device"]
        world.wallet(new, "revoke", device, point=point)
        world.wallet(new, "revoke", device)
    world.wallet(new, "sync")
    active = [device for device in world.wallet(new, "devices")["devices"] if device["active"]]
    units = int(world.wallet(new, "balance")["balances"][0]["available"]["value"])
    if len(active) != 1 or not active[0]["this"] or units != GRANT_UNITS:
        raise Failed(f"after {point}: {len(active)} devices, {units} units")
    if world.wallet(old, "sync", may_fail=True) or world.wallet(old, "status")["state"] != "revoked":
        raise Failed(f"after {point} the lost phone goes on")
