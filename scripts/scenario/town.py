"""A verifier, or two: real processes with a folder of their own, and what their operators do."""

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import threading

from .people import PATIENCE_S, Broken

# Below those that connections get by themselves: a verifier that is down for a while must find its port free again.
PORTS = itertools.count(20_000 + os.getpid() * 97 % 10_000)
TAKING = threading.Lock()


def free_port():
    with TAKING:
        while True:
            port = 15_000 + next(PORTS) % 17_000
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue


class Verifier:
    """One ledger at one address, and perhaps an impostor in its place."""

    def __init__(self, program, work, fee):
        self.program, self.work, self.fee = program, work, fee
        self.work.mkdir(parents=True)
        self.hits = work.parent / "hits"
        self.listen = f"127.0.0.1:{free_port()}"
        self.process, self.point = None, None
        self.data = self.make("verifier")
        self.start()

    def make(self, name):
        data = self.work / name
        fee = ["--fee", self.fee] if self.fee else []
        self.call("init", "--data", data, "--root-out", self.work / f"{name}.root", "--listen", self.listen,
                  "--asset", "USD", "--invite-only", *fee)
        return data

    def call(self, command, *arguments):
        call = [self.program, "--json", command, *map(str, arguments)]
        done = subprocess.run(call, capture_output=True, text=True, timeout=PATIENCE_S)
        if done.returncode:
            raise Broken(f"farthing-verifier {command}: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def start(self, point=None):
        if self.process and self.process.poll() is None:
            raise Broken("the verifier runs already")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("FARTHING_CRASH")}
        if point:
            environment |= {"FARTHING_CRASH_POINT": point, "FARTHING_CRASH_LOG": str(self.hits)}
        self.point = point
        with open(self.work / "verifier.log", "a") as log:
            self.process = subprocess.Popen([self.program, "--json", "run", "--data", self.data], stdout=subprocess.PIPE,
                                            stderr=log, env=environment)
        if not self.process.stdout.readline():
            raise Broken("the verifier does not start; see verifier.log")

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()

    def dies(self, point):
        if self.point != point:
            raise Broken(f"the verifier was not started to die at {point}")
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise Broken(f"the verifier did not die at {point}") from None
        if not self.hits.exists() or point not in self.hits.read_text().split():
            raise Broken(f"the verifier died, and not at {point}")
        self.process.stdout.close()

    def invite(self, grant=None, uses=1, expires=None):
        options = [*(["--grant", grant] if grant else []), *(["--expires", expires] if expires else [])]
        return self.call("invite", "--data", self.data, "--uses", uses, *options)

    def does(self, verb, arguments):
        """What the operator does; returns what the program said."""
        if verb == "start":
            return self.start(arguments.get("point")) or {}
        if verb == "stop":
            return self.stop() or {}
        if verb == "kill":
            return self.stop(signal.SIGKILL) or {}
        if verb == "dies":
            return self.dies(arguments["point"]) or {}
        if verb == "invite":
            return self.invite(**arguments)
        if verb == "fund":
            return self.call("fund", "--data", self.data, "--reason", arguments["reason"], arguments["target"],
                             arguments["amount"])
        if verb == "fee":
            return self.call("fee", "--data", self.data, arguments["fee"])
        if verb in ("audit", "checkpoint"):
            return self.call(verb, "--data", self.data)
        if verb == "search":
            files = [path for path in self.data.rglob("*") if path.is_file()]
            return {"found": any(arguments["text"].encode() in path.read_bytes() for path in files)}
        if verb in ("put_by", "put_back"):
            return self.copy(self.work / arguments["copy"], back=verb == "put_back") or {}
        if verb == "backup":
            return self.call("backup", "--data", self.data, self.work / arguments["file"])
        if verb == "restore":
            return self.restore(self.work / arguments["file"])
        # `replace` puts another verifier with keys of its own at the same address, `return` takes it away.
        self.stop()
        self.data = self.make("impostor") if verb == "replace" else self.work / "verifier"
        return self.start() or {}

    def copy(self, to, back):
        """Copies the verifier's folder as it is, or puts a copy in its place: nothing says that it was done."""
        if self.process.poll() is None:
            raise Broken("a folder is copied while nobody uses it: stop the verifier first")
        if back:
            shutil.rmtree(self.data)
            shutil.copytree(to, self.data)
        else:
            shutil.copytree(self.data, to)

    def restore(self, backup):
        """The ledger's disk is lost; it goes on from a backup."""
        self.stop()
        shutil.move(self.data, self.work / "lost")
        said = self.call("restore", "--data", self.data, "--root", self.work / "verifier.root", backup)
        self.start()
        return said

    def audited(self, orders=None):
        audit = self.call("audit", "--data", self.data)
        if not audit["ok"] or set(audit["sums"].values()) != {"0"}:
            raise Broken(f"the audit found: {audit}")
        if orders is not None and audit["orders"] != orders:
            raise Broken(f"the ledger has {audit['orders']} orders, expected {orders}")

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
