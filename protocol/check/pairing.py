"""Pairing (7.6) and the grant to a new device (7.7)."""

import os

from .cbor import Refused, decode, encode
from .keys import sha256
from .objects import GRANT, OFFER
from .sealing import (
    Context,
    aead_open,
    aead_seal,
    base32,
    derive_private,
    expand,
    extract,
    pad,
    split_link,
    unpad,
    x25519_public,
)

CONTACT, DEVICE = 1, 2
SHOWER, SCANNER = 1, 2
INFO = {CONTACT: b"farthing/1/pair-contact", DEVICE: b"farthing/1/pair-device"}
STEPS = (1008,)


class Offer:
    """What a shower shows as QR code or link; not signed."""

    def __init__(self, url, raw):
        self.url, self.raw = url, raw
        self.fields = OFFER(decode(raw, "an offer"), "offer")
        self.hash, self.info = sha256(raw), INFO[self.fields[1]]

    def __getitem__(self, member):
        return self.fields[member]

    @classmethod
    def read(cls, link):
        """The offer in a link; the URL is a hint where the rendezvous is."""
        return cls(*split_link(link, "P"))

    @property
    def link(self):
        """The link, as the QR code holds it."""
        return f"{self.url}/P#{base32(self.raw)}"


class Side:
    """What both sides have when one has accepted and the other has learnt."""

    def __init__(self, offer, role):
        self.offer, self.role = offer, role

    def agree(self, context, message_1, n_scan):
        """After message 1: what is exported, and what message 2 is bound to."""
        self.message_1, self.n_scan = message_1, n_scan
        exported = (context.export(f"farthing/1/{name}".encode()) for name in ("reveal", "show", "scan"))
        self.reveal_key, self.show_key, self.scan_key = exported
        self.reveal_aad = sha256(self.offer.hash + message_1)

    def finish(self, message_2, n_show):
        """After message 2: the code that people compare, and the transcript hash (step 4)."""
        self.message_2 = message_2
        info = b"farthing/1/code" + self.offer[4] + self.message_1[:32]
        number = expand(extract(self.offer.hash, n_show + self.n_scan), info, 8)
        self.code = f"{int.from_bytes(number, 'big') % 10**6:06}"
        messages = sha256(self.message_1) + sha256(message_2)
        self.transcript = sha256(b"farthing/1/transcript" + self.offer.hash + messages + n_show + self.n_scan)

    def key_of(self, role):
        """The key of the one message that this side seals."""
        return self.show_key if role == SHOWER else self.scan_key

    def seal(self, plaintext):
        """One's own slot, 3 or 4 (step 5)."""
        return aead_seal(self.key_of(self.role), self.transcript, pad(plaintext, STEPS))

    def open(self, slot):
        """The other side's slot."""
        return unpad(aead_open(self.key_of(SHOWER + SCANNER - self.role), self.transcript, slot), STEPS)


class Shower(Side):
    """Who shows the offer; its nonce and HPKE key are fresh but where a vector gives them."""

    def __init__(self, url, purpose, verifier, rendezvous=None, ikm=None, n_show=None, tls=None):
        self.private, self.n_show = derive_private(ikm or os.urandom(32)), n_show or os.urandom(32)
        fields = {0: 1, 1: purpose, 2: verifier, 3: rendezvous or os.urandom(16)}
        fields |= {4: x25519_public(self.private), 5: sha256(self.n_show)} | ({6: tls} if tls else {})
        super().__init__(Offer(url, encode(fields)), SHOWER)

    def accept(self, message_1):
        """Step 2; returns message 2. Whatever fails is `cannot_open`."""
        try:
            context = Context.receiver(self.private, message_1[:32], self.offer.info)
            n_scan = context.open(self.offer.hash, message_1[32:])
        except (Refused, ValueError) as error:
            raise Refused("cannot_open", "no answer to this offer") from error
        if len(n_scan) != 32:
            raise Refused("cannot_open", "an answer that holds no nonce")
        self.agree(context, message_1, n_scan)
        message_2 = aead_seal(self.reveal_key, self.reveal_aad, self.n_show)
        self.finish(message_2, self.n_show)
        return message_2


class Scanner(Side):
    """Who scans the offer; its nonce and ephemeral key are fresh but where a vector gives them."""

    def __init__(self, link, ikm=None, n_scan=None):
        super().__init__(Offer.read(link), SCANNER)
        n_scan = n_scan or os.urandom(32)
        context = Context.sender(self.offer[4], self.offer.info, ikm)
        self.agree(context, context.enc + context.seal(self.offer.hash, n_scan), n_scan)

    def learn(self, message_2):
        """Step 3. Whatever fails is `cannot_open`."""
        n_show = aead_open(self.reveal_key, self.reveal_aad, message_2)
        if len(n_show) != 32 or sha256(n_show) != self.offer[5]:
            raise Refused("cannot_open", "not what the offer committed to")
        self.finish(message_2, n_show)


def parse_grant(data):
    """Read a grant (7.7)."""
    return GRANT(decode(data, "a grant"), "grant")
