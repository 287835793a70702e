#!/usr/bin/env python3
"""Checks the Farthing protocol with an implementation made from docs/protocol.md alone.

check.py vectors [DIR]      every vector file, in both directions (chapter 17)
check.py pay --invite LINK  two fresh accounts at a running verifier pay each other (chapters 10 to 14)
"""

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the folder stays as it is in version control

from check import pay, vectors  # noqa: E402


def main():
    """Read the command line; the exit code is 0 when everything passed, otherwise 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("vectors", help="check the vector files")
    command.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent / "vectors", metavar="DIR")
    command = commands.add_parser("pay", help="make payments at a running verifier that grants money")
    command.add_argument("--invite", required=True, metavar="LINK")
    arguments = parser.parse_args()
    if arguments.command == "vectors":
        return vectors.run(arguments.folder)
    return pay.run(arguments.invite)


if __name__ == "__main__":
    sys.exit(main())
