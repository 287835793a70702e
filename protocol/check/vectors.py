"""Every vector file in both directions (chapter 17)."""

import json

from . import keys, money, reads, tabs
from .bodies import BODIES, parse_body
from .cbor import ALIAS, Refused, decode, encode
from .cose import Signed, external_aad, sign
from .keys import sha256
from .objects import OBJECTS, parse_bundle
from .problems import CODES, REFUSALS, Problem, problem_json
from .report import Report
from .tab_entries import check_tab_entry
from .vector_file import File, hpke_public, plain_value, signer_of
from .vectors_checkpoints import check_account_leaf, check_contradiction, check_merkle
from .vectors_offline import check_frames, check_offline_rules, check_parts, check_proof
from .vectors_people import check_content, check_envelope, check_grant, check_pairing, check_pairing_link
from .vectors_sealing import (
    check_bundle,
    check_carried,
    check_details,
    check_direct,
    check_invite_link,
    check_pad,
    check_pointer,
    check_request_reference,
)
from .vectors_tabs import check_rules
from .wallet import alias_handle


def check_signed(file):
    """Files of chapter 6's objects."""
    kind, report = file.take("type"), file.report
    report.equal(kind, file.name, f"{file.name}: type")
    report.equal(file.take("external_aad").encode(), external_aad(kind), f"{file.name}: external_aad")
    shape = "bytes bytes_hash fields hash kid name payload public_key signature signer to_be_signed".split()
    for label, case in file.cases("valid", shape):
        raw, fields, signer = bytes.fromhex(case["bytes"]), plain_value(case["fields"]), signer_of(case["signer"])
        public = keys.public_key(decode(bytes.fromhex(case["public_key"]), "public_key"), "public_key")
        read = Signed(kind, raw).verify(public)
        report.equal(read.fields, fields, f"{label}: members")
        report.equal(signer.public, public, f"{label}: public key")
        made = sign(kind, fields, signer)
        report.equal(made.payload.hex(), case["payload"], f"{label}: payload")
        report.equal(made.to_be_signed.hex(), case["to_be_signed"], f"{label}: to be signed")
        report.equal(made.kid.hex(), case["kid"], f"{label}: kid")
        report.equal(made.hash.hex(), case["hash"], f"{label}: hash")
        report.equal(read.bytes_hash.hex(), case["bytes_hash"], f"{label}: bytes hash")
        report.equal(read.signature.hex(), case["signature"], f"{label}: signature as parsed")
        if case["signer"]["algorithm"] == "Ed25519":
            report.equal(made.raw, raw, f"{label}: bytes made again")
        else:
            again = encode([read.protected, {}, made.payload, read.signature])
            report.equal(again, raw, f"{label}: bytes made again, but for the signature")
    shapes = (("bytes", "error", "name", "step"), ("bytes", "error", "name", "step", "public_key"))
    for label, case in file.cases("invalid", *shapes):
        held = []
        steps = [("parse", lambda: held.append(Signed(kind, bytes.fromhex(case["bytes"]))))]
        if "public_key" in case:
            key = decode(bytes.fromhex(case["public_key"]), "public_key")
            steps.append(("verify", lambda: held[0].verify(keys.public_key(key, "public_key"))))
        file.refuses(label, case, steps)


def check_keys(file):
    """Chapter 4's thumbprints, and that every private value is what `how` says."""
    report, how = file.report, file.take("how")
    report.check("farthing vector: " in how, "keys: how", how)

    def random(name):
        return sha256(f"farthing vector: {name}".encode()).hex()

    for group in ("signing", "es256"):
        for label, case in file.cases(group, "first_16 kid name public_key signer thumbprint".split()):
            signer = signer_of(case["signer"])
            public = keys.public_key(decode(bytes.fromhex(case["public_key"]), label), label)
            secret = case["signer"]["seed" if group == "signing" else "private"]
            report.equal(secret, random(case["name"]), f"{label}: how the secret is made")
            report.equal(signer.public, public, f"{label}: public key")
            report.equal(encode(public).hex(), case["public_key"], f"{label}: encoding")
            report.equal(keys.thumbprint(public).hex(), case["thumbprint"], f"{label}: thumbprint")
            report.equal(keys.kid(public).hex(), case["kid"], f"{label}: kid")
            report.equal(keys.first_16(public).hex(), case["first_16"], f"{label}: first 16")
    for label, case in file.cases("hpke", ("name", "public", "seed")):
        report.equal(case["seed"], random(case["name"]), f"{label}: how the secret is made")
        report.equal(hpke_public(bytes.fromhex(case["seed"])).hex(), case["public"], f"{label}: public")


def check_alias_handle(file):
    """Chapter 3's aliases."""
    for label, case in file.cases("valid", ("alias", "handle")):
        alias = ALIAS(case["alias"], "alias")
        file.report.equal(alias_handle(alias).hex(), case["handle"], label)
    for label, case in file.cases("invalid", ("alias", "error", "step")):
        file.refuses(label, case, [("parse", lambda: ALIAS(case["alias"], "alias"))])


def check_amounts(file):
    """Chapter 8."""
    report = file.report
    for label, case in file.cases("fees", "bps code fee flat scale value".split()):
        report.equal(money.fee(case["value"], case["flat"], case["bps"]), case["fee"], label)
    for label, case in file.cases("valid", "assets cbor code shown text value".split()):
        assets = {asset["code"]: asset["scale"] for asset in case["assets"]}
        amount = [case["value"], case["code"], assets[case["code"]]]
        report.equal(money.read(case["text"], assets), amount, f"{label}: read")
        report.equal(money.shown(amount), case["shown"], f"{label}: shown")
        report.equal(encode(amount).hex(), case["cbor"], f"{label}: encoded")
        report.equal(decode(bytes.fromhex(case["cbor"]), label), amount, f"{label}: decoded")
    for label, case in file.cases("invalid", ("assets", "error", "step", "text")):
        assets = {asset["code"]: asset["scale"] for asset in case["assets"]}
        file.refuses(label, case, [("read", lambda: money.read(case["text"], assets))])


EMBEDDED = {
    "verifier-status": ("verifier-certificate", "checkpoint", "fee-schedule", "head"),
    "enrolment-body": ("enrolment", "device-certificate", "device-list", "handle-register", "alias-record"),
    "bind-body": ("handle-bind", None),
    "order-body": ("order", "bundle", None),
    "account-status": ("head", None, None, "device-list", None, None, "alias-record"),
    "alias-body": ("alias-register", "alias-record"),
    "publish-body": ("request-publish", None),
    "devices-body": ("device-list", "device-certificate", "handle-register"),
    "devices-status": ("head", None, "device-list", "device-certificate", "device-certificate", None),
    "claimed-prekey": ("prekeys", None),
    "message-body": ("message", None),
    "messages-page": ("head", None, None),
    "claims-body": ("claim",),
    "settlements-page": ("settlement", None),
    "checkpoint-status": ("checkpoint", "checkpoint", "checkpoint", None),
    "entry-proof": (None,),
    "account-proof": ("checkpoint", None, None, None, None),
}


def read_embedded(kind, value):
    """Embedded objects are refused by their own rules when they are read (chapter 2)."""
    if kind is None or value is None:
        return
    for raw in value if type(value) is list else [value]:
        parse_bundle(raw) if kind == "bundle" else Signed(kind, raw)


def check_bodies(file):
    """Chapter 10's bodies, and the objects in them."""
    for label, case in file.cases("valid", ("body", "bytes", "fields", "name")):
        raw, fields = bytes.fromhex(case["bytes"]), plain_value(case["fields"])
        file.report.equal(parse_body(case["body"], raw), fields, f"{label}: members")
        file.report.equal(encode(BODIES[case["body"]](fields, label)), raw, f"{label}: bytes made again")
        if case["body"] == "entries-page":
            read_embedded("head", fields[0])
            for _, _, kind, receipt, cause, bundle, *_ in fields[1]:
                read_embedded("bundle", bundle)
                if kind in tabs.ENTRIES:
                    check_tab_entry(file.report, f"{label}: entry of kind {kind}", kind, receipt, cause)
                    continue
                read_embedded("list-receipt" if kind == 4 else "receipt", receipt)
                read_embedded({2: "order", 3: "issue", 4: "device-list"}.get(kind), cause)
        elif case["body"] == "claim-outcomes":
            for kind, value in fields[0]:
                read_embedded({1: "claim-receipt", 2: "refusal", 3: None}[kind], value)
        else:
            for kind, value in zip(EMBEDDED[case["body"]], fields, strict=True):
                read_embedded(kind, value)
        file.report.check(True, f"{label}: embedded objects")
    for label, case in file.cases("invalid", ("body", "bytes", "error", "name", "step")):
        steps = [("parse", lambda: parse_body(case["body"], bytes.fromhex(case["bytes"])))]
        file.refuses(label, case, steps)


def check_problems(file):
    """Chapter 12: the whole tables, and how a reader reads."""
    report, seen = file.report, set()
    for label, case in file.cases("refusals", ("code", "kind", "message", "retryable")):
        code = CODES[case["code"]]
        seen.add(code.number)
        row = [code.kind, code.sentence, code.again]
        report.equal(row, [case["kind"], case["message"], case["retryable"]], label)
    table = "code json kind message retryable status".split()
    for label, case in file.cases("valid", table, ("code", "detail", "json", "name"), ("code", "head", "json", "name")):
        problem, code = Problem(case["json"]), CODES[case["code"]]
        report.equal(problem.code, code, f"{label}: code")
        if "kind" in case:
            seen.add(code.number)
            row = [code.kind, code.sentence, code.again, code.status]
            report.equal(row, [case[name] for name in ("kind", "message", "retryable", "status")], f"{label}: row")
        detail, head = case.get("detail"), case.get("head")
        report.equal(problem.detail, detail, f"{label}: detail")
        report.equal(problem.head, bytes.fromhex(head) if head else None, f"{label}: head")
        if "ignored" not in case.get("name", ""):
            made = problem_json(code, detail, bytes.fromhex(head) if head else None)
            report.equal(made, json.loads(case["json"]), f"{label}: JSON made again, in any order of members")
    report.equal(seen, set(CODES), "problems: every code of chapter 12")
    report.check(REFUSALS < seen, "problems: refusals")
    for label, case in file.cases("invalid", ("error", "json", "name", "step")):
        file.refuses(label, case, [("parse", lambda: Problem(case["json"]))])


def check_reads(file):
    """Chapter 11."""
    report, authority = file.report, file.take("authority")
    call_shape = {"body", "content-digest", "method", "path", "query", "signature", "signature-input"}
    shape = "call created keyid name nonce public_key signature_base signer verifier".split()
    for label, case in file.cases("valid", shape):
        call, signer, verifier = case["call"], signer_of(case["signer"]), bytes.fromhex(case["verifier"])
        report.equal(set(call), call_shape, f"{label}: call")
        keyid, nonce = bytes.fromhex(case["keyid"]), bytes.fromhex(case["nonce"])
        path = (call["method"], call["path"], call["query"], authority)
        made = reads.signed_headers(signer, *path, case["created"], nonce, keyid, verifier)
        report.equal(made, {name: call[name] for name in made}, f"{label}: headers made again")
        read = reads.Read(call, authority, verifier)
        read.verify(keys.public_key(decode(bytes.fromhex(case["public_key"]), label), label))
        report.equal(read.base, case["signature_base"], f"{label}: signature base")
        got = (read.created, read.nonce, read.keyid)
        report.equal(got, (case["created"], nonce, keyid), f"{label}: parameters")
    for label, case in file.cases("invalid", "call error name public_key step verifier".split()):
        held = []
        key = decode(bytes.fromhex(case["public_key"]), label)
        verifier = bytes.fromhex(case["verifier"])
        steps = [
            ("parse", lambda: held.append(reads.Read(case["call"], authority, verifier))),
            ("verify", lambda: held[0].verify(key)),
        ]
        file.refuses(label, case, steps)


SPECIAL = {
    "account-leaf": check_account_leaf,
    "alias-handle": check_alias_handle,
    "amounts": check_amounts,
    "bodies": check_bodies,
    "bundle": check_bundle,
    "carried-order": check_carried,
    "contradiction": check_contradiction,
    "details-hash": check_details,
    "device-grant": check_grant,
    "direct": check_direct,
    "envelope": check_envelope,
    "frames": check_frames,
    "frame-parts": check_parts,
    "invite-link": check_invite_link,
    "keys": check_keys,
    "merkle": check_merkle,
    "message-content": check_content,
    "offline-rules": check_offline_rules,
    "pad": check_pad,
    "pairing": check_pairing,
    "pairing-link": check_pairing_link,
    "pointer": check_pointer,
    "problems": check_problems,
    "proof": check_proof,
    "request-reference": check_request_reference,
    "signed-reads": check_reads,
    "tab-rules": check_rules,
}


def run(folder):
    """Check every file of a folder; prints a count a file, returns the exit code."""
    report = Report()
    paths = sorted(folder.glob("*.json"))
    for name in sorted((set(SPECIAL) | set(OBJECTS)) - {path.stem for path in paths}):
        report.check(False, name, f"there is no such file in {folder}")
    for path in paths:
        before = report.passed, report.failed
        check = SPECIAL.get(path.stem) or (check_signed if path.stem in OBJECTS else None)
        if check is None:
            report.check(False, path.name, "a file that is not understood")
            continue
        file = File(report, path.stem, json.loads(path.read_bytes()))
        try:
            check(file)
            file.done()
        except (Refused, money.NoAmount, KeyError, ValueError, TypeError) as error:
            report.check(False, path.name, f"stopped by {type(error).__name__}: {error}")
        passed, failed = report.passed - before[0], report.failed - before[1]
        print(f"{path.stem:22} {passed:4} passed, {failed} failed")
    return report.summary()
