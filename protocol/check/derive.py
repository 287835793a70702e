"""How keys follow from a phrase's seed (the note in chapter 4): a wallet that derives alike can restore."""

import hashlib
import hmac

from .keys import Signer
from .sealing import derive_private, expand, extract

HARDENED = 1 << 31
ACCOUNT_PATH = (1179800648, 1, 0)


def hkdf(secret, info):
    """HKDF with an empty salt, 32 bytes."""
    return expand(extract(b"", secret), info, 32)


def account_key(seed):
    """SLIP-0010 for Ed25519, every step hardened."""
    node = hmac.new(b"ed25519 seed", seed, hashlib.sha512).digest()
    for index in ACCOUNT_PATH:
        data = b"\x00" + node[:32] + (index | HARDENED).to_bytes(4, "big")
        node = hmac.new(node[32:], data, hashlib.sha512).digest()
    return Signer(secret=node[:32])


def receive_seed(seed):
    """From which every payee key of the account follows."""
    return hkdf(seed, b"farthing/1/receive-seed")


def device_seed(receive, device):
    """From which the payee keys of a device's one-time handles follow."""
    return hkdf(receive, b"farthing/1/device-receive" + device)


def payee_keys(secret, handle):
    """The payee key and the private HPKE key of a handle."""
    signer = Signer(secret=hkdf(secret, b"farthing/1/payee-key" + handle))
    return signer, derive_private(hkdf(secret, b"farthing/1/payee-hpke" + handle))
