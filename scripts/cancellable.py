#!/usr/bin/env python3
"""Lets the Swift code that uniffi generated end a call when its task is cancelled. As generated it waits until the library has done
what nobody waits for any more. Fails when the code is not as uniffi 0.32 writes it.

    scripts/cancellable.py FarthingGenerated.swift
"""

import re
import sys
from pathlib import Path

# What stands there once, and what is put in its place.
ONCE = {
    "    freeFunc: (UInt64) -> (),\n": "    freeFunc: (UInt64) -> (),\n    cancelFunc: @escaping (UInt64) -> (),\n",
    """\
    defer {
        freeFunc(rustFuture)
    }
    var pollResult: Int8;
    repeat {
""": """\
    let cancellation = UniffiCancellation { cancelFunc(rustFuture) }
    defer {
        cancellation.end()
        freeFunc(rustFuture)
    }
    await withTaskCancellationHandler {
    var pollResult: Int8;
    repeat {
""",
    "    } while pollResult != UNIFFI_RUST_FUTURE_POLL_READY\n": """\
    } while pollResult != UNIFFI_RUST_FUTURE_POLL_READY
    } onCancel: {
        cancellation.cancel()
    }
""",
    '            fatalError("Cancellation not supported yet")\n': "            throw CancellationError()\n",
}
CALL = re.compile(r"( +)freeFunc: (ffi_\w+_rust_future)_free_(\w+),\n")
ADDED = """
/// Cancels a call while there is one: what was freed is not touched.
fileprivate final class UniffiCancellation: @unchecked Sendable {
    private let lock = NSLock()
    private var cancelCall: (() -> ())?

    init(_ cancelCall: @escaping () -> ()) { self.cancelCall = cancelCall }

    func cancel() {
        lock.lock()
        defer { lock.unlock() }
        cancelCall?()
    }

    func end() {
        lock.lock()
        defer { lock.unlock() }
        cancelCall = nil
    }
}
"""


def cancellable(code):
    for old, new in ONCE.items():
        if code.count(old) != 1:
            raise SystemExit(f"cancellable: {old.strip()!r} stands there {code.count(old)} times, not once")
        code = code.replace(old, new)
    calls = code.count("await uniffiRustCallAsync(")
    code, changed = CALL.subn(r"\g<0>\1cancelFunc: \2_cancel_\3,\n", code)
    if not calls or changed != calls:
        raise SystemExit(f"cancellable: {changed} of {calls} calls can be cancelled")
    return code + ADDED


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        raise SystemExit(__doc__)
    file = Path(sys.argv[1])
    file.write_text(cancellable(file.read_text(encoding="utf-8")), encoding="utf-8")
