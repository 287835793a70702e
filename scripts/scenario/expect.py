"""Values of a scenario: names that stand for what came before, and what is expected of what comes."""

import re

# What a value may be made into before it is used.
MADE = ("$altered", "$cut", "$repeated")
# What may be asked of a value beside being equal.
ASKED = ("$like", "$in", "$count", "$has", "$says", "$without", "$not")


class Unknown(Exception):
    """A name that stands for nothing, or a form that is none."""


def names(value):
    """All names that a value refers to."""
    if isinstance(value, str):
        return {value[1:].split(".")[0]} if value.startswith("$") else set()
    if isinstance(value, list):
        return set().union(*map(names, value))
    if isinstance(value, dict):
        return set().union(*map(names, value.values()))
    return set()


def forms(value, allowed):
    """Members that begin with a `$` and are not `allowed`."""
    if isinstance(value, list):
        return set().union(*(forms(each, allowed) for each in value))
    if isinstance(value, dict):
        own = {key for key in value if key.startswith("$") and key not in allowed}
        return own.union(*(forms(each, allowed) for each in value.values()))
    return set()


def fill(value, known):
    """A value with its names replaced: `$sale.link`, `$seen.events.-1.seq`; and with what is to be made of it."""
    if isinstance(value, str) and value.startswith("$"):
        return look_up(value[1:], known)
    if isinstance(value, list):
        return [fill(each, known) for each in value]
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in MADE:
            (form, of), = value.items()
            return make(form, fill(of, known))
        return {key: fill(each, known) for key, each in value.items()}
    return value


def look_up(path, known):
    value = known
    for key in path.split("."):
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (KeyError, IndexError, TypeError, ValueError):
            raise Unknown(f"${path} stands for nothing: there is no {key!r}") from None
    return value


def make(form, value):
    if form == "$altered":
        # A character in the middle: what stands at the end may be padding.
        at = len(value) * 3 // 4
        return value[:at] + ("B" if value[at] == "A" else "A") + value[at + 1:]
    if form == "$cut":
        return value[:-3]
    text, times = value
    return text * times


def differs(wanted, found, where=""):
    """Where and how what came differs from what was expected; None when it does not."""
    if isinstance(wanted, dict) and len(wanted) == 1 and next(iter(wanted)) in ASKED:
        (form, of), = wanted.items()
        return None if asked(form, of, found) else f"{where or 'it'}: expected {form} {of!r}, came {found!r}"
    if isinstance(wanted, dict):
        if not isinstance(found, dict):
            return f"{where or 'it'}: expected an object, came {found!r}"
        for key, each in wanted.items():
            if key not in found and each is not None:
                return f"{where}.{key}: is missing"
            if different := differs(each, found.get(key), f"{where}.{key}"):
                return different
        return None
    if isinstance(wanted, list):
        if not isinstance(found, list) or len(wanted) != len(found):
            return f"{where or 'it'}: expected a list of {len(wanted)}, came {found!r}"
        for at, (each, other) in enumerate(zip(wanted, found)):
            if different := differs(each, other, f"{where}.{at}"):
                return different
        return None
    same = type(wanted) is type(found) and wanted == found
    return None if same else f"{where or 'it'}: expected {wanted!r}, came {found!r}"


def asked(form, of, found):
    if form == "$like":
        return isinstance(found, str) and re.fullmatch(of, found) is not None
    if form == "$in":
        return any(differs(each, found) is None for each in of)
    if form == "$count":
        return isinstance(found, list) and len(found) == of
    if form == "$has":
        return isinstance(found, list) and all(any(differs(each, one) is None for one in found) for each in of)
    if form == "$says":
        return isinstance(found, str) and all(text in found for text in of)
    if form == "$without":
        return isinstance(found, str) and not any(text in found for text in of)
    return differs(of, found) is not None
