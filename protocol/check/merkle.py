"""Periodic checkpoints: the tree of RFC 9162, account leaves, contradictions (6.2, 7.9, 7.10)."""

from hashlib import sha256

from . import keys
from .cbor import COUNTER, HASH, ID, Refused, array, decode, encode, require, row
from .cose import Signed
from .objects import BALANCE, MAX_SIGNED, SIGNED, ascending, checked, obj

ACCOUNT_LEAF = checked(
    row(HASH, ID, COUNTER, array(BALANCE, 0, 32)),
    lambda f: ascending([(code, scale) for code, scale, _ in f[3]], "balances"),
)
CONTRADICTION = obj({1: array(SIGNED, 1, 4), 2: SIGNED, 3: SIGNED}, {4: SIGNED})


def leaf(raw):
    """The hash of a leaf."""
    return sha256(b"\x00" + raw).digest()


def node(left, right):
    """The hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def split(size):
    """The largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def root(hashes):
    """The root over hashes of leaves (RFC 9162 section 2.1.1)."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    at = split(len(hashes))
    return node(root(hashes[:at]), root(hashes[at:]))


def root_by_inclusion(size, index, hashed, path):
    """What a path says that the root is (2.1.3): from the top down, and back; `None` when it is of no tree."""
    if index >= size or (size == 1) != (not path):
        return None
    if size == 1:
        return hashed
    at, top = split(size), path[-1]
    inner = (at, index) if index < at else (size - at, index - at)
    below = root_by_inclusion(*inner, hashed, path[:-1])
    if below is None:
        return None
    return node(below, top) if index < at else node(top, below)


def roots_by_consistency(older, size, path, older_root):
    """What a path says that both roots are (2.1.4); `None` when it is of no pair of trees."""

    def both(rest, size, path, whole):
        if rest == size:
            if whole:
                return (older_root, older_root) if not path else None
            return (path[0], path[0]) if len(path) == 1 else None
        if not path:
            return None
        at, top = split(size), path[-1]
        if rest <= at:
            below = both(rest, at, path[:-1], whole)
            return below and (below[0], node(below[1], top))
        below = both(rest - at, size - at, path[:-1], False)
        return below and (node(top, below[0]), node(top, below[1]))

    return both(older, size, path, True) if 0 < older <= size else None


def includes(tree, size, index, hashed, path):
    """Whether a path proves a leaf."""
    return root_by_inclusion(size, index, hashed, path) == tree


def follows(tree, size, older_tree, older, path):
    """Whether a path proves that a tree begins with an older one."""
    return roots_by_consistency(older, size, path, older_tree) == (older_tree, tree)


def prove(raw, verifier):
    """Read a contradiction, and check that this verifier signed two histories (7.10)."""
    if len(raw) > MAX_SIGNED:
        raise Refused("too_large", f"a contradiction of {len(raw)} bytes")
    fields = CONTRADICTION(decode(raw, "contradiction"), "contradiction")
    return fields, lambda: contradict(fields, verifier)


def contradict(fields, verifier):
    """The two ways in which two checkpoints cannot be of one ledger."""
    certificates = [Signed("verifier-certificate", each) for each in fields[1]]
    for certificate in certificates:
        if keys.thumbprint(certificate[1]) != verifier:
            raise Refused("wrong_key", "a certificate of another root")
        certificate.verify(certificate[1])
    one, other = (certified(certificates, verifier, fields[member]) for member in (2, 3))
    before = certified(certificates, verifier, fields[4]) if 4 in fields else None
    require(one[2] == other[2] and one.hash != other.hash, "not two of one epoch")
    if not one[5] and not other[5]:
        return
    require(one[5] and other[5], "an opening one and a periodic one")
    if before is None:
        require(one[3] == other[3], "not at one place")
        return
    chained = other.get(4) == before.hash and before[2] == one[2] and before.hash != one.hash
    require(chained and before[3] < one[3] < other[3], "nothing is left out")


def certified(certificates, verifier, raw):
    """A checkpoint by the key that was in force there and then."""
    checkpoint = Signed("checkpoint", raw)
    for certificate in certificates:
        covers = certificate[5] == checkpoint[2] and certificate[6] <= checkpoint[3]
        timely = certificate[7] <= checkpoint[6] < certificate[8]
        if keys.kid(certificate[3]) == checkpoint.kid and covers and timely and checkpoint[1] == verifier:
            checkpoint.verify(certificate[3])
            return checkpoint
    raise Refused("wrong_key", "nobody vouches for the checkpoint's key")


def leaf_hash(fields):
    """The hash of an account leaf."""
    return leaf(encode(fields))
