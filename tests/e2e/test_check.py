#!/usr/bin/env python3
"""`doormat check`: its exit statuses and formats, what it says of hostile servers and of DNS, and how it goes on after an
interruption."""

import json
import os
import signal
import subprocess
import threading
import xml.etree.ElementTree as ET

import frame
import mailserver
from frame import DOORMAT, TempDir, clean_environment
from mailserver import DnsServer, MailServer, begin_tls, context_of, end_politely, greet, offer, openssl, sound

POLICIES = ("bsi", "bsi-lenient", "ncsc-nl", "nist", "mozilla-modern", "mozilla-intermediate", "rfc9325")
LIMIT_S = 2  # --timeout where a server stalls


def check(home, *words, stdin=""):
    return subprocess.run([DOORMAT, "check", "--quiet", "--no-dnssec", *words], env=clean_environment(home), input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=240)


def look(home, port, *words):
    """(exit status, the host's result, the target's result) of a server on this machine."""
    done = check(home, "--jsonl", "--ca", home + "/root.pem", *words, f"127.0.0.1:{port}")
    try:
        result = json.loads(done.stdout)
    except ValueError:
        raise SystemExit(f"Bail out! no JSON: {done.stdout[:500]} {done.stderr[-3000:]}") from None
    return done.returncode, result["hosts"][0] if result["hosts"] else {}, result


def rules(host):
    return [finding["rule"] for finding in host["findings"] if finding["severity"] == "fail"]


class Home(TempDir):
    """A directory with the certificate of a recipe in it, which is for 127.0.0.1 (localhost may have more addresses)."""

    def __init__(self, recipe="control", host="127.0.0.1"):
        self.recipe = recipe
        self.host = host

    def __enter__(self):
        super().__enter__()
        subprocess.run([DOORMAT, "mint", self.recipe, "--host", self.host, "--out", self.path], env=clean_environment(self.path), check=True,
                       stdout=subprocess.DEVNULL)
        return self.path


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
            bad_target = check(home, *ca, "no/such", f"127.0.0.1:{good.port}")
            tap.equal(bad_target.returncode, 3, "3: a target that is none")
            tap.has(bad_target.stdout, "no/such", "and it is named")


def test_usage(tap):
    rows = (
        (["--policy", "bis", "a.test"], "--policy bis: there is no such policy; there are bsi, "),
        (["--format", "html", "a.test"], "--format html"),
        (["--as-of", "tomorrow", "a.test"], "--as-of tomorrow: not a date"),
        (["--jobs", "0", "a.test"], "--jobs 0"),
        (["--timeout", "x", "a.test"], "--timeout x"),
        (["--tries", "11", "a.test"], "--tries 11"),
        (["--helo", "a b", "a.test"], "--helo a b"),
        (["--helo", "a\r\nMAIL FROM:<>", "a.test"], "--helo"),
        (["--explain", "cert-expierd"], "there is no rule 'cert-expierd'"),
        (["--ca", "/nowhere", "a.test"], "/nowhere"),
        (["--resume", "/nowhere/file", "a.test"], "/nowhere/file"),
        (["--resolver", "nowhere", "a.test"], "nowhere"),
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
        tap.equal({case.get("type") for case in suite.findall(".//failure")} >= {"cert-expired"}, True,
                  "junit: a failure per broken rule")


def test_policies(tap):
    with Home() as home, MailServer(sound(context_of(home))) as server:
        for policy in POLICIES:
            status, host, result = look(home, server.port, "--policy", policy)
            # Modern wants TLS 1.3 alone, and a certificate for 90 days.
            wanted = ["tls-version", "cert-validity-period"] if policy == "mozilla-modern" else []
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
        tap.equal(met, {one: True, two: True, three: True, "no such": False}, "'-' reads targets from standard input")
        tap.equal(done.returncode, 3, "one of which was none")
        done = check(home, "--jsonl", "--ca", home + "/root.pem", one, "-", three, stdin=two + "\n")
        tap.equal(len(done.stdout.splitlines()), 3, "and may stand among others")


def test_stream(tap):
    """What is found is said at once, while more targets may still come."""
    with Home() as home, MailServer(sound(context_of(home)), count=2) as server:
        with subprocess.Popen([DOORMAT, "check", "--jsonl", "--quiet", "--ca", home + "/root.pem", "-"],
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
        tap.ok(status == 0 and len(server.visits) <= 6, "a handful of connections", server.visits)
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


# ---- hostile servers ----


def stall(peer):
    peer.wait_for_end()


def reset(peer):
    peer.reset()


def close(peer):
    pass


ENDS = {"stall": (stall, "the server took too long"), "reset": (reset, "the server reset the connection"),
        "close": (close, "the server closed the connection")}


def steps(context):
    """Where a dialogue may break off: {name: (what comes before, what was waited for then)}."""

    def to_220(peer):
        offer(peer)
        peer.say("220 go ahead\r\n")

    def to_client_hello(peer):
        to_220(peer)
        peer.sock.recv(65536)

    def to_half_a_record(peer):
        to_client_hello(peer)
        peer.say(b"\x16\x03\x03\x40\x00\x02\x00")

    def half_a_greeting(peer):
        peer.say("220-mx.doormat.test\r\n220 ESM")

    return {"the greeting": (lambda peer: None, "the greeting"), "the midst of it": (half_a_greeting, "the greeting"),
            "the reply to EHLO": (greet, "the reply to EHLO"), "the reply to STARTTLS": (offer, "the reply to STARTTLS"),
            "the handshake": (to_220, None), "the ServerHello": (to_client_hello, None),
            "the rest of a record": (to_half_a_record, None)}


def test_broken_off(tap):
    with Home() as home:
        for step, (before, awaited) in steps(context_of(home)).items():
            for name, (act, said) in ENDS.items():

                def play(peer, before=before, act=act):
                    before(peer)
                    act(peer)

                with MailServer(play) as server:
                    status, host, _ = look(home, server.port, "--tries", "1", "--timeout", str(LIMIT_S))
                title = f"{name} instead of {step}"
                if awaited and host["error"] == "no connection: Connection reset by peer":
                    tap.equal((status, name), (3, "reset"), title)  # it was there before we looked
                elif awaited:
                    tap.equal((status, host["error"]), (3, f"waiting for {awaited}: {said}"), title)
                else:
                    tap.equal((status, rules(host)), (1, ["tls-handshake"]), title)
                tap.ok(host["seconds"] < LIMIT_S + 1, "within its time limit", host)


def test_end_behind_tls(tap):
    """What the server does once the connection is judged does not matter."""
    with Home() as home:
        for name, (act, _) in ENDS.items():

            def play(peer, act=act):
                begin_tls(peer, context_of(home))
                act(peer)

            with MailServer(play) as server:
                status, host, _ = look(home, server.port, "--quick", "--timeout", str(LIMIT_S))
                tap.equal((status, rules(host), host["error"]), (0, [], None), f"{name} behind the handshake")


def forever(data):
    def play(peer):
        while True:
            peer.say(data)

    return play


def after(before, *plays):
    def play(peer):
        before(peer)
        for more in plays:
            more(peer)

    return play


def say(data):
    return lambda peer: peer.say(data)


def test_babble(tap):
    """Servers that do not speak SMTP, or speak too much of it, are not reached, and it is said why."""
    kilobyte = b"250-" + 1018 * b"x" + b"\r\n"
    rows = (
        ("an endless banner", forever(b"220-" + 60 * b"hello " + b"\r\n"), "the greeting does not end"),
        ("an endless line", forever(65536 * b"x"), "the greeting has a line of more than 4096 bytes"),
        ("endless NULs", forever(65536 * b"\0"), "the greeting has a line of more than"),
        ("empty lines", forever(b"\r\n"), "the greeting is malformed"),
        ("a reply of 10 MB", after(greet, say(10240 * kilobyte + b"250 x\r\n"), stall), "the reply to EHLO does not end"),
        ("a greeting of 10 MB", after(say(b"220 " + 10485760 * b"x"), stall), "the greeting has a line"),
        ("HTTP", after(say("HTTP/1.1 400 Bad Request\r\n\r\n"), stall), "the greeting is malformed: \"HTTP/1.1 400"),
        ("SSH", after(say("SSH-2.0-OpenSSH_9.2\r\n"), stall), "the greeting is malformed"),
        ("TLS where SMTP is due", after(say(b"\x15\x03\x01\x00\x02\x02\x28"), stall), "took too long"),
        ("no code", after(say("hello\r\n"), stall), "the greeting is malformed: \"hello\""),
        ("half a code", after(say("22 hello\r\n"), stall), "the greeting is malformed"),
        ("999", after(say("999 hello\r\n"), stall), "the greeting is malformed"),
        ("354", after(say("354 go on\r\n"), stall), "the server turns us away: 354 go on"),
        ("554", after(say("554 no SMTP here\r\n"), stall), "the server turns us away: 554 no SMTP here"),
        ("421", after(say("421 busy\r\n"), stall), "the server turns us away: 421 busy"),
        ("two codes in a reply", after(say("220-a\r\n250 b\r\n"), stall), "the greeting is malformed"),
        ("terminal sequences", after(say("554 \033]0;owned\007\033[2J\r\n"), stall), "554 ?]0;owned??[2J"),
        ("EHLO refused", after(greet, say("550 who are you\r\n"), lambda peer: peer.hear(), say("550 no\r\n"), stall),
         "EHLO is refused, and HELO too: 550 no"),
    )
    with TempDir() as home:
        for name, play, said in rows:
            with MailServer(play) as server:
                done = check(home, "--jsonl", "--tries", "1", "--timeout", str(LIMIT_S), f"127.0.0.1:{server.port}")
            host = json.loads(done.stdout)["hosts"][0]
            tap.equal(done.returncode, 3, f"{name}: not reached")
            tap.has(host["error"], said, "and it is said why")
            tap.ok(host["seconds"] < LIMIT_S + 1, "within its time limit", host)


def test_starttls(tap):
    """Servers that were reached, and with which no TLS came about."""
    garbage = bytes(range(256)) * 64
    no_tls = after(greet, say("250-mx\r\n250 XSTARTTLS\r\n"), lambda peer: peer.hear(), say("221 bye\r\n"))
    rows = [("not offered", no_tls, "not-offered", "starttls"),
            ("HELO only", after(greet, say("502 what\r\n"), lambda peer: peer.hear(), say("250 mx\r\n"), stall),
             "not-offered", "starttls")]
    for code in ("454 not now", "500 what", "554 never", "250 ok", "354 go on", "221 bye"):
        rows.append((f"answered with {code}", after(offer, say(code + "\r\n"), stall), "refused", "starttls"))
    for name, data in (("garbage", garbage), ("plaintext", b"250 ok\r\n"), ("an empty record", b"\x16\x03\x03\x00\x00"),
                       ("a ServerHello of zeros", b"\x16\x03\x03\x00\x28\x02\x00\x00\x24" + bytes(36))):
        go_on = after(offer, say("220 go ahead\r\n"), lambda peer: peer.sock.recv(65536), say(data), stall)
        rows.append((f"{name} instead of a ServerHello", go_on, "accepted", "tls-handshake"))
    endless = after(offer, say("220 go ahead\r\n"), lambda peer: peer.sock.recv(65536), forever(garbage))
    rows.append(("endless garbage", endless, "accepted", "tls-handshake"))
    with TempDir() as home:
        for name, play, outcome, rule in rows:
            with MailServer(play) as server:
                done = check(home, "--jsonl", "--tries", "1", "--timeout", str(LIMIT_S), f"127.0.0.1:{server.port}")
            host = json.loads(done.stdout)["hosts"][0]
            tap.equal((done.returncode, host["starttls"], rules(host)), (1, outcome, [rule]), f"STARTTLS: {name}")
            tap.ok(host["seconds"] < LIMIT_S + 1, "within its time limit", host)


def test_injection(tap):
    with Home() as home:

        def play(peer):
            offer(peer)
            peer.say("220 go ahead\r\n250 injected\r\n")
            peer.secure(context_of(home))
            end_politely(peer)

        with MailServer(play) as server:
            status, host, _ = look(home, server.port, "--quick")
            tap.equal((status, rules(host)), (1, ["starttls-injection"]), "plaintext behind the 220 is a finding of its own")
            tap.ok(host["negotiated"], "and the handshake goes on without it", host)


def make_chain(home, length):
    """Authorities that vouch for each other, and last for 127.0.0.1; all have one key."""
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", home + "/key.pem")
    chain = []
    for i in range(length):
        last = i == length - 1
        more = ["-CA", home + "/issuer.pem", "-CAkey", home + "/key.pem"] if i else []
        usage = "subjectAltName=IP:127.0.0.1" if last else "keyUsage=keyCertSign"
        openssl("req", "-x509", "-key", home + "/key.pem", "-days", "30", "-subj", f"/CN=number {i}", "-addext", usage,
                "-addext", "basicConstraints=critical,CA:" + ("false" if last else "true"), "-out", home + "/new.pem", *more)
        os.rename(home + "/new.pem", home + "/issuer.pem")
        with open(home + "/issuer.pem", encoding="ascii") as file:
            chain.insert(0, file.read())
    with open(home + "/chain.pem", "w", encoding="ascii") as file:
        file.writelines(chain[:-1])
    with open(home + "/root.pem", "w", encoding="ascii") as file:
        file.write(chain[-1])


def test_long_chain(tap):
    with TempDir() as home:
        make_chain(home, 100)
        with MailServer(sound(context_of(home))) as server:
            status, host, _ = look(home, server.port, "--timeout", "60")
        tap.equal((status, bool(host["negotiated"])), (1, True), "a chain of 99 certificates")
        tap.equal(rules(host), ["cert-path-length"], "is not followed to its end")
        tap.ok(len(host["chain"]) <= 16, "nor shown to it", len(host["chain"]))


def test_big_certificate(tap):
    with TempDir() as home:
        for names, kib in ((2500, 100), (10000, 400)):
            alternatives = ",".join(f"DNS:{i:04}.{24 * 'x'}.doormat.test" for i in range(names))
            with open(home + "/config", "w", encoding="ascii") as file:
                file.write(f"[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=localhost\n"
                           f"[ext]\nsubjectAltName=@names\n[names]\n" +
                           "".join(f"DNS.{i}={name[4:]}\n" for i, name in enumerate(alternatives.split(","))))
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config",
                    home + "/config", "-keyout", home + "/key.pem", "-out", home + "/chain.pem")
            openssl("x509", "-in", home + "/chain.pem", "-out", home + "/root.pem")
            with MailServer(sound(context_of(home))) as server:
                status, host, _ = look(home, server.port)
            tap.equal(status, 1, f"a certificate of {kib} KiB")
            if kib == 100:
                tap.ok("cert-name" in rules(host), "is read, and bears none of our names", rules(host))
                tap.ok(len(host["chain"][0]["names"]) <= 256, "of which not all are shown", len(host["chain"][0]["names"]))
            else:
                tap.equal(rules(host), ["tls-handshake"], "is too much, and ends the handshake")


# ---- DNS ----


def test_dns(tap):
    zone = {
        "many.test": {"MX": [(20, "two.many.test"), (10, "one.many.test"), (30, "three.many.test")]},
        "one.many.test": {"A": ["127.0.0.11"]}, "two.many.test": {"A": ["127.0.0.12"], "AAAA": ["::1"]},
        "three.many.test": {"A": ["127.0.0.13", "127.0.0.14"]},
        "null.test": {"MX": [(0, ".")]}, "plain.test": {"A": ["127.0.0.15"]}, "empty.test": {"MX": [(5, "gone.test")]},
        "broken.test": mailserver.SERVFAIL, "mx.doormat.test": {"A": ["127.0.0.1"]}, "other.test": {"A": ["127.0.0.1"]},
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
            words = ["check", "--quick", "--quiet", "--ca", home + "/root.pem", "--jobs", "8", "--resume", journal, "-"]
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
            tap.equal((done.returncode, done.stdout), (0, ""), "it goes on, to its file alone")
            tap.equal(sorted(read_targets(journal)), sorted(targets), "nothing is lost, and nothing is there twice")
            again = {f"127.0.0.1:{port}" for port, _ in server.visits[len(before):]}
            tap.equal(again & set(first), set(), "nothing is done twice")


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


def test_endless_input(tap):
    """Input without a good target, and without an end, does not keep it from SIGINT."""
    with TempDir() as home:
        with subprocess.Popen([DOORMAT, "check", "--jsonl", "--quiet", "-"], env=clean_environment(home),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            line = 1000 * b"no such\n"
            fed = threading.Thread(target=feed, args=(process.stdin, line), daemon=True)
            fed.start()
            process.stdout.readline()
            threading.Thread(target=drain, args=(process.stdout,), daemon=True).start()
            process.send_signal(signal.SIGINT)
            tap.equal(process.wait(60), -signal.SIGINT, "SIGINT ends it")
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
