"""Every vector file in both directions (chapter 17)."""

import json

from . import keys, money, reads, sealing
from .cbor import ALIAS, Refused, decode, encode
from .cose import Signed, external_aad, sign
from .keys import Signer, sha256
from .objects import BODIES, BUNDLE, DISCLOSURE, OBJECTS, parse_body, parse_bundle, parse_disclosure
from .problems import CODES, REFUSALS, Problem, problem_json
from .report import Report, plain
from .wallet import alias_handle

# "Decoders differ in what they notice first, so these count as one name" (chapter 17).
ONE_NAME = {"cbor": "cbor", "truncated": "cbor", "not_canonical": "cbor"}

# Refused at the named step, but for a reason that the specification does not settle: (file, name) → the name it
# would give. An entry that no vector needs any more fails.
UNSETTLED = {}


def plain_value(fields):
    """A vector's `fields`: JSON with {"hex": …} for byte strings and {"map": [[key, value], …]} for maps."""
    if type(fields) is dict and set(fields) == {"hex"}:
        return bytes.fromhex(fields["hex"])
    if type(fields) is dict and set(fields) == {"map"}:
        return {key: plain_value(value) for key, value in fields["map"]}
    if type(fields) is dict:
        raise ValueError(f"a kind of field that is not understood: {sorted(fields)}")
    return [plain_value(value) for value in fields] if type(fields) is list else fields


def signer_of(described):
    """The private key that a vector gives."""
    secret = described["seed" if described["algorithm"] == "Ed25519" else "private"]
    return Signer(described["algorithm"], bytes.fromhex(secret))


def hpke_public(seed):
    """The public HPKE key of a vector's seed."""
    return sealing.x25519_public(sealing.derive_private(seed))


class File:
    """One vector file. Whatever it holds that is not asked for is a failure: nothing is skipped."""

    def __init__(self, report, name, content):
        self.report, self.name, self.content = report, name, content
        self.left = set(content)
        self.used_unsettled = set()

    def take(self, name):
        """A member of the file, as a whole."""
        self.left.discard(name)
        return self.content[name]

    def cases(self, name, *shapes):
        """The cases of a list, each of which has exactly the members of one of the shapes."""
        for index, case in enumerate(self.take(name)):
            label = f"{self.name}: {name}[{index}] {case.get('name', '') if type(case) is dict else ''}".rstrip()
            if any(set(case) == set(shape) for shape in shapes):
                yield label, case
            else:
                self.report.check(False, label, f"a kind of vector that is not understood: {sorted(case)}")

    def refuses(self, label, case, steps):
        """Each step before the named one goes through; the named one refuses, with the named error."""
        where = "before the first step"
        try:
            for where, step in steps:
                step()
        except (Refused, money.NoAmount) as refused:
            wanted, got = case["error"], refused.name
            key = (self.name, case.get("name"))
            if where == case["step"] and UNSETTLED.get(key) == got != wanted:
                self.used_unsettled.add(key)
                wanted = got
            same = ONE_NAME.get(got, got) == ONE_NAME.get(wanted, wanted)
            self.report.check(
                where == case["step"] and same,
                label,
                f"refused at {where} as {refused}, expected {case['step']}: {case['error']}",
            )
        else:
            self.report.check(False, label, f"was not refused, expected {case['step']}: {case['error']}")

    def done(self):
        """Everything was asked for."""
        for name in sorted(self.left):
            self.report.check(False, f"{self.name}: {name}", "a member that is not understood")
        for key in UNSETTLED:
            if key[0] == self.name and key not in self.used_unsettled:
                self.report.check(False, f"{self.name}: {key[1]}", "is settled now; take it off the list")


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
    "account-status": ("head", None, None, "device-list"),
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
            for _, _, kind, receipt, cause, bundle, _, _ in fields[1]:
                read_embedded("receipt", receipt)
                read_embedded({2: "order", 3: "issue"}.get(kind), cause)
                read_embedded("bundle", bundle)
        else:
            for kind, value in zip(EMBEDDED[case["body"]], fields, strict=True):
                read_embedded(kind, value)
        file.report.check(True, f"{label}: embedded objects")
    for label, case in file.cases("invalid", ("body", "bytes", "error", "name", "step")):
        steps = [("parse", lambda: parse_body(case["body"], bytes.fromhex(case["bytes"])))]
        file.refuses(label, case, steps)


def check_bundle(file):
    """7.2, with HPKE's fresh input given."""
    report = file.report
    shape = (
        "aad body_key bytes disclosure enc fields hash hpke_public hpke_seed ikm_e info name order_id "
        "payee_key_hash wrapped"
    ).split()
    for label, case in file.cases("valid", shape):
        plain_members = ("fields", "info", "name")
        given = {name: bytes.fromhex(value) for name, value in case.items() if name not in plain_members}
        fields = plain_value(case["fields"])
        aad = sealing.bundle_aad(given["order_id"], given["payee_key_hash"])
        report.equal(aad, given["aad"], f"{label}: aad")
        report.equal(sealing.INFO.decode(), case["info"], f"{label}: info")
        report.equal(hpke_public(given["hpke_seed"]), given["hpke_public"], f"{label}: public key")
        report.equal(parse_bundle(given["bytes"]), fields, f"{label}: members")
        report.equal(encode(BUNDLE(fields, label)), given["bytes"], f"{label}: members encoded")
        made = sealing.seal_bundle(given["disclosure"], aad, [given["hpke_public"]], given["body_key"], given["ikm_e"])
        report.equal(made, given["bytes"], f"{label}: bytes made again")
        report.equal(sha256(made), given["hash"], f"{label}: hash")
        report.equal(parse_bundle(made)[2][0][1:], [given["enc"], given["wrapped"]], f"{label}: recipient")
        opened, _ = sealing.open_bundle(given["bytes"], aad, sealing.derive_private(given["hpke_seed"]))
        report.equal(encode(opened), given["disclosure"], f"{label}: opened")
    parsed = ("bytes", "error", "name", "step")
    for label, case in file.cases("invalid", parsed, (*parsed, "hpke_seed", "order_id", "payee_key_hash")):
        raw = bytes.fromhex(case["bytes"])
        steps = [("parse", lambda: parse_bundle(raw))]
        if "hpke_seed" in case:
            aad = sealing.bundle_aad(*(bytes.fromhex(case[name]) for name in ("order_id", "payee_key_hash")))
            private = sealing.derive_private(bytes.fromhex(case["hpke_seed"]))
            steps.append(("open", lambda: sealing.open_bundle(raw, aad, private)))
        file.refuses(label, case, steps)


def check_details(file):
    """7.3"""
    report = file.report
    for label, case in file.cases("valid", "details disclosure fields hash name salt".split()):
        fields, salt = plain_value(case["fields"]), bytes.fromhex(case["salt"])
        report.equal(parse_disclosure(bytes.fromhex(case["disclosure"])), fields, f"{label}: members")
        report.equal(encode(DISCLOSURE(fields, label)).hex(), case["disclosure"], f"{label}: bytes made again")
        report.equal(fields[1], salt, f"{label}: salt")
        report.equal(encode(fields[2]).hex(), case["details"], f"{label}: details")
        report.equal(sealing.details_hash(salt, fields[2]).hex(), case["hash"], f"{label}: hash")
    for label, case in file.cases("invalid", ("disclosure", "error", "name", "step")):
        file.refuses(label, case, [("parse", lambda: parse_disclosure(bytes.fromhex(case["disclosure"])))])


def check_invite_link(file):
    """6.5"""
    for label, case in file.cases("valid", ("invite", "link")):
        file.report.equal(sealing.invite_link(bytes.fromhex(case["invite"])), case["link"], f"{label}: made")
        file.report.equal(sealing.read_invite_link(case["link"]).raw.hex(), case["invite"], f"{label}: read")
    known = [case["invite"] for case in file.content["valid"]]
    for index, link in enumerate(file.take("also_read")):
        raw = sealing.read_invite_link(link).raw.hex()
        file.report.check(raw in known, f"{file.name}: also_read[{index}]", plain(raw))
    for label, case in file.cases("invalid", ("error", "link", "name", "step")):
        file.refuses(label, case, [("parse", lambda: sealing.read_invite_link(case["link"]))])


def check_pad(file):
    """7.1"""
    report, example, too_large = file.report, file.take("example"), file.take("too_large")
    plaintext, padded = bytes.fromhex(example["plaintext"]), bytes.fromhex(example["padded"])
    report.equal(set(example), {"padded", "plaintext"}, "pad: example: members")
    report.equal(sealing.pad(plaintext), padded, "pad: example: padded")
    report.equal(sealing.unpad(padded), plaintext, "pad: example: unpadded")
    for label, case in file.cases("valid", "padded_length padded_sha256 plaintext_byte plaintext_length".split()):
        plaintext = bytes.fromhex(case["plaintext_byte"]) * case["plaintext_length"]
        padded = sealing.pad(plaintext)
        report.equal(len(padded), case["padded_length"], f"{label}: length")
        report.equal(sha256(padded).hex(), case["padded_sha256"], f"{label}: padded")
        report.equal(sealing.unpad(padded), plaintext, f"{label}: unpadded")
    for label, case in file.cases("invalid", ("error", "name", "padded", "step")):
        file.refuses(label, case, [("open", lambda: sealing.unpad(bytes.fromhex(case["padded"])))])
    report.equal(set(too_large), {"error", "plaintext_length"}, "pad: too_large: members")
    steps = [("seal", lambda: sealing.pad(bytes(too_large["plaintext_length"])))]
    file.refuses("pad: too_large", {**too_large, "step": "seal"}, steps)


def check_pointer(file):
    """7.5"""
    report = file.report
    for label, case in file.cases("valid", "content content_sha256 key link locator name request secret url".split()):
        request, content = bytes.fromhex(case["request"]), bytes.fromhex(case["content"])
        made, read = sealing.Pointer.of(case["url"], request), sealing.Pointer.read(case["link"])
        for which, pointer in (("made", made), ("read", read)):
            report.equal(pointer.secret.hex(), case["secret"], f"{label}: {which}: h")
            report.equal(pointer.url, case["url"], f"{label}: {which}: URL")
            report.equal(pointer.link, case["link"], f"{label}: {which}: link")
            report.equal(pointer.locator.hex(), case["locator"], f"{label}: {which}: locator")
            report.equal(pointer.key.hex(), case["key"], f"{label}: {which}: key")
        report.equal(made.seal(request), content, f"{label}: content")
        report.equal(sha256(content).hex(), case["content_sha256"], f"{label}: content's hash")
        report.equal(read.open(content).raw, request, f"{label}: opened")
    known = [case["link"] for case in file.content["valid"]]
    for index, link in enumerate(file.take("also_read")):
        report.check(sealing.Pointer.read(link).link in known, f"pointer: also_read[{index}]", link)
    parsed = ("error", "link", "name", "step")
    for label, case in file.cases("invalid", parsed, (*parsed, "content")):
        held = []
        steps = [("parse", lambda: held.append(sealing.Pointer.read(case["link"])))]
        if "content" in case:
            steps.append(("open", lambda: held[0].open(bytes.fromhex(case["content"]))))
        file.refuses(label, case, steps)


def check_request_reference(file):
    """7.4"""
    for label, case in file.cases("valid", ("bytes_hash", "info", "reference", "request")):
        request = bytes.fromhex(case["request"])
        file.report.equal(case["info"], "farthing/1/request-ref", f"{label}: info")
        file.report.equal(Signed("request", request).bytes_hash.hex(), case["bytes_hash"], f"{label}: bytes hash")
        file.report.equal(sealing.request_reference(request).hex(), case["reference"], f"{label}: reference")


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
    shape = "call created device name nonce public_key signature_base signer verifier".split()
    for label, case in file.cases("valid", shape):
        call, signer, verifier = case["call"], signer_of(case["signer"]), bytes.fromhex(case["verifier"])
        report.equal(set(call), call_shape, f"{label}: call")
        device, nonce = bytes.fromhex(case["device"]), bytes.fromhex(case["nonce"])
        path = (call["method"], call["path"], call["query"], authority)
        made = reads.signed_headers(signer, *path, case["created"], nonce, device, verifier)
        report.equal(made, {name: call[name] for name in made}, f"{label}: headers made again")
        read = reads.Read(call, authority, verifier)
        read.verify(keys.public_key(decode(bytes.fromhex(case["public_key"]), label), label))
        report.equal(read.base, case["signature_base"], f"{label}: signature base")
        got = (read.created, read.nonce, read.device)
        report.equal(got, (case["created"], nonce, device), f"{label}: parameters")
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
    "alias-handle": check_alias_handle,
    "amounts": check_amounts,
    "bodies": check_bodies,
    "bundle": check_bundle,
    "details-hash": check_details,
    "invite-link": check_invite_link,
    "keys": check_keys,
    "pad": check_pad,
    "pointer": check_pointer,
    "problems": check_problems,
    "request-reference": check_request_reference,
    "signed-reads": check_reads,
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
