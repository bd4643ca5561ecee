#!/usr/bin/env python3
"""What could wait for ever: a FIFO that has no other end, and an input without an end.  A signal ends the program all the same."""

import os
import signal
import subprocess
import threading
import time

import frame
from frame import DOORMAT, PLAIN_SENDER, TempDir, clean_environment, run

LIMIT_S = 60
TRY = ["--faults", "expired"]
SENDER = ["--", *PLAIN_SENDER]
TARGET = "192.0.2.1:25"


def is_asleep(process):
    """It waits for something, or has ended."""
    try:
        with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "R"
    except OSError:
        return True


def await_sleep(process):
    """So that the signal meets a process that waits; if it is early, the outcome is the same."""
    deadline = time.monotonic() + LIMIT_S
    while not is_asleep(process) and time.monotonic() < deadline:
        time.sleep(0.01)


def start(home, *words, **more):
    return subprocess.Popen([DOORMAT, *words], env=clean_environment(home, TMPDIR=home), stdin=more.pop("stdin", subprocess.DEVNULL),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def end(process, signo):
    """Its exit status, or None if the signal does not end it."""
    process.send_signal(signo)
    try:
        process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    return process.returncode


def test_fifo_without_other_end(tap):
    commands = [["try", *TRY, "--baseline", "FIFO", *SENDER], ["try", *TRY, "--output", "FIFO", *SENDER],
                ["check", "--output", "FIFO", TARGET], ["check", "--ca", "FIFO", TARGET], ["check", "--crl", "FIFO", TARGET]]
    for words in commands:
        for signo in (signal.SIGTERM, signal.SIGINT):
            with TempDir() as home:
                os.mkfifo(home + "/fifo")
                process = start(home, *[home + "/fifo" if word == "FIFO" else word for word in words])
                await_sleep(process)
                name = f"{' '.join(words[:words.index('FIFO')])} FIFO: {signo.name}"
                tap.equal(end(process, signo), -signo, f"{name} ends it")
                tap.equal(os.listdir(home), ["fifo"], f"{name} leaves nothing")


def test_fifo_refused(tap):
    for words in (["serve", "--base-port", "0", "--log"], ["check", TARGET, "--resume"]):
        with TempDir() as home:
            os.mkfifo(home + "/fifo")
            result = run(*words, home + "/fifo")
            tap.equal(result.returncode, 2, f"{words[0]} {words[-1]} FIFO is an error")
            tap.has(result.stderr, home + "/fifo: no", f"{words[0]} {words[-1]}: it says why")


def test_log_to_a_reader(tap):
    """A FIFO that somebody reads is a log like any other."""
    with TempDir() as home:
        os.mkfifo(home + "/fifo")
        reader = os.open(home + "/fifo", os.O_RDONLY | os.O_NONBLOCK)
        process = start(home, "serve", "--faults", "control", "--base-port", "0", "--log", home + "/fifo")
        for line in process.stdout:
            if line.startswith("Ready"):
                break
        tap.equal(end(process, signal.SIGTERM), 0, "serve --log FIFO, with a reader, ends by SIGTERM")
        os.close(reader)


def test_endless_input(tap):
    for path in ("/dev/zero", "/dev/urandom"):
        with TempDir() as home, open(path, "rb") as source:
            process = start(home, "check", "--format", "jsonl", "127.0.0.1:25", "-", stdin=source)
            told = any('"target":"127.0.0.1:25"' in line for line in process.stdout)
            tap.ok(told, f"check beside {path}: the target before it is told")
            tap.equal(end(process, signal.SIGTERM), -signal.SIGTERM, f"check beside {path}: SIGTERM ends it")


def test_input_without_target(tap):
    """Input without a good target, and without an end, does not keep it from a signal."""
    for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        end_endless_input(tap, signo)


def end_endless_input(tap, signo):
    with TempDir() as home:
        with subprocess.Popen([DOORMAT, "check", "--jsonl", "--quiet", "-"], env=clean_environment(home),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            line = 1000 * b"no such\n"
            fed = threading.Thread(target=feed, args=(process.stdin, line), daemon=True)
            fed.start()
            process.stdout.readline()
            threading.Thread(target=drain, args=(process.stdout,), daemon=True).start()
            process.send_signal(signo)
            tap.equal(process.wait(60), -signo, f"{signo.name} ends it, as that signal")
            fed.join()


def feed(pipe, data):
    try:
        while True:
            pipe.write(data)
    except OSError:
        pass


def drain(pipe):
    while pipe.read(65536):
        pass


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
