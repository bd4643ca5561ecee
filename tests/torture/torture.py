#!/usr/bin/env python3
"""torture - makes the n-th call that can fail fail, for n up to the end, over runs of try, check, serve, mint and faults.

usage: tests/torture/torture.py DOORMAT [--tap] [--every N] [--kinds ossl,lib,sys,alloc] [--runs NAME,...]

DOORMAT is a build with a gate in front of such calls (V=torture; tests/torture/gate.c).  Of each run is wanted that it ends in
time, by itself and without a report of a sanitizer; that it leaves no file and no process; that it says why, where it fails;
and that it is never wrong: a failure of ours is no credit to a sender and no blame of a server.
--every N takes each N-th call only; --tap prints TAP.  Exit status 1 if anything is wrong.
"""

import argparse
import concurrent.futures
import contextlib
import json
import mmap
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = ["ossl", "lib", "sys", "alloc"]
NOTE_B = 256
LIMIT_S = 60
SOON_S = 5
LOST = b"what cannot be written is lost"
# Calls by the ten thousand: each N-th is a fair sample of them, at all places over the runs.
STEP = {"alloc": 101}
REPORT = re.compile(rb"ERROR: (Address|Leak)Sanitizer|runtime error|AddressSanitizer:|Assertion")
OUT_OF_MEMORY = b"doormat: out of memory\n"


class Note:
    """The file in which the gate counts (gate.c, struct note)."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "note")
        with open(self.path, "wb") as file:
            file.truncate(NOTE_B)

    def read(self):
        with open(self.path, "rb") as file, mmap.mmap(file.fileno(), NOTE_B, access=mmap.ACCESS_READ) as data:
            counts = dict(zip(KINDS, struct.unpack_from("4Q", data)))
            failed, = struct.unpack_from("Q", data, 32)
            name = data[40:104].split(b"\0")[0].decode()
        return counts, failed, name


class Room:
    """A run's own directories, in which nothing may be left."""

    def __init__(self, base, cache):
        self.base = tempfile.mkdtemp(dir=base)
        self.tmp = os.path.join(self.base, "tmp")
        os.mkdir(self.tmp)
        self.note = Note(self.base)
        self.env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": self.base, "TMPDIR": self.tmp, "LC_ALL": "C.UTF-8",
                    "XDG_CACHE_HOME": cache, "DOORMAT_TORTURE_NOTE": self.note.path, "TORTURE_ROOM": self.base,
                    "ASAN_OPTIONS": "detect_leaks=1:allocator_may_return_null=1", "UBSAN_OPTIONS": "print_stacktrace=1"}

    def order(self, order):
        return {**self.env, "DOORMAT_TORTURE": order} if order else self.env

    def processes(self):
        mark = f"TORTURE_ROOM={self.base}".encode()
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as environ, open(f"/proc/{pid}/stat", "rb") as stat:
                    if mark in environ.read().split(b"\0") and stat.read().rsplit(b")", 1)[1].split()[0] != b"Z":
                        found.append(int(pid))
            except OSError:
                pass
        return found

    def leave(self, said=b""):
        """What is left and was not said to be, in words; then it is gone."""
        processes = self.processes()
        left = [f"a process is left: {pid}" for pid in processes]
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        left += [f"left in $TMPDIR: {name}" for name in os.listdir(self.tmp) if name.encode() not in said]
        shutil.rmtree(self.base, ignore_errors=True)
        return left


class Ended:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


def run(argv, env):
    process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return Ended(None, out, err)
    return Ended(process.returncode, out, err)


def wrong_of_ending(ended):
    """What may not be, whatever failed."""
    if ended.status is None:
        return [f"did not end within {LIMIT_S} s"]
    wrong = []
    if ended.status < 0:
        wrong.append(f"ended by signal {-ended.status}")
    if REPORT.search(ended.err):
        wrong.append("a sanitizer's report")
    if ended.status > 3:
        wrong.append(f"exit status {ended.status}")
    if ended.status == 2 and not ended.err.strip():
        wrong.append("exit status 2, and not a word why")
    return wrong


# ---- the runs ----

class Try:
    """A sender at the control and at two faults.  right: the verdicts that each fault may get, if it gets one.  Who
    goes on in plaintext when TLS fails, for whatever reason, leaks: that was seen."""
    faults = "control,expired,revoked-ocsp"

    def __init__(self, doormat, mode, right):
        self.doormat, self.mode, self.right = doormat, mode, right
        self.sender = os.path.join(os.path.dirname(doormat), "senders/scripted")

    def go(self, room, order):
        argv = [self.doormat, "try", "-q", "-j2", "-t", "8", "--fail-on", "low", "-f", self.faults, "-F", "json", "-o", room.base + "/out.json", "--",
                self.sender, self.mode]
        ended = run(argv, room.order(order))
        return ended, wrong_of_ending(ended) + (self.wrong_verdicts(room, ended) if ended.status is not None else [])

    def wrong_verdicts(self, room, ended):
        try:
            with open(room.base + "/out.json") as file:
                results = json.load(file)["results"]
        except (OSError, ValueError) as error:
            return [] if ended.status == 2 else [f"exit status {ended.status}, and no report: {error}"]
        wrong = [f"{r['fault']} is {r['verdict']}" for r in results
                 if r["fault"] in self.right and r["verdict"] not in (*self.right[r["fault"]], "unclear")]
        unclear = any(r["verdict"] == "unclear" for r in results)
        failure = any(v in ("fooled", "leaked") for v in (r["verdict"] for r in results))
        wanted = 1 if failure else 3 if unclear else 0
        if ended.status not in (wanted, 2):
            wrong.append(f"exit status {ended.status}, by its own report {wanted}")
        return wrong


class Server:
    """`doormat serve`, not tortured, for the runs of check."""

    def __init__(self, doormat, base, cache):
        self.room = Room(base, cache)
        self.process = subprocess.Popen([doormat, "serve", "--json", "--faults", "control,expired", "--base-port", "0"],
                                        env=self.room.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        lines = [json.loads(self.process.stdout.readline()) for _ in range(2)]
        self.ports = {line["fault"]: line["port"] for line in lines if "port" in line}
        self.anchor = next(line[key] for line in lines for key in ("ca", "anchor", "root") if key in line)

    def end(self):
        self.process.terminate()
        self.process.wait(LIMIT_S)
        self.room.leave()


class Check:
    """check of a server that is sound, or is not.  right: the exit status by what is so; 2 and 3 say that nobody knows."""

    def __init__(self, doormat, server, fault, right):
        self.doormat, self.server, self.fault, self.right = doormat, server, fault, right

    def go(self, room, order):
        argv = [self.doormat, "check", "--json", "-t", "10", "--ca", self.server.anchor, f"localhost:{self.server.ports[self.fault]}"]
        ended = run(argv, room.order(order))
        wrong = wrong_of_ending(ended)
        if ended.status not in (None, self.right, 2, 3):
            wrong.append(f"exit status {ended.status}, though {self.fault} is {self.right}")
        if ended.status in (0, 1, 3):
            try:
                json.loads(ended.out)
            except ValueError as error:
                wrong.append(f"exit status {ended.status}, and what it printed is no JSON: {error}")
        return ended, wrong


class Serve:
    """serve, and deliveries; one behind the first must succeed, since only one call fails."""

    def __init__(self, doormat):
        self.doormat = doormat

    def go(self, room, order):
        errors = open(room.base + "/err", "w+b")
        process = subprocess.Popen([self.doormat, "serve", "--json", "--faults", "control", "--base-port", "0"], env=room.order(order),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, bufsize=0)
        timer = threading.Timer(LIMIT_S, process.kill)
        timer.start()
        wrong = self.use(process, errors)
        if process.poll() is None:
            process.terminate()
        out, _ = process.communicate()
        timed_out = not timer.is_alive()
        timer.cancel()
        errors.seek(0)
        ended = Ended(None if timed_out else process.returncode, out, errors.read())
        errors.close()
        return ended, wrong + wrong_of_ending(ended)

    def use(self, process, errors):
        """Goes by what the server says; where it ends before that, it must say why."""
        place, ready = None, False
        while not ready and (line := self.line_of(process, errors)):
            try:
                said = json.loads(line)
            except ValueError:
                return [f"no JSON: {line[:80]!r}"]
            place = said if said.get("port") else place
            ready = said.get("ready", False)
        if not ready:
            return []
        if place is None:
            return ["it is ready, and has no port"]
        deliver(place)
        return [] if is_delivered_soon(process, place) else ["it delivers no more"]

    def line_of(self, process, errors):
        """b"" where there is none any more: the server has ended, or says that its words are lost."""
        while not select.select([process.stdout], [], [], 0.2)[0]:
            if LOST in os.pread(errors.fileno(), 1 << 16, 0):
                return b""
        return process.stdout.readline()


def is_delivered_soon(process, place):
    """What the server could not make it makes again a second later."""
    for _ in range(SOON_S):
        if process.poll() is not None or deliver(place):
            return True
        time.sleep(1)
    return False


def deliver(place):
    argv = ["curl", "-sS", "-m", "20", "--ssl-reqd", "--cacert", place["ca"], "--mail-from", "a@doormat.test", "--mail-rcpt",
            "b@doormat.test", "-T", "-", f"smtp://{place['host']}:{place['port']}"]
    return subprocess.run(argv, input=b"Subject: x\r\n\r\nx\r\n", capture_output=True, timeout=LIMIT_S).returncode == 0


class Plain:
    """A command that ends by itself; where it says that it did its work, it has."""

    def __init__(self, argv, made=()):
        self.argv, self.made = argv, made

    def go(self, room, order):
        ended = run([word.replace("{room}", room.base) for word in self.argv], room.order(order))
        wrong = wrong_of_ending(ended)
        if ended.status == 0:
            wrong += [f"exit status 0, and {name} is not there" for name in self.made
                      if not os.path.getsize(os.path.join(room.base, name)) > 0]
        return ended, wrong


def all_runs(doormat, server):
    return {
        "try-careless": Try(doormat, "careless", {"control": ("delivered", "leaked"), "expired": ("fooled", "leaked"),
                                                 "revoked-ocsp": ("fooled", "leaked")}),
        "try-strict": Try(doormat, "strict", {"control": ("delivered",), "expired": ("refused",)}),
        "check-sound": Check(doormat, server, "control", 0),
        "check-expired": Check(doormat, server, "expired", 1),
        "serve": Serve(doormat),
        "mint": Plain([doormat, "mint", "worst", "--out", "{room}/pem"], ["pem/leaf.pem", "pem/key.pem", "pem/chain.pem", "pem/root.pem"]),
        "faults": Plain([doormat, "faults", "--json"]),
        **room_runs(os.path.join(os.path.dirname(doormat), "tests/room")),
    }


def room_runs(program):
    """Two rooms, in which names are as they should be; for who may make namespaces."""
    allowed = subprocess.run(["unshare", "-n", "-m", "true"], capture_output=True, check=False, stdin=subprocess.DEVNULL).returncode == 0
    command = "grep -q 198.18.0.53 /etc/resolv.conf && grep -q sender /etc/hosts && echo so >> {room}/said"
    return {"room": Plain([program, "-n", "2", "-k", "{room}", command], ["said"])} if allowed and os.path.exists(program) else {}


# ---- the torture ----

def torture_once(what, base, cache, order):
    """(what is wrong, the call that failed, the words on standard error)"""
    room, said = Room(base, cache), b""
    try:
        ended, wrong = what.go(room, order)
        counts, failed, name = room.note.read()
        said = ended.err
    finally:
        left = room.leave(said)
    if ended.status is not None and ended.status >= 0:
        wrong += left
    return wrong, name if failed else "", ended, counts


def is_out_of_memory(kind, ended):
    """Without memory the program ends at once, says so, and has no time to clear away (base/mem.h)."""
    return kind == "alloc" and ended.status == -signal.SIGABRT and ended.err.endswith(OUT_OF_MEMORY)


def torture(name, what, kind, options, base, cache):
    wrong, _, ended, counts = torture_once(what, base, cache, None)
    if wrong:
        return [(name, "-", "untortured", wrong, ended)], 0, 0
    total = counts[kind]
    step = options.every * STEP.get(kind, 1)
    findings, runs = [], 0
    with concurrent.futures.ThreadPoolExecutor(2 * len(os.sched_getaffinity(0))) as pool:
        jobs = {pool.submit(torture_once, what, base, cache, f"{kind}:{n}"): n
                for n in range(1 + zlib.crc32(f"{name} {kind}".encode()) % min(step, total or 1), total + 1, step)}
        for job in concurrent.futures.as_completed(jobs):
            wrong, call, ended, _ = job.result()
            runs += 1
            if wrong and not is_out_of_memory(kind, ended):
                findings.append((name, f"{kind}:{jobs[job]}", call, wrong, ended))
    return sorted(findings, key=lambda f: int(f[1].split(':')[1])), total, runs


def show(finding):
    name, order, call, wrong, ended = finding
    print(f"\n--- {name} {order} ({call}): " + "; ".join(wrong))
    print("\n".join("    " + line for line in ended.err.decode(errors="replace").splitlines()[-25:]), flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n")[0])
    parser.add_argument("doormat")
    parser.add_argument("--tap", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--runs", default="")
    options = parser.parse_args()
    doormat = os.path.abspath(options.doormat)
    base = tempfile.mkdtemp(prefix="doormat-torture-")
    cache = os.path.join(base, "cache")
    os.mkdir(cache, 0o700)
    server, failed, number = None, 0, 0
    try:
        server = Server(doormat, base, cache)
        runs = all_runs(doormat, server)
        chosen = options.runs.split(",") if options.runs else list(runs)
        if not options.tap:
            print(f"{'run':<14} {'calls':<6} {'there are':>10} {'failed':>8} {'wrong':>6}   {'seconds':>7}")
        for name in chosen:
            torture_once(runs[name], base, cache, None)  # keys are made and kept
            for kind in options.kinds.split(","):
                started = time.monotonic()
                findings, total, count = torture(name, runs[name], kind, options, base, cache)
                failed += len(findings)
                number += 1
                if options.tap:
                    print(f"{'not ok' if findings else 'ok'} {number} - {name}, {kind}: {count} of {total} calls fail", flush=True)
                else:
                    print(f"{name:<14} {kind:<6} {total:>10} {count:>8} {len(findings):>6}   {time.monotonic() - started:>7.1f}",
                          flush=True)
                for finding in findings[:12]:
                    show(finding)
        if options.tap:
            print(f"1..{number}")
    finally:
        if server is not None:
            server.end()
        shutil.rmtree(base, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
