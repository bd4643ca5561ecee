#!/usr/bin/env python3
"""The validating resolver of a sealed room, asked about the domains of tests/dns/world.c by foreign clients: it says AD, no AD or
SERVFAIL as unbound does.  All is in a network of its own, where port 53 is free for the world."""

import concurrent.futures
import fcntl
import json
import os
import shutil
import random
import select
import socket
import struct
import subprocess
import sys
import time

import frame
from test_dns import APEX, PATIENCE_S, STATES, World, answers_of, query, questions_of, receive

RECURSOR = os.path.join(os.path.dirname(frame.DOORMAT), "tests", "dns-recursor")
ALONE = "DOORMAT_TEST_ALONE"
UNBOUND = shutil.which("unbound", path=os.path.join(frame.ROOT, "build/senders/unbound/usr/sbin") + ":" + frame.SEARCH_PATH)
SILENT = ("reply-none", "reply-truncated")  # unbound gives up on the server of such a domain, and they share it with others
NAMES = {"s": "secure", "i": "insecure", "b": "bogus or fails", "f": "bogus or fails"}


class Recursor:
    """The resolver of a world.  Use as a context manager."""

    def __init__(self, world):
        self.world = world
        self.process = subprocess.Popen([RECURSOR, f"127.0.0.1@{world.port}", world.settings["key"]], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=frame.clean_environment(world.home))
        self.port = json.loads(self.process.stdout.readline())["port"]
        self.address = ("127.0.0.1", self.port)
        self.status = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.process.stdin.close()
        self.status = self.process.wait(timeout=PATIENCE_S)
        self.process.stdout.close()

    def dig(self, *words):
        return dig_at(self.world, self.port, *words)

    def file_count(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


def dig_at(world, port, *words):
    return world.run("dig", "@127.0.0.1", "-p", str(port), "+nocookie", "+tries=1", "+time=20", *words)


def status_of(said):
    return next((line.split("status: ")[1].split(",")[0] for line in said.splitlines() if "status: " in line), "nothing")


def flags_of(said):
    return next((line.split("flags: ")[1].split(";")[0].split() for line in said.splitlines() if line.startswith(";; flags: ")), [])


def state_of(said):
    """s, i or b, as a client sees it."""
    if status_of(said) not in ("NOERROR", "NXDOMAIN"):
        return "b" if status_of(said) == "SERVFAIL" else "? " + said
    return "s" if "ad" in flags_of(said) else "i"


def records_of(said):
    """The records of all sections but the OPT record, sorted, without their TTLs, and the case of the names."""
    lines = (line.split() for line in said.splitlines() if line and not line.startswith(";"))
    return sorted(" ".join(words[:1] + words[2:]).lower() for words in lines)


# --- what it says ---

def test_states(tap):
    with frame.TempDir() as home, World(home, "delegating") as world, Recursor(world) as recursor, concurrent.futures.ThreadPoolExecutor(4) as pool:
        wanted = {domain: states.replace("f", "b") for domain, states in STATES.items() if domain not in SILENT}
        seen = {domain: [pool.submit(recursor.dig, "+dnssec", *question) for question in questions_of(domain)] for domain in wanted}
        for domain, states in wanted.items():
            tap.equal(" ".join(NAMES.get(state, state) for state in (state_of(job.result()) for job in seen[domain])),
                      " ".join(NAMES[state] for state in states), domain)


def test_silent(tap):
    """Of a server that is silent there is an answer in time, too."""
    for domain in SILENT:
        with frame.TempDir() as home, World(home, "delegating") as world, Recursor(world) as recursor:
            begin = time.monotonic()
            said = recursor.dig(f"{domain}.{APEX}", "MX")
            took_s = time.monotonic() - begin
            tap.ok(status_of(said) == "SERVFAIL" and took_s < 18, f"{domain}: SERVFAIL within its time", f"{took_s} s\n{said}")


# Words for dig; the status; flags that are there, and are not; what the text has, and has not.
SAID = (
    (("+dnssec", "sound", "MX"), "NOERROR", ("qr", "rd", "ra", "ad"), ("cd", "aa", "tc"), ("MX", "RRSIG", "flags: do"), ()),
    (("+noadflag", "sound", "MX"), "NOERROR", ("rd", "ra"), ("ad",), (), ("RRSIG",)),
    (("+noadflag", "+dnssec", "sound", "MX"), "NOERROR", ("ad",), (), ("RRSIG",), ()),
    (("+noedns", "sound", "MX"), "NOERROR", ("ad",), (), (), ("RRSIG", "OPT PSEUDOSECTION")),
    (("+tcp", "+dnssec", "sound", "MX"), "NOERROR", ("ad",), ("tc",), ("RRSIG", "(TCP)"), ()),
    (("+dnssec", "+cd", "sound", "MX"), "NOERROR", ("cd",), ("ad",), ("RRSIG",), ()),
    (("+dnssec", "signature-expired", "MX"), "SERVFAIL", ("ra",), ("ad",), ("EDE: 7",), ("RRSIG",)),
    (("+noedns", "signature-expired", "MX"), "SERVFAIL", (), ("ad",), (), ("EDE",)),
    (("+dnssec", "+cd", "signature-expired", "MX"), "NOERROR", ("cd",), ("ad",), ("MX", "RRSIG"), ("EDE",)),
    (("+cd", "signature-expired", "MX"), "NOERROR", ("cd",), ("ad",), ("10 mx.signature-expired",), ("RRSIG",)),
    (("+cd", "ds-other-key", "MX"), "NOERROR", ("cd",), ("ad",), ("10 mx.ds-other-key",), ()),
    (("+cd", "key-absent", "MX"), "NOERROR", ("cd",), ("ad",), ("10 mx.key-absent",), ()),
    (("+dnssec", "signature-early", "MX"), "SERVFAIL", (), (), ("EDE: 8",), ()),
    (("+dnssec", "key-absent", "MX"), "SERVFAIL", (), (), ("EDE: ",), ()),
    (("+dnssec", "signature-missing", "MX"), "SERVFAIL", (), (), ("EDE: 10",), ()),
    (("+dnssec", "reply-servfail", "MX"), "SERVFAIL", (), (), (), ("EDE: 6",)),
    (("+dnssec", "nothere", "A"), "NXDOMAIN", ("ad",), (), ("SOA", "NSEC", "RRSIG"), ()),
    (("nothere", "A"), "NXDOMAIN", ("ad",), (), ("SOA",), ("NSEC", "RRSIG")),
    (("+dnssec", "nothere.nsec3", "A"), "NXDOMAIN", ("ad",), (), ("SOA", "NSEC3", "RRSIG"), ()),
    (("sound", "A"), "NOERROR", ("ad",), (), ("SOA", "ANSWER: 0"), ("NSEC",)),
    (("alias", "MX"), "NOERROR", ("ad",), (), ("CNAME", "there.alias", "MX"), ()),
    (("+dnssec", "mx.host-alias-unsigned", "A"), "NOERROR", (), ("ad",), ("CNAME", "192.0.2.1"), ()),
    (("sound", "DNSKEY"), "NOERROR", ("ad",), (), (), ("RRSIG",)),
    (("own-zone", "DS"), "NOERROR", ("ad",), (), ("DS",), ("RRSIG",)),
    (("sound", "ANY"), "NOERROR", ("ad",), (), ("ANSWER: 1",), ("RRSIG",)),
    (("+norec", "sound", "MX"), "REFUSED", ("ra",), ("rd",), (), ()),
    (("sound", "AXFR"), "", (), (), ("Transfer failed",), ()),
    (("+edns=1", "+noednsnegotiation", "sound", "MX"), "BADVERS", (), (), (), ()),
    (("+opcode=NOTIFY", "sound", "SOA"), "NOTIMP", (), (), (), ()),
    (("+notcp", "+ignore", "+bufsize=512", "_25._tcp.mx.tlsa-fifty", "TLSA"), "NOERROR", ("tc",), (), ("ANSWER: 0",), ()),
    (("+notcp", "+ignore", "+noedns", "_25._tcp.mx.tlsa-fifty", "TLSA"), "NOERROR", ("tc",), (), ("ANSWER: 0",), ()),
    (("_25._tcp.mx.tlsa-fifty", "TLSA"), "NOERROR", ("ad",), ("tc",), ("ANSWER: 51", "(TCP)"), ()),
)


def test_said(tap):
    with frame.TempDir() as home, World(home, "delegating") as world, Recursor(world) as recursor:
        for (*options, name, kind), status, there, not_there, words, no_words in SAID:
            said = recursor.dig(*options, f"{name}.{APEX}", kind)
            flags = flags_of(said)
            good = (not status or status_of(said) == status) and all(flag in flags for flag in there) and not any(flag in flags for flag in not_there)
            tap.ok(good and all(word in said for word in words) and not any(word in said for word in no_words), " ".join((*options, name, kind)), said)
        said = recursor.dig("-q", "version.bind", "-c", "CH", "-t", "TXT")
        tap.equal(status_of(said), "REFUSED", "another class is refused")
        for name, kind, status in (("example.com", "A", "NXDOMAIN"), ("1.2.0.192.in-addr.arpa", "PTR", "NXDOMAIN"), ("test", "SOA", "NOERROR")):
            said = recursor.dig(name, kind)
            tap.ok(status_of(said) == status and state_of(said) == "s", f"{name} {kind}: the world's root is sure that it is {status}", said)


def test_as_unbound(tap):
    """A sample of the same world through unbound itself, where that is to be had."""
    if UNBOUND is None:
        tap.skip("unbound", "it is neither installed nor unpacked")
        return
    options = (("+dnssec",), ("+noadflag",), ("+noedns",), ("+dnssec", "+cd"))
    with frame.TempDir() as home, World(home, "delegating") as world, Recursor(world) as recursor, Unbound(world) as unbound:
        for domain in [domain for domain in STATES if domain not in SILENT][::4]:
            for name, kind in questions_of(domain):
                wrong = []
                for words in options:
                    ours, theirs = (dig_at(world, port, *words, name, kind) for port in (recursor.port, unbound.port))
                    flags = [[flag for flag in flags_of(said) if flag != "ad" or "+cd" not in words] for said in (ours, theirs)]
                    if status_of(ours) != status_of(theirs) or flags[0] != flags[1] or records_of(ours) != records_of(theirs):
                        wrong.append(f"{words}\n{ours}\n{theirs}")
                tap.ok(not wrong, f"as unbound: {name} {kind}", "\n".join(wrong))


class Unbound:
    """The daemon, at a port of this network of our own."""

    port = 5353

    def __init__(self, world):
        hints = world.write("hints", ". 60 NS ns.\nns. 60 A 127.0.0.1\n")
        path = world.write("daemon.conf", f"""
server:
  username: ""
  chroot: ""
  directory: "{world.home}"
  pidfile: "{world.home}/unbound.pid"
  use-syslog: no
  logfile: ""
  interface: 127.0.0.1@{self.port}
  do-not-query-localhost: no
  do-ip6: no
  local-zone: "test." nodefault
  unblock-lan-zones: yes
  rrset-roundrobin: no
  qname-minimisation: no
  target-fetch-policy: "0 0 0 0 0"
  unknown-server-time-limit: 100
  module-config: "validator iterator"
  trust-anchor-file: "{world.write('daemon.key', world.settings['key'] + chr(10))}"
  root-hints: {hints}
remote-control:
  control-enable: no
""")
        self.process = subprocess.Popen([UNBOUND, "-d", "-c", path], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        env=frame.clean_environment(world.home))
        for line in self.process.stderr:
            if "start of service" in line:
                return
        raise SystemExit("Bail out! unbound does not start")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_S)
        self.process.stderr.close()


# --- what is said to it ---

def question(name, kind=15, number=7, flags=0x0100):
    """As query, with RD, and a number."""
    return struct.pack(">HH", number, flags) + query(name, kind)[4:]


class Client:
    def __init__(self, recursor, address="127.0.0.1"):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.connect(recursor.address)
        self.socket.settimeout(PATIENCE_S)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.socket.close()

    def ask(self, sent):
        """The answer that has the number of the question."""
        self.socket.send(sent)
        while True:
            got = self.socket.recv(65535)
            if got[:2] == sent[:2]:
                return got

    def is_served(self, number):
        return self.ask(question("sound." + APEX, number=number))[3] & 15 == 0


def test_hostile(tap):
    dice = random.Random(53)
    with frame.TempDir() as home, World(home, "delegating") as world, Recursor(world) as recursor, Client(recursor) as client:
        mixed = question("SoUnD." + APEX, number=0xbeef)
        got = client.ask(mixed)
        tap.equal((got[:2], got[12:12 + 20]), (b"\xbe\xef", mixed[12:12 + 20]), "the number and the letters of the name are the client's")
        one = question("sound." + APEX)
        two = struct.pack(">HHHHHH", 8, 0x100, 2, 0, 0, 0) + 2 * one[12:-11]
        tap.equal(client.ask(two)[3] & 15, 1, "two questions are a FORMERR")
        tap.equal(client.ask(struct.pack(">HHHHHH", 9, 0x100, 0, 0, 0, 0))[3] & 15, 1, "no question is a FORMERR")
        tap.equal(client.ask(struct.pack(">H", 10) + one[2:] + b"\0")[3] & 15, 1, "a byte behind the end is a FORMERR")
        for sent in (b"", b"\0", one[:11], one[:2] + b"\x81" + one[3:], dice.randbytes(3000)):
            client.socket.send(sent)
        tap.ok(client.is_served(11), "what is no query has no answer, and the next has")
        for number in range(3000):
            noise = bytearray(one if number % 2 else dice.randbytes(dice.randrange(64)))
            for _ in range(dice.randrange(1, 4)):
                if noise:
                    noise[dice.randrange(len(noise))] = dice.randrange(256)
            client.socket.send(bytes(noise))
            if number % 100 == 99:
                client.ask(question("sound." + APEX, number=0x4000 + number))
        tap.ok(client.is_served(12), "after three thousand broken queries the next is answered")
        for what, sent in (("no length", b"\0\0"), ("a length that no query has", b"\xff\xff")):
            with socket.create_connection(recursor.address, timeout=PATIENCE_S) as tcp:
                tcp.sendall(sent)
                try:
                    ended = tcp.recv(1) == b""
                except ConnectionResetError:
                    ended = True
                tap.ok(ended, f"{what}: the connection ends")
        with socket.create_connection(recursor.address, timeout=PATIENCE_S) as tcp:
            for byte in struct.pack(">H", len(one)) + one:
                tcp.sendall(bytes([byte]))
            tap.ok(len(receive(tcp, 2)) == 2, "one byte at a time")
    tap.equal(recursor.status, 0, "it ends soundly")


def numbered(number, domain="sound"):
    return question(f"n{number}.{domain}.{APEX}", 1, number)


def crowd_by_udp(recursor, count, domain="sound"):
    """All at once; what the kernel dropped is asked again, as clients do.  How many were answered, and with which codes."""
    waiting, codes = set(range(count)), set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        udp.connect(recursor.address)
        end = time.monotonic() + PATIENCE_S
        while waiting and time.monotonic() < end:
            for number in sorted(waiting):
                udp.send(numbered(number, domain))
            while waiting and select.select([udp], [], [], 2)[0]:
                got = udp.recv(65535)
                waiting.discard(struct.unpack(">H", got[:2])[0])
                codes.add(got[3] & 15)
    return count - len(waiting), codes


def crowd_by_tcp(recursor, count):
    """All in one connection, which is read only when everything is sent."""
    seen, codes = set(), set()
    with socket.create_connection(recursor.address, timeout=PATIENCE_S) as tcp, concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(tcp.sendall, b"".join(struct.pack(">H", len(numbered(number))) + numbered(number) for number in range(count)))
        for _ in range(count):
            got = receive(tcp, struct.unpack(">H", receive(tcp, 2))[0])
            seen.add(struct.unpack(">H", got[:2])[0])
            codes.add(got[3] & 15)
        sent.result()
    return len(seen), codes


def test_crowd(tap):
    count = 2000
    with frame.TempDir() as home, World(home, "delegating") as world, Recursor(world) as recursor:
        with Client(recursor) as client:
            client.is_served(1)
        tap.equal(crowd_by_udp(recursor, count), (count, {3}), f"{count} questions at once by UDP, each answered with NXDOMAIN")
        tap.equal(crowd_by_tcp(recursor, count), (count, {3}), f"{count} questions in one connection, likewise")
        files, memory_kb = recursor.file_count(), recursor.memory_kb()
        for _ in range(4):
            crowd_by_udp(recursor, count)
            crowd_by_tcp(recursor, count)
        tap.ok(wait_until(lambda: recursor.file_count() <= files), "no files are left open", f"{files} before, {recursor.file_count()} after")
        # Sanitizers keep what was freed for a while.
        most_kb = 8192 if "/release/" in frame.DOORMAT else 65536
        tap.ok(recursor.memory_kb() - memory_kb < most_kb, "memory does not grow", f"{memory_kb} kB before, {recursor.memory_kb()} kB after")
    tap.equal(recursor.status, 0, "it ends soundly")


def test_bounds(tap):
    """More questions of one client than may be under way, to a server that is silent: each is answered, and others are served."""
    count = 3500
    with frame.TempDir() as home, World(home, "delegating") as world, Recursor(world) as recursor:
        with Client(recursor, "127.0.0.2") as client:
            client.is_served(1)
            tap.equal(crowd_by_udp(recursor, count, "reply-none"), (count, {2}), f"{count} questions that cannot be answered, each a SERVFAIL in time")
            tap.ok(client.is_served(2), "another client is served")
    tap.equal(recursor.status, 0, "it ends soundly")


def wait_until(holds):
    end = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < end:
        select.select([], [], [], 0.05)
    return holds()


def test_gone(tap):
    """Clients that do not wait for their answers, and an end with questions under way."""
    with frame.TempDir() as home, World(home, "delegating") as world, Recursor(world) as recursor:
        with Client(recursor) as client:
            client.is_served(1)
            files = recursor.file_count()
            for _ in range(5):
                with socket.create_connection(recursor.address, timeout=PATIENCE_S) as tcp:
                    for number in range(60):
                        one = question(f"x{number}.reply-none.{APEX}", number=number)
                        tcp.sendall(struct.pack(">H", len(one)) + one)
            tap.ok(wait_until(lambda: any("reply-none" in asked["name"] for asked in world.asked)), "their questions are under way")
            tap.ok(wait_until(lambda: recursor.file_count() <= files), "who goes away leaves nothing open", f"{files} before, {recursor.file_count()} after")
        tap.equal(recursor.process.poll(), None, "it is still there")
    tap.equal(recursor.status, 0, "it ends soundly")
    with frame.TempDir() as home, World(home, "delegating") as world, Recursor(world) as recursor, Client(recursor) as client:
        tcp = socket.create_connection(recursor.address, timeout=PATIENCE_S)
        for number in range(100):
            one = question(f"x{number}.reply-none.{APEX}", number=number)
            client.socket.send(one)
            tcp.sendall(struct.pack(">H", len(one)) + one)
        wait_until(lambda: any("reply-none" in asked["name"] for asked in world.asked))
    tcp.close()
    tap.equal(recursor.status, 0, "it ends soundly with questions under way")


def test_setup(tap):
    """What is no root, and what is no key."""
    key = ". 60 IN DNSKEY 257 3 13 " + "A" * 86 + "=="
    for root, anchor, words in (("nowhere", key, "nowhere"), ("127.0.0.1@53", "nonsense", "trust anchor")):
        result = subprocess.run([RECURSOR, root, anchor], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                                timeout=PATIENCE_S)
        tap.ok(result.returncode == 2 and words in result.stderr, f"{root}, {anchor[:20]}: an error that says so", f"{result.returncode} {result.stderr}")


CASES = {"states": test_states, "silent": test_silent, "said": test_said, "as-unbound": test_as_unbound, "hostile": test_hostile, "crowd": test_crowd,
         "bounds": test_bounds, "gone": test_gone, "setup": test_setup}


def enter_network():
    """This process again, in a network of its own; False: there is none to be had."""
    words = ["unshare", "--map-root-user", "--net"]
    if frame.find_program("unshare") is None or subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        return False
    os.execvpe(words[0], [*words, sys.executable, os.path.abspath(__file__), *sys.argv[1:]], {**os.environ, ALONE: "1"})


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0x41))  # SIOCSIFFLAGS: loopback is up and running


if __name__ == "__main__":
    if ALONE in os.environ:
        raise_loopback()
    elif sys.argv[1:] != ["--list"] and not enter_network():
        CASES = {name: lambda tap: tap.skip("recursor", "there is no network of its own to be had") for name in CASES}
    frame.main(CASES)
