#!/usr/bin/env python3
"""A reader of standard output that stops, or is gone: nobody is stopped by it, and no result is made wrong."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import threading

import frame
import mailserver
from checking import Home
from frame import DOORMAT, TempDir, clean_environment
from mailserver import MailServer, context_of, sound

PIPE_B = 4096  # the least that a pipe holds


class Reader:
    """Standard output of a program, of which nothing is read until somebody does."""

    def __init__(self, home, *words):
        self.fd, end = os.pipe()
        fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, PIPE_B)
        self.process = subprocess.Popen([DOORMAT, *words], env=clean_environment(home), stdin=subprocess.PIPE, stdout=end,
                                        stderr=subprocess.PIPE)
        os.close(end)
        self.file = os.fdopen(self.fd, encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.process.kill()
        self.process.communicate()
        self.file.close()


class Counted:
    """The play of a sound server that says when the n-th dialogue is over."""

    def __init__(self, context, count):
        self.play = sound(context)
        self.left = count
        self.lock = threading.Lock()
        self.done = threading.Event()

    def __call__(self, peer):
        self.play(peer)
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.done.set()


def begin_check(home, ports):
    reader = Reader(home, "check", "--quick", "--jsonl", "--quiet", "--no-dnssec", "--allow-private", "--jobs", "8", "--ca",
                    home + "/root.pem", "-")
    reader.process.stdin.write("".join(f"127.0.0.1:{port}\n" for port in ports).encode())
    reader.process.stdin.close()
    reader.process.stdin = None
    return reader


def test_check(tap):
    """Sixty results are far more than a pipe holds, and less than the queue does."""
    with Home() as home:
        play = Counted(context_of(home), 60)
        with MailServer(play, count=60) as server, begin_check(home, server.ports) as reader:
            tap.ok(play.done.wait(mailserver.PATIENCE_S), "all servers are looked at, though nobody reads", play.left)
            found = [json.loads(line) for line in reader.file]
            tap.equal((reader.process.wait(60), len(found)), (0, 60), "who reads later has all results")
            tap.equal({host["error"] for result in found for host in result["hosts"]}, {None}, "and none is wrong")


def test_check_full(tap):
    """What the queue does not hold is not begun, and loses nothing."""
    with Home() as home:
        play = Counted(context_of(home), 60)
        with MailServer(play, count=500) as server, begin_check(home, server.ports) as reader:
            tap.ok(play.done.wait(mailserver.PATIENCE_S), "it goes on, though nobody reads", play.left)
            found = [json.loads(line) for line in reader.file]
            tap.equal((reader.process.wait(60), len(found)), (0, 500), "who reads later has all results")
            tap.equal({host["error"] for result in found for host in result["hosts"]}, {None}, "and none is wrong")


def test_check_end(tap):
    with Home() as home:
        play = Counted(context_of(home), 60)
        with MailServer(play, count=60) as server, begin_check(home, server.ports) as reader:
            play.done.wait(mailserver.PATIENCE_S)
            reader.process.send_signal(signal.SIGTERM)
            tap.ok(reader.process.wait(60) < 0, "SIGTERM ends it, though nobody reads", reader.process.returncode)


FORMATS = {"check": ("text", "json", "jsonl", "junit", "csv", "markdown", "html"), "try": ("text", "json", "junit", "tap", "markdown", "html")}


def test_no_output(tap):
    """A device that is full, and standard output that is closed: each format and command says so, and nothing else."""
    with Home() as home, MailServer(sound(context_of(home))) as server:
        rows = [["check", "--quick", "--quiet", "--format", name, "--ca", home + "/root.pem", f"127.0.0.1:{server.port}"]
                for name in FORMATS["check"]]
        rows += [["try", "--quiet", "--faults", "control", "--format", name, "--", "false"] for name in FORMATS["try"]]
        rows += [["faults"], ["--version"], ["mint", "control", "--text"], ["check", "--explain", "list"], ["try", "--help"]]
        for words in rows:
            for name, end, said in (("full", "> /dev/full", "No space left on device"), ("closed", ">&-", "it is closed")):
                done = subprocess.run(["sh", "-c", f'exec "$@" {end}', "sh", DOORMAT, *words], env=clean_environment(home),
                                      stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
                tap.equal((done.returncode, done.stderr), (2, f"doormat: standard output: {said}\n"),
                          f"{' '.join(words[:5])}: standard output is {name}")
        done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", DOORMAT, "mint", "control", "--out", home + "/made"],
                              env=clean_environment(home), capture_output=True, text=True, check=False, timeout=60)
        tap.equal((done.returncode, done.stderr), (0, ""), "who prints nothing needs none")


def test_check_full_device(tap):
    with Home() as home, MailServer(sound(context_of(home))) as server, open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([DOORMAT, "check", "--quick", "--quiet", "--ca", home + "/root.pem", f"127.0.0.1:{server.port}"],
                              env=clean_environment(home), stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
        tap.equal((done.returncode, done.stderr), (2, "doormat: standard output: No space left on device\n"),
                  "a full device is a failure, and said")


def visit(port, count):
    """One connection after the other, of which each is an attempt to tell of; but one that comes before the server has seen the
    end of so many others is turned away (421), and comes again."""
    while count > 0:
        with socket.create_connection(("127.0.0.1", port), timeout=mailserver.PATIENCE_S) as peer:
            greeting = peer.recv(4)
            if not greeting:
                return False
            count -= greeting == b"220 "
    return True


def test_serve(tap):
    """Six thousand visits are more than the queue holds: what is dropped is counted."""
    with TempDir() as home:
        with Reader(home, "serve", "--json", "--base-port", "0", "--listen", "127.0.0.1", "--faults", "control") as reader:
            port = json.loads(reader.file.readline())["port"]
            reader.file.readline()
            count = 6000
            tap.ok(visit(port, count), "the server goes on, though nobody reads")
            lines = dropped = 0
            while lines + dropped < count:
                entry = json.loads(reader.file.readline())
                dropped += entry.get("dropped", 0)
                lines += "dropped" not in entry
            tap.equal(lines + dropped, count, "each attempt is told of, or counted as dropped")
            tap.ok(lines > 100 and dropped > 100, "and there are both", (lines, dropped))
            visit(port, 1)
            tap.ok("dropped" not in json.loads(reader.file.readline()), "and then it goes on as before")
            visit(port, 200)
            reader.process.send_signal(signal.SIGTERM)
            tap.equal(reader.process.wait(60), 0, "SIGTERM ends it, though nobody reads")


def test_serve_full_device(tap):
    with TempDir() as home, open("/dev/full", "w", encoding="ascii") as full:
        with subprocess.Popen([DOORMAT, "serve", "--base-port", "0", "--faults", "control"], env=clean_environment(home),
                              stdout=full, stderr=subprocess.PIPE, text=True) as process:
            tap.equal(process.stderr.readline(), "doormat: standard output: No space left on device; what cannot be written is "
                      "lost, and the server goes on\n", "a full device is told of")
            tap.equal(process.poll(), None, "and the server goes on")
            process.terminate()
            tap.equal(process.wait(60), 2, "exit status 2 in the end")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
