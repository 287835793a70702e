"""What scripts/cases asks of a run, and of itself: that every command, option and exit code has a case."""

import json
import re
import subprocess
import sys
from pathlib import Path

# What cli.md promises of each program.
EXITS = {"farthing": {0, 1, 2, 3, 4, 5, 6}, "farthing-verifier": {0, 1, 2, 3, 5, 6}}
# Every program's, on every level; the table need not call them, for this comparison does.
ALWAYS = {"--help", "--version"}


def look_up(value, path):
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def check(exit_wanted, what, code, out, err, call):
    """Exit code, one JSON object where it belongs and nothing elsewhere, and the keys or the error's kind."""
    out, err = Path(out).read_text(errors="replace"), Path(err).read_text(errors="replace")
    if int(code) != int(exit_wanted):
        return f"exit {code}, expected {exit_wanted}"
    if "--json" not in call:
        return None
    if code == "0":
        try:
            found = json.loads(out)
        except ValueError:
            return "standard output is not one JSON object"
        missing = []
        for key in what.split(",") if what != "-" else []:
            try:
                look_up(found, key)
            except (KeyError, IndexError, TypeError):
                missing.append(key)
        return f"keys missing: {missing}" if missing else None
    if out:
        return "standard output is not empty"
    try:
        error = json.loads(err.strip().splitlines()[-1])["error"]
    except (ValueError, IndexError, KeyError):
        return "standard error does not end with the error as JSON"
    keys = {"code": int, "kind": str, "message": str, "retryable": bool}
    wrong = [key for key, kind in keys.items() if not isinstance(error.get(key), kind)]
    if wrong:
        return f"members of the error missing or of another type: {wrong}"
    if error["code"] in (399, 599):
        return f"the error {error['kind']} has no number of its own"
    return f"kind {error['kind']}, expected {what}" if what and error["kind"] != what else None


def help_of(program, command):
    text = subprocess.run([program, *command, "--help"], capture_output=True, text=True, check=True).stdout
    subprocess.run([program, "--version"], capture_output=True, check=True)
    if "Example" not in text:
        sys.exit(f"cases: {program} {' '.join(command)} --help has no example")
    return text


def tree(program, command=()):
    """All (command, options) of a program, as its own help says."""
    text = help_of(program, command)
    options = set(re.findall(r"^\s+(?:-\w, )?(--[a-z-]+)", text, re.M)) - ALWAYS
    listed = re.search(r"^Commands:\n((?: .*\n|\n(?= ))+)", text, re.M)
    names = re.findall(r"^  ([a-z-]+) ", listed.group(1), re.M) if listed else []
    yield command, options
    for name in names:
        if name != "help":
            yield from tree(program, (*command, name))


def compare(covered, programs):
    """The table against the command trees."""
    cases = [line.rstrip("\t").split("\t") for line in Path(covered).read_text().splitlines()]
    gaps = []
    for program in programs:
        calls = []
        for exit_code, *words in cases:
            names = [Path(word).name for word in words]
            if program in names:
                calls.append((int(exit_code), words[names.index(program) + 1:]))
        everywhere = set.union(*(options for command, options in tree(program) if not command))
        for command, options in tree(program):
            mine = [words for _, words in calls if is_call(words, command)]
            if command and not mine:
                gaps.append(f"{program} {' '.join(command)}: no case")
            for option in sorted(options):
                pool = [words for _, words in calls] if option in everywhere else mine
                if not any(option in words for words in pool) and not by_environment(option, cases):
                    gaps.append(f"{program} {' '.join(command)} {option}: no case")
        seen = {exit_code for exit_code, _ in calls}
        gaps += [f"{program}: no case with exit code {n}" for n in sorted(EXITS[program] - seen)]
        gaps += [f"{program}: exit code {n} is not promised" for n in sorted(seen - EXITS[program])]
    for gap in gaps:
        print(f"cases: {gap}", file=sys.stderr)
    return 1 if gaps else 0


def is_call(words, command):
    """True when the command's words stand in the call in this order."""
    rest = iter(words)
    return all(any(word == name for word in rest) for name in command)


def by_environment(option, cases):
    return any(f"FARTHING_{option.strip('-').replace('-', '_').upper()}=" in word for case in cases for word in case)


if __name__ == "__main__":
    if sys.argv[1] == "check":
        complaint = check(*sys.argv[2:7], sys.argv[7:])
        if complaint:
            sys.exit(f"cases: {complaint}")
    else:
        sys.exit(compare(sys.argv[2], sys.argv[3:]))
