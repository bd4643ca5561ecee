#!/usr/bin/env python3
"""`doormat serve --zone` and `doormat zone`: mail domains in foreign eyes, and what the zone above needs.  The server has a network
of its own, where the ports of mail and DNS are free."""

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys

import frame
from frame import DOORMAT, ROOT, TempDir, clean_environment, run

APEX = "doormat.test"
LIMIT_S = 60
NETWORK = "127.3.0.0/16"
NSD = os.path.join(ROOT, "build/senders/nsd/usr/sbin/nsd-checkzone")
CHECKERS = (["ldns-verify-zone", "FILE"], ["named-checkzone", APEX, "FILE"], [NSD, APEX, "FILE"])


class Server:
    """`doormat serve --zone` until the context ends; `domains` is {fault: its line}."""

    def __init__(self, home, *words):
        self.argv = [DOORMAT, "serve", "--json", "--zone", APEX, "--listen", NETWORK, *words]
        self.env = clean_environment(home, TMPDIR=home)

    def __enter__(self):
        self.process = subprocess.Popen(self.argv, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.domains = {}
        for line in self.process.stdout:
            entry = json.loads(line)
            if entry.get("ready"):
                return self
            self.domains[entry["fault"]] = entry
        raise SystemExit("Bail out! serve --zone does not start")

    def __exit__(self, kind, error, trace):
        self.end()

    def end(self):
        """The lines that it printed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=LIMIT_S)
        return [json.loads(line) for line in out.splitlines()]


def dig(*words):
    done = subprocess.run(["dig", "@127.3.0.53", "+short", "+tries=2", "+time=20", *words], capture_output=True, text=True,
                          timeout=LIMIT_S, check=False)
    return done.stdout.strip()


def names_of(address, port, host, ca):
    """The names in the certificate, which has to be good for the host."""
    context = ssl.create_default_context(cafile=ca)
    with socket.create_connection((address, port), timeout=LIMIT_S) as plain:
        if port != 465:
            for command, ending in ((b"", b"220 "), (b"EHLO a.test\r\n", b"250 "), (b"STARTTLS\r\n", b"220 ")):
                plain.sendall(command)
                said = b""
                while ending not in said[said.rfind(b"\n", 0, -1) + 1:]:
                    said += plain.recv(4096)
        with context.wrap_socket(plain, server_hostname=host) as secure:
            return [value for kind, value in secure.getpeercert()["subjectAltName"] if kind == "DNS"]


def serve_and_look(tap):
    with TempDir() as home, Server(home, "--faults", "control,expired,dane-wrong,mx-null,expired+sha1") as server:
        control, expired = server.domains["control"], server.domains["expired"]
        tap.equal((expired["domain"], expired["host"]), ("expired." + APEX, "mx.expired." + APEX), "a fault is a domain with a host")
        tap.equal(server.domains["expired+sha1"]["domain"], "expired--sha1." + APEX, "a recipe has a name, too")
        tap.ok(control["addresses"] != expired["addresses"], "each host has addresses of its own", server.domains)
        tap.equal(dig("MX", expired["domain"]), f"10 {expired['host']}.", "DNS has the MX record")
        tap.equal(dig("A", expired["host"]), expired["addresses"][0], "and the address")
        tap.equal(dig("MX", "token1." + expired["domain"]), f"10 {expired['host']}.", "a token in front leads to the same host")
        tap.equal(dig("MX", server.domains["mx-null"]["domain"]), "0 .", "what is wrong in DNS is in DNS")
        tap.ok(re.match(r"3 1 1 [0-9A-F ]{60,}$", dig("TLSA", "_25._tcp." + server.domains["dane-wrong"]["host"])), "TLSA records")
        tap.ok("RRSIG" in dig("+dnssec", "+noshort", "MX", expired["domain"]), "all is signed")
        for port in (25, 465, 587):
            tap.equal(names_of(control["addresses"][0], port, control["host"], control["ca"]), [control["host"]],
                      f"port {port} has a certificate for the host")
        lines = server.end()
        asked = [(line["fault"], line.get("token"), line["question"]["type"]) for line in lines if "question" in line]
        tap.ok(("expired", "token1", "MX") in asked and ("expired", None, "A") in asked, "each question is told, with its token", asked)
        tap.ok(sum("attempt" in line for line in lines) == 3, "and each connection", lines)


def test_serve(tap):
    words = ["unshare", "--map-root-user", "--net", sys.executable, os.path.abspath(__file__), "--inside"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=5 * LIMIT_S, check=False)
    results = re.findall(r"^(ok|not ok) \d+ - (.*(?:\n# .*)*)$", done.stdout, re.MULTILINE)
    for outcome, name in results:
        tap.ok(outcome == "ok", name.split("\n")[0], name)
    tap.ok(len(results) > 10, "it came to its end", done.stdout + done.stderr)


def test_delegation(tap):
    result = run("zone", "doormat.example.org", "--listen", "192.0.0.0/20", "--dns", "192.0.2.53")
    lines = [line.split() for line in result.stdout.splitlines()]
    tap.equal([(line[0], line[3]) for line in lines],
              [("doormat.example.org.", "NS"), ("ns.doormat.example.org.", "A"), ("doormat.example.org.", "DS")],
              "what the zone above needs")
    tap.equal(lines[1][4], "192.0.2.53", "with the address of the name server")
    tap.equal(run("zone", "doormat.example.org.", "--listen", "192.0.0.0/20", "--dns", "192.0.2.53").stdout, result.stdout,
              "a dot at the end says the same")
    tap.equal(run("zone", "doormat.example.org", "--listen", "192.0.0.0/20", "--dns", "192.0.2.53").stdout, result.stdout,
              "and it stays so")


def test_whole(tap):
    with TempDir() as home:
        path = home + "/zone"
        result = run("zone", APEX, "--whole")
        with open(path, "w", encoding="utf-8") as file:
            file.write(result.stdout)
        tap.ok("expired." + APEX in result.stdout and "mx-null" not in result.stdout, "the whole zone has the faults that are not in DNS")
        for words in CHECKERS:
            if shutil.which(words[0], path=frame.SEARCH_PATH) is None:
                tap.skip(os.path.basename(words[0]), "it is not installed")
                continue
            done = subprocess.run([path if word == "FILE" else word for word in words], capture_output=True, text=True, check=False,
                                  env=clean_environment(home), timeout=LIMIT_S)
            tap.equal(done.returncode, 0, f"{os.path.basename(words[0])} takes it", )
            if done.returncode != 0:
                print("# " + (done.stdout + done.stderr)[-1000:].replace("\n", "\n# "))


def test_slips(tap):
    slips = [(["serve", "--zone", APEX, "--base-port", "30000"], "no other ports beside it"),
             (["serve", "--dns", "127.0.0.1"], "--dns goes with --zone"),
             (["serve", "--zone", APEX, "--listen", "127.3.0.0/28"], "too small"),
             (["serve", "--zone", APEX, "--listen", "127.3.0.1/16"], "bits behind the prefix"),
             (["serve", "--zone", APEX, "--listen", "127.3.0.0/16", "--listen", "127.4.0.0/16"], "one network of each family"),
             (["serve", "--zone", APEX, "--dns", "127.0.0.1:99999"], "--dns 127.0.0.1:99999"),
             (["serve", "--zone", "no such name"], "--zone"), (["serve", "--faults", "mx-null"], "give --zone"),
             (["zone"], "no APEX"), (["zone", "a.test", "b.test"], "more than one APEX")]
    for words, said in slips:
        result = run(*words)
        tap.equal(result.returncode, 2, f"{' '.join(words)}: exit status 2")
        tap.has(result.stderr, said, f"{' '.join(words)}: it says why")


def bring_up_loopback():
    subprocess.run([sys.executable, "-c", "import fcntl,socket,struct;s=socket.socket();fcntl.ioctl(s,0x8914,struct.pack('16sh22x',b'lo',1))"],
                   check=True)


if sys.argv[1:] == ["--inside"]:
    bring_up_loopback()
    with frame.Tap() as inner:
        serve_and_look(inner)
    sys.exit(1 if inner.failed else 0)
frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
