"""An implementation of the Farthing protocol, version 1, written from docs/protocol.md alone.

Its only purpose is to prove that the specification and the vectors are enough. Chapters cited in
these modules are chapters of docs/protocol.md.
"""
