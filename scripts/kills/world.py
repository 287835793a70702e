"""A verifier and wallets of real processes, and what must be true of them in the end."""

import json
import os
import random
import secrets
import signal
import socket
import subprocess
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
SUM = "0.01 USD"
GRANT_UNITS = 20_000_000


class Failed(Exception):
    """Something was lost, doubled, or did not come back."""


class World:
    """A verifier and wallets in one folder."""

    def __init__(self, work, seed, names=("ann", "truck")):
        self.work = work
        self.random = random.Random(seed)
        self.hits = work / "hits"
        self.verifier = None
        self.accounts = 0
        self.spares = 0
        # How long a payment takes, or one command about a tab, so that a random moment is one of it.
        self.payment_s = 0.35
        self.command_s = 0.1
        # What the truck calls ann, once they have met.
        self.acquainted = None
        # Who pays and is paid without network.
        self.cellar = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        made = self.operator("init", "--root-out", str(work / "root.key"), "--listen", f"127.0.0.1:{port}",
                             "--asset", "USD", "--open", "--grant", "20.00 USD")
        self.link = made["link"]
        self.start()
        for name in names:
            self.init(name)
            self.wallet(name, "sync")

    def environment(self, point):
        return {**os.environ, **({"FARTHING_CRASH_POINT": point, "FARTHING_CRASH_LOG": str(self.hits)} if point else {})}

    def operator(self, command, *arguments):
        call = [TARGET / "farthing-verifier", "--json", command, "--data", self.work / "verifier", *arguments]
        done = subprocess.run(call, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise Failed(f"{command}: {done.stderr}")
        return json.loads(done.stdout)

    def start(self, point=None):
        log = open(self.work / "verifier.log", "a")
        call = [TARGET / "farthing-verifier", "--json", "run", "--data", self.work / "verifier"]
        self.verifier = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=log, env=self.environment(point))
        if not self.verifier.stdout.readline():
            raise Failed("the verifier does not start; see verifier.log")

    def kill_verifier(self):
        self.verifier.kill()
        self.verifier.wait()

    def away(self, process):
        """Waits until the verifier has died over what a wallet asks of it, and starts another one while the wallet still waits."""
        self.verifier.wait(timeout=30)
        self.start()
        process.communicate(timeout=90)

    def killed(self, kind, point, name, *arguments):
        """Runs a command while its wallet, or the verifier, dies at a point. What it said, if it did; and whether somebody died."""
        before = self.hit(point)
        if kind == "wallet":
            done = self.wallet(name, *arguments, point=point)
        else:
            self.kill_verifier()
            self.start(point)
            self.away(self.popen(name, *arguments))
            done = None
        return done, self.hit(point) > before

    def popen(self, name, *arguments, point=None):
        call = [TARGET / "farthing", "--json", "--wallet", self.work / name,
                "--passphrase-file", self.work / f"{name}.passphrase", *arguments]
        return subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=self.environment(point))

    def wallet(self, name, *arguments, point=None, may_fail=False):
        """Runs a command; returns its JSON, or None when it was killed or failed and that was to be expected."""
        return self.said(self.popen(name, *arguments, point=point), name, arguments, may_fail)

    def said(self, process, name, arguments, may_fail=False):
        """What a command says that was begun; None as for `wallet`."""
        out, err = process.communicate(timeout=90)
        if process.returncode == 0:
            return json.loads(out)
        if process.returncode == -signal.SIGKILL or may_fail:
            return None
        raise Failed(f"{name} {' '.join(map(str, arguments))}: exit {process.returncode}: {err}")

    def init(self, name, point=None, may_fail=False):
        self.cheap_vault(name)
        phrase = self.work / f"{name}.{secrets.token_hex(4)}.phrase"
        made = self.wallet(name, "init", "--invite", self.link, "--phrase-out", str(phrase), point=point,
                           may_fail=may_fail)
        self.accounts += made is not None
        return made

    def hit(self, point):
        """How often somebody died at a point."""
        return self.hits.read_text().split().count(point) if self.hits.exists() else 0

    def cheap_vault(self, name):
        """The vault of a wallet to be, whose passphrase costs nothing: opening is what every command begins with."""
        passphrase = self.work / f"{name}.passphrase"
        if not passphrase.exists():
            passphrase.write_text(secrets.token_hex(8))
            call = [TARGET / "examples" / "cheap_vault", self.work / name, passphrase]
            subprocess.run(call, check=True, timeout=60)

    def spare(self):
        self.spares += 1
        return f"spare{self.spares}"

    def asking(self):
        return "truck", "request", SUM, "--expires", "15m"

    def request(self, **options):
        return self.wallet(*self.asking(), **options)

    def memo(self):
        return secrets.token_hex(8)

    def paying(self, link):
        return "ann", "--yes", "pay", link, "--memo", self.memo(), "--wait", "2s"

    def pay(self, link, **options):
        return self.wallet(*self.paying(link), **options)

    def settle(self):
        """Everything comes back by itself."""
        for name in ("ann", "truck"):
            self.wallet(name, "sync")

    def history(self, name):
        payments, before = [], []
        while True:
            page = self.wallet(name, "history", "--limit", "100", *before)["payments"]
            payments += page
            if len(page) < 100:
                return payments
            before = ["--before", page[-1]["id"]]

    def tabs(self, name):
        return self.wallet(name, "tab", "list", "--limit", "100000")["tabs"]

    def balance(self, name):
        return self.wallet(name, "balance")["balances"][0]

    def check(self):
        """Nothing lost, nothing doubled, both wallets and the ledger agree."""
        # Whoever was first may have been told since.
        self.settle()
        sent, got = self.history("ann"), self.history("truck")
        open_ones = [p for p in sent if p["state"] not in ("settled", "refused", "expired")]
        if open_ones:
            raise Failed(f"without an end: {open_ones}")
        settled = Counter(p["memo"] for p in sent if p["state"] == "settled" and p["direction"] == "out" and not p["lost"])
        received = Counter(p["memo"] for p in got if p["direction"] == "in" and not p["lost"])
        if settled != received:
            raise Failed(f"paid and received differ: {(settled - received) + (received - settled)}")
        doubled = [memo for memo, times in received.items() if times > 1]
        if doubled:
            raise Failed(f"paid twice: {doubled}")
        moved = 10_000 * sum(received.values()) + self.claimed()
        units = {}
        for name in ("ann", "truck"):
            balance = self.balance(name)
            units[name] = int(balance["available"]["value"])
            if int(balance["held"]["value"]) or int(balance["incoming"]["value"]):
                raise Failed(f"{name} still holds money back, or waits for some")
        if units != {"ann": GRANT_UNITS - moved, "truck": GRANT_UNITS + moved}:
            raise Failed(f"balances {units} after {moved} units were moved")
        audit = self.operator("audit")
        if not audit["ok"] or audit["sums"] != {"USD": "0"}:
            raise Failed(f"audit: {audit}")
        return sum(received.values()), audit

    def claimed(self):
        """The units that went by tabs, of which both sides and the verifier have said the same, and the end."""
        sides = {}
        for name in ("ann", "truck"):
            over = [tab for tab in self.tabs(name) if tab["state"] != "refused"]
            if live := [tab for tab in over if tab["state"] != "ended" or tab["pending"]]:
                raise Failed(f"{name}'s tabs without an end: {live}")
            sides[name] = {tab["hold"]: int(tab["claimed"]["value"]) for tab in over}
            beyond = [tab for tab in over if int(tab["claimed"]["value"]) > int(tab["total"]["value"])]
            if beyond or len(sides[name]) != len(over):
                raise Failed(f"more was claimed than signed, or a tab is there twice: {beyond or over}")
        if sides["ann"] != sides["truck"]:
            raise Failed(f"the sides of tabs differ: {set(sides['ann'].items()) ^ set(sides['truck'].items())}")
        return sum(sides["ann"].values())
