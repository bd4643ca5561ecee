#!/usr/bin/env python3
"""`doormat check` of many targets: what they share, what one of them may take, and where none may lead."""

import contextlib
import itertools
import json
import os
import socket
import ssl
import subprocess

import frame
import hostile
from checking import Home, check, check_public, look, rules
from frame import DOORMAT, TempDir, clean_environment
from mailserver import DnsServer, MailServer, Peer, context_of, offer, sound


def results(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def spellings(name, count):
    """One host name in many ways of writing it: each is a target of its own."""
    ways = itertools.product(*((c, c.upper()) if c.isalpha() else (c,) for c in name))
    return ["".join(way) for way in itertools.islice(ways, count)]


def test_shared(tap):
    """Many targets, one server: it is looked at once."""
    zone = {"mx.doormat.test": {"A": ["127.0.0.1"]}, "other.test": {"A": ["127.0.0.1"]}}
    with Home("control", "mx.doormat.test") as home, DnsServer(zone) as dns, MailServer(sound(context_of(home))) as server:
        targets = [f"{name}:{server.port}" for name in spellings("mx.doormat.test", 100)] + [f"other.test:{server.port}"]
        done = check(home, "--jsonl", "--resolver", dns.address, "--ca", home + "/root.pem", "--jobs", "7", "-",
                     stdin="\n".join(targets))
        found = {result["target"]: result for result in results(done)}
        tap.equal(sorted(found), sorted(targets), "each of 101 targets has its result")
        hosts = [found[target]["hosts"][0] for target in targets[:-1]]
        tap.equal({(tuple(rules(host)), host["meets_policy"], host["connections"]) for host in hosts},
                  {((), True, hosts[0]["connections"])}, "a hundred with one name the same")
        tap.equal([host["shared"] for host in hosts].count(False), 1, "of which one was looked at, and the others say so")
        other = found[targets[-1]]["hosts"][0]
        tap.equal((rules(other), other["shared"]), (["cert-name"], False), "another name at the address is another host")
        tap.equal(len(server.visits), hosts[0]["connections"] + other["connections"], "no connection beside those")


def test_memory(tap):
    """What is kept of hosts has a bound."""
    program = ("import resource, subprocess, sys\n"
               "done = subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.DEVNULL)\n"
               "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n")
    options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"  # what was freed counts for nothing
    with socket.socket() as closed, TempDir() as home:
        closed.bind(("0.0.0.0", 0))
        port = closed.getsockname()[1]
        peaks = []
        for count in (1500, 6000):
            text = "".join(f"127.1.{i // 250}.{i % 250 + 1}:{port}\n" for i in range(count))
            words = ("check", "--quiet", "--jsonl", "--no-dnssec", "--allow-private", "--tries", "1", "-")
            done = subprocess.run(["python3", "-c", program, DOORMAT, *words], input=text, capture_output=True, text=True,
                                  env=clean_environment(home, ASAN_OPTIONS=options), check=True, timeout=200)
            peaks.append(int(done.stdout) / 1024)
        tap.ok(peaks[1] < 1.3 * peaks[0], "6,000 hosts take no more memory than 1,500", peaks)


def test_slow_address(tap):
    """An address at which hosts take too long is closed, and whoever waits for it goes at once."""
    with TempDir() as home, MailServer(Peer.wait_for_end, count=60) as server:
        targets = [f"127.0.0.1:{port}" for port in server.ports]
        found = results(check(home, "--jsonl", "--tries", "1", "--timeout", "1", "-", stdin="\n".join(targets)))
        reasons = [result["reason"] for result in found]
        tap.equal(len(found), 60, "sixty silent servers at one address")
        tap.ok(10 <= len(server.visits) <= 45, "of which no more are waited for than the address has time", len(server.visits))
        tap.equal(reasons.count("address-time") + len(server.visits), 60, "the others have their reason")
        last = next(result for result in found if result["reason"])
        tap.equal(last["hosts"][0]["error"], "not tried: other hosts at this address took too long", "in words")


def test_private(tap):
    """What DNS says, and a list, leads to no private address unless that is asked for."""
    zone = {"inside.test": {"A": ["127.0.0.1"], "AAAA": ["::1"]}, "mapped.test": {"AAAA": ["::ffff:10.0.0.1"]},
            "cloud.test": {"MX": [(1, "meta.test")]}, "meta.test": {"A": ["169.254.169.254"]}}
    with Home() as home, DnsServer(zone) as dns, MailServer(sound(context_of(home))) as server:
        words = ("--jsonl", "--quick", "--resolver", dns.address, "--ca", home + "/root.pem")
        names = [f"inside.test:{server.port}", "mapped.test:25", "cloud.test"]
        listed = [f"127.0.0.1:{server.port}", f"[::ffff:127.0.0.1]:{server.port}", f"localhost:{server.port}"]
        for title, done in (("typed", check_public(home, *words, *names)),
                            ("listed", check_public(home, *words, "-", stdin="\n".join(names + listed)))):
            found = {result["target"]: result for result in results(done)}
            tap.equal({(result["reason"], result["verdict"]) for result in found.values()}, {("private-address", "unreached")},
                      f"{title}: none is looked at")
            tap.equal({(host["reason"], host["connections"]) for result in found.values() for host in result["hosts"]},
                      {("private-address", 0)}, "no connection")
            tap.equal(done.returncode, 3, "exit status 3")
        tap.equal(found["cloud.test"]["error"],
                  "not allowed: private address (link-local); --allow-private allows it", "in words")
        tap.equal(server.visits, [], "and nobody came")
        text = check_public(home, "--resolver", dns.address, "cloud.test").stdout
        tap.has(text, "cloud.test: not looked at\n", "the page says so too")
        for target in listed[:1] + listed[2:]:
            status, found = (done := check_public(home, *words, target)).returncode, results(done)
            reached = [host["reached"] for host in found[0]["hosts"] if host["address"] == "127.0.0.1"]
            tap.equal(reached, [True], f"{target} typed is asked for")
        done = check_public(home, *words, "--allow-private", "-", stdin=names[0])
        tap.ok([host for host in results(done)[0]["hosts"] if host["reached"]], "--allow-private allows a list", done.stdout)


def test_no_route(tap):
    """No TCP goes to a multicast address: that this machine refuses is told as that, and not tried again."""
    with TempDir() as home:
        done = check(home, "--jsonl", "--tries", "5", "224.0.0.1")
        host = results(done)[0]["hosts"][0]
        tap.equal((done.returncode, host["reason"], host["connections"]), (3, "no-route", 1), "tried once")
        tap.equal(host["error"], "not tried: this machine has no way to the address (Network is unreachable)", "in words")


def test_handshake_stalls_once(tap):
    """A handshake that stands still is tried again."""
    with Home() as home:
        context = context_of(home)

        def cut(peer):
            offer(peer)
            peer.say("220 go ahead\r\n")
            inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = context.wrap_bio(inward, outward, server_side=True)
            inward.write(peer.sock.recv(65536))
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                peer.say(outward.read()[:-20])
            peer.wait_for_end()

        def play(peer):
            (cut if len(peer.server.visits) == 1 else sound(context))(peer)

        for tries, wanted in (("2", 0), ("1", 1)):
            with MailServer(play) as server:
                status, host, _ = look(home, server.port, "--quick", "--tries", tries, "--timeout", "6")
            tap.equal(status, wanted, f"--tries {tries}: exit status {wanted}")


def begin_good(stack, home):
    """Sound servers at 24 addresses: (where they are, the file with their authorities)."""
    targets = []
    with open(home + "/roots.pem", "w", encoding="ascii") as roots:
        for i in range(3):
            addresses = [f"127.0.2.{8 * i + j + 1}" for j in range(8)]
            process = subprocess.Popen([DOORMAT, "serve", "--json", "--quiet", "--base-port", "0", "--faults",
                                        "control,control-tls12,control-tls13", *(f"--listen={a}" for a in addresses)],
                                       env=clean_environment(home), stdout=subprocess.PIPE, text=True)
            stack.callback(process.communicate)
            stack.callback(process.terminate)
            while not (entry := json.loads(process.stdout.readline())).get("ready"):
                targets += [f"{address}:{entry['port']}" for address in addresses]
                with open(entry["ca"], encoding="ascii") as file:
                    roots.write(file.read())
    return targets, home + "/roots.pem"


def test_beside_hostile(tap):
    """Hostile servers of each kind take nothing from the good ones (a wide bound here; `bench/run check-hostile` measures)."""
    with Home() as home, contextlib.ExitStack() as stack, hostile.Hostile(context_of(home)) as bad:
        good, roots = begin_good(stack, home)
        command = [DOORMAT, "check", "--quiet", "--jsonl", "--no-dnssec", "--allow-private", "--jobs", "64", "--timeout", "10",
                   "--ca", roots]
        beside, alone = hostile.ratio(command, clean_environment(home), good, bad.targets, 2)
        print(f"# {len(good)} good targets: {alone:.2f} s, beside {len(bad.targets)} hostile ones {beside:.2f} s: {beside / alone:.2f} x")
        tap.ok(beside < 5 * alone + 2, "good servers do not wait for hostile ones", (beside, alone))


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
