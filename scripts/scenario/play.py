"""Plays one scenario, step by step, and checks everything that it says."""

import hashlib
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

from . import expect, verbs
from .people import Broken, Process
from .town import Verifier

# Between two tries of a step that has time.
PAUSE_S = 0.2
# A version of the vault's file that no program has yet; it stands after the name of the format. A digest of all before ends it.
NEWER, FORMAT, DIGEST = b"\x7f", b"farthing vault", hashlib.sha256


class Failed(Exception):
    """A step did not go as it should: which one, what was expected, what came."""

    def __init__(self, step, why):
        super().__init__(f"step {step.number} ({step.who} {step.does}): {why}" if step else str(why))


class Person:
    """Somebody with a phone: what outlives their process."""

    def __init__(self, name, folder, seed, command, approver):
        self.name, self.folder, self.seed, self.command, self.approver = name, folder, seed, command, approver
        self.process = None

    def start(self, hits, point=None, approver=None):
        if self.process and self.process.running:
            raise Broken("the process runs already: end it first, or kill it")
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder.parent / f"{self.name}.log"
        self.process = Process([*self.command, str(self.folder), str(self.seed), approver or self.approver], log, point, hits)

    def ended(self):
        if self.process is None or not self.process.running:
            return
        if code := self.process.end():
            raise Broken(f"the process ended with {code}")


class Play:
    """One scenario with people of given languages, in a folder of its own."""

    def __init__(self, scenario, work, commands, program):
        self.scenario, self.work = scenario, work
        self.hits = work / "hits"
        self.known, self.left, self.steps = {}, {}, 0
        work.mkdir(parents=True)
        self.people = {
            name: Person(name, work / "phones" / name, seed, command, scenario.people[name].get("approver", "none"))
            for seed, (name, command) in enumerate(zip(scenario.people, commands), 1)
        }
        for name, person in scenario.people.items():
            if other := self.people.get(person.get("phone")):
                self.people[name].folder, self.people[name].seed = other.folder, other.seed
        self.operators = {}
        self.program = program

    def run(self):
        """Returns how many steps were made."""
        try:
            where = {"operator", *(person.get("at", "operator") for person in self.scenario.people.values()),
                     *(step.who for step in self.scenario.steps if step.who in verbs.OPERATORS)}
            for name in sorted(where):
                fee = self.scenario.fee if name == "operator" else None
                self.operators[name] = Verifier(self.program, self.work / name, fee)
            with ThreadPoolExecutor(max(1, len(self.people))) as doors:
                list(doors.map(self.arrive, self.scenario.people))
            for step in self.scenario.steps:
                try:
                    self.do(step)
                except (Broken, expect.Unknown, OSError) as error:
                    raise Failed(step, error) from error
                self.steps += 1
            self.finish()
            return self.steps
        finally:
            for person in self.people.values():
                if person.process and person.process.running:
                    person.process.kill()
            for operator in self.operators.values():
                operator.end()

    def arrive(self, name):
        """Somebody's process, and the account that the scenario says they have."""
        person, wanted = self.people[name], self.scenario.people[name]
        person.start(self.hits)
        if "money" not in wanted:
            return
        grant = None if wanted["money"] == "0.00 USD" else wanted["money"]
        invite = self.operators[wanted.get("at", "operator")].invite(grant)["link"]
        self.must(name, "open", {}, {"opened": "empty"})
        self.must(name, "enrol", {"invite": invite, "name": name.capitalize()}, {})

    def must(self, name, verb, arguments, wanted):
        """What has to go well for the scenario to begin or to end."""
        answer = self.people[name].process.call(verb, arguments).answer()
        why = expect.differs(wanted, answer["ok"]) if "ok" in answer else answer
        if why:
            raise Failed(None, f"{name} {verb}, expected {wanted}: {why}")
        return answer["ok"]

    def do(self, step):
        if step.within is None:
            return self.once(step)
        end = time.monotonic() + step.within
        while True:
            try:
                return self.once(step)
            except Broken:
                if time.monotonic() > end:
                    raise
            time.sleep(PAUSE_S)

    def once(self, step):
        arguments = expect.fill(step.arguments, self.known)
        if step.who == verbs.CLOCK_NAME:
            time.sleep(arguments["seconds"])
        elif step.who in verbs.OPERATORS:
            self.check(step, {"ok": self.operators[step.who].does(step.does, arguments)})
        elif step.does in ("await", "cancel"):
            call = self.left[arguments["call"]]
            if step.does == "cancel":
                self.people[step.who].process.cancel(call)
            answer = call.answer()
            if step.does == "cancel":
                if not answer.get("cancelled") and not arguments.get("late"):
                    raise Broken(f"expected the call to be cancelled, came {answer}")
                answer = {"ok": {}}
            self.check(step, answer)
        elif step.does in verbs.PROCESS:
            self.outside(self.people[step.who], step.does, arguments)
        else:
            self.ask(step, arguments)

    def ask(self, step, arguments):
        person = self.people[step.who]
        if step.does == "restore" and "into" in arguments:
            self.move(person, arguments["into"])
            arguments = arguments | {"into": str(person.folder)}
        call = person.process.call(step.does, arguments)
        if step.leaves:
            self.left[step.leaves] = call
            return
        if not step.dies:
            return self.check(step, call.answer())
        if person.process.point != step.dies:
            raise Broken(f"{step.who} was not started to die at {step.dies}")
        person.process.killed_by_itself()
        if not self.hits.exists() or step.dies not in self.hits.read_text().split():
            raise Broken(f"{step.who} died, and not at {step.dies}")

    def move(self, person, folder):
        """Where the phone is from now on, also for a process that comes later."""
        person.folder = self.work / "phones" / folder
        person.folder.mkdir(parents=True, exist_ok=True)

    def check(self, step, answer):
        """Compares an answer with what the step says of it."""
        if "died" in answer:
            raise Broken(f"the process died: {answer['died']}")
        if answer.get("cancelled"):
            raise Broken("the call was cancelled")
        kind, wanted = ("error", step.fails) if step.fails is not None else ("ok", step.gives)
        if kind not in answer:
            came = answer.get("error", answer.get("ok"))
            raise Broken(f"expected {'the failure' if step.fails else 'no failure, but'} {wanted}, came {came}")
        if wanted is not None:
            if why := expect.differs(expect.fill(wanted, self.known), answer[kind]):
                raise Broken(f"{why}; all that came: {answer[kind]}")
        if step.name:
            self.known[step.name] = answer[kind]

    def outside(self, person, verb, arguments):
        """What happens to somebody's process or phone from outside."""
        if verb == "start":
            if into := arguments.get("into"):
                self.move(person, into)
            person.start(self.hits, arguments.get("point"), arguments.get("approver"))
        elif verb == "kill":
            person.process.kill()
        elif verb == "end":
            person.ended()
        else:
            if person.process and person.process.running:
                raise Broken("files change while nobody uses them: end the process first")
            self.change_files(person, verb, arguments)

    def change_files(self, person, verb, arguments):
        copy = self.work / "copies" / arguments.get("copy", "")
        if verb == "put_by":
            shutil.copytree(person.folder, copy)
        elif verb == "put_back":
            # The anchor lies where no backup takes it along.
            for what in ("wallet", "keys"):
                self.remove(person.folder / what)
                (shutil.copytree if (copy / what).is_dir() else shutil.copy2)(copy / what, person.folder / what)
        elif verb == "lose":
            self.remove(person.folder / arguments["what"])
        else:
            file = person.folder / arguments["what"]
            old = file.read_bytes()
            if not old.startswith(FORMAT):
                raise Broken(f"{arguments['what']} is not a file whose version is known to stand after its name")
            new = FORMAT + NEWER + old[len(FORMAT) + 1:-DIGEST().digest_size]
            file.write_bytes(new + DIGEST(new).digest())

    @staticmethod
    def remove(path):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    def finish(self):
        """What must be true in the end: everybody's balance, nothing held back, and the ledger's own books."""
        try:
            for name, balance in self.scenario.balances.items():
                if balance is not None:
                    self.must(name, "sync", {}, {"unfinished": 0})
            for name, balance in self.scenario.balances.items():
                if balance is not None:
                    self.must(name, "balances", {}, {"balances": [{"available": balance, "held": "0.00 USD"}]})
            for name, operator in self.operators.items():
                operator.audited(self.scenario.orders if name == "operator" else None)
            for person in self.people.values():
                person.ended()
        except Broken as error:
            raise Failed(None, f"in the end: {error}") from error
