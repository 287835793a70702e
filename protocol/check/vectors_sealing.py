"""The vectors of sealing (7.1 to 7.5) and of invites' links (6.5)."""

from . import sealing
from .cbor import encode
from .cose import Signed
from .keys import sha256
from .objects import BUNDLE, DISCLOSURE, parse_bundle, parse_disclosure
from .report import plain
from .vector_file import hpke_public, plain_value


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


def check_carried(file):
    """7.11, with HPKE's fresh input given."""
    report = file.report
    shape = "bytes fields hpke_public hpke_seed ikm_e info name order_body verifier".split()
    for label, case in file.cases("valid", shape):
        given = {name: bytes.fromhex(case[name]) for name in shape if name not in ("fields", "info", "name")}
        report.equal(sealing.CARRIED_INFO.decode(), case["info"], f"{label}: info")
        report.equal(hpke_public(given["hpke_seed"]), given["hpke_public"], f"{label}: public key")
        report.equal(sealing.parse_carried(given["bytes"]), plain_value(case["fields"]), f"{label}: members")
        made = sealing.seal_carried(given["order_body"], given["verifier"], given["hpke_public"], given["ikm_e"])
        report.equal(made, given["bytes"], f"{label}: bytes made again")
        opened = sealing.open_carried(given["bytes"], sealing.derive_private(given["hpke_seed"]))
        report.equal(opened, given["order_body"], f"{label}: opened")
    parsed = ("bytes", "error", "name", "step")
    for label, case in file.cases("invalid", parsed, (*parsed, "hpke_seed")):
        raw = bytes.fromhex(case["bytes"])
        steps = [("parse", lambda: sealing.parse_carried(raw))]
        if "hpke_seed" in case:
            private = sealing.derive_private(bytes.fromhex(case["hpke_seed"]))
            steps.append(("open", lambda: sealing.open_carried(raw, private)))
        file.refuses(label, case, steps)


def check_direct(file):
    """19.9, with all fresh input given."""
    report = file.report
    fields = ("answer_fields", "request_fields")
    shape = "answer answer_fields hpke_public hpke_seed ikm_e name nonce request request_fields said voucher".split()
    for label, case in file.cases("valid", shape):
        given = {name: bytes.fromhex(case[name]) for name in shape if name not in (*fields, "name")}
        report.equal(hpke_public(given["hpke_seed"]), given["hpke_public"], f"{label}: public key")
        request = sealing.parse_direct(given["request"], sealing.DIRECT_REQUEST)
        report.equal(request, plain_value(case["request_fields"]), f"{label}: members")
        answer = sealing.parse_direct(given["answer"], sealing.DIRECT_ANSWERED)
        report.equal(answer, plain_value(case["answer_fields"]), f"{label}: members of the answer")
        made, asked = sealing.seal_direct(given["voucher"], given["hpke_public"], given["ikm_e"])
        report.equal(made, given["request"], f"{label}: bytes made again")
        opened, context = sealing.open_direct(given["request"], sealing.derive_private(given["hpke_seed"]))
        report.equal(opened, given["voucher"], f"{label}: opened")
        made = sealing.answer_direct(context, request[1], given["said"], given["nonce"])
        report.equal(made, given["answer"], f"{label}: answer made again")
        heard = sealing.hear_direct(asked, request[1], given["answer"])
        report.equal(heard, given["said"], f"{label}: heard")
    for label, case in file.cases("invalid", "answer error hpke_seed name request step".split()):
        request, answer, seed = (bytes.fromhex(case[name]) for name in ("request", "answer", "hpke_seed"))
        private = sealing.derive_private(seed)

        def hear(request=request, answer=answer, private=private):
            hold = sealing.parse_direct(request, sealing.DIRECT_REQUEST)[1]
            return sealing.hear_direct(sealing.open_direct(request, private)[1], hold, answer)

        steps = [
            ("request", lambda request=request: sealing.parse_direct(request, sealing.DIRECT_REQUEST)),
            ("open", lambda request=request, private=private: sealing.open_direct(request, private)),
            ("hear", hear),
        ]
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
