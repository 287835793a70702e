"""Another wallet's account comes back from its recovery phrase alone (the note in chapter 4, 10.9, 15.5)."""

import hashlib
import unicodedata

from . import derive, keys
from .client import COSE, OCTETS
from .cose import Signed
from .scenario import CREDIT, Scenario
from .sealing import Pointer
from .wallet import Target, Wallet, alias_handle

ROUNDS = 2048


def seed_of(words):
    """BIP-39's seed of a phrase, without a passphrase."""
    phrase = unicodedata.normalize("NFKD", " ".join(words.split()))
    return hashlib.pbkdf2_hmac("sha512", phrase.encode(), b"mnemonic", ROUNDS)


class Phrase(Scenario):
    """Every method is a part of the scenario, in the order of `PARTS`."""

    PARTS = ("pay_it", "restore", "pay_name", "learn")

    def __init__(self, report, link, words, request):
        """The words of a wallet's phrase, and the link of a request that it made."""
        self.seed, self.request = seed_of(words), request
        super().__init__(report, link)

    def begin(self):
        """A payer, and the account that will be restored here."""
        self.payer, self.new = Wallet(self.verifier, "ESP256"), Wallet(self.verifier, "Ed25519", self.seed)

    def pay_it(self):
        """The other wallet's request is paid."""
        self.enrol_all(self.payer)
        pointer = Pointer.read(self.request)
        reply, _ = self.verifier.read(self.payer, f"/v1/requests/{pointer.locator.hex()}")
        self.asked = pointer.open(reply.expect(200, OCTETS))
        self.pay(self.payer, Target.of_request(self.asked), self.asked[6], "By request", "another wallet's request")

    def restore(self):
        """15.5, with a list that holds the new device alone."""
        status = self.devices(self.new.owner, self.new.account_public)
        self.new.counter = status.counter
        self.new.certificates = {keys.first_16(each[3]): each for each in status.certificates}
        [self.lost] = self.new.certificates
        certificate = self.new.admit(self.new)
        handles = self.new.stock_up(derive.device_seed(self.new.receive, self.new.device))
        listed = self.new.list_of([certificate])
        self.list_in_force(self.put_list(self.new, listed, [certificate], handles), listed)

    def pay_name(self):
        """The account's alias is paid; its payee key follows from the phrase, too."""
        [raw] = self.account(self.new).aliases
        alias = Signed("alias-record", raw)[2]
        reply, _ = self.verifier.read(self.payer, f"/v1/aliases/{alias}")
        record = Signed("alias-record", reply.expect(200, COSE))
        self.new.aliases = [self.new.keys_of(alias_handle(alias))]
        self.report.equal(self.new.aliases[0].signer.public, record.verify(record[3])[3], "the alias's payee key")
        self.pay(self.payer, Target.of_alias(record), self.asked[6], "By name", "another wallet's alias")

    def learn(self):
        """Both credits are the account's, by the keys that follow from handle and device; both memos open."""
        credits = [entry for entry in self.entries(self.new)[0] if entry[2] == CREDIT]
        self.report.equal([entry[9] for entry in credits], [self.lost, None], "whose handles were paid")
        for entry, memo in zip(credits, ("By request", "By name"), strict=True):
            payee, receipt = self.new.keys_of(entry[8], entry[9]), Signed("receipt", entry[3])
            self.report.equal(receipt[6], keys.thumbprint(payee.signer.public), f"the payee key: {memo}")
            self.memo(entry, payee.hpke, memo)
