"""A verifier of one's own, that can be stopped, restored from a backup, and given a new key (13.5)."""

import json
import socket
import subprocess
import tempfile
from pathlib import Path


class Server:
    """The program at `path` with a fresh ledger on loopback, which grants money; it ends with its context."""

    def __init__(self, path):
        self.path, self.process = path, None

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.data, self.root = self.at("data"), self.at("data") / "root.key"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            listen = f"127.0.0.1:{free.getsockname()[1]}"
        ledger = ["--listen", listen, "--asset", "USD", "--open", "--grant", "20.00 USD", "--fee", "0.01 USD + 30 bps"]
        self.link = self.command("init", *ledger)["link"]
        self.start()
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()

    def at(self, name):
        """A place in the folder that goes away in the end."""
        return Path(self.folder.name) / name

    def command(self, name, *arguments):
        """One of the program's commands on the ledger, and what it says."""
        command = [self.path, name, "--json", "--data", self.data, *arguments]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)

    def start(self):
        """Serve, and wait until it listens."""
        command = [self.path, "run", "--json", "--data", self.data]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        json.loads(self.process.stdout.readline())

    def stop(self):
        """End as an operator would; returns the exit code."""
        self.process.terminate()
        self.process.stdout.close()
        code = self.process.wait(30)
        self.process = None
        return code

    def backup(self):
        """A backup while it serves."""
        self.command("backup", self.at("backup"))

    def restore(self):
        """The ledger is lost after the backup, and goes on from it."""
        self.stop()
        self.data = self.at("again")
        self.command("restore", "--root", self.root, self.at("backup"))
        self.start()

    def certify(self):
        """A new signing key within the epoch."""
        self.stop()
        self.command("certify", "--root", self.root)
        self.start()
