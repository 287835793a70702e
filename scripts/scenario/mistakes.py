"""Mistakes that are planted in a scenario to see that each is found before anybody plays it."""

import copy
import json
import tempfile
from pathlib import Path

from . import expect
from .script import Mistake, read

BASE = {
    "name": "planted",
    "shows": "A scenario as it must be.",
    "people": {"ann": {"money": "20.00 USD"}},
    "steps": [
        {"who": "ann", "does": "status", "as": "ann"},
        {"who": "ann", "does": "payment", "with": {"payment": "$ann.alias"},
         "fails": {"code": 328, "kind": "payment_unknown", "moneyMoved": "no", "retry": "after_action", "action": "none"}},
        {"who": "ann", "does": "end"},
        {"who": "ann", "does": "start", "with": {"point": "entries-after-store"}},
        {"who": "ann", "does": "sync", "dies": "entries-after-store"},
    ],
    "ends": {"balances": {"ann": None}, "orders": 0},
}

# Where, what is put there (None takes it away), and what must be said of it.
PLANTED = [
    ("moral", "none", "unknown members"),
    ("ends", None, "members missing"),
    ("name", "other", "is named"),
    ("people.ann.shoes", 2, "ann is not a person"),
    ("people.ann.approver", "glove", "no approver"),
    ("ends.balances.bob", "1.00 USD", "balances of all people"),
    ("steps.0.whom", "bob", "unknown members"),
    ("steps.0.who", "bob", "nobody called"),
    ("steps.0.does", "dance", "does not know"),
    ("steps.1.leaves", "waiting", "in one way"),
    ("steps.1.with.colour", "red", "takes no"),
    ("steps.1.with", {}, "needs"),
    ("steps.1.with.payment", "$sale.id", "stand for nothing"),
    ("steps.1.with.payment", {"$upside": "down"}, "unknown forms"),
    ("steps.1.fails.moneyMoved", "perhaps", "cannot be"),
    ("steps.1.fails.action", None, "says"),
    ("steps.3.with.approver", "glove", "no approver"),
    ("steps.3.with.point", "here", "no kill point"),
    ("steps.4.dies", "here", "no kill point"),
]
# What a step expects, what comes, and whether that is what was expected.
COMPARED = [
    ({"a": 1}, {"a": 1, "b": 2}, True), ({"a": None}, {}, True), ({"a": 1}, {}, False), (1, True, False), ([1], [1, 2], False),
    ({"$has": [{"a": 1}]}, [{"a": 2}, {"a": 1}], True), ({"$has": [{"a": 3}]}, [{"a": 2}], False), ({"$count": 1}, [], False),
    ({"$says": ["a", "b"]}, "b, a", True), ({"$says": ["a", "b"]}, "a", False), ({"$without": ["a", "b"]}, "b", False),
    ({"$without": ["a"]}, "b", True), ({"$without": ["a"]}, None, False),
    ({"$like": "[0-9]+"}, "17", True), ({"$like": "[0-9]+"}, "17a", False), ({"$in": [1, 2]}, 3, False), ({"$not": 1}, 1, False),
]


def missed(wallet, verifier):
    """What was planted and not found."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "planted.json"
        path.write_text(json.dumps(BASE))
        read(path, wallet, verifier)
        for where, what, said in PLANTED:
            path.write_text(json.dumps(planted(where, what)))
            try:
                read(path, wallet, verifier)
                yield f"{where} may be {what!r}"
            except Mistake as mistake:
                if said not in str(mistake):
                    yield f"of {where} as {what!r} it is said: {mistake}"
    for wanted, found, same in COMPARED:
        if (expect.differs(wanted, found) is None) != same:
            yield f"{found!r} is taken for {wanted!r}, or is not"


def planted(where, what):
    scenario = copy.deepcopy(BASE)
    *path, last = where.split(".")
    value = scenario
    for key in path:
        value = value[int(key)] if isinstance(value, list) else value[key]
    if what is None:
        del value[last]
    else:
        value[last] = what
    return scenario
