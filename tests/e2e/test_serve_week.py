#!/usr/bin/env python3
"""`doormat serve` for a week: its log, its anchor across restarts, where it listens, and how it ends while a key is being made."""

import json
import os
import re
import shlex
import signal
import smtplib
import socket
import ssl
import subprocess
import time

import frame
from frame import DOORMAT, ROOT, TempDir, clean_environment

LIMIT_S = 60


class Server:
    """`doormat serve` at free ports until the context ends; `endpoints` is {fault: its line}."""

    def __init__(self, home, *words, cache=None):
        self.tmp = os.path.join(home, "tmp")
        os.makedirs(self.tmp, exist_ok=True)
        more = {"XDG_CACHE_HOME": cache} if cache else {}
        self.env = clean_environment(home, TMPDIR=self.tmp, **more)
        self.argv = [DOORMAT, "serve", "--json", "--base-port", "0", *words]

    def __enter__(self):
        self.process = subprocess.Popen(self.argv, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.endpoints = {}
        for line in self.process.stdout:
            entry = json.loads(line)
            if entry.get("ready"):
                return self
            self.endpoints[entry["fault"]] = entry
        raise SystemExit("Bail out! serve does not start: " + self.process.stderr.read())

    def end(self, signo=signal.SIGTERM):
        """Seconds that it took, and the exit status."""
        started = time.monotonic()
        self.process.send_signal(signo)
        self.process.communicate(timeout=LIMIT_S)
        return time.monotonic() - started, self.process.returncode

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            self.end()


def deliver(entry, anchor=None):
    context = ssl.create_default_context(cafile=anchor or entry["ca"])
    with smtplib.SMTP(entry["host"], entry["port"], "sender.doormat.test", timeout=20) as server:
        server.starttls(context=context)
        return server.sendmail("a@doormat.test", ["b@doormat.test"], "Subject: x\r\n\r\nhello\r\n")


def wait_for(happens):
    """A deadline, not a measure: it ends as soon as it happens."""
    deadline = time.monotonic() + LIMIT_S
    while not happens() and time.monotonic() < deadline:
        time.sleep(0.01)
    return happens()


def lines_of(path):
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [json.loads(line) for line in file.read().splitlines()]


def test_log(tap):
    with TempDir() as home:
        log, old = home + "/doormat.log", home + "/doormat.log.1"
        with Server(home, "--faults", "control", "--log", log) as server:
            deliver(server.endpoints["control"])
            tap.ok(wait_for(lambda: len(lines_of(log)) == 1), "a connection is a line of the log")
            os.rename(log, old)
            server.process.send_signal(signal.SIGHUP)
            tap.ok(wait_for(lambda: os.path.exists(log)), "SIGHUP opens the log anew")
            deliver(server.endpoints["control"])
            tap.ok(wait_for(lambda: len(lines_of(log)) == 1), "the next line is in the new file")
            tap.equal(len(lines_of(old)), 1, "and the old file keeps its own")
            tap.equal(os.stat(log).st_mode & 0o777, 0o640, "others cannot read it")
            os.rename(log, old)
            os.mkdir(log)
            server.process.send_signal(signal.SIGHUP)
            deliver(server.endpoints["control"])
            tap.ok(wait_for(lambda: len(lines_of(old)) == 2), "where it cannot be opened, the old one stays open")
            server.process.terminate()
            out, err = server.process.communicate(timeout=LIMIT_S)
            tap.equal(out, "", "nothing of that is on standard output")
            tap.has(err, "the old log stays open", "and the failure is told")
        again = frame.run("serve", "--faults", "control", "--base-port", "0", "--log", home + "/nowhere/x.log")
        tap.equal(again.returncode, 2, "a log that cannot be opened: exit status 2")


def test_hangup(tap):
    with TempDir() as home, Server(home, "--faults", "control") as server:
        _, status = server.end(signal.SIGHUP)
        tap.equal(status, 0, "without a log SIGHUP ends it, as SIGTERM does")
        tap.equal(os.listdir(server.tmp), [], "and nothing is left behind")


def test_anchor(tap):
    with TempDir() as home:
        out = home + "/anchor"
        with Server(home, "--faults", "control", "--out", out) as server:
            tap.equal(server.endpoints["control"]["ca"], out + "/root.pem", "the anchor is where it is told")
            os.rename(out + "/root.pem", home + "/old.pem")
        tap.ok(os.path.isdir(out), "and its directory is left there")
        with Server(home, "--faults", "control", "--out", out) as server:
            tap.equal(deliver(server.endpoints["control"], home + "/old.pem"), {}, "an anchor from before a restart stays good")
            tap.equal(deliver(server.endpoints["control"]), {}, "and so is the new one")


def test_addresses(tap):
    for words, message in (
        (["--listen", "192.0.2.1"], "192.0.2.1"),
        (["--listen", "127.0.0.1", "--listen", "192.0.2.1"], "192.0.2.1"),
        (["--listen", "nowhere"], "nowhere: not an IPv4 or IPv6 address"),
        (["--base-port", "64500"], "beyond 65535"),
    ):
        ended = frame.run("serve", "--faults", "control,revoked-ocsp", *([] if "--base-port" in words else ["--base-port", "0"]), *words)
        tap.equal(ended.returncode, 2, f"{' '.join(words)}: exit status 2")
        tap.has(ended.stderr, message, f"{' '.join(words)}: and why")
        tap.ok("web port" not in ended.stderr, f"{' '.join(words)}: and no word of another port", ended.stderr)
    with TempDir() as home, Server(home, "--faults", "control", "--listen", "0.0.0.0") as server:
        server.process.terminate()
        _, err = server.process.communicate(timeout=LIMIT_S)
        tap.has(err, "0.0.0.0", "whoever listens beyond loopback is warned")
    with TempDir() as home, Server(home, "--faults", "control", "--listen", "127.0.0.2") as server:
        server.process.terminate()
        tap.equal(server.process.communicate(timeout=LIMIT_S)[1], "", "loopback is no reason for a warning")


def test_end_while_a_key_is_made(tap):
    """RSA 16384 takes a minute or more; the end may not."""
    with TempDir() as home, Server(home, "--faults", "rsa16384", cache=home + "/cache") as server:
        entry = server.endpoints["rsa16384"]
        with socket.create_connection((entry["address"], entry["port"]), timeout=20) as client:
            reader = client.makefile("rb")
            reader.readline()
            client.sendall(b"EHLO sender.doormat.test\r\n")
            while reader.readline()[3:4] == b"-":
                pass
            client.sendall(b"STARTTLS\r\n")
            threads = f"/proc/{server.process.pid}/task"
            tap.ok(wait_for(lambda: any(is_busy(f"{threads}/{task}/stat") for task in os.listdir(threads))), "the key is being made")
            seconds, status = server.end()
        tap.ok(seconds < 5, "SIGTERM ends it at once", f"{seconds:.1f} s")
        tap.equal(status, 0, "and well")
        tap.equal(os.listdir(server.tmp), [], "and nothing is left behind")


def is_busy(path):
    """A thread that has used a tenth of a second in user mode."""
    try:
        with open(path) as file:
            return int(file.read().rsplit(")", 1)[1].split()[11]) >= 10
    except OSError:
        return False


def test_unit_file(tap):
    """What deploy/doormat.service starts is what the program takes."""
    with open(os.path.join(ROOT, "deploy/doormat.service")) as file:
        text = file.read()
    start = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE).group(1)
    words = shlex.split(start)
    tap.equal(words[1], "serve", "it starts `doormat serve`")
    options = subprocess.run([DOORMAT, "serve", "--help"], capture_output=True, text=True, check=True).stdout
    for word in words[2:]:
        if word.startswith("--"):
            tap.has(options, word.split("=")[0], f"{word.split('=')[0]} is an option")
    for line in ("ExecReload=/bin/kill -HUP $MAINPID", "DynamicUser=yes", "NoNewPrivileges=yes", "Restart=on-failure"):
        tap.ok(line in text.splitlines(), line)
    with TempDir() as home:
        os.makedirs(home + "/state")
        os.makedirs(home + "/logs")
        local = [word.replace("${STATE_DIRECTORY}", home + "/state").replace("${LOGS_DIRECTORY}", home + "/logs") for word in words[2:]]
        keep = [word for word in local if not word.startswith("--listen")]
        with Server(home, *keep, "--faults", "control") as server:
            tap.equal(deliver(server.endpoints["control"]), {}, "with its options the server starts, and takes mail")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
