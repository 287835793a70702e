"""Scenarios as they are written down: read, and checked before anybody plays them."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from kills.cycles import points

from . import expect, verbs

MEMBERS = {"name", "shows", "fee", "people", "steps", "ends"}
STEP = {"who", "does", "with", "as", "gives", "fails", "dies", "leaves", "within", "note"}
# What exactly one of may end a step, beside nothing.
ENDS = ("gives", "fails", "dies", "leaves")


class Mistake(Exception):
    """A scenario is not written as it must be."""


@dataclass
class Step:
    number: int
    who: str
    does: str
    arguments: dict
    written: dict
    name: str | None = None
    gives: object = None
    fails: dict | None = None
    dies: str | None = None
    leaves: str | None = None
    within: float | None = None


@dataclass
class Scenario:
    name: str
    shows: str
    fee: str | None
    people: dict
    steps: list
    balances: dict
    orders: int
    points: set = field(default_factory=set)


def load(folder):
    """All scenarios of a folder, by name."""
    wallet, verifier = set(points("core/src/crash.rs")), set(points("verifier/src/crash.rs"))
    return [read(path, wallet, verifier) for path in sorted(Path(folder).glob("*.json"))]


def read(path, wallet, verifier):
    def mistake(what, number=None):
        raise Mistake(f"{path.name}{f', step {number}' if number else ''}: {what}")

    try:
        written = json.loads(path.read_text(), object_pairs_hook=without_twins)
    except ValueError as error:
        mistake(f"is not JSON: {error}")
    if unknown := set(written) - MEMBERS:
        mistake(f"unknown members {sorted(unknown)}")
    if missing := MEMBERS - {"fee"} - set(written):
        mistake(f"members missing: {sorted(missing)}")
    if written["name"] != path.stem:
        mistake(f"is named {written['name']!r}")
    people, ends = written["people"], written["ends"]
    for who, person in people.items():
        if set(person) - {"money", "at", "phone", "approver"} or person.get("at", "operator") not in verbs.OPERATORS:
            mistake(f"{who} is not a person: money, at, phone, approver")
        if person.get("approver", "none") not in verbs.APPROVERS:
            mistake(f"{who} has no approver of {verbs.APPROVERS}")
        if "phone" in person and ("money" in person or person["phone"] not in people):
            mistake(f"{who} shares the phone of somebody who has money")
        if who in (*verbs.OPERATORS, verbs.CLOCK_NAME):
            mistake(f"{who} is the name of somebody else")
    if set(ends) != {"balances", "orders"} or set(ends["balances"]) != set(people):
        mistake("ends has the balances of all people, and the number of orders")
    scenario = Scenario(written["name"], written["shows"], written.get("fee"), people, [], ends["balances"], ends["orders"])
    known, left = set(), {}
    for number, step in enumerate(written["steps"], 1):
        if unknown := set(step) - STEP:
            mistake(f"unknown members {sorted(unknown)}", number)
        try:
            scenario.steps.append(checked(step, number, people, known, left, wallet, verifier, scenario.points))
        except Mistake as error:
            mistake(error, number)
    if left:
        mistake(f"calls that nobody awaits: {sorted(left)}")
    return scenario


def without_twins(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a member twice, of {keys}")
    return dict(pairs)


def checked(step, number, people, known, left, wallet, verifier, hit):
    who, does = step.get("who"), step.get("does")
    table = verbs.of(who, people)
    if table is None:
        raise Mistake(f"there is nobody called {who!r}")
    if does not in table:
        raise Mistake(f"{who} does not know {does!r}")
    arguments = step.get("with", {})
    needed, possible = table[does]
    if wrong := set(arguments) - needed - possible:
        raise Mistake(f"{does} takes no {sorted(wrong)}")
    if missing := needed - set(arguments):
        raise Mistake(f"{does} needs {sorted(missing)}")
    if sum(end in step for end in ENDS) > 1:
        raise Mistake(f"a step ends in one way of {ENDS}")
    if arguments.get("approver", "none") not in verbs.APPROVERS:
        raise Mistake(f"there is no approver {arguments['approver']!r}")
    wanted = [step.get("gives"), step.get("fails")]
    if forms := expect.forms(arguments, expect.MADE) | expect.forms(wanted, (*expect.MADE, *expect.ASKED)):
        raise Mistake(f"unknown forms {sorted(forms)}")
    if strange := (expect.names(arguments) | expect.names(wanted)) - known:
        raise Mistake(f"names that stand for nothing yet: {sorted(strange)}")
    if "fails" in step:
        check_failure(step["fails"])
    check_points(step, who, does, arguments, wallet, verifier, hit)
    if "leaves" in step:
        left[step["leaves"]] = who
    if does in ("await", "cancel") and left.pop(arguments["call"], None) != who:
        raise Mistake(f"{who} has no call {arguments['call']!r} to {does}")
    if does in ("kill", "end") or "dies" in step:
        # What they were waiting for ends with them.
        for call in [call for call, caller in left.items() if caller == who]:
            del left[call]
    if "as" in step:
        known.add(step["as"])
    return Step(number, who, does, arguments, step, step.get("as"), step.get("gives"), step.get("fails"), step.get("dies"),
                step.get("leaves"), step.get("within"))


def check_failure(fails):
    if missing := set(verbs.FAILURE) - set(fails):
        raise Mistake(f"a failure says {sorted(missing)}, too")
    if unknown := set(fails) - set(verbs.FAILURE) - {"class"}:
        raise Mistake(f"a failure has no {sorted(unknown)}")
    for key, allowed in verbs.FAILURE.items():
        value = fails[key]
        if not (isinstance(value, allowed) if isinstance(allowed, type) else value in allowed):
            raise Mistake(f"{key} cannot be {value!r}")
    if "class" in fails and fails["class"] not in verbs.CLASSES:
        raise Mistake(f"there is no class {fails['class']!r}")


def check_points(step, who, does, arguments, wallet, verifier, hit):
    known = verifier if who in verbs.OPERATORS else wallet
    for point in (arguments.get("point"), step.get("dies")):
        if point is not None and point not in known:
            raise Mistake(f"there is no kill point {point!r}")
        if point is not None:
            hit.add(point)
    if "dies" in step and does not in verbs.PERSON:
        raise Mistake(f"nobody dies of {does!r}")
