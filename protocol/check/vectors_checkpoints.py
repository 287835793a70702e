"""The vectors of Merkle trees, account leaves and contradictions (7.9, 7.10)."""

from . import merkle
from .cbor import decode, encode
from .vector_file import plain_value


def digests(names):
    """Hex to bytes."""
    return [bytes.fromhex(name) for name in names]


def check_merkle(file):
    """Roots are made again; proofs hold, and the wrong ones do not."""
    report = file.report
    hashes = [merkle.leaf(raw) for raw in digests(file.take("leaves"))]
    report.equal(hashes, digests(file.take("leaf_hashes")), "the leaves' hashes")
    roots = [merkle.root(hashes[:size]) for size in range(len(hashes) + 1)]
    report.equal(roots, digests(file.take("roots")), "the roots")
    for label, case in file.cases("inclusion", ("index", "name", "path", "size")):
        size, index = case["size"], case["index"]
        held = merkle.includes(roots[size], size, index, hashes[index], digests(case["path"]))
        report.check(held, label)
    for label, case in file.cases("consistency", ("name", "older", "path", "size")):
        size, older = case["size"], case["older"]
        report.check(merkle.follows(roots[size], size, roots[older], older, digests(case["path"])), label)
    shapes = ("index", "kind", "name", "path", "size"), ("kind", "name", "older", "path", "size")
    for label, case in file.cases("invalid", *shapes):
        size, path = case["size"], digests(case["path"])
        if case["kind"] == "inclusion":
            index = case["index"]
            hashed = hashes[index] if index < len(hashes) else hashes[0]
            report.check(not merkle.includes(roots[size], size, index, hashed, path), label)
        else:
            older = case["older"]
            report.check(not merkle.follows(roots[size], size, roots[older], older, path), label)


def check_account_leaf(file):
    """7.9: bytes and hash."""
    for label, case in file.cases("valid", ("bytes", "fields", "hash", "name")):
        raw, fields = bytes.fromhex(case["bytes"]), plain_value(case["fields"])
        file.report.equal(merkle.ACCOUNT_LEAF(decode(raw, label), label), fields, f"{label}: members")
        file.report.equal(encode(fields), raw, f"{label}: bytes made again")
        file.report.equal(merkle.leaf_hash(fields), bytes.fromhex(case["hash"]), f"{label}: hash")


def check_contradiction(file):
    """7.10: the valid ones prove, the others are refused."""
    for label, case in file.cases("valid", ("bytes", "fields", "name", "verifier")):
        raw = bytes.fromhex(case["bytes"])
        fields, prove = merkle.prove(raw, bytes.fromhex(case["verifier"]))
        file.report.equal(fields, plain_value(case["fields"]), f"{label}: members")
        prove()
        file.report.check(True, f"{label}: proves two histories")
    for label, case in file.cases("invalid", ("bytes", "error", "name", "step", "verifier")):
        held = []
        raw, verifier = bytes.fromhex(case["bytes"]), bytes.fromhex(case["verifier"])
        steps = [
            ("parse", lambda: held.append(merkle.prove(raw, verifier))),
            ("verify", lambda: held[0][1]()),
        ]
        file.refuses(label, case, steps)
