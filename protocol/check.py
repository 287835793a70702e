#!/usr/bin/env python3
"""Checks the Farthing protocol with an implementation made from docs/protocol.md alone.

check.py vectors [DIR]  every vector file, in both directions (chapter 17)

With --invite LINK, at a running verifier that grants money, each with accounts of its own (chapters 10 to 15):

check.py pay            payments by request and by alias, and every refusal that one device can bring about
check.py people         further aliases, standing requests, two people who pair and pay each other
check.py devices        a device is added by pairing; scopes; lists that are refused
check.py restore        an account comes back from its phrase's seed, and its old device is revoked
check.py mailbox        prekeys, messages, generations, events
check.py holding        tabs in their whole life, and who hears what of them
check.py refusing       what is refused of tabs, and what nobody decides
check.py limited        tabs within devices' scopes, and as many as there may be
check.py phrase --words FILE --request LINK
                        another wallet's account comes back from its recovery phrase

check.py epoch --verifier PROGRAM
                        a verifier of its own is restored from a backup, and gets a new key
check.py epoch-tabs --verifier PROGRAM
                        tabs at a verifier of its own that is restored, and gets new fees
"""

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the folder stays as it is in version control

from check import scenario, vectors  # noqa: E402
from check.devices import Devices  # noqa: E402
from check.epoch import Epoch  # noqa: E402
from check.epoch_tabs import EpochTabs  # noqa: E402
from check.holding import Holding  # noqa: E402
from check.limited import Limited  # noqa: E402
from check.mailbox import Mailbox  # noqa: E402
from check.pay import Pay  # noqa: E402
from check.people import People  # noqa: E402
from check.phrase import Phrase  # noqa: E402
from check.refusing import Refusing  # noqa: E402
from check.restore import Restore  # noqa: E402
from check.server import Server  # noqa: E402

SCENARIOS = {"pay": Pay, "people": People, "devices": Devices, "restore": Restore, "mailbox": Mailbox}
SCENARIOS |= {"holding": Holding, "refusing": Refusing, "limited": Limited}
EPOCHS = {"epoch": Epoch, "epoch-tabs": EpochTabs}


def main():
    """Read the command line; the exit code is 0 when everything passed, otherwise 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("vectors", help="check the vector files")
    command.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent / "vectors", metavar="DIR")
    for name in SCENARIOS:
        commands.add_parser(name, help="at a running verifier").add_argument("--invite", required=True, metavar="LINK")
    for name in EPOCHS:
        command = commands.add_parser(name, help="with the verifier's program")
        command.add_argument("--verifier", required=True, type=Path, metavar="PROGRAM")
    command = commands.add_parser("phrase", help="at a running verifier, with what another wallet there wrote")
    command.add_argument("--invite", required=True, metavar="LINK")
    command.add_argument("--words", required=True, type=Path, metavar="FILE", help="its recovery phrase")
    command.add_argument("--request", required=True, metavar="LINK", help="a request that it made")
    arguments = parser.parse_args()
    if arguments.command == "vectors":
        return vectors.run(arguments.folder)
    if arguments.command in EPOCHS:
        with Server(arguments.verifier) as server:
            return scenario.run(EPOCHS[arguments.command], server.link, server)
    if arguments.command == "phrase":
        return scenario.run(Phrase, arguments.invite, arguments.words.read_text(), arguments.request)
    return scenario.run(SCENARIOS[arguments.command], arguments.invite)


if __name__ == "__main__":
    sys.exit(main())
