"""Counting and printing what passed."""

import sys


class Report:
    """Counts checks; a failed one is printed at once with what was found."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, condition, label, found=""):
        """Count one check; returns whether it passed."""
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {label}" + (f": {found}" if found != "" else ""), file=sys.stderr)
        return bool(condition)

    def equal(self, got, expected, label):
        """Two values are the same."""
        return self.check(got == expected, label, f"{plain(got)} where {plain(expected)} was expected")

    def summary(self):
        """The last line, and the exit code."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def plain(value):
    """Bytes as hex, and nothing endless."""
    shown = value.hex() if isinstance(value, bytes) else repr(value)
    return shown if len(shown) <= 200 else f"{shown[:200]}…"
