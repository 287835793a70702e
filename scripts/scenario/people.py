"""A person: a process in one of the languages, that holds one wallet and answers in JSON lines."""

import json
import os
import queue
import signal
import subprocess
import threading

# Longer than anything takes that was not told how long to wait; a loaded machine is slow.
PATIENCE_S = 60


class Broken(Exception):
    """Something happened that no scenario may expect: what was expected, and what came."""


class Unsupported(Exception):
    """A person of this language does not know a verb yet."""


class Call:
    """A call that was made, and perhaps answered."""

    def __init__(self, verb, patience_s):
        self.verb = verb
        self.patience_s = patience_s
        self.answers = queue.SimpleQueue()

    def answer(self):
        """What was answered; `{"died": signal}` when the process ended instead."""
        try:
            answer = self.answers.get(timeout=self.patience_s)
        except queue.Empty:
            raise Broken(f"{self.verb} was not answered within {self.patience_s} s") from None
        if "wrong" in answer:
            raise Broken(f"{self.verb}: {answer['wrong']}")
        if "unsupported" in answer:
            raise Unsupported(self.verb)
        return answer


class Process:
    """The process of a person. It is asked from one thread; another one reads its answers."""

    def __init__(self, command, log, point, hits):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("FARTHING_CRASH")}
        if point:
            environment |= {"FARTHING_CRASH_POINT": point, "FARTHING_CRASH_LOG": str(hits)}
        self.point = point
        self.calls, self.last, self.lock, self.dead = {}, 0, threading.Lock(), None
        self.stderr = open(log, "a")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.stderr,
                                        text=True, env=environment)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            try:
                answer = json.loads(line)
                with self.lock:
                    call = self.calls.pop(answer["id"])
                call.answers.put(answer)
            except (ValueError, KeyError, TypeError):
                self.stderr.write(f"not an answer: {line}")
        ended = self.process.wait()
        with self.lock:
            self.dead = ended
            calls, self.calls = self.calls, {}
        for call in calls.values():
            call.answers.put({"died": ended})

    def call(self, verb, arguments):
        call = Call(verb, PATIENCE_S + arguments.get("waitMs", 0) / 1000)
        with self.lock:
            self.last += 1
            call.id = self.last
            if self.dead is not None:
                call.answers.put({"died": self.dead})
                return call
            self.calls[call.id] = call
        self.write({"id": call.id, "do": verb, **arguments})
        return call

    def cancel(self, call):
        self.write({"cancel": call.id})

    def write(self, line):
        try:
            self.process.stdin.write(json.dumps(line) + "\n")
            self.process.stdin.flush()
        except OSError:
            # It has died: its calls are answered by that.
            pass

    @property
    def running(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.over()

    def end(self):
        """Ends it as an app ends properly. Returns its exit code."""
        try:
            self.process.stdin.close()
        except OSError:
            pass
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise Broken(f"the process did not end within {PATIENCE_S} s of its input") from None
        finally:
            self.kill()

    def over(self):
        self.process.wait()
        self.reader.join(PATIENCE_S)
        for pipe in (self.process.stdin, self.process.stdout, self.stderr):
            try:
                pipe.close()
            except OSError:
                pass

    def killed_by_itself(self):
        """Waits for its end, which must be at the point that was armed."""
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise Broken(f"nobody died at {self.point}") from None
        self.over()
        if self.process.returncode != -signal.SIGKILL:
            raise Broken(f"the process ended by itself: {self.process.returncode}")
