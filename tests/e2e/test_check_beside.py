#!/usr/bin/env python3
"""`doormat check`: what a server takes beside a strict client's choice, its other certificates, and what could not be looked at."""

import itertools
import json
import os
import shutil
import socket
import ssl
import threading
import time
import xml.etree.ElementTree as ET

import frame
from checking import Home, check, look, rules
from mailserver import DnsServer, Gone, MailServer, begin_tls, context_of, end_politely, greet, offer, openssl, sound

STRICT = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"


def found(host, rule):
    return [(finding["severity"], finding["seen"]) for finding in host["findings"] if finding["rule"] == rule]


def context_with(home, ciphers, version=None):
    context = context_of(home)
    context.set_ciphers(ciphers + ":@SECLEVEL=0")
    if version:
        context.minimum_version = context.maximum_version = version
    return context


def extension(peer, kind):
    """The data of an extension in the ClientHello that has come, and is still to be read."""
    hello, size = b"", 5
    while len(hello) < size:
        hello = peer.sock.recv(size, socket.MSG_PEEK)
        if not hello:
            raise Gone
        if len(hello) == 5:
            size = 5 + int.from_bytes(hello[3:5], "big")
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]
    at += 2 + int.from_bytes(hello[at:at + 2], "big")
    at += 1 + hello[at] + 2
    while at < len(hello):
        size = int.from_bytes(hello[at + 2:at + 4], "big")
        if int.from_bytes(hello[at:at + 2], "big") == kind:
            return hello[at + 4:at + 4 + size]
        at += 4 + size
    return b""


def takes_tls13(peer):
    return b"\x03\x04" in extension(peer, 43)


# ---- weak offers ----


def test_weak_suites(tap):
    """A strict client gets a good connection; who offers nothing else gets one without encryption."""
    rows = (("bsi", 0, "warn"), ("nist", 1, "fail"), ("ncsc-nl", 1, "fail"), ("rfc9325", 1, "fail"))
    with Home("control-rsa3072") as home:
        for name, more, seen in (("NULL", ":NULL-SHA256", "also accepts TLS_RSA_WITH_NULL_SHA256"),
                                 ("anonymous", ":AECDH-AES128-SHA", "also accepts TLS_ECDH_anon_WITH_AES_128_CBC_SHA")):
            for version in (None, ssl.TLSVersion.TLSv1_2):
                with MailServer(sound(context_with(home, STRICT + more, version))) as server:
                    for policy, status, severity in rows:
                        done, host, _ = look(home, server.port, "--policy", policy)
                        title = f"{name} beside a good choice, {policy}, {'TLS 1.2' if version else 'TLS 1.3'}"
                        tap.equal((done, (severity, seen) in found(host, "cipher")), (status, True), title)
                        quick = look(home, server.port, "--policy", policy, "--quick")
                        tap.ok(not any("also accepts" in finding["seen"] for finding in quick[1]["findings"]),
                               "of which --quick sees nothing", quick[1])
                        tap.ok(quick[2]["tested"]["quick"], "and says so", quick[2]["tested"])


def test_weak_group(tap):
    with Home() as home:
        context = context_with(home, STRICT, ssl.TLSVersion.TLSv1_3)
        openssl("dhparam", "-dsaparam", "-out", home + "/dh.pem", "1024")
        with MailServer(sound(context)) as server:
            tap.equal(look(home, server.port)[1]["findings"], [], "one group alone, and a good one")
        rsa = home + "/rsa"
        os.mkdir(rsa)
        openssl("req", "-x509", "-newkey", "rsa:3072", "-nodes", "-days", "9", "-subj", "/CN=x", "-addext",
                "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:false", "-addext",
                "keyUsage=critical,digitalSignature", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32",
                "-keyout", rsa + "/key.pem", "-out", rsa + "/chain.pem")
        shutil.copy(rsa + "/chain.pem", rsa + "/root.pem")
        context = context_with(rsa, STRICT + ":DHE-RSA-AES128-GCM-SHA256", ssl.TLSVersion.TLSv1_2)
        context.load_dh_params(home + "/dh.pem")
        with MailServer(sound(context)) as server:
            for policy, status, severity in (("bsi", 0, "warn"), ("rfc9325", 1, "fail")):
                done, host, _ = look(rsa, server.port, "--policy", policy)
                tap.equal((done, found(host, "dh-size")), (status, [(severity, "also accepts DH 1024")]),
                          f"DHE 1024 beside ECDHE, {policy}")


def test_weak_group_in_tls12(tap):
    """A group that TLS 1.3 does not have, with either kind of certificate, where TLS 1.3 is taken as well."""
    secp192r1, secp256r1 = b"\x00\x13", b"\x00\x17"
    for recipe in ("control", "control-rsa3072"):
        with Home(recipe) as home:
            good, weak = context_with(home, STRICT), context_with(home, STRICT, ssl.TLSVersion.TLSv1_2)
            weak.set_ecdh_curve("prime192v1")

            def play(peer, good=good, weak=weak):
                offer(peer)
                peer.say("220 go ahead\r\n")
                groups = extension(peer, 10)[2:]
                codes = [groups[i:i + 2] for i in range(0, len(groups), 2)]
                taken = next((code for code in codes if code in (secp192r1, secp256r1)), None)
                peer.secure(weak if taken == secp192r1 and not takes_tls13(peer) else good)
                end_politely(peer)

            with MailServer(play) as server:
                for policy, status, severity in (("bsi", 0, "warn"), ("rfc9325", 1, "fail")):
                    done, host, _ = look(home, server.port, "--policy", policy)
                    tap.equal((done, found(host, "group")), (status, [(severity, "also accepts secp192r1")]),
                              f"{recipe}: secp192r1 in TLS 1.2, {policy}")


def test_each_offer_is_made(tap):
    """What a policy has the client offer comes to the server as a ClientHello."""
    with Home() as home:
        context, bad = context_of(home), []

        def play(peer):
            offer(peer)
            peer.say("220 go ahead\r\n")
            if peer.sock.recv(1, socket.MSG_PEEK) != b"\x16":
                bad.append(peer.sock.recv(100).hex())
            peer.secure(context)
            end_politely(peer)

        for policy in ("bsi", "bsi-lenient", "nist", "ncsc-nl", "rfc9325", "mozilla-intermediate", "mozilla-modern"):
            with MailServer(play) as server:
                _, host, _ = look(home, server.port, "--policy", policy)
            tap.equal((bad, host["unknown"]), ([], []), f"each offer is made, and answered, {policy}")


# ---- other certificates ----


def test_other_key(tap):
    """The certificate for clients that do not take ECDSA is as much the server's."""
    with Home() as good, Home("rsa1024") as weak, Home("control-rsa3072") as sound_rsa:
        for other, wanted in ((sound_rsa, []), (weak, ["key-size"])):
            context = context_of(good)
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.load_cert_chain(other + "/chain.pem", other + "/key.pem")
            with open(good + "/both.pem", "w", encoding="ascii") as file:
                for home in (good, other):
                    with open(home + "/root.pem", encoding="ascii") as root:
                        file.write(root.read())
            with MailServer(sound(context)) as server:
                status, host, _ = look(good, server.port, "--policy", "bsi-lenient", "--ca", good + "/both.pem")
            tap.equal((status, rules(host)), (len(wanted), wanted), f"ECDSA, and RSA beside it: {wanted or 'sound'}")
            tap.equal({finding["certificate_of"] for finding in host["findings"] if finding["rule"] in wanted},
                      {"the certificate for clients that take no key like the first" for _ in wanted}, "it is said of which")


def test_without_sni(tap):
    with Home("control", "mx.doormat.test") as home, Home("self-signed", "old.test") as old:
        zone = {"mx.doormat.test": {"A": ["127.0.0.1"]}}
        plain, named = context_of(old), context_of(home)

        def choose(sock, name, _):
            if name is not None:
                sock.context = named

        def refuse(sock, name, _):
            return None if name is not None else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

        plain.sni_callback = choose
        strict = context_of(home)
        strict.sni_callback = refuse
        for context, said in ((plain, "another certificate for clients without SNI: "), (strict, "no handshake for clients without SNI"),
                              (context_of(home), None)):
            with MailServer(sound(context)) as server, DnsServer(zone) as dns:
                done = check(home, "--jsonl", "--ca", home + "/root.pem", "--resolver", dns.address, f"mx.doormat.test:{server.port}")
            host = json.loads(done.stdout)["hosts"][0]
            notes = found(host, "cert-sni")
            tap.equal((done.returncode, rules(host), len(notes)), (0, [], int(said is not None)), f"without SNI: {said}")
            if said:
                tap.equal(notes[0][0], "info", "it is a note")
                tap.has(notes[0][1], said, "in these words")


def by_version(tls13, tls12):
    """A server with one context for clients that take TLS 1.3, and another one for the rest."""

    def play(peer):
        offer(peer)
        peer.say("220 go ahead\r\n")
        peer.secure(tls13 if takes_tls13(peer) else tls12)
        end_politely(peer)

    return play


def test_by_version(tap):
    """What a client of TLS 1.2 gets is judged as well."""
    with Home() as good, Home("expired") as expired, Home("rsa1024") as short:
        asking = context_of(good)
        asking.load_verify_locations(good + "/root.pem")
        asking.verify_mode = ssl.CERT_REQUIRED
        weak = context_of(expired)
        tiny = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tiny.minimum_version = ssl.TLSVersion.TLSv1_2
        tiny.set_ciphers("DEFAULT:@SECLEVEL=0")
        tiny.load_cert_chain(short + "/chain.pem", short + "/key.pem")
        with open(good + "/all.pem", "w", encoding="ascii") as file:
            for home in (good, expired, short):
                with open(home + "/root.pem", encoding="ascii") as root:
                    file.write(root.read())
        for name, context, rule, whose, seen in (
                ("another good one", context_of(good), None, None, None),
                ("an expired certificate", weak, "cert-expired", "the certificate for TLSv1.2", "expired at"),
                ("RSA 1024", tiny, "key-size", "the certificate for TLSv1.2", "RSA 1024"),
                ("a client certificate is asked for", asking, "tls-handshake", None, "asks for a client certificate (TLSv1.2)")):
            with MailServer(by_version(context_of(good), context)) as server:
                status, host, _ = look(good, server.port, "--policy", "rfc9325", "--ca", good + "/all.pem")
            tap.equal((status, rules(host), host["unknown"]), (int(rule is not None), [rule] if rule else [], []), f"in TLS 1.2 alone: {name}")
            if rule:
                finding = next(finding for finding in host["findings"] if finding["rule"] == rule)
                tap.equal(finding["certificate_of"], whose, "it is said of which")
                tap.has(finding["seen"], seen, "and what")


def test_other_backend(tap):
    """Behind a load balancer one server has an expired certificate: whichever connection gets it, it is not said to be sound."""
    with Home() as good, Home("expired") as expired:
        with open(good + "/all.pem", "w", encoding="ascii") as file:
            for home in (good, expired):
                with open(home + "/root.pem", encoding="ascii") as root:
                    file.write(root.read())
        contexts = context_of(good), context_of(expired)
        missed = []
        for which in range(1, 13):
            got, numbers = [], itertools.count(1)

            def play(peer, which=which, got=got, numbers=numbers):
                number = next(numbers)
                offer(peer)
                peer.say("220 go ahead\r\n")
                peer.secure(contexts[number == which])
                got.append(number)
                end_politely(peer)

            with MailServer(play) as server:
                status, host, _ = look(good, server.port, "--policy", "bsi", "--ca", good + "/all.pem")
            if which in got and (status, rules(host)) != (1, ["cert-expired"]):
                missed.append((which, status, host["findings"]))
        tap.equal(missed, [], "each certificate that came is judged")
        for turn in (0, 1):
            numbers = itertools.count(turn)

            def alternate(peer, numbers=numbers):
                number = next(numbers)
                offer(peer)
                peer.say("220 go ahead\r\n")
                peer.secure(contexts[number % 2])
                end_politely(peer)

            with MailServer(alternate) as server:
                status, host, _ = look(good, server.port, "--policy", "bsi", "--ca", good + "/all.pem")
            tap.ok(status == 1 and "cert-expired" in rules(host), f"every second one is seen, from {turn} on", host["findings"])
        done = []

        def later(peer):
            offer(peer)
            peer.say("220 go ahead\r\n")
            is_old = not takes_tls13(peer)
            peer.secure(contexts[is_old and bool(done)])
            if is_old:
                done.append(peer)
            end_politely(peer)

        with MailServer(later) as server:
            status, host, _ = look(good, server.port, "--policy", "rfc9325", "--ca", good + "/all.pem")
        whose = {finding["certificate_of"] for finding in host["findings"] if finding["rule"] == "cert-expired"}
        tap.equal((status, whose), (1, {"another certificate, which came in another connection"}), "where nothing else explains it that is said")


# ---- what could not be looked at ----


def after(count, first, then):
    """The first `count` connections go one way, and the others another."""

    def play(peer):
        (first if len(peer.server.visits) <= count else then)(peer)

    return play


def test_turned_away_later(tap):
    """What was not looked at is not good: it is tried again, and if that does not help nobody can tell."""
    with Home() as home:
        good = sound(context_of(home))
        for name, then, said in (("421", lambda peer: peer.say("421 too many connections\r\n"), "421 too many connections"),
                                 ("a reset", lambda peer: peer.reset(), "reset"),
                                 ("an end", lambda peer: None, "the server closed the connection")):
            with MailServer(after(1, good, then)) as server:
                status, host, result = look(home, server.port, "--tries", "1")
                tap.equal((status, rules(host)), (3, []), f"{name} from the second connection on: exit status 3")
                tap.equal((result["meets_policy"], host["meets_policy"], result["verdict"]), (None, None, "undecided"),
                          "it is not said to meet the policy, nor not to")
                tap.ok({gap["what"] for gap in host["unknown"]} >= {"TLSv1 and TLSv1.1", "TLSv1.2", "forbidden groups of TLSv1.3"},
                       "what is unknown is told", host["unknown"])
                tap.has(host["unknown"][0]["why"], said, "and why")
                tap.ok(any("127.0.0.1: TLSv1.2" in text for text in result["unknown"]), "of the target too", result["unknown"])
                server.visits.clear()
                text = check(home, "--ca", home + "/root.pem", "--tries", "1", f"127.0.0.1:{server.port}").stdout
                tap.has(text, "cannot tell whether it meets BSI", "in words")
                tap.has(text, "? unknown", "each of it")
                tap.has(text, "Not tested: DANE, MTA-STS", "and what never is")
                server.visits.clear()
                suite = ET.fromstring(check(home, "--ca", home + "/root.pem", "--tries", "1", "--format", "junit",
                                            f"127.0.0.1:{server.port}").stdout)
                tap.equal((len(suite.findall(".//error")), len(suite.findall(".//failure"))), (1, 0), "junit: an error")


def in_handshake(ends):
    """The server that says 220 to STARTTLS, and in place of a handshake does as `ends` says."""

    def play(peer):
        offer(peer)
        peer.say("220 go ahead\r\n")
        ends(peer)

    return play


def alert(number):
    def say_alert(peer):
        peer.sock.recv(65536)
        peer.say(b"\x15\x03\x03\x00\x02\x02" + bytes((number,)))
        peer.wait_for_end()

    return say_alert


def reset_after_hello(peer):
    peer.sock.recv(65536)
    peer.reset()


ENDS_WITHOUT_ANSWER = (("an end behind the 220", lambda peer: None, "waiting for the TLS handshake: the server "),
                       ("an end behind the ClientHello", lambda peer: peer.sock.recv(65536), "the server closed the connection"),
                       ("a reset behind the ClientHello", reset_after_hello, "the server reset the connection"),
                       ("internal_error", alert(80), "the server sent the alert 80 (internal_error)"),
                       ("inappropriate_fallback", alert(86), "the server sent the alert 86 (inappropriate_fallback)"),
                       ("unexpected_message", alert(10), "the server sent the alert 10 (unexpected_message)"))


def test_no_answer_in_handshake(tap):
    """Only a refusal of the offer says that the server does not take it."""
    with Home() as home:
        good = sound(context_of(home))
        for name, ends, said in ENDS_WITHOUT_ANSWER:
            with MailServer(after(1, good, in_handshake(ends))) as server:
                status, host, result = look(home, server.port, "--policy", "rfc9325", "--tries", "1")
            tap.equal((status, rules(host), result["verdict"]), (3, [], "undecided"), f"{name} from the second connection on")
            tap.ok({gap["what"] for gap in host["unknown"]} >= {"TLSv1 and TLSv1.1", "TLSv1.2", "forbidden suites up to TLSv1.2"},
                   "what is unknown is told", host["unknown"])
            tap.has(host["unknown"][0]["why"], said, "and why")
        for name, number in (("handshake_failure", 40), ("protocol_version", 70), ("insufficient_security", 71)):
            with MailServer(after(1, good, in_handshake(alert(number)))) as server:
                status, host, _ = look(home, server.port, "--policy", "rfc9325", "--tries", "1")
            tap.equal((status, host["unknown"]), (0, []), f"{name} is an answer")


def test_one_bad_connection(tap):
    """One connection that ends without an answer does not decide: it is tried again."""
    with Home() as home:
        good = sound(context_of(home))
        within = lambda peer: begin_tls(peer, context_of(home))  # noqa: E731
        for name, bad in [(name, in_handshake(ends)) for name, ends, _ in ENDS_WITHOUT_ANSWER] + [("an end within TLS", within)]:
            for which in (1, 4):
                def play(peer, which=which, bad=bad):
                    (bad if len(peer.server.visits) == which else good)(peer)

                with MailServer(play) as server:
                    status, host, _ = look(home, server.port)
                tap.equal((status, host["findings"], host["unknown"]), (0, [], []), f"{name} in connection {which} alone")


def test_tried_again(tap):
    """A server that has had enough for a moment is asked again a moment later."""
    with Home() as home:
        lock, turned_away = threading.Lock(), []
        good = sound(context_of(home))

        def play(peer):
            with lock:
                busy = 1 < len(peer.server.visits) and len(turned_away) < 3
                if busy:
                    turned_away.append(time.monotonic())
            if busy:
                peer.say("421 come back in a moment\r\n")
            else:
                good(peer)

        with MailServer(play) as server:
            status, host, _ = look(home, server.port)
        tap.equal((status, host["unknown"], len(turned_away)), (0, [], 3), "three times 421, and yet all is known")


def test_nothing_tested(tap):
    """Of a host that was not reached nothing was looked at."""
    with Home() as home, MailServer(lambda peer: peer.say("554 no\r\n")) as server:
        status, _, result = look(home, server.port, "--tries", "1")
        tap.equal((status, result["reached"], result["tested"]["views"]), (3, False, []), "no view is said to be tested")


def test_found_despite_gaps(tap):
    """A gap does not hide what was seen."""
    with Home("expired") as home:
        busy = lambda peer: peer.say("421 too many\r\n")  # noqa: E731
        with MailServer(after(1, sound(context_of(home)), busy)) as server:
            status, host, result = look(home, server.port, "--tries", "1")
        tap.equal((status, rules(host), result["meets_policy"]), (1, ["cert-expired"], False), "expired, and then 421")
        tap.ok(bool(host["unknown"]), "and the gaps are told as well", host)


def test_starttls_comes_and_goes(tap):
    with Home() as home:

        def without(peer):
            greet(peer)
            peer.say("250-mx.doormat.test\r\n250 SIZE 1000\r\n")
            peer.hear()
            peer.say("221 bye\r\n")

        with MailServer(after(1, sound(context_of(home)), without)) as server:
            status, host, _ = look(home, server.port)
        tap.equal((status, rules(host)), (1, ["starttls"]), "STARTTLS in the first connection alone")
        tap.has(found(host, "starttls")[0][1], "no STARTTLS in ", "which is said")


def test_unreached_beside_reached(tap):
    """The host is there at one of its addresses: what of the other?"""
    zone = {"mx.doormat.test": {"A": ["127.0.0.1"], "AAAA": ["::1"]}}
    with Home("control", "mx.doormat.test") as home, DnsServer(zone) as dns, MailServer(sound(context_of(home))) as server:
        words = ("--ca", home + "/root.pem", "--resolver", dns.address, "--tries", "1", f"mx.doormat.test:{server.port}")
        done = check(home, "--jsonl", *words)
        result = json.loads(done.stdout)
        tap.equal((done.returncode, result["meets_policy"], result["reached"]), (3, None, True), "exit status 3")
        tap.equal(result["unknown"], ["mx.doormat.test (::1): no connection: Connection refused"], "and it is told which address")
        tap.equal((result["tested"]["addresses"], result["tested"]["reached"]), (2, 1), "one of two")
        tap.equal([host["meets_policy"] for host in result["hosts"]], [None, True], "each has a verdict of its own")
        done = check(home, "--jsonl", "--ipv4", *words)
        result = json.loads(done.stdout)
        tap.equal((done.returncode, len(result["hosts"]), result["unknown"], result["tested"]["addresses_left_out"]), (0, 1, [], 1),
                  "--ipv4 leaves it out")
        text = check(home, *words).stdout
        tap.has(text, "cannot tell whether it meets", "in words")
        tap.has(text, "tested: 1 of 2 addresses", "with the count")


frame.main({name[len("test_"):]: test for name, test in list(globals().items()) if name.startswith("test_")})
