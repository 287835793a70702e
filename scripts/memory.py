"""What a wallet's process has in memory: while the wallet is open, and once it is locked.

The real core opens a wallet (core/examples/lock.rs), works with all its keys and stops; then it locks the wallet and stops
again. At both stops all memory that the process can write is read, and the process ends with a core dump, where the system
writes one into a file. Every key and what is computed from it is looked for, by halves: of what lay in an open wallet
nothing may be in a locked one.
"""

import hashlib
import hmac
import os
import resource
import signal
import subprocess

from needles import Needles, halves

PAGE = 4096
NOTHING = bytes(PAGE)
# The order of Ed25519's group (RFC 8032, section 5.1).
ORDER = 2**252 + 27742317777372353535851937790883648493
# Of an open wallet these must be found, or the search proves nothing.
IN_USE = ("database_key", "vault_key", "act_key", "session_key", "receive_seed", "device_receive_seed")


def hkdf(secret, info):
    """RFC 5869 with an empty salt, one block."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info + b"\1", "sha256")


def clamped(scalar):
    return bytes([scalar[0] & 248, *scalar[1:31], scalar[31] & 127 | 64])


def of_ed25519(name, seed):
    """A signing key, its scalar as it is and reduced, and its prefix (RFC 8032, section 5.1.5)."""
    digest = hashlib.sha512(seed).digest()
    scalar = clamped(digest[:32])
    reduced = (int.from_bytes(scalar, "little") % ORDER).to_bytes(32, "little")
    return {name: seed, f"scalar of {name}": scalar, f"reduced scalar of {name}": reduced, f"prefix of {name}": digest[32:]}


def of_hpke(name, seed):
    """A private HPKE key from its seed: DeriveKeyPair of RFC 9180, section 7.1.3, for X25519."""
    suite = b"KEM" + (0x0020).to_bytes(2, "big")
    extracted = hmac.digest(bytes(32), b"HPKE-v1" + suite + b"dkp_prk" + seed, "sha256")
    private = hmac.digest(extracted, (32).to_bytes(2, "big") + b"HPKE-v1" + suite + b"sk" + b"\1", "sha256")
    return {f"seed of {name}": seed, name: private, f"clamped {name}": clamped(private)}


def all_keys(vault, salt, handles, alias):
    """Every key of a wallet: those in its vault (`core/examples/opened.rs`), and what comes of them."""
    found = {name: bytes.fromhex(vault[name]) for name in
             ("database_key", "vault_key", "receive_seed", "device_receive_seed", "phrase_entropy", "phrase_seed")}
    # SQLCipher's second key, for its authentication codes.
    found["database_hmac_key"] = hashlib.pbkdf2_hmac(
        "sha512", found["database_key"], bytes(byte ^ 0x3A for byte in salt), 2, 32)
    for name in ("act_key", "session_key", "account_key"):
        found |= of_ed25519(name, bytes.fromhex(vault[name]))
    for seed, handle in [*(("device_receive_seed", handle) for handle in handles), ("receive_seed", alias)]:
        found |= of_ed25519(f"payee key of {handle.hex()}", hkdf(found[seed], b"farthing/1/payee-key" + handle))
        found |= of_hpke(f"payee HPKE key of {handle.hex()}", hkdf(found[seed], b"farthing/1/payee-hpke" + handle))
    return found


class Process:
    """The wallet's process, stopped where it says."""

    def __init__(self, program, arguments, folder, log, environment):
        self.folder = folder
        with open(log, "ab") as stderr:
            self.process = subprocess.Popen(
                [program, *arguments], cwd=folder, env=environment, text=True, stderr=stderr, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2))

    def wait_for(self, state):
        for line in self.process.stdout:
            if line.strip() == state:
                return
        raise SystemExit(f"search-secrets: the wallet's process ended before it was {state}: {self.process.wait()}")

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def dump(self):
        """All memory that it can write, without pages of zeros: where it lies, and the bytes."""
        found = []
        with open(f"/proc/{self.process.pid}/maps") as maps, open(f"/proc/{self.process.pid}/mem", "rb", 0) as memory:
            for line in maps:
                span, mode, *_, name = [*line.split(maxsplit=5), ""][:6]
                if mode[:2] == "rw":
                    begin, end = (int(number, 16) for number in span.split("-"))
                    memory.seek(begin)
                    found += runs(name.strip() or "anonymous", begin, memory.read(end - begin))
        return found

    def core(self):
        """Ends it with a core dump; `None` where the system gives it to a program, or writes none."""
        before = set(self.folder.iterdir())
        self.process.send_signal(signal.SIGABRT)
        self.process.wait()
        return next(iter(set(self.folder.iterdir()) - before), None)

    def end(self):
        self.process.kill()
        self.process.wait()


def runs(name, begin, data):
    """Pages that follow one another and are not empty."""
    start = None
    for at in range(0, len(data) + PAGE, PAGE):
        page = data[at:at + PAGE]
        if page and page != NOTHING:
            start = at if start is None else start
        elif start is not None:
            yield f"{name} {begin + start:#x}", data[start:at]
            start = None


def found_in(needles, dump):
    """Which of the secrets a dump holds, and where."""
    return [(name, form, f"{where}+{place:#x}") for where, data in dump for name, form, place in needles.find(data)]
