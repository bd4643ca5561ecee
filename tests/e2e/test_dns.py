#!/usr/bin/env python3
"""The DNS server in foreign eyes: unbound, delv and drill call each domain secure, insecure or bogus as its knob says; dig and kdig
see the records.  tests/dns/world.c has the domains."""

import concurrent.futures
import fcntl
import itertools
import json
import os
import socket
import struct
import subprocess
import sys
import threading

import frame

WORLD = os.path.join(os.path.dirname(frame.DOORMAT), "tests", "dns-world")
APEX = "doormat.test"
PATIENCE_S = 60

# What the resolvers say of DOMAIN MX, mx.DOMAIN A, _25._tcp.mx.DOMAIN TLSA and nothere.DOMAIN A: secure, insecure, bogus or fails.
# A difference between unbound and delv has its own line below.
STATES = {
    "sound": "ssss", "own-zone": "ssss", "host-zone": "ssss", "nsec3": "ssss", "nsec3-iterations": "ssss",
    "reply-none": "ffff", "reply-servfail": "ffff", "reply-refused": "ffff", "reply-truncated": "ffff",
    "reply-nodata": "ssss", "reply-tcp-only": "ssss", "reply-no-edns": "bbbb", "reply-no-edns-unsigned": "iiii", "mx-servfail": "fsss",
    "signature-expired": "bbss", "signature-early": "bbss", "signature-inverted": "bbss", "signature-other-key": "bbss",
    "signature-other-key-same-tag": "bbss", "signature-missing": "bbss", "signature-broken": "bbss", "signature-labels": "bbss",
    "signature-signer": "bbss", "signature-ttl": "bbss", "signature-algorithm": "bbss", "signature-beside-algorithm": "ssss",
    "signature-capitals": "ssss", "signature-wildcard": "ssss", "signature-wildcard-nsec3": "ssss", "signature-wildcard-bare": "bbss",
    "signature-standby": "ssss", "nsec3-no-encloser": "sssb", "nsec3-hash": "ssbb", "ds-sha1": "ssss", "ds-sha384": "ssss",
    "key-algorithm-rsamd5": "iiii", "key-algorithm-gost": "iiii", "key-algorithm-private": "iiii",
    "address-signature-broken": "sbss", "key-signature-broken": "bbbb",
    "denial-missing": "ssbb", "denial-unsigned": "ssbb", "denial-broken": "ssbb", "denial-other-name": "ssbb", "denial-type-present": "ssbs",
    "nsec3-missing": "ssbb", "nsec3-unsigned": "ssbb", "nsec3-broken": "ssbb", "nsec3-other-name": "ssbb", "nsec3-type-present": "ssbs",
    "unsigned": "iiii", "unsigned-with-ds": "bbbb", "host-unsigned": "siis",
    "ds-absent": "iiii", "ds-digest": "bbbb", "ds-other-key": "bbbb", "ds-tag": "bbbb", "ds-algorithm": "bbbb",
    "ds-unknown-digest": "iiii", "ds-unknown-beside": "bbbb",
    "key-absent": "bbbb", "key-no-zone-bit": "bbbb", "key-revoked": "ssss", "key-protocol": "bbbb", "key-algorithm": "iiii", "key-standby": "ssss",
    "alias": "ssss", "alias-loop": "fsss", "host-alias": "ssss", "host-alias-loop": "sfss", "host-alias-unsigned": "siss",
    "tlsa-alias": "ssss", "tlsa-alias-loop": "ssfs",
    "mx-null": "ssss", "mx-null-and-other": "ssss", "mx-implicit": "ssss", "mx-address": "ssss", "mx-absent": "ssss", "mx-many": "ssss",
    "mx-second": "ssss",
    "tlsa": "ssss", "tlsa-whole": "ssss", "tlsa-sha512": "ssss", "tlsa-stranger": "ssss", "tlsa-odd": "ssss", "tlsa-shapes": "ssss",
    "tlsa-fifty": "ssss", "forged-address": "ssss", "ipv4": "ssss", "ipv6": "ssss",
}
# A revoked key may sign nothing but itself (RFC 5011 2.1): BIND minds, unbound does not.  BIND takes a TLSA record without data for
# broken.  It shows the aliases of a circle.
DELV_DIFFERS = {"key-revoked": "bbbb", "tlsa-shapes": "ssbs", "alias-loop": "ssss", "host-alias-loop": "ssss", "tlsa-alias-loop": "ssss"}
NAMES = {"s": "secure", "i": "insecure", "b": "bogus", "f": "fails"}


class World:
    """The server, and what it was asked.  Use as a context manager."""

    def __init__(self, home, *options):
        self.home = home
        address = "0.0.0.0" if "delegating" in options else "127.0.0.1"
        self.process = subprocess.Popen([WORLD, APEX, address, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=frame.clean_environment(home))
        self.asked = []
        self.settings = json.loads(self.process.stdout.readline())
        self.port = str(self.settings["port"])
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.asked.append(json.loads(line))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.process.stdin.close()
        self.status = self.process.wait(timeout=PATIENCE_S)
        self.reader.join()

    def write(self, name, text):
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def run(self, *words):
        result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                                timeout=PATIENCE_S, env=frame.clean_environment(self.home))
        return result.stdout

    def dig(self, *words):
        return self.run("dig", "@127.0.0.1", "-p", self.port, "+norec", "+nocookie", "+noall", "+answer", "+authority", "+comments", *words)


def stub_of(world, zone):
    return f'stub-zone:\n  name: "{zone}"\n  stub-addr: 127.0.0.1@{world.port}'


def unbound(world, where=None):
    """where: a line of its configuration for the way to the server, if not as a stub."""
    path = world.write("unbound.conf", f"""
server:
  do-not-query-localhost: no
  do-ip6: no
  local-zone: "test." nodefault
  target-fetch-policy: "0 0 0 0 0"
  unknown-server-time-limit: 100
  module-config: "validator iterator"
  trust-anchor-file: "{world.write('key', world.settings['key'] + chr(10))}"
  {where or stub_of(world, APEX)}
""")

    def ask(name, kind):
        said = world.run("unbound-host", "-C", path, "-v", "-t", kind, name)
        for words, state in (("validation failure", "b"), ("(secure)", "s"), ("(insecure)", "i"), ("SERVFAIL", "f")):
            if words in said:
                return state
        return "? " + said

    return ask


def delv(world):
    flags, protocol, algorithm, *key = world.settings["key"].split()[4:]
    path = world.write("delv.keys", f'trust-anchors {{ {APEX}. static-key {flags} {protocol} {algorithm} "{"".join(key)}"; }};\n')

    def ask(name, kind):
        said = world.run("delv", "@127.0.0.1", "-p", world.port, "-a", path, "+root=" + APEX, name, kind)
        for words, state in (("unsigned answer", "i"), ("fully validated", "s"), ("resolution failed", "b")):
            if words in said:
                return state
        return "? " + said

    return ask


def questions_of(domain):
    name = f"{domain}.{APEX}"
    return ((name, "MX"), ("mx." + name, "A"), ("_25._tcp.mx." + name, "TLSA"), ("nothere." + name, "A"))


def look_with(tap, program, ask_of, wanted):
    if frame.find_program(program) is None:
        tap.skip(program, "it is not installed")
        return
    with frame.TempDir() as home, World(home) as world, concurrent.futures.ThreadPoolExecutor(8) as pool:
        ask = ask_of(world)
        seen = {domain: [pool.submit(ask, *question) for question in questions_of(domain)] for domain in wanted}
        for domain, states in wanted.items():
            tap.equal(" ".join(NAMES.get(state, state) for state in (job.result() for job in seen[domain])),
                      " ".join(NAMES[state] for state in states), f"{program}: {domain}")


def test_unbound(tap):
    look_with(tap, "unbound-host", unbound, STATES)


def test_root(tap):
    """A resolver that begins at the root, whose key it trusts."""
    if frame.find_program("unbound-host") is None:
        tap.skip("unbound-host", "it is not installed")
        return
    with frame.TempDir() as home, World(home, "rooted") as world:
        ask = unbound(world, stub_of(world, "."))
        for domain in ("sound", "own-zone", "signature-broken", "unsigned", "nsec3"):
            seen = "".join(ask(*question) for question in questions_of(domain))
            tap.equal(seen, STATES[domain], f"from the root: {domain}")
        tap.equal([ask("example.com", "A"), ask("test", "SOA"), ask(".", "NS")], ["s", "s", "s"], "names that are not there are soundly denied")


DELEGATED = ("sound", "own-zone", "unsigned", "unsigned-with-ds", "ds-absent", "ds-digest", "key-absent", "key-algorithm", "key-standby",
             "reply-no-edns-unsigned")


def print_delegated():
    """For test_delegated, in a network of its own: what unbound says, that begins at the root servers and follows referrals."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0x41))  # SIOCSIFFLAGS: loopback is up and running
    with frame.TempDir() as home, World(home, "delegating") as world:
        hints = world.write("hints", ". 60 NS ns.\nns. 60 A 127.0.0.1\n")
        ask = unbound(world, f"root-hints: {hints}")
        print(json.dumps({domain: "".join(ask(*question) for question in questions_of(domain)) for domain in DELEGATED}))


def test_delegated(tap):
    """Domains that are zones have a name server of their own, which the others refer to."""
    words = ["unshare", "--map-root-user", "--net", sys.executable, os.path.abspath(__file__), "--delegated"]
    if frame.find_program("unbound-host") is None or subprocess.run(words[:3] + ["true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        tap.skip("delegated", "there is no unbound-host, or no network of its own to be had")
        return
    result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=2 * PATIENCE_S)
    if tap.ok(result.returncode == 0, "a resolver follows referrals from the root", result.stderr):
        for domain, seen in json.loads(result.stdout).items():
            tap.equal(seen, STATES[domain], f"delegated: {domain}")


def test_delv(tap):
    """It calls bogus what fails, too; it waits too long for what never comes."""
    wanted = {domain: DELV_DIFFERS.get(domain, states).replace("f", "b") for domain, states in STATES.items()
              if domain not in ("reply-none", "reply-truncated")}
    look_with(tap, "delv", delv, wanted)


def test_drill(tap):
    """It follows a chain upwards, where everything is signed."""
    if frame.find_program("drill") is None:
        tap.skip("drill", "it is not installed")
        return
    with frame.TempDir() as home, World(home, "trusting") as world:
        key = world.write("key", world.settings["key"] + "\n")
        for domain, wanted in (("sound", True), ("own-zone", True), ("tlsa", True), ("signature-broken", False), ("ds-digest", False)):
            said = world.run("drill", "-p", world.port, "-D", "-S", "-k", key, "@127.0.0.1", f"{domain}.{APEX}", "MX")
            tap.equal("Chase successful" in said, wanted, f"drill: {domain}")


# --- what is there ---

RECORDS = (
    ("sound", "", "MX", ["10 mx.sound"]), ("sound", "mx.", "A", ["192.0.2.1"]), ("sound", "mx.", "AAAA", ["2001:db8::1"]),
    ("sound", "", "TXT", ['"hi"']), ("sound", "a.b._mta-sts.", "TXT", ['"id"']),
    ("mx-null", "", "MX", ["0 ."]), ("mx-null-and-other", "", "MX", ["0 .", "10 mx.mx-null-and-other"]), ("mx-implicit", "", "MX", []),
    ("mx-implicit", "", "A", ["192.0.2.1"]), ("mx-address", "", "MX", ["10 192.0.2.1."]), ("mx-absent", "", "MX", ["10 absent.mx-absent"]),
    ("mx-second", "", "MX", ["10 mx.mx-second", "20 mx2.mx-second"]), ("mx-second", "mx2.", "A", ["192.0.2.2"]),
    ("mx-many", "", "MX", [f"10 dead{i}.mx-many" for i in range(1, 17)] + ["20 mx.mx-many"]), ("mx-many", "dead16.", "A", ["192.0.2.3"]),
    ("forged-address", "mx.", "A", ["192.0.2.1"]), ("ipv4", "mx.", "AAAA", []), ("ipv6", "mx.", "A", []),
    ("alias", "", "MX", ["there.alias", "10 mx.alias"]), ("host-alias", "mx.", "A", ["there.host-alias", "192.0.2.1"]),
    ("host-alias-loop", "mx.", "A", ["back.host-alias-loop", "mx.host-alias-loop"] * 4),
    ("tlsa", "_25._tcp.mx.", "TLSA", ["3 1 1 9405035083C671BDE998038F3ABAD871686B77D0D804E7C66D9E1B12 38BA614C"]),
    ("tlsa", "_465._tcp.mx.", "TLSA", ["3 1 1 9405035083C671BDE998038F3ABAD871686B77D0D804E7C66D9E1B12 38BA614C"]),
    ("tlsa-whole", "_25._tcp.mx.", "TLSA", ["2 0 0 726F6F74206365727469666963617465"]),
    ("mx-implicit", "_25._tcp.", "TLSA", ["3 1 1 9405035083C671BDE998038F3ABAD871686B77D0D804E7C66D9E1B12 38BA614C"]),
)


def answers_of(text):
    """The data of the records in the answer section, our names without the apex."""
    section, found = None, []
    for line in text.splitlines():
        if line.startswith(";; ") and line.endswith("SECTION:"):
            section = line
        elif section == ";; ANSWER SECTION:" and line and not line.startswith(";"):
            found.append(" ".join(line.split()[4:]).replace(f".{APEX}.", ""))
    return found


def test_records(tap):
    with frame.TempDir() as home, World(home) as world:
        for domain, below, kind, wanted in RECORDS:
            seen = answers_of(world.dig(f"{below}{domain}.{APEX}", kind))
            tap.equal(sorted(seen), sorted(wanted), f"{below}{domain} {kind}")
        fifty = answers_of(world.dig(f"_25._tcp.mx.tlsa-fifty.{APEX}", "TLSA"))
        tap.equal(len(set(fifty)), 51, "fifty wrong TLSA records, all different, and a right one")
        said = world.dig("+additional", f"forged-address.{APEX}", "MX")
        tap.has(" ".join(said.split()), f"mx.forged-address.{APEX}. 60 IN A 192.0.2.66", "a forged address beside the MX record")


def test_negative(tap):
    with frame.TempDir() as home, World(home) as world:
        for name, kind, status in ((f"nothere.{APEX}", "A", "NXDOMAIN"), (f"sound.{APEX}", "A", "NOERROR"), (f"_tcp.mx.sound.{APEX}", "TXT", "NOERROR"),
                                   (f"absent.mx-absent.{APEX}", "A", "NXDOMAIN")):
            said = world.dig(name, kind)
            tap.ok(f"status: {status}" in said and "SOA" in said and not answers_of(said), f"{name} {kind} is {status}, with SOA", said)
        for words in (["example.com", "A"], [APEX, "AXFR"], ["-c", "CH", "version.bind", "TXT"], ["com", "NS"], [APEX, "DS"]):
            said = world.dig(*words)
            tap.ok("status: REFUSED" in said or "Transfer failed" in said, f"{words} is refused", said)
        tap.equal(answers_of(world.dig(APEX, "ANY")), ['"RFC8482" ""'], "ANY is answered as RFC 8482 says")
        tap.has(world.dig("+edns=1", "+noednsnegotiation", APEX, "SOA"), "BADVERS", "EDNS 1 is a version that we do not know")


def test_told(tap):
    """Each question is told, with the bits that show what the sender is."""
    with frame.TempDir() as home:
        with World(home) as world:
            world.dig("+tcp", "+dnssec", "+cdflag", "+noadflag", f"MX.Sound.{APEX}", "TLSA")
        told = {key: world.asked[0][key] for key in ("name", "type", "do", "ad", "cd", "tcp", "tc", "rcode", "local")}
        tap.equal(told, {"name": f"mx.sound.{APEX}", "type": "TLSA", "do": 1, "ad": 0, "cd": 1, "tcp": 1, "tc": 0, "rcode": "NOERROR",
                         "local": "127.0.0.1"}, "name, type, bits, transport and code")
        tap.equal(world.status, 0, "it ends with its input")


def test_key_stays(tap):
    with frame.TempDir() as home, World(home) as first, World(home) as second:
        tap.equal(first.settings["ds"], second.settings["ds"], "the DS record is the same after a restart")
        tap.ok(second.settings["ds"].startswith(f"{APEX}. 60 IN DS "), "it is a line of a zone file", second.settings["ds"])


# --- strangers ---

def query(name, kind, cookie=b"", dnssec=True):
    option = struct.pack(">HH", 10, len(cookie)) + cookie if cookie else b""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    return struct.pack(">HHHHHH", 7, 0, 1, 0, 0, 1) + labels + struct.pack(">HH", kind, 1) + b"\0" + struct.pack(">HHIH", 41, 4096, 0x8000 * dnssec, len(option)) + option


class Client:
    """A UDP socket at an address of its own, so that the server takes it for somebody new."""

    def __init__(self, world, address):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.settimeout(PATIENCE_S)
        self.server = ("127.0.0.1", int(world.port))

    def ask(self, sent):
        self.socket.sendto(sent, self.server)
        got = self.socket.recv(65535)
        return len(got) / len(sent), bool(got[2] & 2), got

    def close(self):
        self.socket.close()


def test_reflection(tap):
    kinds = {"A": 1, "MX": 15, "TXT": 16, "DNSKEY": 48, "TLSA": 52, "ANY": 255}
    with frame.TempDir() as home, World(home) as world:
        stranger, worst, cut = Client(world, "127.0.0.2"), 0, 0
        for below in ("", "sound.", "nothere.", "_25._tcp.mx.tlsa-fifty.", "nothere.nsec3.", "mx-many."):
            for kind, dnssec in itertools.product(kinds.values(), (True, False)):
                factor, truncated, _ = stranger.ask(query(below + APEX, kind, dnssec=dnssec))
                worst, cut = max(worst, factor), cut + truncated
        tap.ok(worst <= 3, f"to a stranger at most three times what he sent: {worst:.2f}")
        tap.ok(cut > 0, f"{cut} answers were truncated for that")
        long = query("sound." + APEX, 15, cookie=b"abcdefgh")
        got = stranger.ask(query(APEX, 48, cookie=b"abcdefgh"))[2]
        cookie = got[got.rindex(b"abcdefgh"):]
        tap.equal(len(cookie), 24, "who shows half a cookie gets the other half")
        factor, truncated, _ = stranger.ask(query("_25._tcp.mx.tlsa." + APEX, 52, cookie))
        tap.ok(not truncated, "who shows all of it gets the answer", factor)
        other = Client(world, "127.0.0.3")
        tap.ok(other.ask(query("nothere." + APEX, 15, cookie))[1], "the cookie is of no use to another address")
        tap.ok(other.ask(long)[0] <= 3, "half a cookie is none")
        with socket.create_connection(("127.0.0.1", int(world.port)), timeout=PATIENCE_S, source_address=("127.0.0.3", 0)) as tcp:
            sent = query(APEX, 6)
            tcp.sendall(struct.pack(">H", len(sent)) + sent)
            tcp.recv(65535)
        tap.ok(not other.ask(query("nothere." + APEX, 15))[1], "who has come by TCP is no stranger any more")
        stranger.close()
        other.close()


def test_trusting(tap):
    with frame.TempDir() as home, World(home, "trusting") as world:
        client = Client(world, "127.0.0.2")
        factor, truncated, got = client.ask(query("nothere." + APEX, 15))
        tap.ok(not truncated and factor > 3, "in a room of ours there are no strangers", factor)
        truncated, got = client.ask(query("_25._tcp.mx.tlsa-fifty." + APEX, 52))[1:]
        tap.ok(truncated and len(got) <= 1232, "but what would be cut on its way is truncated", len(got))
        client.close()


def receive(tcp, count):
    data = b""
    while len(data) < count:
        more = tcp.recv(count - len(data))
        if not more:
            raise SystemExit("Bail out! the server ended the connection")
        data += more
    return data


def test_tcp(tap):
    """Many queries at once, in order; byte by byte; and what is no query."""
    with frame.TempDir() as home, World(home) as world:
        address = ("127.0.0.1", int(world.port))
        with socket.create_connection(address, timeout=PATIENCE_S) as tcp:
            sent = [struct.pack(">H", i) + query(f"x{i}." + APEX, 1)[2:] for i in range(200)]
            tcp.sendall(b"".join(struct.pack(">H", len(one)) + one for one in sent))
            ids = []
            for _ in sent:
                got = receive(tcp, struct.unpack(">H", receive(tcp, 2))[0])
                ids.append(struct.unpack(">H", got[:2])[0])
            tap.equal(ids, list(range(200)), "two hundred queries in one go are answered in order")
        with socket.create_connection(address, timeout=PATIENCE_S) as tcp:
            one = query("sound." + APEX, 15)
            for byte in struct.pack(">H", len(one)) + one:
                tcp.sendall(bytes([byte]))
            tap.ok(len(receive(tcp, 2)) == 2, "one byte at a time")
        for what, sent in (("no length", b"\0\0"), ("a length that no query has", b"\xff\xff")):
            with socket.create_connection(address, timeout=PATIENCE_S) as tcp:
                tcp.sendall(sent)
                try:
                    ended = tcp.recv(1) == b""
                except ConnectionResetError:
                    ended = True
                tap.ok(ended, f"{what}: the connection ends")


def test_kdig(tap):
    if frame.find_program("kdig") is None:
        tap.skip("kdig", "it is not installed")
        return
    with frame.TempDir() as home, World(home, "trusting") as world:
        said = world.run("kdig", "@127.0.0.1", "-p", world.port, "+dnssec", "+cookie", f"sound.{APEX}", "MX")
        tap.ok("RRSIG" in said and "COOKIE" in said and "WARNING" not in said, "kdig sees a signature and a cookie, and warns of nothing", said)


CASES = {"unbound": test_unbound, "root": test_root, "delegated": test_delegated, "delv": test_delv, "drill": test_drill, "kdig": test_kdig, "records": test_records, "negative": test_negative,
         "told": test_told, "key-stays": test_key_stays, "reflection": test_reflection, "trusting": test_trusting, "tcp": test_tcp}
if __name__ == "__main__":
    if sys.argv[1:] == ["--delegated"]:
        print_delegated()
    else:
        frame.main(CASES)
