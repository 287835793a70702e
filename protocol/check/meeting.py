"""Two sides of a pairing that speak through the rendezvous of a running verifier (7.6, 10.15)."""

from . import pairing
from .cbor import Refused, require
from .client import OCTETS
from .cose import Signed, sign
from .keys import first_16
from .pairing import Scanner, Shower
from .scenario import Scenario


class Meeting(Scenario):
    """What scenarios with pairings have in common."""

    def refuses(self, error, step, label):
        """What is refused here, before anything is sent."""
        try:
            step()
        except Refused as refused:
            self.report.equal(refused.name, error, label)
        else:
            self.report.check(False, label, "was not refused")

    def write(self, side, slot, content):
        """A slot of a side's rendezvous; the same bytes again are a retry."""
        path = f"/v1/rendezvous/{side.offer[3].hex()}/{slot}"
        for label in ("written", "written again"):
            self.done(path, content, OCTETS, f"slot {slot} {label}")

    def slot(self, side, slot):
        """What lies in a slot."""
        path = f"/v1/rendezvous/{side.offer[3].hex()}/{slot}"
        return self.client.call("GET", path, "wait=1000").expect(200, OCTETS)

    def meet(self, purpose):
        """Steps 1 to 4; the two people compare the codes."""
        shower = Shower(self.invite[2], purpose, self.verifier.pinned)
        scanner = Scanner(shower.offer.link)
        self.report.equal(scanner.offer[2], self.verifier.pinned, "the offer's verifier is the pinned one")
        self.write(scanner, 1, scanner.message_1)
        self.write(shower, 2, shower.accept(self.slot(shower, 1)))
        scanner.learn(self.slot(scanner, 2))
        self.report.equal(scanner.code, shower.code, "the six digits")
        self.report.equal(scanner.transcript, shower.transcript, "the transcript hash")
        return shower, scanner

    def card(self, side, wallet, name):
        """A side's contact card (6.22)."""
        certificate = wallet.certificates[wallet.device]
        fields = {0: 1, 1: side.transcript, 2: side.role, 3: certificate.raw, 4: wallet.record.raw}
        return sign("contact-card", fields | {5: name, 6: self.verifier.now()}, wallet.session)

    def read_card(self, side, wallet):
        """The other side's card, from its slot."""
        other = pairing.SHOWER + pairing.SCANNER - side.role
        return self.check_card(side, wallet, side.open(self.slot(side, other + 2)))

    def check_card(self, side, wallet, raw):
        """All that a wallet checks of a contact card (chapter 14)."""
        card = Signed("contact-card", raw)
        certificate, record = Signed("device-certificate", card[3]), Signed("alias-record", card[4])
        certificate.verify(certificate[2])
        card.verify(certificate[4])
        record.verify(record[3])
        require(card[1] == side.transcript, "a card of another pairing")
        require(card[2] == pairing.SHOWER + pairing.SCANNER - side.role, "a card of one's own role")
        require(certificate[1] == record[1] == self.verifier.pinned, "a card of another verifier")
        require(first_16(certificate[2]) != wallet.account, "a card of one's own account")
        return card
