#!/usr/bin/env python3
"""`doormat check`: its exit statuses and formats, its manners, what it says of DNS, and how it goes on after an interruption."""

import csv
import json
import os
import re
import signal
import subprocess
import threading
import xml.etree.ElementTree as ET

import frame
import mailserver
from checking import Home, check, look, rules
from frame import DOORMAT, TempDir, clean_environment
from mailserver import DnsServer, MailServer, context_of, greet, openssl, sound

POLICIES = ("bsi", "bsi-lenient", "ncsc-nl", "nist", "mozilla-modern", "mozilla-intermediate", "rfc9325")


# ---- the command line ----


def test_exit_statuses(tap):
    with Home() as home, MailServer(sound(context_of(home))) as good, MailServer(greet) as mute:
        with Home("expired") as late, MailServer(sound(context_of(late))) as bad:
            ca = ("--ca", home + "/root.pem")
            tap.equal(check(home, *ca, f"127.0.0.1:{good.port}").returncode, 0, "0: the policy is met")
            tap.equal(check(late, "--ca", late + "/root.pem", f"127.0.0.1:{bad.port}").returncode, 1, "1: it is not")
            both = check(home, *ca, "--tries", "1", f"127.0.0.1:{good.port}", f"127.0.0.1:{mute.port}")
            tap.equal(both.returncode, 3, "3: a target was not reached")
            worst = check(home, *ca, "--tries", "1", f"127.0.0.1:{bad.port}", f"127.0.0.1:{mute.port}")
            tap.equal(worst.returncode, 1, "1 goes before 3")
            bad_target = check(home, *ca, "-", f"127.0.0.1:{good.port}", stdin="no/such\n")
            tap.equal(bad_target.returncode, 3, "3: a target of a list that is none")
            tap.has(bad_target.stdout, "no/such", "and it is named")


def test_usage(tap):
    rows = (
        (["--policy", "bis", "a.test"], "--policy bis: not bsi, "),
        (["--format", "pdf", "a.test"], "--format pdf: not text, json, jsonl, junit, csv, markdown or html"),
        (["--as-of", "tomorrow", "a.test"], "--as-of tomorrow: not a date"),
        (["--jobs", "0", "a.test"], "--jobs 0"),
        (["--timeout", "x", "a.test"], "--timeout x"),
        (["--tries", "11", "a.test"], "--tries 11"),
        (["--helo", "a b", "a.test"], "--helo a b"),
        (["--helo", "a\r\nMAIL FROM:<>", "a.test"], "--helo"),
        (["--explain", "cert-expierd"], "there is no rule 'cert-expierd'"),
        (["--explain", "cert-expired,,key-size"], "there is no rule ''"),
        (["--output", "/nowhere/report", "127.0.0.1:1"], "/nowhere/report: No such file"),
        (["--output", "/", "127.0.0.1:1"], "/: Is a directory"),
        (["--output", "/nowhere/report", "--resume", "/nowhere/file", "a.test"], "no --output beside it"),
        (["--ca", "/nowhere", "a.test"], "/nowhere"),
        (["--resume", "/nowhere/file", "a.test"], "/nowhere/file"),
        (["--resolver", "nowhere", "a.test"], "--resolver nowhere: not an IP address"),
        (["--format", "text", "--resume", "/nowhere/file", "a.test"], "--resume keeps its file as jsonl"),
        ([], "no target"),
    )
    with TempDir() as home:
        for words, message in rows:
            done = check(home, *words)
            tap.equal((done.returncode, done.stdout), (2, ""), f"check {' '.join(words)!r}: exit status 2")
            tap.has(done.stderr, message, "and says why")


def test_explain(tap):
    with TempDir() as home:
        names = [line.split()[0] for line in check(home, "--explain", "list").stdout.splitlines()]
        tap.ok({"cert-expired", "key-size", "tls-version", "starttls"} <= set(names), "--explain list", names)
        for name in names:
            page = check(home, "--explain", name)
            if page.returncode != 0 or not page.stdout.startswith(name + " - "):
                tap.ok(False, f"--explain {name}", page.stdout + page.stderr)
        page = check(home, "--explain", "bsi:cert-expired").stdout
        for words in ("SEC_ERROR_EXPIRED_CERTIFICATE", "Postfix", "Exim", "RFC 8460", "certificate-expired"):
            tap.has(page, words, f"--explain cert-expired says {words}")
        both = check(home, "--explain", "key-size,cert-expired").stdout
        tap.equal(both, check(home, "--explain", "key-size").stdout + "\n\n" + check(home, "--explain", "cert-expired").stdout,
                  "several rules, one after another")


def test_formats(tap):
    with Home("expired") as home, MailServer(sound(context_of(home))) as server:
        words = ("--ca", home + "/root.pem", f"127.0.0.1:{server.port}", f"[127.0.0.1]:{server.port}")
        text = check(home, *words).stdout
        tap.has(text, f"127.0.0.1:{server.port}: does not meet BSI", "text: the verdict")
        tap.has(text, "x cert-expired", "text: the finding")
        tap.has(text, "`doormat check --explain ", "text: where to read on")
        lines = [json.loads(line) for line in check(home, "--jsonl", *words).stdout.splitlines()]
        tap.equal({line["target"] for line in lines}, set(words[2:]), "--jsonl: a line per target")
        found = lines[0]["hosts"][0]["findings"][0]
        tap.equal((found["rule"], found["nss"], found["short"], found["tlsrpt"]),
                  ("cert-expired", "SEC_ERROR_EXPIRED_CERTIFICATE", "EXPIRED_CERTIFICATE", "certificate-expired"),
                  "a finding has the names that others give it")
        tap.equal(json.loads(check(home, "--json", *words[:3]).stdout)["meets_policy"], False, "--json: an object")
        suite = ET.fromstring(check(home, "--format", "junit", *words).stdout)
        tap.equal(len(suite.findall(".//testcase")), 2, "junit: a case per host")
        tap.equal({case.get("name") for case in suite.findall(".//testcase")}, set(words[2:]), "named as its target")
        tap.equal({(one.get("tests"), one.get("failures"), one.get("errors")) for one in suite.findall("testsuite")}, {("1", "1", "0")},
                  "and a suite per target, with its counts")
        tap.equal({case.get("type") for case in suite.findall(".//failure")} >= {"cert-expired"}, True,
                  "junit: a failure per broken rule")


def test_output(tap):
    """A file holds the whole report; it is opened before the run, and replaced when that is over."""
    with Home() as home, MailServer(sound(context_of(home)), count=2) as server:
        path = home + "/report"
        targets = [f"127.0.0.1:{port}" for port in server.ports]
        words = ("--ca", home + "/root.pem", *targets)
        for name, start in (("text", "127.0.0.1:"), ("csv", "target,verdict,"), ("markdown", "## 2 targets by BSI"),
                            ("html", "<!DOCTYPE html>"), ("junit", "<?xml"), ("jsonl", "{")):
            done = check(home, "--format", name, "--output", path, *words)
            with open(path, encoding="ascii", newline="") as file:
                text = file.read()
            tap.equal((done.returncode, done.stdout, text[:len(start)]), (0, "", start), f"--format {name} --output FILE")
            if name == "csv":
                rows = list(csv.DictReader(text.splitlines()))
                tap.equal({(row["target"], row["meets_policy"], row["grade"]) for row in rows},
                          {(target, "true", "good") for target in targets}, "csv: a line for each host")
            if name == "text":
                tap.equal(text.splitlines()[-1], "2 targets: 2 meet the policy.", "text: the sum of many targets")
        check(home, "--format", "html", "--output", path, "--ca", "/nowhere", targets[0])
        with open(path, encoding="ascii") as file:
            tap.ok(file.read(1) == "{", "a run that fails leaves the old report")
        tap.equal([name for name in os.listdir(home) if name.startswith("report.")], [], "and nothing beside it")
        tap.equal(check(home, "--output", "/dev/null", *words).returncode, 0, "a device is written to, not replaced")
        tap.ok(not os.path.isfile("/dev/null"), "and is one still")
        one = check(home, *words[:3]).stdout
        tap.ok("1 target" not in one, "one target needs no sum", one)


def test_policies(tap):
    with Home() as home, MailServer(sound(context_of(home))) as server:
        for policy in POLICIES:
            status, host, result = look(home, server.port, "--policy", policy)
            # Modern wants TLS 1.3 alone; NIST has no ChaCha20, which the server takes in both versions, and Mozilla no CBC.
            wanted = {"mozilla-modern": ["tls-version"], "nist": ["cipher", "cipher"],
                      "mozilla-intermediate": ["cipher"]}.get(policy, [])
            tap.equal((rules(host), status, result["policy"]), (wanted, bool(wanted), policy), f"--policy {policy}")


def test_as_of(tap):
    """RSA 2000 was enough until 2022."""
    with TempDir() as home:
        openssl("req", "-x509", "-newkey", "rsa:2048", "-sha256", "-nodes", "-days", "30", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", home + "/key.pem", "-out", home + "/chain.pem")
        openssl("x509", "-in", home + "/chain.pem", "-out", home + "/root.pem")
        with MailServer(sound(context_of(home))) as server:
            now = rules(look(home, server.port)[1])
            then = rules(look(home, server.port, "--as-of", "2021-06-01")[1])
            tap.ok("key-size" in now, "RSA 2048 is not enough today", now)
            tap.ok("key-size" not in then, "but was in 2021", then)


def test_stdin(tap):
    with Home() as home, MailServer(sound(context_of(home)), count=3) as server:
        one, two, three = (f"127.0.0.1:{port}" for port in server.ports)
        listed = f"# ours\r\n\r\n{one}\r\n  {two}\nno such\n{three}"
        done = check(home, "--jsonl", "--ca", home + "/root.pem", "-", stdin=listed)
        met = {result["target"]: result["meets_policy"] for result in map(json.loads, done.stdout.splitlines())}
        tap.equal(met, {one: True, two: True, three: True, "no such": None}, "'-' reads targets from standard input")
        tap.equal(done.returncode, 3, "one of which was none")
        done = check(home, "--jsonl", "--ca", home + "/root.pem", one, "-", three, stdin=two + "\n")
        tap.equal(len(done.stdout.splitlines()), 3, "and may stand among others")


def test_no_input(tap):
    """An input that cannot be read, or holds no target, is a mistake and no success."""
    with TempDir() as home:
        for name, text in (("nothing", ""), ("comments", "# none\n\n")):
            for style in ("text", "junit"):
                done = check(home, "--format", style, "-", stdin=text)
                tap.equal(done.returncode, 2, f"{name} in standard input, {style}: exit status 2")
                tap.has(done.stderr, "no target", "and says why")
        words = [DOORMAT, "check", "--quiet", "--no-dnssec", "-"]
        for path, said in (("/", "Is a directory"), ("/proc/self/mem", "Input/output error")):
            with open(path, "rb") if path != "/" else OpenDirectory(path) as file:
                done = subprocess.run(words, env=clean_environment(home), stdin=file, capture_output=True, text=True,
                                      check=False, timeout=60)
            tap.equal(done.returncode, 2, f"{path} as standard input: exit status 2")
            tap.has(done.stderr, said, "and says why")
        done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *words], env=clean_environment(home), capture_output=True, text=True,
                              check=False, timeout=60)
        tap.equal(done.returncode, 2, "standard input is closed: exit status 2")
        tap.has(done.stderr, "standard input: it is closed", "and says why")


class OpenDirectory:
    """A directory's descriptor, which Python's open refuses to give."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.fd = os.open(self.path, os.O_RDONLY)
        return self.fd

    def __exit__(self, kind, error, trace):
        os.close(self.fd)


def test_stream(tap):
    """What is found is said at once, while more targets may still come."""
    with Home() as home, MailServer(sound(context_of(home)), count=2) as server:
        with subprocess.Popen([DOORMAT, "check", "--jsonl", "--quiet", "--allow-private", "--ca", home + "/root.pem", "-"],
                              env=clean_environment(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as process:
            for port in server.ports:
                process.stdin.write(f"127.0.0.1:{port}\n")
                process.stdin.flush()
                tap.equal(json.loads(process.stdout.readline())["target"], f"127.0.0.1:{port}", "a result as it comes")
            process.stdin.close()
            tap.equal(process.wait(60), 0, "and an end with the input")


# ---- manners ----


def test_manners(tap):
    with Home() as home, MailServer(sound(context_of(home))) as server:
        look(home, server.port, "--quick", "--helo", "probe.doormat.test")
        tap.equal([heard for _, heard in server.visits],
                  [["EHLO probe.doormat.test", "STARTTLS", "EHLO probe.doormat.test", "QUIT"]],
                  "EHLO, STARTTLS, EHLO and QUIT, once")
        server.visits.clear()
        status, host, _ = look(home, server.port)
        tap.ok(status == 0 and len(server.visits) <= 12, "twelve connections at most", server.visits)
        tap.equal(len(server.visits), host["connections"], "all of which are told of")


def test_two_at_a_time(tap):
    """Connections come in pairs: two are always there at once, and never three."""
    pair = threading.Barrier(2, timeout=mailserver.PATIENCE_S)
    with Home() as home:
        play = sound(context_of(home))

        def paired(peer):
            pair.wait()
            play(peer)

        with MailServer(paired, count=12) as server:
            targets = "\n".join(f"127.0.0.1:{port}" for port in server.ports)
            done = check(home, "--quick", "--jsonl", "--ca", home + "/root.pem", "--jobs", "12", "-", stdin=targets)
            tap.equal(len(done.stdout.splitlines()), 12, "twelve targets at one address")
            tap.equal(server.peak, 2, "never more than two connections to it at once")


def test_others_go_first(tap):
    """Many targets wait for room at one address, and the server there waits until somebody has been elsewhere."""
    been_elsewhere = threading.Event()
    with Home() as home:
        play = sound(context_of(home))

        def gated(peer):
            if been_elsewhere.wait(mailserver.PATIENCE_S):
                play(peer)

        def elsewhere(peer):
            been_elsewhere.set()
            peer.say("554 not here\r\n")

        with MailServer(gated, count=200) as busy, MailServer(elsewhere, address="127.0.0.2") as idle:
            targets = [f"127.0.0.1:{port}" for port in busy.ports] + [f"127.0.0.2:{idle.port}"]
            done = check(home, "--quick", "--jsonl", "--ca", home + "/root.pem", "--jobs", "4", "--tries", "1", "--timeout", "20", "-",
                         stdin="\n".join(targets))
        reached = {result["target"]: result["reached"] for result in map(json.loads, done.stdout.splitlines())}
        tap.equal(reached, {target: target != targets[-1] for target in targets}, "two hundred targets behind four jobs hold nobody up")


def test_own_name(tap):
    """A whole name in EHLO, or the address that the connection comes from (RFC 5321 4.1.1.1)."""
    with Home() as home, MailServer(sound(context_of(home))) as server:
        look(home, server.port, "--quick")
        said = server.visits[0][1][0]
        tap.ok(said == "EHLO [127.0.0.1]" or re.fullmatch(r"EHLO [A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", said), "EHLO", said)
    with TempDir() as home, MailServer(lambda peer: (greet(peer), peer.say("550 need a fully qualified name\r\n")),) as server:
        status, host, result = look_without_root(home, server.port)
        tap.equal((status, host["error"]), (3, "EHLO is refused: 550 need a fully qualified name"), "EHLO refused is told as that")
        tap.equal((host["reached"], host["findings"], result["meets_policy"]), (False, [], None), "and says nothing of STARTTLS")


def look_without_root(home, port):
    done = check(home, "--jsonl", "--tries", "1", f"127.0.0.1:{port}")
    result = json.loads(done.stdout)
    return done.returncode, result["hosts"][0], result


def test_tries(tap):
    def second_time_lucky(context, first):
        def play(peer):
            if len(peer.server.visits) == 1:
                first(peer)
            else:
                sound(context)(peer)

        return play

    def busy(peer):
        peer.say("421 too busy\r\n")

    def grey(peer):
        greet(peer)
        peer.say("450 come back\r\n")
        peer.hear()

    with Home() as home:
        for name, first in (("421", busy), ("450", grey), ("a reset", mailserver.Peer.reset), ("an end", lambda peer: None)):
            with MailServer(second_time_lucky(context_of(home), first)) as server:
                tap.equal(look(home, server.port, "--quick")[0], 0, f"after {name} it comes again")
                tap.equal(len(server.visits), 2, "once")
            with MailServer(second_time_lucky(context_of(home), first)) as server:
                tap.equal(look(home, server.port, "--quick", "--tries", "1")[0], 3, "but not with --tries 1")
                tap.equal(len(server.visits), 1, "for then it comes once only")
        with MailServer(lambda peer: peer.say("554 go away\r\n")) as server:
            tap.equal(look(home, server.port)[0], 3, "after 554 it does not come again")
            tap.equal(len(server.visits), 1, "at all")


# ---- DNS ----


def test_dns(tap):
    zone = {
        "many.test": {"MX": [(20, "two.many.test"), (10, "one.many.test"), (30, "three.many.test")]},
        "one.many.test": {"A": ["127.0.0.11"]}, "two.many.test": {"A": ["127.0.0.12"], "AAAA": ["::1"]},
        "three.many.test": {"A": ["127.0.0.13", "127.0.0.14"]},
        "null.test": {"MX": [(0, ".")]}, "plain.test": {"A": ["127.0.0.15"]}, "empty.test": {"MX": [(5, "gone.test")]},
        "half.test": {"MX": [(5, "plain.test"), (6, "gone.test")]}, "broken.test": mailserver.SERVFAIL, "mx.doormat.test": {"A": ["127.0.0.1"]}, "other.test": {"A": ["127.0.0.1"]},
    }
    with Home("control", "mx.doormat.test") as home, DnsServer(zone) as dns, MailServer(sound(context_of(home))) as server:
        def ask(*targets):
            done = check(home, "--jsonl", "--tries", "1", "--timeout", "5", "--resolver", dns.address, "--ca",
                         home + "/root.pem", *targets)
            return {result["target"]: result for result in map(json.loads, done.stdout.splitlines())}, done

        found, done = ask("many.test", "null.test", "plain.test", "empty.test", "nowhere.test", "broken.test")
        tap.equal(done.returncode, 3, "no mail server at these addresses")
        tap.equal([(host["host"], host["preference"], host["address"]) for host in found["many.test"]["hosts"]],
                  [("one.many.test", 10, "127.0.0.11"), ("two.many.test", 20, "::1"), ("two.many.test", 20, "127.0.0.12"),
                   ("three.many.test", 30, "127.0.0.13")], "MX hosts in order, one address of each family")
        tap.equal([host["host"] for host in found["plain.test"]["hosts"]], ["plain.test"], "no MX: the domain itself")
        half = ask("half.test")[0]["half.test"]
        tap.equal([(host["host"], host["address"]) for host in half["hosts"]], [("plain.test", "127.0.0.15"), ("gone.test", "")],
                  "a host without an address is there as well")
        tap.has(half["unknown"][1], "gone.test: gone.test has no address", "and told as unknown")
        tap.equal((found["null.test"]["verdict"], found["null.test"]["meets_policy"], found["nowhere.test"]["verdict"],
                   found["nowhere.test"]["meets_policy"]), ("no-mail", None, "unreached", None), "neither meets the policy, or breaks it")
        null, done = ask("null.test")
        tap.equal(done.returncode, 0, "a domain that takes no mail is in order")
        for target, route, said in (("null.test", "null-mx", "takes no mail"), ("nowhere.test", "no-host", "NXDOMAIN"),
                                    ("empty.test", "no-host", "gone.test has no address"),
                                    ("broken.test", "failed", "SERVFAIL")):
            tap.equal((found[target]["route"], found[target]["hosts"]), (route, []), f"{target}: {route}")
            tap.has(found[target]["error"], said, "and it is said why")
        for name, wanted in (("mx.doormat.test", []), ("other.test", ["cert-name"])):
            found, done = ask(f"{name}:{server.port}")
            host = next(iter(found.values()))["hosts"][0]
            tap.equal((rules(host), done.returncode), (wanted, len(wanted)), f"{name} is held to its name")


# ---- interruption ----


def test_resume(tap):
    """After twenty connections the servers stand still; then SIGINT, and on."""
    count, freely = 60, 20
    gate, reached = threading.Event(), threading.Event()
    with Home() as home:
        play = sound(context_of(home))

        def gated(peer):
            if len(peer.server.visits) > freely and not gate.is_set():
                reached.set()
                gate.wait(mailserver.PATIENCE_S)
            play(peer)

        with MailServer(gated, count=count) as server:
            targets = [f"127.0.0.1:{port}" for port in server.ports]
            journal = home + "/journal"
            words = ["check", "--quick", "--quiet", "--allow-private", "--ca", home + "/root.pem", "--jobs", "8", "--resume", journal, "-"]
            with subprocess.Popen([DOORMAT, *words], env=clean_environment(home), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
                process.stdin.write("\n".join(targets) + "\n")
                process.stdin.flush()
                tap.ok(reached.wait(mailserver.PATIENCE_S), "it is under way")
                process.send_signal(signal.SIGINT)
                _, errors = process.communicate(timeout=60)
            tap.equal(process.returncode, -signal.SIGINT, "SIGINT ends it")
            tap.has(errors, "--resume", "and it says how to go on")
            gate.set()
            first = read_targets(journal)
            tap.ok(0 < len(first) <= freely, "some targets are done", len(first))
            before = list(server.visits)
            with open(journal, "a", encoding="ascii") as file:
                file.write('{"target":"127.0.0.1:' + str(server.ports[-1]) + '","pol')  # as if cut off while it was written
            done = subprocess.run([DOORMAT, *words], env=clean_environment(home), input="\n".join(targets + targets),
                                  text=True, check=False, timeout=240, capture_output=True)
            tap.equal((done.returncode, done.stdout), (0, f"{count} targets: {count} meet the policy.\n"),
                      "it goes on, and says the sum of both runs")
            tap.equal(sorted(read_targets(journal)), sorted(targets), "nothing is lost, and nothing is there twice")
            again = {f"127.0.0.1:{port}" for port, _ in server.visits[len(before):]}
            tap.equal(again & set(first), set(), "nothing is done twice")


def test_interrupted_output(tap):
    """What was found before an interruption is in the report, which is whole."""
    gate, reached = threading.Event(), threading.Event()

    def stand_still(_peer):
        reached.set()
        gate.wait(mailserver.PATIENCE_S)

    with Home() as home, MailServer(sound(context_of(home))) as good, MailServer(stand_still) as still:
        first, second = f"127.0.0.1:{good.port}", f"127.0.0.1:{still.port}"
        for name in ("text", "json", "jsonl", "csv", "markdown", "html", "junit"):
            path = f"{home}/{name}"
            reached.clear()
            words = ["check", "--quiet", "--jobs", "1", "--ca", home + "/root.pem", "--format", name, "--output", path, first, second]
            with subprocess.Popen([DOORMAT, *words], env=clean_environment(home), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
                tap.ok(reached.wait(mailserver.PATIENCE_S), f"{name}: it is under way")
                tap.ok(not os.path.exists(path), "and there is no half of a report")
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=60)
            tap.equal(process.returncode, -signal.SIGINT, "SIGINT ends it")
            with open(path, encoding="ascii") as file:
                text = file.read()
            tap.ok(first in text, f"{name}: what was found is there", text[-1000:])
            tap.has(text, "The run was interrupted: targets that were not checked by then are missing.", "and that it is a part")
            tap.ok(name != "junit" or text.endswith("</testsuites>\n"), "of a whole report", text[-100:])
            tap.ok(second not in text, "and nothing else", text[-1000:])
        gate.set()


def test_resume_again(tap):
    """What was not reached is tried again, and found; on other terms the file is left alone."""
    with Home() as home, MailServer(lambda peer: peer.say("554 not now\r\n")) as server:
        words = ("--ca", home + "/root.pem", "--resume", home + "/journal")
        target = f"127.0.0.1:{server.port}"
        tap.equal(check(home, *words, target).returncode, 3, "it is not reached")
        server.play = sound(context_of(home))
        tap.equal(check(home, *words, target).returncode, 0, "later it is, and then the last word counts")
        visits = len(server.visits)
        third = check(home, *words, target)
        tap.equal((third.returncode, third.stdout), (0, "1 target: 1 meets the policy. There was nothing left to check.\n"),
                  "and once it is known that is said")
        tap.equal(len(server.visits), visits, "it is left in peace")
        for other in (("--as-of", "2033-01-01"), ("--tls",), ("--quick",), ("--ca", "/etc/ssl/certs")):
            done = check(home, *(words[2:] if "--ca" in other else words), *other, target)
            tap.equal(done.returncode, 2, f"with {' '.join(other)} the file is refused")
            tap.has(done.stderr, "keep a file for each", "and it says what to do")


def read_targets(journal):
    with open(journal, encoding="utf-8") as file:
        return [json.loads(line)["target"] for line in file]


def test_resume_foreign(tap):
    with TempDir() as home:
        with open(home + "/letter", "w", encoding="ascii") as file:
            file.write("dear mother")
        done = check(home, "--resume", home + "/letter", "a.test")
        tap.equal(done.returncode, 2, "a file that is no journal is refused")
        with open(home + "/letter", encoding="ascii") as file:
            tap.equal(file.read(), "dear mother", "and left as it is")
        with open(home + "/bsi", "w", encoding="ascii") as file:
            file.write('{"target":"a.test","policy":"bsi","reached":true,"meets_policy":true}\n')
        done = check(home, "--policy", "nist", "--resume", home + "/bsi", "b.test")
        tap.equal(done.returncode, 2, "results by another policy are not gone on with")
        tap.has(done.stderr, "keep a file for each", "and it says what to do")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
