"""The vectors of pairing, grants and messages (7.6 to 7.8)."""

from . import messages, pairing
from .cbor import encode
from .cose import Signed
from .objects import ENVELOPE, GRANT, OFFER
from .vector_file import hpke_public, plain_value

PAIRING = """
code hpke_public hpke_seed ikm_e info link message_1 message_2 message_2_aad n_scan n_show name offer offer_hash
purpose rendezvous reveal_key scan_key show_key slot_3 slot_3_plaintext slot_4 slot_4_plaintext tls transcript url
verifier
""".split()
INSIDE = {1: "pair-confirm", 3: "request", 6: "checkpoint", 7: "hold-offer", 8: "voucher"}
AS_THEY_ARE = ("code", "info", "link", "name", "purpose", "tls", "url")


def sides(case):
    """Both sides of a pairing, with everything that is random as the vector gives it."""
    random = {name: bytes.fromhex(case[name]) for name in ("hpke_seed", "ikm_e", "n_scan", "n_show", "rendezvous")}
    verifier, tls = bytes.fromhex(case["verifier"]), bytes.fromhex(case["tls"] or "") or None
    shower = pairing.Shower(
        case["url"], case["purpose"], verifier, random["rendezvous"], random["hpke_seed"], random["n_show"], tls
    )
    return shower, pairing.Scanner(shower.offer.link, random["ikm_e"], random["n_scan"])


def check_pairing(file):
    """7.6, step by step, and what the two slots hold in the end."""
    report = file.report
    for label, case in file.cases("valid", PAIRING):
        given = {name: bytes.fromhex(case[name]) for name in PAIRING if name not in AS_THEY_ARE}
        shower, scanner = sides(case)
        message_2 = shower.accept(scanner.message_1)
        scanner.learn(message_2)
        report.equal(hpke_public(given["hpke_seed"]), given["hpke_public"], f"{label}: HPKE key")
        report.equal(shower.offer.raw, given["offer"], f"{label}: offer")
        report.equal((shower.offer.link, scanner.offer.url), (case["link"], case["url"]), f"{label}: link")
        report.equal(shower.offer.info.decode(), case["info"], f"{label}: info")
        report.equal(shower.offer.hash, given["offer_hash"], f"{label}: offer hash")
        report.equal((scanner.message_1, message_2), (given["message_1"], given["message_2"]), f"{label}: messages")
        for which, side in (("shower", shower), ("scanner", scanner)):
            report.equal(side.code, case["code"], f"{label}: {which}: code")
            report.equal(side.transcript, given["transcript"], f"{label}: {which}: transcript hash")
            report.equal(side.reveal_aad, given["message_2_aad"], f"{label}: {which}: message 2's aad")
            for name in ("reveal_key", "show_key", "scan_key"):
                report.equal(getattr(side, name), given[name], f"{label}: {which}: {name}")
        for slot, side, other in ((3, shower, scanner), (4, scanner, shower)):
            sealed, plaintext = given[f"slot_{slot}"], given[f"slot_{slot}_plaintext"]
            report.equal(side.seal(plaintext), sealed, f"{label}: slot {slot} made")
            report.equal(other.open(sealed), plaintext, f"{label}: slot {slot} opened")
        read_slots(report, label, case["purpose"], shower.transcript, given)
    refused_pairings(file)


def read_slots(report, label, purpose, transcript, given):
    """What the slots hold is cards, or a grant and the new device's keys, of this transcript."""
    shown, scanned = given["slot_3_plaintext"], given["slot_4_plaintext"]
    if purpose == pairing.CONTACT:
        cards = Signed("contact-card", shown), Signed("contact-card", scanned)
        for role, card in enumerate(cards, start=1):
            card.verify(Signed("device-certificate", card[3])[4])
            report.equal((card[1], card[2]), (transcript, role), f"{label}: the card of role {role}")
        return
    grant, offered = pairing.parse_grant(shown), Signed("device-offer", scanned)
    offered.verify(offered[2])
    certificate = Signed("device-certificate", grant[2]).verify(grant[3])
    report.equal((grant[1], offered[1]), (transcript, transcript), f"{label}: transcript hash of grant and keys")
    got, keys = (certificate[2], certificate[3], certificate[4]), (grant[3], offered[2], offered[3])
    report.equal(got, keys, f"{label}: the certificate's keys")


def refused_pairings(file):
    """Wrong ones, tried on the first pairing."""
    first = file.content["valid"][0]
    wrong = ("error", "name", "step")
    for label, case in file.cases(
        "invalid", *((*wrong, name) for name in ("message_1", "message_2")), (*wrong, "card", "role")
    ):
        shower, scanner = sides(first)
        if "message_1" in case:
            steps = [("accept", lambda: shower.accept(bytes.fromhex(case["message_1"])))]
        elif "message_2" in case:
            steps = [("learn", lambda: scanner.learn(bytes.fromhex(case["message_2"])))]
        else:
            scanner.learn(shower.accept(scanner.message_1))
            reader = scanner if case["role"] == pairing.SHOWER else shower
            steps = [("open", lambda: reader.open(bytes.fromhex(case["card"])))]
        file.refuses(label, case, steps)


def check_pairing_link(file):
    """Offers and their links (7.6)."""
    report = file.report
    for label, case in file.cases("valid", "fields hash link name offer url".split()):
        raw, fields = bytes.fromhex(case["offer"]), plain_value(case["fields"])
        made, read = pairing.Offer(case["url"], encode(OFFER(fields, label))), pairing.Offer.read(case["link"])
        for which, offer in (("made", made), ("read", read)):
            report.equal((offer.raw, offer.fields), (raw, fields), f"{label}: {which}: offer")
            report.equal((offer.link, offer.url), (case["link"], case["url"]), f"{label}: {which}: link")
            report.equal(offer.hash.hex(), case["hash"], f"{label}: {which}: hash")
    for index, link in enumerate(file.take("also_read")):
        report.equal(
            pairing.Offer.read(link).link, file.content["valid"][0]["link"], f"pairing-link: also_read[{index}]"
        )
    for label, case in file.cases("invalid", ("error", "link", "name", "step")):
        file.refuses(label, case, [("parse", lambda: pairing.Offer.read(case["link"]))])


def check_grant(file):
    """7.7"""
    for label, case in file.cases("valid", ("bytes", "fields", "name")):
        raw, fields = bytes.fromhex(case["bytes"]), plain_value(case["fields"])
        file.report.equal(pairing.parse_grant(raw), fields, f"{label}: members")
        file.report.equal(encode(GRANT(fields, label)), raw, f"{label}: bytes made again")
        Signed("device-certificate", fields[2]).verify(fields[3])
    for label, case in file.cases("invalid", ("bytes", "error", "name", "step")):
        file.refuses(label, case, [("parse", lambda: pairing.parse_grant(bytes.fromhex(case["bytes"])))])


def check_envelope(file):
    """What Olm encrypts (7.8)."""
    report = file.report
    report.equal(tuple(file.take("padded_sizes")), messages.PLAINTEXT_STEPS, "envelope: padded sizes")
    for label, case in file.cases("valid", ("envelope", "fields", "name", "plaintext")):
        raw, fields = bytes.fromhex(case["plaintext"]), plain_value(case["fields"])
        report.equal(messages.read_envelope(raw), fields, f"{label}: members")
        report.equal(encode(ENVELOPE(fields, label)).hex(), case["envelope"], f"{label}: bytes made again")
        report.equal(messages.envelope(fields), raw, f"{label}: padded")
        inner = INSIDE.get(fields[3][0])
        report.check(inner is None or Signed(inner, fields[3][1]), f"{label}: what is inside")
    for label, case in file.cases("invalid", ("error", "name", "plaintext", "step")):
        file.refuses(label, case, [("parse", lambda: messages.read_envelope(bytes.fromhex(case["plaintext"])))])


def check_content(file):
    """What lies in a mailbox (7.8)."""
    report = file.report
    report.equal(tuple(file.take("padded_sizes")), messages.CONTENT_STEPS, "message-content: padded sizes")
    for label, case in file.cases("valid", ("bytes", "name", "olm", "type")):
        raw, olm = bytes.fromhex(case["bytes"]), bytes.fromhex(case["olm"])
        report.equal(messages.read_content(raw), [case["type"], olm], f"{label}: read")
        report.equal(messages.content(case["type"], olm), raw, f"{label}: made")
    for label, case in file.cases("invalid", ("bytes", "error", "name", "step")):
        file.refuses(label, case, [("parse", lambda: messages.read_content(bytes.fromhex(case["bytes"])))])
