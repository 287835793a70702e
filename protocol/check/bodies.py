"""The bodies of calls and replies (chapter 10)."""

from .cbor import (
    AMOUNT,
    COUNTER,
    HASH,
    ID,
    TIME,
    Refused,
    array,
    boolean,
    bstr_up_to,
    decode,
    nullable,
    one_of,
    pattern,
    require,
    row,
    uint,
    variant,
)
from .keys import public_key
from .merkle import ACCOUNT_LEAF
from .objects import BALANCE, MAX_CONTENT, SEALED, SIGNED, ascending, checked

MAX_CALL, MAX_REPLY = 32 * 1024, 1024 * 1024
COUNT = uint(0, 2**64 - 1)
ENTRY = row(
    COUNTER,
    COUNTER,
    one_of(*range(1, 13)),
    SIGNED,
    nullable(SIGNED),
    nullable(SEALED),
    nullable(ID),
    nullable(AMOUNT),
    nullable(ID),
    nullable(ID),
)
CONTENT = bstr_up_to(MAX_CONTENT)
PATH = array(HASH, 0, 64)
OUTCOME = variant({1: row(SIGNED), 2: row(SIGNED), 3: row(uint(200, 299))})
QUEUED = row(COUNTER, ID, ID, TIME, CONTENT)


def check_checkpoints(f):
    """A place has a checkpoint, or lies between two."""
    require(f[1] is None or f[2] is None, "a checkpoint at a place, and two around it")


BODIES = {
    "verifier-status": row(array(SIGNED, 1, 64), SIGNED, SIGNED, SIGNED),
    "enrolment-body": row(SIGNED, SIGNED, SIGNED, SIGNED, SIGNED),
    "bind-body": row(SIGNED, CONTENT),
    "order-body": row(SIGNED, nullable(SEALED), nullable(pattern("[0-9]{6,8}"))),
    "entries-page": checked(
        row(SIGNED, array(ENTRY, 0, 100), boolean),
        lambda f: ascending([(epoch, seq) for epoch, seq, *_ in f[1]], "entries"),
    ),
    "account-status": checked(
        row(
            SIGNED,
            array(BALANCE, 0, 32),
            COUNT,
            SIGNED,
            nullable(row(COUNTER, ID)),
            COUNT,
            array(SIGNED, 0, 8),
        ),
        lambda f: ascending([(code, scale) for code, scale, _ in f[1]], "balances"),
    ),
    "alias-body": row(SIGNED, SIGNED),
    "publish-body": row(SIGNED, CONTENT),
    "devices-body": row(SIGNED, array(SIGNED, 0, 16), nullable(SIGNED)),
    "devices-status": row(SIGNED, public_key, SIGNED, array(SIGNED, 1, 16), array(SIGNED, 0, 256), COUNTER),
    "claimed-prekey": row(SIGNED, nullable(COUNT)),
    "checkpoint-status": checked(
        row(nullable(SIGNED), nullable(SIGNED), nullable(row(SIGNED, SIGNED)), PATH), check_checkpoints
    ),
    "claims-body": row(array(SIGNED, 1, 64)),
    "claim-outcomes": row(array(OUTCOME, 1, 64)),
    "settlements-page": row(array(SIGNED, 0, 100), boolean),
    "entry-proof": row(PATH),
    "account-proof": row(SIGNED, ACCOUNT_LEAF, COUNT, COUNT, PATH),
    "message-body": row(SIGNED, CONTENT),
    "messages-page": checked(
        row(SIGNED, array(QUEUED, 0, 100), boolean),
        lambda f: ascending([number for number, *_ in f[1]], "messages"),
    ),
}
CALLS = {
    "enrolment-body",
    "bind-body",
    "claims-body",
    "order-body",
    "alias-body",
    "publish-body",
    "devices-body",
    "message-body",
}


def parse_body(name, data):
    """Read the body of a call or a reply, within its limit (chapter 9)."""
    most = MAX_CALL if name in CALLS else MAX_REPLY
    if len(data) > most:
        raise Refused("too_large", f"{name} of {len(data)} bytes")
    return BODIES[name](decode(data, name), name)
