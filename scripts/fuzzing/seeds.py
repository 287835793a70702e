"""Inputs to begin with: our vectors and stored forms, as the targets take them."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VECTORS = ROOT / "protocol" / "vectors"
STORED = ROOT / "core" / "tests" / "data" / "stored_forms.txt"

# How a stored form's name begins, by the number that the target gives to its kind.
STORED_KINDS = ["payment", "request", "handle", "pin", "act", "profile", "trust", "cursor", "lost", "event", "opening", "device,",
                "own devices", "change of devices", "alias", "mailbox", "note", "outgoing", "peer", "marks", "olm account",
                "devices of a contact", "known checkpoint", "heard checkpoint", "told checkpoint", "contradiction", "enrolment",
                "contact"]
# Forms that lie in no table: what two people who pair have agreed on, an anchor, the keys of a device.
STORED_ELSEWHERE = {
    28: "8550" + "21" * 16 + "1904d2" + "5820" + "22" * 32 + "5820" + "23" * 32 + "5820" + "24" * 32,
    29: "a300010107" + "0250" + "25" * 16,
    30: "a5000201" + "5820" + "26" * 32 + "025820" + "27" * 32 + "035820" + "28" * 32 + "045820" + "29" * 32,
}


def seeds():
    """By target."""
    return {"objects": objects(), "bodies": bodies(), "links": links(), "scan": scan(), "stored": stored(), "http": http(),
            "two_party": two_party()}


def vectors(name, which="valid"):
    return json.loads((VECTORS / f"{name}.json").read_text())[which]


def tagged(tag, text):
    return bytes([tag]) + bytes.fromhex(text)


def objects():
    kinds = re.search(r"OBJECTS: \[&str; \d+\] = \[(.*?)\];", (ROOT / "protocol/tests/protocol/kinds.rs").read_text(), re.S)[1]
    kinds = re.findall(r'"([a-z-]+)"', kinds)
    return [tagged(kinds.index(kind), v["bytes"]) for kind in kinds for v in vectors(kind)]


def bodies():
    names = re.findall(r'^    "([a-z-]+)",$', (ROOT / "fuzz/fuzz_targets/bodies.rs").read_text(), re.M)
    special = [(18, "bundle", "bytes"), (19, "details-hash", "disclosure"), (20, "envelope", "plaintext"),
               (21, "message-content", "bytes"), (22, "device-grant", "bytes"), (26, "receipt", "bytes"),
               (26, "refusal", "bytes"), (27, "pairing-link", "offer"), (28, "contradiction", "bytes"),
               (29, "carried-order", "bytes"), (30, "proof", "bytes"),
               (32, "direct", "request"), (33, "direct", "answer")]
    found = [tagged(names.index(v["body"]), v["bytes"]) for v in vectors("bodies")]
    found += [tagged(tag, v[member]) for tag, file, member in special for v in vectors(file)]
    found += [bytes([25]) + v["json"].encode() for v in vectors("problems")]
    found += [bytes([31]) + v["text"].encode() for v in vectors("frames")]
    found += [tagged(23, key["public_key"]) for kind in ("signing", "es256") for key in vectors("keys", kind)[:1]]
    return found + [bytes([24]) + (len(plain).to_bytes(2, "big") + plain).ljust(240, b"\0") for plain in (b"", b"lunch")]


def texts():
    return [v[member] for file, member in (("pointer", "link"), ("invite-link", "link"), ("pairing-link", "link"),
                                           ("amounts", "shown")) for v in vectors(file)]


def links():
    reads = ["\n".join(v["call"][m] for m in ("content-digest", "signature-input", "signature", "path", "query"))
             for v in vectors("signed-reads")]
    return [text.encode() for text in texts() + reads + ["ann", "4.50 USD"]]


def scan():
    phrase = "abandon " * 23 + "art"
    said = [text.encode() for text in texts() + ["lnbc1", "bitcoin:x", phrase]]
    events = [b"event: position\ndata: {\"seq\":7}\n\n", b"event: entries\r\ndata: 1 42\r\n\r\n", b": waits\rdata: x\r\r"]
    return said + events + [bytes.fromhex(v["bytes"]) for kind in ("receipt", "head", "order") for v in vectors(kind)]


def stored():
    found = [tagged(kind, text) for kind, text in STORED_ELSEWHERE.items()]
    for line in STORED.read_text().splitlines():
        name, _, text = line.partition(": ")
        found += [tagged(kind, text) for kind, begin in enumerate(STORED_KINDS)
                  if name.startswith(begin) and re.fullmatch("([0-9a-f]{2})+", text)]
    return found


def http():
    zeros = "0" * 32
    paths = ["verifier", "entries", "events", "account", "devices", "messages", f"requests/{zeros}", "aliases/bob",
             "orders/00000000-0000-7000-8000-000000000000", f"rendezvous/{zeros}/1", "checkpoints/account"]
    gets = [(path, f"nonce={zeros}") for path in paths]
    gets += [("entries", "epoch=1&seq=1&max=2&wait=5"), ("messages", "after=1&max=2"), ("devices", f"account={zeros}"),
             ("checkpoints", "epoch=1&seq=2"), ("checkpoints", "epoch=1&seq=4"), ("checkpoints/entry", "seq=1&size=2")]
    found = [f"{mode}\n/v1/{path}\n{query}\n\n\n\n\n".encode() for path, query in gets for mode in "\x01\x02"]
    posts = {"orders": ("application/vnd.farthing.order+cbor", "order-body"),
             "enrolments": ("application/cbor", "enrolment-body"), "requests": ("application/cbor", "bind-body"),
             "aliases": ("application/cbor", "alias-body"), "publications": ("application/cbor", "publish-body"),
             "devices": ("application/cbor", "devices-body"), "messages": ("application/cbor", "message-body")}
    for path, (media, body) in posts.items():
        found += [f"\x00\n/v1/{path}\n\n{media}\n\n\n\n".encode() + bytes.fromhex(v["bytes"])
                  for v in vectors("bodies") if v["body"] == body]
    acts = {"handles": "handle-register", "cancellations": "handle-cancel", "withdrawals": "request-withdraw",
            "generations": "generation", "prekeys": "prekeys", "claims": "prekey-claim", "acknowledgements": "acknowledge"}
    for path, kind in acts.items():
        found += [f"\x00\n/v1/{path}\n\napplication/cose\n\n\n\n".encode() + bytes.fromhex(v["bytes"]) for v in vectors(kind)]
    found.append(f"\x00\n/v1/rendezvous/{zeros}/1\n\napplication/octet-stream\n\n\n\nsealed".encode())
    return found


def two_party():
    call, answer = bytes([10, 0]), bytes([11, 0])
    deliver = (call + answer) * 5
    pays = bytes([0, 0]) + deliver + bytes([1, 1]) + deliver * 2 + bytes([3, 0]) + deliver
    resumes = bytes([0, 0]) + deliver + bytes([1, 1]) + call * 10 + bytes([6, 1]) + deliver * 2
    return [pays, pays + pays, resumes, bytes([0, 0]) + deliver + bytes([5, 0]) + deliver]
