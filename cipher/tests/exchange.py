"""Files between this build of SQLCipher and another one, whose cryptography is OpenSSL's: each reads and writes the other's.

    exchange.py EXCHANGE          checks; EXCHANGE is the program of examples/exchange.rs
    exchange.py --keep FOLDER     writes the files that the Rust tests read

Needs the package sqlcipher3-wheels; scripts/check-cipher installs it.
"""

import pathlib
import subprocess
import sys
import tempfile

import sqlcipher3

RAW = '''"x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'"'''
# SQLCipher derives a key from it by 256,000 rounds of PBKDF2.
WORDS = "'correct horse battery staple'"

FILL = """CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT);
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200)
INSERT INTO t SELECT n, 'line ' || n FROM c;"""
HALVE = "DELETE FROM t WHERE n > 100;"
SUM = "SELECT count(*) || ' ' || sum(n) FROM t;"
# Says nothing when each page's tag is right.
TAGS = "PRAGMA cipher_integrity_check;"


def theirs(file, key, script, reads=""):
    """Runs a script, then a statement; its rows, as `exchange` prints them."""
    connection = sqlcipher3.connect(str(file))
    try:
        connection.execute(f"PRAGMA key = {key}")
        connection.executescript(script)
        rows = connection.execute(reads).fetchall() if reads else []
        return ["|".join(str(column) for column in row) for row in rows]
    finally:
        connection.close()


def ours(exchange, file, key, script):
    done = subprocess.run([exchange, file, key, script], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()


def check(exchange):
    one = sqlcipher3.connect(":memory:")
    one.execute(f"PRAGMA key = {RAW}")
    version, provider = (one.execute(f"PRAGMA cipher_{of}").fetchone()[0] for of in ("version", "provider"))
    assert provider != "farthing", "the other build is this one"
    print(f"files between this build of SQLCipher and {version} with {provider}")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        assert ours(exchange, folder / "name", RAW, "PRAGMA cipher_provider;") == ["farthing"]
        for kind, key in ("a raw key", RAW), ("a password", WORDS):
            for number, settings in enumerate((
                "",
                "PRAGMA journal_mode = WAL;",
                "PRAGMA cipher_compatibility = 3;",
                "PRAGMA cipher_compatibility = 2;",
                "PRAGMA cipher_hmac_algorithm = HMAC_SHA256; PRAGMA cipher_kdf_algorithm = PBKDF2_HMAC_SHA256;",
            )):
                a, b = (folder / f"{who}, {kind}, {number}" for who in ("ours", "theirs"))
                ours(exchange, a, key, settings + FILL)
                assert theirs(a, key, settings, TAGS) == [], settings
                assert theirs(a, key, settings + HALVE, SUM) == ["100 5050"], settings
                assert ours(exchange, a, key, settings + TAGS + SUM)[-1:] == ["100 5050"], settings
                theirs(b, key, settings + FILL)
                # A setting may print its new value.
                assert ours(exchange, b, key, settings + TAGS + SUM)[-1:] == ["200 20100"], settings
                ours(exchange, b, key, settings + HALVE)
                assert theirs(b, key, settings, TAGS) == [] and theirs(b, key, settings, SUM) == ["100 5050"], settings
                print(f"ok {kind}: {settings or 'as it comes'}")


def keep(folder):
    for name, key in ("raw", RAW), ("password", WORDS):
        file = pathlib.Path(folder) / f"{name}.db"
        file.unlink(missing_ok=True)
        theirs(file, key, FILL)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--keep"]:
        keep(sys.argv[2])
    else:
        check(sys.argv[1])
