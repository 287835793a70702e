"""The vectors of money without network: its rules, proofs and frames."""

from . import offline_rules as rules
from . import parts
from .cbor import encode
from .cose import Signed
from .keys import cose_key
from .sealing import parse_carried
from .vector_file import plain_value


def signed(kind, text):
    """An object of a vector."""
    return Signed(kind, bytes.fromhex(text))


def asked(text):
    """A request, signed by its payee."""
    request = signed("offline-request", text)
    return request.verify(cose_key(request[3]))


def check_offline_rules(file):
    """offline-rules.json"""
    report = file.report
    for label, case in file.cases("names", ("allowance", "order")):
        report.equal(signed("allowance-order", case["order"]).hash[:16].hex(), case["allowance"], label)
    for label, case in file.cases("contradictions", ("found", "found_at_payee", "name", "one", "other")):
        one, other = case["one"], case["other"]
        for at_payee, wanted in ((False, case["found"]), (True, case["found_at_payee"])):
            found = None if one == other else rules.contradict(one, other, at_payee)
            report.equal(found, wanted, label)
    for label, case in file.cases("takes", "allowance fault held name request revoked time voucher".split()):
        held = [(signed("offline-voucher", h["voucher"]), bytes.fromhex(h["payee"])) for h in case["held"]]
        revoked = case["revoked"] and signed("revoked-allowances", case["revoked"])
        allowance, voucher = signed("allowance", case["allowance"]), signed("offline-voucher", case["voucher"])
        found = rules.takes(allowance, voucher, asked(case["request"]), held, revoked, case["time"])
        report.equal(found, case["fault"], label)
    for label, case in file.cases("resumes", ("anchor", "name", "resume", "stored")):
        report.equal(rules.resume(case["anchor"], case["stored"]), case["resume"], label)
    for label, case in file.cases("vouchers", "allowance anchor name outcome promised request time".split()):
        allowance, request = signed("allowance", case["allowance"]), asked(case["request"])
        made, after = rules.next_voucher(case["anchor"], allowance, request, case["promised"], case["time"])
        outcome = {"fault": made} if after is None else {"voucher": encode(made).hex(), "anchor": after}
        report.equal(outcome, case["outcome"], label)
    for label, case in file.cases("settles", "balance cap claims name root shares totals".split()):
        shares, totals, root = rules.settle(case["cap"], case["balance"], case["claims"])
        report.equal(shares, case["shares"], f"{label}: shares")
        report.equal(totals, case["totals"], f"{label}: sums")
        report.equal(root.hex(), case["root"], f"{label}: root")
    for label, case in file.cases("rooms", ("all", "amount", "cap", "name", "own", "refused")):
        found = rules.room(case["cap"], case["own"], case["all"], case["amount"])
        report.equal(found, case["refused"], label)
    for label, case in file.cases("goes_back", ("back", "bps", "cap", "flat", "paid")):
        report.equal(rules.goes_back(case["flat"], case["bps"], case["cap"], case["paid"]), case["back"], label)


def check_proof(file):
    """7.12: the valid ones prove, the others are refused."""
    for label, case in file.cases("valid", ("bytes", "fields", "found", "name", "verifier")):
        fields, prove = rules.prove(bytes.fromhex(case["bytes"]), bytes.fromhex(case["verifier"]))
        file.report.equal(fields, plain_value(case["fields"]), f"{label}: members")
        file.report.equal(prove(), case["found"], f"{label}: proves it")
    for label, case in file.cases("invalid", ("bytes", "error", "name", "step", "verifier")):
        held = []
        raw, verifier = bytes.fromhex(case["bytes"]), bytes.fromhex(case["verifier"])
        steps = [
            ("parse", lambda: held.append(rules.prove(raw, verifier))),
            ("verify", lambda: held[0][1]()),
        ]
        file.refuses(label, case, steps)


def check_frames(file):
    """7.13. How large a QR code is, is not for this implementation to say: it draws none."""
    inside = {"FR": ["offline-request"], "FA": ["allowance"], "FV": ["offline-voucher"], "FT": ["voucher"]}
    inside |= {"FP": ["allowance", "offline-voucher"], "FD": ["offline-request", None], "FQ": ["request"], "FC": [None]}
    for label, case in file.cases("valid", ("kind", "name", "parts", "qr", "text")):
        kind, parts = rules.read_frame(case["text"])
        file.report.equal((kind, [part.hex() for part in parts]), (case["kind"], case["parts"]), f"{label}: read")
        file.report.equal(rules.frame(kind, parts), case["text"], f"{label}: made again")
        if kind == "FC":
            file.report.check(parse_carried(parts[0]), f"{label}: what is inside")
            continue
        # A receipt and a refusal have different members: at most one of them can be read.
        types = inside.get(kind) or ["refusal" if "refusal" in label else "receipt"]
        objects = [Signed(of_type, part) for of_type, part in zip(types, parts, strict=True) if of_type]
        file.report.check(objects, f"{label}: what is inside")
    for label, case in file.cases("invalid", ("error", "name", "step", "text")):
        file.refuses(label, case, [("parse", lambda: rules.read_frame(case["text"]))])


def check_parts(file):
    """7.13, frames in several codes."""
    for label, case in file.cases("valid", ("codes", "enough", "name", "text")):
        codes = case["codes"]
        of = parts.read(codes[0])[1][1]
        file.report.equal(parts.join(codes[:of]), case["text"], f"{label}: each once")
        file.report.equal(parts.join(reversed(codes)), case["text"], f"{label}: backwards")
        file.report.equal(parts.join(codes[at] for at in case["enough"]), case["text"], f"{label}: enough of them")
        file.report.equal(parts.join(codes[1:of]), None, f"{label}: one is missing")
    for label, case in file.cases("invalid", ("codes", "error", "name", "step")):
        file.refuses(label, case, [("join", lambda: parts.join(case["codes"]))])
