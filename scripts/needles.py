"""How the search for secrets looks for bytes: in every form in which they could lie somewhere, many of them at once."""

import base64
from collections import defaultdict

# Every form has at least so many bytes, so that each place is looked at once, however many are looked for.
START = 8


def forms(secret):
    """Every way in which bytes could be written."""
    found = {"raw": secret, "hex": secret.hex().encode(), "HEX": secret.hex().upper().encode(),
             "numbers": ",".join(map(str, secret)).encode()}
    for shift in range(3):
        # Without the characters at both ends that depend on their neighbours.
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            text = encode(b"\0" * shift + secret).rstrip(b"=")
            found[f"{name}+{shift}"] = text[4 if shift else 0:-1]
    try:
        text = secret.decode()
        found["UTF-16LE"] = text.encode("utf-16-le")
        found["UTF-16BE"] = text.encode("utf-16-be")
    except UnicodeDecodeError:
        pass
    return found


class Needles:
    """What is looked for: secrets by their names."""

    def __init__(self, wanted):
        self.starts = defaultdict(list)
        for name, secret in wanted.items():
            for form, needle in forms(secret).items():
                if len(needle) < START:
                    raise ValueError(f"{name} is too short to be looked for")
                self.starts[needle[:START]].append((name, form, needle))

    def find(self, data):
        """Which of them the data hold: name, form and place."""
        starts = self.starts
        for place in [at for at in range(len(data) - START + 1) if data[at:at + START] in starts]:
            for name, form, needle in starts[data[place:place + START]]:
                if data.startswith(needle, place):
                    yield name, form, place


def search(wanted, paths):
    """Which of the wanted things lie in which files."""
    needles = Needles(wanted)
    return [(name, form, path) for path in paths
            for name, form in dict.fromkeys((name, form) for name, form, _ in needles.find(path.read_bytes()))]


def halves(wanted):
    """Both halves of each: of what is freed or reused a part may stay."""
    return {f"{half} half of {name}": part for name, secret in wanted.items()
            for half, part in (("first", secret[:len(secret) // 2]), ("second", secret[len(secret) // 2:]))}
