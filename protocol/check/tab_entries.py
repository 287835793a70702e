"""Entries of tabs: each receipt is of its kind, and its cause is what the receipt answers (10.9)."""

from .cose import Signed
from .tabs import HOLD, SPENT, TAB


def receipt_of(kind):
    """The type of an entry's receipt."""
    return "hold-receipt" if kind in (HOLD, TAB) else "claim-receipt"


def caused_by(kind, receipt):
    """The type of the object that an entry's receipt answers, and the receipt's member with its hash."""
    if kind in (HOLD, TAB):
        return "hold-close" if 16 in receipt.fields else "hold-order" if receipt[10] == 1 else "hold-change", 7
    if kind == SPENT:
        return "voucher", 10
    return "hold-release" if 11 in receipt.fields else "claim", 9


def check_tab_entry(report, label, kind, raw, cause):
    """The receipt of an entry of a tab is of its kind, and answers the entry's cause, which is returned."""
    receipt = Signed(receipt_of(kind), raw)
    of_type, member = caused_by(kind, receipt)
    cause = cause and Signed(of_type, cause)
    expected = None if kind == TAB else receipt.get(member)
    report.equal(cause and cause.hash, expected, label)
    return cause
