#!/usr/bin/env python3
"""attack - those who mean Doormat ill, one after the other: what each does, what it costs others, and how it ends.

usage: attack.py [--tap] [--short] [INSTRUMENT...]

  --short   few connections and seconds, for `make check`
  --tap     TAP instead of the table
  idle slow floods servers dns files: those instruments alone

A row says what is done and how much of it, the longest that a sender waited for its greeting meanwhile (or, where `check` or a
file is attacked, how long the run took), the memory that it cost, and how it ended.  Bounds are those of SECURITY.md: a row that
exceeds one says MISSED, and the exit status is then 1.  Everything is on loopback."""

import contextlib
import json
import os
import resource
import select
import smtplib
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))

import hostile  # noqa: E402
from attacked import PER_PORT, Server, close_all, connect, first_flight, first_line, greeting, while_flooded  # noqa: E402
from checking import Home  # noqa: E402
from frame import DOORMAT, TempDir, clean_environment  # noqa: E402
from mailserver import DnsServer, MailServer, context_of, encode_name, read_question  # noqa: E402

SHORT = "--short" in sys.argv
GREETING_S = 3 if SHORT else 2  # the longest that anybody waits for a greeting
HELLOS_S = 3  # ... while as many ClientHellos as there are connections come at one moment: each costs a signature
KIB_PER_CONNECTION = 64
GROWTH_MIB = 32  # by a flood
CHECK_S = 2  # --timeout of `check`
RUN_S, RUN_MIB = 20, 256  # of a run over a hostile file or resolver
LISTS = "control,@certificate" if not SHORT else "control,expired,self-signed,wrong-host,tls10"
ROWS = []


class Row:
    """One line of the table, as it comes."""

    FORM = "{:<9} {:<40} {:>13} {:>8} {:>14}  {:<31} {}"

    def __init__(self, instrument, what, amount, seconds, memory, ended, good):
        ROWS.append(good)
        if "--tap" in sys.argv:
            print(f"{'ok' if good else 'not ok'} {len(ROWS)} - {instrument}: {what}", flush=True)
            if not good:
                print(f"# {amount}; {seconds:.2f} s; {memory}; {ended}", flush=True)
        else:
            print(self.FORM.format(instrument, what, amount, f"{seconds:.2f} s", memory, ended[:31], "ok" if good else "MISSED"),
                  flush=True)


def head():
    if "--tap" not in sys.argv:
        print(Row.FORM.format("attack", "what is done", "how much", "longest", "memory", "ended by", "bounds"), flush=True)


# --- others meanwhile ---

def deliver(port):
    """A message by a sender that demands TLS and looks at no certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP("127.0.0.1", port, source_address=("127.0.0.2", 0), timeout=30) as client:
        client.starttls(context=context)
        client.sendmail("a@sender.test", ["b@recipient.test"], "Subject: x\r\n\r\nx\r\n")


def others(server, seconds):
    """The longest wait for a greeting, from other addresses and at another port; then one delivery.  Many addresses: the server
    may not have seen yet that the last ones have gone."""
    seen, until = [], time.monotonic() + seconds
    while not seen or time.monotonic() < until:
        seen.append(greeting(server.ports["control"], f"127.0.2.{len(seen) % 250 + 1}"))
    deliver(server.ports["control"])
    refused = [line for line, _ in seen if not line.startswith("220 ")]
    assert not refused, f"{len(refused)} of {len(seen)}: {refused[0]}"
    return max(seconds for _, seconds in seen)


# --- idle, and slow ---

HELLO = first_flight()
EHLO = b"EHLO sender.test\r\n"
TO_DATA = EHLO + b"MAIL FROM:<a@sender.test>\r\nRCPT TO:<b@recipient.test>\r\nDATA\r\n"
# {state: (with implicit TLS, what is said, whether the greeting is read)}
STATES = {
    "no word": (False, b"", False),
    "no word behind the greeting": (False, b"", True),
    "half a line": (False, b"EHLO sen", True),
    "no word behind EHLO": (False, EHLO, True),
    "no ClientHello behind STARTTLS": (False, EHLO + b"STARTTLS\r\n", True),
    "half a ClientHello": (True, HELLO[:60], False),
    "no answer to ServerHello": (True, HELLO, False),
    "half a message": (False, TO_DATA + b"Subject: x\r\n\r\nhalf", True),
}


def places(server, with_tls, count):
    """(port, source address) for so many connections, within what one peer and one endpoint may have."""
    ports = list((server.tls_ports if with_tls else server.ports).values())
    return [(ports[i // PER_PORT % len(ports)], f"127.1.{i // PER_PORT // 250}.{i // PER_PORT % 250 + 1}") for i in range(count)]


def gather(server, state, count):
    with_tls, said, reads = STATES[state]
    socks = []
    for port, source in places(server, with_tls, count):
        socks.append(connect(port, source))
        if reads:
            first_line(socks[-1])
        if said:
            socks[-1].sendall(said)
    return socks


def idle():
    count = 300 if SHORT else 10000
    for state in list(STATES)[::3] if SHORT else STATES:
        with Server(LISTS) as server:
            before = server.memory_kib()
            socks = gather(server, state, count)
            worst = others(server, 0.1 if SHORT else 2)
            each = max(0, server.memory_kib() - before) / count
            close_all(socks)
            Row("idle", state, f"{count:,} conn.", worst, f"{each:.1f} KiB each", "the attacker",
                worst < (HELLOS_S if state == "no answer to ServerHello" else GREETING_S) and each < KIB_PER_CONNECTION)
    if not SHORT:
        wait_for_the_limit()


def wait_for_the_limit():
    with Server("control") as server:
        socks = gather(server, "no word behind EHLO", PER_PORT)
        started = time.monotonic()
        for sock in socks:
            sock.settimeout(120)
            while sock.recv(4096):
                pass
        took = time.monotonic() - started
        Row("idle", "until the server has enough", f"{PER_PORT} conn.", took, "-", "the server's idle limit", took < 75)


@contextlib.contextmanager
def drips(socks):
    """A byte on each, every half second, by a process of its own, so that it takes no time from who measures."""
    stop_read, stop_write = os.pipe()
    count_read, count_write = os.pipe()
    sent = [0]
    child = os.fork()
    if child == 0:
        try:
            stop = select.poll()
            stop.register(stop_read, select.POLLIN)
            while not stop.poll(500):
                for sock in socks:
                    with contextlib.suppress(OSError):
                        sent[0] += sock.send(b"x")
            os.write(count_write, str(sent[0]).encode())
        finally:
            os._exit(0)
    try:
        yield sent
    finally:
        os.write(stop_write, b".")
        sent[0] = int(os.read(count_read, 32))
        os.waitpid(child, 0)
        for end in (stop_read, stop_write, count_read, count_write):
            os.close(end)


def slow():
    """A byte of a line, or of a ClientHello, now and then on each of many connections."""
    count, seconds = (200, 1) if SHORT else (10000, 15)
    for state in ("half a ClientHello",) if SHORT else ("half a line", "half a ClientHello", "half a message"):
        with Server(LISTS) as server:
            before = server.memory_kib()
            socks = gather(server, state, count)
            with drips(socks) as sent:
                worst = others(server, seconds)
                each = max(0, server.memory_kib() - before) / count
            close_all(socks)
            Row("slow", f"{state}, then byte by byte", f"{sent[0]:,} bytes", worst, f"{each:.1f} KiB each", "the attacker",
                worst < GREETING_S and each < KIB_PER_CONNECTION)


# --- floods ---

def pour(data, before=b"", counted=None):
    """Sends without end and reads what comes, so that nobody waits for us."""
    def play(sock, stop):
        sock.sendall(before)
        sock.settimeout(5)
        try:
            while not stop.is_set():
                sock.sendall(data)
                counted[0] += len(data)
                if select.select([sock], [], [], 0)[0] and not sock.recv(65536):
                    counted[1] += 1
                    return
        except ConnectionError:
            counted[1] += 1
    return play


def once(data, counted):
    def play(sock, _):
        sock.sendall(data)
        counted[0] += len(data)
        sock.recv(65536)
        counted[1] += 1
    return play


def reset(_, counted):
    def play(sock, __):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        counted[1] += 1
    return play


def record(kind, body):
    return bytes((kind, 3, 3)) + len(body).to_bytes(2, "big") + body


# {name: (which port, play from data and counts, data, what comes first)}
FLOODS = {
    "NOOP": ("ports", pour, b"NOOP\r\n" * 1000, EHLO),
    "unknown commands": ("ports", pour, b"WHAT\r\n" * 1000, EHLO),
    "a line without end": ("ports", pour, b"x" * 16384, b""),
    "recipients": ("ports", pour, b"RCPT TO:<b@recipient.test>\r\n" * 500, EHLO + b"MAIL FROM:<a@sender.test>\r\n"),
    "a message without end": ("ports", pour, (b"x" * 1000 + b"\r\n") * 60, TO_DATA),
    "BDAT": ("ports", pour, b"BDAT 100000000\r\n" + b"x" * 16384, EHLO),
    "STARTTLS, then plaintext": ("ports", pour, b"NOOP\r\n" * 1000, EHLO + b"STARTTLS\r\n"),
    "ClientHellos": ("tls_ports", once, HELLO, b""),
    "empty records": ("tls_ports", pour, record(22, b"") * 1000, b""),
    "records of a byte": ("tls_ports", pour, record(22, b"\1") * 1000, b""),
    "warnings": ("tls_ports", pour, record(21, b"\1\x5a") * 1000, HELLO),
    "change_cipher_spec": ("tls_ports", pour, record(20, b"\1") * 1000, HELLO),
    "a ClientHello of 16 MB": ("tls_ports", pour, record(22, b"\0" * 16384), record(22, b"\1\xff\xff\xff\3\3")),
    "garbage": ("tls_ports", pour, bytes(range(256)) * 64, b""),
    "connections reset": ("ports", reset, b"", b""),
    "HTTP requests": ("web", once, b"GET /crl/revoked-crl.crl HTTP/1.1\r\nHost: x\r\n\r\n", b""),
    "HTTP headers without end": ("web", pour, b"X: " + b"y" * 1000 + b"\r\n", b"GET / HTTP/1.1\r\n"),
}


def floods():
    threads, seconds = (4, 0.3) if SHORT else (12, 5)
    with Server("control,expired,revoked-crl") as server:
        deliver(server.ports["control"])  # what the first one costs is no growth
        for name in list(FLOODS)[::3] if SHORT else FLOODS:
            where, make, data, first = FLOODS[name]
            port = server.web_port if where == "web" else getattr(server, where)["expired"]
            counted = [0, 0]
            play = make(data, first, counted) if make is pour else make(data, counted)
            before = server.memory_kib()
            worst = while_flooded(port, play, threads, lambda: others(server, seconds))
            growth = max(0, server.memory_kib() - before) / 1024
            Row("flood", name, f"{counted[0] / 1e6:.1f} MB", worst, f"+{growth:.1f} MiB", f"the server, {counted[1]:,} times",
                worst < GREETING_S and growth < GROWTH_MIB and (SHORT or counted[1] > 0))


# --- against `check`, and against files ---

def run(words, home, stdin=subprocess.DEVNULL):
    """(exit status, output, errors, seconds, peak MiB)"""
    started = time.monotonic()
    with subprocess.Popen([DOORMAT, *words], env=clean_environment(home), stdin=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="replace") as process:
        timer = threading.Timer(60, process.kill)
        timer.start()
        output, errors = [], []
        readers = [threading.Thread(target=lambda out=out, into=into: into.append(out.read()))
                   for out, into in ((process.stdout, output), (process.stderr, errors))]
        for reader in readers:
            reader.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        timer.cancel()
        for reader in readers:
            reader.join()
    return process.returncode, output[0], errors[0], time.monotonic() - started, usage.ru_maxrss / 1024


def servers():
    """Each hostile server by itself: an answer within its time, whatever it does."""
    with Home() as home:
        context = context_of(home)
        kinds = hostile.kinds(context)
        chosen = ["endless banner", "endless garbage", "HelloRequests"] if SHORT else list(kinds)
        for name in chosen:
            with MailServer(kinds[name]) as server:
                words = ["check", "--quiet", "--no-dnssec", "--jsonl", "--ca", home + "/root.pem", "--allow-private", "--tries", "1",
                         "--timeout", str(CHECK_S), f"127.0.0.1:{server.port}"]
                status, output, _, took, peak = run(words, home)
            result = json.loads(output)
            host = result["hosts"][0]
            told = host["error"] or next((f["seen"] for f in host["findings"] if f["severity"] == "fail"), "nothing")
            Row("server", name, "1 target", took, f"{peak:.0f} MiB", told,
                status in (0 if name.endswith("within TLS") else 1, 1, 3) and took < CHECK_S + 3 and peak < RUN_MIB)


class HostileDns(DnsServer):
    """A resolver that answers as `reply` says: from (query, question) to the bytes of the answer, or None."""

    def __init__(self, reply):
        super().__init__({})
        self.reply = reply

    def answer(self, message):
        name, asked, question = read_question(message)
        answer = self.reply(message, name, asked, question)
        if answer is None:
            raise OSError
        return answer

    def serve(self):
        while True:
            try:
                message, peer = self.sock.recvfrom(4096)
            except OSError:
                return
            with contextlib.suppress(OSError):
                self.sock.sendto(self.answer(message), peer)


def dns_reply(flags, count=0, rows=b""):
    return lambda query, _, __, question: query[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + question + rows


def mx_rows(count):
    data = struct.pack(">H", 1) + encode_name("mx.doormat.test")
    return (b"\xc0\x0c" + struct.pack(">HHIH", 15, 1, 60, len(data)) + data) * count


def cname_loop(query, name, _, question):
    data = encode_name("a" + name if len(name) < 200 else "loop.test")
    return (query[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0) + question + b"\xc0\x0c"
            + struct.pack(">HHIH", 5, 1, 60, len(data)) + data)


RESOLVERS = {
    "never answers": lambda *_: None,
    "another id": lambda query, name, asked, question: b"\0\0" + dns_reply(0x8180)(query, name, asked, question)[2:],
    "garbage": lambda query, *_: query[:2] + os.urandom(500),
    "three bytes": lambda query, *_: query[:3],
    "SERVFAIL": dns_reply(0x8182),
    "truncated, and no TCP": dns_reply(0x8380),
    "CNAMEs without end": cname_loop,
    "a compression loop": dns_reply(0x8180, 1, b"\xc0\x20\xc0\x20\xc0\x20\xc0\x20"),
    "500 MX records": dns_reply(0x8180, 500, mx_rows(500)),
    "a count of 65,535": dns_reply(0x8180, 65535, mx_rows(3)),
}


def dns():
    for name, reply in RESOLVERS.items():
        if SHORT and name in ("never answers", "another id", "garbage", "three bytes", "truncated, and no TCP"):  # until a time limit
            continue
        with TempDir() as home, HostileDns(reply) as resolver:
            words = ["check", "--quiet", "--no-dnssec", "--jsonl", "--timeout", str(CHECK_S), "--tries", "1", "--resolver",
                     resolver.address, "domain.test"]
            status, output, errors, took, peak = run(words, home)
        result = json.loads(output) if output else {}
        hosts = result.get("hosts") or [{}]
        Row("resolver", name, "1 domain", took, f"{peak:.0f} MiB", result.get("error") or hosts[0].get("error") or errors,
            status in (1, 3) and took < RUN_S and peak < RUN_MIB)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def file_kinds(home):
    big = 8_000_000 if SHORT else 64_000_000
    return {
        "of zeros": write(home + "/zeros", b"\0" * big),
        "of one line": write(home + "/line", b"x" * big),
        "of random bytes": write(home + "/random", os.urandom(1_000_000)),
        "of JSON, nested deeply": write(home + "/deep", b"[" * 2_000_000),
        "of empty lines": write(home + "/lines", b"\n" * big),
        "without end": "/dev/zero",
    }


def files():
    sender = ["--", "true"]
    with TempDir() as home:
        uses = {
            "baseline": ["try", "-q", "-f", "expired", "--baseline", None, *sender],
            "CAs": ["check", "-q", "--ca", None, "127.0.0.1:9"],
            "revocation list": ["check", "-q", "--crl", None, "127.0.0.1:9"],
            "journal": ["check", "-q", "--resume", None, "127.0.0.1:9"],
        }
        for kind, path in file_kinds(home).items():
            for use, words in uses.items():
                with TempDir() as place:
                    copy = path
                    if use == "journal" and not path.startswith("/dev/"):
                        copy = place + "/journal"
                        os.link(path, copy) if os.stat(path).st_dev == os.stat(place).st_dev else None
                    status, _, errors, took, peak = run([copy if word is None else word for word in words], place)
                told = errors.strip().splitlines()[-1].removeprefix("doormat: ") if errors.strip() else "nothing"
                Row("file", f"a {use} {kind}", f"{os.path.getsize(path) / 1e6:.0f} MB", took, f"{peak:.0f} MiB",
                    told.split(": ", 1)[-1], status == 2 and took < RUN_S and peak < RUN_MIB)
        for kind, path in file_kinds(home).items():
            if path.startswith("/dev/"):
                continue  # a list is read as it comes, and its end is waited for
            with open(path, "rb") as targets:
                status, _, errors, took, peak = run(["check", "-q", "-"], home, stdin=targets)
            told = errors.strip().splitlines()[-1].removeprefix("doormat: ") if errors.strip() else "nothing"
            Row("file", f"a list {kind}", f"{os.path.getsize(path) / 1e6:.0f} MB", took, f"{peak:.0f} MiB", told,
                status in (0, 2, 3) and took < RUN_S and peak < RUN_MIB)


INSTRUMENTS = {"idle": idle, "slow": slow, "floods": floods, "servers": servers, "dns": dns, "files": files}


def main():
    names = [word for word in sys.argv[1:] if not word.startswith("-")]
    unknown = [name for name in names if name not in INSTRUMENTS]
    if unknown or "--help" in sys.argv:
        print(__doc__.strip() if not unknown else f"attack.py: no instrument '{unknown[0]}': {' '.join(INSTRUMENTS)}",
              file=sys.stderr if unknown else sys.stdout)
        sys.exit(2 if unknown else 0)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    head()
    for name in names or INSTRUMENTS:
        INSTRUMENTS[name]()
    missed = ROWS.count(False)
    print(f"1..{len(ROWS)}" if "--tap" in sys.argv else f"\n{len(ROWS)} rows, {missed} missed")
    sys.exit(1 if missed else 0)


main()
