"""A vector file, and what its members mean (protocol/vectors/README.md)."""

from . import money, sealing
from .cbor import Refused
from .keys import Signer

# "Decoders differ in what they notice first, so these count as one name" (chapter 17).
ONE_NAME = {"cbor": "cbor", "truncated": "cbor", "not_canonical": "cbor"}

# Refused at the named step, but for a reason that the specification does not settle: (file, name) → the name it
# would give. An entry that no vector needs any more fails.
UNSETTLED = {}


def plain_value(fields):
    """A vector's `fields`: JSON with {"hex": …} for byte strings and {"map": [[key, value], …]} for maps."""
    if type(fields) is dict and set(fields) == {"hex"}:
        return bytes.fromhex(fields["hex"])
    if type(fields) is dict and set(fields) == {"map"}:
        return {key: plain_value(value) for key, value in fields["map"]}
    if type(fields) is dict:
        raise ValueError(f"a kind of field that is not understood: {sorted(fields)}")
    return [plain_value(value) for value in fields] if type(fields) is list else fields


def signer_of(described):
    """The private key that a vector gives."""
    secret = described["seed" if described["algorithm"] == "Ed25519" else "private"]
    return Signer(described["algorithm"], bytes.fromhex(secret))


def hpke_public(seed):
    """The public HPKE key of a vector's seed."""
    return sealing.x25519_public(sealing.derive_private(seed))


class File:
    """One vector file. Whatever it holds that is not asked for is a failure: nothing is skipped."""

    def __init__(self, report, name, content):
        self.report, self.name, self.content = report, name, content
        self.left = set(content)
        self.used_unsettled = set()

    def take(self, name):
        """A member of the file, as a whole."""
        self.left.discard(name)
        return self.content[name]

    def cases(self, name, *shapes):
        """The cases of a list, each of which has exactly the members of one of the shapes."""
        for index, case in enumerate(self.take(name)):
            label = f"{self.name}: {name}[{index}] {case.get('name', '') if type(case) is dict else ''}".rstrip()
            if any(set(case) == set(shape) for shape in shapes):
                yield label, case
            else:
                self.report.check(False, label, f"a kind of vector that is not understood: {sorted(case)}")

    def refuses(self, label, case, steps):
        """Each step before the named one goes through; the named one refuses, with the named error."""
        where = "before the first step"
        try:
            for where, step in steps:
                step()
        except (Refused, money.NoAmount) as refused:
            wanted, got = case["error"], refused.name
            key = (self.name, case.get("name"))
            if where == case["step"] and UNSETTLED.get(key) == got != wanted:
                self.used_unsettled.add(key)
                wanted = got
            same = ONE_NAME.get(got, got) == ONE_NAME.get(wanted, wanted)
            self.report.check(
                where == case["step"] and same,
                label,
                f"refused at {where} as {refused}, expected {case['step']}: {case['error']}",
            )
        else:
            self.report.check(False, label, f"was not refused, expected {case['step']}: {case['error']}")

    def done(self):
        """Everything was asked for."""
        for name in sorted(self.left):
            self.report.check(False, f"{self.name}: {name}", "a member that is not understood")
        for key in UNSETTLED:
            if key[0] == self.name and key not in self.used_unsettled:
                self.report.check(False, f"{self.name}: {key[1]}", "is settled now; take it off the list")
