"""The vectors of tabs: names, references, and the rules of a hold's money (6.24, 6.25, 19)."""

from . import tabs
from .cbor import decode
from .cose import Signed
from .objects import METER
from .sealing import OFFER_REFERENCE, offer_reference


def check_rules(file):
    """tab-rules.json: each rule, and lives of holds step by step."""
    report = file.report
    for label, case in file.cases("references", ("info", "offer", "reference")):
        report.equal(OFFER_REFERENCE.decode(), case["info"], f"{label}: info")
        offer = Signed("hold-offer", bytes.fromhex(case["offer"]))
        report.equal(offer_reference(offer.raw).hex(), case["reference"], label)
    for label, case in file.cases("names", ("hold", "order")):
        report.equal(Signed("hold-order", bytes.fromhex(case["order"])).hash.hex(), case["hold"], label)
    for label, case in file.cases("reserves", ("bps", "cap", "flat", "reserve")):
        report.equal(tabs.reserve(case["cap"], case["flat"], case["bps"]), case["reserve"], label)
    for label, case in file.cases("meters", ("covered", "delivered", "due", "meter", "most_lost", "price", "total")):
        meter, price = METER(decode(bytes.fromhex(case["meter"]), label), label), case["price"]
        report.equal(tabs.meter_due(meter, price, case["delivered"]), case["due"], f"{label}: due")
        report.equal(tabs.meter_covers(meter, price, case["total"]), case["covered"], f"{label}: covered")
        report.equal(tabs.meter_loss(meter, price), case["most_lost"], f"{label}: the most that is lost")
    codes = {None: None, "hold_version": tabs.VERSION, "hold_lowered": tabs.LOWERED}
    for label, case in file.cases("follows", ("after", "before", "error", "name")):
        report.equal(tabs.follow(case["before"], case["after"]), codes[case["error"]], label)
    for label, case in file.cases("closes", ("bounds", "closed", "name", "time")):
        report.equal(tabs.closed(case["bounds"], case["time"]), case["closed"], label)
    for label, case in file.cases("takes", ("bounds", "fault", "name", "newest", "time", "voucher")):
        found = tabs.takes(case["bounds"], case["voucher"], case["newest"], case["time"])
        report.equal(found, case["fault"], label)
    for label, case in file.cases("lives", ("begun", "bps", "flat", "name", "steps")):
        hold = tabs.Hold(case["flat"], case["bps"], case["begun"]["bounds"])
        report.equal(hold.held(), case["begun"]["held"], f"{label}: set aside")
        for number, step in enumerate(case["steps"]):
            do = step["do"]
            act = next(name for name in ("claim", "change", "close", "release", "end") if name in do)
            try:
                outcome = getattr(hold, act)(step["time"], do)
            except tabs.Refusal as refusal:
                outcome = {"refused": refusal.code}
            report.equal(outcome, step["outcome"], f"{label}: step {number}, {act}")
            after = {"bounds": hold.bounds, "held": hold.held(), "claimed": hold.claimed, "state": hold.state}
            report.equal(after, step["after"], f"{label}: after step {number}")
